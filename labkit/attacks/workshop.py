"""
The forger's workshop: tokens with exactly one thing wrong.

A refused token proves something only beside a *control*, a token that differs in that one thing
and is accepted. So every forgery starts from the same good token; and most are signed with the
issuer's own key, because a verifier that only looks at signatures would let those through.

Floor 4: drives `labkit.tokens` from outside; it writes the bytes itself, since `sign_jws` refuses
to write most of them.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from labkit.clock import LESSON_CLOCK, Clock
from labkit.tokens.encoding import b64url_encode
from labkit.tokens.jws import JwkSet
from labkit.tokens.keys import SigningKey, public_pem
from labkit.tokens.teaching import teaching_key

DROP = object()
"""As the value of a member: leave the member out."""

Text = Mapping[str, Any] | bytes
"""A header or payload: an object to be written as JSON, or the very bytes."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A token, and the keys of the verifier that it's shown to."""

    token: str
    jwk_set: JwkSet


@dataclass(frozen=True, slots=True)
class Forgery:
    """
    One way to be wrong.

    Attributes:
        id: Stable name, ``family.detail``.
        what: What is different from a good token, for a person.
        forge: Makes the attempt.
        reason: The ``InvalidToken.reason`` with which it has to be refused; None for a control,
            which has to be accepted.
        source: Where the rule comes from.
    """

    id: str
    what: str
    forge: Callable[["Workshop"], Attempt]
    reason: str | None
    source: str

    @property
    def family(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Workshop:
    """
    What the forger works with.

    Attributes:
        issuer: The issuer that the verifier trusts.
        audience: The verifier's own name.
        key: The issuer's key. A real attacker lacks it; the workshop needs it to make tokens
            whose only fault is in what they say.
        stranger: A key that nobody trusts.
        clock: The verifier's clock.
    """

    issuer: str = "http://issuer.example"
    audience: str = "inspections"
    key: SigningKey = field(default_factory=lambda: teaching_key("issuer"))
    stranger: SigningKey = field(default_factory=lambda: teaching_key("stranger"))
    clock: Clock = LESSON_CLOCK

    @property
    def jwk_set(self) -> dict[str, list[dict[str, Any]]]:
        """The verifier's keys: the issuer's one."""
        return {"keys": [dict(self.key.public_jwk())]}

    def header(self, **changes: object) -> dict[str, Any]:
        """Return the header of a good token, with *changes*."""
        return _changed({"alg": "RS256", "kid": self.key.kid, "typ": "at+jwt"}, changes)

    def claims(self, **changes: object) -> dict[str, Any]:
        """Return the claims of a good token, with *changes*."""
        now = int(self.clock.now())
        good = {
            "iss": self.issuer,
            "sub": "operator-a",
            "aud": self.audience,
            "client_id": "notebook",
            "iat": now,
            "exp": now + 300,
            "jti": "workshop-1",
            "scope": "inspections:read",
        }
        return _changed(good, changes)

    def write(
        self, header: Text, payload: Text, key: SigningKey | None = None, keys: JwkSet | None = None
    ) -> Attempt:
        """Sign any header over any payload, by default with the issuer's key, for its verifier."""
        signing_input = f"{_part(header)}.{_part(payload)}"
        signature = (key or self.key).private_key.sign(
            signing_input.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        return self.show(f"{signing_input}.{b64url_encode(signature)}", keys)

    def show(self, token: str, keys: JwkSet | None = None) -> Attempt:
        """Show *token* to a verifier with these *keys*, by default the issuer's."""
        return Attempt(token, self.jwk_set if keys is None else keys)

    def with_header(self, **changes: object) -> Attempt:
        """Return a token that is good but for its header."""
        return self.write(self.header(**changes), self.claims())

    def with_claims(self, **changes: object) -> Attempt:
        """Return a token that is good but for its claims."""
        return self.write(self.header(), self.claims(**changes))

    def with_payload(self, change: Callable[[str], str]) -> Attempt:
        """Return a token whose payload text was changed in a way that no JSON writer would."""
        return self.write(self.header(), change(json.dumps(self.claims())).encode())

    def with_parts(self, change: Callable[[str, str, str], str]) -> Attempt:
        """Return a good token whose text was changed after signing."""
        header, payload, signature = self.with_claims().token.split(".")
        return self.show(change(header, payload, signature))

    def with_keys(self, *jwks: Mapping[str, Any]) -> Attempt:
        """Return a good token, shown to a verifier that has *jwks* instead."""
        return self.show(self.with_claims().token, {"keys": list(jwks)})

    def jwk(self, **changes: object) -> dict[str, Any]:
        """Return the issuer's public key with *changes*."""
        return _changed(self.key.public_jwk(), changes)

    def hmac_with_public_key(self) -> Attempt:
        """Sign with HMAC, the issuer's public key as the secret: whoever verifies has it."""
        secret = public_pem(self.key.public_jwk())
        signing_input = f"{_part(self.header(alg='HS256'))}.{_part(self.claims())}"
        digest = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        return self.show(f"{signing_input}.{b64url_encode(digest)}")


def _changed(members: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not DROP}


def _part(text: Text) -> str:
    return b64url_encode(text if isinstance(text, bytes) else json.dumps(text).encode())
