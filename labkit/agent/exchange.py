"""
A `CredentialSource` over token exchange (RFC 8693): a user's token in, a small one out per call.

The agent is a client of the issuer and proves itself with a secret. The user's token is meant for
the agent alone: no service would take it. It's kept in memory, on the loop where it was fetched,
and traded for each call.

::

    sign-in      the form that gets the user's token, from the grant by which users sign in here
    exchange     from that token to one for an audience, a scope and a minute

Floor 2: knows errors, and how a token's text is laid out.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from labkit.agent.authority import MAX_LIFETIME_S, Credential
from labkit.agent.connections import PerLoop, ServiceConnections
from labkit.errors import ServiceError
from labkit.tokens.encoding import b64url_decode, json_object
from labkit.tracing import Kind, span

ISSUER = "issuer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name, RFC 8693.
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - likewise, section 3.
RENEW_S = MAX_LIFETIME_S + 10
"""
Seconds before its end from which the user's token is fetched anew: none that is traded on can
outlive it, so each gets its full minute.
"""


@dataclass(frozen=True, slots=True)
class TokenClient:
    """
    A program that may act for users, as its issuer knows it.

    Attributes:
        issuer: The issuer's URL; its token endpoint is ``/token`` there.
        client_id: The program's name, and the audience of its users' tokens.
        client_secret: What it proves itself with.
        monotonic: Tells seconds that only grow; in a lesson, a clock that can be set ahead.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    monotonic: Callable[[], float] = time.monotonic


class TokenExchange:
    """
    One user's tokens, for an `Authority`.

    Args:
        client: Who acts for the user.
        sign_in: The form that gets the user's token.
    """

    def __init__(self, client: TokenClient, sign_in: Mapping[str, str]) -> None:
        form = dict(sign_in)
        self._per_loop = PerLoop(lambda: _Session(client, form))

    async def credential(self, audience: str, scope: str) -> Credential:
        """
        Trade the user's token for one with *scope* at *audience*.

        Raises:
            ServiceError: The issuer refuses, or doesn't answer.
        """
        return await (await self._per_loop.here()).trade(audience, scope)

    def __repr__(self) -> str:
        return "<TokenExchange>"


class _Session(ServiceConnections):
    """The user's token on one loop, and the connection to the issuer."""

    def __init__(self, client: TokenClient, sign_in: dict[str, str]) -> None:
        super().__init__({ISSUER: client.issuer})
        self._client = client
        self._sign_in = sign_in
        self._token = ""
        self._renew_at = 0.0
        self._renewing = asyncio.Lock()  # Calls side by side share one sign-in.

    async def trade(self, audience: str, scope: str) -> Credential:
        subject_token = await self._user_token()
        form = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": subject_token,
            "subject_token_type": ACCESS_TOKEN,
            "audience": audience,
            "scope": scope,
        }
        try:
            with span("exchange token", Kind.AUTH, scope=scope):
                answer = await self._post(form, prove=True)
        except ServiceError:
            self._forget(subject_token)  # Perhaps it was revoked, or its key removed.
            raise
        token = answer["access_token"]
        return Credential(token, _token_id(token), answer["expires_in"])

    async def _user_token(self) -> str:
        async with self._renewing:
            if not self._token or self._client.monotonic() >= self._renew_at:
                asked_at = self._client.monotonic()
                with span("sign in", Kind.AUTH):
                    answer = await self._post(self._sign_in, prove=False)
                self._token = answer["access_token"]
                self._renew_at = asked_at + answer["expires_in"] - RENEW_S
            return self._token

    def _forget(self, token: str) -> None:
        if self._token == token:
            self._token = ""

    async def _post(self, form: Mapping[str, str], *, prove: bool) -> dict[str, Any]:
        client = self._client
        secret = httpx2.BasicAuth(client.client_id, client.client_secret)
        proof = secret if prove else httpx2.Auth()
        try:
            response = await self.service(ISSUER).post("/token", data=dict(form), auth=proof)
        except httpx2.TransportError as error:  # Its text may quote a header: it isn't chained.
            what = type(error).__name__
            raise ServiceError(f"the issuer didn't answer ({what}): is it running?") from None
        return _granted(response)


def _granted(response: httpx2.Response) -> dict[str, Any]:
    """
    Return the answer of a token endpoint (RFC 6749 section 5.1).

    Raises:
        ServiceError: It's an error (section 5.2), or none of either.
    """
    try:
        answer = response.json()
        if response.is_success:
            return {"access_token": str(answer["access_token"]), "expires_in": answer["expires_in"]}
        code = str(answer["error"])
    except (ValueError, TypeError, KeyError):
        raise ServiceError(f"no issuer answers like that (status {response.status_code})") from None
    raise ServiceError(f"the issuer refused ({code}): {answer.get('error_description', '')}")


def _token_id(token: str) -> str:
    """Return the ``jti`` of a token that comes from the issuer itself, for the audit trail."""
    try:
        return str(json_object(b64url_decode(token.split(".")[1])).get("jti", ""))
    except (ValueError, IndexError):
        return ""  # An opaque token is as good.
