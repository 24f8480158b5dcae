"""
Ask twice, get one: the ``Idempotency-Key`` header.

Who sent a POST and heard nothing doesn't know whether it was done. With a key they may send it
again: what was done once is not done again, and the answer is the first one. The key, its answer
and what was done are one transaction, so either all of it is there or nothing. Of two requests with
one key at once, the second waits for the first and is answered as it was.

Glossary:
    key: made up by the caller for one request, such as a UUID. It's theirs alone: the same key of
        another caller is another key.
    fingerprint: a hash of what was asked; a key stands for one request only.

Only what was done is remembered. After an error the same key can be used again, corrected or not.

Source: draft-ietf-httpapi-idempotency-key-header-07. Its key is a string in quotes (section 2.1);
most interfaces that had one before take it without, so both are taken here.

Floor 2: the database below, HTTP above.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from labkit.database.tables import IdempotencyKey
from labkit.database.upsert import upsert
from labkit.tokens import Claims

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)  # Our choice: a client that was off over night can still ask again.
MAX_KEY_CHARACTERS = 128  # Our choice: a UUID takes 36.

_CHARACTERS = rf"[A-Za-z0-9._~:+/=-]{{1,{MAX_KEY_CHARACTERS}}}"
_KEY = re.compile(rf'("?)({_CHARACTERS})\1')
_DETAIL = (
    f"send one {HEADER}: 1 to {MAX_KEY_CHARACTERS} letters, digits or ._~:+/=- that stand for this "
    "request alone, such as a UUID"
)

IDEMPOTENT: dict[str, Any] = {
    "parameters": [
        {
            "name": HEADER,
            "in": "header",
            "required": True,
            "description": (
                "Made up by you for this one request; send the same one to ask again. "
                f"Kept for {KEPT // timedelta(hours=1)} hours."
            ),
            "schema": {"type": "string", "pattern": rf'^("{_CHARACTERS}"|{_CHARACTERS})$'},
            "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
        }
    ]
}
"""The OpenAPI entry of the header; ``openapi_extra=IDEMPOTENT``."""


async def _key_of(request: Request) -> str:
    """
    Return the key of a request.

    Raises:
        HTTPException: 400, there is none, or more than one, or it's no key (draft, section 2.7).
    """
    headers = request.headers.getlist(HEADER)
    found = _KEY.fullmatch(headers[0]) if len(headers) == 1 else None
    if found is None:
        raise HTTPException(400, _DETAIL)
    return found[2]


Key = Annotated[str, Depends(_key_of)]


@dataclass(frozen=True, slots=True)
class Claim:
    """
    A key that this transaction holds: nobody else answers it before the transaction ends.

    Attributes:
        answer: What was answered to the same request before, as JSON; None: it has to be done now.
    """

    answer: str | None
    _row: Any

    @classmethod
    async def on(
        cls, session: AsyncSession, claims: Claims, key: str, asked: BaseModel, now: float
    ) -> Self:
        """
        Claim *key* for the caller, who asks for *asked*; forget keys that are too old.

        Args:
            now: Unix time in seconds.

        Raises:
            HTTPException: 422, the key stands for another request (draft, section 2.7).
        """
        moment = datetime.fromtimestamp(now, UTC)
        await _forget(session, moment)
        own = {"subject": claims.subject, "key": key}
        fingerprint = _fingerprint(asked)
        new = {**own, "fingerprint": fingerprint, "answer": "", "forget_at": moment + KEPT}
        await session.execute(upsert(session, IdempotencyKey).values(new).on_conflict_do_nothing())
        row = await session.get_one(IdempotencyKey, own)
        if row.fingerprint != fingerprint:
            raise HTTPException(422, f"this {HEADER} stands for another request: take a new one")
        return cls(row.answer or None, row)

    def keep(self, answer: BaseModel) -> None:
        """Remember *answer*, together with what the transaction did."""
        self._row.answer = answer.model_dump_json()


async def _forget(session: AsyncSession, now: datetime) -> None:
    name = (IdempotencyKey.subject, IdempotencyKey.key)
    old = select(*name).where(IdempotencyKey.forget_at <= now)
    # Two at once share the work; waiting for each other's rows, they could deadlock.
    mine = old.with_for_update(skip_locked=True)
    await session.execute(delete(IdempotencyKey).where(tuple_(*name).in_(mine)))


def _fingerprint(asked: BaseModel) -> str:
    """Return a hash of what is asked for, however it was written: blanks make no difference."""
    return hashlib.sha256(f"{type(asked).__name__} {asked.model_dump_json()}".encode()).hexdigest()
