"""
The model's side of the wire: one request, one reply, or a `ModelError` that says what to do.

The OpenAI SDK keeps the connection, the retries and the errors. Its response models stay unused:
they cost more than all of the loop does (measured: a typed loop takes 1.8 times the CPU for one
tool call, 3.8 times for 200 streamed tokens).

::

    endpoint    an OpenAI-compatible API, known by its base URL
    retry       the SDK's: two more tries after 408, 409, 429, 5xx or no connection, spaced as the
                endpoint asks (``Retry-After``, up to two minutes) or by half a second and more

Floor 2: knows errors.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream

from labkit.agent.connections import CONNECT_LIMIT_S, http_client
from labkit.agent.refusals import cut_off, explain
from labkit.agent.replies import Reply, ReplyInPieces, read_reply
from labkit.agent.sse import DONE, EventDecoder
from labkit.errors import ModelError

PATH = "/chat/completions"
REPLY_BYTES = 64_000_000  # Of one reply on the wire. Our choice: a quarter of a million tokens.
DRAIN_S = 1.0  # Our choice: how long the end of the body may take after the end of the reply.

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    Where the model is asked, and which.

    Attributes:
        base_url: Such as ``http://127.0.0.1:8004/v1``.
        model: The name of the model there.
        api_key: What the endpoint knows us by.
        seconds: How long it may be silent.
    """

    base_url: str
    model: str
    api_key: str = field(repr=False)
    seconds: float

    def connect(self) -> AsyncOpenAI:
        """Return a client for the running loop."""
        timeout = httpx2.Timeout(self.seconds, connect=CONNECT_LIMIT_S)
        return AsyncOpenAI(
            base_url=self.base_url,
            api_key=self.api_key,
            timeout=timeout,
            http_client=http_client(self.base_url, timeout=timeout),
        )

    async def ask(self, client: AsyncOpenAI, body: Body) -> Reply:
        """
        Return the model's reply, whole.

        Raises:
            ModelError: There is none.
        """
        try:
            response = await client.post(PATH, cast_to=httpx2.Response, body=body)
        except openai.OpenAIError as error:
            raise explain(error, self.base_url, self.model, self.api_key) from None
        return read_reply(response.content, self.api_key)

    async def stream(
        self, client: AsyncOpenAI, body: Body, pieces: ReplyInPieces
    ) -> AsyncGenerator[str, None]:
        """
        Yield the reply's text as it comes; *pieces* gets all of it, and has it if this breaks off.

        Raises:
            ModelError: There is none, or it breaks off.
        """
        response = await self._open(client, body)
        try:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                whole = read_reply(await response.aread(), self.api_key)  # It can't stream.
                text = pieces.take(whole)
                if text:
                    yield text
                return
            async for data in _events(response):
                if data == DONE:
                    return
                if text := pieces.add(data):
                    yield text
            if pieces.reply.finish is None:
                raise cut_off()
        except httpx2.HTTPError:
            raise cut_off() from None
        finally:
            await response.aclose()

    async def _open(self, client: AsyncOpenAI, body: Body) -> httpx2.Response:
        body = {**body, "stream": True, "stream_options": {"include_usage": True}}
        stream_cls = AsyncStream[httpx2.Response]  # Not used: the response itself comes back.
        try:
            response = await client.post(
                PATH, cast_to=httpx2.Response, body=body, stream=True, stream_cls=stream_cls
            )
        except openai.OpenAIError as error:
            raise explain(error, self.base_url, self.model, self.api_key) from None
        return cast("httpx2.Response", response)


async def _events(response: httpx2.Response) -> AsyncIterator[bytes]:
    """
    Yield the data of each event. `DONE` comes when the connection is free again.

    Raises:
        ModelError: There are more bytes than any reply has.
    """
    decoder, portions, read = EventDecoder(), response.aiter_bytes(), 0
    async for portion in portions:
        read += len(portion)
        if read > REPLY_BYTES:
            raise ModelError(f"the reply has more than {REPLY_BYTES} bytes and was given up")
        for data in decoder.feed(portion):
            if data == DONE:
                await _drain(portions)
            yield data
    for data in decoder.close():
        yield data


async def _drain(portions: AsyncIterator[bytes]) -> None:
    """
    Read the body to its end: only then can the connection be used again (HTTP/1.1).

    The reply is whole by now, so a connection that breaks here does no harm.
    """
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(DRAIN_S):
            async for _ in portions:
                pass
