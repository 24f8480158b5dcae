"""
03.1, a router: from method and path to the function that answers, without a framework.

The check plays the server: it hands the submission a scope and the body in pieces, takes what is
sent as strictly as a server would, and never hangs up.

Floor 4: knows the spy, and the kit.
"""

from collections.abc import Callable
from typing import Any

from labkit.course.findings import Finding
from labkit.course.lessons.from_bytes_to_asgi.router_answers import WRONG, route, starter
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


async def _ask(submission, routes, method, path, pieces=(b"",)) -> SpiedExchange:
    """Put one request to the submission and return what the spy saw of it."""
    wire = _Wire(pieces)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await submission(routes, scope, receive, send)

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


class _Desk:
    """Two handlers on one path, and what they were called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []
        self.routes: dict[tuple[str, str], Callable[[bytes], tuple[int, bytes]]] = {
            ("GET", "/lots"): self._handler("GET", 200, b"[]"),
            ("POST", "/lots"): self._handler("POST", 201, b'{"id": 1}'),
            ("GET", "/lines"): self._handler("GET", 200, b'["A1"]'),
        }

    def _handler(self, name: str, status: int, content: bytes) -> Callable[..., tuple[int, bytes]]:
        def handler(body: bytes) -> tuple[int, bytes]:
            self.calls.append((name, body))
            return status, content

        return handler


async def _check_router(submission: Submission, _room: Room | None) -> None:
    desk = _Desk()
    await _expect(submission, desk, "GET", "/lots", (b"",), b"")
    await _expect(submission, desk, "POST", "/lots", (b"{}",), b"{}")
    await _expect(submission, desk, "POST", "/lots", PIECES, b"".join(PIECES))
    await _expect_refusals(submission, desk)


async def _expect(submission, desk, method, path, pieces, body) -> None:
    desk.calls.clear()
    exchange = await _ask(submission, desk.routes, method, path, pieces)
    handler = desk.routes[method, path]
    names = [name for name, _ in desk.calls]
    if names != [method]:
        called = f"the handlers of {', '.join(names)}" if names else "no handler"
        says = f"{method} {path} called {called}; it has one of its own, to be called once."
        raise Finding("ignores-method", says)
    got = desk.calls[0][1]
    if got != body:
        raise _wrong_body(got, pieces)
    if (exchange.status, exchange.answer) != handler(body):
        says = "What was sent isn't what the handler returned."
        raise Finding("other-answer", says, f"{exchange.status}, {exchange.answer!r}")


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
    headers = dict(refused.messages[-2].headers)
    named = {name.strip() for name in headers.get("allow", "").split(",")}
    if named != {"GET", "POST"}:
        raise Finding("no-allow", "A 405 has to say which methods are there.", headers)


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
    hints={
        "ignores-method": (
            "Which two things together choose the handler?",
            "GET /lots and POST /lots are one resource and two wishes. A router looks up the pair, "
            "and calls one handler once.",
            'routes has keys such as ("GET", "/lots"): look up (scope["method"], scope["path"])',
        ),
        "body-in-one-chunk": (
            "How many messages does receive() give for one body?",
            "The network cuts a body where it likes. Each http.request message has one piece; "
            "more_body says whether another follows.",
            "a while loop: await receive(), add the piece, go on as long as more_body is true",
        ),
        "last-chunk-only": (
            "What happens to the first piece when the second arrives?",
            "A body is the sum of its pieces, in order. An = in a loop keeps the newest alone.",
            'body += message["body"]            # and body = b"" before the loop',
        ),
        "other-body": (
            "What does the handler ask for?",
            "A router carries the body and doesn't read it: the handler knows whether it is JSON, "
            "an image, or nothing. It gets bytes, all of them, unchanged.",
            "handler(body), where body is the pieces added up and nothing else",
        ),
        "reads-past-the-end": (
            "How does your loop know that the body has ended?",
            "After the last piece the next message is http.disconnect, and it comes when the "
            "client goes. The client is waiting for your answer, so both wait for ever.",
            "leave the loop as soon as a message says more_body false",
        ),
        "sends-nothing": (
            "Who reads what your function returns?",
            "Nobody does. An ASGI app answers by sending: first one message with status and "
            "headers, then at least one with the body.",
            'await send({"type": "http.response.start", ...}) and then the same with '
            '"http.response.body"',
        ),
        "out-of-order": (
            "Which line of an HTTP answer comes first?",
            "The status line and the headers go out before the body, so the server wants their "
            "message first, and only once.",
            "one http.response.start, then http.response.body",
        ),
        "text-not-bytes": (
            "What goes over a wire: characters or bytes?",
            "A server writes to a socket what it's given. Bodies, header names and header values "
            "are bytes.",
            '"GET, POST".encode() or b"GET, POST"',
        ),
        "other-answer": (
            "Is the status that you send the one that the handler returned?",
            "A handler returns two things, the status and the content. Both are its decision.",
            "status, content = handler(body), and both go out",
        ),
        "no-404": (
            "What does your function do with a path that is in no route?",
            "An unknown path is no fault of the server: it is an answer, 404, and has to be sent "
            "like any other.",
            "collect the methods that are known for this path; none means 404",
        ),
        "no-405": (
            "Is /lots unknown, or only DELETE on it?",
            "404 says: there is nothing here. 405 says: there is, ask differently. Whoever reads "
            "404 looks for a typing error in the path.",
            "the path stands in a route with another method: 405",
        ),
        "no-allow": (
            "What does somebody want to know who reads 405?",
            "RFC 9110 section 15.5.6: a 405 names the methods that are there, in the header Allow.",
            '(b"allow", b"...") in the headers: the methods of this path, joined by ", "',
        ),
    },
)
