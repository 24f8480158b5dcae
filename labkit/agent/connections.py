"""
Connections on one event loop: of an agent to its model's endpoint and to each service.

A connection belongs to the loop that opened it, so each loop gets its own. They are closed when
their loop ends, or when nobody uses their owner any more.

::

    keeper    an async generator that holds the clients. A loop knows its generators, and closes
              them before it ends (`asyncio.loop.shutdown_asyncgens`)

Floor 2: knows what a client of loopback looks like.
"""

import asyncio
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import urlsplit

import httpx2
from openai import AsyncOpenAI

from labkit.client import TIMEOUT_S, TRUSTS_NOBODY

CONNECT_LIMIT_S = 5.0  # The SDK's own; what isn't there by then, isn't.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Closable(Protocol):
    """What one loop opened, and has to close."""

    async def close(self) -> None:
        """Close it; twice is once."""


class ServiceConnections:
    """
    Clients for one loop, made when they're first needed.

    Args:
        services: The base URL of each service by its name.
    """

    def __init__(self, services: Mapping[str, str]) -> None:
        self._services = services
        self._clients: dict[str, httpx2.AsyncClient] = {}
        self._closing = asyncio.Lock()

    def service(self, audience: str) -> httpx2.AsyncClient:
        """Return the client of that service. Only names that are configured come here."""
        if audience not in self._clients:
            self._clients[audience] = http_client(self._services[audience], timeout=TIMEOUT_S)
        return self._clients[audience]

    async def close(self) -> None:
        """Close all of them, whichever fails; return when they are closed, whoever does it."""
        async with self._closing, AsyncExitStack() as stack:
            for client in self._clients.values():
                stack.push_async_callback(client.aclose)


class Connections(ServiceConnections):
    """
    The same, and the client of a model's endpoint.

    Args:
        new_model: Makes that client.
        services: The base URL of each audience.
    """

    def __init__(self, new_model: Callable[[], AsyncOpenAI], services: Mapping[str, str]) -> None:
        super().__init__(services)
        self.model = new_model()

    async def close(self) -> None:
        """Close all of them, whichever fails."""
        try:
            await super().close()
        finally:
            await self.model.close()


C = TypeVar("C", bound=Closable)
Keeper: TypeAlias = AsyncGenerator[C, None]
Kept: TypeAlias = dict[asyncio.AbstractEventLoop, tuple[C, Keeper[C]]]


class PerLoop(Generic[C]):
    """
    The connections of each loop that their owner, such as an agent, works on.

    They are held from outside as well (by `weakref.finalize`): the garbage collector would take a
    socket and its keeper at once, and the socket would complain that nobody closed it.
    """

    def __init__(self, new: Callable[[], C]) -> None:
        self._new = new
        self._kept: Kept[C] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._kept).atexit = False  # Loops end before.

    async def here(self) -> C:
        """Return those of the running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            for ended in [each for each in self._kept if each.is_closed()]:
                del self._kept[ended]
            if loop in self._kept:
                return self._kept[loop][0]
            connections = self._new()
            keeper = _keep(connections)
            self._kept[loop] = connections, keeper
        return await anext(keeper)

    async def close(self) -> None:
        """Close those of the running loop. Who asks for them again gets new ones."""
        with self._lock:
            _, keeper = self._kept.pop(asyncio.get_running_loop(), (None, None))
        if keeper is not None:
            await keeper.aclose()


def _close_all(kept: Kept[C]) -> None:
    for loop, (connections, keeper) in kept.items():
        with suppress(RuntimeError):  # It has ended, and closed them.
            loop.call_soon_threadsafe(_close, loop, connections, keeper)


def _close(loop: asyncio.AbstractEventLoop, connections: C, keeper: Keeper[C]) -> None:
    _LEAVING[connections] = keeper
    loop.create_task(_leave(connections))


async def _leave(connections: Closable) -> None:
    try:
        await connections.close()
    finally:
        _LEAVING.pop(connections, None)


async def _keep(connections: C) -> Keeper[C]:
    try:
        yield connections
    finally:
        await _leave(connections)


_LEAVING: dict[Closable, AsyncGenerator[Any, None]] = {}
"""
What nobody uses any more, until it is closed: a loop that ends cancels its tasks, that of the
closing too, and only then closes the generators that are still held.
"""


def http_client(url: str, *, timeout: float | httpx2.Timeout) -> httpx2.AsyncClient:
    """
    Return a client for *url* that follows no redirect: a token or key goes where it was sent.

    For this machine it asks no proxy and loads no certificates, which take 40 ms.
    """
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return httpx2.AsyncClient(
            base_url=url, timeout=timeout, trust_env=False, verify=TRUSTS_NOBODY
        )
    return httpx2.AsyncClient(base_url=url, timeout=timeout)
