"""
What every service has that takes our issuer's tokens: whom it trusts, the gate that judges, and the
routes by which a client finds out about both.

Floor 2: knows FastAPI.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from fastapi import APIRouter
from starlette.types import Lifespan

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.errors import UsageError
from labkit.logs import hide_queries
from labkit.services import resource
from labkit.services.app import Service, check_profile, new_service
from labkit.services.bearer import Gate
from labkit.services.hardening import DEFAULTS, HardeningConfig
from labkit.settings import Profile, Settings
from labkit.tokens import AccessTokenPolicy, JwksClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedConfig(ABC):
    """
    What a protected service has to know before it starts.

    Attributes:
        issuer: The only issuer whose tokens are accepted, as its ``iss``.
        jwks_url: Where that issuer publishes its keys.
        audience: Its name in tokens.
        url: Where the service is, as its users write it; None means the socket's own address.
        profile: "exposed" has no docs page and takes no frozen clock.
        hardening: What it refuses before any route sees a request.
        clock: What time it is when a token is judged.
        new_jwks_client: Makes the client that fetches the keys, on the loop of the service.
    """

    issuer: str
    jwks_url: str
    audience: str
    url: str | None = None
    profile: Profile = "local"
    hardening: HardeningConfig = DEFAULTS
    clock: Clock = SYSTEM_CLOCK
    new_jwks_client: Callable[[str], JwksClient] = JwksClient

    def __post_init__(self) -> None:
        """Refuse what could not work, here and not at the first request."""
        self.expect_text("issuer", "jwks_url", "audience")
        check_profile(self.profile, self.clock)

    def expect_text(self, *names: str) -> None:
        """
        Require attributes to say something.

        Raises:
            UsageError: One is no string, or empty.
        """
        for name in names:
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise UsageError(f"{name} has to be a string that isn't empty")

    @classmethod
    @abstractmethod
    def from_settings(cls, settings: Settings) -> Self:
        """
        Return the configuration of a process of its own.

        Raises:
            UsageError: The environment lacks something; the text names it.
        """

    @classmethod
    def or_environment(cls, config: Self | None) -> Self:
        """
        Return *config*, or what the environment says.

        Raises:
            UsageError: It is neither None nor such a configuration, or can't work.
        """
        if config is None:
            hide_queries()  # Nobody but uvicorn --factory comes here: the process is ours alone.
            return cls.from_settings(Settings.from_environment())
        if not isinstance(config, cls):
            raise UsageError(f"config has to be {cls.__name__}(...), or None for the environment")
        return config

    @asynccontextmanager
    async def gate(self, service: Service) -> AsyncIterator[None]:
        """Put the gate that judges tokens into *service*, with keys fetched on its loop."""
        policy = AccessTokenPolicy(self.issuer, self.audience, clock=self.clock)
        keys = self.new_jwks_client(self.jwks_url)
        try:
            service.state.gate = Gate(policy, keys, self.url)
            yield
        finally:
            await keys.aclose()


def protected_service(
    config: ProtectedConfig,
    *,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    lifespan: Lifespan[Service] | None = None,
) -> Service:
    """
    Return the service of *config* with the routes of *routers*. It opens nothing until it starts.

    Args:
        lifespan: What lives as long as the service does, the gate too; None means the gate alone.

    Raises:
        UsageError: As `labkit.services.app.new_service`.
    """
    return new_service(
        title=title,
        description=description,
        routers=[*routers, resource.router],
        profile=config.profile,
        url=config.url,
        hardening=config.hardening,
        lifespan=lifespan or config.gate,
    )
