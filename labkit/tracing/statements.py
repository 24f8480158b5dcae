"""
What goes to the database: each wait for a connection, and each statement with its rows.

SQLAlchemy tells when a statement begins and ends (its engine events), for every engine of the
process, sync or async. Waiting for a connection has no event, so a hook stands in front of the
pool's `connect`.

Recorded of a statement: its text with its values blanked, and how many rows came back or were
changed. Its parameters never.

Floor 1: knows SQLAlchemy.
"""

import re
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext, ExecutionContext
from sqlalchemy.pool import Pool

from labkit.tracing.attributes import MAX_STATEMENT
from labkit.tracing.here import current
from labkit.tracing.hooks import Hook
from labkit.tracing.hop import Hop
from labkit.tracing.span import Kind

_HOP = "_labkit_hop"  # On SQLAlchemy's execution context.
# OpenTelemetry's semantic conventions for databases 1.39, "Sanitization of db.query.text": what
# could be a value becomes a question mark, for parameters may have been pasted in as text.
# A quote in a name or a comment begins no literal; where a text was cut, its literal has no end.
# PostgreSQL has more of them (section 4.1.2 of its manual): E'it\'s', B'1', X'1f', U&'x', $$x$$ and
# $tag$x$tag$. Its ``$1`` is a place for a parameter, and no value.
_NAME, _COMMENT = r'"[^"]*"|\$\d+\b', r"--[^\n]*|/\*.*?(?:\*/|\Z)"
_ESCAPED = r"\bE'(?:[^'\\]|''|\\(?:.|\Z))*(?:'|\Z)"
_DOLLARS = r"\$(?P<tag>[^\W\d]\w*)?\$.*?(?:\$(?(tag)(?P=tag))\$|\Z)"
_LITERAL = rf"{_ESCAPED}|{_DOLLARS}|(?:\b(?:[BXN]|U&))?'(?:[^']|'')*(?:'|\Z)|\b\d+(?:\.\d+)?\b"
_PARTS = re.compile(f"({_NAME})|({_COMMENT})|{_LITERAL}", re.DOTALL | re.IGNORECASE)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s+[\"`\[]?(\w+)", re.IGNORECASE)


def sanitised(statement: str) -> str:
    """Return *statement* on one line, each literal value as a question mark, without comments."""
    clean = _PARTS.sub(_without_value, statement[: 2 * MAX_STATEMENT])
    return " ".join(clean.split())[:MAX_STATEMENT]


def _without_value(part: re.Match[str]) -> str:
    name, comment = part[1], part[2]
    return name or (" " if comment else "?")


def title_of(statement: str) -> str:
    """Return what a statement does and to which table, such as "SELECT lines"."""
    verb = statement.split(None, 1)[0].upper() if statement.split() else "SQL"
    table = _TABLE.search(statement)
    return f"{verb} {table[1]}" if table else verb


def _before(
    connection: Connection,
    _cursor: object,
    statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: bool,  # noqa: FBT001 - SQLAlchemy's signature.
) -> None:
    around = current()
    if around is None or context is None:
        return
    clean = sanitised(statement)
    hop = around.child(title_of(clean), Kind.SQL, statement=clean, database=connection.dialect.name)
    setattr(context, _HOP, hop.begin())


def _after(
    _connection: Connection,
    cursor: Any,  # noqa: ANN401 - of any driver.
    _statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: bool,  # noqa: FBT001
) -> None:
    hop = _hop_of(context)
    if hop is not None:
        hop.set(rows=_rows(cursor))
        hop.end()


def _failed(failure: ExceptionContext) -> None:
    hop = _hop_of(failure.execution_context)
    if hop is not None:
        hop.fail(failure.sqlalchemy_exception or failure.original_exception)
        hop.end()


def _hop_of(context: ExecutionContext | None) -> Hop | None:
    return getattr(context, _HOP, None)


def _rows(cursor: Any) -> int | None:  # noqa: ANN401
    """Return how many rows came back or were changed; None if the driver doesn't say."""
    fetched = getattr(cursor, "_rows", None)  # Async drivers hand over all rows at once.
    if fetched:
        return len(fetched)
    count = getattr(cursor, "rowcount", -1)
    if isinstance(count, int) and count >= 0:
        return count
    return 0 if fetched is not None and getattr(cursor, "description", None) else None


class _Events:
    """The engine events, put in and taken out as a `Hook` is."""

    _LISTENERS = (
        ("before_cursor_execute", _before),
        ("after_cursor_execute", _after),
        ("handle_error", _failed),
    )

    def install(self) -> None:
        """Listen to every engine."""
        for name, listener in self._LISTENERS:
            event.listen(Engine, name, listener)

    def remove(self) -> None:
        """Listen no more."""
        for name, listener in self._LISTENERS:
            event.remove(Engine, name, listener)


def _connecting(connect: Any) -> Any:  # noqa: ANN401
    def wait_and_connect(pool: Pool) -> Any:  # noqa: ANN401
        around = current()
        if around is None:
            return connect(pool)
        with around.child("pool", Kind.POOL):
            return connect(pool)

    return wait_and_connect


HOOKS = [_Events(), Hook(Pool, "connect", _connecting)]
