"""
Writes: lots are quarantined and released, runbooks rewritten.

The row is read with the same filter as ever and locked until the transaction ends: of two writers
who saw the same version, the second waits, then finds another version and hears 409. The filter
comes first: what another plant has is a 404, whatever version was named.

Floor 2: the database below, HTTP above.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from labkit.database.tables import Lot, Runbook
from labkit.services import views
from labkit.services.reading import PathNumber, RunbookId, found
from labkit.services.tenants import of_lines, of_plants
from labkit.services.writing import (
    CHANGE,
    Body,
    BoundedRoute,
    Transaction,
    Version,
    Writer,
    check_version,
)

MAX_TITLE_CHARACTERS = 200  # As the column has it.
MAX_BODY_CHARACTERS = 10_000  # Our choice: four pages; the longest of the seed has 350.

# No control characters: a title ends up in terminals, and PostgreSQL stores no NUL. A text has
# line breaks and tabs. A title of blanks alone would be none.
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_TITLE = rf"^[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*$"
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"

Title = Annotated[str, StringConstraints(max_length=MAX_TITLE_CHARACTERS, pattern=_TITLE)]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_BODY_CHARACTERS, pattern=_TEXT)
]


class Quarantine(Body):
    """Whether a lot has to stay in the plant."""

    quarantined: bool = Field(description="True puts it into quarantine, false releases it.")
    version: Version = Field(examples=[1])


class RunbookText(Body):
    """All that a writer can decide about a runbook; the rest of the row isn't theirs."""

    title: Title = Field(examples=["A line reports more scratches than usual"])
    body: Text = Field(description="Plain text, paragraphs separated by an empty line.")
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


@router.put("/runbooks/{runbook_id}", response_model=views.Runbook, **CHANGE)
async def edit_runbook(
    claims: Writer, session: Transaction, runbook_id: RunbookId, wanted: RunbookText
) -> Runbook:
    """Give a runbook another title and text, both whole. A 409 shows it as it is now."""
    rows = of_plants(Runbook, claims).where(Runbook.id == runbook_id)
    runbook = found(await session.scalar(rows.with_for_update()))
    check_version(runbook, wanted.version, views.Runbook)
    if (runbook.title, runbook.body) != (wanted.title, wanted.body):
        runbook.title, runbook.body = wanted.title, wanted.body
        runbook.version += 1
    return runbook
