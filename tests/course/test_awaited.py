"""A check that nobody awaited says so; an awaited one is a coroutine like any other."""

import asyncio

import pytest

from labkit.course.awaited import Awaited


async def seven() -> int:
    await asyncio.sleep(0)
    return 7


async def test_it_can_be_awaited_and_made_a_task() -> None:
    assert await Awaited(seven, "") == 7
    assert await asyncio.create_task(Awaited(seven, "")) == 7
    assert await asyncio.wait_for(Awaited(seven, ""), 10) == 7


def test_asyncio_run_takes_it() -> None:
    assert asyncio.run(Awaited(seven, "")) == 7


def test_forgotten_it_gives_its_advice_and_no_warning() -> None:
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)

    forgotten = Awaited(work, "put await in front")
    assert repr(forgotten) == "put await in front"
    forgotten.close()
    del forgotten
    assert begun == []


async def test_cancelling_reaches_the_work() -> None:
    began = asyncio.Event()
    ended: list[str] = []

    async def work() -> None:
        try:
            began.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    task = asyncio.create_task(Awaited(work, ""))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"]


def test_it_keeps_the_coroutine_protocol() -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(0)
        except KeyError:
            raise ValueError("from the work") from None

    for thrown in ((KeyError("x"),), (KeyError,), (KeyError, KeyError("x"), None)):
        awaited = Awaited(work, "")
        awaited.send(None)
        with pytest.raises(ValueError, match="from the work"):
            awaited.throw(*thrown)
    begun = Awaited(work, "")
    begun.send(None)
    begun.close()
    with pytest.raises(RuntimeError, match="reuse"):
        begun.send(None)
