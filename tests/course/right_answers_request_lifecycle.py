"""Other right answers to the exercises of notebook 04, written differently."""

import asyncio
from contextlib import contextmanager
from contextvars import copy_context

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders
from starlette.middleware.base import BaseHTTPMiddleware


class IdLayer:
    """The same as a class, as Starlette's own middleware is written."""

    def __init__(self, app, new_id, log):
        self.app, self.new_id, self.log = app, new_id, log

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            await self.request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def request(self, scope, receive, send):
        entry = {"id": self.new_id(), "status": 500}

        async def passing(message):
            if "status" in message:
                entry["status"] = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = entry["id"]
            await send(message)

        try:
            await self.app(scope, receive, passing)
        finally:
            self.log.append(tuple(entry.values()))


def id_as_a_class(app, new_id, log):
    return IdLayer(app, new_id, log)


def id_by_dispatch(app, new_id, log):
    async def dispatch(request, call_next):
        request_id = new_id()
        try:
            response = await call_next(request)
        except Exception:
            log.append((request_id, 500))
            raise
        response.headers["x-request-id"] = request_id
        log.append((request_id, response.status_code))
        return response

    return BaseHTTPMiddleware(app, dispatch)


def report_with_an_async_dependency(app, current_id, say, shrink):
    async def remember(request: Request):
        token = current_id.set(request.headers["x-request-id"])
        yield
        current_id.reset(token)

    @app.get("/report", dependencies=[Depends(remember)])
    def report():  # A def handler runs in a thread, with a copy of the context.
        say("begin")
        shrink()
        say("end")


def report_with_the_context_by_hand(app, current_id, say, shrink):
    async def report(request: Request):
        current_id.set(request.headers.get("x-request-id"))
        say("begin")
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, copy_context().run, shrink)
        say("end")
        return {"ok": True}

    app.add_api_route("/report", report)
    return app


@contextmanager
def stopwatch(clock, tell):
    begin = clock()
    try:
        yield
    finally:
        tell(clock() - begin)


def timed_by_a_context_manager(app, clock, note):
    async def layer(scope, receive, send):
        if scope["type"] == "http":
            with stopwatch(clock, lambda seconds: note(scope["path"], seconds)):
                await app(scope, receive, send)
        else:
            await app(scope, receive, send)

    return layer


def timed_by_hand(app, clock, note):
    async def layer(scope, receive, send):
        start = clock()

        async def unchanged(message):
            await send(message)

        try:
            result = await app(scope, receive, unchanged)
        except BaseException:
            note(scope["path"], clock() - start)
            raise
        if scope["type"] == "http":
            note(scope["path"], clock() - start)
        return result

    return layer


RIGHT_ANSWERS = {
    "04.1": (id_as_a_class, id_by_dispatch),
    "04.2": (report_with_an_async_dependency, report_with_the_context_by_hand),
    "04.3": (timed_by_a_context_manager, timed_by_hand),
}
