"""
Token exchange: a user's token in, a smaller one out, for one service and for one call.

An agent that sent its user's token on would hand each service the key to all the others. So it
trades: for every call a fresh token that names the user (``sub``), itself (``act``), one audience,
and no more scopes than that call needs.

Glossary, in the words of RFC 8693:
    subject token: says on whose behalf; it has to be meant for the client that trades it.
    actor: who acts for the subject: the client that asks, as it has just proven itself. Nobody
        names another one.
    chain: actors inside of actors, when a service trades on what it was given. The inner ones are
        history and allow nothing (RFC 8693 section 4.1).

Floor 2: knows clients, tokens and what the issuer remembers.
"""

from collections.abc import Mapping
from typing import Any

from labkit.errors import InvalidToken
from labkit.services.clients import Client
from labkit.services.grants import IssuerConfig, Token, audience_of, scopes_of
from labkit.services.oauth import TokenError
from labkit.services.stores import IssuerStores
from labkit.tokens import AccessTokenPolicy, Claims, issue_access_token
from labkit.tokens.access import MAX_ACTORS
from labkit.tracing import Kind, span

ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - section 3.
DELEGATED_LIFETIME_S = 60  # Our choice: one call, with a slow service and a retry.

_TAKEN = {
    "subject_token_type": (ACCESS_TOKEN_TYPE,),
    "requested_token_type": (None, ACCESS_TOKEN_TYPE),
    "actor_token": (None,),  # The actor is who asks.
    "actor_token_type": (None,),
    "resource": (None,),  # RFC 8693 allows URLs here; this issuer knows its services by name.
}


async def exchange_token(
    config: IssuerConfig, stores: IssuerStores, client: Client, form: Mapping[str, str]
) -> Token:
    """
    Return a token with which the authenticated *client* acts for the subject of *form*.

    It allows what the subject token, the client's registration and the audience all allow, and of
    that only what was asked for. It ends before the subject token does, and after
    `DELEGATED_LIFETIME_S` at the latest.

    Raises:
        TokenError: ``invalid_request`` for a subject token that can't be used, whatever is wrong
            with it (RFC 8693 section 2.2.2); ``invalid_target``, ``invalid_scope``, or
            ``unauthorized_client`` for one that proves nothing.

    Source: RFC 8693 section 2.
    """
    if client.is_public:
        raise TokenError("unauthorized_client", "only a client that proves itself may act")
    _check_form(form)
    audience = audience_of(config, form)
    ring = await stores.ring.load()
    subject = await _subject(config, stores, ring.jwk_set(config.clock.now()), client, form)
    scopes = scopes_of(form, config.audiences[audience] & client.scopes & subject.scopes)
    lifetime_s = min(DELEGATED_LIFETIME_S, subject.expires_at - int(config.clock.now()))
    if lifetime_s <= 0:  # A verifier's leeway is for clocks that differ; ours wrote both times.
        raise _unusable("expired")
    with span("sign token", Kind.AUTH):
        token = issue_access_token(
            ring.active,
            issuer=config.issuer,
            subject=subject.subject,
            audience=audience,
            client_id=client.client_id,
            scopes=scopes,
            lifetime_s=lifetime_s,
            actor=_chain(client, subject),
            clock=config.clock,
        )
    return Token(token, lifetime_s, scopes, issued_type=ACCESS_TOKEN_TYPE)


def _check_form(form: Mapping[str, str]) -> None:
    for name, taken in _TAKEN.items():
        if form.get(name) not in taken:
            wanted = f"has to be {taken[-1]}" if taken[-1] else "isn't taken here"
            raise TokenError("invalid_request", f"{name} {wanted}", reason="exchange-form")
    if "subject_token" not in form:
        raise TokenError("invalid_request", "subject_token is missing", reason="exchange-form")


async def _subject(
    config: IssuerConfig,
    stores: IssuerStores,
    jwk_set: dict[str, Any],
    client: Client,
    form: Mapping[str, str],
) -> Claims:
    """Return what the subject token says, if it is ours, good, and meant for *client*."""
    policy = AccessTokenPolicy(config.issuer, client.client_id, clock=config.clock)
    try:
        claims = policy.verify(form["subject_token"], jwk_set)
    except InvalidToken as error:
        raise _unusable(error.reason) from None
    if await stores.revoked.has(claims.issuer, claims.token_id):
        raise _unusable("revoked")
    return claims


def _chain(client: Client, subject: Claims) -> dict[str, Any]:
    """Put *client* around the actors there were before; none of them is asked for anything."""
    depth, inner = 1, subject.actor
    while inner is not None:
        depth, inner = depth + 1, inner.get("act")
    if depth > MAX_ACTORS:
        raise _unusable("actors")
    before = {} if subject.actor is None else {"act": subject.actor}
    return {"sub": client.client_id, **before}


def _unusable(reason: str) -> TokenError:
    description = "bring a subject_token of this issuer that is meant for you and still good"
    return TokenError("invalid_request", description, reason=f"subject-{reason}")
