"""
Keys: who can sign, and who can verify.

Glossary:
    signing key: the private half of an RSA pair. One party has it.
    JWK: the public half as a JSON object (RFC 7517), safe to publish.
    JWK set: ``{"keys": [JWK, ...]}``, what an issuer publishes.
    kid: the name of a key; here its thumbprint (RFC 7638), so two keys never share one.

One key, one algorithm: every key here is for RS256 and nothing else (RFC 8725 section 3.1).

Floor 1: knows errors. How one key takes over from another is in `labkit.tokens.ring`.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from labkit.errors import InvalidKey, UsageError
from labkit.tokens.encoding import b64url_decode, b64url_encode

Jwk = Mapping[str, Any]
"""One public key as a JSON object: ``{"kty": "RSA", "kid": ..., "n": ..., "e": "AQAB"}``."""

ALGORITHM = "RS256"  # RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 section 3.3.
MIN_KEY_BITS = 2048  # RFC 7518 section 3.3.
MAX_KEY_BITS = 4096  # Our choice: a 16,384-bit key makes each check 50 times slower.
PUBLIC_EXPONENT = 65537  # FIPS 186-5 allows it and larger; every issuer we met uses it.
MAX_KID_CHARACTERS = 256  # Our choice: a thumbprint has 43.

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 section 6.
_ROCA_PRIMES = tuple(p for p in range(3, 168) if all(p % d for d in range(2, p)))


class SigningKey:
    """
    An RSA private key that never shows itself: not in repr, not in a pickle, not in an error.

    Make one with `generate` or `from_pem`.
    """

    __slots__ = ("_kid", "_private")

    def __init__(self, private: rsa.RSAPrivateKey, kid: str | None = None) -> None:
        if not isinstance(private, rsa.RSAPrivateKey):
            raise InvalidKey("a signing key is an RSA private key; use SigningKey.generate()")
        _check_strength(private.public_key().public_numbers())
        if kid is not None and not _is_kid(kid):
            raise UsageError(f"kid has to be a string of 1 to {MAX_KID_CHARACTERS} characters")
        self._private = private
        self._kid = kid or thumbprint(_public_members(private))

    @classmethod
    def generate(cls, kid: str | None = None, *, bits: int = MIN_KEY_BITS) -> Self:
        """
        Make a new random key of *bits* bits; its *kid* is its thumbprint unless given.

        Raises:
            UsageError: *bits* lies outside `MIN_KEY_BITS` to `MAX_KEY_BITS`.
        """
        if type(bits) is not int or not MIN_KEY_BITS <= bits <= MAX_KEY_BITS:
            raise UsageError(f"bits has to be a number from {MIN_KEY_BITS} to {MAX_KEY_BITS}")
        return cls(rsa.generate_private_key(PUBLIC_EXPONENT, bits), kid)

    @classmethod
    def from_pem(cls, pem: str | bytes, kid: str | None = None) -> Self:
        """
        Load an unencrypted private key from PEM text.

        Raises:
            InvalidKey: No RSA private key in there, or one that labkit refuses.
        """
        data = pem.encode() if isinstance(pem, str) else pem
        try:
            private = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # Not chained: what the parser says could quote what it read.
            raise InvalidKey(
                "this is no unencrypted private key in PEM text (-----BEGIN PRIVATE KEY-----)"
            ) from None
        if not isinstance(private, rsa.RSAPrivateKey):
            raise InvalidKey("the PEM text holds a key that isn't RSA; RS256 needs an RSA key")
        return cls(private, kid)

    @property
    def kid(self) -> str:
        """Its public name, the ``kid`` of every token that it signs."""
        return self._kid

    @property
    def private_key(self) -> rsa.RSAPrivateKey:
        """The key as cryptography's object, for `sign_jws`. Don't print, send or store it."""
        return self._private

    def public_jwk(self) -> dict[str, str]:
        """Return the public half, member by member from an allow-list, so nothing slips out."""
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": ALGORITHM,
            "kid": self._kid,
            **_public_members(self._private),
        }

    def __repr__(self) -> str:
        return f"<SigningKey kid={self._kid[:8]}..., private part hidden>"

    def __reduce__(self) -> NoReturn:
        raise UsageError("a signing key isn't copied or pickled: pass the object itself")


def thumbprint(jwk: Jwk) -> str:
    """Return the RFC 7638 SHA-256 thumbprint of an RSA *jwk*, as 43 base64url characters."""
    members = {"e": jwk["e"], "kty": "RSA", "n": jwk["n"]}  # In this order, section 3.2.
    text = json.dumps(members, separators=(",", ":"))
    return b64url_encode(hashlib.sha256(text.encode()).digest())


def public_key(jwk: Jwk) -> rsa.RSAPublicKey:
    """
    Return the RSA key in *jwk*, if it may verify RS256 signatures and is strong enough.

    Raises:
        InvalidKey: Another type, purpose or algorithm; a private member; a weak or odd key.

    Source: RFC 7517 section 4 (use, key_ops, alg), RFC 7518 section 6.3.1 (n, e).
    """
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "RSA":
        raise InvalidKey("not a public RSA key as JWK")
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise InvalidKey("the JWK holds private members: this key is no secret any more")
    if not _may_verify(jwk):
        raise InvalidKey("the JWK is for another purpose (use, key_ops or alg)")
    modulus, exponent = jwk.get("n"), jwk.get("e")
    if not isinstance(modulus, str) or not isinstance(exponent, str):
        raise InvalidKey("the JWK lacks n or e")
    return _rsa_public_key(modulus, exponent)


def public_pem(jwk: Jwk) -> bytes:
    """
    Return the key in *jwk* as PEM text, the form in which many libraries take it (RFC 7468).

    Raises:
        InvalidKey: As `public_key`.
    """
    return public_key(jwk).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def has_kid(jwk: object, kid: object) -> bool:
    """Tell whether *jwk* is an object with this *kid*; None asks for a key without one."""
    return isinstance(jwk, Mapping) and jwk.get("kid") == kid


def _may_verify(jwk: Jwk) -> bool:
    """Read ``use``, ``key_ops`` and ``alg``: a key of ours says sig, verify, RS256, or nothing."""
    operations = jwk.get("key_ops", ["verify"])
    return (
        jwk.get("use", "sig") == "sig"
        and jwk.get("alg", ALGORITHM) == ALGORITHM
        and isinstance(operations, list)
        and operations.count("verify") == 1
        and ("kid" not in jwk or _is_kid(jwk["kid"]))
    )


def _is_kid(kid: object) -> bool:
    return isinstance(kid, str) and 0 < len(kid) <= MAX_KID_CHARACTERS


@lru_cache(maxsize=64)  # Loading costs more than verifying; 64 keys are more than an issuer has.
def _rsa_public_key(modulus: str, exponent: str) -> rsa.RSAPublicKey:
    try:
        numbers = rsa.RSAPublicNumbers(_unsigned(exponent), _unsigned(modulus))
        _check_strength(numbers)
        return numbers.public_key()
    except ValueError:
        raise InvalidKey("n or e is no canonical base64url number, or no RSA key") from None


def _unsigned(text: str) -> int:
    """Return the number in Base64urlUInt *text* (RFC 7518 section 2): no leading zero byte."""
    if len(text) > MAX_KEY_BITS // 6 + 2:
        raise ValueError("longer than the largest key")
    data = b64url_decode(text)
    if not data or data[0] == 0:
        raise ValueError("empty, or a leading zero byte")
    return int.from_bytes(data)


def _check_strength(numbers: rsa.RSAPublicNumbers) -> None:
    bits = numbers.n.bit_length()
    if not MIN_KEY_BITS <= bits <= MAX_KEY_BITS:
        raise InvalidKey(f"an RSA key needs {MIN_KEY_BITS} to {MAX_KEY_BITS} bits, not {bits}")
    if numbers.e != PUBLIC_EXPONENT:
        raise InvalidKey(f"the public exponent has to be {PUBLIC_EXPONENT}")
    if numbers.n % 2 == 0 or _has_roca_shape(numbers.n):
        raise InvalidKey("the modulus can be factored: this key protects nothing")


def _has_roca_shape(modulus: int) -> bool:
    """
    Tell whether *modulus* comes from the faulty generator of CVE-2017-15361.

    Its primes are powers of 65537 modulo every small prime, so their product is one as well; a
    random modulus is so for all of `_ROCA_PRIMES` about once in 2**27 times.

    Source: Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 3.
    """
    return all(modulus % prime in _powers_of_65537(prime) for prime in _ROCA_PRIMES)


@lru_cache(maxsize=len(_ROCA_PRIMES))
def _powers_of_65537(prime: int) -> frozenset[int]:
    return frozenset(pow(PUBLIC_EXPONENT, k, prime) for k in range(prime))


def _public_members(private: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = private.public_key().public_numbers()
    return {"n": _base64url_uint(numbers.n), "e": _base64url_uint(numbers.e)}


def _base64url_uint(number: int) -> str:
    return b64url_encode(number.to_bytes((number.bit_length() + 7) // 8))
