"""
10.2 Statistics: numbers from a database, for a model that chooses the arguments.

The rows are those of the running example. A third plant is added whose lines differ in everything
that can be confused: many parts, many defects, one bad day, no part at all.

Floor 4: knows the rows of the running example, and the kit.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.lessons.tools.rates_hints import HINTS
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence, shown
from labkit.database.rows import all_rows
from labkit.database.tables import DailyStatistic, Line

MOST = 20  # Lines that a result may have.
NAMES = ("line", "inspected", "defective", "rate")
Row = tuple[str, str, str, int, int]
TABLE = "CREATE TABLE daily (line TEXT, plant TEXT, day TEXT, inspected INTEGER, defective INTEGER)"


def _starter(db, plant, limit):
    return TODO


def worst_lines(db, plant, limit):
    shown = max(1, min(limit, 20))
    rows = db.execute(
        "SELECT line, sum(inspected), sum(defective), 1.0 * sum(defective) / sum(inspected) AS rate"
        " FROM daily WHERE plant = ? GROUP BY line ORDER BY rate DESC LIMIT ?",
        (plant, shown + 1),
    ).fetchall()
    names = ("line", "inspected", "defective", "rate")
    lines = [dict(zip(names, row, strict=True)) for row in rows[:shown]]
    return {"lines": lines, "more": len(rows) > shown}


# Wrong answers.


def _first(wished, rows):
    lines = [dict(zip(NAMES, row, strict=True)) for row in rows[:wished]]
    return {"lines": lines, "more": len(rows) > wished}


def _asking(columns, order):
    """Make a wrong answer that asks the database for something else."""
    statement = f"SELECT {columns} FROM daily WHERE plant = ? GROUP BY line ORDER BY {order}"  # noqa: S608 - constants.

    def asked(db, plant, limit):
        return _first(max(1, min(limit, MOST)), db.execute(statement, (plant,)).fetchall())

    return asked


_COUNTS = "line, sum(inspected), sum(defective)"
_RATE = "1.0 * sum(defective) / sum(inspected)"


def _by_string(db, plant, limit):
    rows = db.execute(
        f"SELECT {_COUNTS}, {_RATE} FROM daily WHERE plant = '{plant}'"  # noqa: S608 - the mistake.
        " GROUP BY line ORDER BY 4 DESC"
    ).fetchall()
    return _first(max(1, min(limit, MOST)), rows)


def _as_many_as_wished(db, plant, limit):
    return _first(max(1, limit), _rows_of(db, plant))


def _down_to_minus_one(db, plant, limit):
    return _first(min(limit, MOST), _rows_of(db, plant))


def _rows_of(db, plant):
    return db.execute(
        f"SELECT {_COUNTS}, {_RATE} FROM daily WHERE plant = ? GROUP BY line ORDER BY 4 DESC",  # noqa: S608 - constants.
        (plant,),
    ).fetchall()


def _dividing_by_zero(db, plant, limit):
    found = worst_lines(db, plant, limit)
    for each in found["lines"]:
        each["rate"] = each["defective"] / each["inspected"]
    return found


def _closing(db, plant, limit):
    with closing(db):
        return worst_lines(db, plant, limit)


def _in_percent(db, plant, limit):
    found = worst_lines(db, plant, limit)
    lines = [{**each, "rate": (each["rate"] or 0.0) * 100} for each in found["lines"]]
    return {**found, "lines": lines}


def _never_more(db, plant, limit):
    return {**worst_lines(db, plant, limit), "more": False}


def _of_every_plant(db, plant, limit):
    return worst_lines(db, "plant-a" if plant == "plant-b" else plant, limit)


# The check.


def _check(submission: Submission, _room: Room | None) -> None:
    with _database() as db:
        _expect_rates(submission, db)
        _expect_ways_of_asking(submission, db)
        _expect_no_other_rows(submission, db)
        _expect_no_pattern(submission, db)
        _expect_idle_line(submission, db)
        for limit in (10_000_000, 21):
            _expect_at_most(submission, db, limit, MOST, "no-row-cap")
        for limit in (-1, 0):
            _expect_at_most(submission, db, limit, 1, "negative-limit")
        _expect_more(submission, db)


@contextmanager
def _database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(TABLE)
        rows = [*_real_rows(), *_plant_z(), *_plant_of_many(), *_plant_with_an_apostrophe()]
        db.executemany("INSERT INTO daily VALUES (?, ?, ?, ?, ?)", rows)
        db.commit()
        yield db


@cache
def _real_rows() -> tuple[Row, ...]:
    found = all_rows()
    plants = {row["id"]: row["plant_id"] for row in found[Line]}
    return tuple(
        (
            row["line_id"],
            plants[row["line_id"]],
            f"{row['day']}",
            row["inspected"],
            row["defective"],
        )
        for row in found[DailyStatistic]
    )


def _plant_z() -> Iterator[Row]:
    """Return rows in which the most defects, the worst day and the worst rate are three lines."""
    for line, first, second in (
        ("Z1", (900, 45), (1100, 45)),  # 4.5 %, the most defects.
        ("Z2", (10, 5), (990, 5)),  # 1 %, and one day of 50 %.
        ("Z3", (60, 6), (40, 6)),  # 12 %: the worst.
        ("Z4", (0, 0), (0, 0)),  # Nothing was inspected.
    ):
        yield (line, "plant-z", "2026-02-28", *first)
        yield (line, "plant-z", "2026-03-01", *second)


def _plant_of_many() -> Iterator[Row]:
    for number in range(1, 201):
        yield (f"M{number}", "plant-m", "2026-03-01", 1000, number)


def _plant_with_an_apostrophe() -> Iterator[Row]:
    yield ("O1", "O'Hara", "2026-03-01", 10, 1)


def _asked(submission: Submission, db: sqlite3.Connection, plant: str, limit: int) -> Any:
    found: Any = submission(db, plant, limit)
    expect_type(found, dict)
    lines, more = found.get("lines"), found.get("more")
    is_good = isinstance(lines, list) and isinstance(more, bool) and all(map(_is_line, lines))
    if not is_good or set(found) != {"lines", "more"}:
        says = 'A result is {"lines": [...], "more": True or False}, each line with four names.'
        raise Finding("other-shape", says, found)
    return found


def _is_line(line: object) -> bool:
    if not isinstance(line, dict) or set(line) != set(NAMES):
        return False
    return isinstance(line["rate"], int | float | None) and isinstance(line["line"], str)


def _expect_rates(submission: Submission, db: sqlite3.Connection) -> None:
    try:
        found = _asked(submission, db, "plant-z", 3)
    except ZeroDivisionError as error:
        raise _idle(sentence(error)) from error
    rates = {line["line"]: line["rate"] or 0.0 for line in found["lines"]}
    evidence = f"for plant-z: {rates}"
    if not any(rates.values()):
        says = "Every rate is 0, though there are defects."
        raise Finding("integer-division", says, evidence)
    if not _far(rates.get("Z3", 0.0), 12) and not _far(rates.get("Z1", 0.0), 4.5):
        says = "12 of 100 parts are a rate of 0.12."
        raise Finding("in-percent", says, evidence)
    worst = next(iter(rates))
    if worst == "Z4" or (len(rates) > 1 and list(rates.values()) == sorted(rates.values())):
        says = "The worst line comes first; yours comes last, or not at all."
        raise Finding("lowest-first", says, evidence)
    if worst == "Z2" or abs(rates.get("Z2", 0.01) - 0.2525) < 0.001:
        says = "Z2 inspected 1,000 parts in two days, and 10 of them had a defect."
        raise Finding("mean-of-rates", says, evidence)
    if (worst == "Z1" and "Z3" in rates) or max(rates.values()) > 1:
        says = "Z3 has 12 defects in 100 parts, Z1 has 90 in 2,000: Z3 is worse."
        raise Finding("count-not-rate", says, evidence)
    expected = {"Z3": 0.12, "Z1": 0.045, "Z2": 0.01}
    if list(rates) != list(expected) or any(_far(rates[n], r) for n, r in expected.items()):
        raise Finding("other-rows", f"The three worst lines of plant-z are {expected}.", evidence)


def _far(one: float, other: float) -> bool:
    return abs(one - other) > 1e-4  # Four decimals are fine.


def _expect_ways_of_asking(submission: Submission, db: sqlite3.Connection) -> None:
    try:
        before = _count(db)
    except sqlite3.ProgrammingError as error:
        says = "Your function closed the database, which others still use."
        raise Finding("closes-the-database", says, sentence(error)) from error
    for plant, wanted in (
        ("O'Hara", ["O1"]),
        ("plant-z' OR 'x' = 'x", []),
        ('plant-z" OR "x" = "x', []),  # SQLite takes both kinds of quotes.
        ("x' UNION SELECT 'secret', 1, 1, 1 --", []),
        ("x'; DELETE FROM daily; --", []),
    ):
        says = "What stands in the name of a plant became a part of the statement."
        try:
            found = [line["line"] for line in _asked(submission, db, plant, 5)["lines"]]
        except Exception as error:
            if not _is_of_the_database(error):
                raise
            raise Finding("string-sql", says, f"plant: {plant}\n{sentence(error)}") from error
        if found != wanted or _count(db) != before:
            raise Finding("string-sql", says, f"plant: {plant}\nlines: {found}")


def _is_of_the_database(error: BaseException | None) -> bool:
    """Tell whether SQLite raised *error*, or what is behind it: pandas wraps it in its own."""
    if error is None or isinstance(error, sqlite3.Error | sqlite3.Warning):
        return error is not None
    return _is_of_the_database(error.__cause__ or error.__context__)


def _count(db: sqlite3.Connection) -> int:
    (number,) = db.execute("SELECT count(*) FROM daily").fetchone()
    return int(number)


def _expect_no_other_rows(submission: Submission, db: sqlite3.Connection) -> None:
    real = worst_lines(db, "plant-b", MOST)
    found = _asked(submission, db, "plant-b", MOST)
    pairs = list(zip(found["lines"], real["lines"], strict=False))
    same = all(
        all(one[name] == other[name] for name in NAMES[:3]) and not _far(one["rate"], other["rate"])
        for one, other in pairs
    )
    if len(found["lines"]) != len(real["lines"]) or not same:
        says = "The lines of plant-b are B1, B2 and B3, each once, with their sums over all days."
        raise Finding("other-rows", says, shown(found))


def _expect_no_pattern(submission: Submission, db: sqlite3.Connection) -> None:
    for plant in ("plant-%", "PLANT-Z"):  # What LIKE would find.
        if lines := _asked(submission, db, plant, 5)["lines"]:
            raise Finding("other-rows", f"No plant is called {plant}.", shown(lines))


def _idle(evidence: str) -> Finding:
    says = "Z4 inspected nothing: its rate is None, and it comes last."
    return Finding("nothing-inspected", says, evidence)


def _expect_idle_line(submission: Submission, db: sqlite3.Connection) -> None:
    try:
        found = _asked(submission, db, "plant-z", 4)
    except (ZeroDivisionError, TypeError) as error:
        raise _idle(sentence(error)) from error
    rates = [(line["line"], line["rate"]) for line in found["lines"]]
    if rates[-1:] != [("Z4", None)]:
        raise _idle(f"{rates}")


def _expect_at_most(
    submission: Submission, db: sqlite3.Connection, limit: int, most: int, code: str
) -> None:
    found = _asked(submission, db, "plant-m", limit)
    if len(found["lines"]) != most:
        says = f"With limit={limit:,} the result should have {most} of the 200 lines."
        raise Finding(code, says, f"it has {len(found['lines'])}")


def _expect_more(submission: Submission, db: sqlite3.Connection) -> None:
    for plant, limit, wanted in (
        ("plant-m", 5, True),
        ("plant-m", 500, True),
        ("plant-z", 4, False),
        ("plant-z", 3, True),
        ("no-plant", 5, False),
    ):
        found = _asked(submission, db, plant, limit)
        if found["more"] is not wanted:
            says = f'For {plant} with limit={limit}, "more" should be {wanted}.'
            raise Finding("cut-unsaid", says, f"{len(found['lines'])} lines, more: {found['more']}")


RATES = Task(
    id="10.2",
    title="statistics of lines",
    task='Write worst_lines(db, plant, limit): return {"lines": [...], "more": bool} with the '
    "lines of one plant, the highest defect rate first: at least 1 and at most 20, whatever limit "
    'says. A line is a dict with "line", "inspected", "defective" (sums over all days) and "rate". '
    "plant is text that a model wrote.",
    starter=_starter,
    check=_check,
    solution=worst_lines,
    wrong={
        "string-sql": _by_string,
        "no-row-cap": _as_many_as_wished,
        "negative-limit": _down_to_minus_one,
        "count-not-rate": _asking(f"{_COUNTS}, {_RATE}", "3 DESC"),
        "mean-of-rates": _asking(f"{_COUNTS}, avg(1.0 * defective / inspected)", "4 DESC"),
        "integer-division": _asking(f"{_COUNTS}, sum(defective) / sum(inspected)", "4 DESC"),
        "in-percent": _in_percent,
        "lowest-first": _asking(f"{_COUNTS}, {_RATE}", "4"),
        "closes-the-database": _closing,
        "nothing-inspected": _dividing_by_zero,
        "cut-unsaid": _never_more,
        "other-rows": _of_every_plant,
        "other-shape": lambda db, plant, limit: {"lines": worst_lines(db, plant, limit)["lines"]},
    },
    hints=HINTS,
)
