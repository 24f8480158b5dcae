"""
Where sync tools run: a bounded number of threads, which nobody can stop from outside.

Python can't end a thread, so a call that is given up goes on behind the scenes until its function
returns. It keeps its thread until then, which bounds how many of them can pile up. The threads are
daemons: one that is stuck doesn't hold up the end of the process, as those of
`concurrent.futures.ThreadPoolExecutor` do.

Floor 2: imports nothing of labkit.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeAlias

THREADS = 16  # Our choice, for the process: sync tools wait for disks and networks, not for CPUs.

_Ended: TypeAlias = tuple[Any, BaseException | None]


class ToolThreads:
    """
    Up to *limit* daemon threads, started when they're needed.

    Attributes:
        busy: How many functions are running now, with those that were given up.
    """

    def __init__(self, limit: int = THREADS) -> None:
        self._limit = limit
        self._jobs: SimpleQueue[tuple[Future[_Ended], Callable[[], Any]]] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = threading.Semaphore(0)
        self._started = 0
        self.busy = 0

    async def run(self, function: Callable[[], Any]) -> object:
        """
        Return what *function* returns, called in a thread with the caller's context variables.

        Cancelled before it begins, it never does; later, its result is thrown away.

        Raises:
            BaseException: Whatever it raises.
        """
        job: Future[_Ended] = Future()
        self._jobs.put((job, partial(copy_context().run, function)))
        self._grow()
        value, error = await asyncio.wrap_future(job)
        if error is not None:
            raise error
        return value

    def _grow(self) -> None:
        with self._lock:
            if self._idle.acquire(blocking=False) or self._started == self._limit:
                return
            self._started += 1
        threading.Thread(target=self._work, name="labkit-tool", daemon=True).start()

    def _work(self) -> None:
        while True:
            job, function = self._jobs.get()
            if job.set_running_or_notify_cancel():
                self._count(1)
                ended = _caught(function)  # As a value: a future refuses some exceptions.
                self._count(-1)
                job.set_result(ended)
            del job, function  # Or it would live until the next one comes.
            self._idle.release()

    def _count(self, change: int) -> None:
        with self._lock:
            self.busy += change


def _caught(function: Callable[[], Any]) -> _Ended:
    try:
        return function(), None
    except BaseException as error:
        return None, error


SHARED = ToolThreads()
"""The threads of this process."""
