"""
04.2 A context variable for the log: every line of a request bears its id, in whichever thread.

Solutions and wrong answers are written as a learner would write them, without annotations.

Floor 4: knows the kit, its own driver and FastAPI.
"""

import asyncio
import threading
from collections.abc import Sequence
from contextvars import ContextVar

from fastapi import Depends, FastAPI, Request

from labkit.course.findings import TODO, Finding
from labkit.course.lessons.request_lifecycle.driver import (
    Answer,
    ask,
    expect_no_error,
    http_scope,
)
from labkit.course.task import Room, Submission, Task

NOBODY = "-"  # What the lesson's context variable holds outside of a request.
LINES = ("begin", "shrunk", "end")
PATIENCE_S = 2.0  # Our choice: how long a loop may be stuck before we call it blocked.


def _starter(app, current_id, say, shrink):
    return TODO


def add_report(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request):
        current_id.set(request.headers["x-request-id"])
        say("begin")
        await asyncio.to_thread(shrink)
        say("end")


def _in_a_sync_dependency(app, current_id, say, shrink):
    def remember(request: Request):
        current_id.set(request.headers["x-request-id"])

    @app.get("/report", dependencies=[Depends(remember)])
    async def report():
        say("begin")
        await asyncio.to_thread(shrink)
        say("end")


def _in_a_bare_thread(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request):
        current_id.set(request.headers["x-request-id"])
        say("begin")
        await asyncio.get_running_loop().run_in_executor(None, shrink)
        say("end")


def _on_the_loop(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request):
        current_id.set(request.headers["x-request-id"])
        say("begin")
        shrink()
        say("end")


def _without_waiting(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request):
        current_id.set(request.headers["x-request-id"])
        say("begin")
        later = asyncio.to_thread(shrink)
        say("end")
        await later


def _with_the_id_in_the_text(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request):
        request_id = request.headers["x-request-id"]
        current_id.set(request_id)
        say(f"{request_id} begin")
        await asyncio.to_thread(shrink)
        say(f"{request_id} end")


def _elsewhere(app, current_id, say, shrink):
    @app.get("/")
    async def report(request: Request):
        current_id.set(request.headers["x-request-id"])


def _one_for_all(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request):
        if current_id.get() == NOBODY:
            current_id.set("r7")
        say("begin")
        await asyncio.to_thread(shrink)
        say("end")


# The check.


class _Report:
    """What the lesson gives to the submission, and what came of it."""

    def __init__(self) -> None:
        self.current: ContextVar[str] = ContextVar("current_id", default=NOBODY)
        self.lines: list[str] = []
        self.blocked = False
        self._loop = asyncio.get_running_loop()
        self._loops_thread = threading.get_ident()

    def say(self, text: str) -> None:
        self.lines.append(f"{self.current.get()} {text}")

    def shrink(self) -> None:
        """Be slow: last until the loop has turned, which it can't if we stand in its way."""
        turned = threading.Event()
        self._loop.call_soon_threadsafe(turned.set)
        here = threading.get_ident() == self._loops_thread
        self.blocked |= here or not turned.wait(PATIENCE_S)
        self.say("shrunk")

    async def asked(self, app: FastAPI, request_id: str) -> Answer:
        return await ask(app, http_scope("/report", {"x-request-id": request_id}))


async def _check(submission: Submission, _room: Room | None) -> None:
    report, app = _Report(), FastAPI()
    submission(app, report.current, report.say, report.shrink)
    answer = await report.asked(app, "r7")
    if report.lines[:1] == [f"{NOBODY} begin"]:
        raise Finding(
            "set-in-sync-dependency",
            "The handler's own lines don't know the id, although the request came with one.",
            "\n".join(report.lines),
        )
    expect_no_error(answer)
    if answer.status != 200:
        raise Finding(
            "no-route", f"GET /report is answered with {answer.status}.", answer.body[:80]
        )
    if report.blocked:
        raise Finding(
            "blocks-the-loop",
            "While shrink() ran, the event loop stood still: no other request was served.",
            "\n".join(report.lines),
        )
    _read(report.lines, "r7")
    report.lines.clear()
    expect_no_error(await report.asked(app, "r8"))
    _read(report.lines, "r8")


def _read(lines: Sequence[str], request_id: str) -> None:
    """Look at the lines of one request: all there, in order, each with its id."""
    seen = "\n".join(lines) or "no line at all"
    said = [line.partition(" ")[2] for line in lines]
    if any(text.startswith(request_id) for text in said):
        says = "The text that you gave to say begins with the id; say writes the id before it."
        raise Finding("id-in-the-text", says, seen)
    if said != list(LINES):
        raise Finding("other-lines", "The lines aren't begin, shrunk, end, in this order.", seen)
    ids = [line.partition(" ")[0] for line in lines]
    if ids == [request_id, NOBODY, request_id]:
        raise Finding("lost-in-thread", "The line from the other thread lost the id.", seen)
    if set(ids) != {request_id}:
        raise Finding("other-id", f"The lines of request {request_id} bear another id.", seen)


CONTEXT = Task(
    id="04.2",
    title="context for the log",
    task="Write add_report(app, current_id, say, shrink): give app the route GET /report. It sets "
    "current_id to the request's header x-request-id, then calls say('begin'), shrink() in another "
    "thread, and say('end'). All three log lines have to begin with the request's id.",
    starter=_starter,
    check=_check,
    solution=add_report,
    wrong={
        "set-in-sync-dependency": _in_a_sync_dependency,
        "lost-in-thread": _in_a_bare_thread,
        "blocks-the-loop": _on_the_loop,
        "id-in-the-text": _with_the_id_in_the_text,
        "other-lines": _without_waiting,
        "no-route": _elsewhere,
        "other-id": _one_for_all,
    },
    hints={
        "set-in-sync-dependency": (
            "In which thread was current_id set, and in which thread does the handler run?",
            "FastAPI runs a def dependency in a thread of its pool, with a copy of the request's "
            "context. What is set in the copy stays in the copy. An async dependency, a middleware "
            "or the handler itself runs in the request's own context.",
            "async def remember(request: Request): current_id.set(...)",
        ),
        "lost-in-thread": (
            "Who hands the context over to the other thread?",
            "A thread begins with an empty context. Some ways of starting one copy the caller's "
            "context into it, others don't: run_in_executor and threading.Thread don't.",
            "asyncio.to_thread(...) copies the context; copy_context().run does it by hand",
        ),
        "blocks-the-loop": (
            "Which thread runs shrink(), and who else has to wait for it?",
            "All requests share the event loop's one thread. A slow call on it holds up everybody. "
            "Let another thread run it, and await that thread's end.",
            "await asyncio.to_thread(<the function, not its call>)",
        ),
        "id-in-the-text": (
            "Who writes the id into the line: you, or say?",
            "say reads current_id and puts its value before your text. A function that is far "
            "from the request, such as shrink, can so write the id without being given it.",
            'current_id.set(<the id>), then say("begin")   # the text alone',
        ),
        "other-lines": (
            "What has to be over before say('end')?",
            "A report is done when shrink is. Nothing runs, or has run, until it was awaited.",
            "say(...), then await the thread, then say(...)",
        ),
        "no-route": (
            "Which method and path did you give to the app?",
            "A handler that no route leads to is never called: then the answer is 404. A handler "
            "with a parameter that the request doesn't have gives 422.",
            '@app.get("/report") above async def report(request: Request)',
        ),
        "other-id": (
            "Where does the id that your lines bear come from?",
            "Each request brings its own id in a header. Nothing of one request may be left for "
            "the next.",
            'request.headers["x-request-id"] for every request, with no if around it',
        ),
    },
)
