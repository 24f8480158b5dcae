"""
What a parameter of a tool is for, told from its name, type, format, pattern and description.

Glossary:
    role: the kind of value that belongs there, such as a date, an id, a sentence.
    cue: a word before a value that says which parameter it is for: "to" before a destination.
    unit: what a number counts, such as days.

Floor 1: imports nothing of labkit but its neighbour `words`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from labkit.rehearsal.units import UNITS
from labkit.rehearsal.words import stem, stems_of, words_of


class Role(StrEnum):
    """What kind of value a parameter takes."""

    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"
    EXPRESSION = "expression"
    EMAIL = "email"
    URL = "url"
    DATE = "date"
    TIME = "time"
    IDENTIFIER = "identifier"
    PLACE = "place"
    LANGUAGE = "language"
    COUNTRY = "country"
    CURRENCY = "currency"
    PERSON = "person"
    QUERY = "query"  # Words to look for.
    TEXT = "text"  # A sentence to pass on.
    NAME = "name"  # A short label, mostly in capitals or quotes.
    OBJECT = "object"


# The first that has a word in common with the parameter's name decides; then the description's.
_BY_NAME: tuple[tuple[Role, str], ...] = (
    (Role.EXPRESSION, "expression formula equation calculation sum math"),
    (Role.EMAIL, "email mail recipient"),
    (Role.URL, "url uri link website webpage"),
    (Role.QUERY, "query question keyword keywords search term terms topic q phrase"),
    (Role.TEXT, "text message body content note notes comment reason description instruction "
     "prompt sentence paragraph details summary feedback caption"),
    (Role.DATE, "date day deadline due birthday checkin checkout when departure arrival since "
     "until"),
    (Role.TIME, "time hour"),
    (Role.LANGUAGE, "language lang locale"),
    (Role.CURRENCY, "currency"),
    (Role.COUNTRY, "country nationality"),
    (Role.PLACE, "city location place address destination origin region town airport "
     "station where zone timezone state area district neighbourhood neighborhood county venue"),
    (Role.IDENTIFIER, "id identifier code sku number uuid key ref reference serial isbn ticker "
     "symbol iban tag version branch path filename"),
    (Role.PERSON, "person user username customer employee assignee attendee contact patient guest "
     "owner author artist participant player pupil student teacher doctor driver payee "
     "candidate tenant speaker friend member singer actor director"),
    (Role.NAME, "name title label subject product company item dish song movie book"),
)  # fmt: skip
_ROLE_OF = {stem(word): role for role, words in _BY_NAME for word in words.split()}
_FORMATS = {
    "date": Role.DATE, "date-time": Role.DATE, "time": Role.TIME, "email": Role.EMAIL,
    "uri": Role.URL, "url": Role.URL, "uuid": Role.IDENTIFIER,
}  # fmt: skip
_CUES: tuple[tuple[str, str], ...] = (
    ("origin from source departure start begin sender", "from leaving out-of"),
    ("destination to target arrival recipient receiver end", "to into towards"),
    ("until end deadline due checkout", "until till by before through"),
    ("since start begin checkin", "since from after starting"),
    ("location city place country region room venue where address station airport area", "in at near "
     "for around to from"),
    ("date day when", "on for by"),
    ("path folder directory file", "in under of inside from"),
    ("time hour", "at"),
    ("topic query question subject about keyword search term", "about on regarding concerning for"),
    ("name title label", "called named titled"),
    ("attendee participant guest with contact", "with"),
    ("author artist", "by from"),
    ("language", "in into to"),
    ("assignee owner user person customer employee patient", "to for of"),
    ("reason", "because since due-to for"),
    ("message text body content note comment", "saying that says reading"),
)  # fmt: skip
_UNIT_OF = {stem(unit): unit for unit in UNITS if len(unit) > 2} | {
    unit: unit for unit in UNITS if len(unit) < 3
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter, as far as filling it goes.

    Attributes:
        name: As the schema has it.
        schema: Its JSON schema, alternatives resolved.
        role: What belongs there.
        required: Whether a call without it is refused.
        many: Whether it takes a list; then schema and role are those of an item.
        choices: What it can be, if that is listed.
        cues: Words before a value that mean this parameter.
        nouns: Stems of its name that name a thing: "line" of "line_id".
        unit: What a number counts, if that is a unit of measure.
        hints: Stems of name and description.
        examples: How the values that its description shows are built: "A-9" for "LB-209".
    """

    name: str
    schema: Mapping[str, Any] = field(hash=False)
    role: Role
    required: bool
    many: bool = False
    choices: tuple[Any, ...] = ()
    cues: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    unit: str | None = None
    hints: frozenset[str] = frozenset()
    examples: frozenset[str] = frozenset()

    @property
    def coded(self) -> bool:
        """Whether a language or a country is wanted as its code."""
        said = f"{self.description} {self.schema.get('pattern', '')}".lower()
        return any(word in said for word in ("iso", "code", "letter", "{2}", "alpha"))

    @property
    def description(self) -> str:
        """What its author says of it."""
        return str(self.schema.get("description", ""))


def parameters_of(schema: Mapping[str, Any]) -> list[Parameter]:
    """Return the parameters of a tool, or of an object inside of one, in their order."""
    properties = schema.get("properties")
    required = schema.get("required") or ()
    definitions = schema.get("$defs") or schema.get("definitions") or {}
    if not isinstance(properties, Mapping):
        return []
    return [
        _parameter(name, _resolved(each, definitions), definitions, required=name in required)
        for name, each in properties.items()
        if isinstance(each, Mapping)
    ]


def _parameter(
    name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any], *, required: bool
) -> Parameter:
    many = _kind(schema) == "array"
    inner = schema
    if many:
        items = schema.get("items")
        inner = _resolved(items, definitions) if isinstance(items, Mapping) else {}
        inner = {"description": schema.get("description", ""), **inner}
    words = [stem(word) for word in words_of(name)]
    choices = tuple(inner.get("enum") or (() if "const" not in inner else (inner["const"],)))
    return Parameter(
        name=name,
        schema=inner,
        role=_role(words, {**inner, "type": "array"} if many and words[-1:] == ["to"] else inner, choices),
        required=required and "default" not in schema and _kind(schema) != "null",
        many=many,
        choices=choices,
        cues=_cues(words),
        nouns=tuple(word for word in words if word not in _GENERIC),
        unit=_unit(words, inner),
        hints=frozenset(words) | frozenset(stems_of(str(inner.get("description", "")))),
        examples=frozenset(_examples(inner)),
    )


_EXAMPLE = re.compile(r"[A-Za-z0-9]++(?:[-_/.:][A-Za-z0-9]++)*+")


def shape_of(text: str) -> str:
    """Return how *text* is built: "LB-209" and "XY-1" are both "A-9"."""
    return re.sub(r"[a-z]++", "a", re.sub(r"[A-Z]++", "A", re.sub(r"\d++", "9", text)))


def _examples(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the shapes of what stands in a description and has a digit or a joint."""
    shown = [each for each in schema.get("examples") or () if isinstance(each, str)]
    for each in (*_EXAMPLE.findall(str(schema.get("description", ""))), *shown):
        if not each.isalpha() and not each.isdigit():
            yield shape_of(each)


_GENERIC_WORDS = "id name code number value key ref identifier string text"
_GENERIC = frozenset(map(stem, _GENERIC_WORDS.split()))


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference, and take of alternatives the first that isn't null."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        found = definitions.get(reference.rpartition("/")[2])
        return {**(found if isinstance(found, Mapping) else {}), **_without(schema, "$ref")}
    for word in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(word) or ():
            if isinstance(each, Mapping) and each.get("type") != "null":
                return {**_resolved(each, definitions), **_without(schema, word)}
    return schema


def _without(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != name}


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    return str(kind or ("object" if "properties" in schema else "string"))


def _role(words: list[str], schema: Mapping[str, Any], choices: tuple[Any, ...]) -> Role:
    kind = _kind(schema)
    if choices:
        return Role.CHOICE
    for kinds, role in (
        (("boolean",), Role.FLAG),
        (("number", "integer"), Role.NUMBER),
        (("object",), Role.OBJECT),
    ):
        if kind in kinds:
            return role
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if words[-1:] in (["to"], ["cc"], ["bcc"]) and re.search(
        "mail|address|recipient", str(schema.get("description", "")) + "address" * (kind == "array"),
        re.IGNORECASE,
    ):
        return Role.EMAIL
    named = next((_ROLE_OF[word] for word in reversed(words) if word in _ROLE_OF), None)
    if "pattern" in schema:
        return named if named in (Role.COUNTRY, Role.LANGUAGE, Role.CURRENCY) else Role.IDENTIFIER
    for word in reversed(words):  # In "customer_email" the last word says what it is.
        if word in _ROLE_OF:
            return _ROLE_OF[word]
    said = [stem(word) for word in words_of(str(schema.get("description", "")))[:8]]
    for role in (Role.CURRENCY, Role.LANGUAGE, Role.EMAIL, Role.EXPRESSION):  # Said, they decide.
        if any(_ROLE_OF.get(word) is role for word in said):
            return role
    return next((_ROLE_OF[word] for word in said if word in _ROLE_OF), Role.NAME)


def _cues(words: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for names, cues in _CUES:
        if not {stem(name) for name in names.split()}.isdisjoint(words):
            found |= dict.fromkeys(cue.replace("-", " ") for cue in cues.split())
    return tuple(found)


def _unit(words: list[str], schema: Mapping[str, Any]) -> str | None:
    if _kind(schema) not in ("number", "integer"):
        return None
    for word in reversed(words):
        if word in _UNIT_OF:
            return _UNIT_OF[word]
    said = _COUNTED.search(str(schema.get("description", "")))
    return _UNIT_OF.get(stem(said[1])) if said else None


_COUNTED = re.compile(
    rf"\b(?:in|of|how many|number of)\s+(?:whole\s+)?({'|'.join(u for u in UNITS if len(u) > 2)})s\b",
    re.IGNORECASE,
)
