"""
00.1: find the span that took longest by itself.

Glossary. *Own time*: the time of a span in which none of its children ran. *Nested*: spans as
they are written down here: a name, when it begins and ends, and what is inside of it.

Floor 4: knows the kit.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.task import Room, Submission, Task

if TYPE_CHECKING:
    from pandas import DataFrame

Nested = tuple[str, float, float, Sequence[Any]]
"""Name, start and end in ms, children."""

COLUMNS = ["span_id", "parent_id", "name", "start_ms", "duration_ms"]


def covered(span, children):
    """Return for how many ms of *span* at least one of *children* ran."""
    total, reached, end = 0.0, span.start_ms, span.start_ms + span.duration_ms
    for child in children.sort_values("start_ms").itertuples():
        stop = min(child.start_ms + child.duration_ms, end)
        total += max(0.0, stop - max(child.start_ms, reached))
        reached = max(reached, stop)
    return total


def _starter(spans, covered):
    return TODO


def slowest(spans, covered):
    own = {}
    for span in spans.itertuples():
        children = spans[spans.parent_id == span.span_id]
        own[span.span_id] = span.duration_ms - covered(span, children)
    return max(own, key=lambda span_id: own[span_id])


# What is checked, from plain to tricky.

_PLAIN: Nested = ("trace", 0, 100, [
    ("agent", 2, 98, [("tool", 5, 35, [("GET /lines", 6, 34, [])]), ("model", 36, 96, [])]),
])  # fmt: skip
_BUSY_PARENT: Nested = ("trace", 0, 100, [
    ("handler", 1, 99, [("SELECT lines", 5, 30, []), ("SELECT defects", 75, 90, [])]),
])  # fmt: skip
_DEEP: Nested = ("trace", 0, 100, [
    ("handler", 0, 100, [("tool", 0, 55, [("GET /lots", 3, 52, [("SELECT lots", 6, 49, [])])])]),
])  # fmt: skip
_SIDE_BY_SIDE: Nested = ("trace", 0, 100, [
    ("agent", 0, 100, [("tool", 5, 50, []), ("tool", 6, 51, []), ("tool", 7, 52, [])]),
])  # fmt: skip
_ONE_BY_ONE: Nested = ("trace", 0, 100, [
    ("agent", 0, 100, [("model", 2, 44, []), ("tool", 46, 94, [])]),
])  # fmt: skip
_ALONE: Nested = ("trace", 0, 12, [])

_Case = tuple[Nested, str, Mapping[str, str]]
"""A trace, the number of the right span, and the code of each wrong one by its number."""

TWICE = "counts-children-twice"
_CASES: Sequence[_Case] = (
    (_PLAIN, "4", {"0": "picks-root", "1": "picks-root"}),
    (_BUSY_PARENT, "1", {"0": "picks-root", "2": "leaves-only", "3": "leaves-only"}),
    (_SIDE_BY_SIDE, "1", {"0": "picks-root", **dict.fromkeys("234", TWICE)}),
    (_DEEP, "1", {"0": "picks-root", **dict.fromkeys("234", TWICE)}),
    (_ONE_BY_ONE, "3", {"0": "picks-root", "1": "picks-root"}),
    (_ALONE, "0", {}),
)


def table(nested: Nested, prefix: str) -> "DataFrame":
    """Return a trace as the table that a submission gets; the ids are *prefix* and a number."""
    from pandas import DataFrame

    rows = list(_rows(nested, None, prefix, itertools.count()))
    return DataFrame(rows, columns=COLUMNS)


def _rows(
    nested: Nested, parent: str | None, prefix: str, number: Iterator[int]
) -> Iterator[tuple[str, str | None, str, float, float]]:
    name, start, end, inside = nested
    span_id = f"{prefix}{next(number)}"
    yield span_id, parent, name, float(start), float(end - start)
    for child in inside:
        yield from _rows(child, span_id, prefix, number)


def _check(submission: Submission, _room: Room | None) -> None:
    for number, (nested, right, wrong) in enumerate(_CASES):
        prefix = "abcdef"[number]
        spans = table(nested, prefix)
        answer = submission(spans.copy(), covered)
        if isinstance(answer, Integral) and not isinstance(answer, bool):
            says = "Your function returned a number, as rows have in the index, and no span_id."
            raise Finding("row-not-id", says, answer)
        expect_type(answer, str)
        if answer in set(spans.name):
            says = "Your function returned a name; several spans may have it."
            raise Finding("name-not-id", says, answer)
        if answer != prefix + right:
            chosen = str(answer)
            code = wrong.get(chosen.removeprefix(prefix), "another-span")
            raise Finding(code, _SAYS[code], _evidence(spans, chosen, prefix + right))


_SAYS = {
    "picks-root": "Your function chose a span that mostly waited for those inside of it.",
    "leaves-only": "Your function chose a span without children; one that has some took longer "
    "by itself.",
    TWICE: "Your function took more time off a span than its children needed.",
    "another-span": "Your function chose a span that isn't there, or that another one beats.",
}


def _evidence(spans: "DataFrame", chosen: str, right: str) -> str:
    """Return the table with own times, and which was meant."""
    own = {row.span_id: row.duration_ms - covered(row, spans[spans.parent_id == row.span_id])
           for row in spans.itertuples()}  # fmt: skip
    shown = spans.assign(own_ms=spans.span_id.map(own)).to_string(index=False)
    return f"chosen {chosen}, the longest own time has {right}:\n{shown}"


def _picks_root(spans, covered):
    return spans.loc[spans.duration_ms.idxmax(), "span_id"]


def _sum_of_children(spans, covered):
    inside = spans.groupby("parent_id").duration_ms.sum()
    own = spans.duration_ms - spans.span_id.map(inside).fillna(0)
    return spans.loc[own.idxmax(), "span_id"]


def _leaves(spans, covered):
    leaves = spans[~spans.span_id.isin(spans.parent_id)]
    return leaves.loc[leaves.duration_ms.idxmax(), "span_id"]


def _name(spans, covered):
    return spans.set_index("span_id").name[slowest(spans, covered)]


def _row(spans, covered):
    return spans.set_index("span_id").index.get_loc(slowest(spans, covered))


def _shortest(spans, covered):
    return spans.loc[spans.duration_ms.idxmin(), "span_id"]


SLOWEST = Task(
    id="00.1",
    title="the slowest span",
    task="Write slowest(spans, covered): return the span_id of the span with the longest own time. "
    "A span's own time is its duration without the time in which at least one of its children "
    "ran; covered(span, children) tells that time in ms.",
    starter=_starter,
    check=_check,
    solution=slowest,
    call=lambda _room: (table(_PLAIN, "a"), covered),
    wrong={
        "picks-root": _picks_root,
        "leaves-only": _leaves,
        TWICE: _sum_of_children,
        "name-not-id": _name,
        "row-not-id": _row,
        "another-span": _shortest,
    },
    hints={
        "picks-root": (
            "What did the outermost span do while the ones inside of it ran?",
            "A span that waits for its children is as long as they are, and did nothing itself. "
            "Compare own times, not durations.",
            "for each span: its duration_ms less covered(span, <the rows with its id as "
            "parent_id>); then the largest",
        ),
        "leaves-only": (
            "Can a span with children also work itself, before, between and after them?",
            "A handler with two short statements inside may spend most of the time in its own "
            "code. Every span has an own time, those with children too.",
            "take all rows of spans, not only those that nobody names as parent_id; without "
            "children covered(...) is 0",
        ),
        TWICE: (
            "Two children ran side by side, 45 ms each. How long did their parent wait for them?",
            "Time that two share passes once, so their durations can't be added. And what is "
            "inside of a child is counted with the child already: grandchildren aren't taken off "
            "again.",
            "spans[spans.parent_id == span.span_id] are the children; give them to covered(...) "
            "as they are",
        ),
        "name-not-id": (
            "How many spans of a trace are called POST /token?",
            "A name says what was done, and that can happen often. Only the id names one span.",
            "collect the own times by span_id, not by name",
        ),
        "row-not-id": (
            "What does idxmax() return: the row, something in it, or its place in the index?",
            "An index numbers the rows of one table. In another table the same span stands "
            "elsewhere; its span_id goes with it.",
            "spans.loc[<that number>, 'span_id']",
        ),
        "another-span": (
            "Which span has the largest own time in the table of the finding?",
            "Own time is the duration less the time that the children cover. The answer is the "
            "span_id of the row where that is largest.",
            "own[span.span_id] = ... for each row of spans.itertuples(); then the key with the "
            "largest value",
        ),
    },
)
