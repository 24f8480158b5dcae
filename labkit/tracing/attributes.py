"""
What may be written on a span: an allow-list, so that no secret gets there by accident.

A header, a query string, a body, the values of a statement: none has a name here, so none can be
recorded. Texts are cut, and control characters in them become escapes.

Glossary:
    short name: what labkit and its tables call an attribute, such as "rows".
    semantic name: what OpenTelemetry calls it, such as "db.response.returned_rows"; on the wire.

Floor 1: knows errors, and how texts are made harmless.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from labkit.errors import UsageError
from labkit.pictures.writing import plain
from labkit.tracing.span import Value

MAX_TEXT = 200  # Characters of a value; our choice: a path, a name, a sentence.
MAX_STATEMENT = 2000  # Characters of a statement; our choice: a page of SQL.
MAX_NAME = 120  # Characters of a span's name.

SEMANTIC_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "method": "http.request.method",
        "route": "http.route",
        "status": "http.response.status_code",
        "statement": "db.query.text",
        "rows": "db.response.returned_rows",
        "database": "db.system.name",
        "tool_name": "gen_ai.tool.name",
        "call_id": "gen_ai.tool.call.id",
        "agent_name": "gen_ai.agent.name",
        "model_name": "gen_ai.request.model",
        "input_tokens": "gen_ai.usage.input_tokens",
        "output_tokens": "gen_ai.usage.output_tokens",
        "needed_by": "labkit.needed_by",
        "scope": "labkit.scope",
        "outcome": "labkit.outcome",
        "attempt": "labkit.attempt",
        "turn": "labkit.turn",
        "count": "labkit.count",
        "unfinished": "labkit.unfinished",
    }
)
"""Each short name with its semantic one (OpenTelemetry semantic conventions 1.39), or ours."""

SHORT_NAMES: Mapping[str, str] = MappingProxyType({long: s for s, long in SEMANTIC_NAMES.items()})


def check_names(names: Iterable[str]) -> None:
    """
    Refuse an attribute that isn't on the list, whether anything is recorded or not.

    Raises:
        UsageError: The text lists those that there are.
    """
    unknown = sorted(set(names) - SEMANTIC_NAMES.keys())
    if unknown:
        raise UsageError(
            f"a span has no attribute {unknown[0]!r:.60}: it could hold a secret. There are "
            + ", ".join(SEMANTIC_NAMES)
        )


def cleaned(attributes: Mapping[str, object]) -> dict[str, Value]:
    """Return *attributes* by their semantic names, harmless; None is left out."""
    return {
        SEMANTIC_NAMES[name]: _harmless(value, MAX_STATEMENT if name == "statement" else MAX_TEXT)
        for name, value in attributes.items()
        if value is not None
    }


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Return *text* on one line of at most *limit* characters, controls as escapes."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text  # Nearly all of them, in a hundredth of the time.
    return plain(text, limit=limit)


def _harmless(value: object, limit: int) -> Value:
    if isinstance(value, bool | int | float):
        return value
    # Anything else could say more of itself than is wanted.
    return clean_text(value, limit) if isinstance(value, str) else f"<{type(value).__name__}>"
