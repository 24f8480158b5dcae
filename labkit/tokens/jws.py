"""
Sign and verify: compact JWS (RFC 7515), RS256 only.

A token is ``header.payload.signature``, each part base64url. Its sender wrote the header, so the
header may *name* a key (``kid``) but never *bring* one, and never *choose* the algorithm
(RFC 8725 section 3.1). Everything that can be judged without arithmetic is judged first, by us;
then PyJWT and cryptography check the signature.

Floor 1: knows keys and errors. What the payload has to say is judged in `labkit.tokens.access`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from labkit.errors import InvalidKey, InvalidToken, UnknownKey, UsageError
from labkit.tokens.encoding import b64url_decode, json_object
from labkit.tokens.keys import ALGORITHM, MAX_KID_CHARACTERS, Jwk, SigningKey, has_kid, public_key

JwkSet = Mapping[str, Any]
"""What an issuer publishes: ``{"keys": [jwk, ...]}``."""

MAX_TOKEN_BYTES = 8 * 1024  # Our choice: half of h11's limit for a whole request header.
FORBIDDEN_HEADERS = frozenset(
    {
        "jku",  # A URL of keys: the sender would choose whom we trust.
        "jwk",  # A key: the same.
        "x5u",  # A URL of certificates: the same.
        "x5c",  # Certificates: the same.
        "crit",  # "Refuse this unless you know it": we know no extension (section 4.1.11).
        "b64",  # Another way to write the payload (RFC 7797).
        "zip",  # Compression: a small token with a huge payload.
    }
)

_JWS = jwt.PyJWS(algorithms=[ALGORITHM])


@dataclass(frozen=True, slots=True)
class Jws:
    """A token taken apart. From `parse_jws` nothing of it is proven; from `open_jws` all is."""

    header: dict[str, Any]
    payload: bytes

    @property
    def kid(self) -> str | None:
        """The name of the key that the token claims to be signed with."""
        kid = self.header.get("kid")
        assert kid is None or isinstance(kid, str)
        return kid


def sign_jws(payload: bytes, key: SigningKey, *, typ: str = "JWT") -> str:
    """
    Return *payload* as a compact JWS signed with *key*.

    Args:
        payload: Any bytes; for an access token, the JSON of its claims.
        key: Its ``kid`` goes into the header.
        typ: Media type of the whole, without ``application/`` (RFC 7515 section 4.1.9).

    Raises:
        UsageError: A wrong type, an empty *typ*, or a token of more than `MAX_TOKEN_BYTES`.
    """
    if not isinstance(payload, bytes):
        raise UsageError("payload has to be bytes: json.dumps(claims).encode()")
    if not isinstance(key, SigningKey):
        raise UsageError("key has to be a SigningKey; a public key can't sign")
    if not isinstance(typ, str) or not typ:
        raise UsageError('typ has to be a string such as "JWT" or "at+jwt"')
    token = _JWS.encode(payload, key.private_key, ALGORITHM, headers={"kid": key.kid, "typ": typ})
    if len(token) > MAX_TOKEN_BYTES:
        raise UsageError(f"a token may have {MAX_TOKEN_BYTES} bytes; this payload is too long")
    return token


def verify_jws(token: str, jwk: Jwk | JwkSet) -> bytes:
    """
    Return the payload of *token*, if one of the keys given signed exactly these bytes.

    Args:
        token: ``header.payload.signature``.
        jwk: One public JWK, or a JWK set, in which the token's ``kid`` picks the key.

    Raises:
        UnknownKey: No usable key has this ``kid``.
        InvalidToken: Any other fault of the token or of the key.

    Source: RFC 7515 section 5.2 (steps), RFC 8725 section 3 (pitfalls).
    """
    return open_jws(token, jwk).payload


def open_jws(token: str, jwk: Jwk | JwkSet) -> Jws:
    """Return header and payload of *token*, verified just as `verify_jws` does."""
    jws = parse_jws(token)
    key = _choose_key(jws, jwk)
    try:
        _JWS.decode(token, key, algorithms=[ALGORITHM])
    except jwt.PyJWTError:
        raise InvalidToken("signature", "the signature doesn't fit the token and key") from None
    return jws


def parse_jws(token: str) -> Jws:
    """
    Take *token* apart without believing any of it.

    Raises:
        InvalidToken: Too long, not three canonical parts, or a header that labkit refuses.
    """
    if not isinstance(token, str):
        raise InvalidToken("type", "a token is a string")
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidToken("size", f"a token has at most {MAX_TOKEN_BYTES} bytes")
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken("parts", "a token has three parts: header.payload.signature")
    try:
        header, payload, _signature = (b64url_decode(part) for part in parts)
    except ValueError:
        raise InvalidToken("encoding", "a part isn't base64url as RFC 7515 wants it") from None
    return Jws(_checked_header(header), payload)


def _checked_header(data: bytes) -> dict[str, Any]:
    try:
        header = json_object(data)
    except (ValueError, RecursionError):
        raise InvalidToken("header", "the header isn't one clear JSON object") from None
    if header.get("alg") != ALGORITHM:
        raise InvalidToken("alg", f"the algorithm has to be {ALGORITHM}")
    if not FORBIDDEN_HEADERS.isdisjoint(header):
        raise InvalidToken("header", "the header brings keys or extensions that we don't take")
    if not isinstance(header.get("typ", ""), str):
        raise InvalidToken("typ", "typ has to be a string")
    kid = header.get("kid", "-")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID_CHARACTERS:
        raise InvalidToken("kid", f"kid has to be a string of 1 to {MAX_KID_CHARACTERS} characters")
    return header


def _choose_key(token: Jws, jwk: Jwk | JwkSet) -> rsa.RSAPublicKey:
    if not isinstance(jwk, Mapping):
        raise InvalidToken("key", "verify with one public JWK or a JWK set, each a dict")
    if "keys" in jwk:
        return _from_set(token.kid, jwk["keys"])
    if token.kid is not None and jwk.get("kid", token.kid) != token.kid:
        raise UnknownKey("kid", "the token names another key than the one given")
    try:
        return public_key(jwk)
    except InvalidKey as error:
        raise InvalidToken("key", str(error)) from None


def _from_set(kid: str | None, keys: object) -> rsa.RSAPublicKey:
    """Pick the one usable key with this *kid*: a bad neighbour doesn't spoil the set."""
    if not isinstance(keys, list):
        raise InvalidToken("key", 'a JWK set is {"keys": [jwk, ...]}')
    found, refusal = [], None
    for jwk in keys:
        if has_kid(jwk, kid):
            try:
                found.append(public_key(jwk))
            except InvalidKey as error:
                refusal = str(error)
    if len(found) > 1:
        raise InvalidToken("key", "two keys of the set share this kid: which one isn't clear")
    if not found:
        raise UnknownKey("kid", refusal or "no key of the set has the token's kid")
    return found[0]
