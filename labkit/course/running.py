"""
Run a stranger's code for a while, and get it stopped.

Glossary. *Worker*: the thread that runs one piece of work, with an event loop of its own when the
work is async; the thread that waits for it keeps its own loop free. *Interrupt*: make `Stopped`
rise in the worker, between two steps of its loop or two of its bytecodes. *Abandon*: leave a worker
behind that sits in a C call (``time.sleep``, a socket) and can't be interrupted until that call
returns; it's a daemon thread, so it doesn't hold up the end of the process.

Not stopped by any of this: code that keeps the interpreter's lock inside one C call, such as a
regular expression that backtracks for hours. Only a process of its own could do that, and a
submission lives on the objects of the notebook.

Floor 4: imports nothing of labkit but its neighbour `capture`.
"""

import asyncio
import ctypes
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from labkit.course.capture import Capture, captured

INTERRUPTS = 10  # Tries before a worker is abandoned; a bare `except:` can swallow one.
INTERRUPT_WAIT_S = 0.1  # Seconds given to each. Our choice: a second in all.
TICK_S = 0.2  # A loop asleep misses Jupyter's interrupt (ipykernel 7.4): wake it this often.
SWEEP_S = 0.5  # Seconds that cancelled tasks get for their clean-up; our choice.

T = TypeVar("T")
Frames = tuple[tuple[str, int], ...]


class Stopped(SystemExit):
    """
    Rises in a worker that has to end.

    A SystemExit, because asyncio lets that one out of ``run_until_complete`` at once, from any
    task, where any other error would end only the task that it struck.
    """


@dataclass(frozen=True, slots=True)
class Ran(Generic[T]):
    """
    What became of a piece of work.

    Attributes:
        value: What it returned; None if it didn't.
        printed: What it printed.
        abandoned: It couldn't be stopped and still runs.
        frames: Where it was when its time was up: (file, line), the outermost first.
    """

    value: T | None
    printed: str
    abandoned: bool = False
    frames: Frames = ()


class Worker(threading.Thread, Generic[T]):
    """One piece of *work* on a thread of its own."""

    def __init__(self, work: Callable[[], T], ended: Callable[[], object]) -> None:
        super().__init__(name="labkit-check", daemon=True)
        self.value: T | None = None
        self.capture: Capture | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._work = work
        self._ended = ended
        self._context = copy_context()  # Threads don't inherit it; a trace goes on this way.
        self._gate = threading.Lock()
        self._stoppable = True

    def run(self) -> None:
        """Do the work; `Thread.start` calls this."""
        try:
            with suppress(Stopped):
                self._context.run(self._do)
        finally:
            self._ended()

    def _do(self) -> None:
        with captured() as self.capture:
            try:
                self.value = self._work()
            finally:
                self._close_gate()

    def _close_gate(self) -> None:
        """From here on no interrupt arrives, so the clean-up runs to its end."""
        while self._stoppable:
            with suppress(Stopped), self._gate:
                self._stoppable = False

    def interrupt(self, *, gently: bool) -> None:
        """
        Make `Stopped` rise in the worker.

        Args:
            gently: Between two steps of its loop if it has one, so that its tasks can clean up;
                else wherever the thread is.
        """
        loop = self.loop
        if gently and loop is not None:
            with suppress(RuntimeError):  # It may close at this very moment.
                loop.call_soon_threadsafe(self._rise_in, loop)
            return
        with self._gate:
            if self._stoppable and self.ident is not None:
                # The only way into a running thread (C API, "Thread State and the GIL"). While it
                # is on its way into a C call, a thread that is traced by a debugger stands still
                # (seen in CPython 3.11).
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self.ident), ctypes.py_object(Stopped)
                )

    def _rise_in(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.loop is loop:  # Else it's being cleared up already.
            raise Stopped

    def where(self) -> Frames:
        """Return the lines that the worker is at, the outermost first."""
        frame = sys._current_frames().get(self.ident or 0)  # documented all the same.
        stack = traceback.walk_stack(frame) if frame else ()
        return tuple((f.f_code.co_filename, line) for f, line in stack)[::-1]

    def tell(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what asyncio would log, such as a task left behind, with what was printed."""
        error = context.get("exception")
        kind = f" ({type(error).__name__})" if error else ""
        if self.capture is not None:
            self.capture.write(f"asyncio: {context.get('message')}{kind}\n")


async def run_for(work: Callable[[], T], limit_s: float) -> Ran[T]:
    """
    Run *work* on a `Worker` for at most *limit_s* seconds.

    The calling loop stays free. When the caller is cancelled, as a cell is by Ctrl-C, the work is
    stopped too.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def report() -> None:
        with suppress(RuntimeError):  # An abandoned worker may outlive the loop that waited.
            loop.call_soon_threadsafe(ended.set)

    worker = Worker(work, report)
    frames: Frames = ()
    worker.start()
    try:
        frames = await _wait(worker, ended, limit_s)
    finally:
        await _stop(worker, ended)
    printed = worker.capture.text if worker.capture else ""
    return Ran(worker.value, printed, abandoned=not ended.is_set(), frames=frames)


async def _wait(worker: Worker[Any], ended: asyncio.Event, limit_s: float) -> Frames:
    clock = asyncio.get_running_loop().time
    deadline = clock() + limit_s
    while not ended.is_set() and (left := deadline - clock()) > 0:
        await _ended_within(min(left, TICK_S), ended)
    return () if ended.is_set() else worker.where()


async def _stop(worker: Worker[Any], ended: asyncio.Event) -> None:
    for attempt in range(INTERRUPTS):
        if ended.is_set():
            return worker.join()  # Its last bytecodes; then no thread is left.
        worker.interrupt(gently=attempt == 0)
        await _ended_within(INTERRUPT_WAIT_S, ended)
    return None


async def _ended_within(seconds: float, ended: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(ended.wait(), seconds)


def finish(awaitable: Awaitable[T]) -> T:
    """
    Return what *awaitable* gives, awaited on a new loop. To be called inside a worker's work.

    Tasks that it leaves behind are cancelled, and those that won't end are dropped with the loop.
    """
    worker = threading.current_thread()
    assert isinstance(worker, Worker), "only work that a Worker runs can be stopped"
    loop = worker.loop = asyncio.new_event_loop()
    loop.set_exception_handler(worker.tell)
    try:
        return loop.run_until_complete(_result_of(awaitable))
    finally:
        worker.loop = None
        try:
            _clear(loop)
        finally:
            loop.close()


async def _result_of(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _clear(loop: asyncio.AbstractEventLoop) -> None:
    sweep = loop.create_task(_sweep(loop))
    while not sweep.done():
        with suppress(Stopped):  # A task group that was stopped hands it on once more.
            loop.run_until_complete(sweep)


async def _sweep(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=SWEEP_S)
    with suppress(TimeoutError):
        await asyncio.wait_for(loop.shutdown_asyncgens(), SWEEP_S)
