"""A lesson of two small exercises, one plain and one async, to prove the course kit with."""

import asyncio
from collections.abc import Awaitable, Callable

from labkit.course import TODO, Finding, Room, Task, expect_type

NOTEBOOK = "99"


def _mean_starter(numbers: list[float]) -> object:
    return TODO


def mean(numbers: list[float]) -> float | None:
    if not numbers:
        return None
    return sum(numbers) / len(numbers)


def _mean_raises(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def _mean_floors(numbers: list[float]) -> float | None:
    return sum(numbers) // len(numbers) if numbers else None


def _check_mean(submission: Callable[..., object], room: Room | None) -> None:
    value = submission([1.0, 2.0])
    expect_type(value, (float, int))
    if value != 1.5:
        raise Finding("floors", "The mean of 1 and 2 isn't 1.5.", value)
    try:
        empty = submission([])
    except ZeroDivisionError as error:
        raise Finding("no-numbers", "It can't take an empty list.", f"{error}") from None
    expect_type(empty, type(None), "Without numbers, your function")


MEAN = Task(
    id="99.1",
    title="the mean",
    task="Return the mean of the numbers, or None if there are none.",
    starter=_mean_starter,
    check=_check_mean,
    solution=mean,
    call=lambda room: ([1.0, 2.0],),
    wrong={"floors": _mean_floors, "no-numbers": _mean_raises},
    hints={
        "floors": (
            "What does 3 // 2 give?",
            "Two slashes divide and round down.",
            "total / count",
        ),
        "no-numbers": (
            "How long is an empty list?",
            "Nothing can be divided by zero.",
            "if not numbers: ...",
        ),
    },
)


async def _both_starter(first: Callable[[], Awaitable[int]], second: Callable[[], Awaitable[int]]):
    return TODO


async def both(
    first: Callable[[], Awaitable[int]], second: Callable[[], Awaitable[int]]
) -> list[int]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(f()) for f in (first, second)]
    return [task.result() for task in tasks]


async def _both_in_turn(first, second):
    return [await first(), await second()]


async def _both_by_completion(first, second):
    done = []

    async def one(get) -> None:
        done.append(await get())

    await asyncio.gather(one(first), one(second))
    return done


async def _check_both(submission: Callable[..., Awaitable[object]], room: Room | None) -> None:
    begun: list[int] = []
    both_begun = asyncio.Event()

    async def first() -> int:
        begun.append(1)
        await _until(both_begun, begun)
        await asyncio.sleep(0)  # The second one ends before.
        return 1

    async def second() -> int:
        begun.append(2)
        await _until(both_begun, begun)
        return 2

    value = await submission(first, second)
    expect_type(value, list)
    if value != [1, 2]:
        raise Finding("completion-order", "The results aren't in the order of the calls.", value)


async def _until(both_begun: asyncio.Event, begun: list[int]) -> None:
    if len(begun) == 2:
        both_begun.set()
    try:
        await asyncio.wait_for(both_begun.wait(), 0.3)
    except TimeoutError:
        raise Finding("serial", "The second call began when the first had ended.") from None


def _example(room: Room | None) -> tuple[object, ...]:
    async def one() -> int:
        return 1

    return one, one


BOTH = Task(
    id="99.2",
    title="two at once",
    task="Await both at the same time and return their results as a list, in order.",
    starter=_both_starter,
    check=_check_both,
    solution=both,
    call=_example,
    wrong={"serial": _both_in_turn, "completion-order": _both_by_completion},
    hints={
        "serial": (
            "What runs while the first one waits?",
            "await holds up the lines below it; a task runs beside them.",
            "group.create_task(...) for each, then wait for all",
        ),
        "completion-order": (
            "Who appends first?",
            "What ends first isn't what began first; keep the tasks in a list.",
            "[t.result() for t in ...]",
        ),
    },
)

EXERCISES = (MEAN, BOTH)
