"""
What the inspections API shows, and to whom.

Every row belongs to a plant, and who asks sees the rows of their plants only. The filter is part
of each statement, so no code after it can forget it; a row of another plant is as absent as one
that doesn't exist.

Floor 2: the database below, HTTP above.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from labkit.database.rows import DAYS
from labkit.database.tables import DailyStatistic, Inspection, Line, Plant, Staff
from labkit.services import bearer, problems, views
from labkit.services.bearer import Require
from labkit.services.paging import LAST_NUMBER, NAME_PATTERN, Name, NumberedPageQuery, PageQuery
from labkit.services.problems import Answers
from labkit.services.scopes import INSPECTIONS_READ
from labkit.tokens import Claims

WEEK_DAYS = 7

_Row = TypeVar("_Row")


class _Responses(TypedDict):
    responses: Answers


_LIST = _Responses(responses={**bearer.ANSWERS, **problems.answers(422)})
_ONE = _Responses(responses={**bearer.ANSWERS, **problems.answers(404, 422)})


async def _open_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.database.session() as session:
        yield session


def _written_out(value: object) -> object:
    """Refuse what pydantic would take, too: a bare number, as seconds since 1970."""
    if isinstance(value, str) and "T" not in value.upper():
        raise ValueError("write the moment so: 2026-03-01T08:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment lies before year 1 or after year 9999") from None


Reader = Annotated[Claims, Depends(Require(INSPECTIONS_READ))]
# Function scope: the connection is back in the pool before the answer is sent.
Session = Annotated[AsyncSession, Depends(_open_session, scope="function")]
LineId = Annotated[str, Path(pattern=NAME_PATTERN, examples=["A4"])]
InspectionId = Annotated[int, Path(ge=1, le=LAST_NUMBER, examples=[17])]
Days = Annotated[int, Query(ge=1, le=DAYS, description="Back from the last day on record.")]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]


class InspectionQuery(NumberedPageQuery):
    """Which inspections to list."""

    line: Name | None = None
    defective: bool | None = None
    since: Moment | None = None
    until: Moment | None = None


router = APIRouter(tags=["read"])


@router.get("/plants", response_model=views.Plants, **_LIST)
async def list_plants(
    claims: Reader, session: Session, query: Annotated[PageQuery, Query()]
) -> dict[str, Any]:
    """List the plants whose staff you belong to."""
    rows = select(Plant).where(Plant.id.in_(_plants_of(claims))).order_by(Plant.id)
    if query.after is not None:
        rows = rows.where(Plant.id > query.after)
    return await query.page(session, rows, "/plants")


@router.get("/lines", response_model=views.Lines, **_LIST)
async def list_lines(
    claims: Reader, session: Session, query: Annotated[PageQuery, Query()]
) -> dict[str, Any]:
    """List the production lines of your plants."""
    rows = _lines_of(claims).order_by(Line.id)
    if query.after is not None:
        rows = rows.where(Line.id > query.after)
    return await query.page(session, rows, "/lines")


@router.get("/lines/{line_id}", response_model=views.Line, **_ONE)
async def get_line(claims: Reader, session: Session, line_id: LineId) -> Line:
    """Show one line."""
    return _found(await session.scalar(_lines_of(claims).where(Line.id == line_id)))


@router.get("/lines/{line_id}/statistics", response_model=views.DailyStatistics, **_ONE)
async def list_daily_statistics(
    claims: Reader, session: Session, line_id: LineId, days: Days = WEEK_DAYS
) -> dict[str, Any]:
    """Count what a line inspected and found defective, day by day; by default last week."""
    line = _found(await session.scalar(_lines_of(claims).where(Line.id == line_id)))
    rows = select(DailyStatistic).where(DailyStatistic.line_id == line.id)
    newest = await session.scalars(rows.order_by(DailyStatistic.day.desc()).limit(days))
    return {"items": newest.all()[::-1]}


@router.get("/inspections", response_model=views.Inspections, **_LIST)
async def list_inspections(
    claims: Reader, session: Session, query: Annotated[InspectionQuery, Query()]
) -> dict[str, Any]:
    """List inspections, the newest first."""
    rows = _inspections_of(claims).order_by(Inspection.id.desc())
    if query.after is not None:
        rows = rows.where(Inspection.id < query.after)
    return await query.page(session, _filtered(rows, query), "/inspections")


@router.get("/inspections/{inspection_id}", response_model=views.Inspection, **_ONE)
async def get_inspection(
    claims: Reader, session: Session, inspection_id: InspectionId
) -> Inspection:
    """Show one inspection."""
    rows = _inspections_of(claims).where(Inspection.id == inspection_id)
    return _found(await session.scalar(rows))


def _plants_of(claims: Claims) -> Select[str]:
    return select(Staff.plant_id).where(Staff.subject == claims.subject)


def _lines_of(claims: Claims) -> Select[Line]:
    return select(Line).where(Line.plant_id.in_(_plants_of(claims)))


def _inspections_of(claims: Claims) -> Select[Inspection]:
    lines = select(Line.id).where(Line.plant_id.in_(_plants_of(claims)))
    return select(Inspection).where(Inspection.line_id.in_(lines))


def _filtered(rows: Select[Inspection], query: InspectionQuery) -> Select[Inspection]:
    if query.line is not None:
        rows = rows.where(Inspection.line_id == query.line)
    if query.defective is not None:
        rows = rows.where(Inspection.defective.is_(query.defective))
    if query.since is not None:
        rows = rows.where(Inspection.inspected_at >= query.since)
    if query.until is not None:
        rows = rows.where(Inspection.inspected_at < query.until)
    return rows


def _found(row: _Row | None) -> _Row:
    """Return *row*; absent and not yours are the same answer, so nobody learns what exists."""
    if row is None:
        raise HTTPException(404, "there is no such thing in your plants")
    return row
