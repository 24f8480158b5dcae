"""
How many rows are too many: the deepest are folded first, then the middle.

Glossary. *To fold*: to put one row, which counts what it hides, in the place of several.

Rows in which an error arose are kept, a few of them: they are what one looks for.

Floor 0: imports nothing of labkit.
"""

from collections import Counter
from collections.abc import Sequence

from labkit.pictures.row import Row
from labkit.pictures.spans import OTHER_FAMILY

MAX_ROWS = 60  # Shown at most; our choice: two screens.
_LAST = 12  # How many of a list that is cut are from its end.
_KEPT_ERRORS = 6


def limited(rows: list[Row]) -> list[Row]:
    """Return at most `MAX_ROWS` rows: first the deepest are folded, then the middle."""
    if len(rows) <= MAX_ROWS:
        return rows
    low, high = 0, max(row.depth for row in rows)  # The answer is the deepest that fits.
    while low < high:
        middle = (low + high + 1) // 2
        fits = len(without_deeper(rows, middle)) <= MAX_ROWS
        low, high = (middle, high) if fits else (low, middle - 1)
    rows = without_deeper(rows, max(low, 1))
    if len(rows) <= MAX_ROWS:
        return rows
    first = MAX_ROWS - _LAST - 1
    return [*rows[:first], fold(rows[first:-_LAST]), *rows[-_LAST:]]


def without_deeper(rows: Sequence[Row], depth: int) -> list[Row]:
    """Return *rows* with each run of those that are deeper folded, but not where errors arose."""
    found: list[Row] = []
    run: list[Row] = []
    errors = [row for row in rows if row.depth > depth and row.raised_here][:_KEPT_ERRORS]
    kept = {id(row) for row in errors}
    for row in rows:
        if row.depth > depth and id(row) not in kept:
            run.append(row)
            continue
        if run:
            found.append(fold(run))
            run = []
        found.append(row)
    return [*found, fold(run)] if run else found


def fold(rows: Sequence[Row]) -> Row:
    """Return the one row that stands for *rows*, with what kinds of work they are."""
    kinds = Counter[str]()
    for row in rows:
        kinds[row.kind or "folded"] += row.count
    words = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(4))
    start = min(row.start_ms for row in rows)
    end = max(row.start_ms + row.width_ms for row in rows)
    return Row(
        name=f"{kinds.total():,} more: {words}",
        service=rows[0].service,
        kind="",
        family=OTHER_FAMILY,
        depth=rows[0].depth,
        start_ms=start,
        width_ms=end - start,
        bars=((start, end - start),),
        count=kinds.total(),
        total_ms=end - start,
        error=next((row.error for row in rows if row.raised_here), None),
        slowest=any(row.slowest for row in rows),
        unfinished=any(row.unfinished for row in rows),
        hidden=True,
        inside=tuple(rows),
    )
