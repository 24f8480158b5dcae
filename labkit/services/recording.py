"""
Record what a camera saw: one inspection, counted in the day's statistics of its line.

Whether the part is defective isn't the caller's to say: the version of the model that judged it has
a threshold.

Floor 2: the database below, HTTP above.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from labkit.clock import Clock
from labkit.database.tables import Camera, DailyStatistic, Inspection, Line, Lot, ModelVersion
from labkit.database.upsert import upsert
from labkit.services import bearer, problems, views
from labkit.services.idempotency import IDEMPOTENT, Claim, Key
from labkit.services.paging import Name
from labkit.services.results import Moment, Number
from labkit.services.tenants import model_versions_for, of_lines, of_plants
from labkit.services.writing import Body, BoundedRoute, Transaction, Writer, unusable
from labkit.tokens import Claims
from labkit.tokens.access import LEEWAY_S

_NOT_YOURS = "your plants have no such thing, or it belongs to another line"


class NewInspection(Body):
    """One part under one camera, as the camera's program reports it."""

    line_id: Name = Field(examples=["A4"])
    camera_id: Name = Field(examples=["A4-1"], description="Above this line.")
    lot_id: Number = Field(examples=[88], description="Of this line.")
    model_version_id: Name = Field(examples=["v2.0"])
    inspected_at: Annotated[Moment, Field(strict=False)] = Field(
        examples=["2026-03-01T21:59:00Z"], description="With its zone; not in the future."
    )
    score: float = Field(
        ge=0, le=1, allow_inf_nan=False, examples=[0.4], description="0 (sound) to 1 (defective)."
    )


router = APIRouter(tags=["write"], route_class=BoundedRoute)


@router.post(
    "/inspections",
    status_code=201,
    responses={**bearer.ANSWERS, **problems.answers(413, 422)},
    openapi_extra=IDEMPOTENT,
)
async def record_inspection(
    claims: Writer,
    session: Transaction,
    key: Key,
    new: NewInspection,
    request: Request,
    response: Response,
) -> views.Inspection:
    """Record an inspection, once for each Idempotency-Key: asked again, the answer is the first."""
    # Rights come first, for a key that was used as well: what isn't yours any more isn't shown.
    clock: Clock = request.app.state.gate.policy.clock
    version = await _checked(session, claims, new, clock.now())
    claim = await Claim.on(session, claims, key, new, clock.now())
    if claim.answer is None:
        shown = await _record(session, new, version)
        claim.keep(shown)
    else:
        shown = views.Inspection.model_validate_json(claim.answer)
    response.headers["Location"] = f"/inspections/{shown.id}"
    return shown


async def _checked(
    session: AsyncSession, claims: Claims, new: NewInspection, now: float
) -> ModelVersion:
    """
    Return the version that judged, or say all that is wrong with what *new* refers to.

    Raises:
        RequestValidationError: Something isn't in the caller's plants, or doesn't belong together.
    """
    lot = await session.scalar(_named(of_lines(Lot, claims), Lot, new.lot_id, new))
    version = await session.scalar(
        model_versions_for(claims).where(ModelVersion.id == new.model_version_id)
    )
    there = {
        "line_id": await session.scalar(of_plants(Line, claims).where(Line.id == new.line_id)),
        "camera_id": await session.scalar(
            _named(of_lines(Camera, claims), Camera, new.camera_id, new)
        ),
        "lot_id": lot,
        "model_version_id": version,
    }
    faults = {member: _NOT_YOURS for member, row in there.items() if row is None}
    if new.inspected_at > datetime.fromtimestamp(now + LEEWAY_S, UTC):
        faults["inspected_at"] = "it lies in the future"
    elif lot and new.inspected_at.date() < lot.started_on:
        faults["inspected_at"] = "it lies before the lot was begun"
    if faults or version is None:
        raise unusable(**faults)
    return version


def _named(
    rows: Select[Any], table: type[Camera | Lot], key: str | int, new: NewInspection
) -> Select[Any]:
    return rows.where(table.id == key, table.line_id == new.line_id)


async def _record(
    session: AsyncSession, new: NewInspection, version: ModelVersion
) -> views.Inspection:
    row = Inspection(**new.model_dump(), defective=new.score >= version.threshold)
    session.add(row)
    await session.flush()  # The database gives it its number.
    await _count(session, row)
    return views.Inspection.model_validate(row)


async def _count(session: AsyncSession, row: Inspection) -> None:
    """Count it for its line and day; who counts at the same time waits, and nothing is lost."""
    day = {"line_id": row.line_id, "day": row.inspected_at.date()}
    more = {"inspected": 1, "defective": int(row.defective)}
    grown = {name: getattr(DailyStatistic, name) + by for name, by in more.items()}
    adding = upsert(session, DailyStatistic).values(**day, **more)
    await session.execute(adding.on_conflict_do_update(index_elements=list(day), set_=grown))
