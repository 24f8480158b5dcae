"""
04.1, the answers: the starter, the solution, and a wrong one for each mistake.

All of them are written as a learner would write them, without annotations.

Floor 4: knows the kit.
"""

from labkit.course.findings import TODO

HEADER = b"x-request-id"
Log = list[tuple[str, int]]


def starter(app, new_id, log):
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


def only_in_the_log(app, new_id, log):
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


def in_one_variable_for_all(app, new_id, log):
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


def made_with_the_app(app, new_id, log):
    once = new_id()
    return with_request_id(app, lambda: once, log)


def after_the_app(app, new_id, log):
    def one(kept):
        async def wrapped(scope, receive, send):
            await with_request_id(app, new_id, kept)(scope, receive, send)
            log.extend(kept)

        return wrapped

    async def each(scope, receive, send):
        await one([])(scope, receive, send)

    return each


def in_a_new_variable(app, new_id, log):
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


def failed_whatever_left(app, new_id, log):
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


def swallowing(app, new_id, log):
    async def wrapped(scope, receive, send):
        try:
            await with_request_id(app, new_id, log)(scope, receive, send)
        except Exception:
            return

    return wrapped


def with_no_other_header(app, new_id, log):
    async def without_headers(scope, receive, send):
        async def bare(message):
            if message["type"] == "http.response.start":
                message = message | {"headers": []}
            await send(message)

        await app(scope, receive, bare)

    return with_request_id(without_headers, new_id, log)


def for_the_lifespan_too(app, new_id, log):
    async def wrapped(scope, receive, send):
        if scope["type"] != "http":
            log.append((new_id(), 500))
        await with_request_id(app, new_id, log)(scope, receive, send)

    return wrapped


def as_text(app, new_id, log):
    async def wrapped(scope, receive, send):
        request_id = new_id()

        async def send_with_id(message):
            if message["type"] == "http.response.start":
                message["headers"].append(("x-request-id", request_id))
            await send(message)

        await app(scope, receive, send_with_id)
        log.append((request_id, 200))

    return wrapped


def in_bytes(app, new_id, log):
    class Encoded(list):
        def append(self, entry):
            log.append((entry[0].encode(), entry[1]))

    return with_request_id(app, new_id, Encoded())
