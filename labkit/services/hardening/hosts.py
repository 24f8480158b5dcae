"""
Which names a service answers to: the defence against DNS rebinding.

A page of evil.test can have the browser connect to 127.0.0.1, by changing what its own name
resolves to; to the browser that is still evil.test, so the page may read the answer. What gives it
away is the ``Host`` header, which the browser writes and no script can (CWE-346, CWE-350).

The port isn't compared: through a tunnel or a proxy it differs, and rebinding needs a name.

Floor 2: knows problems.
"""

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from labkit.errors import UsageError
from labkit.services.problems import ProblemResponse

LOOPBACK = ("127.0.0.1", "[::1]", "localhost")
ANY = "*"
"""
Any name: for a lab whose browser is elsewhere, behind JupyterHub. Its proxy hands on the name that
the browser sees, which nobody here knows; and a page can't rebind to a loopback that isn't its own.
"""

# RFC 9110 section 7.2: a name or an address, perhaps a port; IPv6 in brackets.
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII)


class Hosts:
    """
    The middleware that refuses a request for a host that isn't this one.

    Args:
        names: What the service is called, without ports.
        own_address: Whether the address of its own socket counts, too.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str], *, own_address: bool) -> None:
        self.app = app
        self.names = frozenset(names)
        self.own_address = own_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http" or ANY in self.names or self._is_ours(scope):
            await self.app(scope, receive, send)
            return
        detail = "this service has another name; LABKIT_HOSTS lists more that it answers to"
        await ProblemResponse(400, detail)(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        host = _host_of(scope)
        server = scope.get("server") if self.own_address else None
        return host is not None and (
            host in self.names or (server is not None and host == _bracketed(server[0].lower()))
        )


def checked_names(names: Iterable[str]) -> tuple[str, ...]:
    """
    Return *names* in lower case.

    Raises:
        UsageError: One isn't the name of a host, or has a port or a scheme.
    """
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise UsageError("hosts are strings in a tuple, such as ('lab.example.org',)")
    lower = tuple(name.lower() for name in names)
    for name in lower:
        found = _HOST.fullmatch(name)
        if name != ANY and (found is None or found[1] != name):
            raise UsageError(f"{name!r:.60} is no name of a host: leave out scheme, port and path")
    return lower


def _host_of(scope: Scope) -> str | None:
    sent = [value for name, value in scope["headers"] if name == b"host"]
    found = _HOST.fullmatch(sent[0].decode("latin-1").lower()) if len(sent) == 1 else None
    return found[1] if found else None


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
