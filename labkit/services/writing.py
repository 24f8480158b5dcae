"""
What all writes of the inspections API have in common: who writes, in which transaction, and what
they saw before.

Glossary:
    writer: the claims of a caller whose token allows to change something.
    transaction: a session that is committed when the handler has returned, before the answer
        leaves. So an answer of 200 or 201 says that the change is kept; if the commit fails, the
        answer is a 500 or a 503.
    version: a number in each row that can be changed; it grows with each change. Who changes the
        row names the version that they saw. If it's another by now, somebody was faster: 409.

HTTP has ``If-Match`` and 412 for the same purpose (RFC 9110 section 13.1.1). A member of the body
does as well, and a caller who reads JSON has it at hand; a 409 shows what is there now, so that its
reader can solve the conflict (section 15.5.10).

Floor 2: the database below, HTTP above.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from labkit.services import bearer, problems, views
from labkit.services.bearer import Require
from labkit.services.paging import LAST_NUMBER
from labkit.services.problems import Conflict
from labkit.services.reading import Responses
from labkit.services.scopes import INSPECTIONS_WRITE
from labkit.tokens import Claims

MAX_BODY_BYTES = 128 * 1024  # The longest runbook, each character escaped: 12 bytes (RFC 8259).

CHANGE = Responses(responses={**bearer.ANSWERS, **problems.answers(404, 409, 413, 422)})
"""The answers of a route that changes a row; ``@router.put(..., **CHANGE)``."""

Version = Annotated[
    int, Field(ge=1, le=LAST_NUMBER, description="The one that you saw. Another by now: 409.")
]


class Body(BaseModel):
    """What a write takes: the members that are listed, each of its own JSON type, and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BoundedRoute(APIRoute):
    """
    A route that reads no more of a body than `MAX_BODY_BYTES`: the rest is a 413, as a problem.

    Starlette's own limit (``max_body_size``) answers in plain text.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of this route, which sees a bounded body."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            return await handle(Request(request.scope, _bounded(request.receive)))

        return bounded


class Versioned(Protocol):
    """A row whose changes are counted."""

    version: int


async def _begin(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.database.transaction() as session:
        yield session


Writer = Annotated[Claims, Depends(Require(INSPECTIONS_WRITE))]
# Function scope: with the default one, the commit would come after the answer, and its failure too
# late for anybody to hear of it.
Transaction = Annotated[AsyncSession, Depends(_begin, scope="function")]


def _bounded(receive: Receive) -> Receive:
    left = MAX_BODY_BYTES

    async def receive_bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, f"send {MAX_BODY_BYTES} bytes at most")
        return message

    return receive_bounded


def check_version(row: Versioned, seen: int, view: type[views.View]) -> None:
    """
    Refuse a change by somebody who saw another version of *row* than there is now.

    Args:
        row: Locked by this transaction, so its version stays what it is.
        seen: The version that the writer names.
        view: How the row is shown to them.

    Raises:
        Conflict: Somebody was faster; it holds the row as it is now.
    """
    if row.version != seen:
        detail = "it was changed meanwhile: look at current, then decide again"
        raise Conflict(detail, view.model_validate(row))


def unusable(**faults: str) -> RequestValidationError:
    """Return the 422 that says what is wrong with each of these members of the body."""
    return RequestValidationError(
        [
            {"type": "value_error", "loc": ("body", member), "msg": detail}
            for member, detail in faults.items()
        ]
    )
