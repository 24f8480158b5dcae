"""Words, and values that are known by their look."""

import pytest

from labkit.rehearsal import associations, codes, kin, moods, quantities, units, values, words
from labkit.rehearsal.learnt import learnt
from labkit.rehearsal.parameters import parameters_of


@pytest.mark.parametrize(
    ("one", "other"),
    [("inspections", "inspected"), ("cancelled", "cancel"), ("translation", "translate"),
     ("boxes", "box"), ("planning", "plan"), ("supplier's", "suppliers")],
)  # fmt: skip
def test_forms_of_one_word_have_one_stem(one, other):
    assert words.stem(one) == words.stem(other)


@pytest.mark.parametrize(("one", "other"), [("lot", "line"), ("order", "offer"), ("is", "as")])
def test_different_words_have_different_stems(one, other):
    assert words.stem(one) != words.stem(other)


def test_names_in_every_style_are_cut_into_words():
    assert words.words_of("get_lineID") == ["get", "line", "id"]
    assert words.words_of("postalCode") == ["postal", "code"]
    assert words.words_of("read-file") == ["read", "file"]


def test_kin_are_mutual_and_everything_is_its_own_kin():
    assert words.stem("e-mail") in words.kin_of(words.stem("e-mail"))
    for group in kin.GROUPS:
        stems = set(map(words.stem, group))
        assert all(stems <= words.kin_of(each) for each in stems), group


def test_words_without_a_message_of_their_own_are_left_out():
    assert words.stems_of("Could you please show me the lots?") == [words.stem("show"), "lot"]


def found(source, text):
    return [each.value for each in source(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [('say "hello there"', ["hello there"]), ("call it 'Grandma\u2019s'", ["Grandma\u2019s"]),
     ("\u201cone\u201d and `two`", ["one", "two"]), ("it's Ann's and Bo's", [])],
)  # fmt: skip
def test_quotations_are_found_and_apostrophes_are_none(text, expected):
    assert found(values.quoted, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("order 88-1203 and LB-7?", ["88-1203", "LB-7"]), ("see #12.", ["12"]), ("A4's rate", ["A4"]),
     ("buy MSFT", ["MSFT"]), ("at 3pm for 12 min, 70kg, 2.5", []), ("version 1.4.2", ["1.4.2"]),
     ("on 2026-01-05", [])],
)  # fmt: skip
def test_ids_have_digits_or_capitals_and_quantities_are_none(text, expected):
    assert found(values.identifiers, text) == expected


def test_joined_words_are_slugs():
    text = "restart checkout-api, read src/main.py and /tmp/a.csv of acme/widgets now"
    assert found(values.slugs, text) == [
        "checkout-api", "src/main.py", "/tmp/a.csv", "acme/widgets",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Book a table at Osteria Luna", ["Osteria Luna"]), ("Anna Berg is away", ["Anna Berg"]),
     ("What's Hou Yifan's rating?", ["Hou Yifan"]), ("I think I'm late", [])],
)  # fmt: skip
def test_names_have_capitals_and_openers_are_none(text, expected):
    assert found(values.capitals, text) == expected


def test_a_list_is_values_with_commas_and_and():
    text = "B1, B2 and B3, but for A4"
    named = list(values.identifiers(text))
    assert [each.value for each in values.joined(named, text)] == ["B1", "B2", "B3"]
    assert [each.value for each in values.list_around(named[3], named, text)] == ["A4"]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("1,250 parts", 1250, ""), ("-3.5 degrees", -3.5, "degree"), ("12 %", 12, "%"),
     ("\u20ac5", 5, "\u20ac"),
     ("two weeks", 2, "week"), ("a quarter of an hour", 0.25, "hour"),
     ("three quarters of an hour", 0.75, "hour"), ("an hour and a half", 1.5, "hour"),
     ("21 and a half", 21.5, ""), ("three thousand five hundred kg", 3500, ""),
     ("last month", 1, "month"), ("4k", 4000, ""), ("2.5 million", 2_500_000, ""),
     ("twenty five minutes", 25, "minute"), ("half a year", 0.5, "year")],
)  # fmt: skip
def test_numbers_are_read_with_what_they_count(text, value, unit):
    (first, *_) = [*quantities.numbers(text), *quantities.bare_counts(text)]
    assert first.value == pytest.approx(value)
    assert first.unit == unit


@pytest.mark.parametrize("text", ["A4", "v2", "checkout-2", "12th", "3x"])
def test_a_number_inside_of_a_word_is_none(text):
    assert found(quantities.numbers, text) == []


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [(2, "hour", "minute", 120), (0.5, "m", "cm", 50), (1.2, "tonne", "kg", 1200),
     (90, "second", "minute", 1.5), (1, "fortnight", "day", 14)],
)  # fmt: skip
def test_a_quantity_is_converted_to_the_unit_asked_for(value, unit, wanted, expected):
    assert units.converted(value, unit, wanted) == expected
    assert units.same_dimension(unit, wanted)


def test_only_units_of_one_dimension_are_the_same():
    assert not units.same_dimension("hour", "metre")
    assert not units.same_dimension("hour", "smoot")


def test_names_with_codes_are_found():
    assert found(codes.currencies, "from dollars to \u00a3 5 and yen") == ["USD", "GBP", "JPY"]
    assert found(codes.languages, "into German") == ["German"]
    assert found(codes.countries, "from South Korea to Peru") == ["South Korea", "Peru"]
    assert (codes.code_of("German"), codes.code_of("peru"), codes.code_of("Mars")) == (
        "de", "PE", None,
    )  # fmt: skip


def only(**schema):
    return parameters_of({"properties": schema, "required": list(schema)})


@pytest.mark.parametrize(
    ("name", "schema", "role"),
    [("customer_email", {}, "email"), ("expression", {}, "expression"), ("q", {}, "query"),
     ("x", {"format": "date"}, "date"), ("code", {"pattern": "^A"}, "identifier"),
     ("on", {"type": "boolean"}, "flag"), ("n", {"type": ["integer", "null"]}, "number"),
     ("size", {"enum": ["s", "m"]}, "choice"), ("where", {}, "place"), ("foo", {}, "name"),
     ("box", {"properties": {}}, "object"), ("body", {}, "text"), ("doctor", {}, "person"),
     ("base", {"description": "ISO code of the base currency"}, "currency"),
     ("kind", {"const": "a"}, "choice"), ("country", {"pattern": "^[A-Z]{2}$"}, "country")],
)  # fmt: skip
def test_the_role_of_a_parameter_is_told_from_its_schema(name, schema, role):
    (parameter,) = only(**{name: {"type": "string", **schema} if "properties" not in schema
                           else schema})  # fmt: skip
    assert parameter.role == role


def test_references_alternatives_and_lists_are_resolved():
    schema = {
        "$defs": {"Colour": {"enum": ["red", "blue"]}},
        "properties": {
            "colour": {"anyOf": [{"$ref": "#/$defs/Colour"}, {"type": "null"}]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "minutes": {"type": "integer", "default": 5},
        },
        "required": ["colour", "minutes"],
    }
    colour, tags, minutes = parameters_of(schema)
    assert (colour.choices, colour.required, colour.nullable) == (("red", "blue"), False, True)
    assert (tags.many, tags.required) == (True, False)
    assert (minutes.unit, minutes.required) == ("minute", False)


def test_a_schema_without_properties_has_no_parameters():
    assert parameters_of({}) == parameters_of({"properties": []}) == []


def test_a_unit_is_told_by_the_name_or_by_what_the_description_counts():
    names = only(duration_seconds={"type": "integer"}, radius_m={"type": "number"},
                 back={"type": "integer", "description": "How far back, in minutes"},
                 season={"type": "integer", "description": "Year in which it starts"})  # fmt: skip
    assert [each.unit for each in names] == ["second", "m", "minute", None]


def test_an_association_says_each_cue_once_since_endings_do_not_matter():
    lines, cues = associations._table()
    assert len(lines) == len(set(lines))
    assert [cue for told in cues.values() for cue in told if told.count(cue) > 1] == []
    assert associations.associated("two leaks") == associations.associated("it leaked")


def test_what_was_learnt_of_a_trait_is_found_by_its_name():
    told = learnt().moods
    assert set(told) == set(moods.TRAITS)
    assert moods.table().shape == (len(moods.TRAITS), len(moods.KINDS) + 1)
    for trait, row in zip(moods.TRAITS, moods.table(), strict=True):
        assert row.tolist() == pytest.approx(told[trait])
