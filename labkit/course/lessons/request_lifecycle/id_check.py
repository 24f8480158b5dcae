"""
04.1, the check: requests alone, in turn, at once, and some whose app inside fails.

Floor 4: knows the kit and its own driver.
"""

import asyncio
from collections.abc import Iterator
from itertools import count

from starlette.types import ASGIApp, Receive, Scope, Send

from labkit.course.findings import Finding
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
from labkit.course.lessons.request_lifecycle.id_answers import HEADER, Log
from labkit.course.task import Room, Submission
from labkit.course.text import shown


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


async def check(submission: Submission, _room: Room | None) -> None:
    """
    Judge *submission*.

    Raises:
        Finding: What is wrong with it.
    """
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
