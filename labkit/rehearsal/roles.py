"""
What a parameter of a tool is for, told from its name, type, format, pattern and description.

Glossary:
    role: the kind of value that belongs there, such as a date, an id, a sentence.
    cue: a word before a value that says which parameter it is for: "to" before a destination.
    unit: what a number counts, such as days.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from labkit.rehearsal.units import UNITS
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
    COUNTRY = "country"
    CURRENCY = "currency"
    PERSON = "person"
    QUERY = "query"  # Words to look for.
    TEXT = "text"  # A sentence to pass on.
    NAME = "name"  # A short label, mostly in capitals or quotes.
    OBJECT = "object"


IDS = (Role.NUMBER, Role.IDENTIFIER, Role.NAME)
"""Roles of what a look-up may find."""

# The first that has a word in common with the parameter's name decides; then the description's.
_BY_NAME: tuple[tuple[Role, str], ...] = (
    (Role.EXPRESSION, "expression formula equation calculation sum math"),
    (Role.EMAIL, "email mail recipient"),
    (Role.URL, "url uri link website webpage"),
    (Role.QUERY, "query question keyword keywords search term terms topic q phrase"),
    (Role.TEXT, "text message body content note notes comment reason description instruction "
     "prompt sentence paragraph details detail summary feedback caption problem "
     "justification why complaint "
     "remark memo explanation issue fault damage observation finding circumstances"),
    (Role.DATE, "date day deadline due birthday checkin checkout when departure arrival since "
     "until"),
    (Role.TIME, "time hour"),
    (Role.LANGUAGE, "language lang locale"),
    (Role.CURRENCY, "currency"),
    (Role.COUNTRY, "country nationality"),
    (Role.PLACE, "city location place address destination origin region town airport "
     "station where zone timezone state area district neighbourhood neighborhood county venue "
     "field building hall stop pier harbour port beach resort"),
    (Role.IDENTIFIER, "id identifier code sku number uuid key ref reference serial isbn ticker "
     "symbol iban tag version branch path filename plate callsign no nr "
     "phone telephone mobile fax"),
    (Role.PERSON, "person user username customer employee assignee attendee contact patient guest "
     "owner author artist participant player pupil student teacher doctor driver payee "
     "candidate tenant speaker friend member singer actor director "
     "child kid visitor host surgeon physician buddy mentor colleague parent guardian narrator "
     "instructor trainer coach tutor leader skipper captain nurse mechanic technician organiser"),
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
    ("location city place country region room venue where address station airport area",
     "in at near for around to from"),
    ("date day when", "on for by"),
    ("path folder directory file", "in under of inside from"),
    ("time hour", "at"),
    ("topic query question subject about keyword search term", "about on regarding concerning for"),
    ("name title label", "called named titled"),
    ("attendee participant guest with contact", "with"),
    ("author artist", "by from"),
    ("language", "in into to"),
    ("assignee owner user person customer employee patient", "to for of"),
    ("team department company employer organisation organization firm", "from in at of with"),
    ("reason", "because since due-to for"),
    ("contain include keyword", "mention mentions mentioning containing contains"),
    ("message text body content note comment", "saying that says reading"),
)  # fmt: skip
_UNIT_OF = {stem(unit): unit for unit in UNITS if len(unit) > 2} | {
    unit: unit for unit in UNITS if len(unit) < 3
}


def kind_of_schema(schema: Mapping[str, Any]) -> str:
    """Return the type that a schema asks for, null aside."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    return str(kind or ("object" if "properties" in schema else "string"))


def role_of(words: list[str], schema: Mapping[str, Any], choices: tuple[Any, ...]) -> Role:
    """Return what kind of value belongs to a parameter of these stems and this schema."""
    kind = kind_of_schema(schema)
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
    people = _PEOPLE.search(str(schema.get("description", "")))
    if (
        words[-1:] in (["to"], ["cc"], ["bcc"])
        and not people
        and re.search(
            "mail|address|recipient",
            str(schema.get("description", "")) + "address" * (kind == "array"),
            re.IGNORECASE,
        )
    ):
        return Role.EMAIL
    if spelt := _SPELT.search(str(schema.get("description", ""))):
        return Role.DATE if spelt[1] else Role.TIME
    named = next((_ROLE_OF[word] for word in reversed(words) if word in _ROLE_OF), None)
    if "pattern" in schema:
        return named if named in (Role.COUNTRY, Role.LANGUAGE, Role.CURRENCY) else Role.IDENTIFIER
    if words[-1:] == ["name"] and named is Role.NAME:  # A "visitor_name" is a person.
        named = next((r for word in words[:-1] if (r := _ROLE_OF.get(word)) in _NAMED), named)
    if named is not None:  # In "customer_email" the last word says what it is.
        return named
    said = [stem(word) for word in words_of(str(schema.get("description", "")))[:8]]
    for role in (Role.CURRENCY, Role.LANGUAGE, Role.EMAIL, Role.EXPRESSION):  # Said, they decide.
        if any(_ROLE_OF.get(word) is role for word in said):
            return role
    return next((_ROLE_OF[word] for word in said if word in _ROLE_OF), Role.NAME)


_PEOPLE = re.compile(r"\b(?:contacts?|names?|people|users?)\b")
_NAMED = (Role.PERSON, Role.PLACE)
_SPELT = re.compile(r"\b(?:(yyyy-mm-dd)|hh:mm(?::ss)?)\b", re.IGNORECASE)


def cues_of(words: list[str]) -> tuple[str, ...]:
    """Return the words that stand before a value of a parameter, told from its name's stems."""
    found: dict[str, None] = {}
    for names, cues in _CUES:
        if not {stem(name) for name in names.split()}.isdisjoint(words):
            found |= dict.fromkeys(cue.replace("-", " ") for cue in cues.split())
    ending = words[-1:] if len(words) > 1 and words[-1] in _PREPOSITIONS else []
    return tuple(dict.fromkeys([*ending, *found]))  # "by" for "picked_up_by".


_PREPOSITIONS = ("by", "from", "to", "for", "with", "at", "in", "on", "via", "until")


def unit_of(words: list[str], schema: Mapping[str, Any]) -> str | None:
    """Return what a number counts, if its name or its description says so."""
    if kind_of_schema(schema) not in ("number", "integer"):
        return None
    if stem("per") in words:
        return None  # Neither the one nor the other: "mol_per_l".
    for word in reversed(words):
        bound = word == "min" and len(words) > 1 and not _LASTING & set(words)
        if word in _UNIT_OF and not bound:
            return _UNIT_OF[word]
    if stem("vintage") in words:
        return "year"
    if not _HEATS.isdisjoint(words):
        return "degree"
    said = _COUNTED.search(str(schema.get("description", "")))
    return _UNIT_OF.get(stem(said[1])) if said else None


_LASTING = frozenset(
    map(
        stem,
        ["duration", "time", "length", "run", "delay", "timeout", "walk", "drive", "cook", "prep"],
    )
)
_HEATS = frozenset(map(stem, ["temp", "temperature", "thermostat"]))
_COUNTED = re.compile(
    rf"\b(?:in|of|how many|number of)\s+(?:whole\s+)?"
    rf"({'|'.join(unit for unit in UNITS if len(unit) > 2)})s\b",
    re.IGNORECASE,
)
