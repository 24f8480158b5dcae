"""
Take a token apart as far as it goes, and say plainly where it doesn't.

Glossary. *Part*: what stands between two dots: header, payload, signature (RFC 7515 section 3.1).
*Member*: a name and a value of the JSON object in a part; its *place* is where it stands among the
part's characters. *Fault*: why a part isn't what it should be, in a few words; None if it is.

Nothing is verified here, and nothing is raised: a forger's text is what one wants to look at.

Floor 0: imports nothing of labkit.
"""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from labkit.pictures.writing import counted, escape

PartName = Literal["header", "payload", "signature", "extra"]
_NAMES: tuple[PartName, ...] = ("header", "payload", "signature")
MAX_ENCODED = 8192  # Characters of a part that are decoded: the limit of a token in labkit.tokens.
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_ENCRYPTED = 5  # Parts of an encrypted token (RFC 7516 section 3.1).
_READER = json.JSONDecoder()
_GROUP = 4  # Characters of base64 that stand for three bytes.


@dataclass(frozen=True, slots=True)
class Member:
    """
    One name and value of a JSON object.

    Attributes:
        value: As Python reads it.
        text: As JSON writes it.
        repeated: The object has this name twice or more.
        place: Its first character in the encoded part, and the one behind its last, from 0. Where
            three bytes don't end, neighbours share a character (RFC 4648 section 5).
    """

    name: str
    value: object
    text: str
    repeated: bool = False
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """
    One part of a token.

    Attributes:
        name: "extra" is whatever follows the third part.
        encoded: The part as it was written.
        members: Of the JSON object in it, in their order; none in a signature.
        size: Decoded bytes; 0 if it can't be decoded.
        fault: What is wrong with it, or None.
    """

    name: PartName
    encoded: str
    members: tuple[Member, ...] = ()
    size: int = 0
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A text taken apart as a token. *fault*: why it has not the shape of one, or None."""

    parts: tuple[Part, ...]
    fault: str | None

    def value(self, part: PartName, member: str) -> object:
        """Return the value of the last *member* with that name in a part; None if there's none."""
        for found in self.parts:
            if found.name == part:
                return {each.name: each.value for each in found.members}.get(member)
        return None

    @property
    def faults(self) -> list[str]:
        """All that speaks against this being a signed token, in reading order."""
        of_parts = [f"{part.name.capitalize()}: {part.fault}" for part in self.parts if part.fault]
        return ([self.fault] if self.fault else []) + of_parts


def take_apart(token: str) -> Anatomy:
    """Return what can be read of *token*, which may be any text."""
    pieces = token.split(".", maxsplit=len(_NAMES))
    parts = [_part(name, text) for name, text in zip(_NAMES, pieces, strict=False)]
    if len(pieces) > len(_NAMES):
        parts.append(Part("extra", pieces[-1], fault="no signed token has a part here"))
    return Anatomy(tuple(parts), _shape(token))


def _shape(token: str) -> str | None:
    if not token:
        return "the text is empty"
    count = token.count(".") + 1
    if count == len(_NAMES):
        return None
    if count == _ENCRYPTED:
        return "it has 5 parts, the shape of an encrypted token (JWE)"
    return f"it has {counted(count, 'part')}, not {len(_NAMES)}"


def _part(name: PartName, text: str) -> Part:
    part = Part(name, text)
    if not text:
        return replace(part, fault="it is empty")
    if len(text) > MAX_ENCODED:
        return replace(part, fault=f"its {len(text):,} characters are too many to be decoded here")
    content, fault = _decoded(text)
    if content is None or name == "signature":
        return replace(part, size=len(content or b""), fault=fault)
    members, trouble = _members(content)
    return replace(part, members=members, size=len(content), fault=fault or trouble)


def _decoded(text: str) -> tuple[bytes | None, str | None]:
    """Return the bytes of base64url *text* if it has any, and what is wrong with it."""
    bare = text.rstrip("=")
    for place, char in enumerate(bare, start=1):
        if char not in _ALPHABET:
            shown = char if char.isascii() and char.isprintable() else escape(char)
            return None, f"its character {place:,} ({shown}) isn't base64url"
    try:
        content = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % _GROUP))
    except binascii.Error:
        return None, f"{len(bare):,} characters are no possible length of base64"
    if bare != text:
        return content, "it is padded with =, which a token never is"
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii") != bare:
        return content, "its last character has bits that stand for nothing"
    return content, None


def _members(content: bytes) -> tuple[tuple[Member, ...], str | None]:
    try:
        text = content.decode("utf-8")
        pairs = json.loads(text, object_pairs_hook=_Pairs)
        if not isinstance(pairs, _Pairs):
            return (), "its JSON is no object in braces"
        count = Counter(name for name, _ in pairs)
        members = tuple(
            _member(name, value, place, repeated=count[name] > 1)
            for (name, value), place in zip(pairs, _places(text), strict=True)
        )
    except UnicodeDecodeError:
        return (), "its bytes aren't UTF-8 text"
    except RecursionError:
        return (), "its JSON is nested too deeply to be read"
    except ValueError:
        return (), "its text isn't JSON"
    return members, "a name appears twice in it" if len(count) < len(pairs) else None


def _member(name: str, value: object, place: tuple[int, int], *, repeated: bool) -> Member:
    whole = _as_object(value)
    return Member(name, whole, json.dumps(whole, ensure_ascii=False), repeated, place)


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Yield the place of each member of the JSON object that *text* is."""
    at = _skip(text, text.index("{") + 1)
    while text[at] == '"':
        start = at
        _, at = _READER.raw_decode(text, at)  # The name.
        _, at = _READER.raw_decode(text, _skip(text, _skip(text, at) + 1))  # Past the colon.
        yield _encoded_place(len(text[:start].encode()), len(text[:at].encode()))
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    """Return where the white space of JSON ends (RFC 8259 section 2)."""
    while text[at] in " \t\n\r":
        at += 1
    return at


def _encoded_place(start: int, end: int) -> tuple[int, int]:
    """Return the characters that hold the bytes from *start* to before *end*: six bits each."""
    return start * 8 // 6, -(-end * 8 // 6)


class _Pairs(list[tuple[str, object]]):
    """A JSON object as its pairs: a dict would hide that a name came twice."""


def _as_object(value: object) -> object:
    if isinstance(value, _Pairs):
        return {name: _as_object(inner) for name, inner in value}
    return [_as_object(inner) for inner in value] if isinstance(value, list) else value
