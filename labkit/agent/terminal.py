"""
A run on a terminal: the answer on standard output, what led to it on standard error.

::

    main thread    writes, and reads the answers to approvals: so Ctrl-C reaches it at any moment
    background     the run; what it tells comes over a queue

What a model or a tool wrote may hold control sequences, which a terminal would obey. They are taken
out of everything but JSON, which escapes them.

Floor 2: knows errors and the background loop.
"""

import asyncio
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from queue import Empty, SimpleQueue
from typing import TextIO, TypeAlias

from labkit.agent.bound import BoundAgent
from labkit.agent.events import (
    ApprovalAsked,
    Done,
    Event,
    Result,
    TextDelta,
    ToolEnded,
    ToolProgress,
    ToolStarted,
)
from labkit.agent.gateway import Approve
from labkit.background import WAIT_SLICE_S, BackgroundLoop, Job
from labkit.pictures.writing import plain

LINE_CHARACTERS = 160  # Of arguments and reports; the whole is in the JSON.


@dataclass(frozen=True, slots=True)
class _Question:
    """An approval that waits for the main thread."""

    asked: ApprovalAsked
    answer: "asyncio.Future[bool]"

    def settle(self, *, yes: bool) -> None:
        """Pass the answer on, unless nobody waits for it any more."""
        self.answer.get_loop().call_soon_threadsafe(self._settle, yes)

    def _settle(self, yes: bool) -> None:  # noqa: FBT001  `call_soon_threadsafe` has no keywords.
        if not self.answer.done():
            self.answer.set_result(yes)


_Said: TypeAlias = Event | _Question | None  # None: it has ended.


class Terminal:
    """
    Shows runs.

    Args:
        as_json: Print each event as a line of JSON, on *out* alone.
        approve_all: Say yes to every write. Otherwise somebody is asked if there's a terminal, and
            nothing is written if there is none.
        out, err, answers: By default the process's own streams.
    """

    def __init__(
        self,
        *,
        as_json: bool = False,
        approve_all: bool = False,
        out: TextIO | None = None,
        err: TextIO | None = None,
        answers: TextIO | None = None,
    ) -> None:
        self._as_json = as_json
        self._approve_all = approve_all
        self._out = out or _tolerant(sys.stdout)
        self._err = err or _tolerant(sys.stderr)
        self._answers = answers or sys.stdin
        self._column = 0  # How many characters of text stand in the line.

    def play(self, agent: BoundAgent, question: str) -> Result:
        """
        Ask *agent*, show what comes, return what is left.

        Ctrl-C stops the run and waits until its tools have ended.

        Raises:
            LabkitError: As `BoundAgent.stream`.
        """
        said: SimpleQueue[_Said] = SimpleQueue()
        job = BackgroundLoop.shared().submit(_listen(agent, question, said, self._approve(said)))
        try:
            for each in _until_end(said):
                if isinstance(each, _Question):
                    each.settle(yes=self._is_approved(each.asked))
                else:
                    self._show(each)
        except BaseException:
            job.cancel()
            job.wait()
            raise
        finally:
            self._end_line()
        return _result(job)

    def _approve(self, said: "SimpleQueue[_Said]") -> Approve | None:
        if not self._approve_all and not self._answers.isatty():
            return None

        async def approve(asked: ApprovalAsked) -> bool:
            if self._approve_all:
                return True
            question = _Question(asked, asyncio.get_running_loop().create_future())
            said.put(question)
            return await question.answer

        return approve

    def _is_approved(self, asked: ApprovalAsked) -> bool:
        self._end_line()
        _forget_what_was_typed(self._answers)
        self._err.write(f"{_call(asked.name, asked.arguments)}: do it? [y/N] ")
        self._err.flush()
        return self._answers.readline().strip().lower() in ("y", "yes")

    def _show(self, event: Event) -> None:
        if self._as_json:
            self._out.write(f"{_json(event)}\n")
            self._out.flush()
        elif isinstance(event, TextDelta):
            text = _without_controls(event.text)
            self._column = len(text.rpartition("\n")[2]) + self._column * ("\n" not in text)
            self._out.write(text)
            self._out.flush()
        elif line := _line(event):
            self._end_line()
            self._err.write(f"{line}\n")
            self._err.flush()

    def _end_line(self) -> None:
        if self._column:
            self._column = 0
            self._out.write("\n")
            self._out.flush()


def _tolerant(stream: TextIO) -> TextIO:
    """Let a terminal of another encoding show "?" for what it hasn't, rather than fail."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


def _forget_what_was_typed(answers: TextIO) -> None:
    """Drop what was typed before the question stood there: it's no answer to it."""
    try:
        import termios
    except ImportError:  # Windows.
        from msvcrt import getwch, kbhit  # type: ignore[attr-defined,unused-ignore]

        while kbhit():
            getwch()
    else:
        with suppress(termios.error, OSError):  # Not the terminal's own stream.
            termios.tcflush(answers.fileno(), termios.TCIFLUSH)


async def _listen(
    agent: BoundAgent, question: str, said: "SimpleQueue[_Said]", approve: Approve | None
) -> Result | None:
    stream = agent.stream(question, approve=approve)
    try:
        async with stream as events:
            async for event in events:
                said.put(event)
    finally:
        said.put(None)
    return stream.result


def _until_end(said: "SimpleQueue[_Said]") -> "Iterator[Event | _Question]":
    while True:
        try:
            each = said.get(timeout=WAIT_SLICE_S)
        except Empty:
            continue
        if each is None:
            return
        yield each


def _result(job: "Job[Result | None]") -> Result:
    job.wait()
    result = job.result()
    assert result is not None, "read to its end"
    return result


def _line(event: Event) -> str:
    """Return what is shown of an event that isn't text; nothing of most."""
    if isinstance(event, ToolStarted):
        return _call(event.name, event.arguments)
    if isinstance(event, ToolProgress):
        return f"{plain(event.name)}: {plain(event.message, limit=LINE_CHARACTERS)}"
    if isinstance(event, ToolEnded):
        why = "" if event.outcome == "ok" else f" {plain(event.content, limit=LINE_CHARACTERS)}"
        return f"{plain(event.name)}: {event.outcome}, {event.seconds:.2f} s{why}"
    if isinstance(event, Done) and event.result.stopped != "answered":
        return f"the run ended early: {event.result.stopped}"
    return ""


def _call(name: str, arguments: Mapping[str, object]) -> str:
    told = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return f"{plain(name)}({plain(told, limit=LINE_CHARACTERS)})"


def _json(event: Event) -> str:
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__).lower()
    if isinstance(event, Done):
        result = event.result
        told: dict[str, object] = {
            "text": result.text,
            "stopped": result.stopped,
            "run_id": result.run_id,
            "usage": asdict(result.usage),
            "messages": result.transcript.messages,
        }
    else:
        told = asdict(event)
    return json.dumps({"event": kind, **told})  # ASCII: any terminal and any pipe takes it.


def _without_controls(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if each == "\n" or each.isprintable() else " " for each in text)
