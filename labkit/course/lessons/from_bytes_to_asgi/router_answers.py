"""
Answers to 03.1: the starter, the reference, and one wrong answer for each mistake.

Floor 4: knows the kit.
"""

import json

from labkit.course.findings import TODO


async def starter(routes, scope, receive, send):
    return TODO


async def route(routes, scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    path, headers = scope["path"], []
    allowed = [known_method for known_method, known_path in routes if known_path == path]
    if scope["method"] in allowed:
        status, content = routes[scope["method"], path](body)
    elif allowed:
        status, content = 405, b"not with this method"
        headers.append((b"allow", ", ".join(allowed).encode()))
    else:
        status, content = 404, b"no such path"
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


# Wrong answers, each the reference with one mistake.


async def _read(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _say(send, status, content, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": content})


def _reading(read):
    """Return the reference with another way to read the body."""

    async def route_reading(routes, scope, receive, send):
        body = await read(receive)

        async def receive_all():
            return {"type": "http.request", "body": body, "more_body": False}

        await route(routes, scope, receive_all, send)

    return route_reading


async def _first_piece(receive):
    return (await receive())["body"]


async def _last_piece(receive):
    message = await receive()
    while message["more_body"]:
        message = await receive()
    return message["body"]


async def _until_disconnect(receive):
    body, message = b"", await receive()
    while message["type"] == "http.request":
        body += message["body"]
        message = await receive()
    return body


async def _as_text(routes, scope, receive, send):
    text = (await _read(receive)).decode()
    await _say(send, *routes[scope["method"], scope["path"]](text))


async def _by_path(routes, scope, receive, send):
    body = await _read(receive)
    handlers = {path: handler for (_, path), handler in reversed(routes.items())}
    if scope["path"] not in handlers:
        return await _say(send, 404, b"no such path")
    return await _say(send, *handlers[scope["path"]](body))


async def _known_or_404(routes, scope, receive, send):
    body = await _read(receive)
    handler = routes.get((scope["method"], scope["path"]))
    status, content = handler(body) if handler else (404, b"nothing here")
    await _say(send, status, content)


async def _without_404(routes, scope, receive, send):
    body = await _read(receive)
    status, content = routes[scope["method"], scope["path"]](body)
    await _say(send, status, content)


async def _without_allow(routes, scope, receive, send):
    async def send_bare(message):
        await send({**message, "headers": []} if "headers" in message else message)

    await route(routes, scope, receive, send_bare)


async def _returns_the_answer(routes, scope, receive, send):
    return routes[scope["method"], scope["path"]](await _read(receive))


async def _body_first(routes, scope, receive, send):
    status, content = routes[scope["method"], scope["path"]](await _read(receive))
    await send({"type": "http.response.body", "body": content})
    await send({"type": "http.response.start", "status": status, "headers": []})


async def _sends_text(routes, scope, receive, send):
    status, content = routes[scope["method"], scope["path"]](await _read(receive))
    await _say(send, status, content.decode())


async def _another_status(routes, scope, receive, send):
    async def send_200(message):
        known = message.get("status") == 201
        await send({**message, "status": 200} if known else message)

    await route(routes, scope, receive, send_200)


async def _sends_without_await(routes, scope, receive, send):
    status, content = routes[scope["method"], scope["path"]](await _read(receive))
    send({"type": "http.response.start", "status": status, "headers": []})
    send({"type": "http.response.body", "body": content})


async def _awaits_the_handler(routes, scope, receive, send):
    handler = routes[scope["method"], scope["path"]]
    await _say(send, *await handler(await _read(receive)))


async def _as_json(routes, scope, receive, send):
    status, content = routes[scope["method"], scope["path"]](await _read(receive))
    await _say(send, status, json.dumps(content).encode())


def _known(same):
    """Return a router in which *same* says whether a path is that of a route."""

    async def route_known(routes, scope, receive, send):
        body = await _read(receive)
        found = {m: handler for (m, path), handler in routes.items() if same(scope["path"], path)}
        if not found:
            return await _say(send, 404, b"no such path")
        if scope["method"] not in found:
            return await _say(send, 405, b"", [(b"allow", ", ".join(found).encode())])
        return await _say(send, *found[scope["method"]](body))

    return route_known


async def _with_all_methods(routes, scope, receive, send):
    async def send_all(message):
        if message.get("status") == 405:
            allow = ", ".join(sorted({method for method, _ in routes})).encode()
            message = {**message, "headers": [(b"allow", allow)]}
        await send(message)

    await route(routes, scope, receive, send_all)


async def _for_lots_alone(routes, scope, receive, send):
    body = await _read(receive)
    if scope["path"] != "/lots":
        return await _say(send, 404, b"no such path")
    if scope["method"] not in ("GET", "POST"):
        return await _say(send, 405, b"GET or POST", [(b"allow", b"GET, POST")])
    return await _say(send, *routes[scope["method"], "/lots"](body))


WRONG = {
    "ignores-method": _by_path,
    "body-in-one-chunk": _reading(_first_piece),
    "last-chunk-only": _reading(_last_piece),
    "other-body": _as_text,
    "reads-past-the-end": _reading(_until_disconnect),
    "sends-nothing": _returns_the_answer,
    "out-of-order": _body_first,
    "text-not-bytes": _sends_text,
    "other-answer": _another_status,
    "no-404": _without_404,
    "no-405": _known_or_404,
    "no-allow": _without_allow,
    "other-allow": _with_all_methods,
    "prefix-for-path": _known(str.startswith),
    "one-service-only": _for_lots_alone,
    "forgotten-await": _sends_without_await,
    "awaits-the-handler": _awaits_the_handler,
    "json-of-bytes": _as_json,
}
