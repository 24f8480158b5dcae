"""A service with an endpoint for each thing that can go wrong, on a socket of its own."""

import asyncio
import contextlib
import json
import threading

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from labkit.server import Server
from labkit.services.app import new_service
from labkit.services.routes import PUBLIC

STREAMED = 1000  # Pieces of 64 KiB: far more than a socket buffers.


class Order(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid")
    lot: str
    count: float = 0


class Probe:
    """The service, and what its endpoints say of themselves through events."""

    def __init__(self) -> None:
        self.closed = threading.Event()  # A stream ended, by itself or because its client left.
        self.reached = []  # The endpoints that were called.
        self.gate = threading.Event()  # /gated goes on when it's set.
        self.holding = threading.Event()  # Somebody waits in /hold.

    def app(self, **options):
        options = {"profile": "local", **options}
        return new_service(title="Probe", description="", routers=[self.router()], **options)

    def router(self):
        router = APIRouter()

        @router.get("/ok", openapi_extra=PUBLIC)
        async def ok() -> dict[str, str]:
            self.reached.append("ok")
            return {"status": "ok"}

        @router.get("/items/{item_id}", openapi_extra=PUBLIC)
        async def item(item_id: str) -> dict[str, str]:
            self.reached.append("item")
            return {"item": item_id}

        @router.get("/boom", openapi_extra=PUBLIC)
        async def boom() -> None:
            raise ZeroDivisionError("the canary sings")

        @router.get("/hold", openapi_extra=PUBLIC)
        async def hold() -> None:
            self.holding.set()
            await asyncio.Event().wait()

        @router.get("/late-boom", openapi_extra=PUBLIC)
        async def late_boom() -> StreamingResponse:
            async def pieces():
                yield b"begun"
                raise ZeroDivisionError("the canary sings")

            return StreamingResponse(pieces())

        @router.get("/stream", openapi_extra=PUBLIC)
        async def stream() -> StreamingResponse:
            async def pieces():
                try:
                    for _ in range(STREAMED):
                        yield b"x" * 65536
                        await asyncio.sleep(0)  # As reading a file lets others run.
                finally:
                    self.closed.set()

            return StreamingResponse(pieces())

        @router.get("/gated", openapi_extra=PUBLIC)
        async def gated() -> StreamingResponse:
            async def pieces():
                yield b"begun, "
                await asyncio.to_thread(self.gate.wait, 30)
                yield b"done"

            return StreamingResponse(pieces())

        @router.post("/orders", openapi_extra=PUBLIC)
        async def order(body: Order) -> Order:
            self.reached.append("order")
            return body

        return router


@contextlib.contextmanager
def live(app, **options):
    """Serve *app* in a thread; gives the `Server`."""
    server = Server(lambda _url: app, name="probe", **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def request(path, method="GET", host="127.0.0.1", headers=(), body=b""):
    """Write a request; *headers* are whole lines."""
    length = [f"Content-Length: {len(body)}"] if body else []
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *length, *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def access(server, request_id=None):
    """Return the access log as dictionaries."""
    return [json.loads(line) for line in server.log.access_text(request_id).splitlines()]
