"""
Whose rows are whose: the one place where a statement learns who asks.

Every row hangs on a plant, directly or through its line, and who asks sees the rows of the plants
on whose staff they are. The filter is part of each statement, so no code after it can forget it; a
row of another plant is as absent as one that doesn't exist.

Glossary:
    tenant: who mustn't see the others' rows; here a plant.
    staff: the table that says which ``sub`` belongs to which plant.

Floor 2: the database below. Nothing here runs a statement.
"""

from typing import TypeVar

from sqlalchemy import Select, select

from labkit.database.tables import (
    Camera,
    DailyStatistic,
    Defect,
    Inspection,
    Line,
    Lot,
    ModelVersion,
    Plant,
    Runbook,
    Staff,
)
from labkit.tokens import Claims

_OfPlant = TypeVar("_OfPlant", Line, Runbook)
_OfLine = TypeVar("_OfLine", Camera, Lot, Inspection, DailyStatistic)


def plants_of(claims: Claims) -> Select[Plant]:
    """Return the plants on whose staff the caller is."""
    return select(Plant).where(Plant.id.in_(_plant_ids(claims)))


def of_plants(table: type[_OfPlant], claims: Claims) -> Select[_OfPlant]:
    """Return the rows of a *table* of plants, those of the caller's plants only."""
    return select(table).where(table.plant_id.in_(_plant_ids(claims)))


def of_lines(table: type[_OfLine], claims: Claims) -> Select[_OfLine]:
    """Return the rows of a *table* of lines, those of the lines in the caller's plants only."""
    return select(table).where(table.line_id.in_(_line_ids(claims)))


def defects_of(claims: Claims) -> Select[Defect]:
    """Return the defects that inspections found in the caller's plants, joined with those."""
    found = select(Defect).join(Inspection, Inspection.id == Defect.inspection_id)
    return found.where(Inspection.line_id.in_(_line_ids(claims)))


def model_versions_for(claims: Claims) -> Select[ModelVersion]:
    """Return all versions: each judges every plant. Who is on no plant's staff sees none."""
    return select(ModelVersion).where(_plant_ids(claims).exists())


def _plant_ids(claims: Claims) -> Select[str]:
    return select(Staff.plant_id).where(Staff.subject == claims.subject)


def _line_ids(claims: Claims) -> Select[str]:
    return select(Line.id).where(Line.plant_id.in_(_plant_ids(claims)))
