"""
A client's own signature instead of a shared secret: ``private_key_jwt`` (RFC 7523).

A secret has to be known by both sides, and whoever reads one request has it. An assertion is
signed with a key that never leaves the client, names the one issuer that it's for, lives a minute
and counts once: who reads one has nothing.

Glossary:
    assertion: a JWT in which a client says that it is itself.

Floor 1: knows JWS, keys, errors and the clock. That it counts once is the business of
`labkit.tokens.replay`; who may be a client, of the issuer.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.errors import InvalidToken, UsageError
from labkit.tokens.access import LAST_SECOND, LEEWAY_S, MAX_TEXT_CHARACTERS
from labkit.tokens.encoding import json_object
from labkit.tokens.jws import JwkSet, Jws, open_jws, parse_jws, sign_jws
from labkit.tokens.keys import SigningKey

ASSERTION_LIFETIME_S = 60  # Our choice: it's made for one request and used at once.
ASSERTION_TYPE = "JWT"  # What clients write; see `_TYPES`.
# No type, the one of RFC 7519 section 5.1, or the one that the successor of RFC 7523 asks for.
# Never at+jwt: an access token proves nothing about its bearer's keys.
_TYPES = frozenset({"", "jwt", "client-authentication+jwt"})

_Name = Annotated[str, Field(pattern=rf"^[\x20-\x7e]{{1,{MAX_TEXT_CHARACTERS}}}$")]
_Seconds = Annotated[int, Field(gt=0, le=LAST_SECOND)]


class _Members(BaseModel):
    """The claims of an assertion (RFC 7523 section 3); unknown ones are ignored."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    iss: _Name
    sub: _Name
    aud: _Name | Annotated[list[_Name], Field(min_length=1, max_length=1)]
    jti: _Name
    exp: _Seconds
    iat: _Seconds | None = None
    nbf: _Seconds | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    """
    A verified assertion.

    Attributes:
        client_id: Who it's from.
        token_id: Its name; it counts once.
        forget_after: Unix time in seconds from which on nobody accepts it.
    """

    client_id: str
    token_id: str = field(repr=False)
    forget_after: int


def sign_client_assertion(
    key: SigningKey,
    *,
    client_id: str,
    issuer: str,
    lifetime_s: int = ASSERTION_LIFETIME_S,
    clock: Clock = SYSTEM_CLOCK,
) -> str:
    """
    Return a new assertion by which *client_id* proves itself to *issuer*, once.

    Raises:
        UsageError: *issuer* would never accept it.

    Source: RFC 7523 section 3.
    """
    now = int(clock.now())
    if type(lifetime_s) is not int or not 0 < lifetime_s <= ASSERTION_LIFETIME_S:
        raise UsageError(f"lifetime_s has to be a whole number from 1 to {ASSERTION_LIFETIME_S}")
    members = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + lifetime_s,
    }
    try:
        _Members.model_validate(members)
    except ValidationError:
        raise UsageError("client_id and issuer have to be strings of visible ASCII") from None
    return sign_jws(json.dumps(members).encode(), key, typ=ASSERTION_TYPE)


def claimed_client(assertion: str) -> str:
    """
    Return the client that *assertion* claims to be from, to look up its keys. Nothing is proven.

    Raises:
        InvalidToken: It's no assertion at all.
    """
    return _members(parse_jws(assertion)).sub


def verify_client_assertion(
    assertion: str, jwk_set: JwkSet, *, issuer: str, clock: Clock = SYSTEM_CLOCK
) -> Assertion:
    """
    Return what *assertion* proves, if a key of *jwk_set* signed it, for *issuer* and for now.

    Args:
        jwk_set: The keys of the client that it claims to be from.
        issuer: Our own name: the issuer's URL, and no other spelling of it.

    Raises:
        InvalidToken: It proves nothing. That it was used before is for a `SeenStore` to know.

    Source: RFC 7523 section 3.
    """
    jws = open_jws(assertion, jwk_set)
    if str(jws.header.get("typ", "")).lower() not in _TYPES:
        raise InvalidToken("typ", "this is another kind of token")
    members = _members(jws)
    if members.iss != members.sub:
        raise InvalidToken("issuer", "a client speaks for itself: iss and sub are its client_id")
    if members.aud not in (issuer, [issuer]):
        raise InvalidToken("audience", "the assertion is meant for another issuer")
    _check_times(members, clock.now())
    return Assertion(members.sub, members.jti, members.exp + LEEWAY_S)


def _members(jws: Jws) -> _Members:
    try:
        return _Members.model_validate(json_object(jws.payload))
    except (ValueError, RecursionError):  # A ValidationError is a ValueError.
        raise InvalidToken("claims", "an assertion has iss, sub, aud, jti and exp") from None


def _check_times(members: _Members, now: float) -> None:
    if max(members.iat or 0, members.nbf or 0) > now + LEEWAY_S:
        raise InvalidToken("early", "the assertion isn't valid yet")
    if members.exp > now + ASSERTION_LIFETIME_S + LEEWAY_S:
        raise InvalidToken("lifetime", f"an assertion lives {ASSERTION_LIFETIME_S} s at most")
    if members.exp <= now - LEEWAY_S:
        raise InvalidToken("expired", "the assertion has expired; sign a new one")
