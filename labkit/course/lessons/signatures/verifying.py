"""
01.2: a service's verify(). The sender wrote the header, so it decides nothing.

Floor 4: knows tokens, and the kit.
"""

import hashlib
import hmac
import json
import time
from functools import partial

import jwt

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.lessons.signatures.forging import (
    SILENT_HINTS,
    Claims,
    decoded,
    lets_in,
    part,
    signed,
)
from labkit.course.lessons.signatures.opening import open_without_verifying
from labkit.course.task import Room, Submission, Task
from labkit.tokens import public_pem
from labkit.tokens.teaching import teaching_key

AUDIENCE = "inspections"


def _claims(**changes: object) -> Claims:
    """Return claims that are good now, with *changes*; a change to None leaves a claim out."""
    now = int(time.time())
    good = {
        "iss": "http://issuer.example",
        "sub": "operator-a",
        "aud": AUDIENCE,
        "client_id": "notebook",
        "iat": now,
        "exp": now + 300,
        "jti": "exercise-1",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def _unsigned(claims: Claims) -> str:
    return f"{part(json.dumps({'alg': 'none'}).encode())}.{part(json.dumps(claims).encode())}."


def _hmac_signed(claims: Claims, secret: bytes) -> str:
    """Sign with HMAC; PyJWT wouldn't, with a public key as the secret."""
    header = json.dumps({"alg": "HS256", "typ": "JWT"}).encode()
    message = f"{part(header)}.{part(json.dumps(claims).encode())}"
    return f"{message}.{part(hmac.new(secret, message.encode(), hashlib.sha256).digest())}"


def _verify_starter(token, public_pem, audience):
    return TODO


def verify(token, public_pem, audience):
    return jwt.decode(
        token,
        public_pem,
        algorithms=["RS256"],
        audience=audience,
        options={"require": ["exp", "aud"]},
    )


def _verify_as_told(token, public_pem, audience):
    header, payload, signature = token.split(".")
    if json.loads(decoded(header))["alg"] == "HS256":
        digest = hmac.new(public_pem, f"{header}.{payload}".encode(), hashlib.sha256).digest()
        if hmac.compare_digest(digest, decoded(signature)):
            return json.loads(decoded(payload))
    return verify(token, public_pem, audience)


def _verify_unless_none(token, public_pem, audience):
    if jwt.get_unverified_header(token)["alg"] == "none":
        return open_without_verifying(token, public_pem)
    return verify(token, public_pem, audience)


def _verify_or_none(token, public_pem, audience):
    try:
        return verify(token, public_pem, audience)
    except jwt.PyJWTError:
        return None


def _verify_with(options, token, public_pem, audience):
    return jwt.decode(token, public_pem, algorithms=["RS256"], audience=audience, options=options)


def _check_verify(submission: Submission, _room: Room | None) -> None:
    pem = public_pem(teaching_key().public_jwk())
    good = submission(signed(_claims()), pem, AUDIENCE)
    expect_type(good, dict)
    if good.get("sub") != "operator-a":  # type: ignore[attr-defined]  # A dict: see above.
        raise Finding("other-claims", "The claims aren't those that were signed.", good)
    try:
        submission(signed(_claims(aud="search")), pem, "search")
    except Exception as error:
        says = "A good token for search was refused when the service was search."
        raise Finding("audience-fixed", says, f"{type(error).__name__}: {error}") from None
    for code, says, token in _bad_tokens(pem):
        if lets_in(submission, says, token, pem, AUDIENCE):
            raise Finding(code, f"Your service let a token in although {says}.")


def _bad_tokens(pem: bytes) -> tuple[tuple[str, str, str], ...]:
    now, lead = int(time.time()), {"sub": "quality-lead"}
    stranger = signed(_claims(**lead), by="stranger")
    return (
        ("signature-ignored", "a stranger signed it", stranger),
        ("accepts-none", "its header says alg none and it has no signature",
         _unsigned(_claims(**lead))),
        ("alg-from-header", "it is signed with HMAC, with your public key as the secret",
         _hmac_signed(_claims(**lead), pem)),
        ("alg-from-header", "it is signed with RS512, because its header said so",
         signed(_claims(**lead), algorithm="RS512")),
        ("exp-ignored", "it expired an hour ago", signed(_claims(iat=now - 3900, exp=now - 3600))),
        ("no-exp-required", "it never expires: it has no exp", signed(_claims(exp=None))),
        ("audience-ignored", "it was issued for another service", signed(_claims(aud="search"))),
        ("audience-ignored", "it names no audience", signed(_claims(aud=None))),
    )  # fmt: skip


VERIFY = Task(
    id="01.2",
    title="a service's verify()",
    task="Write verify(token, public_pem, audience): return the claims as a dict if this service "
    "may believe the token, and raise an error if not. Use PyJWT (import jwt) or your own code.",
    starter=_verify_starter,
    check=_check_verify,
    solution=verify,
    call=lambda _room: (signed(_claims()), public_pem(teaching_key().public_jwk()), AUDIENCE),
    wrong={
        "alg-from-header": _verify_as_told,
        "accepts-none": _verify_unless_none,
        "signature-ignored": partial(_verify_with, {"verify_signature": False}),
        "refuses-silently": _verify_or_none,
        "exp-ignored": partial(_verify_with, {"verify_exp": False, "require": ["exp", "aud"]}),
        "no-exp-required": partial(_verify_with, {"require": ["aud"]}),
        "audience-fixed": lambda token, pem, audience: verify(token, pem, AUDIENCE),
        "audience-ignored": partial(_verify_with, {"verify_aud": False, "require": ["exp"]}),
        "other-claims": lambda token, pem, audience: {"token": verify(token, pem, audience)},
    },
    hints={
        "alg-from-header": (
            "Who wrote the header, and who should decide which algorithm is used?",
            "The header is the sender's word. A verifier that obeys it lets the sender choose how "
            "they're checked. Your service knows its issuer: it signs with RS256, nothing else.",
            'jwt.decode(..., algorithms=["RS256"], ...): a list of your own, not the token\'s',
        ),
        "accepts-none": (
            "What is left of a token's proof when alg is none?",
            "none means: no signature. Anybody can write such a token, so a service that expects "
            "signatures refuses it before reading on.",
            "if the header's alg is anything but RS256: raise",
        ),
        "signature-ignored": (
            "Which line of yours fails when a stranger signs?",
            "Reading claims needs no key. Only a check with the issuer's public key tells its "
            "tokens from anybody else's.",
            "jwt.decode(token, public_pem, ...) without switching verify_signature off",
        ),
        "refuses-silently": SILENT_HINTS,
        "exp-ignored": (
            "For how long would a stolen token open your service?",
            "exp is the moment after which a token is worth nothing. It helps only if every "
            "verifier compares it with the clock.",
            "leave verify_exp as it is; by hand: if claims['exp'] <= time.time(): raise",
        ),
        "no-exp-required": (
            "What does your code do with a claim that isn't there?",
            "Libraries check the claims that they find. A missing exp passes as 'no limit' unless "
            "you say that it has to be there.",
            'jwt.decode(..., options={"require": [<the claims that must be there>]})',
        ),
        "audience-fixed": (
            "Which service is asking, in each call of your function?",
            "The function serves any service: the third parameter says which one it is this time.",
            "jwt.decode(..., audience=audience): the parameter, not a text of your own",
        ),
        "audience-ignored": (
            "If the search service got this token, what could it do with it?",
            "Whoever receives a token can send it on. aud says for whom it was written; each "
            "service accepts its own name only, and no token without one.",
            "jwt.decode(..., audience=audience), and require aud as well",
        ),
        "other-claims": (
            "Is what you return what the issuer wrote?",
            "The caller wants the payload's claims: whom the token is about and what it allows.",
            "return jwt.decode(...), as it comes",
        ),
    },
)
