"""
Keyset paging: a page starts *after* the last row that was seen, not after a number of rows.

With an offset, a row inserted in front shifts all pages: one row is seen twice, or never. A key
doesn't move.

Glossary:
    position: the key of the last row of a page.
    cursor: the position as text. Opaque: it may change its form, so clients pass it on unread.

A cursor needs no signature. Who makes one up chooses where to start reading, among the rows that
they may see anyway.

Floor 2: knows pydantic and SQLAlchemy.
"""

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from labkit.tokens.encoding import b64url_decode, b64url_encode

DEFAULT_LIMIT = 50
MAX_LIMIT = 500  # Our choice: a page stays under 100 KiB.
MAX_CURSOR_CHARACTERS = 120  # The longest id takes 92.
LAST_NUMBER = 2**53 - 1  # RFC 7493 section 2.2: larger ones aren't the same in every program.

NAME_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"  # What an id like A4 can look like.
QUESTION_PATTERN = r"^[^\x00-\x1f\x7f]*$"  # A target with a control character is refused (400).
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Key = InstrumentedAttribute[str] | InstrumentedAttribute[int]


class PageQuery(BaseModel):
    """The query parameters of a list. A parameter that isn't listed is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    numbered: ClassVar[bool] = False  # Whether the keys are numbers; else they are names.

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Rows in a page at most.")
    cursor: str | None = Field(
        None,
        max_length=MAX_CURSOR_CHARACTERS,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="From `next` of the page before.",
    )

    @field_validator("cursor")
    @classmethod
    def _readable(cls, cursor: str | None) -> str | None:
        if cursor is not None:
            _position(cursor, numbered=cls.numbered)
        return cursor

    @property
    def after(self) -> Any:  # noqa: ANN401 - an int or a str, as the key of the list is.
        """The position after which the page starts, or None."""
        return None if self.cursor is None else _position(self.cursor, numbered=self.numbered)

    async def page(
        self, session: AsyncSession, rows: Select[Any], key: Key, path: str
    ) -> dict[str, Any]:
        """
        Return one page of *rows*, and where the next one is.

        Args:
            session: It runs the statement.
            rows: Filtered already, not ordered yet.
            key: The column of the keys. Names go up; numbers grow with time and go down.
            path: Of the list itself, such as ``"/lines"``.
        """
        rows = rows.order_by(key.desc() if self.numbered else key)
        if self.after is not None:
            rows = rows.where(key < self.after if self.numbered else key > self.after)
        # One more than asked for tells whether there is a next page, without counting.
        found = (await session.scalars(rows.limit(self.limit + 1))).all()
        return {"items": found[: self.limit], "next": self._next(found, path)}

    def _next(self, found: Sequence[Any], path: str) -> str | None:
        if len(found) <= self.limit:
            return None
        kept = self.model_dump(mode="json", exclude_none=True)
        kept["cursor"] = _cursor(found[self.limit - 1].id)
        return f"{path}?{urlencode({name: _as_text(value) for name, value in kept.items()})}"


class NumberedPageQuery(PageQuery):
    """The same for a list whose keys are numbers, the newest first."""

    numbered: ClassVar[bool] = True


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cursor(position: int | str) -> str:
    return b64url_encode(json.dumps([position]).encode())


def _position(cursor: str, *, numbered: bool) -> int | str:
    """Return the key in *cursor*; a ValueError becomes a 422."""
    try:
        [key] = json.loads(b64url_decode(cursor))
    except (ValueError, TypeError, RecursionError):
        raise ValueError("take the cursor from `next` of the page before") from None
    if numbered and type(key) is int and 0 <= key <= LAST_NUMBER:
        return key
    if not numbered and isinstance(key, str) and re.fullmatch(NAME_PATTERN, key):
        return key
    raise ValueError("this cursor belongs to another list")
