"""
What a verifier does with a token, step by step, and what it does with each member.

The verdict is that of `AccessTokenPolicy.verify`: nothing is judged here a second time. The steps
only say how far it came.

Glossary. *Step*: one group of checks, in the order in which `labkit.tokens` makes them; its
*reasons* are those of `InvalidToken`. *Stage*: the function of `labkit.tokens` that makes them.

Floor 4: knows tokens and errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from labkit.errors import InvalidToken
from labkit.tokens import AccessTokenPolicy, parse_jws, verify_jws
from labkit.tokens.jws import FORBIDDEN_HEADERS, MAX_TOKEN_BYTES, JwkSet


@dataclass(frozen=True, slots=True)
class Step:
    """
    One group of checks.

    Attributes:
        name: Such as "signature".
        words: What is checked.
        stage: "parse", "open" or "verify".
        reasons: Those for which it refuses a token.
    """

    name: str
    words: str
    stage: str
    reasons: frozenset[str]


def _step(name: str, words: str, stage: str, reasons: str) -> Step:
    return Step(name, words, stage, frozenset(reasons.split()))


STEPS = (
    _step(
        "shape",
        f"three parts of base64url, each with one spelling, {MAX_TOKEN_BYTES:,} bytes at most",
        "parse",
        "type size parts encoding",
    ),
    _step(
        "header",
        "one clear JSON object, alg RS256, nothing that brings a key",
        "parse",
        "header alg typ kid",
    ),
    _step("key", "the issuer has published the key that kid names", "open", "kid key"),
    _step("signature", "it fits every character of parts 1 and 2", "open", "signature"),
    _step("kind", "typ says that it is an access token", "verify", "typ"),
    _step(
        "claims",
        "those required are there, each of its JSON type, none that looks like another",
        "verify",
        "payload missing type subject scope actor",
    ),
    _step("addressee", "our issuer wrote it, for this service", "verify", "issuer audience"),
    _step("time", "it has begun, hasn't ended, and lives 10 minutes at most", "verify",
          "early lifetime expired"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a verifier said of one token.

    Attributes:
        failed: The place in `STEPS` of the step that refused it; None if it was accepted.
        reason: As in the security log; "" if it was accepted.
        message: What was wrong, in a sentence; "" if nothing.
    """

    failed: int | None = None
    reason: str = ""
    message: str = ""


def check(token: str, policy: AccessTokenPolicy, jwk_set: JwkSet) -> Outcome:
    """Return what a verifier with *policy* and the issuer's keys says of *token*."""
    stage = "parse"
    try:
        parse_jws(token)
        stage = "open"
        verify_jws(token, jwk_set)
        stage = "verify"
        policy.verify(token, jwk_set)
    except InvalidToken as error:
        return Outcome(_failed(stage, error.reason), error.reason, error.message)
    return Outcome()


def _failed(stage: str, reason: str) -> int:
    places = (n for n, step in enumerate(STEPS) if step.stage == stage and reason in step.reasons)
    return next(places)


_HEADER = {
    "alg": "Compares it with RS256, the one algorithm it takes. It never chooses by it.",
    "typ": "Wants at+jwt, so that no other kind of signed token passes for an access token.",
    "kid": "Looks for a key of this name in the issuer's key set, fetched once more at most.",
}
_PAYLOAD = {
    "iss": "Compares it with the one issuer that it trusts, character by character.",
    "sub": "Takes it for the caller, once all else holds. It decides whose rows are shown.",
    "aud": "Compares it with its own name. A token for a neighbour is refused.",
    "exp": "Compares it with its clock. A token that has ended is refused, with some leeway.",
    "nbf": "Compares it with its clock. A token that hasn't begun is refused, with some leeway.",
    "iat": "Refuses a token from the future, and one that lives too long from here on.",
    "jti": "Wants it to be there: revoking and counting a token need its number.",
    "client_id": "Wants it to be there, to know which program asked.",
    "scope": "Looks in it for the right that the route needs. Without it the answer is 403.",
    "act": "Wants an object in which each actor names itself. The rights are the subject's.",
}
DOES: Mapping[str, Mapping[str, str]] = MappingProxyType({"header": _HEADER, "payload": _PAYLOAD})


def what_a_verifier_does(part: str, member: str) -> str:
    """Return what a verifier does with a member of that name in the header or the payload."""
    if part == "header" and member in FORBIDDEN_HEADERS:
        return "Refuses the token: its sender must not choose what it is checked with."
    return DOES.get(part, {}).get(member, "Nothing. It doesn't know the name, and ignores it.")
