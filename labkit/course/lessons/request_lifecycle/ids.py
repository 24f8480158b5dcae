"""
04.1 A request's id: made once for each request, told to the caller, kept in the log.

Solutions and wrong answers are written as a learner would write them, without annotations.

Floor 4: knows the kit and its own driver.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count

from starlette.types import ASGIApp, Receive, Scope, Send

from labkit.course.findings import TODO, Finding
from labkit.course.lessons.request_lifecycle.driver import (
    Answer,
    as_asgi,
    ask,
    body_message,
    expect_no_error,
    http_scope,
    is_pair_of_bytes,
    lifespan,
    start_message,
)
from labkit.course.task import Room, Submission, Task
from labkit.course.text import shown

HEADER = b"x-request-id"

NewId = Callable[[], str]
Log = list[tuple[str, int]]


def _starter(app, new_id, log):
    return TODO


def with_request_id(app, new_id, log):
    async def with_id(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        request_id, status = new_id(), 500

        async def send_with_id(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await app(scope, receive, send_with_id)
        finally:
            log.append((request_id, status))

    return with_id


def _only_in_the_log(app, new_id, log):
    async def wrapped(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        status = 500

        async def look(message):
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, receive, look)
        finally:
            log.append((new_id(), status))

    return wrapped


def _in_one_variable_for_all(app, new_id, log):
    current = ""

    async def wrapped(scope, receive, send):
        nonlocal current
        if scope["type"] != "http":
            return await app(scope, receive, send)
        current, status = new_id(), 500

        async def send_with_id(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((HEADER, current.encode()))
            await send(message)

        try:
            await app(scope, receive, send_with_id)
        finally:
            log.append((current, status))

    return wrapped


def _made_with_the_app(app, new_id, log):
    once = new_id()
    return with_request_id(app, lambda: once, log)


def _after_the_app(app, new_id, log):
    def one(kept):
        async def wrapped(scope, receive, send):
            await with_request_id(app, new_id, kept)(scope, receive, send)
            log.extend(kept)

        return wrapped

    async def each(scope, receive, send):
        await one([])(scope, receive, send)

    return each


def _in_a_new_variable(app, new_id, log):
    async def wrapped(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        request_id, status = new_id(), 500

        async def send_with_id(message):
            if message["type"] == "http.response.start":
                status = message["status"]  # noqa: F841 - The mistake itself.
                message["headers"].append((HEADER, request_id.encode()))
            await send(message)

        try:
            await app(scope, receive, send_with_id)
        finally:
            log.append((request_id, status))

    return wrapped


def _failed_whatever_left(app, new_id, log):
    async def wrapped(scope, receive, send):
        kept: Log = []
        try:
            await with_request_id(app, new_id, kept)(scope, receive, send)
        except Exception:
            kept = [(request_id, 500) for request_id, _ in kept]
            raise
        finally:
            log.extend(kept)

    return wrapped


def _swallowing(app, new_id, log):
    async def wrapped(scope, receive, send):
        try:
            await with_request_id(app, new_id, log)(scope, receive, send)
        except Exception:
            return

    return wrapped


def _with_no_other_header(app, new_id, log):
    async def without_headers(scope, receive, send):
        async def bare(message):
            if message["type"] == "http.response.start":
                message = message | {"headers": []}
            await send(message)

        await app(scope, receive, bare)

    return with_request_id(without_headers, new_id, log)


def _for_the_lifespan_too(app, new_id, log):
    async def wrapped(scope, receive, send):
        if scope["type"] != "http":
            log.append((new_id(), 500))
        await with_request_id(app, new_id, log)(scope, receive, send)

    return wrapped


def _as_text(app, new_id, log):
    async def wrapped(scope, receive, send):
        request_id = new_id()

        async def send_with_id(message):
            if message["type"] == "http.response.start":
                message["headers"].append(("x-request-id", request_id))
            await send(message)

        await app(scope, receive, send_with_id)
        log.append((request_id, 200))

    return wrapped


def _in_bytes(app, new_id, log):
    class Encoded(list):
        def append(self, entry):
            log.append((entry[0].encode(), entry[1]))

    return with_request_id(app, new_id, Encoded())


# The check.


class _Inside:
    """
    The app inside: answers, or waits until another request has come in.

    /broken fails before its answer, /torn after the status has left.
    """

    def __init__(self) -> None:
        self.failure = RuntimeError("the camera doesn't answer")
        self.lifespans = 0
        self._second_is_in = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            self.lifespans += 1
            return
        path = scope["path"]
        if path == "/broken":
            raise self.failure
        if path == "/second":
            self._second_is_in.set()
        if path == "/first":
            await self._second_is_in.wait()
        status = {"/first": 200, "/second": 202, "/torn": 203}.get(path, 201)
        await send(start_message(status, (b"content-type", b"text/plain")))
        if path == "/torn":
            raise self.failure
        await send(body_message(b"lot 17"))


def _ids() -> Iterator[str]:
    return (f"r{n}" for n in count(1))


async def _check(submission: Submission, _room: Room | None) -> None:
    inside, log, ids = _Inside(), Log(), _ids()
    app = as_asgi(submission(inside, lambda: next(ids), log))
    await _alone(app, log)
    await _in_turn(app, log)
    await _broken(app, inside, log)
    await _torn(app, inside, log)
    await _at_once(app, log)
    await _not_http(app, inside, log)


async def _alone(app: ASGIApp, log: Log) -> None:
    answer = await ask(app, http_scope("/"))
    expect_no_error(answer)
    if not all(map(is_pair_of_bytes, answer.headers)):
        says = "A header of the answer isn't a pair of bytes: no server can send it."
        raise Finding("not-bytes", says, _sent(answer))
    said = answer.header(HEADER)
    if len(said) != 1:
        raise Finding(
            "not-returned",
            f"The answer has {len(said)} headers x-request-id, so its caller can't name the "
            "request.",
            _sent(answer),
        )
    if answer.header(b"content-type") != [b"text/plain"]:
        raise Finding(
            "loses-headers", "A header that the app inside had set is gone.", _sent(answer)
        )
    wanted = (said[0].decode(errors="replace"), 201)
    entries = [tuple(entry) if isinstance(entry, list) else entry for entry in log]
    if entries == [(wanted[0], 500)]:
        says = "The answer left with 201, and the log has what stands for a failure."
        raise Finding("status-not-kept", says, log)
    if entries != [wanted]:
        raise Finding(
            "other-entry", f"After one request, answered as {wanted}, the log is another.", log
        )


def _sent(answer: Answer) -> str:
    return f"status {answer.status}, headers {shown(answer.headers)}"


async def _in_turn(app: ASGIApp, log: Log) -> None:
    for _ in range(2):
        expect_no_error(await ask(app, http_scope("/")))
    if len({entry[0] for entry in log}) < len(log):
        raise Finding("one-id-for-all", "Three requests, one after the other, share an id.", log)


async def _broken(app: ASGIApp, inside: _Inside, log: Log) -> None:
    before = len(log)
    answer = await ask(app, http_scope("/broken"))
    expect_no_error(answer, but=inside.failure)
    if answer.error is None:
        raise Finding(
            "swallows-error",
            "The app inside raised RuntimeError, and nobody outside of your layer hears of it.",
            f"messages sent: {len(answer.messages)}",
        )
    new = log[before:]
    if not new:
        raise Finding(
            "no-finally", "A request that ended in an error isn't in the log.", log_of(log)
        )
    if new[0][1] != 500:
        raise Finding("other-entry", "A request that failed isn't in the log with 500.", new)


async def _torn(app: ASGIApp, inside: _Inside, log: Log) -> None:
    before = len(log)
    answer = await ask(app, http_scope("/torn"))
    expect_no_error(answer, but=inside.failure)
    if [entry[1] for entry in log[before:]] != [answer.status]:
        says = (
            f"The status {answer.status} had left when the app failed: that is what the caller got."
        )
        raise Finding("500-after-the-status", says, f"new in the log: {shown(log[before:])}")


def log_of(log: Log) -> str:
    """Write *log* in a line, for a finding."""
    return f"4 requests, {len(log)} entries: {shown(log)}"


async def _at_once(app: ASGIApp, log: Log) -> None:
    """Have a second request come in while the first is being handled."""
    before = len(log)
    answers = await asyncio.gather(*(ask(app, http_scope(p)) for p in ("/first", "/second")))
    told = {}
    for answer in answers:
        expect_no_error(answer)
        told[answer.status] = b"".join(answer.header(HEADER)).decode()
    kept = {status: request_id for request_id, status in log[before:]}
    if len(set(told.values())) < len(told) or kept != told:
        raise Finding(
            "mutable-global",
            "A second request came in while the first was being handled, and their ids got mixed.",
            f"first: its answer says {told[200]}, its log entry {kept.get(200)}\n"
            f"second: its answer says {told[202]}, its log entry {kept.get(202)}",
        )


async def _not_http(app: ASGIApp, inside: _Inside, log: Log) -> None:
    before = len(log)
    expect_no_error(await lifespan(app))
    if len(log) > before or not inside.lifespans:
        raise Finding(
            "lifespan-too",
            "At its start a server calls the app with the scope type lifespan. That is no "
            "request, and has to reach the app inside as it is.",
            f"new entries: {shown(log[before:])}; it came through {inside.lifespans} times",
        )


IDS = Task(
    id="04.1",
    title="an id for each request",
    task="Write with_request_id(app, new_id, log): return an ASGI app around app. For each HTTP "
    "request it calls new_id() once, adds the header x-request-id to the answer, and, when app is "
    "done or has failed, appends (id, status) to log: the status that left, or 500 if app failed "
    "before one left. An error goes on.",
    starter=_starter,
    check=_check,
    solution=with_request_id,
    wrong={
        "not-returned": _only_in_the_log,
        "not-bytes": _as_text,
        "mutable-global": _in_one_variable_for_all,
        "no-finally": _after_the_app,
        "one-id-for-all": _made_with_the_app,
        "status-not-kept": _in_a_new_variable,
        "500-after-the-status": _failed_whatever_left,
        "swallows-error": _swallowing,
        "loses-headers": _with_no_other_header,
        "lifespan-too": _for_the_lifespan_too,
        "other-entry": _in_bytes,
    },
    hints={
        "not-returned": (
            "Which of the messages that pass through send carries the headers?",
            "An answer's headers leave with its first message, http.response.start. After that "
            "message has gone, no header can be added. So wrap send, and look at what passes.",
            'async def send_with_id(message): if its type is "http.response.start", append '
            "(name, value), both bytes, to its headers; then await send(message)",
        ),
        "not-bytes": (
            "Of which type are the headers that are in the message already?",
            "What goes over the network is bytes, and ASGI leaves the turning of text into bytes "
            "to the app. A text turns into bytes with encode().",
            'a pair: b"x-request-id" (mind the b), and the id with .encode()',
        ),
        "mutable-global": (
            "Two requests are inside at the same time. How many variables hold their ids?",
            "While one request waits, another runs the same code. Whatever lives outside of the "
            "inner function is shared by all of them; what is local belongs to one request.",
            "request_id = new_id()   # inside async def ...(scope, receive, send), no nonlocal, "
            "no global, no attribute",
        ),
        "no-finally": (
            "Which lines of yours still run when await app(...) raises?",
            "An error jumps over all that comes after it. What has to happen in any case belongs "
            "where it happens in any case.",
            "try: await app(...)   finally: log.append(...)",
        ),
        "one-id-for-all": (
            "How often does the line run that calls new_id()?",
            "The outer function runs once, when the app is put together. The inner one runs once "
            "for each request.",
            "call new_id() inside of the inner function, first thing after the test of the type",
        ),
        "status-not-kept": (
            "In which function was the variable made that your inner function writes to?",
            "A function that assigns to a name makes a variable of its own, even if a function "
            "around it has one of that name. nonlocal says: the one further out is meant.",
            "nonlocal status   # the first line of the function that replaces send",
        ),
        "500-after-the-status": (
            "Which status does a caller have, if the app fails when http.response.start is gone?",
            "A status that has left can't be called back. The log is to say what the caller was "
            "told: begin with 500, and let the message that leaves change it, and nothing else.",
            "finally: log.append((..., status))   # and no line that sets 500 after an error",
        ),
        "swallows-error": (
            "Who sends the 500 if your layer keeps the error to itself?",
            "The layer that turns an error into a 500 is outside of yours. It has to hear of it. "
            "Note what you need, and let the error go on.",
            "finally: ... without an except; or raise as the last line of the except",
        ),
        "loses-headers": (
            "What was in message['headers'] before you came?",
            "The app inside has set headers of its own, such as content-type. Yours is added to "
            "them; it doesn't take their place.",
            'message["headers"] = [*message["headers"], (name, value)]',
        ),
        "lifespan-too": (
            "Is every call of an ASGI app a request?",
            "A server also calls the app once with the scope type lifespan, at its start. A layer "
            "that is about requests passes everything else on, unchanged.",
            'if scope["type"] != "http": return await app(scope, receive, send)',
        ),
        "other-entry": (
            "What exactly does the task want in the log, and of which types?",
            "One tuple for each request: the id as new_id() gave it, a text, and the status as a "
            "number. The header wants bytes; the log doesn't.",
            "log.append((request_id, status))   # status: 500 until http.response.start says other",
        ),
    },
)
