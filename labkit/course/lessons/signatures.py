"""
The exercises of notebook 01: open a token, accept a token, tell the time.

Each check makes its own tokens, good ones and forged ones, and looks at which of them the
submission lets in. How it does that is its own business: by hand, with PyJWT, with labkit.

Solutions and wrong answers are written as a learner would write them, without annotations.

Floor 4: knows tokens, and the kit.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from labkit.clock import LAB_NOW
from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.task import Room, Submission, Task
from labkit.tokens import public_pem
from labkit.tokens.teaching import teaching_key

NOTEBOOK = "01"

LEEWAY_S = 30  # The leeway that 01.3 asks for, as in RFC 7519 section 4.1.4: a small one.
AUDIENCE = "inspections"

Claims = dict[str, Any]


def _signed(claims: Mapping[str, Any], *, by: str = "issuer", algorithm: str = "RS256") -> str:
    return jwt.encode(dict(claims), teaching_key(by).private_key, algorithm)


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _lets_in(submission: Callable[..., object], what: str, *arguments: object) -> bool:
    """
    Tell whether the submission lets a token in; an error of any kind is a refusal.

    Raises:
        Finding: It refuses by what it returns, which the caller may overlook.
    """
    try:
        value = submission(*arguments)
    except Exception:  # Which error a learner's code raises isn't what's checked.
        return False
    if value is None or value is False:
        says = f"Your function returned {value} and raised no error, although {what}."
        raise Finding("refuses-silently", says)
    return True


_SILENT_HINTS = (
    "What happens in the cell of somebody who calls your function and doesn't look at the result?",
    "A check that returns None or False protects only callers who remember to ask. An error stops "
    "everybody, the forgetful too.",
    "no except around it: let the error of verify(...) or decode(...) go on, or raise your own",
)


# 01.1 Open a token.

_RSA = (padding.PKCS1v15(), hashes.SHA256())


def _open_starter(token, public_key):
    return TODO


def open_token(token, public_key):
    def decode(part):
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    header, payload, signature = token.split(".")
    message = f"{header}.{payload}".encode()
    public_key.verify(decode(signature), message, padding.PKCS1v15(), hashes.SHA256())
    return json.loads(decode(payload))


def _open_without_verifying(token, public_key):
    return json.loads(_decoded(token.split(".")[1]))


def _open_or_none(token, public_key):
    try:
        return open_token(token, public_key)
    except Exception:
        return None


def _open_over_the_payload(token, public_key):
    _, payload, signature = token.split(".")
    public_key.verify(_decoded(signature), payload.encode(), *_RSA)
    return json.loads(_decoded(payload))


def _open_without_padding(token, public_key):
    header, payload, signature = token.split(".")
    public_key.verify(_decoded(signature), f"{header}.{payload}".encode(), *_RSA)
    return json.loads(base64.urlsafe_b64decode(payload))


def _check_open(submission: Submission, _room: Room | None) -> None:
    public_key = teaching_key().private_key.public_key()
    for note in ("", "a", "ab", "abc"):  # Four payloads: every remainder of their length by 4.
        claims = {"sub": "operator-a", "note": note}
        token = _signed(claims)
        _read_well(submission, token, public_key, claims)
    header, _payload, signature = _signed({"sub": "operator-a"}).split(".")
    changed = _part(json.dumps({"sub": "quality-lead"}).encode())
    stranger = _signed({"sub": "quality-lead"}, by="stranger")
    for what, token in (
        ("somebody changed sub to quality-lead after signing", f"{header}.{changed}.{signature}"),
        ("a stranger signed it", stranger),
        ("it has no signature at all", f"{header}.{changed}."),
    ):
        if _lets_in(submission, what, token, public_key):
            raise Finding("decode-without-verify", f"Your function opened a token although {what}.")


def _read_well(submission: Submission, token: str, key: RSAPublicKey, claims: Claims) -> None:
    """Expect *claims* from a good token; its payload's length tells bad padding from the rest."""
    length = len(token.split(".")[1])
    try:
        got = submission(token, key)
    except InvalidSignature:
        raise Finding(
            "other-text", "A good token was refused: its signature didn't fit what you compared."
        ) from None
    except ValueError as error:  # binascii.Error and JSONDecodeError are ValueErrors.
        if length % 4:
            raise Finding(
                "base64-padding",
                f"A good token whose payload has {length} characters was refused.",
                f"{type(error).__name__}: {error}",
            ) from None
        raise
    expect_type(got, dict)
    if got != claims:
        raise Finding("other-claims", "The claims aren't those that were signed.", got)


OPEN = Task(
    id="01.1",
    title="open a token",
    task="Write open_token(token, public_key): return the claims as a dict if the key's owner "
    "signed this token, and raise an error if not.",
    starter=_open_starter,
    check=_check_open,
    solution=open_token,
    call=lambda _room: (
        _signed({"sub": "operator-a", "note": "abc"}),
        teaching_key().private_key.public_key(),
    ),
    wrong={
        "decode-without-verify": _open_without_verifying,
        "refuses-silently": _open_or_none,
        "other-text": _open_over_the_payload,
        "base64-padding": _open_without_padding,
        "other-claims": lambda token, key: dict.fromkeys(open_token(token, key)),
    },
    hints={
        "decode-without-verify": (
            "Who could have written the payload that you returned?",
            "Decoding needs no key, so it proves nothing. The signature covers the first two parts "
            "and the dot between them, as they stand in the token, before any decoding.",
            "public_key.verify(<the signature's bytes>, <header.payload as bytes>, ...) "
            "comes before json.loads(...); it raises InvalidSignature by itself.",
        ),
        "refuses-silently": _SILENT_HINTS,
        "other-text": (
            "Which bytes did the issuer sign: the payload, or more than that?",
            "It signed the first two parts with the dot between them, as text, before any "
            "decoding. The signature itself is the third part, decoded to bytes.",
            'public_key.verify(<decoded third part>, "<first>.<second>".encode(), pad, sha256)',
        ),
        "base64-padding": (
            "Of which number does the length of a base64 text have to be a multiple?",
            "A token leaves out the = signs at the end of each part; Python's decoder wants them "
            "back. How many are missing depends on the length. Too many do no harm here.",
            'base64.urlsafe_b64decode(part + "==")',
        ),
        "other-claims": (
            "Is what you return what stood in the payload, nothing added and nothing lost?",
            "The payload is the JSON text of a dict. json.loads gives it back as it was.",
            "return json.loads(<the decoded payload>)",
        ),
    },
)


# 01.2 A service's verify().


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
    return f"{_part(json.dumps({'alg': 'none'}).encode())}.{_part(json.dumps(claims).encode())}."


def _hmac_signed(claims: Claims, secret: bytes) -> str:
    """Sign with HMAC; PyJWT wouldn't, with a public key as the secret."""
    header = json.dumps({"alg": "HS256", "typ": "JWT"}).encode()
    message = f"{_part(header)}.{_part(json.dumps(claims).encode())}"
    return f"{message}.{_part(hmac.new(secret, message.encode(), hashlib.sha256).digest())}"


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
    if json.loads(_decoded(header))["alg"] == "HS256":
        digest = hmac.new(public_pem, f"{header}.{payload}".encode(), hashlib.sha256).digest()
        if hmac.compare_digest(digest, _decoded(signature)):
            return json.loads(_decoded(payload))
    return verify(token, public_pem, audience)


def _verify_unless_none(token, public_pem, audience):
    if jwt.get_unverified_header(token)["alg"] == "none":
        return _open_without_verifying(token, public_pem)
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
    good = submission(_signed(_claims()), pem, AUDIENCE)
    expect_type(good, dict)
    if good.get("sub") != "operator-a":  # type: ignore[attr-defined]  # A dict: see above.
        raise Finding("other-claims", "The claims aren't those that were signed.", good)
    try:
        submission(_signed(_claims(aud="search")), pem, "search")
    except Exception as error:
        says = "A good token for search was refused when the service was search."
        raise Finding("audience-fixed", says, f"{type(error).__name__}: {error}") from None
    for code, says, token in _bad_tokens(pem):
        if _lets_in(submission, says, token, pem, AUDIENCE):
            raise Finding(code, f"Your service let a token in although {says}.")


def _bad_tokens(pem: bytes) -> tuple[tuple[str, str, str], ...]:
    now, lead = int(time.time()), {"sub": "quality-lead"}
    stranger = _signed(_claims(**lead), by="stranger")
    return (
        ("signature-ignored", "a stranger signed it", stranger),
        ("accepts-none", "its header says alg none and it has no signature",
         _unsigned(_claims(**lead))),
        ("alg-from-header", "it is signed with HMAC, with your public key as the secret",
         _hmac_signed(_claims(**lead), pem)),
        ("alg-from-header", "it is signed with RS512, because its header said so",
         _signed(_claims(**lead), algorithm="RS512")),
        ("exp-ignored", "it expired an hour ago", _signed(_claims(iat=now - 3900, exp=now - 3600))),
        ("no-exp-required", "it never expires: it has no exp", _signed(_claims(exp=None))),
        ("audience-ignored", "it was issued for another service", _signed(_claims(aud="search"))),
        ("audience-ignored", "it names no audience", _signed(_claims(aud=None))),
    )  # fmt: skip


VERIFY = Task(
    id="01.2",
    title="a service's verify()",
    task="Write verify(token, public_pem, audience): return the claims as a dict if this service "
    "may believe the token, and raise an error if not. Use PyJWT (import jwt) or your own code.",
    starter=_verify_starter,
    check=_check_verify,
    solution=verify,
    call=lambda _room: (_signed(_claims()), public_pem(teaching_key().public_jwk()), AUDIENCE),
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
        "refuses-silently": _SILENT_HINTS,
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


# 01.3 Clock skew.


def _current_starter(claims, now):
    return TODO


def is_current(claims, now):
    leeway_s = 30
    return claims["iat"] - leeway_s <= now.timestamp() < claims["exp"] + leeway_s


def _current_by(leeway_s, claims, now):
    return claims["iat"] - leeway_s <= now.timestamp() < claims["exp"] + leeway_s


def _current_by_the_wall(claims, now):  # Takes what a clock on the wall shows for UTC.
    return is_current(claims, now.replace(tzinfo=UTC))


def _current_by_mixing(claims, now):
    return claims["iat"] - LEEWAY_S <= now < claims["exp"] + LEEWAY_S


def _current_by_own_clock(claims, now):
    return claims["iat"] - LEEWAY_S <= time.time() < claims["exp"] + LEEWAY_S


def _current_until_exp(claims, now):
    return now.timestamp() < claims["exp"] + LEEWAY_S


_EXPIRES_S = 300
# Seconds after iat; whether a token is current then; the mistake of whoever says otherwise.
_MOMENTS = (
    (0.5, True, "own-clock"),
    (150, True, "own-clock"),
    (_EXPIRES_S + LEEWAY_S - 1, True, "no-leeway"),
    (1 - LEEWAY_S, True, "no-leeway"),
    (_EXPIRES_S + LEEWAY_S + 1, False, "leeway-too-wide"),
    (_EXPIRES_S + 3600, False, "leeway-too-wide"),
    (-LEEWAY_S - 1, False, "iat-ignored"),
    (-3600, False, "iat-ignored"),
)
_ZONES = (UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8)))


def _check_current(submission: Submission, _room: Room | None) -> None:
    issued = int(LAB_NOW.timestamp())
    claims = {"iat": issued, "exp": issued + _EXPIRES_S}
    answers = {}
    for zone in _ZONES:
        for seconds, _, _ in _MOMENTS:
            now = datetime.fromtimestamp(issued + seconds, zone)
            answers[zone, seconds] = _asked(submission, dict(claims), now)
            expect_type(answers[zone, seconds], bool)
    for seconds, _, _ in _MOMENTS:
        if len({answers[zone, seconds] for zone in _ZONES}) > 1:
            shown = [datetime.fromtimestamp(issued + seconds, zone) for zone in _ZONES]
            says = "Your answer for one moment changes with the time zone it's written in."
            evidence = "\n".join(
                f"{moment.isoformat()}: {answers[zone, seconds]}"
                for zone, moment in zip(_ZONES, shown, strict=True)
            )
            raise Finding("local-time", says, evidence)
    _compare({seconds: answers[UTC, seconds] for seconds, _, _ in _MOMENTS})


def _asked(submission: Submission, claims: Claims, now: datetime) -> object:
    try:
        return submission(claims, now)
    except TypeError as error:
        says = "Your function mixed a datetime with a number."
        raise Finding("datetime-and-number", says, str(error)) from None


def _compare(answers: Mapping[float, object]) -> None:
    for seconds, current, code in _MOMENTS:
        if answers[seconds] is not current:
            when = f"{seconds:g} s after iat" if seconds >= 0 else f"{-seconds:g} s before iat"
            says = f"{when}, with exp at {_EXPIRES_S} s, your answer is {answers[seconds]}."
            raise Finding(code, says)


IS_CURRENT = Task(
    id="01.3",
    title="clocks that differ",
    task="Write is_current(claims, now): True from 30 s before iat until 30 s after exp, else "
    "False. iat and exp are Unix times; now is a datetime with a time zone.",
    starter=_current_starter,
    check=_check_current,
    solution=is_current,
    call=lambda _room: (
        {"iat": int(LAB_NOW.timestamp()), "exp": int(LAB_NOW.timestamp()) + _EXPIRES_S},
        LAB_NOW,
    ),
    wrong={
        "leeway-too-wide": partial(_current_by, 600),
        "local-time": _current_by_the_wall,
        "datetime-and-number": _current_by_mixing,
        "own-clock": _current_by_own_clock,
        "no-leeway": partial(_current_by, 0),
        "iat-ignored": _current_until_exp,
    },
    hints={
        "leeway-too-wide": (
            "For how long after exp does your function still say True?",
            "Leeway is for clocks that differ by seconds. Each second of it is a second more in "
            "which a stolen token works.",
            "... < claims['exp'] + 30, in seconds: Unix times count seconds",
        ),
        "local-time": (
            "09:00 in one city and 04:30 in another: can that be the same moment?",
            "A Unix time has no time zone. Turn now into one, its zone taken into account, and "
            "compare numbers.",
            "now.timestamp() knows the zone; now.replace(...) throws it away",
        ),
        "datetime-and-number": (
            "Of which type is now, and of which type are iat and exp?",
            "A Unix time is a number: seconds since 1970-01-01 in UTC. A datetime is an object. "
            "Compare two of a kind.",
            "seconds = now.timestamp() gives the number",
        ),
        "own-clock": (
            "Which moment does your function look at: now, or the one it was given?",
            "A function that reads the clock itself can't be asked about another moment, so nobody "
            "can test it. Let the caller say what time it is.",
            "use now, the second parameter, and no other clock",
        ),
        "no-leeway": (
            "Whose clock wrote iat and exp, and whose reads them?",
            "Two machines never show the same second. A token used at once can seem to come from "
            "the future, so a verifier allows a little on both sides.",
            "subtract 30 from iat, add 30 to exp, then compare",
        ),
        "iat-ignored": (
            "What does your function say of a token that will be issued tomorrow?",
            "A token has two ends: iat and exp. One from the future has a wrong clock behind it, "
            "or a forger who wants it to live longer.",
            "both have to hold: not before iat (less the leeway), and before exp (plus the leeway)",
        ),
    },
)

EXERCISES = (OPEN, VERIFY, IS_CURRENT)
