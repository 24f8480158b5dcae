"""
SIGTERM stops the labs before it ends the process: by default Python dies of it without `atexit`.

Floor 5: imports nothing of labkit.
"""

import signal
import threading
import weakref
from types import FrameType
from typing import Protocol


class Stops(Protocol):
    """What can be stopped, such as a lab."""

    def stop(self) -> None:
        """Stop; twice is once."""


_running: "weakref.WeakSet[Stops]" = weakref.WeakSet()


def stop_at_sigterm(lab: Stops) -> None:
    """
    Have SIGTERM stop *lab*, which isn't held for that, before it ends the process.

    A handler that somebody else has set stays: then it's theirs to end the process in a way that
    runs `atexit`.
    """
    _running.add(lab)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _on_sigterm)


def _on_sigterm(number: int, _: FrameType | None) -> None:
    for lab in list(_running):
        lab.stop()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)  # Who waits for this process sees what ended it.
