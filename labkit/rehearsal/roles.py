"""
What a parameter of a tool is for, told from its name, type, format, pattern and description.

Glossary:
    role: the kind of value that belongs there, such as a date, an id, a sentence.
    cue: a word before a value that says which parameter it is for: "to" before a destination.
    unit: what a number counts, such as days.

Floor 1: imports nothing of labkit but its neighbour `words`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from labkit.rehearsal.words import stem, words_of


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
    (Role.PLACE, "city location place address destination origin country region town airport "
     "station where zone timezone state"),
    (Role.IDENTIFIER, "id identifier code sku number uuid key ref reference serial isbn ticker "
     "symbol iban tag version branch path filename"),
    (Role.PERSON, "person user username customer employee assignee attendee contact patient guest "
     "owner author artist participant"),
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
    ("location city place country region room venue where address station airport", "in at near "
     "for around to"),
    ("date day when", "on for by"),
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
UNITS: Mapping[str, float] = {
    "ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "day": 86400, "week": 604800, "fortnight": 1209600,
    "month": 2592000, "quarter": 7776000, "year": 31536000,
}  # fmt: skip
"""Seconds in a unit of time; a month has 30 days here, as people mean it."""

_UNIT_OF = {stem(unit): unit for unit in UNITS if len(unit) > 2} | {u: u for u in ("ms", "s", "h")}


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
        unit: What a number counts, if it is a time.
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
        role=_role(words, inner, choices),
        required=required and "default" not in schema and _kind(schema) != "null",
        many=many,
        choices=choices,
        cues=_cues(words),
        nouns=tuple(word for word in words if word not in _GENERIC),
        unit=_unit(words, inner),
    )


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
    if "pattern" in schema:
        return Role.IDENTIFIER
    for word in reversed(words):  # In "customer_email" the last word says what it is.
        if word in _ROLE_OF:
            return _ROLE_OF[word]
    said = [stem(word) for word in words_of(str(schema.get("description", "")))[:8]]
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
    said = [stem(word) for word in words_of(str(schema.get("description", "")))]
    return next((_UNIT_OF[word] for word in said if word in _UNIT_OF and len(word) > 1), None)
