"""
Programs that ask the issuer for tokens, and how each proves which one it is.

Glossary:
    client: a program, registered in advance (RFC 6749 section 2).
    public client: it runs where a secret can't be kept, such as a notebook. It only says its name.
    confidential client: it proves itself with a secret.

A secret here is 256 random bits, never a password that somebody chose. Nobody guesses it, however
fast a hash is, so SHA-256 is enough; a slow hash such as scrypt would stop nobody and let anybody
keep the issuer busy. `Client.confidential` refuses what is too short to be random.

Floor 2: knows HTTP's Basic scheme. Sends nothing, reads no body.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote_plus

from labkit.errors import UsageError
from labkit.services.oauth import TokenError

SECRET_BYTES = 32  # 256 bits: OWASP ASVS 5.0 asks for 128 at least.
MIN_SECRET_CHARACTERS = 32  # Random base64url of 192 bits; a password is shorter.

_NOBODY = hashlib.sha256(secrets.token_bytes(SECRET_BYTES)).digest()


@dataclass(frozen=True, slots=True)
class Client:
    """
    A registered program. Make one with `public` or `confidential`.

    Attributes:
        client_id: Its name, the ``client_id`` of its tokens.
        scopes: What it may ask for at most.
        secret_hash: SHA-256 of its secret; None for a public client.
    """

    client_id: str
    scopes: frozenset[str]
    secret_hash: bytes | None = field(default=None, repr=False)

    @classmethod
    def public(cls, client_id: str, scopes: Iterable[str]) -> Self:
        """
        Return a client without a secret.

        Raises:
            UsageError: An empty name, or scopes that aren't words.
        """
        return cls(_word("client_id", client_id), _words(scopes))

    @classmethod
    def confidential(cls, client_id: str, secret: str, scopes: Iterable[str]) -> Self:
        """
        Return a client with *secret*, of which only the hash is kept.

        Raises:
            UsageError: An empty name, scopes that aren't words, or a secret that was made up.
        """
        if not isinstance(secret, str) or len(secret) < MIN_SECRET_CHARACTERS:
            raise UsageError("make the secret with new_client_secret(): what people choose is weak")
        return cls(_word("client_id", client_id), _words(scopes), _hash(secret))

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret."""
        return self.secret_hash is None


def new_client_secret() -> str:
    """Return 256 random bits as 43 characters, for `Client.confidential`."""
    return secrets.token_urlsafe(SECRET_BYTES)


def authenticate(
    authorization: Sequence[str], form: Mapping[str, str], clients: Mapping[str, Client]
) -> Client:
    """
    Return the client that sent a token request.

    Args:
        authorization: Every ``Authorization`` header of the request.
        form: The parameters of its body.
        clients: All registered clients by name.

    Raises:
        TokenError: ``invalid_request`` for two ways at once, ``invalid_client`` for anything else.

    Source: RFC 6749 section 2.3.1.
    """
    if len(authorization) > 1 or (authorization and "client_secret" in form):
        raise TokenError("invalid_request", "authenticate once, in one way", reason="twice")
    client_id, secret = form.get("client_id"), form.get("client_secret")
    if authorization:
        named, secret = _from_basic(authorization[0])
        if client_id not in (None, named):
            raise TokenError("invalid_request", "two client names were given", reason="twice")
        client_id = named
    client = clients.get(client_id or "")
    proven = _fits(client, secret)  # First: an unknown name takes as long as a known one.
    if client is None or not proven:
        raise TokenError("invalid_client", "no such client, or it proved itself wrongly")
    return client


def _fits(client: Client | None, secret: str | None) -> bool:
    """Compare in constant time, and also where there is nothing to compare with."""
    if client is not None and client.is_public:
        return secret is None
    expected = None if client is None else client.secret_hash
    return hmac.compare_digest(_hash(secret or ""), expected or _NOBODY)


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


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _word(name: str, value: object) -> str:
    if not isinstance(value, str) or not value or " " in value:
        raise UsageError(f"{name} has to be a word without spaces")
    return value


def _words(scopes: Iterable[str]) -> frozenset[str]:
    if isinstance(scopes, str) or not isinstance(scopes, Iterable):
        raise UsageError('scopes has to be a list of words, such as ["inspections:read"]')
    return frozenset(_word("each scope", scope) for scope in scopes)
