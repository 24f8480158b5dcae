"""
03.1, a router: from method and path to the function that answers, without a framework.

The check plays the server: it hands the submission a scope and the body in pieces, takes what is
sent as strictly as a server would, and never hangs up.

Floor 4: knows the spy, and the kit.
"""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Self

from labkit.course.findings import Finding
from labkit.course.lessons.from_bytes_to_asgi.router_answers import WRONG, route, starter
from labkit.course.lessons.from_bytes_to_asgi.router_hints import HINTS
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence, shown
from labkit.instruments import SpiedExchange, Spy

PIECES = (b'{"line": ', b'"A1", "parts"', b": 500}")


# The check.


class _Wire:
    """
    The server's side of one request.

    ::

        pieces    what the body comes in, one message each
    """

    def __init__(self, pieces: tuple[bytes, ...]) -> None:
        self._pieces = list(pieces)
        self._started = self._done = False

    async def receive(self) -> dict[str, Any]:
        """Give the next piece; a server would wait here until the client hangs up."""
        if not self._pieces:
            says = "Your app asked for more when the whole body was there; a server waits then."
            raise Finding("reads-past-the-end", says)
        piece = self._pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}

    async def send(self, message: Any) -> None:
        """Take a message as uvicorn would: start, then body, in bytes."""
        kind = message.get("type") if isinstance(message, dict) else None
        wanted = "http.response.body" if self._started else "http.response.start"
        if kind != wanted or self._done:
            wanted = "nothing more" if self._done else wanted
            raise Finding("out-of-order", f"Your app sent {shown(kind)} where {wanted} comes.")
        _all_bytes(message)
        self._done = self._started and not message.get("more_body", False)
        self._started = True


def _all_bytes(message: dict[str, Any]) -> None:
    texts = [message["body"]] if "body" in message else []
    for pair in message.get("headers", ()):
        texts += list(pair)
    for text in texts:
        if not isinstance(text, bytes):
            says = f"Your app sent {shown(text)} where bytes belong."
            raise Finding("text-not-bytes", says, message)


class _Waits:
    """
    What a submission calls and has to await, with a look at the end whether it did.

    ::

        called    coroutines that were made; one that nobody awaited never began
    """

    def __init__(self) -> None:
        self._called: list[tuple[str, Coroutine[Any, Any, Any]]] = []

    def noted(self, function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        """Return *function*, noting what each call makes."""

        def call(*args: object) -> Coroutine[Any, Any, Any]:
            coroutine = function(*args)
            self._called.append(("send" if args else "receive", coroutine))
            return coroutine

        return call

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Say what was forgotten, also when the submission fell over it."""
        made = inspect.CORO_CREATED
        idle = [pair for pair in self._called if inspect.getcoroutinestate(pair[1]) == made]
        for _name, coroutine in idle:
            coroutine.close()  # Else Python complains of it, later and elsewhere.
        if idle:
            says = f"Your function called {idle[0][0]} and didn't await it: nothing happened."
            raise Finding("forgotten-await", says)


async def _ask(submission, routes, method, path, pieces=(b"",)) -> SpiedExchange:
    """Put one request to the submission and return what the spy saw of it."""
    wire = _Wire(pieces)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with _Waits() as waits:
            await submission(routes, scope, waits.noted(receive), waits.noted(send))

    spy = Spy(app)
    await spy(_scope(method, path), wire.receive, wire.send)
    if not wire._done:
        says = f"Your function ended without a whole answer to {method} {path}."
        raise Finding("sends-nothing", says, _sent(spy.last))
    return spy.last


def _scope(method: str, path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"lab")],
    }


def _sent(exchange: SpiedExchange) -> str:
    types = [message.type for message in exchange.messages if message.direction == "send"]
    return f"sent: {', '.join(types) or 'nothing'}"


Handler = Callable[[bytes], tuple[int, bytes]]


class _Answer(tuple[int, bytes]):
    """What a handler returns: the status and the content."""

    __slots__ = ()

    def __await__(self) -> Any:
        says = "Your function awaits what a handler returns; a handler is a plain function."
        raise Finding("awaits-the-handler", says)


class _Desk:
    """The handlers of a service, and what they were called with."""

    def __init__(self, answers: dict[tuple[str, str], tuple[int, bytes]]) -> None:
        self.calls: list[tuple[str, object]] = []
        self.routes: dict[tuple[str, str], Handler] = {
            (method, path): self._handler(f"{method} {path}", _Answer(answer))
            for (method, path), answer in answers.items()
        }

    def _handler(self, name: str, answer: _Answer) -> Handler:
        def handler(body: bytes) -> tuple[int, bytes]:
            self.calls.append((name, body))
            return answer

        return handler


_LOTS = {
    ("GET", "/lots"): (200, b"[]"),
    ("POST", "/lots"): (201, b'{"id": 1}'),
    ("PUT", "/lines"): (200, b'["A1"]'),
}
_STOCK = {  # Nothing in common with the service before, and a path that begins like another.
    ("PUT", "/stock"): (200, b"counted"),
    ("DELETE", "/stock/old"): (202, b"later"),
    ("PATCH", "/stock"): (200, b"corrected"),
}


async def _check_router(submission: Submission, _room: Room | None) -> None:
    desk = _Desk(_LOTS)
    await _expect(submission, desk, "GET", "/lots", (b"",), b"")
    await _expect(submission, desk, "POST", "/lots", (b"{}",), b"{}")
    await _expect(submission, desk, "POST", "/lots", PIECES, b"".join(PIECES))
    await _expect_refusals(submission, desk)
    await _expect_whole_paths(submission, desk)
    await _expect_another_service(submission)


async def _expect(submission, desk, method, path, pieces, body) -> None:
    desk.calls.clear()
    exchange = await _handled(submission, desk, method, path, pieces)
    names = [name for name, _ in desk.calls]
    if names != [f"{method} {path}"]:
        called = f"the handlers of {', '.join(names)}" if names else "no handler"
        says = f"{method} {path} called {called}; it has one of its own, to be called once."
        raise Finding("ignores-method", says)
    got = desk.calls[0][1]
    if got != body:
        raise _wrong_body(got, pieces)
    if (exchange.status, exchange.answer) != desk.routes[method, path](body):
        says = "What was sent isn't what the handler returned."
        raise Finding("other-answer", says, f"{exchange.status}, {exchange.answer!r}")


async def _handled(submission, desk, method, path, pieces) -> SpiedExchange:
    try:
        return await _ask(submission, desk.routes, method, path, pieces)
    except TypeError as error:
        if desk.calls and "JSON serializable" in str(error):
            says = "The handler returned bytes, and your function made JSON of them once more."
            raise Finding("json-of-bytes", says, sentence(error)) from error
        raise


def _wrong_body(got: object, pieces: tuple[bytes, ...]) -> Finding:
    count = "one piece" if len(pieces) == 1 else f"{len(pieces)} pieces"
    says = f"The body came in {count}; the handler was called with {shown(got)}."
    if len(pieces) > 1 and got == pieces[0]:
        return Finding("body-in-one-chunk", says)
    if len(pieces) > 1 and got == pieces[-1]:
        return Finding("last-chunk-only", says)
    return Finding("other-body", says)


async def _expect_refusals(submission, desk) -> None:
    missing = await _tried(submission, desk, "GET", "/nowhere", "no-404")
    if missing.status != 404:
        raise Finding("no-404", f"GET /nowhere was answered {missing.status}.")
    refused = await _tried(submission, desk, "DELETE", "/lots", "no-405")
    if refused.status != 405:
        says = f"DELETE /lots was answered {refused.status}, though other methods are there."
        raise Finding("no-405", says)
    _expect_allow(refused, {"GET", "POST"}, "/lots")


def _expect_allow(refused: SpiedExchange, methods: set[str], path: str) -> None:
    headers = dict(refused.messages[-2].headers)
    if not headers.get("allow", "").strip():
        raise Finding("no-allow", "A 405 has to say which methods are there.", headers)
    named = {name.strip() for name in headers["allow"].split(",")}
    if named != methods:
        says = f"The header allow doesn't list the methods of {path}: {', '.join(sorted(methods))}."
        raise Finding("other-allow", says, headers)


async def _expect_whole_paths(submission, desk) -> None:
    for path in ("/lots/7", "/lot", "/"):
        missing = await _tried(submission, desk, "GET", path, "prefix-for-path")
        if missing.status != 404:
            says = f"GET {path} was answered {missing.status}; no route has this path."
            raise Finding("prefix-for-path", says)


async def _expect_another_service(submission) -> None:
    desk = _Desk(_STOCK)
    routes = f"its routes: {', '.join(f'{method} {path}' for method, path in _STOCK)}"
    for (method, path), (status, content) in _STOCK.items():
        answer = await _tried(submission, desk, method, path, "one-service-only")
        if (answer.status, answer.answer) != (status, content):
            says = f"In a second service {method} {path} was answered {answer.status}."
            raise Finding("one-service-only", says, routes)
    for path, methods in (("/stock", {"PUT", "PATCH"}), ("/stock/old", {"DELETE"})):
        refused = await _tried(submission, desk, "GET", path, "one-service-only")
        if refused.status != 405:
            says = f"In a second service GET {path} was answered {refused.status}, not 405."
            raise Finding("one-service-only", says, routes)
        _expect_allow(refused, methods, path)


async def _tried(submission, desk, method, path, code) -> SpiedExchange:
    try:
        return await _ask(submission, desk.routes, method, path)
    except Finding:
        raise
    except Exception as error:
        raise Finding(code, f"{method} {path} raised {sentence(error)}") from error


ROUTER = Task(
    id="03.1",
    title="a router",
    task="Write route(routes, scope, receive, send): read the whole body, call the handler of this "
    "method and path, send its answer; 404 for an unknown path, 405 with Allow for a known path "
    "under another method.",
    starter=starter,
    check=_check_router,
    solution=route,
    wrong=WRONG,
    hints=HINTS,
)
