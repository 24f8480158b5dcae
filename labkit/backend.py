"""
The composition root: which services a lab has, and what each is told about the others.

Nothing below this file knows that there are several services in one process; they talk HTTP. The
issuer is started first, because its URL is the ``iss`` that the others trust. Those that not every
lesson needs start when they're first used.

::

    service    an app on its own thread, the client that talks to it, the log of its thread
    secret     what a confidential client proves itself with; random for each backend
    folder     where a backend keeps its database, unless it is given the URL of another

Floor 3: knows services, servers, database, tokens.
"""

import os
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import httpx2
from starlette.types import ASGIApp

from labkit.client import STOPPED, TRUSTS_NOBODY, ServiceClient
from labkit.clock import MovableClock
from labkit.database import seeded_database
from labkit.errors import ServiceError, UsageError
from labkit.logs import LogBuffer
from labkit.recorder import RecordedRequest, Recorder, user_agent
from labkit.server import Server
from labkit.services import inspections, issuer, search
from labkit.services.clients import Client, new_client_secret
from labkit.services.grants import (
    LOCAL_CLIENTS,
    IssuerConfig,
)
from labkit.services.hardening import HardeningConfig
from labkit.services.inspections import InspectionsConfig
from labkit.services.scopes import AGENT, AUDIENCES
from labkit.services.search import SearchConfig
from labkit.tempfolder import TemporaryFolder
from labkit.tokens import JwksClient, KeyRing
from labkit.tracing import instrument

ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "issuer": "says who is who, and signs it",
        "inspections": "the protected API over the database",
        "search": "an outside search, at times down",
        "model": "a stand-in for a language model",
    }
)
"""Our services. The first two start together, the others on demand; the newest stops first."""
ON_DEMAND = ("search", "model")
YOURS = "yours"  # What a service is about that isn't of the lab.
REPLACED = "this service was replaced: use the client that lab.serve(...) returned last"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Service:
    """
    One running service.

    Attributes:
        name: Such as "issuer".
        about: What it does, in a few words.
        client: Sends it requests.
        server: Its thread; `start` and `stop` make an outage and end it, and keep the URL.
    """

    name: str
    about: str
    client: ServiceClient
    server: Server

    @property
    def log(self) -> LogBuffer:
        """What its thread had to say."""
        return self.server.log

    @property
    def url(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:8001``."""
        return self.client.url

    @property
    def docs_url(self) -> str:
        """Where its interactive documentation is."""
        return self.client.docs_url


class Backend:
    """
    All services of one lab, started and stopped together.

    Args:
        cache: Folder of what can be made again: the database with its rows.
        database_url: Used as it is; None means a fresh copy of the rows in a temporary folder.
        ports: Where a service listens, by name; the system chooses for those left out.
        hosts: More names that the services answer to, such as a proxy's.

    Attributes:
        client_secrets: The secrets of the confidential clients by ``client_id``.
        clock: What time it is for all services. Set ahead, it lets hours pass at once.
        database_file: The copy of the rows that is the backend's own; None while it has none.
    """

    def __init__(
        self,
        *,
        cache: Path,
        database_url: str | None = None,
        ports: Mapping[str, int] | None = None,
        hosts: tuple[str, ...] = (),
    ) -> None:
        if not isinstance(cache, Path):
            raise UsageError("cache is a pathlib.Path, such as Settings.from_environment().cache")
        self.client_secrets: Mapping[str, str] = {AGENT: new_client_secret()}
        self._cache = cache
        self._hardening = HardeningConfig(hosts=hosts)
        self._database_url = database_url
        self.database_file: Path | None = None
        self._ports = dict(ports or {})
        self.clock = MovableClock()
        self._recorder = Recorder(self.clock)
        self._services: dict[str, Service] = {}
        self._running = False
        self._keys: KeyRing | None = None
        self._undo = ExitStack()
        self._lock = threading.RLock()
        self._pid = os.getpid()

    @property
    def services(self) -> Mapping[str, Service]:
        """The running services by name, in the order in which they started."""
        return MappingProxyType(self._services)

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The newest requests that the services answered, in order of arrival."""
        return self._recorder.requests

    @property
    def keys(self) -> KeyRing:
        """
        The issuer's keys, to rotate them while it runs.

        Raises:
            ServiceError: It was never started.
        """
        if self._keys is None:
            raise ServiceError("the issuer has no keys yet: call start() first")
        return self._keys

    def start(self) -> None:
        """
        Start all services, or none. Twice is once.

        Raises:
            LabkitError: What `Server.start` raises, or StorageError for the database's folder.
        """
        with self._lock:
            if self._running:
                return
            self._services.clear()  # Of a start that failed, or of a life before.
            try:
                self._start()
                self._running = True
            except BaseException:
                self.stop()
                raise

    @property
    def running(self) -> bool:
        """Whether it was started, and not stopped since."""
        return self._running

    def expect_running(self) -> None:
        """
        See that there is somebody to ask.

        Raises:
            ServiceError: The backend isn't running.
        """
        if not self._running:
            raise ServiceError(STOPPED)

    def service(self, name: str) -> Service:
        """
        Return one of our services; one that starts on demand is started now, if it isn't running.

        Raises:
            ServiceError: The backend isn't running.
            LabkitError: The service doesn't start.
        """
        with self._lock:
            self.expect_running()
            if name in ON_DEMAND and name not in self._services:
                self._serve(name, self._search if name == "search" else _model)
            return self._services[name]

    def at_stop(self, callback: Callable[[], object]) -> None:
        """
        Have *callback* called when the services stop, before they do.

        Raises:
            ServiceError: The backend isn't running.
        """
        with self._lock:
            self.expect_running()
            self._undo.callback(callback)

    def stop(self) -> None:
        """Stop the services, newest first, and delete the folder. Twice is once."""
        if self._pid != os.getpid():
            return  # A fork: threads and folder are its parent's.
        with self._lock, self._undo as undo:
            self._running = False
            for service in self._services.values():
                undo.callback(service.server.stop)
                undo.callback(service.client.close)  # First: then the server waits for nobody.

    def _start(self) -> None:
        # Making the key takes 13 to 150 ms outside the interpreter's lock: beside all the rest.
        with ThreadPoolExecutor(1, "labkit-key") as pool:
            keys = pool.submit(KeyRing.generate, clock=self.clock)
            database_url = self._database_url or self._fresh_database()
            trusted = self._serve("issuer", lambda url: self._issuer(url, keys.result()))
            self._serve("inspections", lambda _: self._inspections(trusted.url, database_url))

    def serve(self, app: ASGIApp, *, name: str) -> Service:
        """
        Serve an *app* of one's own beside the others until `stop`; it replaces one of that name.

        Raises:
            UsageError: *app* isn't an ASGI app, or *name* is no word, or one of the lab's own.
            ServiceError: The backend isn't running.
            LabkitError: The app doesn't start; nothing of that name runs then.
        """
        if not callable(app):
            raise UsageError("app is an ASGI app: a FastAPI() with its routes, or a function")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in ABOUT:
            raise UsageError(f'name is a short word such as "mine", and none of {", ".join(ABOUT)}')
        with self._lock:
            self.expect_running()
            before = self._services.pop(name, None)
            if before is not None:
                before.client.close(REPLACED)
                before.server.stop()
            return self._serve(name, lambda _: app)

    def _serve(self, name: str, app_factory: Callable[[str], ASGIApp]) -> Service:
        server = Server(
            lambda url: self._recorder.wrap(name, instrument(app_factory(url), service=name)),
            name=name,
            port=self._ports.get(name, 0),
        )
        server.start()
        client = ServiceClient(name, server.url)
        self._services[name] = Service(name, ABOUT.get(name, YOURS), client, server)
        return self._services[name]

    def _issuer(self, url: str, keys: KeyRing) -> ASGIApp:
        self._keys = keys
        agent = Client.confidential(AGENT, self.client_secrets[AGENT], AUDIENCES[AGENT])
        return issuer.create_app(
            IssuerConfig(
                issuer=url,
                keys=keys,
                clients={**LOCAL_CLIENTS, AGENT: agent},
                clock=self.clock,
                hardening=self._hardening,
            )
        )

    def _inspections(self, issuer_url: str, database_url: str) -> ASGIApp:
        return inspections.create_app(
            InspectionsConfig(
                issuer=issuer_url,
                jwks_url=f"{issuer_url}/jwks.json",
                database_url=database_url,
                new_jwks_client=partial(self._jwks_client, "inspections"),
                clock=self.clock,
                hardening=self._hardening,
            )
        )

    def _search(self, url: str) -> ASGIApp:
        issuer_url = self._services["issuer"].url
        return search.create_app(
            SearchConfig(
                issuer=issuer_url,
                jwks_url=f"{issuer_url}/jwks.json",
                url=url,
                new_jwks_client=partial(self._jwks_client, "search"),
                clock=self.clock,
                hardening=self._hardening,
            )
        )

    def _jwks_client(self, service: str, url: str) -> JwksClient:
        introduced = {"User-Agent": user_agent(service)}
        http = httpx2.AsyncClient(trust_env=False, verify=TRUSTS_NOBODY, headers=introduced)
        return JwksClient(url, http=http, monotonic=self.clock.monotonic)

    def _fresh_database(self) -> str:
        folder = TemporaryFolder()
        self._undo.callback(folder.remove)
        self.database_file = seeded_database(self._cache, folder.path / "lab.sqlite")
        return f"sqlite:///{self.database_file.as_posix()}"


def _model(_url: str) -> ASGIApp:
    from labkit.services import model  # 60 ms of rules, which most lessons never need.

    return model.create_app(model.ModelConfig())
