"""
uvicorn's HTTP/1.1 protocol with limits on how long, and how much, it waits for a client.

uvicorn bounds the pause between two requests and nothing else: who opens a connection and sends
half a head, or sends a body that nobody reads, keeps a socket for ever (CWE-400, "slowloris"). No
option of uvicorn's closes it (0.54).

::

    head      the request line and the headers, up to the empty line (RFC 9112 section 2.1)
    waiting   for a whole head: from the connection's start, or from the end of the last answer
    draining  reading the rest of a body whose answer is given already, so that the client can read
              that answer: closing at once would reset the connection (RFC 9112 section 9.6)
    stuck     an answer that its client doesn't read: the buffers are full, and the application
              waits in ``send``, so that little of a stream lies here

Each of the three has one deadline, which no byte that the client sends moves.

Floor 0: imports nothing of labkit.
"""

import asyncio
import json
import logging
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

ACCESS_LOG = logging.getLogger("labkit.access")

_HEADERS = [
    ("content-type", "application/problem+json"),  # RFC 9457 section 3.
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("connection", "close"),
]
# The members of a line of the access log; here nobody knows most of them.
_UNKNOWN = dict.fromkeys(("request_id", "method", "path", "route", "status", "bytes", "ms"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLimits:
    """
    How long and how much a connection may take outside of the application.

    Attributes:
        head_s: Seconds for a whole head. Our choice: nginx and Apache give 60 and 20 to 40; a head
            of ours is one packet.
        head_bytes: h11's own default; what hasn't become a head by then never will.
        idle_s: Whole seconds between two requests; uvicorn's own default.
        drain_s: Seconds for the rest of an unread body. nginx's ``lingering_timeout`` is 5.
        drain_bytes: Bytes of it. Our choice: a client that is honest fits, a flood doesn't.
        stuck_s: Seconds until a client that stopped reading has to go on. nginx's
            ``send_timeout`` is 60.
    """

    head_s: float = 10.0
    head_bytes: int = 16 * 1024
    idle_s: int = 5
    drain_s: float = 5.0
    drain_bytes: int = 4 * 1024 * 1024
    stuck_s: float = 60.0


WIRE_LIMITS = WireLimits()


def uvicorn_options(limits: WireLimits = WIRE_LIMITS) -> dict[str, Any]:
    """Return the options of `uvicorn.Config` that put *limits* into force, in each worker too."""
    return {
        "http": partial(DeadlineProtocol, limits=limits),  # Unlike a closure, it can be pickled.
        "h11_max_incomplete_event_size": limits.head_bytes,
        "timeout_keep_alive": limits.idle_s,
    }


class DeadlineProtocol(H11Protocol):
    """One connection. Who is late gets a 408, or just the end if there is nothing to answer."""

    def __init__(self, *args: Any, limits: WireLimits = WIRE_LIMITS, **kwargs: Any) -> None:  # noqa: ANN401  They are uvicorn's.
        super().__init__(*args, **kwargs)
        self.limits = limits
        self._deadline: asyncio.TimerHandle | None = None
        self._on_deadline: Callable[[], None] | None = None  # What the timer is set for.
        self._drained = 0  # Bytes.
        self._stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a head from now on."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Read on, within the limits."""
        if self._on_deadline == self._end_draining:
            self._drained += len(data)
            if self._drained > self.limits.drain_bytes:
                self.transport.abort()
                return
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next head, or for the rest of a body that nobody read."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the access log, through the request's state, that the client didn't wait."""
        if self.cycle and not self.cycle.response_complete:
            self.cycle.scope["state"]["client_left"] = True
        self._set_deadline(None, 0)
        self._unstick()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Let the application wait for a client that doesn't read, but not for ever."""
        super().pause_writing()
        self._stuck = self.loop.call_later(self.limits.stuck_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client has read nearly all that lay here."""
        super().resume_writing()
        self._unstick()

    def _unstick(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()

    def send_400_response(self, msg: str) -> None:
        """Refuse what isn't HTTP; h11 knows which status says why (RFC 9110 section 15.5)."""
        error = sys.exception()  # uvicorn calls this while it handles h11's.
        self._refuse(HTTPStatus(getattr(error, "error_status_hint", 400)), msg)

    def _watch(self) -> None:
        """Set the deadline for what the connection waits for now, unless it's set already."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing() or answering:
            self._set_deadline(None, 0)
        elif self.conn.their_state is h11.IDLE:
            self._set_deadline(self._end_waiting, self.limits.head_s)
        else:
            self._set_deadline(self._end_draining, self.limits.drain_s)

    def _set_deadline(self, then: Callable[[], None] | None, after_s: float) -> None:
        if then == self._on_deadline:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._on_deadline, self._drained = then, 0
        self._deadline = self.loop.call_later(after_s, then) if then else None

    def _end_waiting(self) -> None:
        if self.conn.trailing_data[0]:  # Half a head: its sender learns what was wrong.
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "send the whole head at once")
        else:
            self.transport.close()

    def _end_draining(self) -> None:
        self.transport.abort()

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer for the application, which gets no request or no end of one; then close."""
        request_id = secrets.token_hex(16)  # As the application would.
        problem = {"title": status.phrase, "status": status, "detail": detail}
        body = json.dumps({"type": "about:blank", **problem, "request_id": request_id}).encode()
        sizes = [("content-length", str(len(body))), ("x-request-id", request_id)]
        answer = h11.Response(
            status_code=status, headers=[*_HEADERS, *sizes], reason=status.phrase.encode()
        )
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # Nothing of an answer is sent.
            for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        known = {"request_id": request_id, "status": status, "bytes": len(body)}
        fields = {**_UNKNOWN, **known, "ended": "refused"}
        ACCESS_LOG.warning("%s", json.dumps(fields), extra={"fields": fields})
        if self.cycle:
            self.cycle.disconnected = True  # What the application still says goes nowhere.
            self.cycle.message_event.set()
        self.transport.close()
