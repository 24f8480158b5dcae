"""
The parameters of a tool, read from its JSON schema.

Alternatives are resolved to the one that isn't null, references to what they name.

Glossary:
    role: what kind of value a parameter takes, see `labkit.rehearsal.roles`.
    example: a value that a description shows; a real one is built alike.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from labkit.rehearsal.roles import Role, cues_of, kind_of_schema, role_of, unit_of
from labkit.rehearsal.words import stem, stems_of, words_of


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter, as far as filling it goes.

    Attributes:
        name: As the schema has it.
        schema: Its JSON schema, alternatives resolved.
        role: What belongs there.
        required: Whether a call without a value for it is refused.
        nullable: Whether it has to be given, and may be null.
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
    nullable: bool = False
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
        _parameter(
            name,
            _resolved(each, definitions),
            definitions,
            required=name in required,
            nullable=_takes_null(each),
        )
        for name, each in properties.items()
        if isinstance(each, Mapping)
    ]


def _takes_null(schema: Mapping[str, Any]) -> bool:
    """Tell whether null is a value: strict schemas require all, and let what may lack be null."""
    kind = schema.get("type")
    either = [each for word in ("anyOf", "oneOf") for each in schema.get(word) or ()]
    return "null" in (kind if isinstance(kind, list) else [kind]) or {"type": "null"} in either


def _parameter(
    name: str,
    schema: Mapping[str, Any],
    definitions: Mapping[str, Any],
    *,
    required: bool,
    nullable: bool,
) -> Parameter:
    many = kind_of_schema(schema) == "array"
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
        role=role_of(
            words, {**inner, "type": "array"} if many and words[-1:] == ["to"] else inner, choices
        ),
        required=required and "default" not in schema and not nullable,
        nullable=required and nullable and "default" not in schema,
        many=many,
        choices=choices,
        cues=cues_of(words),
        nouns=tuple(word for word in words if word not in _GENERIC),
        unit=unit_of(words, {**inner, "type": "integer"} if _all_digits(choices) else inner),
        hints=frozenset(words) | frozenset(stems_of(str(inner.get("description", "")))),
        examples=frozenset(_examples(inner)),
    )


def _all_digits(choices: tuple[Any, ...]) -> bool:
    return bool(choices) and all(str(choice).isdigit() for choice in choices)


KEPT_SHAPES = 4096  # Every tool of a request asks for those of the same few words.
_EXAMPLE = re.compile(r"[A-Za-z0-9]++(?:[-_/.:][A-Za-z0-9]++)*+")


@lru_cache(maxsize=KEPT_SHAPES)
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
