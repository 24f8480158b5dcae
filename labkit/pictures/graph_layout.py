"""
Where the nodes of a graph stand: columns from left to right, rows with few crossings.

Glossary. *Column*: how far a node is from the last one, along the longest way. *Bend*: a place that
a line passes in a column between its two nodes, so that it doesn't run through a box. *Slot*: a
node or a bend, with a height of its own.

Source: Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System
Structures" (1981), without its last step.

Floor 0: imports nothing of labkit.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SWEEPS = 8  # Passes over the columns; more of them change nothing in graphs of this size.
BEND_HEIGHT = 12.0  # Pixels that a passing line keeps free.

Need = tuple[int, int]  # From the giver's place to the getter's.
Slot = int | tuple[int, int, int]  # A node's place; or a bend: giver, getter, column.


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Attributes:
        columns: Each node's column, by its place; 0 is on the left.
        middles: How far down the middle of each slot is, in pixels from the top.
        bends: For each need, the columns that it passes, with how far down.
        height: Of all, in pixels.
    """

    columns: Sequence[int]
    middles: Mapping[Slot, float]
    bends: Mapping[Need, Sequence[tuple[int, float]]]
    height: float


@dataclass(slots=True)
class _Plan:
    slots: list[list[Slot]]
    left: dict[Slot, list[Slot]] = field(default_factory=dict)
    right: dict[Slot, list[Slot]] = field(default_factory=dict)

    def join(self, giver: Slot, getter: Slot) -> None:
        self.right.setdefault(giver, []).append(getter)
        self.left.setdefault(getter, []).append(giver)


def arrange(needs: Sequence[Sequence[int]], *, box: float, gap: float) -> Layout:
    """
    Arrange a graph.

    Args:
        needs: For each node, the places of those that it needs; all smaller than its own.
        box: Height of a node in pixels.
        gap: Least distance of two slots in a column, in pixels.
    """
    columns = _columns(needs)
    plan, ways = _plan(needs, columns)
    for sweep in range(SWEEPS):
        _sort(plan, leftwards=bool(sweep % 2))
    middles, height = _middles(plan, box, gap)
    bends = {need: [(slot[2], middles[slot]) for slot in way] for need, way in ways.items()}
    return Layout(columns, middles, bends, height)


def _columns(needs: Sequence[Sequence[int]]) -> list[int]:
    """Put each node as close to the last one as those that need it allow."""
    away = [0] * len(needs)
    for place in reversed(range(len(needs))):
        for need in needs[place]:
            away[need] = max(away[need], away[place] + 1)
    return [max(away) - each for each in away]


def _plan(
    needs: Sequence[Sequence[int]], columns: Sequence[int]
) -> tuple[_Plan, dict[Need, list[tuple[int, int, int]]]]:
    plan = _Plan([[] for _ in range(max(columns) + 1)])
    ways: dict[Need, list[tuple[int, int, int]]] = {}
    for place, givers in enumerate(needs):
        plan.slots[columns[place]].append(place)
        for giver in dict.fromkeys(givers):
            way = [(giver, place, column) for column in range(columns[giver] + 1, columns[place])]
            ways[giver, place] = way
            for bend in way:
                plan.slots[bend[2]].append(bend)
            stations: list[Slot] = [giver, *way, place]
            for one, next_one in itertools.pairwise(stations):
                plan.join(one, next_one)
    return plan, ways


def _sort(plan: _Plan, *, leftwards: bool) -> None:
    """Order each column by the mean place of what its slots are joined to in the one before."""
    neighbours = plan.right if leftwards else plan.left
    order = list(range(len(plan.slots)))
    for column in reversed(order) if leftwards else order:
        before = column + 1 if leftwards else column - 1
        if not 0 <= before < len(plan.slots):
            continue
        rank = {slot: float(place) for place, slot in enumerate(plan.slots[before])}
        own = {slot: float(place) for place, slot in enumerate(plan.slots[column])}
        means = {
            slot: _mean([rank[n] for n in neighbours.get(slot, [])], own[slot]) for slot in own
        }
        plan.slots[column].sort(key=means.__getitem__)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _middles(plan: _Plan, box: float, gap: float) -> tuple[dict[Slot, float], float]:
    """Stack each column, then move its slots towards what they're joined to."""
    tall = {s: box if isinstance(s, int) else BEND_HEIGHT for col in plan.slots for s in col}
    middles: dict[Slot, float] = {}
    for column in plan.slots:
        y = -(sum(tall[slot] for slot in column) + gap * (len(column) - 1)) / 2
        for slot in column:
            middles[slot] = y + tall[slot] / 2
            y += tall[slot] + gap
    for sweep in range(SWEEPS):
        _settle(plan, middles, tall, gap, leftwards=not sweep % 2)
    top = min(middles[slot] - tall[slot] / 2 for slot in middles)
    bottom = max(middles[slot] + tall[slot] / 2 for slot in middles)
    return {slot: middle - top for slot, middle in middles.items()}, bottom - top


def _settle(
    plan: _Plan, middles: dict[Slot, float], tall: Mapping[Slot, float], gap: float, *,
    leftwards: bool,
) -> None:  # fmt: skip
    neighbours = plan.right if leftwards else plan.left
    for column in plan.slots[::-1] if leftwards else plan.slots:
        wished = [_mean([middles[n] for n in neighbours.get(s, [])], middles[s]) for s in column]
        places = _apart(wished, [tall[slot] for slot in column], gap)
        middles.update(zip(column, places, strict=True))


def _apart(wished: Sequence[float], tall: Sequence[float], gap: float) -> list[float]:
    """Return places as near to those *wished* as their heights allow, in the same order."""
    blocks: list[list[float]] = []  # Of slots that touch: how many, and the sum of their offsets.
    offsets = [0.0]
    for one, other in itertools.pairwise(tall):
        offsets.append(offsets[-1] + (one + other) / 2 + gap)
    for wish, offset in zip(wished, offsets, strict=True):
        blocks.append([1, wish - offset])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][0] > blocks[-1][1] / blocks[-1][0]:
            count, total = blocks.pop()
            blocks[-1] = [blocks[-1][0] + count, blocks[-1][1] + total]
    starts = [total / count for count, total in blocks for _ in range(int(count))]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]
