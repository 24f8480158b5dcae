"""
The same services in processes of their own, under uvicorn, until Ctrl-C or SIGTERM.

::

    local      the profile for this machine: throwaway keys, sign-in without proof, loopback only
    exposed    the profile for a network. It demands TLS or a declared proxy, and nobody can declare
               one yet, so it's refused here: half of a protection is none

Floor 5: knows the backend, services and settings.
"""

import asyncio
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import LOGGING_CONFIG
from uvicorn.supervisors import Multiprocess

from labkit.backend import ABOUT, Backend
from labkit.background import WAIT_SLICE_S
from labkit.database import Database, prepare
from labkit.deadlines import uvicorn_options
from labkit.errors import StorageError, UsageError
from labkit.logs import ACCESS
from labkit.server import bind, is_loopback, url_of
from labkit.services import inspections, issuer, model, search
from labkit.services.grants import IssuerConfig
from labkit.services.hardening import HardeningConfig
from labkit.services.inspections import InspectionsConfig
from labkit.services.model import ModelConfig
from labkit.services.search import SearchConfig
from labkit.services.stores import open_stores
from labkit.settings import Settings
from labkit.tokens import KeyRing

GRACE_S = 10  # Our choice: what a request in flight may still take when the process has to go.
WORKER_LIMIT_S = 60  # Our choice: uvicorn's 5 s kills workers that still load on a busy machine.
LOCAL_HOST = "127.0.0.1"


def serve(service: str, settings: Settings, *, host: str, port: int, workers: int) -> None:
    """
    Run *service* ("issuer", "inspections", "search", "model" or "all") until Ctrl-C or SIGTERM.

    Args:
        settings: Profile, issuer and database.
        host: A loopback address.
        port: 0 takes one that is free. "all" needs four: this one and the next three.
        workers: Processes that share the port.

    Raises:
        UsageError: What is asked for isn't safe, or isn't complete; the text says what to change.
        LabkitError: The port is taken, or the database can't be used.
    """
    _refuse(service, settings, host, workers)
    if service == "all":
        _serve_all(settings, port)
        return
    with bind(service, host, port) as listener:
        app = _APPS[service](settings, url_of(listener))
        print(f"{service} on {url_of(listener)}, until Ctrl-C", flush=True)  # noqa: T201
        _run(app, listener, workers)


def _refuse(service: str, settings: Settings, host: str, workers: int) -> None:
    """Raise `UsageError` for what would be unsafe, or would fail later for a hidden reason."""
    if settings.profile == "exposed":
        raise UsageError(
            "the exposed profile demands TLS or a declared proxy, and this version can't be told "
            "of one: use --profile local"
        )
    if not is_loopback(host):
        raise UsageError(
            "the local profile signs anybody in without proof, so it listens on this machine "
            f"only: --host {LOCAL_HOST}"
        )
    if service == "all" and host != LOCAL_HOST:
        raise UsageError(f"all listens on {LOCAL_HOST}; leave --host out")
    if service == "all" and workers > 1:
        raise UsageError("all is one process: leave --workers out, or serve each on its own")
    if service == "issuer" and workers > 1 and settings.issuer_database_url is None:
        raise UsageError(
            "without a database the issuer's key lives in one process: leave --workers out, or add "
            "--database-url sqlite:///issuer.sqlite (LABKIT_ISSUER_DATABASE_URL)"
        )


def _issuer(settings: Settings, url: str) -> Callable[[], ASGIApp]:
    own_url, database_url = settings.issuer_url or url, settings.issuer_database_url
    if database_url is None:
        return partial(issuer.create_app, _issuer_config(own_url, settings, KeyRing.generate()))
    asyncio.run(_open_ring(own_url, database_url))
    return partial(_shared_issuer, own_url, settings)


def _issuer_config(url: str, settings: Settings, keys: KeyRing | None) -> IssuerConfig:
    return IssuerConfig(
        issuer=url,
        keys=keys,
        database_url=settings.issuer_database_url,
        hardening=HardeningConfig(hosts=settings.hosts),
    )


def _shared_issuer(url: str, settings: Settings) -> ASGIApp:
    """Make the app of one worker: settings can be sent to its process, a configuration can't."""
    return issuer.create_app(_issuer_config(url, settings, None))


async def _open_ring(url: str, database_url: str) -> None:
    """Make the first key before any worker starts, and find out here that it can't be kept."""
    database = Database(database_url)
    try:
        await open_stores(database, url)
    finally:
        await database.close()


def _inspections(settings: Settings, _: str) -> Callable[[], ASGIApp]:
    if settings.issuer_url is None:
        raise UsageError("say whom to trust: --issuer http://127.0.0.1:8001 (LABKIT_ISSUER_URL)")
    if settings.database_url is None:
        raise UsageError("say which database: --database-url sqlite:///lab.sqlite (DATABASE_URL)")
    asyncio.run(_prepare(settings.database_url))
    return partial(inspections.create_app, InspectionsConfig.from_settings(settings))


def _search(settings: Settings, _: str) -> Callable[[], ASGIApp]:
    if settings.issuer_url is None:
        raise UsageError("say whom to trust: --issuer http://127.0.0.1:8001 (LABKIT_ISSUER_URL)")
    return partial(search.create_app, SearchConfig.from_settings(settings))


def _model(settings: Settings, _: str) -> Callable[[], ASGIApp]:
    return partial(model.create_app, ModelConfig.from_settings(settings))


_APPS = {"issuer": _issuer, "inspections": _inspections, "search": _search, "model": _model}


async def _prepare(database_url: str) -> None:
    """Fill the database before any worker starts, and find out here that it can't be had."""
    database = Database(database_url)
    try:
        await prepare(database)
    except OSError as error:
        raise StorageError(
            f"the database doesn't answer ({error.strerror or error}): is its server running?"
        ) from None
    finally:
        await database.close()


def _log_config() -> dict[str, Any]:
    """Return uvicorn's own, and our access log on stdout: it says more, and never a query."""
    config = deepcopy(LOGGING_CONFIG)
    config["formatters"]["line"] = {"format": "%(message)s"}
    config["handlers"]["lines"] = {
        "class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stdout"
    }  # fmt: skip
    config["loggers"][ACCESS] = {"handlers": ["lines"], "level": "INFO", "propagate": False}
    return config


def _run(app_factory: Callable[[], ASGIApp], listener: socket.socket, workers: int) -> None:
    config = uvicorn.Config(
        app_factory,
        factory=True,
        log_config=_log_config(),
        access_log=False,  # Or each request would be there twice.
        workers=workers,
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_worker_healthcheck=WORKER_LIMIT_S,
        **uvicorn_options(),
    )
    with suppress(KeyboardInterrupt):  # How it is meant to end.
        if workers == 1:
            uvicorn.Server(config).run([listener])
        else:
            Multiprocess(config, sockets=[listener]).run()


def _serve_all(settings: Settings, port: int) -> None:
    ports = {name: port + number for number, name in enumerate(ABOUT)} if port else {}
    backend = Backend(
        cache=settings.cache,
        database_url=settings.database_url,
        ports=ports,
        hosts=settings.hosts,
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    shown = logging.StreamHandler(sys.stdout)
    # A service's thread keeps its lines to itself; show them first.
    logging.getLogger(ACCESS).addFilter(shown.handle)
    try:
        backend.start()
        for name in ABOUT:
            service = backend.service(name)
            print(f"{name} on {service.url}, until Ctrl-C", flush=True)  # noqa: T201
        with suppress(KeyboardInterrupt):
            while not stop.wait(WAIT_SLICE_S):
                pass
    finally:
        backend.stop()
        logging.getLogger(ACCESS).removeFilter(shown.handle)
    for service in backend.services.values():
        print(service.log.text(), file=sys.stderr, end="")  # noqa: T201
