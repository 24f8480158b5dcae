"""
Tokens for the checks of notebook 01, good ones and forged ones, and whether one is let in.

Floor 4: knows tokens, and the kit.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import jwt

from labkit.course.findings import Finding
from labkit.tokens.teaching import teaching_key

Claims = dict[str, Any]


def signed(claims: Mapping[str, Any], *, by: str = "issuer", algorithm: str = "RS256") -> str:
    """Return a token with these claims, signed with the teaching key that is called *by*."""
    return jwt.encode(dict(claims), teaching_key(by).private_key, algorithm)


def part(data: bytes) -> str:
    """Return *data* as a token carries it: base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    """Return the bytes of a token's part."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def lets_in(submission: Callable[..., object], what: str, *arguments: object) -> bool:
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


SILENT_HINTS = (
    "What happens in the cell of somebody who calls your function and doesn't look at the result?",
    "A check that returns None or False protects only callers who remember to ask. An error stops "
    "everybody, the forgetful too.",
    "no except around it: let the error of verify(...) or decode(...) go on, or raise your own",
)
