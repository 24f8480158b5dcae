"""
Which requests the services of a lab answered: a bounded ring, filled by a wrapper around each app.

Kept: who was asked, when and by which of them, method, path, status. Not kept: query, headers and
bodies, where tokens and data are.

::

    ring       the newest `RING_REQUESTS` requests; older ones fall out
    arrival    requests are numbered as they come in, and listed in that order

Floor 1: knows the clock.
"""

from collections import deque
from dataclasses import dataclass
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.clock import SYSTEM_CLOCK, Clock

RING_REQUESTS = 1000  # Our choice: more than a lesson makes, and some 200 KB at most.
PATH_CHARACTERS = 200  # Our choice: no path of ours is longer; an attacker's may be.
UNANSWERED = 500  # What uvicorn answers for an app that raises or says nothing.


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """
    One request that was answered.

    Attributes:
        number: Its place in the order of arrival, counted over all services of the lab.
        service: The name of the service.
        method: Such as "GET".
        path: Percent-decoded, without the query.
        status: The code of the answer.
        caller: The service of the same lab that asked; empty for anybody else.
        at: When it came in, by the clock of the lab (Unix time).
    """

    number: int
    service: str
    method: str
    path: str
    status: int
    caller: str = ""
    at: float = 0.0


def user_agent(service: str) -> str:
    """Return how *service* introduces itself to its neighbours (RFC 9110 section 10.1.5)."""
    return f"labkit-{service}"


class Recorder:
    """
    The ring of one lab, and the wrapper that fills it.

    Args:
        clock: What time it is in the lab.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._callers: dict[bytes, str] = {}
        self._ring: deque[RecordedRequest] = deque(maxlen=RING_REQUESTS)
        self._numbers = count(1)  # Shared by the services' threads: `next` on it is atomic.

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """What is in the ring, in order of arrival; the same objects each time."""
        return tuple(sorted(self._ring.copy(), key=lambda request: request.number))

    def wrap(self, service: str, app: ASGIApp) -> ASGIApp:
        """Return *app* with its HTTP requests recorded under the name *service*."""
        self._callers[user_agent(service).encode()] = service

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return await app(scope, receive, send)
            number, at, kept = next(self._numbers), self._clock.now(), False
            agent = dict(scope["headers"]).get(b"user-agent", b"")
            caller = self._callers.get(agent, "")

            def keep(status: int) -> None:
                nonlocal kept
                kept = True
                path = scope["path"][:PATH_CHARACTERS]
                self._ring.append(
                    RecordedRequest(number, service, scope["method"], path, status, caller, at)
                )

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    keep(message["status"])  # Before it is sent: who has the answer finds it here.
                await send(message)

            try:
                await app(scope, receive, noting)
            finally:
                if not kept:
                    keep(UNANSWERED)

        return recorded
