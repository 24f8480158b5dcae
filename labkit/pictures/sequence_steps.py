"""
From spans to the steps of a sequence diagram: who called whom, in which order.

Glossary. *Step*: a call from one lane to another, or the answer of an agent. *Lane*: who calls or
is called: whoever asked, the agent, its tools, each service, the database. What happens inside of
a lane (middleware, a handler, a wait) is no step.

Floor 0: imports nothing of labkit.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from labkit.pictures.spans import FAMILIES, SpanLike

YOU, AGENT, TOOLS, DATABASE = "you", "agent", "tools", "database"
ELSEWHERE = "elsewhere"  # Who answers without being recorded.
NOBODY = "nobody"  # Where a request goes that is never answered.
REQUEST, STATEMENT, ANSWER = "client", "sql", "answer"

_BAD_STATUS = 400  # From here on (RFC 9110 sections 15.5 and 15.6).
_GOOD_OUTCOMES = {None, "ok", "answered"}


@dataclass(frozen=True, slots=True)
class Step:
    """
    One call.

    Attributes:
        name: What was called, such as "GET /lines".
        kind: Of the span, or `ANSWER`.
        family: The sort of work, which chooses the colour.
        caller: The lane that it comes from.
        callee: The lane that it goes to; `NOBODY` if nobody answered.
        depth: How many steps it lies inside of.
        fault: What went wrong here, such as "503" or "ConnectError"; empty if nothing did.
        lasts: How many steps began after it and before its end.
    """

    name: str
    kind: str
    family: str
    caller: str
    callee: str
    depth: int
    fault: str = ""
    lasts: int = 0


@dataclass(frozen=True, slots=True)
class Calls:
    """
    All steps of a trace.

    Attributes:
        steps: In the order in which they began.
        nested: The same, each behind the one that it lies inside of: alike from run to run, also
            where calls run side by side.
        lanes: From left to right.
    """

    steps: Sequence[Step]
    nested: Sequence[Step]
    lanes: Sequence[str]


@dataclass(slots=True)
class _Inside:
    """What lies inside of a span: on which lane, how deep, behind which step."""

    lane: str = YOU
    depth: int = 0
    behind: int | None = None


def calls_of(spans: Iterable[SpanLike]) -> Calls:
    """Return who called whom in *spans*, which may come in any order."""
    known = sorted(spans, key=lambda span: span.start_ns)
    answered_by = {s.parent_id: s.service for s in known if s.kind == "server" and s.parent_id}
    inside: dict[str, _Inside] = {}
    found: list[tuple[int, int, int | None, Step]] = []  # Start, end, the step around, the step.
    for span in known:
        around = inside.get(span.parent_id or "", _Inside())
        step = _step(span, around, answered_by)
        number = around.behind
        if step is not None:
            number = len(found)
            found.append((span.start_ns, span.end_ns, around.behind, step))
        inside[span.span_id] = _Inside(
            _lane_inside(span, around), around.depth + bool(step), number
        )
        if step is not None and span.kind == "agent":
            found.append((span.end_ns, span.end_ns, around.behind, _back(step)))
    return _in_order(found)


def _lane_inside(span: SpanLike, around: _Inside) -> str:
    if span.kind == "server":
        return span.service
    return {"agent": AGENT, "tool": TOOLS}.get(str(span.kind), around.lane)


def _step(span: SpanLike, around: _Inside, answered_by: Mapping[str, str]) -> Step | None:
    kind = str(span.kind)
    name, callee = span.name, {"agent": AGENT, "tool": TOOLS, STATEMENT: DATABASE}.get(kind)
    if kind == REQUEST:
        outside = ELSEWHERE if span.attributes.get("status") is not None else NOBODY
        callee = answered_by.get(span.span_id, outside)
    if callee is None:
        return None
    if kind == "agent":
        name = "a question"
    family = FAMILIES[kind]
    return Step(
        name.removeprefix("tool "), kind, family, around.lane, callee, around.depth, _fault(span)
    )


def _fault(span: SpanLike) -> str:
    status, outcome = span.attributes.get("status"), span.attributes.get("outcome")
    if span.error:
        return span.error
    if status is not None and status >= _BAD_STATUS:
        return str(status)
    return "" if outcome in _GOOD_OUTCOMES else str(outcome)


def _back(asked: Step) -> Step:
    """Return the answer to *asked*, or the error that came in its place."""
    name = "an error" if asked.fault else "the answer"
    return replace(asked, name=name, kind=ANSWER, caller=asked.callee, callee=asked.caller)


def _in_order(found: Sequence[tuple[int, int, int | None, Step]]) -> Calls:
    order = sorted(range(len(found)), key=lambda number: (found[number][0], number))
    starts = [found[number][0] for number in order]
    place = {number: position for position, number in enumerate(order)}
    steps = [
        replace(step, lasts=max(0, bisect_left(starts, end) - place[number] - 1))
        for number, (_, end, _, step) in enumerate(found)
    ]
    nested = [steps[number] for number in _depth_first([around for _, _, around, _ in found])]
    return Calls([steps[number] for number in order], nested, _lanes(steps))


def _depth_first(parents: Sequence[int | None]) -> Iterator[int]:
    """Give the numbers of *parents*, each before those that name it."""
    children: dict[int | None, list[int]] = {}
    for number, parent in enumerate(parents):
        children.setdefault(parent, []).append(number)
    waiting = children.get(None, [])[::-1]
    while waiting:
        number = waiting.pop()
        yield number
        waiting += children.get(number, [])[::-1]


def _lanes(steps: Sequence[Step]) -> list[str]:
    """Return who takes part: whoever asks, the agent and its model, its tools, services, data."""
    there = dict.fromkeys(lane for step in steps for lane in (step.caller, step.callee))
    models = [s.callee for s in steps if s.caller == AGENT and s.kind == REQUEST]
    first = [YOU, AGENT, *models, TOOLS]
    last = [ELSEWHERE, DATABASE, NOBODY]
    middle = [lane for lane in there if lane not in (*first, *last)]
    return [lane for lane in dict.fromkeys([*first, *middle, *last]) if lane in there]
