"""
The ASGI spy: what a server handed to an app, and what the app handed back, in order.

Between the bytes on the wire and the handler stands the server. Here one sees its side of the deal:
a scope for each request, then messages that the app awaits (``receive``) and sends (``send``). What
is kept of them, and what isn't, stands in `spied`.

Floor 2: knows errors.
"""

import threading
from collections import deque

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.errors import UsageError
from labkit.instruments.spied import Direction, Notes, SpiedExchange

RING_EXCHANGES = 100  # Our choice: more than a lesson makes, and some 20 MB at most.
WAIT_S = 10.0  # Our choice: no request of a lesson takes that long.


class Spy:
    """
    An ASGI app around another one, which it neither changes nor slows down much.

    ``spy = Spy(app)``, serve ``spy``, and after a request look at ``spy.last``.

    Args:
        app: Any ASGI 3 app, FastAPI's too.

    Raises:
        UsageError: *app* can't be called.
    """

    def __init__(self, app: ASGIApp) -> None:
        if not callable(app):
            raise UsageError(
                "app is an ASGI app: async def app(scope, receive, send), or FastAPI()"
            )
        self._app = app
        self._ring: deque[Notes] = deque(maxlen=RING_EXCHANGES)
        self._news = threading.Condition()  # Held for an append or a look, never while awaiting.
        self._seen = 0

    @property
    def seen(self) -> int:
        """How many requests have come so far."""
        return self._seen

    @property
    def exchanges(self) -> tuple[SpiedExchange, ...]:
        """What was seen, the oldest of the newest `RING_EXCHANGES` first; also what still runs."""
        return tuple(notes.exchange() for notes in self._ring.copy())

    @property
    def last(self) -> SpiedExchange:
        """
        The newest exchange.

        Raises:
            UsageError: No request has come yet.
        """
        if not self._ring:
            raise UsageError("the spy has seen no request yet: send one to the app that it wraps")
        return self._ring[-1].exchange()

    def wait_for(self, request: int, messages: int, timeout_s: float = WAIT_S) -> bool:
        """
        Wait until request number *request* has had so many *messages*, or is over.

        Args:
            request: From 1, as `seen` counts them.
            timeout_s: How long at most, in seconds.

        Returns:
            Whether that has happened. To be called from another thread than the app's.
        """

        def reached() -> bool:
            place = request - 1 - (self._seen - len(self._ring))
            if place >= len(self._ring):
                return False
            return place < 0 or self._ring[place].over or self._ring[place].count >= messages

        with self._news:
            return self._news.wait_for(reached, timeout_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand everything on as it is, and note what it was."""
        if scope["type"] != "http":  # A lifespan, a websocket.
            return await self._app(scope, receive, send)
        notes = self._opened(scope)

        async def noted_receive() -> Message:
            message = await receive()
            self._note(notes, "receive", message)
            return message

        async def noted_send(message: Message) -> None:
            self._note(notes, "send", message)  # Before it leaves: who has it finds it here.
            await send(message)

        try:
            await self._app(scope, noted_receive, noted_send)
        except BaseException as error:
            notes.error = type(error).__name__
            raise
        finally:
            with self._news:
                notes.over = True
                self._news.notify_all()

    def _opened(self, scope: Scope) -> "Notes":
        notes = Notes(scope)
        with self._news:
            self._ring.append(notes)
            self._seen += 1
            self._news.notify_all()
        return notes

    def _note(self, notes: "Notes", direction: Direction, message: object) -> None:
        with self._news:
            notes.add(direction, message)
            self._news.notify_all()

    def __repr__(self) -> str:
        return f"<Spy: {self._seen} request{'' if self._seen == 1 else 's'} seen>"
