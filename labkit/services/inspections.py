"""
The inspections service: the protected API of the running example, over a real database.

What it shows is in `labkit.services.reads` and `labkit.services.results`, what it records and
changes in `labkit.services.recording` and `labkit.services.writes`, and for whom in
`labkit.services.tenants`. Here it's put together: configuration, what lives as long as the service
does. The routes that anybody may use are in `labkit.services.resource`.

Floor 2: started by `labkit.server`, or by
``uvicorn --factory labkit.services.inspections:create_app``.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request
from sqlalchemy import exc
from starlette.types import Lifespan

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.database import Database, prepare
from labkit.errors import UsageError
from labkit.logs import hide_queries
from labkit.services import insight, problems, reads, recording, resource, results, writes
from labkit.services.app import Service, check_profile, new_service
from labkit.services.bearer import RETRY_AFTER_S, Gate
from labkit.services.hardening import DEFAULTS, HardeningConfig
from labkit.services.scopes import INSPECTIONS
from labkit.settings import Profile, Settings
from labkit.tokens import AccessTokenPolicy, JwksClient


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionsConfig:
    """
    What the service has to know before it starts.

    Attributes:
        issuer: The only issuer whose tokens are accepted, as its ``iss``.
        jwks_url: Where that issuer publishes its keys.
        database_url: SQLite file or PostgreSQL; an empty database gets tables and rows.
        url: Where the service is, as its users write it; None means the socket's own address.
        audience: Its name in tokens.
        profile: "exposed" has no docs page and takes no frozen clock.
        hardening: What it refuses before any route sees a request.
        clock: What time it is when a token is judged.
        new_jwks_client: Makes the client that fetches the keys, on the loop of the service.
    """

    issuer: str
    jwks_url: str
    database_url: str = field(repr=False)  # It may hold a password.
    url: str | None = None
    audience: str = INSPECTIONS
    profile: Profile = "local"
    hardening: HardeningConfig = DEFAULTS
    clock: Clock = SYSTEM_CLOCK
    new_jwks_client: Callable[[str], JwksClient] = JwksClient

    def __post_init__(self) -> None:
        """Refuse what could not work, here and not at the first request."""
        for name in ("issuer", "jwks_url", "database_url", "audience"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise UsageError(f"{name} has to be a string that isn't empty")
        check_profile(self.profile, self.clock)

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
    chosen = _from_environment() if config is None else config
    if not isinstance(chosen, InspectionsConfig):
        raise UsageError("config has to be an InspectionsConfig, or None for the environment")
    service = new_service(
        title="Inspections",
        description="Visual inspection on production lines. Press Authorize, paste a token.",
        routers=[
            reads.router,
            results.router,
            insight.router,
            recording.router,
            writes.router,
            resource.router,
        ],
        profile=chosen.profile,
        url=chosen.url,
        hardening=chosen.hardening,
        lifespan=_lifespan_of(chosen),
    )
    for error in (exc.TimeoutError, exc.OperationalError):
        service.add_exception_handler(error, _on_busy_database)
    return service


def _lifespan_of(config: InspectionsConfig) -> Lifespan[Service]:
    """Return what opens the service's engine and key client on its loop, and closes them there."""
    policy = AccessTokenPolicy(config.issuer, config.audience, clock=config.clock)

    @asynccontextmanager
    async def lifespan(service: Service) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = Database(config.database_url)
            stack.push_async_callback(database.close)
            keys = config.new_jwks_client(config.jwks_url)
            stack.push_async_callback(keys.aclose)
            await prepare(database)
            service.state.database = database
            service.state.gate = Gate(policy, keys, config.url)
            yield

    return lifespan


async def _on_busy_database(_request: Request, _error: Exception) -> problems.ProblemResponse:
    """Ask to come back: every connection is in use, or another writer takes long."""
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return problems.ProblemResponse(503, "the database is busy; try again soon", headers=headers)


def _from_environment() -> InspectionsConfig:
    hide_queries()  # Nobody but uvicorn --factory comes here: the process is the service's own.
    return InspectionsConfig.from_settings(Settings.from_environment())
