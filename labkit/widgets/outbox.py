"""
What goes to the pages of a chat: numbered, in order, and not too often.

::

    flush    one message to all pages with the changes since the last one, numbered by ``seq``
    state    all that there is, with the number of the last flush

A page that misses a number asks for the state; one that gets a number twice leaves it.

Floor 4: imports nothing of labkit but its neighbour `log`.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from labkit.widgets.log import Log

FLUSH_S = 0.05  # Our choice: nobody reads faster, and 1,000 tokens stay far below 150 KiB.

Send = Callable[[dict[str, Any]], None]


class Outbox:
    """
    Sends a log to all pages. All of it runs on one loop.

    Args:
        log: What they show.
        send: Sends one message to all pages.
    """

    def __init__(self, log: Log, send: Send) -> None:
        self.send = send
        self._log = log
        self._seq = 0
        self._timer: asyncio.TimerHandle | None = None
        self._last_flush = 0.0

    def changed(self) -> None:
        """Flush soon: `FLUSH_S` seconds after the last flush, or now."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            wait_s = max(self._last_flush + FLUSH_S - loop.time(), 0)
            self._timer = loop.call_later(wait_s, self._flush)

    def send_state(self) -> None:
        """Send all there is. What was waiting goes first, so that the number fits every page."""
        if self._timer is not None:
            self._timer.cancel()
        self._flush()
        self.send({"type": "state", "seq": self._seq, **self._log.snapshot()})

    def _flush(self) -> None:
        self._timer = None
        if changes := self._log.changes():
            self._last_flush = asyncio.get_running_loop().time()
            self._seq += 1
            self.send({"type": "changes", "seq": self._seq, "changes": changes})
