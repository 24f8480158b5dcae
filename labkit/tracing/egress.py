"""
Requests as they go out: a span from the first byte sent to the last one read, and its traceparent.

It stands in front of httpx2's transports, so every client has it while a trace is open: a lab's
own, the one that fetches keys, the one that an SDK brings along, the learner's.

The ``traceparent`` (W3C Trace Context, section 3.2) tells whoever answers which span asked. One
that the caller has set stays.

Floor 1: knows httpx2 and the OpenTelemetry API.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from labkit.tracing.here import adopter, current
from labkit.tracing.hooks import Hook
from labkit.tracing.hop import Hop
from labkit.tracing.span import Kind

_PROPAGATOR = TraceContextTextMapPropagator()


def _begin(request: httpx2.Request) -> Hop | None:
    """Return the hop of a request that is about to be sent, begun; None outside a trace."""
    around = current() or adopter()
    if around is None:
        return None
    path = request.url.path  # Without its query.
    hop = around.child(f"{request.method} {path}", Kind.CLIENT, method=request.method).begin()
    if "traceparent" not in request.headers:
        _PROPAGATOR.inject(request.headers, hop.context)
    return hop


class _Watched(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """The body of an answer; its hop ends when the body has been read or given up."""

    def __init__(self, body: Any, hop: Hop) -> None:  # noqa: ANN401 - of either kind.
        self._body, self._hop = body, hop

    def __iter__(self) -> Iterator[bytes]:
        yield from self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    def close(self) -> None:
        """Close the connection's side, and the hop."""
        try:
            self._body.close()
        finally:
            self._hop.end()

    async def aclose(self) -> None:
        """Close the connection's side, and the hop."""
        try:
            await self._body.aclose()
        finally:
            self._hop.end()


def _answered(hop: Hop, response: httpx2.Response) -> httpx2.Response:
    hop.set(status=response.status_code)
    hop.moment("first byte")
    response.stream = _Watched(response.stream, hop)
    return response


def _failed(hop: Hop, error: BaseException) -> None:
    hop.fail(error)
    hop.end()


def _sync(send: Any) -> Any:  # noqa: ANN401
    def handle_request(self: object, request: httpx2.Request) -> httpx2.Response:
        hop = _begin(request)
        if hop is None:
            return send(self, request)  # type: ignore[no-any-return]
        try:
            return _answered(hop, send(self, request))
        except BaseException as error:
            _failed(hop, error)
            raise

    return handle_request


def _async(send: Any) -> Any:  # noqa: ANN401
    async def handle_async_request(self: object, request: httpx2.Request) -> httpx2.Response:
        hop = _begin(request)
        if hop is None:
            return await send(self, request)  # type: ignore[no-any-return]
        try:
            return _answered(hop, await send(self, request))
        except BaseException as error:
            _failed(hop, error)
            raise

    return handle_async_request


HOOKS = [
    Hook(httpx2.HTTPTransport, "handle_request", _sync),
    Hook(httpx2.AsyncHTTPTransport, "handle_async_request", _async),
]
