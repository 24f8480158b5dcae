"""
One event loop that outlives the cells: coroutines run here while the caller waits, or doesn't.

`asyncio.run` fails in a notebook, because the kernel's own loop runs already, and a loop per call
would throw away every connection that the last call opened. So the process has one loop, on a
thread of its own, made when it is first needed and closed at exit.

::

    job        a coroutine handed over to that loop; a `concurrent.futures.Future` to the caller
    submit     hand over and go on (widget callbacks do nothing else)
    run        hand over and wait; Ctrl-C cancels the job and waits for its end

Floor 1: knows errors.
"""

import asyncio
import atexit
import os
import sys
import threading
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from labkit.errors import UsageError

T = TypeVar("T")

STOP_LIMIT_S = 5.0  # Our choice: how long jobs may clean up at exit before they are abandoned.
LOG_RECORDS = 50  # Our choice: what went wrong where nobody waited.
WAIT_SLICE_S = 0.1 if sys.platform == "win32" else None
"""
How often a waiting thread looks up, in seconds; None means not before the event.
Windows can't interrupt a thread that waits for a lock, so Ctrl-C would be heard at the end only.
"""


class Job(Future[T]):
    """
    A coroutine on the background loop.

    Unlike the future of `asyncio.run_coroutine_threadsafe`, a cancelled job is done when its
    coroutine has *ended*, with its ``finally`` blocks: nothing runs on behind the caller's back.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> None:
        super().__init__()
        self._loop = loop
        self._coroutine = coroutine
        self._task: asyncio.Task[T] | None = None
        self._exit: BaseException | None = None

    def begin(self) -> None:
        """Make the task. Runs on the loop."""
        self._task = self._loop.create_task(self._contained())
        self._task.add_done_callback(self._end)

    async def _contained(self) -> T:
        try:
            return await self._coroutine
        except (SystemExit, KeyboardInterrupt) as error:
            self._exit = error  # As a task's exception it would end the loop for everybody.
            raise asyncio.CancelledError from None

    def cancel(self) -> bool:
        """Ask the coroutine to stop. False when it has ended already."""
        if self.done():
            return False
        with suppress(RuntimeError):  # The loop is closed: the job was ended with it.
            self._loop.call_soon_threadsafe(self._cancel_task)
        return True

    def wait(self) -> None:
        """Wait until the coroutine has ended, one way or another."""
        ended = threading.Event()
        self.add_done_callback(lambda _: ended.set())
        while not ended.wait(WAIT_SLICE_S):
            pass

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:
            self.refuse()  # The loop keeps the order: `begin` would have been called before.

    def _end(self, task: asyncio.Task[T]) -> None:
        self._coroutine.close()  # Cancelled before its first step, it would warn.
        error = self._exit if task.cancelled() else task.exception()
        if error is not None:
            self.set_exception(error)
        elif task.cancelled():
            self._set_cancelled()
        else:
            self.set_result(task.result())

    def refuse(self) -> None:
        """End a job that never began. Twice is once."""
        self._coroutine.close()
        if not self.done():
            self._set_cancelled()

    def _set_cancelled(self) -> None:
        super().cancel()
        self.set_running_or_notify_cancel()


class BackgroundLoop:
    """
    The event loop of this process for whatever has no loop of its own. `shared` returns it.

    Attributes:
        log: What went wrong in tasks that nobody waits for, newest last.
    """

    _shared: ClassVar["BackgroundLoop | None"] = None
    _sharing: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self.log: deque[str] = deque(maxlen=LOG_RECORDS)
        self._pid = os.getpid()
        self._closed = False
        self._closing = threading.Lock()  # So that no job is accepted that nobody will begin.
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="labkit-background", daemon=True)
        self._thread.start()
        self._ready.wait()
        atexit.register(self.stop)

    def __repr__(self) -> str:
        """State only: a saved output should be the same next year."""
        return f"<BackgroundLoop: {'running' if self._thread.is_alive() else 'stopped'}>"

    @classmethod
    def shared(cls) -> "BackgroundLoop":
        """Return the loop of this process, made now if it is the first time (or after a fork)."""
        with cls._sharing:
            if cls._shared is None or not cls._shared.alive:
                cls._shared = cls()
            return cls._shared

    @property
    def alive(self) -> bool:
        """Whether it takes jobs. A fork copies the object, not the thread."""
        return self._pid == os.getpid() and self._thread.is_alive() and not self._closed

    @property
    def is_here(self) -> bool:
        """Whether the calling thread is the loop's own: waiting for a job there would never end."""
        return threading.current_thread() is self._thread

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Job[T]:
        """
        Run *coroutine* on the loop, starting soon; return at once.

        Context variables of the caller are copied, as for a task.

        Raises:
            UsageError: It isn't a coroutine, or the loop was stopped.
        """
        job = self._job(coroutine)
        self._accept(job)
        return job

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """
        Run *coroutine* on the loop and return its result; works in a cell and in a script.

        Ctrl-C cancels it and waits for its end; a second Ctrl-C stops the waiting.

        Raises:
            UsageError: Called on the loop itself, where it would wait for itself: use ``await``.
            BaseException: Whatever the coroutine raises.
        """
        if self.is_here:
            if asyncio.iscoroutine(coroutine):
                coroutine.close()
            raise UsageError(
                "this code runs on the background loop already, and would wait for itself: use "
                "`await`, such as `await agent.run(...)`"
            )
        job = self._job(coroutine)
        try:  # Around both: an interrupt between them would leave the job running.
            self._accept(job)
            job.wait()
        except BaseException:
            job.cancel()
            job.wait()
            raise
        return job.result()

    def stop(self) -> None:
        """Cancel every job, wait for its end, close the loop. Called at exit; twice is once."""
        atexit.unregister(self.stop)
        if self._pid != os.getpid():
            return  # A fork: the thread is its parent's.
        with self._closing:
            if not self._closed:
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._closed = True
        self._thread.join(STOP_LIMIT_S)

    def _job(self, coroutine: Coroutine[Any, Any, T]) -> Job[T]:
        if not asyncio.iscoroutine(coroutine):
            raise UsageError(
                "give it a coroutine, the result of calling an `async def` function: f(), not f"
            )
        return Job(self._loop, coroutine)

    def _accept(self, job: Job[T]) -> None:
        with self._closing:
            if self._closed:
                job.refuse()
                raise UsageError("the background loop was stopped; BackgroundLoop.shared() has one")
            self._loop.call_soon_threadsafe(job.begin)

    def _main(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._loop.set_exception_handler(self._note)
            self._stopping = asyncio.Event()
            self._loop.call_soon(self._ready.set)
            try:
                runner.run(self._stopping.wait())
            except BaseException as error:  # E.g. sys.exit() in a task that a job left behind.
                self.log.append(f"the background loop ended: {error!r}")
            with self._closing:
                self._closed = True
            runner.run(asyncio.sleep(0))  # What was accepted begins, so that closing ends it.

    def _note(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what asyncio would print from this thread."""
        error = context.get("exception")
        self.log.append(context["message"] + (f": {error!r}" if error else ""))
