"""
04.3 How long a request takes, measured around all of it and without holding back a byte.

The clock belongs to the check: it stands still until the app inside moves it on, so that what was
measured tells between which two moments.

Solutions and wrong answers are written as a learner would write them, without annotations.

Floor 4: knows the kit and its own driver.
"""

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.course.findings import TODO, Finding
from labkit.course.lessons.request_lifecycle.driver import (
    as_asgi,
    ask,
    body_message,
    expect_no_error,
    http_scope,
    lifespan,
    start_message,
    turns_until,
)
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence, shown

HANDLER_S, BODY_S, AFTER_S = 1.0, 2.0, 4.0  # Different powers: their sum tells which are in it.
BEGAN_S = 100.0  # Where the clock stands first: not 0, so that a forgotten start shows.
IDLE_S = 50.0  # Between two requests: no part of either.

_SINCE_THE_FIRST_S = 2 * HANDLER_S + BODY_S + AFTER_S  # When the second request has failed.

Notes = list[tuple[str, float]]


def _starter(app, clock, note):
    return TODO


def timed(app, clock, note):
    async def timing(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        begin = clock()
        try:
            await app(scope, receive, send)
        finally:
            note(scope["path"], clock() - begin)

    return timing


def _buffering(app, clock, note):
    async def wrapped(scope, receive, send):
        kept = []

        async def keep(message):
            kept.append(message)

        await timed(app, clock, note)(scope, receive, keep)
        for message in kept:
            await send(message)

    return wrapped


def _until(is_over):
    """Make a wrong answer that stops its clock at a message."""

    def wrap(app, clock, note):
        async def wrapped(scope, receive, send):
            begin = clock()

            async def look(message):
                await send(message)
                if is_over(message):
                    note(scope["path"], clock() - begin)

            await app(scope, receive, look)

        return wrapped

    return wrap


def _unless_it_fails(app, clock, note):
    async def wrapped(scope, receive, send):
        begin = clock()
        await app(scope, receive, send)
        if scope["type"] == "http":
            note(scope["path"], clock() - begin)

    return wrapped


def _swallowing(app, clock, note):
    async def wrapped(scope, receive, send):
        try:
            await timed(app, clock, note)(scope, receive, send)
        except Exception:
            return

    return wrapped


def _for_the_lifespan_too(app, clock, note):
    async def wrapped(scope, receive, send):
        begin = clock()
        try:
            await app(scope, receive, send)
        finally:
            note(scope.get("path", "lifespan"), clock() - begin)

    return wrapped


def _from_when_it_was_made(app, clock, note):
    begin = clock()

    async def wrapped(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        try:
            await app(scope, receive, send)
        finally:
            note(scope["path"], clock() - begin)

    return wrapped


# The check.


class _Inside:
    """
    The app inside: a body in two pieces, the second made only when the first has left.

    /slow waits until /quick has come in.
    """

    def __init__(self) -> None:
        self.now = BEGAN_S
        self.failure = RuntimeError("the camera doesn't answer")
        self.left = asyncio.Event()  # The first piece is on its way to the caller.
        self.held_back = False
        self.lifespans = 0
        self._quick_is_in = asyncio.Event()

    def clock(self) -> float:
        return self.now

    def heard(self, message: Message) -> None:
        if message.get("body"):
            self.left.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            self.lifespans += 1
            return
        self.now += HANDLER_S
        if scope["path"] == "/broken":
            raise self.failure
        if scope["path"] == "/slow":
            await self._quick_is_in.wait()
        if scope["path"] == "/quick":
            self._quick_is_in.set()
        await send(start_message(200))
        if scope["path"] == "/frames":
            await self._frames(send)
        else:
            await send(body_message(b"lot 17"))

    async def _frames(self, send: Send) -> None:
        await send(body_message(b"frame 1,", more=True))
        self.held_back = not await turns_until(self.left)
        self.now += BODY_S
        await send(body_message(b"frame 2"))
        self.now += AFTER_S  # Background work, and whatever closes behind it.


async def _check(submission: Submission, _room: Room | None) -> None:
    inside, notes = _Inside(), Notes()

    def note(path: str, seconds: float) -> None:
        notes.append((path, seconds))

    app = as_asgi(submission(inside, inside.clock, note))
    await _streamed(app, inside, notes)
    await _broken(app, inside, notes)
    inside.now += IDLE_S
    await _each_from_its_own_start(app, inside, notes)
    await _not_http(app, inside, notes)


async def _each_from_its_own_start(app: ASGIApp, inside: _Inside, notes: Notes) -> None:
    """Let /quick come in and go while /slow is inside: one took `HANDLER_S`, one twice that."""
    notes.clear()
    paths = ("/slow", "/quick")
    for answer in await asyncio.gather(*(ask(app, http_scope(path)) for path in paths)):
        expect_no_error(answer)
    if sorted(notes) != [("/quick", HANDLER_S), ("/slow", 2 * HANDLER_S)]:
        raise Finding(
            "one-start-for-all",
            f"Two more requests came: /slow took {2 * HANDLER_S:g} s, and while it waited, /quick "
            f"came and took {HANDLER_S:g} s.",
            f"noted: {shown(notes)}",
        )


async def _not_http(app: ASGIApp, inside: _Inside, notes: Notes) -> None:
    notes.clear()
    answer = await lifespan(app)
    if not isinstance(answer.error, KeyError):  # That one is scope["path"], which isn't there.
        expect_no_error(answer)
    if notes or answer.error or not inside.lifespans:
        raise Finding(
            "lifespan-too",
            "At its start a server calls the app with the scope type lifespan, and without a path. "
            "That is no request: there is nothing to note, and it has to reach the app inside.",
            sentence(answer.error) if answer.error else notes,
        )


async def _streamed(app: ASGIApp, inside: _Inside, notes: Notes) -> None:
    answer = await ask(app, http_scope("/frames"), inside.heard)
    expect_no_error(answer)
    if inside.held_back or answer.body != b"frame 1,frame 2":
        raise Finding(
            "buffers-stream",
            "The second piece of the answer was made before the first had left your layer.",
            f"body: {answer.body!r}",
        )
    if [path for path, _ in notes] != ["/frames"]:
        raise Finding("other-note", "One request came; it isn't noted once, with its path.", notes)
    _whole(notes[0][1])


def _whole(seconds: float) -> None:
    """Find out from the clock's sum which part of a request wasn't measured."""
    seen = f"{HANDLER_S:g} s in the handler, {BODY_S:g} s in the body, {AFTER_S:g} s after it"
    if seconds == HANDLER_S:
        says = "The clock stopped where the answer begins; the body was still to be made."
        raise Finding("times-only-handler", f"{says} You noted {seconds:g} s.", seen)
    if seconds == HANDLER_S + BODY_S:
        says = "The clock stopped at the end of the body; the app went on working after it."
        raise Finding("stops-at-last-byte", f"{says} You noted {seconds:g} s.", seen)
    if seconds != HANDLER_S + BODY_S + AFTER_S:
        whole = HANDLER_S + BODY_S + AFTER_S
        says = f"By the clock that you were given, the request took {whole:g} s."
        raise Finding("other-clock", f"{says} You noted {shown(seconds)}.", seen)


async def _broken(app: ASGIApp, inside: _Inside, notes: Notes) -> None:
    before = len(notes)
    answer = await ask(app, http_scope("/broken"))
    expect_no_error(answer, but=inside.failure)
    if answer.error is None:
        raise Finding("swallows-error", "The app inside raised RuntimeError, and it got lost.")
    if [path for path, _ in notes[before:]] != ["/broken"]:
        raise Finding(
            "loses-failures", "A request that ended in an error wasn't noted.", notes[before:]
        )
    seconds = notes[-1][1]
    if seconds != HANDLER_S:
        code = "one-start-for-all" if seconds == _SINCE_THE_FIRST_S else "other-clock"
        says = f"The second request took {HANDLER_S:g} s and failed. You noted {shown(seconds)}."
        raise Finding(code, says, notes)


TIMING = Task(
    id="04.3",
    title="time all of it",
    task="Write timed(app, clock, note): return an ASGI app around app. When app is done with an "
    "HTTP request, or has failed, it calls note(path, seconds) once; clock() gives the time in "
    "seconds. The answer leaves piece by piece, as it is made. An error goes on.",
    starter=_starter,
    check=_check,
    solution=timed,
    wrong={
        "buffers-stream": _buffering,
        "times-only-handler": _until(lambda message: "status" in message),
        "stops-at-last-byte": _until(lambda message: not message.get("more_body", True)),
        "loses-failures": _unless_it_fails,
        "swallows-error": _swallowing,
        "lifespan-too": _for_the_lifespan_too,
        "one-start-for-all": _from_when_it_was_made,
        "other-clock": lambda app, clock, note: timed(app, time.perf_counter, note),
        "other-note": lambda app, clock, note: timed(app, clock, lambda path, s: note("all", s)),
    },
    hints={
        "buffers-stream": (
            "When does the first piece of the answer reach whoever waits for it?",
            "An answer may go on for minutes, or for ever. A layer that collects it first keeps "
            "the caller waiting and fills the memory. To measure, nothing has to be kept.",
            "await app(scope, receive, send)   # the same send: each message leaves at once",
        ),
        "times-only-handler": (
            "What happens between http.response.start and the return of app(...)?",
            "The first message carries status and headers only. After it come the body, the "
            "background work and the closing of dependencies. All of that is part of the request.",
            "look at the clock before await app(...) and again when that await is over",
        ),
        "stops-at-last-byte": (
            "Is the app done when its last byte has left?",
            "Background work runs after the last byte, inside the same call of the app. The "
            "connection's next request may have to wait for it.",
            "look at the clock again when await app(...) is over, not inside of send",
        ),
        "loses-failures": (
            "Which lines of yours still run when await app(...) raises?",
            "The slowest requests are often those that fail. What has to happen in any case "
            "belongs where it happens in any case.",
            "try: await app(...)   finally: note(...)",
        ),
        "swallows-error": (
            "Who turns an error into a 500, and how do they hear of it?",
            "The layer that answers for an error is outside of yours. Measure, and let the error "
            "go on.",
            "finally: ... without an except; or raise as the last line of the except",
        ),
        "lifespan-too": (
            "Is every call of an ASGI app a request?",
            "A server also calls the app once with the scope type lifespan. It has no path, and "
            "lasts as long as the server does.",
            'if scope["type"] != "http": return await app(scope, receive, send)',
        ),
        "one-start-for-all": (
            "How often does the line run that looks at the clock first, and when?",
            "The outer function runs once, when the app is put together; the inner one runs once "
            "for each request. What the outer one holds is shared by all requests, also by two "
            "that are inside at the same time.",
            "begin = clock()   # a local name of the inner function, behind the test of the type",
        ),
        "other-clock": (
            "Which clock do you look at, and how often?",
            "A layer that is given its clock can be tested with one that stands still. Look once "
            "before and once after, in local variables, and subtract.",
            "begin = clock() before the app; clock() - begin after it",
        ),
        "other-note": (
            "How often is note called for one request, and with what?",
            "Once, with the path as it stands in the scope, and the seconds.",
            'note(scope["path"], ...)',
        ),
    },
)
