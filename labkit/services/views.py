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


class Inspections(Page[Inspection]):
    """Inspections, the newest first."""


class DailyStatistics(View):
    """One entry for each day, the oldest first."""

    items: list[DailyStatistic]


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
