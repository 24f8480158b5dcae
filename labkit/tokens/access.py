"""
Verify an access token before trusting any claim inside it.

An access token says: *issuer* lets *client* act for *subject* at *audience*, within *scopes*, until
*expires_at* (RFC 9068). A good signature proves who wrote it, and nothing about whether it was
written for us: that is what the claims are for.

Floor 1: knows JWS, keys, errors and the clock. HTTP and its 401 live upstairs, in
`labkit.services.bearer`.
"""

import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.clock import SYSTEM_CLOCK, Clock
from labkit.errors import ExpiredToken, InvalidToken, UsageError
from labkit.tokens.encoding import json_object
from labkit.tokens.jws import JwkSet, open_jws, sign_jws
from labkit.tokens.keys import SigningKey

LEEWAY_S = 30  # Clocks drift; RFC 7519 section 4.1.4 allows "no more than a few minutes".
MAX_LIFETIME_S = 600  # Our choice: what a stolen token can be used for ends in ten minutes.
TOKEN_TYPE = "at+jwt"  # RFC 9068 section 2.1.  # noqa: S105 - a media type, no secret.
MAX_TEXT_CHARACTERS = 255  # OpenID Connect Core section 2 bounds ``sub`` so.
MAX_ACTORS = 4  # Our choice: user, agent and two services in between.
LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that every library can show.

_REQUIRED = ("iss", "sub", "aud", "exp", "iat", "jti", "client_id")  # RFC 9068 section 2.2.
_TYPES = frozenset({TOKEN_TYPE, f"application/{TOKEN_TYPE}"})
_VISIBLE = re.compile(r"[\x20-\x7e]{1,255}")  # 1*VSCHAR, RFC 6749 appendix A.1.
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")  # Section 3.3.
_LOOKALIKE_SCRIPTS = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC"})
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """
    What a verified token says of its bearer. Its repr keeps the values to itself.

    Attributes:
        issuer: Who wrote the token (``iss``).
        subject: Whom the token is about (``sub``).
        audience: For whom it was written (``aud``).
        client_id: The program that asked for it.
        token_id: Unique name of this token (``jti``).
        issued_at: Unix time, whole seconds (``iat``).
        expires_at: Unix time, whole seconds (``exp``).
        scopes: E.g. ``{"inspections:read"}`` (RFC 8693 section 4.2).
        actor: Who acts for the subject, as the ``act`` object (RFC 8693 section 4.1), or None.
    """

    issuer: str = field(repr=False)
    subject: str = field(repr=False)
    audience: str = field(repr=False)
    client_id: str = field(repr=False)
    token_id: str = field(repr=False)
    issued_at: int = field(repr=False)
    expires_at: int = field(repr=False)
    scopes: frozenset[str] = field(default=frozenset(), repr=False)
    actor: Mapping[str, Any] | None = field(default=None, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class AccessTokenPolicy:
    """
    What a token must be to be accepted here: one issuer, one audience, a short life.

    Attributes:
        issuer: The only ``iss`` accepted, compared character by character.
        audience: Our own name; a token meant for a neighbour is refused.
        max_lifetime_s: Seconds from ``iat`` to ``exp`` that we accept at most.
        leeway_s: Seconds by which the issuer's clock and ours may differ.
        clock: What time it is.
    """

    issuer: str
    audience: str
    max_lifetime_s: int = MAX_LIFETIME_S
    leeway_s: int = LEEWAY_S
    clock: Clock = SYSTEM_CLOCK

    def __post_init__(self) -> None:
        """Refuse a policy that could accept nothing, or anything."""
        for name in ("issuer", "audience"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise UsageError(f"{name} has to be a string that isn't empty")
        for name, least in (("max_lifetime_s", 1), ("leeway_s", 0)):
            if type(getattr(self, name)) is not int or getattr(self, name) < least:
                raise UsageError(f"{name} has to be a whole number of seconds, {least} or more")
        if not isinstance(self.clock, Clock):
            raise UsageError("clock has to be a Clock, such as labkit.clock.SYSTEM_CLOCK")

    def verify(self, token: str, jwk_set: JwkSet) -> Claims:
        """
        Return the claims of *token*, or raise. There is no "probably fine".

        Args:
            token: Without the word Bearer.
            jwk_set: The issuer's keys, ``{"keys": [...]}``.

        Raises:
            UnknownKey: No key has this ``kid``. Fetch the key set again, once.
            ExpiredToken: ``exp`` lies `leeway_s` or more in the past.
            InvalidToken: Any other fault in shape, signature or claims.

        Source: RFC 9068 section 4 (steps), RFC 8725 section 3 (pitfalls).
        """
        jws = open_jws(token, jwk_set)
        if str(jws.header.get("typ")).lower() not in _TYPES:
            raise InvalidToken("typ", f"an access token has the type {TOKEN_TYPE}")
        try:
            members = json_object(jws.payload)
        except (ValueError, RecursionError):
            raise InvalidToken("payload", "the payload isn't one clear JSON object") from None
        missing = [name for name in _REQUIRED if name not in members]
        if missing:
            raise InvalidToken("missing", f"the token lacks {', '.join(missing)}")
        claims = _claims(members)
        self._check_addressee(claims)
        self._check_times(claims, members.get("nbf", claims.issued_at))
        return claims

    def _check_addressee(self, claims: Claims) -> None:
        if claims.issuer != self.issuer:
            raise InvalidToken("issuer", "another issuer wrote this token")
        if claims.audience != self.audience:
            raise InvalidToken("audience", "the token is meant for another service")

    def _check_times(self, claims: Claims, not_before: object) -> None:
        now = self.clock.now()
        latest_start = max(claims.issued_at, _seconds("nbf", not_before))
        if latest_start > now + self.leeway_s:
            raise InvalidToken("early", "the token isn't valid yet")
        if not 0 < claims.expires_at - claims.issued_at <= self.max_lifetime_s:
            raise InvalidToken("lifetime", f"a token lives 1 to {self.max_lifetime_s} seconds")
        if claims.expires_at <= now - self.leeway_s:
            raise ExpiredToken("expired", "the token has expired; ask the issuer for a new one")


def issue_access_token(
    key: SigningKey,
    *,
    issuer: str,
    subject: str,
    audience: str,
    client_id: str,
    scopes: Iterable[str] = (),
    lifetime_s: int = 300,
    actor: Mapping[str, Any] | None = None,
    token_id: str | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> str:
    """
    Return a signed access token that `AccessTokenPolicy` accepts.

    Args:
        scopes: Rights; written in alphabetical order, left out when there are none.
        lifetime_s: Seconds from now until ``exp``.
        actor: The ``act`` object, if somebody acts for the subject.
        token_id: The ``jti``; by default 128 random bits.

    Raises:
        UsageError: The token could be accepted by nobody; the text names the claim.

    Source: RFC 9068 section 2.
    """
    now = int(clock.now())
    members = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "client_id": client_id,
        "iat": now,
        "exp": now + _lifetime(lifetime_s),
        "jti": secrets.token_urlsafe(16) if token_id is None else token_id,
    }
    if rights := _words(scopes):
        members["scope"] = " ".join(rights)
    if actor is not None:
        members["act"] = actor
    try:
        _claims(members)
        payload = json.dumps(members, separators=(",", ":"), allow_nan=False)
    except InvalidToken as error:
        raise UsageError(f"no such token can be issued: {error.message}") from None
    except (TypeError, ValueError):
        raise UsageError("no such token can be issued: act has to be plain JSON") from None
    return sign_jws(payload.encode(), key, typ=TOKEN_TYPE)


def _words(scopes: Iterable[str]) -> list[str]:
    words = [] if isinstance(scopes, str) else list(scopes)
    if isinstance(scopes, str) or not all(isinstance(word, str) for word in words):
        raise UsageError('scopes has to be a list of strings, such as ["inspections:read"]')
    return sorted(words)


def _lifetime(seconds: object) -> int:
    if type(seconds) is not int or not 0 < seconds <= MAX_LIFETIME_S:
        raise UsageError(f"lifetime_s has to be a whole number from 1 to {MAX_LIFETIME_S}")
    return seconds


def _claims(members: Mapping[str, Any]) -> Claims:
    """Check each claim's JSON type and characters; ``"exp": "1"`` is no time."""
    return Claims(
        issuer=_name("iss", members["iss"]),
        subject=_subject("sub", members["sub"]),
        audience=_audience(members["aud"]),
        client_id=_name("client_id", members["client_id"]),
        token_id=_name("jti", members["jti"]),
        issued_at=_seconds("iat", members["iat"]),
        expires_at=_seconds("exp", members["exp"]),
        scopes=_scopes(members),
        actor=_actor(members),
    )


def _name(claim: str, value: object) -> str:
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        raise InvalidToken("type", f"{claim} has to be a string of visible ASCII characters")
    return value


def _subject(claim: str, value: object) -> str:
    """Accept any script, but nothing that looks like a name without being it."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_CHARACTERS:
        raise InvalidToken("type", f"{claim} has to be a string of 1 to 255 characters")
    odd = [c for c in value if c != " " and unicodedata.category(c)[0] in "CZ"]
    if odd or _INVISIBLE.search(value) or value != value.strip():
        raise InvalidToken("subject", f"{claim} holds characters that can't be seen")
    scripts = {unicodedata.name(c, "").split(" ")[0] for c in value} & _LOOKALIKE_SCRIPTS
    if unicodedata.normalize("NFKC", value) != value or len(scripts) > 1:
        raise InvalidToken("subject", f"{claim} holds characters that look like others")
    return value


def _audience(value: object) -> str:
    """Accept one audience: RFC 7519 section 4.1.3 writes it as a string or a list of one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list):
        raise InvalidToken("audience", "a token is meant for exactly one service")
    return _name("aud", value)


def _seconds(claim: str, value: object) -> int:
    # `type`, not `isinstance`: True is an int to Python, and no time to anybody.
    if type(value) is not int or not 0 < value <= LAST_SECOND:
        raise InvalidToken("type", f"{claim} has to be a whole number of seconds since 1970")
    return value


def _scopes(members: Mapping[str, Any]) -> frozenset[str]:
    if "scope" not in members:
        return frozenset()
    scope = members["scope"]
    if not isinstance(scope, str) or not _SCOPE.fullmatch(scope):
        raise InvalidToken("scope", "scope has to be one string of words with single spaces")
    return frozenset(scope.split(" "))


def _actor(members: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Walk the chain of actors: each names itself, and there are few."""
    if "act" not in members:
        return None
    actor = members["act"]
    for _ in range(MAX_ACTORS):
        if not isinstance(actor, Mapping):
            raise InvalidToken("actor", "act has to be an object")
        _subject("sub of act", actor.get("sub"))
        if "act" not in actor:
            first: Mapping[str, Any] = members["act"]
            return first
        actor = actor["act"]
    raise InvalidToken("actor", f"act is nested deeper than {MAX_ACTORS}")
