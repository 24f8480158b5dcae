"""
The inspections service: the protected API of the running example, over a real database.

What it shows is in `labkit.services.reads` and `labkit.services.results`, what it records and
changes in `labkit.services.recording` and `labkit.services.writes`, and for whom in
`labkit.services.tenants`. Here it's put together: configuration, what lives as long as the service
does. The routes that anybody may use are in `labkit.services.resource`.

Floor 2: started by `labkit.server`, or by
``uvicorn --factory labkit.services.inspections:create_app``.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request
from sqlalchemy import exc
from starlette.types import Lifespan

from labkit.database import Database, prepare
from labkit.database.failures import log_cause
from labkit.errors import UsageError
from labkit.services import insight, problems, reads, recording, results, writes
from labkit.services.app import Service
from labkit.services.bearer import RETRY_AFTER_S
from labkit.services.hardening import HardeningConfig
from labkit.services.protected import ProtectedConfig, protected_service
from labkit.services.scopes import INSPECTIONS
from labkit.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionsConfig(ProtectedConfig):
    """
    What the service has to know before it starts, beside what every protected service has to.

    Attributes:
        database_url: SQLite file or PostgreSQL; an empty database gets tables and rows.
    """

    database_url: str = field(repr=False)  # It may hold a password.
    audience: str = INSPECTIONS

    def __post_init__(self) -> None:
        """Refuse what could not work, here and not at the first request."""
        ProtectedConfig.__post_init__(self)
        self.expect_text("database_url")

    @classmethod
    def from_settings(cls, settings: Settings) -> "InspectionsConfig":
        """
        Return the configuration of a process of its own.

        Raises:
            UsageError: ``LABKIT_ISSUER_URL`` or ``DATABASE_URL`` isn't set; the text names it.
        """
        issuer, database_url = settings.issuer_url, settings.database_url
        if issuer is None or database_url is None:
            needed = {"LABKIT_ISSUER_URL": issuer, "DATABASE_URL": database_url}
            missing = " and ".join(name for name, value in needed.items() if value is None)
            raise UsageError(f"set {missing} before you start the inspections service")
        return cls(
            issuer=issuer,
            jwks_url=f"{issuer}/jwks.json",
            database_url=database_url,
            profile=settings.profile,
            hardening=HardeningConfig(hosts=settings.hosts),
        )


def create_app(config: InspectionsConfig | None = None) -> Service:
    """
    Return the service. It opens nothing until its lifespan starts.

    Args:
        config: None reads the environment.

    Raises:
        UsageError: The configuration can't work; the text names what to change.
    """
    chosen = InspectionsConfig.or_environment(config)
    service = protected_service(
        chosen,
        title="Inspections",
        description="Visual inspection on production lines. Press Authorize, paste a token.",
        routers=[
            reads.router,
            results.router,
            insight.router,
            recording.router,
            writes.router,
        ],
        lifespan=_lifespan_of(chosen),
    )
    for error in (exc.TimeoutError, exc.OperationalError):
        service.add_exception_handler(error, _on_database_trouble)
    return service


def _lifespan_of(config: InspectionsConfig) -> Lifespan[Service]:
    """Return what opens the service's engine and key client on its loop, and closes them there."""

    @asynccontextmanager
    async def lifespan(service: Service) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = Database(config.database_url)
            stack.push_async_callback(database.close)
            await stack.enter_async_context(config.gate(service))
            await prepare(database)
            service.state.database = database
            yield

    return lifespan


async def _on_database_trouble(_request: Request, error: Exception) -> problems.ProblemResponse:
    """
    Ask to come back: the request isn't to blame.

    Every connection is in use, another writer takes long, the disk is full, the tables are gone:
    what of these it is, only the people of the service may know. They read it in its log.
    """
    log_cause(error)
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    told = "the database can't be used now; try again soon"
    return problems.ProblemResponse(503, told, headers=headers)
