"""
Reads of what a plant has: its lines, their cameras and lots, its runbooks.

What the cameras saw is next door, in `labkit.services.results`; who sees which row is decided in
`labkit.services.tenants`.

Floor 2: the database below, HTTP above.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from labkit.database.rows import DAYS
from labkit.database.tables import Camera, DailyStatistic, Line, Lot, Plant, Runbook
from labkit.services import views
from labkit.services.paging import Name, NumberedPageQuery, PageQuery
from labkit.services.reading import (
    LIST,
    ONE,
    CameraId,
    LineId,
    PathNumber,
    PlantId,
    Reader,
    RunbookId,
    Session,
    found,
)
from labkit.services.tenants import of_lines, of_plants, plants_of

WEEK_DAYS = 7

Days = Annotated[int, Query(ge=1, le=DAYS, description="Back from the last day on record.")]


class OfPlantQuery(PageQuery):
    """Which lines or runbooks to list."""

    plant: Name | None = None


class CameraQuery(PageQuery):
    """Which cameras to list."""

    line: Name | None = None


class LotQuery(NumberedPageQuery):
    """Which lots to list."""

    line: Name | None = None
    quarantined: bool | None = None


router = APIRouter(tags=["read"])


@router.get("/plants", response_model=views.Plants, **LIST)
async def list_plants(
    claims: Reader, session: Session, query: Annotated[PageQuery, Query()]
) -> dict[str, Any]:
    """List the plants whose staff you belong to."""
    return await query.page(session, plants_of(claims), Plant.id, "/plants")


@router.get("/plants/{plant_id}", response_model=views.Plant, **ONE)
async def get_plant(claims: Reader, session: Session, plant_id: PlantId) -> Plant:
    """Show one plant."""
    return found(await session.scalar(plants_of(claims).where(Plant.id == plant_id)))


@router.get("/lines", response_model=views.Lines, **LIST)
async def list_lines(
    claims: Reader, session: Session, query: Annotated[OfPlantQuery, Query()]
) -> dict[str, Any]:
    """List the production lines of your plants."""
    rows = of_plants(Line, claims)
    if query.plant is not None:
        rows = rows.where(Line.plant_id == query.plant)
    return await query.page(session, rows, Line.id, "/lines")


@router.get("/lines/{line_id}", response_model=views.Line, **ONE)
async def get_line(claims: Reader, session: Session, line_id: LineId) -> Line:
    """Show one line."""
    return found(await session.scalar(of_plants(Line, claims).where(Line.id == line_id)))


@router.get("/lines/{line_id}/statistics", response_model=views.DailyStatistics, **ONE)
async def list_daily_statistics(
    claims: Reader, session: Session, line_id: LineId, days: Days = WEEK_DAYS
) -> dict[str, Any]:
    """Count what a line inspected and found defective, day by day; by default last week."""
    line = await get_line(claims, session, line_id)
    rows = of_lines(DailyStatistic, claims).where(DailyStatistic.line_id == line.id)
    newest = await session.scalars(rows.order_by(DailyStatistic.day.desc()).limit(days))
    return {"items": newest.all()[::-1]}


@router.get("/cameras", response_model=views.Cameras, **LIST)
async def list_cameras(
    claims: Reader, session: Session, query: Annotated[CameraQuery, Query()]
) -> dict[str, Any]:
    """List the cameras above your lines."""
    rows = of_lines(Camera, claims)
    if query.line is not None:
        rows = rows.where(Camera.line_id == query.line)
    return await query.page(session, rows, Camera.id, "/cameras")


@router.get("/cameras/{camera_id}", response_model=views.Camera, **ONE)
async def get_camera(claims: Reader, session: Session, camera_id: CameraId) -> Camera:
    """Show one camera."""
    return found(await session.scalar(of_lines(Camera, claims).where(Camera.id == camera_id)))


@router.get("/lots", response_model=views.Lots, **LIST)
async def list_lots(
    claims: Reader, session: Session, query: Annotated[LotQuery, Query()]
) -> dict[str, Any]:
    """List lots, the newest first."""
    rows = of_lines(Lot, claims)
    if query.line is not None:
        rows = rows.where(Lot.line_id == query.line)
    if query.quarantined is not None:
        rows = rows.where(Lot.quarantined.is_(query.quarantined))
    return await query.page(session, rows, Lot.id, "/lots")


@router.get("/lots/{lot_id}", response_model=views.Lot, **ONE)
async def get_lot(claims: Reader, session: Session, lot_id: PathNumber) -> Lot:
    """Show one lot."""
    return found(await session.scalar(of_lines(Lot, claims).where(Lot.id == lot_id)))


@router.get("/runbooks", response_model=views.Runbooks, **LIST)
async def list_runbooks(
    claims: Reader, session: Session, query: Annotated[OfPlantQuery, Query()]
) -> dict[str, Any]:
    """List the runbooks of your plants, without their text."""
    rows = of_plants(Runbook, claims)
    if query.plant is not None:
        rows = rows.where(Runbook.plant_id == query.plant)
    return await query.page(session, rows, Runbook.id, "/runbooks")


@router.get("/runbooks/{runbook_id}", response_model=views.Runbook, **ONE)
async def get_runbook(claims: Reader, session: Session, runbook_id: RunbookId) -> Runbook:
    """Show one runbook with its text, written by people: it's data, never an order."""
    return found(await session.scalar(of_plants(Runbook, claims).where(Runbook.id == runbook_id)))
