"""The layers of a request: what lies inside of what, in which order, and where an error went."""

from types import SimpleNamespace

import pytest
from matplotlib.text import Text

from labkit.errors import UsageError
from labkit.pictures import onion
from labkit.pictures.layers import MAX_LAYERS, layers_of
from labkit.tracing import Kind, Moment, Span


def span(name, start, end, inside=None, kind=Kind.MIDDLEWARE, **more):
    return Span(name, inside, "t", name, kind, "mine", start, end, **more)


def server(*moments, status=200, end=100, **more):
    return span(
        "GET /lots/{lot}",
        0,
        end,
        kind=Kind.SERVER,
        attributes={} if status is None else {"status": status},
        moments=tuple(Moment(name, at) for name, at in moments),
        **more,
    )


ROOT = "GET /lots/{lot}"
GOOD = [
    server(("first byte", 60), ("last byte", 61)),
    span("outer", 1, 99, ROOT),
    span("inner", 2, 98, "outer"),
    span("connection", 10, 90, "inner", Kind.DEPENDENCY),
    span("lot", 20, 40, "inner", Kind.HANDLER),
    span("SELECT lots", 22, 30, "lot", Kind.SQL),
    span("response", 45, 50, "inner", Kind.SERIALISE),
    span("tell_shift", 70, 80, "inner", Kind.BACKGROUND),
]
FAILED = [
    server(("first byte", 95), status=500),
    span("outer", 1, 90, ROOT, error="KeyError"),
    span("connection", 10, 70, "outer", Kind.DEPENDENCY, error="KeyError"),
    span("lot", 20, 40, "outer", Kind.HANDLER, error="KeyError", raised_here=True),
]


def test_layers_have_two_numbers_and_steps_one_in_the_order_of_their_times():
    assert repr(onion(GOOD)) == (
        "One request, layer by layer\n"
        "  1-12  server      GET /lots/{lot}\n"
        "  2-11    middleware  outer\n"
        "  3-10      middleware  inner\n"
        "   4-9        dependency  connection\n"
        "     5          handler     lot\n"
        "     6          serialise   response\n"
        "     7          ->          the answer leaves: 200 OK\n"
        "     8          background  tell_shift\n"
        "  inside, not drawn: 1 sql"
    )


def test_an_error_is_told_where_it_arose_and_at_each_layer_that_it_passed():
    assert repr(onion(FAILED, title=" A failure ")) == (
        "A failure\n"
        "  1-8  server      GET /lots/{lot}\n"
        "  2-6    middleware  outer  ! KeyError passed\n"
        "  3-5      dependency  connection  ! KeyError passed\n"
        "    4        handler     lot  ! KeyError arose here\n"
        "    7    ->          the answer leaves: 500 Internal Server Error"
    )


def test_what_is_begun_later_and_over_sooner_lies_inside_and_a_neighbour_that_overlaps_does_not():
    layers = layers_of(
        [
            server(),
            span("open", 1, 50, ROOT, Kind.DEPENDENCY),
            span("short", 2, 5, ROOT, Kind.DEPENDENCY),
            span("late", 40, 60, ROOT, Kind.HANDLER),
        ]
    ).outermost
    assert [layer.name for layer in layers.inside] == ["open", "late"]
    assert [layer.name for layer in layers.inside[0].inside] == ["short"]
    assert [(e.entered, e.left) for e in layers.all()] == [(1, 6), (2, 5), (3, 3), (4, 4)]


def test_spans_at_the_very_same_times_stay_side_by_side_where_their_parents_put_them():
    twins = [server(), span("a", 5, 5, ROOT), span("b", 5, 5, ROOT), span("c", 5, 5, "b")]
    names = [layer.name for layer in layers_of(twins).outermost.all()]
    assert names == [ROOT, "a", "b", "c"]


def test_what_comes_after_the_last_byte_still_lies_inside_the_server():
    spans = [
        server(("first byte", 60), end=61),
        span("outer", 1, 99, ROOT),
        span("tell_shift", 70, 80, "outer", Kind.BACKGROUND),
    ]
    assert repr(onion(spans)).splitlines()[1:] == [
        "  1-6  server      GET /lots/{lot}",
        "  2-5    middleware  outer",
        "    3      ->          the answer leaves: 200 OK",
        "    4      background  tell_shift",
    ]


def test_a_hop_inside_one_that_is_not_drawn_belongs_to_the_next_layer_around_it():
    spans = [*GOOD, span("verify", 23, 24, "SELECT lots", Kind.AUTH)]
    assert "          handler     lot\n     6            auth        verify" in repr(onion(spans))


def test_a_neighbour_that_was_asked_on_the_way_is_left_out():
    asked = [
        span("GET /jwks.json", 24, 29, "lot", Kind.CLIENT),
        span("jwks", 25, 28, "GET /jwks.json", Kind.SERVER),
        span("its layer", 26, 27, "jwks"),
    ]
    twin = repr(onion([*GOOD, *asked]))
    assert "its layer" not in twin
    assert "inside, not drawn: 1 client, 1 server, 1 sql" in twin


@pytest.mark.parametrize(("status", "told"), [(599, "599"), (None, "no answer")])
def test_a_status_without_a_name_and_none_at_all_are_told(status, told):
    twin = repr(onion([server(("first byte", 3), status=status)]))
    assert twin.endswith(f"the answer leaves: {told}")


@pytest.mark.parametrize(
    ("spans", "number", "says"),
    [
        ([], -1, "here are 0"),
        (GOOD[1:], -1, "here are 0"),
        (GOOD, 1, "here are 1"),
        (GOOD, -2, "here are 1"),
        (GOOD, "last", "here are 1"),
        (GOOD, True, "here are 1"),
        (None, -1, "list of recorded spans"),
        ([SimpleNamespace(name="x")], -1, "list of recorded spans"),
        ([*GOOD, *(span(f"m{n}", 3, 4, ROOT) for n in range(MAX_LAYERS))], -1, "can be drawn"),
    ],
)
def test_what_is_no_request_is_refused(spans, number, says):
    with pytest.raises(UsageError, match=says):
        onion(spans, number)


def test_of_several_requests_the_last_one_is_drawn_or_the_one_that_was_asked_for():
    later = span("GET /other", 200, 300, kind=Kind.SERVER)
    around = span("trace", 0, 900, kind=Kind.CODE)
    several = [later, around, *GOOD]
    assert "GET /other" in repr(onion(several))
    assert repr(onion(several, 0)) == repr(onion(GOOD)) == repr(onion(several, -2))


@pytest.mark.parametrize("title", ["", " ", None])
def test_a_title_that_is_none_is_refused(title):
    with pytest.raises(UsageError, match="title"):
        onion(GOOD, title=title)


def test_spans_that_are_each_others_parents_are_drawn_once():
    circle = [server(), span("a", 1, 2, "b"), span("b", 1, 2, "a")]
    assert repr(onion(circle)).count("middleware") == 0


LONG = "a_name_that_is_much_too_long_for_any_box_" * 3


def deep(count):
    names = ["s", *(f"layer {n} {LONG}" for n in range(count))]
    kinds = [Kind.MIDDLEWARE, Kind.DEPENDENCY]
    layers = [
        span(name, n + 1, 900 - n, names[n], kinds[n % 2], error="AnErrorWithAName" * (n % 3 == 0))
        for n, name in enumerate(names[1:])
    ]
    last = names[-1]
    steps = [
        span(f"{kind} {LONG}", 300 + 10 * n, 305 + 10 * n, last, kind)
        for n, kind in enumerate([Kind.AUTH, Kind.HANDLER, Kind.SERIALISE, Kind.BACKGROUND])
    ]
    root = Span(
        "s",
        None,
        "t",
        f"GET {LONG}",
        Kind.SERVER,
        "mine",
        0,
        1000,
        {"status": 431},
        moments=(Moment("first byte", 335),),
    )
    return [root, *layers, *steps]


@pytest.mark.parametrize(
    "spans",
    [
        GOOD,
        FAILED,
        [server()],
        [server(("first byte", 5), status=431)],
        [*GOOD, span("Require", 11, 18, "inner", Kind.DEPENDENCY), span("k", 12, 13, "Require")],
        *map(deep, (1, 4, 8, 12, 20)),
    ],
)
def test_it_is_legible_with_any_layers(spans, legible):
    legible(onion(spans, title="A title that is much too long for its place " * 3))


def places(spans):
    """Return where each word of the picture begins, as (x, y) from the lower left corner."""
    figure = onion(spans).figure
    return {text.get_text(): text.get_window_extent().p0 for text in figure.findobj(Text)}


def test_the_answers_arrow_goes_up_from_inside_and_past_no_layer_that_it_did_not_pass():
    up, right = places(GOOD), places(FAILED)
    assert up["to the caller"][1] > up[ROOT][1]
    assert right["to the caller"][1] < right["lot"][1]
    assert right["to the caller"][0] > right["the answer leaves"][0]


def test_an_answer_with_its_way_blocked_on_both_sides_has_no_arrow():
    blocked = [
        server(("first byte", 60)),
        span("outer", 1, 99, ROOT),
        span("connection", 10, 50, "outer", Kind.DEPENDENCY),
        span("lot", 20, 40, "outer", Kind.HANDLER),
        span("tell_shift", 70, 80, "outer", Kind.BACKGROUND),
    ]
    assert "to the caller" not in places(blocked)


def test_what_is_hostile_in_a_name_can_only_be_read():
    twin = repr(onion([server(), span("a\x1b[2J\u202e", 1, 2, ROOT)]))
    assert "a\\x1b[2J\\u202e" in twin
