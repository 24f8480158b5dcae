"""
11.2: the tools that a check gives to a submission, and what they see of it.

::

    stage      the tools of one turn: who began, who ended, which session each was given
    session    what stands for a conversation with a database: one user at a time

Floor 4: knows the kit.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from labkit.course.text import shown

LINES = ("A4", "B1", "C2")
ENDS = ("C2", "A4", "B1")  # The order in which the tools of the first turn are done.
REWORK = True  # Among the arguments: JSON writes it otherwise than Python.
TURNS = 200  # Of the event loop; our choice: all calls begin within ten.


class SensorError(Exception):
    """What a tool raises: no error that a learner would have listed."""


class Session:
    """A conversation with a database. Nobody closes it but the block that opened it."""


class Opening:
    """
    What `Stage.open_session` gives: ``async with`` opens the session and closes it.

    No generator is behind it: Python would close that one itself once nobody holds it.
    """

    def __init__(self, is_open: set[Session]) -> None:
        self._is_open = is_open
        self._session = Session()

    async def __aenter__(self) -> Session:
        await asyncio.sleep(0)  # As a real one, it lets others go on.
        self._is_open.add(self._session)
        return self._session

    async def __aexit__(self, *_: object) -> None:
        self._is_open.discard(self._session)


@dataclass
class Stage:
    """
    What the tools of one turn see.

    Attributes:
        together: How many calls wait for each other before any of them ends; 1 for none.
        begun: The lines, as their calls began; a line is there as often as it was asked about.
        ended: The same, as they ended.
        opened: How many sessions were asked for.
        is_open: Those that are open now.
        given: What each call was given as its session.
        late: Whether a call waited in vain for the others to begin.
        strange: What a tool was called with, if that isn't what the model wrote.
        called: What each call of a tool gave: a coroutine, for somebody to await.
    """

    together: int = 1
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    opened: int = 0
    is_open: set[Session] = field(default_factory=set)
    given: dict[str, object] = field(default_factory=dict)
    late: bool = False
    strange: str = ""
    called: list[Coroutine[Any, Any, object]] = field(default_factory=list)

    def tools(self) -> dict[str, Callable[..., Coroutine[Any, Any, object]]]:
        """Return the tools by name."""

        def noted(tool: Callable[..., Coroutine[Any, Any, object]]) -> Callable[..., Any]:
            def call(*given: Any, **named: Any) -> Coroutine[Any, Any, object]:
                self.called.append(tool(*given, **named))
                return self.called[-1]

            return call

        reports = {"line_report": self.line_report, "broken_report": self.broken_report}
        return {name: noted(tool) for name, tool in reports.items()}

    def open_session(self) -> Opening:
        """Return what opens a session for a block."""
        self.opened += 1
        return Opening(self.is_open)

    async def line_report(
        self, session: Any, line: str, rework: object = None
    ) -> dict[str, object]:
        """Report on a line. This is the tool."""
        if line not in LINES or rework is not REWORK:
            self.strange = f"line_report(session, line={shown(line)}, rework={shown(rework)})"
        self.begun.append(line)
        self.given[line] = session
        if self.together > 1:
            await self._in_order(line)
        if not self._is_good(session):
            self.given[line] = None
        self.ended.append(line)
        return report_of(line)

    async def broken_report(self, session: Any, line: str) -> object:
        """Fail, as soon as all have begun."""
        self.given[line] = session if self._is_good(session) else None
        await asyncio.sleep(0)
        raise SensorError(f'the sensor "{line}" is off')  # A quote: it breaks JSON made by hand.

    def _is_good(self, session: object) -> bool:
        return isinstance(session, Session) and session in self.is_open

    async def _in_order(self, line: str) -> None:
        if not await _within_turns(lambda: len(self.begun) >= self.together):
            self.late = True
            return
        before = ENDS[: ENDS.index(line)] if line in ENDS else ()
        await _within_turns(lambda: all(other in self.ended for other in before))


async def _within_turns(happened: Callable[[], bool]) -> bool:
    """Let the loop turn until it happened; False if `TURNS` turns don't bring it."""
    for _ in range(TURNS):
        if happened():
            return True
        await asyncio.sleep(0)
    return happened()


def report_of(line: str) -> dict[str, object]:
    """Return what the tool reports on *line*."""
    return {"line": line, "percent": 1 + len(LINES) - LINES.index(line) if line in LINES else 0}
