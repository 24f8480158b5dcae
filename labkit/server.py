"""
Any ASGI app on a thread of its own, from one blocking call to another: `start` and `stop`.

A service on the kernel's own loop stops answering as soon as a cell blocks, also when the cell
waits for that very service. So each gets a thread and an event loop.

::

    caller            who calls start and stop: a cell, a script
    service thread    runs the loop, the app, its lifespan; a daemon, so it can't hold up the exit

The socket is bound before the app is made, so the app's factory is told its real URL, and a
request that comes too early waits in the backlog instead of being refused.

Floor 1: knows errors, logs, deadlines and httpd.
"""

import asyncio
import atexit
import errno
import ipaddress
import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp

from labkit.deadlines import WIRE_LIMITS, WireLimits, uvicorn_options
from labkit.errors import (
    LabkitError,
    MissingDependency,
    PortTaken,
    ServiceError,
    StartFailed,
    UsageError,
)
from labkit.httpd import HttpServer, WatchedApp, configure
from labkit.logs import LogBuffer

START_LIMIT_S = 60.0  # Our choice: the first seed of the database on a slow disk takes seconds.
STOP_LIMIT_S = 10.0  # More than `httpd` takes at most; a thread that is stuck then is abandoned.
CAUSE_CHARACTERS = 600  # A paragraph; the traceback is in ``details`` of the error.
PORTS = range(65536)


class Server:
    """
    One ASGI app, served on loopback by a thread of its own.

    Args:
        app_factory: Called in the service thread with the URL; returns the ASGI app.
        name: What errors and the thread are called by.
        host: A loopback address: what faces a network has to check more than this does.
        port: 0 lets the system choose a free one. It's kept: who starts again has the same URL.

    Attributes:
        log: What the service's thread had to say: warnings, errors, tracebacks.
    """

    def __init__(
        self,
        app_factory: Callable[[str], ASGIApp],
        *,
        name: str,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: WireLimits = WIRE_LIMITS,
    ) -> None:
        if not callable(app_factory):
            raise UsageError("app_factory is a function: it gets the URL and returns an ASGI app")
        if not isinstance(name, str) or not name.strip():
            raise UsageError('name is a word such as "issuer"')
        if isinstance(port, bool) or not isinstance(port, int) or port not in PORTS:
            raise UsageError("port is a whole number from 0 (the system chooses) to 65535")
        if not isinstance(limits, WireLimits):
            raise UsageError("limits is a labkit.deadlines.WireLimits")
        if not isinstance(host, str) or not is_loopback(host):
            raise UsageError("host is a loopback address such as 127.0.0.1")
        self.name = name
        self.log = LogBuffer()
        self._factory = app_factory
        self._limits = limits
        self._address = (host, port)
        self._lock = threading.RLock()
        self._run: _Run | None = None

    def __repr__(self) -> str:
        """Name and state: ports differ from run to run, and a saved output shouldn't."""
        return f"<Server {self.name}: {'running' if self.running else 'stopped'}>"

    @property
    def running(self) -> bool:
        """Whether it answers."""
        return self._run is not None and self._run.thread.is_alive()

    @property
    def url(self) -> str:
        """
        ``http://127.0.0.1:PORT``, without a slash at the end.

        Raises:
            ServiceError: It isn't running.
        """
        if self._run is None:
            raise ServiceError(f"{self.name} isn't running; call start() first")
        return self._run.url

    def start(self) -> None:
        """
        Bind, make the app, run its lifespan; return when it answers. Twice is once.

        Raises:
            PortTaken: Another program listens on the port.
            MissingDependency: The app needs a package that isn't installed.
            StartFailed: Anything else; the text holds the cause, ``details`` the traceback.
            LabkitError: The app itself raised one, such as StorageError: it says what to do.
        """
        with self._lock:
            if self.running:
                return
            listener = bind(self.name, *self._address)
            address = listener.getsockname()[:2]
            self._run = _Run(self.name, self._factory, listener, self.log, self._limits)
            atexit.register(self.stop)
            try:
                self._run.start()
            except BaseException:
                self.stop()  # Also after Ctrl-C: nothing half-started stays behind.
                raise
            self._address = address

    def stop(self) -> None:
        """Stop, and return when the thread has ended and the port is free. Twice is once."""
        with self._lock:
            run, self._run = self._run, None
            if run is not None:
                atexit.unregister(self.stop)
                run.stop()


class _Run:
    """One life of a server: from a bound socket to a thread that has ended."""

    def __init__(
        self,
        name: str,
        factory: Callable[[str], ASGIApp],
        listener: socket.socket,
        log: LogBuffer,
        limits: WireLimits,
    ) -> None:
        self._limits = limits
        self.url = url_of(listener)
        self.thread = threading.Thread(target=self._main, name=f"labkit-{name}", daemon=True)
        self._name, self._factory, self._listener, self._log = name, factory, listener, log
        self._settled = threading.Event()  # Started, or failed.
        self._unwanted = False  # Stop was called, perhaps before there is a loop to tell.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._server: HttpServer | None = None
        self._error: BaseException | None = None

    def start(self) -> None:
        self.thread.start()
        if not self._settled.wait(START_LIMIT_S):
            raise StartFailed(
                f"{self._name} didn't start within {START_LIMIT_S:.0f} s, so it was given up. "
                "Look for what it waits for (a lock, a network) in its lifespan."
            )
        if self._error is not None:
            raise _start_failed(self._name, self._error) from None

    def stop(self) -> None:
        """Ask the loop to end and wait for it, unless we are that very thread."""
        self._unwanted = True
        if self._loop is not None:
            with suppress(RuntimeError):  # The loop is closed already.
                self._loop.call_soon_threadsafe(self._ask_to_stop)
        if self.thread is threading.current_thread():
            return  # An endpoint stops its own service: the thread ends when that call is over.
        if self.thread.ident is not None:
            self.thread.join(STOP_LIMIT_S)
        if self.thread.is_alive():
            self._log.add(f"{self._name} is stuck in a call that can't be stopped: abandoned")
        else:
            self._listener.close()  # The thread did, unless it was never started.

    def _ask_to_stop(self) -> None:
        if self._server is not None and self._server.started:
            self._server.stopping.set()
        elif self._task is not None:
            self._task.cancel()

    def _main(self) -> None:
        self._log.divert_here()
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                runner.run(self._serve())
        except BaseException as error:  # A thread must not print: the caller raises it.
            self._error = self._error or error
            self._log.add(_traceback(self._error))
        finally:
            self._listener.close()
            self._settled.set()

    async def _serve(self) -> None:
        self._task = asyncio.current_task()
        if self._unwanted:
            return
        app = WatchedApp(self._factory(self.url))
        config = configure(app, **uvicorn_options(self._limits))
        self._server = HttpServer(config, on_started=self._settled.set)
        try:
            await self._server.serve([self._listener])
        except SystemExit:  # How uvicorn says that the lifespan failed.
            self._error = app.fault
            raise


def bind(name: str, host: str, port: int) -> socket.socket:
    """
    Return a listening socket for the service *name*.

    Raises:
        PortTaken: Another program listens there.
        StartFailed: The system says no for another reason.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
        # asyncio turns Nagle's algorithm off for sockets that say they are TCP, and this one
        # doesn't. With it, each answer in two parts waits 40 ms for the peer's delayed ACK.
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, listener.detach())
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise _start_failed(name, error) from None
    raise PortTaken(
        f"{name} can't listen on port {port}: another program does. "
        "Stop that program, or choose another port; 0 takes one that is free"
    )


def url_of(listener: socket.socket) -> str:
    """Return the URL at which *listener* is reached, such as ``http://127.0.0.1:8001``."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Tell whether *host* is an address that only this machine can reach. A name isn't one."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _start_failed(name: str, error: BaseException) -> LabkitError:
    """Turn what went wrong in the service's thread into what the caller reads."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, LabkitError):
        return error.with_traceback(None)  # It says already what to do.
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("labkit"):
        return MissingDependency(
            f"{name} needs the module {error.name!r}, which isn't installed for this Python. "
            "`labkit doctor` names the command that installs it."
        )
    cause = " ".join(f"{type(error).__name__}: {error}".split())[:CAUSE_CHARACTERS]
    failed = StartFailed(
        f"{name} didn't start. It said: {cause.rstrip('.: ')}. Mend that and start again; "
        "`import sys; print(sys.last_value.details)` shows where it happened."
    )
    failed.details = _traceback(error)
    return failed


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
