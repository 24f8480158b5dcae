"""
00.2: the defect rate of each line, with pandas.

Floor 4: knows the kit.
"""

from collections.abc import Mapping
from math import isclose
from typing import TYPE_CHECKING

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.task import Room, Submission, Task

if TYPE_CHECKING:
    from pandas import DataFrame, Series

DAYS = (
    ("X1", "2026-02-23", 90, 9),
    ("X1", "2026-02-24", 10, 5),  # The mean of the days' rates, 0.30, is far from 14 / 100.
    ("X2", "2026-02-23", 400, 10),
    ("X2", "2026-02-24", 400, 10),  # Most defects, lowest rate.
    ("X3", "2026-02-23", 0, 0),
    ("X3", "2026-02-24", 0, 0),  # Stood still.
    ("X4", "2026-02-23", 0, 0),
    ("X4", "2026-02-24", 50, 2),  # Stood still for a day.
    ("X4", "2026-02-25", 25, 0),  # A day without defects counts too.
    ("X5", "2026-02-23", 60, 0),  # A rate of 0, which is a rate.
)
COLUMNS = ["line", "day", "inspected", "defective"]
RATES = {"X1": 0.14, "X2": 0.025, "X4": 2 / 75, "X5": 0.0}
COUNTS = {"X1": 14, "X2": 20, "X4": 2, "X5": 0}
SHARES = {line: count / 36 for line, count in COUNTS.items()}  # Of all defects.
MEANS = {"X1": 0.30, "X2": 0.025, "X4": 0.02, "X5": 0.0}  # Of the rates of the days.
STILL, FLAWLESS = "X3", "X5"
CLOSE = 5.1e-5  # A rate may be rounded to four decimals, as the agent's tool does.


def _starter(days):
    return TODO


def rate_by_line(days):
    totals = days.groupby("line")[["inspected", "defective"]].sum()
    worked = totals[totals.inspected > 0]
    return worked.defective / worked.inspected


def example() -> "DataFrame":
    """Return the table that the check uses."""
    from pandas import DataFrame

    return DataFrame(DAYS, columns=COLUMNS)


def _check(submission: Submission, _room: Room | None) -> None:
    from pandas import Series
    from pandas.api.types import is_numeric_dtype

    try:
        rates = submission(example())
    except ZeroDivisionError as error:
        says = f"Line {STILL} inspected nothing, and your function divided by that."
        raise Finding("ignores-zero-inspections", says, f"{error}") from None
    expect_type(rates, Series)
    if not is_numeric_dtype(rates):
        raise Finding(
            "wrong-type", "The Series that your function returned holds no numbers.", rates
        )
    _judge(rates)


def _judge(rates: "Series[float]") -> None:
    found = {str(line): rate for line, rate in rates.items()}
    seen = ", ".join(f"{line} {rate:.4g}" for line, rate in found.items()) or "an empty Series"
    worked = {line: rate for line, rate in found.items() if line in RATES}
    for code, looks_like in _LOOKS.items():
        if _alike(worked, looks_like):
            raise Finding(code, _SAYS[code], seen)
    missing = RATES.keys() - found.keys()
    if STILL in found or missing == {"X4"}:
        line = STILL if STILL in found else "X4"
        raise Finding("ignores-zero-inspections", _ZERO[line], seen)
    if missing == {FLAWLESS}:
        raise Finding("leaves-out-no-defects", _SAYS["leaves-out-no-defects"], seen)
    if not _alike(found, RATES):
        raise Finding("other-rates", _SAYS["other-rates"], seen)


def _alike(found: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    same = found.keys() == wanted.keys()
    return same and all(isclose(found[k], v, abs_tol=CLOSE) for k, v in wanted.items())


_LOOKS: Mapping[str, Mapping[str, float]] = {
    "count-not-rate": COUNTS,
    "share-of-defects": SHARES,
    "mean-of-days": MEANS,
    "percent-not-share": {line: 100 * rate for line, rate in RATES.items()},
}
_ZERO = {
    STILL: f"Line {STILL} inspected nothing, and your function gave it a rate.",
    "X4": "Line X4 stood still for one day and worked on the next; your function left it out.",
}
_SAYS = {
    "count-not-rate": "Your function returned how many parts were defective.",
    "share-of-defects": "Your rates are shares of all defective parts, whoever made them.",
    "mean-of-days": "Line X1 had 14 defective parts among 100; your function says 0.30.",
    "percent-not-share": "Your rates are a hundred times too large.",
    "leaves-out-no-defects": "Line X5 inspected 60 good parts; your function left it out.",
    "other-rates": "The lines or rates are others than X1 0.14, X2 0.025, X4 0.02667 and X5 0.",
}


def _count(days):
    return days.groupby("line").defective.sum()


def _share(days):
    count = days.groupby("line").defective.sum()
    return count / count.sum()


def _mean(days):
    worked = days[days.inspected > 0]
    return (worked.defective / worked.inspected).groupby(worked.line).mean()


def _percent(days):
    return 100 * rate_by_line(days)


def _with_the_idle_line(days):
    totals = days.groupby("line")[["inspected", "defective"]].sum()
    return (totals.defective / totals.inspected).fillna(0)


def _only_days_with_defects(days):
    bad = days[days.defective > 0].groupby("line")[["inspected", "defective"]].sum()
    return bad.defective / bad.inspected


def _upside_down(days):
    return 1 / rate_by_line(days)


RATE_BY_LINE = Task(
    id="00.2",
    title="defect rate by line",
    task="Write rate_by_line(days): return a Series, the defect rate of each line over all days, "
    "as a share from 0 to 1, with the line as its index. A line that inspected nothing has no "
    "rate: leave it out.",
    starter=_starter,
    check=_check,
    solution=rate_by_line,
    call=lambda _room: (example(),),
    wrong={
        "count-not-rate": _count,
        "share-of-defects": _share,
        "mean-of-days": _mean,
        "percent-not-share": _percent,
        "ignores-zero-inspections": _with_the_idle_line,
        "leaves-out-no-defects": _only_days_with_defects,
        "other-rates": _upside_down,
    },
    hints={
        "count-not-rate": (
            "One line looks at 800 parts and finds 20 bad ones, another at 100 and finds 14. "
            "Which one needs the repair crew?",
            "A count grows with the work that was done. A rate is a count divided by what it was "
            "counted among: the inspected parts of the same line.",
            "the sum of defective of each line, divided by the sum of inspected of each line",
        ),
        "share-of-defects": (
            "Defective parts among which parts?",
            "A defect rate is among the parts that this line inspected, not among the bad parts of "
            "all lines.",
            "divide by the line's own sum of inspected",
        ),
        "mean-of-days": (
            "Should a day with 10 inspected parts count as much as a day with 90?",
            "The mean of the days' rates gives each day the same weight. Add up first, then "
            "divide once.",
            "two sums for each line, inspected and defective; one division behind them",
        ),
        "percent-not-share": (
            "What is 14 of 100 as a number from 0 to 1?",
            "A share of 0.14 and 14 percent are the same; a program that expects one and gets the "
            "other is wrong by a factor of 100. The task asks for the share.",
            "leave out the factor 100",
        ),
        "ignores-zero-inspections": (
            "What is 0 divided by 0? Is a line that stood still free of defects?",
            "Where nothing was inspected, nothing is known: neither 0 nor any other number. Add up "
            "the days first; a line may stand still on one day and work on another.",
            "after the sums keep only the lines with inspected > 0, then divide",
        ),
        "leaves-out-no-defects": (
            "What is 0 of 60 as a share? And does a good day make a line better?",
            "Parts without a defect were inspected too. Without them a rate is too large, and a "
            "line that makes no scrap is missing. Leave out only what inspected nothing.",
            "the sums over all days of a line; then compare inspected with 0, not defective",
        ),
        "other-rates": (
            "What do you get for line X1 of the example: 9 of 90 on one day, 5 of 10 on the next?",
            "For each line: all its defective parts divided by all its inspected parts. The index "
            "of the result is the line. Rounding makes other numbers.",
            "days.groupby('line') and the sums of two columns",
        ),
    },
)
