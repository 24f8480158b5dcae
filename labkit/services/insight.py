"""
Reads that take several rows together: what each line did in the last days, which runbook fits.

They give counts, not rates: what to divide by is for those to say who ask.

Floor 2: the database below, HTTP above.
"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from labkit.database.fulltext import matching
from labkit.database.rows import DAYS
from labkit.database.tables import DailyStatistic, Line, Runbook
from labkit.services import views
from labkit.services.paging import QUESTION_PATTERN, Name
from labkit.services.reading import LIST, Reader, Session
from labkit.services.tenants import of_lines, of_plants
from labkit.tokens import Claims

WEEK_DAYS = 7
MAX_QUESTION_CHARACTERS = 300  # Our choice: a long sentence.
MAX_MATCHES = 10

router = APIRouter(tags=["read"])


class TotalsQuery(BaseModel):
    """Which lines and days to count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: int = Field(WEEK_DAYS, ge=1, le=DAYS, description="Back from the last day on record.")
    plant: Name | None = None
    line: Name | None = None


class MatchQuery(BaseModel):
    """What to look for in the runbooks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(
        min_length=1,
        max_length=MAX_QUESTION_CHARACTERS,
        pattern=QUESTION_PATTERN,
        description="Words, or a question.",
    )
    limit: int = Field(3, ge=1, le=MAX_MATCHES)


@router.get("/line-totals", response_model=views.LineTotals, **LIST)
async def list_line_totals(
    claims: Reader, session: Session, query: Annotated[TotalsQuery, Query()]
) -> dict[str, Any]:
    """Count what each of your lines inspected and found defective in the last days together."""
    last_day = await _last_day(session, claims)
    if last_day is None:
        return {"items": [], "first_day": None, "last_day": None}
    first_day = last_day - timedelta(days=query.days - 1)
    rows = _totals(claims).where(DailyStatistic.day >= first_day)
    if query.plant is not None:
        rows = rows.where(Line.plant_id == query.plant)
    if query.line is not None:
        rows = rows.where(Line.id == query.line)
    found = (await session.execute(rows)).all()
    return {"items": found, "first_day": first_day, "last_day": last_day}


async def _last_day(session: AsyncSession, claims: Claims) -> Any:  # noqa: ANN401 - a date or None.
    days = of_lines(DailyStatistic, claims).with_only_columns(func.max(DailyStatistic.day))
    return await session.scalar(days)


def _totals(claims: Claims) -> Select[str, str, str, int, int]:
    """Return one row for each line of the caller's plants that has a day on record."""
    lines = of_plants(Line, claims).subquery()
    return (
        select(
            Line.id.label("line_id"),
            Line.plant_id,
            Line.product,
            func.sum(DailyStatistic.inspected).label("inspected"),
            func.sum(DailyStatistic.defective).label("defective"),
        )
        .join(DailyStatistic, DailyStatistic.line_id == Line.id)
        .join(lines, lines.c.id == Line.id)
        .group_by(Line.id, Line.plant_id, Line.product)
        .order_by(Line.id)
    )


@router.get("/runbook-matches", response_model=views.RunbookMatches, **LIST)
async def list_runbook_matches(
    request: Request, claims: Reader, session: Session, query: Annotated[MatchQuery, Query()]
) -> dict[str, Any]:
    """List the runbooks of your plants that fit a question, the best first."""
    dialect = request.app.state.database.url.get_backend_name()
    rows = matching(of_plants(Runbook, claims), query.q, dialect=dialect).limit(query.limit)
    found = (await session.execute(rows)).all()
    return {"items": [_match(runbook, score, text) for runbook, score, text in found]}


def _match(runbook: Runbook, score: float, snippet: str) -> dict[str, Any]:
    return {
        "id": runbook.id,
        "plant_id": runbook.plant_id,
        "title": runbook.title,
        "version": runbook.version,
        "score": score,
        "snippet": " ".join(snippet.split()),
    }
