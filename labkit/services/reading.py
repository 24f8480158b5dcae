"""
What all reads of the inspections API have in common: who asks, over which connection, with what.

Glossary:
    reader: the claims of a caller whose token allows to read.
    name, number: the two kinds of key; ``A4`` is a name, 17 a number.

Floor 2: the database below, HTTP above.
"""

from collections.abc import AsyncIterator
from typing import Annotated, TypedDict, TypeVar

from fastapi import Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from labkit.services import bearer, problems
from labkit.services.bearer import Require
from labkit.services.paging import LAST_NUMBER, NAME_PATTERN
from labkit.services.problems import Answers
from labkit.services.scopes import INSPECTIONS_READ
from labkit.tokens import Claims

_Row = TypeVar("_Row")


class Responses(TypedDict):
    """What a route documents besides its usual answer."""

    responses: Answers


LIST = Responses(responses={**bearer.ANSWERS, **problems.answers(422)})
"""The answers of a list; ``@router.get(..., **LIST)``."""
ONE = Responses(responses={**bearer.ANSWERS, **problems.answers(404, 422)})
"""The answers of a route with a key in its path."""


async def _open_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.database.session() as session:
        yield session


Reader = Annotated[Claims, Depends(Require(INSPECTIONS_READ))]
# Function scope: the connection is back in the pool before the answer is sent.
Session = Annotated[AsyncSession, Depends(_open_session, scope="function")]
PlantId = Annotated[str, Path(pattern=NAME_PATTERN, examples=["plant-a"])]
LineId = Annotated[str, Path(pattern=NAME_PATTERN, examples=["A4"])]
CameraId = Annotated[str, Path(pattern=NAME_PATTERN, examples=["A4-1"])]
RunbookId = Annotated[str, Path(pattern=NAME_PATTERN, examples=["scratches"])]
VersionId = Annotated[str, Path(pattern=NAME_PATTERN, examples=["v2.0"])]
PathNumber = Annotated[int, Path(ge=1, le=LAST_NUMBER)]


def found(row: _Row | None) -> _Row:
    """
    Return *row*; absent and not yours are the same answer, so nobody learns what exists.

    Raises:
        HTTPException: 404, there is no row.
    """
    if row is None:
        raise HTTPException(404, "there is no such thing in your plants")
    return row
