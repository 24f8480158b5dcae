"""
Programs that ask the issuer for tokens, and what each proves itself with.

Glossary:
    client: a program, registered in advance (RFC 6749 section 2).
    public client: it runs where a secret can't be kept, such as a notebook. It only says its name.
    confidential client: it proves itself, with a secret or with a signature; with the one that it
        is registered for, never with the other.

A secret here is 256 random bits, never a password that somebody chose. Nobody guesses it, however
fast a hash is, so SHA-256 is enough; a slow hash such as scrypt would stop nobody and let anybody
keep the issuer busy. `Client.confidential` refuses what is too short to be random.

Floor 2: knows keys. How a request proves anything is in `labkit.services.authentication`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from labkit.errors import InvalidKey, UsageError
from labkit.tokens.jws import JwkSet
from labkit.tokens.keys import public_key

SECRET_BYTES = 32  # 256 bits: OWASP ASVS 5.0 asks for 128 at least.
MIN_SECRET_CHARACTERS = 32  # Random base64url of 192 bits; a password is shorter.

_NOBODY = hashlib.sha256(secrets.token_bytes(SECRET_BYTES)).digest()


@dataclass(frozen=True, slots=True)
class Client:
    """
    A registered program. Make one with `public`, `confidential` or `signing`.

    Attributes:
        client_id: Its name, the ``client_id`` of its tokens.
        scopes: What it may ask for at most.
        secret_hash: SHA-256 of its secret, if it has one.
        jwk_set: The public halves of the keys that it signs with, if it does.
    """

    client_id: str
    scopes: frozenset[str]
    secret_hash: bytes | None = field(default=None, repr=False)
    jwk_set: JwkSet | None = field(default=None, repr=False, hash=False)

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

    @classmethod
    def signing(cls, client_id: str, jwk_set: JwkSet, scopes: Iterable[str]) -> Self:
        """
        Return a client that signs (``private_key_jwt``): the issuer knows nothing worth stealing.

        Args:
            jwk_set: Its public keys; with two of them it can change from one to the other.

        Raises:
            UsageError: An empty name, scopes that aren't words, or a key that can't be used.
        """
        keys = _public_keys(jwk_set)
        return cls(_word("client_id", client_id), _words(scopes), jwk_set={"keys": keys})

    @property
    def is_public(self) -> bool:
        """Whether it can prove nothing."""
        return self.secret_hash is None and self.jwk_set is None


def new_client_secret() -> str:
    """Return 256 random bits as 43 characters, for `Client.confidential`."""
    return secrets.token_urlsafe(SECRET_BYTES)


def is_proven(client: Client | None, secret: str | None) -> bool:
    """
    Tell whether *secret* proves that its sender is *client*; a public one has to send none.

    Compares in constant time, and also where there is nothing to compare with.
    """
    if client is not None and client.is_public:
        return secret is None
    expected = None if client is None else client.secret_hash
    return hmac.compare_digest(_hash(secret or ""), expected or _NOBODY)


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


def _public_keys(jwk_set: JwkSet) -> list[dict[str, str]]:
    keys = jwk_set.get("keys") if isinstance(jwk_set, Mapping) else None
    if not isinstance(keys, list) or not keys:
        raise UsageError('jwk_set has to be {"keys": [...]}, with one public key at least')
    try:
        for jwk in keys:
            public_key(jwk)
    except InvalidKey as error:
        raise UsageError(f"a key of jwk_set can't be used: {error}") from None
    return [dict(jwk) for jwk in keys]
