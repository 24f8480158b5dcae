"""
What a submission prints goes to its finding, not into a cell.

``sys.stdout`` belongs to the whole process, and a submission runs on a thread of its own while the
kernel's thread may print too. So a `Switch` takes the place of stdout and stderr and asks, at each
write, who is writing. A context variable leads the submission's own prints to its `Capture`; it
follows asyncio tasks and ``asyncio.to_thread``. A plain thread that the submission started has no
such context; it's known by not having been there before.

A submission that can't be stopped may print long after its check. Its capture stays open until its
threads have ended, so nothing appears in a later cell.

Floor 4: imports nothing of labkit.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO, cast
from weakref import WeakSet

MAX_KEPT = 20_000  # Characters kept of one check; our choice: more than is ever shown.

_lock = threading.Lock()
_open: list["Capture"] = []  # Oldest first.
_own: ContextVar["Capture | None"] = ContextVar("labkit_capture", default=None)


class Capture:
    """
    What one check printed.

    Attributes:
        text: The first `MAX_KEPT` characters, stdout and stderr as they came.
        running: Whether the check is still going on.
    """

    def __init__(self) -> None:
        self.text = ""
        self.running = True
        self._elders = WeakSet(threading.enumerate())

    def write(self, text: str) -> int:
        """Keep *text*, as far as there is room."""
        self.text += text[: MAX_KEPT - len(self.text)]
        return len(text)

    def owns(self, thread: threading.Thread) -> bool:
        """Tell whether *thread* began after the check did."""
        return thread not in self._elders

    def is_needed(self) -> bool:
        """Tell whether somebody may still write."""
        me = threading.current_thread()
        return self.running or any(self.owns(t) for t in threading.enumerate() if t is not me)


class Switch:
    """Takes the place of a standard stream, and gives each write to whom it belongs."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write to the capture of whoever writes, or else to the stream itself."""
        return (_capture_of_writer() or self.stream).write(text)

    def writelines(self, lines: Iterator[str]) -> None:
        """Write each of *lines*."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has.
        return getattr(self.stream, name)


def _capture_of_writer() -> Capture | None:
    own = _own.get()
    if own is not None or not _open:
        return own
    me = threading.current_thread()
    return next((capture for capture in reversed(_open) if capture.owns(me)), None)


@contextmanager
def captured() -> Iterator[Capture]:
    """Capture what this thread, and what it sets going, prints inside the block."""
    capture = Capture()
    before = _own.set(capture)
    with _lock:
        _open.append(capture)
        _put_switches()
    try:
        yield capture
    finally:
        _own.reset(before)
        capture.running = False
        with _lock:
            _open[:] = [each for each in _open if each.is_needed()]
            if not _open:
                _take_switches_away()


def _put_switches() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, Switch):
            setattr(sys, name, Switch(cast("TextIO", stream)))


def _take_switches_away() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, Switch):
            setattr(sys, name, stream.stream)
