"""
What stands between the network and every service: middlewares, each with one thing to watch.

The order is a decision. From the outermost to the innermost:

1. `RequestId`: whatever happens further in, the answer and the log lines have an id.
2. `AccessLog`: sees every answer that leaves, refusals of the others among them, and needs the id.
3. `SecurityHeaders`: a refusal is an answer too, and a browser may show it.
4. `HeadLimits`: what follows may trust that a head is small and has one meaning.
5. `Hosts`: a request for somebody else goes no further, not even a preflight.
6. CORS, if there are origins: outside of `Errors`, so that their pages can read a 500.
7. `Errors`: an exception further in becomes a 500 that passes through all of the above.
8. `BodyLimits`: refuses by an exception where the application reads, so it is inside of `Errors`.
9. `StrictJson`: innermost, since it keeps a copy of the body that was counted before.

Each is pure ASGI: it wraps ``send`` or ``receive`` and hands messages on as they come, so a stream
stays a stream (Starlette's ``BaseHTTPMiddleware`` three times over costs six times the requests).

Floor 2: knows logs, settings, problems and Starlette.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.middleware import Middleware

from labkit.errors import UsageError
from labkit.services.hardening.access_log import AccessLog
from labkit.services.hardening.cors import checked_origins, cors
from labkit.services.hardening.errors import Errors
from labkit.services.hardening.headers import SecurityHeaders
from labkit.services.hardening.hosts import ANY, LOOPBACK, Hosts, checked_names
from labkit.services.hardening.json_bodies import StrictJson
from labkit.services.hardening.limits import BodyLimits, HeadLimits, Limits
from labkit.services.hardening.request_id import RequestId
from labkit.settings import Profile

__all__ = [
    "ANY",
    "DEFAULTS",
    "AccessLog",
    "BodyLimits",
    "Errors",
    "HardeningConfig",
    "HeadLimits",
    "Hosts",
    "Limits",
    "RequestId",
    "SecurityHeaders",
    "StrictJson",
    "middlewares",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningConfig:
    """
    What may differ from service to service.

    Attributes:
        hosts: More names that the service answers to, without ports: a proxy's, a load balancer's.
        origins: Whose pages may call it from a browser, such as ``https://lab.example.org``.
        limits: How much a request may be.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Refuse what could not work, here and not at the first request."""
        object.__setattr__(self, "hosts", checked_names(self.hosts))
        object.__setattr__(self, "origins", checked_origins(self.origins))
        if not isinstance(self.limits, Limits):
            raise UsageError("limits has to be a labkit.services.hardening.Limits")


DEFAULTS = HardeningConfig()


def middlewares(config: HardeningConfig, profile: Profile, *, url: str | None) -> list[Middleware]:
    """
    Return the middlewares of a service, the outermost first.

    Args:
        url: Where the service is, as its users write it; its host is one of the service's names.

    Raises:
        UsageError: An exposed service without a name, or with any.
    """
    local = profile == "local"
    names = {*config.hosts, *_host_of(url), *(LOOPBACK if local else ())}
    if not local and (not names or ANY in names):
        raise UsageError("the exposed profile needs a list of the names that it answers to: hosts")
    return [
        Middleware(RequestId),
        Middleware(AccessLog),
        Middleware(SecurityHeaders),
        Middleware(HeadLimits, limits=config.limits),
        Middleware(Hosts, names=names, own_address=local),
        *cors(config.origins),
        Middleware(Errors),
        Middleware(BodyLimits, limits=config.limits),
        Middleware(StrictJson),
    ]


def _host_of(url: str | None) -> Iterable[str]:
    host = urlsplit(url).hostname if url else None
    return [] if not host else [f"[{host}]" if ":" in host else host]
