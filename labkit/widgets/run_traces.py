"""
The traces of the newest runs of a chat, each by the message that has the button for it.

A trace is some kilobytes for each of its spans, so only so many spans are kept in all: the oldest
traces go first, and their buttons with them.

Floor 4: knows tracing.
"""

import asyncio
from collections.abc import Container
from typing import Any

from labkit.tracing import Trace
from labkit.widgets.trace_data import trace_data

MAX_SPANS = 10_000
"""Of all traces but the newest, which has as many at most. A question makes 200: 30 MB in all."""


class RunTraces:
    """
    Traces by message id, oldest first.

    Attributes:
        kept: All of them.
    """

    def __init__(self) -> None:
        self.kept: dict[int, Trace] = {}

    def keep(self, message_id: int, trace: Trace) -> list[int]:
        """Keep one more; return the ids of those that have to go for it."""
        self.kept[message_id] = trace
        gone: list[int] = []
        room = MAX_SPANS
        for older in reversed([each for each in self.kept if each != message_id]):
            room -= len(self.kept[older])
            if room < 0:
                gone.append(older)
        for each in gone:
            del self.kept[each]
        return gone

    def only(self, message_ids: Container[int]) -> None:
        """Forget those whose message isn't there any more."""
        self.kept = {each: trace for each, trace in self.kept.items() if each in message_ids}

    async def data(self, message_id: int) -> dict[str, Any] | None:
        """Return what a page is told of a trace; None if it isn't kept."""
        trace = self.kept.get(message_id)
        return await asyncio.to_thread(_data, trace) if trace else None


def begin() -> Trace:
    """Record what the task that runs this causes from now on, and nothing else."""
    return Trace(adopts=False).__enter__()


async def end(trace: Trace, error: BaseException | None) -> None:
    """
    End *trace*, which ended with *error*, or well.

    That waits for requests that a service hasn't finished with, unless the task was cancelled: in a
    thread, so that the loop goes on.
    """
    await asyncio.to_thread(trace.__exit__, None, error, None)


def _data(trace: Trace) -> dict[str, Any]:
    return trace_data(list(trace), dropped=trace.dropped)
