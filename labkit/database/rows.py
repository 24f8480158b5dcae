"""
Ninety days of visual inspection, the same rows on every machine and every run.

The story: line A1 is busy and finds most defects. Line A4 is slow, and in the last week before
`LAB_NOW` its gripper scratches parts: few defects, but the highest *rate* by far. Who compares
counts sends the repair crew to the wrong line.

Every day has one shift, 08:00 to 22:00 UTC, and the last shift ends before `LAB_NOW`, a Monday at
08:00: so "the last seven days" and "the last calendar week" are the same rows.

Floor 1: numpy and the tables.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit.clock import LAB_NOW
from labkit.database import tables
from labkit.database.runbooks import RUNBOOKS

Rows = list[dict[str, Any]]

DAYS = 90
LAST_DAY = LAB_NOW.date() - timedelta(days=1)
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)
SHIFT_START_H = 8
SHIFT_S = 14 * 3600  # 08:00 to 22:00.
TROUBLE_DAYS = 7  # How long A4's gripper has been worn: last week.
PARTS_PER_INSPECTION = 10  # Every tenth part passes under a camera.
SECOND_DEFECT_PERCENT = 20  # Share of defective parts that have two defects.
QUARANTINED_LOT = 33  # One lot that is in quarantine already, long before the trouble.
MILLION = 1_000_000
_SEED = 20260302  # Any number does; it has to stay.


class LineStory(NamedTuple):
    """What is special about one line. Rates are defective parts per million inspected."""

    id: str
    plant_id: str
    product: str
    per_day: int  # Inspections on a weekday.
    usual_rate: int
    last_week_rate: int
    on_sundays: bool = True


LINES = (
    LineStory("A1", "plant-a", "brake discs", 100, 27_000, 27_000),
    LineStory("A2", "plant-a", "gearbox housings", 64, 22_000, 22_000),
    LineStory("A3", "plant-a", "valve seats", 40, 25_000, 25_000),
    LineStory("A4", "plant-a", "turbine blades", 10, 20_000, 150_000, on_sundays=False),
    LineStory("B1", "plant-b", "bottle caps", 80, 15_000, 15_000),
    LineStory("B2", "plant-b", "syringes", 48, 20_000, 20_000),
    LineStory("B3", "plant-b", "bone screws", 16, 30_000, 30_000, on_sundays=False),
)
PLANTS = {"plant-a": "Plant A", "plant-b": "Plant B"}
STAFF = {
    "quality-lead": ("plant-a", "plant-b"),
    "operator-a": ("plant-a",),
    "operator-b": ("plant-b",),
    "nightly-report": ("plant-a", "plant-b"),  # A service, not a person.
}
CAMERAS = ("left", "right")
KINDS = ("scratch", "dent", "crack", "stain")
SEVERITIES = ("minor", "minor", "major", "critical")  # Half of all are minor.


class Version(NamedTuple):
    """A version of the vision model; it judges every line from the day of its release."""

    id: str
    released_on: date
    threshold_percent: int


VERSIONS = (
    Version("v1.0", date(2025, 10, 6), 50),
    Version("v1.1", date(2025, 12, 15), 55),
    Version("v2.0", date(2026, 2, 9), 60),
)


class Dice:
    """
    Random whole numbers that never change.

    numpy keeps the raw bits of PCG64 the same for ever (NEP 19), but not what its distributions
    make of them. So we take the raw bits, and whole numbers only: no rounding differs anywhere.
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def roll(self, count: int, sides: int) -> NDArray[np.int64]:
        """Return *count* numbers from 0 to *sides* - 1, each as likely as the next."""
        high = self._bits.random_raw(count) >> np.uint64(32)
        return ((high * np.uint64(sides)) >> np.uint64(32)).astype(np.int64)


class History(NamedTuple):
    """All inspections as columns, in the order in which they happened; index + 1 is the id."""

    line: NDArray[np.int64]  # Index into LINES.
    day: NDArray[np.int64]  # Days since FIRST_DAY.
    second: NDArray[np.int64]  # Seconds since the start of the shift.
    defective: NDArray[np.bool_]
    camera: NDArray[np.int64]  # Index into CAMERAS.
    fine: NDArray[np.int64]  # 0 to 999: where in its half of the scale the score lies.


def all_rows() -> dict[type[tables.Base], Rows]:
    """Return every row of the database by table, parents before children."""
    dice = Dice(_SEED)
    history = _history(dice)
    return {
        tables.Plant: [{"id": key, "name": name} for key, name in PLANTS.items()],
        tables.Staff: [
            {"subject": who, "plant_id": plant} for who, them in STAFF.items() for plant in them
        ],
        tables.Line: [
            {"id": s.id, "plant_id": s.plant_id, "name": f"Line {s.id}", "product": s.product}
            for s in LINES
        ],
        tables.Camera: list(_cameras()),
        tables.ModelVersion: [
            {"id": v.id, "released_on": v.released_on, "threshold": v.threshold_percent / 100}
            for v in VERSIONS
        ],
        tables.Lot: list(_lots(history)),
        tables.Inspection: list(_inspections(history)),
        tables.Defect: list(_defects(history, dice)),
        tables.DailyStatistic: list(_statistics(history)),
        tables.Runbook: [runbook._asdict() for runbook in RUNBOOKS],
    }


def _history(dice: Dice) -> History:
    per_day = np.array([_planned(day) for day in range(DAYS)])
    # Between 90 and 110 percent of the plan, day by day.
    volume = per_day * (90 + dice.roll(per_day.size, 21).reshape(per_day.shape)) // 100
    day = np.repeat(np.arange(DAYS), volume.sum(axis=1))
    line = np.repeat(np.tile(np.arange(len(LINES)), DAYS), volume.ravel())
    second = dice.roll(day.size, SHIFT_S)
    order = np.lexsort((line, second, day))
    day, line, second = day[order], line[order], second[order]
    usual = np.array([s.usual_rate for s in LINES])[line]
    lately = np.array([s.last_week_rate for s in LINES])[line]
    rate = np.where(day >= DAYS - TROUBLE_DAYS, lately, usual)
    return History(
        line=line,
        day=day,
        second=second,
        defective=dice.roll(day.size, MILLION) < rate,
        camera=dice.roll(day.size, len(CAMERAS)),
        fine=dice.roll(day.size, 1000),
    )


def _planned(day: int) -> list[int]:
    """Return the inspections planned for each line: half at the weekend, some lines none."""
    weekday = (FIRST_DAY + timedelta(days=day)).isoweekday()
    if weekday < 6:
        return [story.per_day for story in LINES]
    runs = [weekday == 6 or story.on_sundays for story in LINES]
    return [story.per_day // 2 * run for story, run in zip(LINES, runs, strict=True)]


def _cameras() -> Iterator[dict[str, Any]]:
    for story in LINES:
        for number, position in enumerate(CAMERAS, start=1):
            yield {
                "id": f"{story.id}-{number}",
                "line_id": story.id,
                "position": position,
                "installed_on": date(2025, 6, number),
            }


def _lot_ids(history: History) -> NDArray[np.int64]:
    """Return the lot of each inspection: one for each line and calendar week."""
    week: NDArray[np.int64] = (history.day + FIRST_DAY.weekday()) // 7
    return week * len(LINES) + history.line + 1


def _lots(history: History) -> Iterator[dict[str, Any]]:
    inspected = np.bincount(_lot_ids(history)).tolist()
    for lot in range(1, len(inspected)):
        week, line = divmod(lot - 1, len(LINES))
        monday = FIRST_DAY + timedelta(days=7 * week - FIRST_DAY.weekday())
        yield {
            "id": lot,
            "line_id": LINES[line].id,
            "started_on": max(monday, FIRST_DAY),
            "parts": inspected[lot] * PARTS_PER_INSPECTION,
            "quarantined": lot == QUARANTINED_LOT,
        }


def _inspections(history: History) -> Iterator[dict[str, Any]]:
    start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, SHIFT_START_H, tzinfo=UTC)
    versions = [_version_on(FIRST_DAY + timedelta(days=day)) for day in range(DAYS)]
    columns = (column.tolist() for column in (*history, _lot_ids(history)))
    for row, (line, day, second, bad, camera, fine, lot) in enumerate(zip(*columns, strict=True)):
        yield {
            "id": row + 1,
            "line_id": LINES[line].id,
            "camera_id": f"{LINES[line].id}-{camera + 1}",
            "lot_id": lot,
            "model_version_id": versions[day].id,
            "inspected_at": start + timedelta(days=day, seconds=second),
            "score": _score(versions[day].threshold_percent, fine, defective=bad),
            "defective": bad,
        }


def _version_on(day: date) -> Version:
    return max(version for version in VERSIONS if version.released_on <= day)


def _score(threshold_percent: int, fine: int, *, defective: bool) -> float:
    """Return a score on the right side of the threshold, in thousandths."""
    if defective:
        return (10 * threshold_percent + fine * (100 - threshold_percent) // 100) / 1000
    return fine * threshold_percent // 100 / 1000


def _defects(history: History, dice: Dice) -> Iterator[dict[str, Any]]:
    found = np.flatnonzero(history.defective)
    twice = found[dice.roll(found.size, 100) < SECOND_DEFECT_PERCENT]
    found = np.sort(np.concatenate([found, twice]))
    worn = np.array([story.last_week_rate > story.usual_rate for story in LINES])
    scratched = worn[history.line[found]] & (history.day[found] >= DAYS - TROUBLE_DAYS)
    kinds = np.where(scratched, KINDS.index("scratch"), dice.roll(found.size, len(KINDS)))
    severities = dice.roll(found.size, len(SEVERITIES))
    columns = (column.tolist() for column in (found, kinds, severities))
    for number, (index, kind, severity) in enumerate(zip(*columns, strict=True), start=1):
        yield {
            "id": number,
            "inspection_id": index + 1,
            "kind": KINDS[kind],
            "severity": SEVERITIES[severity],
        }


def _statistics(history: History) -> Iterator[dict[str, Any]]:
    cell = history.day * len(LINES) + history.line
    inspected = np.bincount(cell, minlength=DAYS * len(LINES)).tolist()
    defective = np.bincount(cell[history.defective], minlength=DAYS * len(LINES)).tolist()
    for day in range(DAYS):
        for line, story in enumerate(LINES):
            yield {
                "line_id": story.id,
                "day": FIRST_DAY + timedelta(days=day),
                "inspected": inspected[day * len(LINES) + line],
                "defective": defective[day * len(LINES) + line],
            }
