"""
Which client sent this request: its name, a secret, or a signature that counts once.

A client proves itself in one way, the one that it's registered for. Two ways in one request are
refused even if each is right: two parsers could disagree about which of them counts.

Floor 2: knows clients, HTTP's Basic scheme and client assertions.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.errors import InvalidToken
from labkit.services.clients import Client, is_proven
from labkit.services.oauth import TokenError
from labkit.services.throttle import FailureLimit
from labkit.tokens.assertion import Assertion, claimed_client, verify_client_assertion
from labkit.tokens.replay import SeenStore

ASSERTION_METHOD = "private_key_jwt"
CONFIDENTIAL_METHODS = ("client_secret_basic", "client_secret_post", ASSERTION_METHOD)
"""How a client proves itself, in the words of OpenID Connect Core section 9."""

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 section 2.2.
_NOT_PROVEN = "no such client, or it proved itself wrongly"


@dataclass(frozen=True, slots=True)
class _Given:
    """What a request says of its client, in one way. Nothing of it is proven."""

    client_id: str | None
    secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """
    What an issuer needs to know its clients again.

    Attributes:
        issuer: Its own name, for which assertions have to be meant.
        clients: The registered programs by name.
        seen: Assertions that were used.
        limit: Failed logins, counted.
        clock: What time it is when an assertion is judged.
    """

    issuer: str
    clients: Mapping[str, Client]
    seen: SeenStore
    limit: FailureLimit = field(default_factory=FailureLimit)
    clock: Clock = SYSTEM_CLOCK

    async def client_of(
        self, authorization: Sequence[str], form: Mapping[str, str], address: str | None = None
    ) -> Client:
        """
        Return the client that sent a request.

        Args:
            authorization: Every ``Authorization`` header of the request.
            form: The parameters of its body.
            address: Where it comes from, as the server's socket says.

        Raises:
            TokenError: ``invalid_request`` for two ways at once, ``invalid_client`` for anything
                else; with status 429 if this client failed too often from there.

        Source: RFC 6749 section 2.3, RFC 7521 section 4.2, RFC 7523 section 3.
        """
        given = _given(authorization, form)
        if given.assertion is not None:
            return await self._by_assertion(given.assertion, given.client_id)
        return self._by_secret(given, address)

    def _by_secret(self, given: _Given, address: str | None) -> Client:
        # A client_id is no secret (RFC 6749 section 2.2), so a known one may be answered otherwise.
        client = self.clients.get(given.client_id or "")
        is_guessable = client is not None and client.secret_hash is not None
        if client and is_guessable and (wait_s := self.limit.wait_s(client.client_id, address)):
            raise _throttled(wait_s)
        proven = is_proven(client, given.secret)  # First: an unknown name takes as long.
        if client and is_guessable and not proven:
            self.limit.failed(client.client_id, address)
        if client is None or not proven:
            raise TokenError("invalid_client", _NOT_PROVEN)
        return client

    async def _by_assertion(self, text: str, client_id: str | None) -> Client:
        try:
            name = claimed_client(text)
            if client_id not in (None, name):
                raise _twice("two client names were given")
            client, assertion = self._verified(text, name)
        except InvalidToken as error:
            raise _refused(error.reason) from None
        if not await self.seen.add(name, assertion.token_id, assertion.forget_after):
            raise _refused("replay")
        return client

    def _verified(self, text: str, name: str) -> tuple[Client, Assertion]:
        client = self.clients.get(name)
        if client is None or client.jwk_set is None:
            raise InvalidToken("client", "nobody of this name signs")
        jwk_set = client.jwk_set
        return client, verify_client_assertion(text, jwk_set, issuer=self.issuer, clock=self.clock)


def _given(authorization: Sequence[str], form: Mapping[str, str]) -> _Given:
    """Find the one way in which a request proves anything."""
    signs = "client_assertion" in form or "client_assertion_type" in form
    if len(authorization) + ("client_secret" in form) + signs > 1:
        raise _twice("authenticate once, in one way")
    client_id = form.get("client_id")
    if authorization:
        name, secret = _from_basic(authorization[0])
        if client_id not in (None, name):
            raise _twice("two client names were given")
        return _Given(name, secret)
    if not signs:
        return _Given(client_id, form.get("client_secret"))
    if form.get("client_assertion_type") != JWT_BEARER or "client_assertion" not in form:
        raise TokenError("invalid_request", f"client_assertion goes with the type {JWT_BEARER}")
    return _Given(client_id, assertion=form["client_assertion"])


def _from_basic(header: str) -> tuple[str, str]:
    """Return name and secret, which are form-encoded inside Basic (RFC 6749 section 2.3.1)."""
    scheme, _, credentials = header.partition(" ")
    try:
        pair = base64.b64decode(credentials.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        pair = ""
    name, colon, secret = pair.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise TokenError("invalid_client", "write it so: Authorization: Basic <id:secret>")
    return unquote_plus(name), unquote_plus(secret)


def _twice(description: str) -> TokenError:
    return TokenError("invalid_request", description, reason="twice")


def _refused(reason: str) -> TokenError:
    return TokenError("invalid_client", _NOT_PROVEN, reason=f"assertion-{reason}")


def _throttled(wait_s: int) -> TokenError:
    return TokenError(
        "invalid_client",
        "this client failed too often; wait, then try again",
        reason="throttled",
        status=429,  # RFC 6585 section 4.
        headers={"Retry-After": str(wait_s)},
    )
