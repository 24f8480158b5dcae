"""
The two encodings under every token, each with exactly one spelling.

A byte string has one base64url text (RFC 7515 section 2): no padding, no line breaks, no stray
bits in the last character. A JSON object has one meaning: UTF-8, no member twice, no ``NaN``.
Decoders that forgive let one token be written in many ways, and then a list of revoked tokens, a
cache or a second parser can be led past the first (RFC 8725 sections 2.4 and 3.7 to 3.9).

Both decoders raise `ValueError`; the caller knows what was being read and names it.

Floor 1: knows nothing of tokens.
"""

import base64
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NoReturn

MAX_JSON_DEPTH = 8  # Our choice: the deepest honest token, `act` four times nested, needs 6.

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def b64url_encode(data: bytes) -> str:
    """Return the unpadded base64url text of *data*."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """
    Return the bytes that *text* stands for, if it is their one canonical spelling.

    Raises:
        ValueError: Padding, a foreign character, an impossible length, or unused bits set.

    Source: RFC 7515 section 2 and appendix C; RFC 4648 section 3.5 (canonical encoding).
    """
    if not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        raise ValueError("not base64url without padding")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url_encode(data) != text:
        raise ValueError("unused bits of the last character are set")
    return data


def json_object(data: bytes) -> dict[str, Any]:
    """
    Return the JSON object in *data*, if it can be read in one way only.

    Raises:
        ValueError: Not UTF-8, a byte order mark, no object, a member twice, a number that JSON
            doesn't have (``NaN``), or nested deeper than `MAX_JSON_DEPTH`.

    Source: RFC 8259 sections 4 and 8.1; RFC 7515 section 4 (no duplicate names).
    """
    text = _utf8(data)
    if _depth(text) > MAX_JSON_DEPTH:
        raise ValueError(f"nested deeper than {MAX_JSON_DEPTH}")
    value = json.loads(text, object_pairs_hook=_no_member_twice, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one error type for all of them.
    return value


def _utf8(data: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8")
    # Raised out here: Python's own error quotes all the bytes, and would travel along as context.
    raise ValueError("not UTF-8")


def _depth(text: str) -> int:
    """Count how deep brackets nest, before the recursive parser has to find out."""
    depth = deepest = 0
    for character in _STRING.sub("", text):
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


def _no_member_twice(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError("a member occurs twice")
        members[name] = value
    return members


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
