"""Work runs beside the caller's loop, for a limited time, and is stopped when nobody waits."""

import asyncio
import contextvars
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from labkit.course.capture import Switch
from labkit.course.running import INTERRUPTS, Ran, Stopped, Worker, finish, run_for

SHORT_S = 0.05  # For work that never ends by itself.
PLENTY_S = 60.0  # For work that ends.


def spin() -> None:
    while True:
        pass


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if isinstance(thread, Worker)]


async def test_work_returns_its_value_and_its_prints() -> None:
    def work() -> int:
        print("working")
        return 7

    assert await run_for(work, PLENTY_S) == Ran(7, "working\n")
    assert workers() == []


async def test_the_callers_loop_stays_free() -> None:
    go = threading.Event()
    running = asyncio.create_task(run_for(lambda: go.wait(), PLENTY_S))
    await asyncio.sleep(0)
    go.set()  # Reached only because the work doesn't hold up this loop.
    assert (await running).value is True


async def test_context_variables_follow() -> None:
    trace = contextvars.ContextVar("trace", default="none")
    trace.set("abc")
    assert (await run_for(trace.get, PLENTY_S)).value == "abc"


async def test_a_loop_without_end_is_stopped_where_it_is() -> None:
    ran = await run_for(spin, SHORT_S)
    assert (ran.value, ran.abandoned) == (None, False)
    assert __file__ in [file for file, _ in ran.frames]
    assert workers() == []


async def test_a_wait_without_end_is_stopped() -> None:
    cleaned: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("up")

    ran = await run_for(lambda: finish(wait()), SHORT_S)
    assert (ran.value, ran.abandoned, cleaned) == (None, False, ["up"])


async def test_code_that_swallows_some_interrupts_is_stopped_all_the_same() -> None:
    swallowed: list[int] = []

    def stubborn() -> None:
        while len(swallowed) < INTERRUPTS // 2:
            try:
                spin()
            except BaseException:
                swallowed.append(1)
        spin()

    ran = await run_for(stubborn, SHORT_S)
    assert (ran.value, ran.abandoned) == (None, False)
    assert len(swallowed) == INTERRUPTS // 2


def test_a_call_into_c_is_left_behind_and_ends_quietly_later(untraced: None) -> None:
    lock = threading.Lock()
    lock.acquire()

    def stuck() -> int:
        with lock:  # No interrupt gets in here.
            return 7

    ran = asyncio.run(run_for(stuck, SHORT_S))
    (worker,) = workers()
    assert ran.abandoned
    assert ran.value is None
    assert worker.daemon
    assert isinstance(sys.stdout, Switch)
    lock.release()
    worker.join()  # Its loop is closed by now, and still nothing is raised.
    assert not isinstance(sys.stdout, Switch)


async def test_cancelling_the_caller_stops_the_work() -> None:
    loop, began = asyncio.get_running_loop(), asyncio.Event()

    def work() -> None:
        loop.call_soon_threadsafe(began.set)
        spin()

    task = asyncio.create_task(run_for(work, PLENTY_S))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert workers() == []


async def test_tasks_left_behind_are_cancelled_and_told() -> None:
    ends: list[str] = []

    async def beside() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("beside")

    async def failing() -> None:
        raise KeyError("nobody looks")

    async def work() -> int:
        tasks = [asyncio.create_task(beside()), asyncio.create_task(failing())]
        await asyncio.sleep(0)
        del tasks
        return 7

    ran = await run_for(lambda: finish(work()), PLENTY_S)
    assert (ran.value, ends) == (7, ["beside"])
    assert "asyncio: Task exception was never retrieved (KeyError)" in ran.printed


async def test_a_task_that_refuses_to_be_cancelled_is_dropped() -> None:
    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    async def work() -> int:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        return 7 if not task.done() else 0

    assert (await run_for(lambda: finish(work()), PLENTY_S)).value == 7
    assert workers() == []


async def test_an_async_generator_left_behind_is_closed() -> None:
    closed: list[str] = []

    async def numbers():
        try:
            yield 1
            yield 2
        finally:
            closed.append("numbers")

    async def work(left: list[Any]) -> int:
        left.append(numbers())
        return await anext(left[0])

    assert (await run_for(lambda: finish(work([])), PLENTY_S)).value == 1
    assert closed == ["numbers"]


async def test_a_stray_stop_in_a_task_ends_the_work() -> None:
    async def work() -> None:
        await asyncio.gather(struck(), asyncio.Event().wait())

    async def struck() -> None:
        raise Stopped  # Whichever task an interrupt hits, all of the work ends.

    ran = await run_for(lambda: finish(work()), PLENTY_S)
    assert ran.value is None


async def test_a_stopped_task_group_is_cleared_up() -> None:
    cleaned: list[str] = []

    async def waiting() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("up")

    async def spinning() -> None:
        spin()

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(waiting())
            group.create_task(spinning())

    ran = await run_for(lambda: finish(work()), SHORT_S)
    assert (ran.value, ran.abandoned, cleaned, ran.printed) == (None, False, ["up"], "")
    assert workers() == []


def test_finish_outside_a_worker_is_refused() -> None:
    async def nothing() -> None: ...

    coroutine = nothing()
    with pytest.raises(AssertionError, match="can be stopped"):
        finish(coroutine)
    coroutine.close()


@pytest.mark.parametrize("work", [lambda: 7, spin], ids=["ends", "is stopped"])
async def test_no_thread_is_left(work: Callable[[], object]) -> None:
    before = threading.active_count()
    for _ in range(10):
        await run_for(work, SHORT_S)
    assert threading.active_count() == before
