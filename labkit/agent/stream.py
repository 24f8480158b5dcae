"""
The events of a run, for whoever reads along.

::

    async with agent.stream("...") as events:
        async for event in events: ...

The run is a task of its own, so it goes on while its reader is busy. Leaving the block ends it: the
task is cancelled and awaited, with its tools.

Floor 2: knows errors.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from labkit.agent.events import Done, Event, Result
from labkit.agent.loop import Run, Watcher
from labkit.errors import UsageError

TURN_S = 0.005
"""
How long, in seconds, a burst of text is read on while the reader waits for the first of it. Our
choice: nobody sees 5 ms, and a turn for each of 200 tokens would cost as much as reading them.
"""


class EventStream:
    """
    The events of one run, in order, once.

    Args:
        new_run: Makes the run for a watcher.

    Attributes:
        result: What the run left behind; None until it ended, and after an error.
    """

    def __init__(self, new_run: Callable[[Watcher], Run]) -> None:
        self.result: Result | None = None
        self._new_run = new_run
        self._events: deque[Event] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._run: Run | None = None
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last_turn = 0.0

    async def __aenter__(self) -> Self:
        """
        Begin the run.

        Raises:
            UsageError: It began already.
        """
        if self._task is not None:
            raise UsageError("this stream was opened before: ask agent.stream(...) for another")
        self._loop = asyncio.get_running_loop()
        self._run = self._new_run(Watcher(self._put, self._let_read))
        self._task = self._loop.create_task(self._play(self._run))
        self._task.add_done_callback(lambda _: self._wake())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the run, and wait until it has ended."""
        assert self._task is not None
        assert self._run is not None
        self._task.cancel()
        await asyncio.wait([self._task])
        if self._task.cancelled():
            self.result = self._run.result("cancelled")
        else:
            self._task.exception()  # Seen: who left early doesn't ask for it.

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """
        Return the next event.

        Raises:
            UsageError: It's read in a way that can't work; the text says which.
            ModelError: The run ended with it.
        """
        task, loop = self._task, self._loop
        if task is None or loop is None:
            raise UsageError("open the stream first: async with agent.stream(...) as events")
        if asyncio.get_running_loop() is not loop:
            raise UsageError("this stream belongs to another event loop: read it where it began")
        while not self._events:
            if task.done():
                task.result()
                raise StopAsyncIteration
            if self._waiter is not None and not self._waiter.done():
                raise UsageError("somebody reads this stream already; each event comes once")
            self._waiter = loop.create_future()
            await self._waiter
        return self._events.popleft()

    async def _play(self, run: Run) -> None:
        self.result = await run.play()
        self._put(Done(self.result))

    def _put(self, event: Event) -> None:
        self._events.append(event)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _let_read(self) -> None:
        assert self._loop is not None
        now = self._loop.time()
        if now - self._last_turn >= TURN_S:
            self._last_turn = now
            await asyncio.sleep(0)

    def __repr__(self) -> str:
        return f"<EventStream {'ended' if self.result else 'going on' if self._task else 'new'}>"
