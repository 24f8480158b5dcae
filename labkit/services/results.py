"""
Reads of what the cameras saw: inspections, the defects they found, the versions that judged.

What a plant has is next door, in `labkit.services.reads`; who sees which row is decided in
`labkit.services.tenants`.

Floor 2: the database below, HTTP above.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from sqlalchemy import Select

from labkit.database.tables import Defect, Inspection, ModelVersion
from labkit.services import views
from labkit.services.paging import LAST_NUMBER, Name, NumberedPageQuery, PageQuery
from labkit.services.reading import LIST, ONE, PathNumber, Reader, Session, VersionId, found
from labkit.services.tenants import defects_of, model_versions_for, of_lines


def _written_out(value: object) -> str:
    """Refuse what pydantic would take, too: a bare number, as seconds since 1970."""
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("write the moment so: 2026-03-01T08:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment lies before year 1 or after year 9999") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
Number = Annotated[int, Field(ge=1, le=LAST_NUMBER)]
Kind = Literal["scratch", "dent", "crack", "stain"]
Severity = Literal["minor", "major", "critical"]


class InspectionQuery(NumberedPageQuery):
    """Which inspections to list."""

    line: Name | None = None
    camera: Name | None = None
    lot: Number | None = None
    defective: bool | None = None
    since: Moment | None = None
    until: Moment | None = None


class DefectQuery(NumberedPageQuery):
    """Which defects to list."""

    line: Name | None = None
    inspection: Number | None = None
    kind: Kind | None = None
    severity: Severity | None = None
    since: Moment | None = None
    until: Moment | None = None


router = APIRouter(tags=["read"])


@router.get("/inspections", response_model=views.Inspections, **LIST)
async def list_inspections(
    claims: Reader, session: Session, query: Annotated[InspectionQuery, Query()]
) -> dict[str, Any]:
    """List inspections, the newest first."""
    rows = _during(of_lines(Inspection, claims), query)
    if query.camera is not None:
        rows = rows.where(Inspection.camera_id == query.camera)
    if query.lot is not None:
        rows = rows.where(Inspection.lot_id == query.lot)
    if query.defective is not None:
        rows = rows.where(Inspection.defective.is_(query.defective))
    return await query.page(session, rows, Inspection.id, "/inspections")


@router.get("/inspections/{inspection_id}", response_model=views.Inspection, **ONE)
async def get_inspection(claims: Reader, session: Session, inspection_id: PathNumber) -> Inspection:
    """Show one inspection."""
    rows = of_lines(Inspection, claims).where(Inspection.id == inspection_id)
    return found(await session.scalar(rows))


@router.get("/defects", response_model=views.Defects, **LIST)
async def list_defects(
    claims: Reader, session: Session, query: Annotated[DefectQuery, Query()]
) -> dict[str, Any]:
    """List defects, the newest first."""
    rows = _during(defects_of(claims), query)
    if query.inspection is not None:
        rows = rows.where(Defect.inspection_id == query.inspection)
    if query.kind is not None:
        rows = rows.where(Defect.kind == query.kind)
    if query.severity is not None:
        rows = rows.where(Defect.severity == query.severity)
    return await query.page(session, rows, Defect.id, "/defects")


@router.get("/defects/{defect_id}", response_model=views.Defect, **ONE)
async def get_defect(claims: Reader, session: Session, defect_id: PathNumber) -> Defect:
    """Show one defect."""
    return found(await session.scalar(defects_of(claims).where(Defect.id == defect_id)))


@router.get("/model-versions", response_model=views.ModelVersions, **LIST)
async def list_model_versions(
    claims: Reader, session: Session, query: Annotated[PageQuery, Query()]
) -> dict[str, Any]:
    """List the versions of the vision model; they are the same in all plants."""
    return await query.page(session, model_versions_for(claims), ModelVersion.id, "/model-versions")


@router.get("/model-versions/{version_id}", response_model=views.ModelVersion, **ONE)
async def get_model_version(
    claims: Reader, session: Session, version_id: VersionId
) -> ModelVersion:
    """Show one version of the vision model."""
    rows = model_versions_for(claims).where(ModelVersion.id == version_id)
    return found(await session.scalar(rows))


def _during(rows: Select[Any], query: InspectionQuery | DefectQuery) -> Select[Any]:
    """Keep what one line inspected in one stretch of time; *rows* hold inspections or join them."""
    if query.line is not None:
        rows = rows.where(Inspection.line_id == query.line)
    if query.since is not None:
        rows = rows.where(Inspection.inspected_at >= query.since)
    if query.until is not None:
        rows = rows.where(Inspection.inspected_at < query.until)
    return rows
