"""
Writes: lots are quarantined and released.

The row is read with the same filter as ever and locked until the transaction ends: of two writers
who saw the same version, the second waits, then finds another version and hears 409. The filter
comes first: what another plant has is a 404, whatever version was named.

Floor 2: the database below, HTTP above.
"""

from fastapi import APIRouter
from pydantic import Field

from labkit.database.tables import Lot
from labkit.services import views
from labkit.services.reading import PathNumber, found
from labkit.services.tenants import of_lines
from labkit.services.writing import (
    CHANGE,
    Body,
    BoundedRoute,
    Transaction,
    Version,
    Writer,
    check_version,
)


class Quarantine(Body):
    """Whether a lot has to stay in the plant."""

    quarantined: bool = Field(description="True puts it into quarantine, false releases it.")
    version: Version = Field(examples=[1])


router = APIRouter(tags=["write"], route_class=BoundedRoute)


@router.put("/lots/{lot_id}/quarantine", response_model=views.Lot, **CHANGE)
async def set_quarantine(
    claims: Writer, session: Transaction, lot_id: PathNumber, wanted: Quarantine
) -> Lot:
    """
    Put a lot into quarantine, or release it.

    If it's in that state already, nothing changes, and its version stays. A 409 shows the lot as it
    is now; after a lost answer, that may be your own change.
    """
    rows = of_lines(Lot, claims).where(Lot.id == lot_id)
    lot = found(await session.scalar(rows.with_for_update()))
    check_version(lot, wanted.version, views.Lot)
    if lot.quarantined != wanted.quarantined:
        lot.quarantined = wanted.quarantined
        lot.version += 1
    return lot
