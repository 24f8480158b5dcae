"""
What the inspections API shows: each shape lists its members, so a new column leaks nowhere.

Floor 2: knows nothing of the database; FastAPI reads the rows by attribute name.
"""

from datetime import date, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class View(BaseModel):
    """A shape made from a row."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Plant(View):
    """A factory."""

    id: str = Field(examples=["plant-a"])
    name: str


class Line(View):
    """A production line."""

    id: str = Field(examples=["A4"])
    plant_id: str
    name: str
    product: str


class Camera(View):
    """A camera above a line."""

    id: str = Field(examples=["A4-1"])
    line_id: str
    position: str = Field(examples=["left"])
    installed_on: date


class Lot(View):
    """The parts that a line makes in one week."""

    id: int
    line_id: str
    started_on: date
    parts: int = Field(description="How many it holds; every tenth is inspected.")
    quarantined: bool = Field(description="Nothing of it leaves the plant.")
    version: int = Field(description="Grows with each change; a change has to name it.")


class RunbookTitle(View):
    """A runbook without its text."""

    id: str = Field(examples=["scratches"])
    plant_id: str
    title: str
    version: int = Field(description="Grows with each change; a change has to name it.")


class Runbook(RunbookTitle):
    """
    What to do when something goes wrong.

    The table knows which text is an attack, for the lesson's sake; a reader isn't told.
    """

    body: str = Field(description="Plain text, paragraphs separated by an empty line.")


class ModelVersion(View):
    """A version of the vision model."""

    id: str = Field(examples=["v2.0"])
    released_on: date
    threshold: float = Field(description="A part whose score reaches it is defective.")


class Inspection(View):
    """One part under one camera, judged by one version of the vision model."""

    id: int
    line_id: str
    camera_id: str
    lot_id: int
    model_version_id: str
    inspected_at: datetime = Field(description="UTC.")
    score: float = Field(description="From 0 (sound) to 1 (defective).")
    defective: bool


class Defect(View):
    """One fault found on a defective part; a part can have two."""

    id: int
    inspection_id: int
    kind: str = Field(examples=["scratch"])
    severity: str = Field(examples=["minor"])


class DailyStatistic(View):
    """What a line did on one day, as counts."""

    line_id: str
    day: date = Field(description="UTC.")
    inspected: int
    defective: int


_Item = TypeVar("_Item", bound=View)


class Page(View, Generic[_Item]):
    """One page of a list."""

    items: list[_Item]
    next: str | None = Field(
        description="Where the next page is, from the root of this service; null on the last one."
    )


class Plants(Page[Plant]):
    """Plants in the order of their ids."""


class Lines(Page[Line]):
    """Lines in the order of their ids."""


class Cameras(Page[Camera]):
    """Cameras in the order of their ids."""


class Lots(Page[Lot]):
    """Lots, the newest first."""


class Runbooks(Page[RunbookTitle]):
    """Runbooks in the order of their ids, without their texts."""


class Inspections(Page[Inspection]):
    """Inspections, the newest first."""


class Defects(Page[Defect]):
    """Defects, the newest first."""


class ModelVersions(Page[ModelVersion]):
    """Versions of the vision model in the order of their ids."""


class DailyStatistics(View):
    """One entry for each day, the oldest first."""

    items: list[DailyStatistic]


class LineTotal(View):
    """What a line did in some days together, as counts."""

    line_id: str = Field(examples=["A4"])
    plant_id: str
    product: str
    inspected: int
    defective: int


class LineTotals(View):
    """One entry for each line in the order of their ids, and the days that were counted."""

    items: list[LineTotal]
    first_day: date | None = Field(description="UTC; null if nothing is on record.")
    last_day: date | None = Field(description="The last day on record.")


class RunbookMatch(RunbookTitle):
    """A runbook that fits a question."""

    score: float = Field(description="The larger the better; only the order within one answer.")
    snippet: str = Field(description="The part of its text that fits, on one line.")


class RunbookMatches(View):
    """Runbooks that fit a question, the best first."""

    items: list[RunbookMatch]


class Health(View):
    """The service answers."""

    status: str = Field(examples=["ok"])


class ResourceMetadata(View):
    """Who is asked for tokens that are accepted here (RFC 9728 section 2)."""

    resource: str
    authorization_servers: list[str]
    scopes_supported: list[str]
    bearer_methods_supported: list[str]
    resource_name: str
