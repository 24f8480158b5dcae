"""
01.1: open a token. Whoever decodes a payload has proven nothing yet.

Floor 4: knows tokens, and the kit.
"""

import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.lessons.signatures.forging import (
    SILENT_HINTS,
    Claims,
    decoded,
    lets_in,
    part,
    signed,
)
from labkit.course.task import Room, Submission, Task
from labkit.tokens.teaching import teaching_key

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


def open_without_verifying(token, public_key):
    return json.loads(decoded(token.split(".")[1]))


def _open_or_none(token, public_key):
    try:
        return open_token(token, public_key)
    except Exception:
        return None


def _open_over_the_payload(token, public_key):
    _, payload, signature = token.split(".")
    public_key.verify(decoded(signature), payload.encode(), *_RSA)
    return json.loads(decoded(payload))


def _open_without_padding(token, public_key):
    header, payload, signature = token.split(".")
    public_key.verify(decoded(signature), f"{header}.{payload}".encode(), *_RSA)
    return json.loads(base64.urlsafe_b64decode(payload))


def _check_open(submission: Submission, _room: Room | None) -> None:
    public_key = teaching_key().private_key.public_key()
    for note in ("", "a", "ab", "abc"):  # Four payloads: every remainder of their length by 4.
        claims = {"sub": "operator-a", "note": note}
        token = signed(claims)
        _read_well(submission, token, public_key, claims)
    header, _payload, signature = signed({"sub": "operator-a"}).split(".")
    changed = part(json.dumps({"sub": "quality-lead"}).encode())
    stranger = signed({"sub": "quality-lead"}, by="stranger")
    for what, token in (
        ("somebody changed sub to quality-lead after signing", f"{header}.{changed}.{signature}"),
        ("a stranger signed it", stranger),
        ("it has no signature at all", f"{header}.{changed}."),
    ):
        if lets_in(submission, what, token, public_key):
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
        signed({"sub": "operator-a", "note": "abc"}),
        teaching_key().private_key.public_key(),
    ),
    wrong={
        "decode-without-verify": open_without_verifying,
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
        "refuses-silently": SILENT_HINTS,
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
