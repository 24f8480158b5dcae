"""
Grants: why a token is given, for whom, and how far it reaches.

Whatever is asked for is checked against what the audience offers, what the client is registered
for and what the user may do. One word too many and nothing is given: a smaller token than the one
asked for would fail later, in a place where nobody remembers why.

Floor 2: knows clients, tokens and the token request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.errors import UsageError
from labkit.services.app import check_profile
from labkit.services.clients import Client
from labkit.services.hardening import DEFAULTS, HardeningConfig
from labkit.services.oauth import TokenError
from labkit.services.scopes import AUDIENCES, INSPECTIONS_READ, INSPECTIONS_WRITE, SEARCH_READ
from labkit.settings import Profile
from labkit.tokens import KeyRing, SigningKey, issue_access_token
from labkit.tokens.teaching import is_teaching_key
from labkit.tracing import Kind, span

TOKEN_LIFETIME_S = 300  # Our choice: RFC 9700 asks for short lives; verifiers accept up to 600.

CLIENT_CREDENTIALS = "client_credentials"  # RFC 6749 section 4.4: a program for itself.
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name, RFC 8693.
LOCAL_SIGN_IN = "urn:labkit:grant-type:local-sign-in"
"""
A user by name alone, without any proof (an extension grant, RFC 6749 section 4.5). It lets a
learner be somebody; in the exposed profile it doesn't exist.
"""

_ALL = frozenset({INSPECTIONS_READ, INSPECTIONS_WRITE, SEARCH_READ})  # Each asks for less.
LOCAL_USERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "quality-lead": _ALL,  # Both plants.
        "operator-a": _ALL,  # Plant A.
        "operator-b": _ALL,  # Plant B.
    }
)
"""Who can sign in by name, and the scopes that each may get."""

NOTEBOOK = Client.public("notebook", _ALL)
LOCAL_CLIENTS: Mapping[str, Client] = MappingProxyType({NOTEBOOK.client_id: NOTEBOOK})


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerConfig:
    """
    What an issuer knows before it starts.

    Attributes:
        issuer: Its URL, the ``iss`` of its tokens.
        keys: What it signs with. With a database: what a new ring there starts with; None makes a
            new key.
        database_url: SQLite file or PostgreSQL that keeps its keys and what it must not forget,
            for its processes alone. None keeps them in the process, and loses them with it.
        clients: The registered programs by name.
        users: Who can sign in (profile "local"), and the scopes that each may get.
        audiences: The services that tokens can be meant for, and the scopes that each knows.
        profile: "exposed" has no sign-in by name, no docs page, no teaching key, no frozen clock.
        hardening: What it refuses before any route sees a request.
        clock: What time tokens are issued at.
    """

    issuer: str
    keys: KeyRing | None = None
    database_url: str | None = field(default=None, repr=False)  # It may hold a password.
    clients: Mapping[str, Client] = field(default_factory=lambda: LOCAL_CLIENTS)
    users: Mapping[str, frozenset[str]] = field(default_factory=lambda: LOCAL_USERS)
    audiences: Mapping[str, frozenset[str]] = field(default_factory=lambda: AUDIENCES)
    profile: Profile = "local"
    hardening: HardeningConfig = DEFAULTS
    clock: Clock = SYSTEM_CLOCK

    def __post_init__(self) -> None:
        """Refuse what could not work, or what would be unsafe."""
        if not isinstance(self.issuer, str) or not self.issuer.startswith(("http://", "https://")):
            raise UsageError("issuer has to be a URL such as http://127.0.0.1:8001")
        if self.issuer.endswith("/"):
            raise UsageError("write the issuer's URL without a slash at the end")
        self._check_keys()
        for name in ("clients", "users", "audiences"):
            if not isinstance(getattr(self, name), Mapping):
                raise UsageError(f"{name} has to be a dict by name")
        if any(name != client.client_id for name, client in self.clients.items()):
            raise UsageError("clients has to map each client_id to its own client")
        # Both become `sub`; a program mustn't be able to pass for a user (RFC 9068 section 5).
        if not self.clients.keys().isdisjoint(self.users):
            raise UsageError("a client and a user share a name: rename one of them")
        check_profile(self.profile, self.clock)

    def _check_keys(self) -> None:
        if self.keys is None and self.database_url is None:
            raise UsageError("give the issuer keys=KeyRing.generate(), or a database_url")
        if not isinstance(self.keys, KeyRing | None):
            raise UsageError("keys has to be a KeyRing: KeyRing.generate()")
        if not isinstance(self.database_url, str | None):
            raise UsageError("database_url has to be a string such as sqlite:////folder/issuer.db")
        if self.profile == "exposed":
            if self.database_url is None:
                raise UsageError("the exposed profile needs a database_url: keys that outlive it")
            if self.keys is not None:
                self.check_key(self.keys.active)

    def check_key(self, key: SigningKey) -> None:
        """
        Refuse a key that this profile mustn't sign with.

        Raises:
            UsageError: It's a teaching key, and the profile is "exposed".
        """
        if self.profile == "exposed" and is_teaching_key(key):
            raise UsageError("everybody has the teaching keys; the exposed profile needs its own")


@dataclass(frozen=True, slots=True)
class Token:
    """A new access token, and what the client has to know of it."""

    access_token: str = field(repr=False)
    expires_in: int  # Seconds.
    scopes: frozenset[str]
    issued_type: str | None = None  # Said only after an exchange (RFC 8693 section 2.2.1).


@dataclass(frozen=True, slots=True)
class _Approved:
    """For whom a grant gives a token, and the scopes that they may have at most."""

    subject: str
    scopes: frozenset[str]


def grants_of(config: IssuerConfig) -> tuple[str, ...]:
    """Return the grant types that an issuer of this profile answers."""
    own = tuple(_GRANTS) if config.profile == "local" else (CLIENT_CREDENTIALS,)
    return (*own, TOKEN_EXCHANGE)


def grant_type(config: IssuerConfig, form: Mapping[str, str]) -> str:
    """
    Return the grant that *form* names.

    Raises:
        TokenError: It names none, or one that this issuer doesn't answer.
    """
    grant = form.get("grant_type")
    if grant is None:
        raise TokenError("invalid_request", "grant_type is missing")
    if grant not in grants_of(config):
        raise TokenError("unsupported_grant_type", "see grant_types_supported in the metadata")
    return grant


def grant_token(
    config: IssuerConfig, key: SigningKey, grant: str, client: Client, form: Mapping[str, str]
) -> Token:
    """
    Return a token for the authenticated *client*, as *form* asks for it, signed with *key*.

    Without ``scope`` the token has none: it says who, and allows nothing. A token exchange is next
    door, in `labkit.services.exchange`.

    Raises:
        TokenError: The request can't be granted; RFC 6749 section 5.2 has the codes.
    """
    approved = _GRANTS[grant](config, client, form)
    audience = audience_of(config, form)
    scopes = scopes_of(form, config.audiences[audience] & client.scopes & approved.scopes)
    with span("sign token", Kind.AUTH):
        token = issue_access_token(
            key,
            issuer=config.issuer,
            subject=approved.subject,
            audience=audience,
            client_id=client.client_id,
            scopes=scopes,
            lifetime_s=TOKEN_LIFETIME_S,
            clock=config.clock,
        )
    return Token(token, TOKEN_LIFETIME_S, scopes)


def audience_of(config: IssuerConfig, form: Mapping[str, str]) -> str:
    """
    Return the one service that the token is asked for.

    Raises:
        TokenError: ``invalid_target``, this issuer knows no such service.
    """
    audience = form.get("audience", "")
    if audience not in config.audiences:
        raise TokenError("invalid_target", "name in audience a service that this issuer knows")
    return audience


def scopes_of(form: Mapping[str, str], allowed: frozenset[str]) -> frozenset[str]:
    """
    Return the scopes that are asked for: all of them, or it raises.

    Raises:
        TokenError: ``invalid_scope``, one of them isn't *allowed*.
    """
    if "scope" not in form:
        return frozenset()
    asked = frozenset(form["scope"].split(" "))
    if not asked <= allowed:
        raise TokenError("invalid_scope", "a scope isn't known here or isn't yours to ask for")
    return asked


def _for_client(_config: IssuerConfig, client: Client, _form: Mapping[str, str]) -> _Approved:
    """Let a program be itself, if it proved that it is (RFC 6749 section 4.4)."""
    if client.is_public:
        raise TokenError(
            "unauthorized_client", "only a client that proves itself can ask for itself"
        )
    return _Approved(client.client_id, client.scopes)


def _for_local_user(config: IssuerConfig, client: Client, form: Mapping[str, str]) -> _Approved:
    """Let the notebook be any user of the lab."""
    if not client.is_public:
        raise TokenError("unauthorized_client", "this client asks for itself, not for a user")
    username = form.get("username")
    if username is None:
        raise TokenError("invalid_request", "username is missing")
    if username not in config.users:
        raise TokenError("invalid_grant", "there is no such user")
    return _Approved(username, config.users[username])


_Grant = Callable[[IssuerConfig, Client, Mapping[str, str]], _Approved]
_GRANTS: dict[str, _Grant] = {
    CLIENT_CREDENTIALS: _for_client,
    LOCAL_SIGN_IN: _for_local_user,
}
