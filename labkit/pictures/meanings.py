"""
What the members of a token mean, in a few words each.

Glossary. *Meaning*: the words; *alarming* if a careful reader should stop at them. Times are Unix
times in seconds, told in UTC; how far away they are is told only if *now* is known.

Source: RFC 7515 section 4.1 (header), RFC 7519 section 4.1 and RFC 9068 section 2.2 (claims),
RFC 8693 section 4.1 (act).

Floor 0: imports nothing of labkit.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labkit.pictures.parts import Member, PartName

_HEADER = {
    "alg": "how it says it is signed",
    "typ": "what kind of token it says it is",
    "kid": "which key to check it with, by name",
    "cty": "what kind of content it carries",
}
_TRAPS = {
    "jku": "an address of keys, chosen by the sender: never fetch it",
    "x5u": "an address of certificates, chosen by the sender: never fetch it",
    "jwk": "a key the sender brought along: never use it",
    "x5c": "certificates the sender brought along: never use them",
    "crit": "extensions to be understood, or the token refused",
    "b64": "changes how the payload is read: refuse it",
    "zip": "says it is compressed: refuse it",
}
_PAYLOAD = {
    "iss": "who issued it",
    "sub": "whom it is about",
    "aud": "whom it is meant for; all others must refuse it",
    "exp": "when it ends",
    "nbf": "when it begins",
    "iat": "when it was issued",
    "jti": "its own number; whoever keeps a list sees a second use",
    "client_id": "the program that asked for it",
    "scope": "what its bearer may do",
    "act": "who acts in the subject's place",
}
_ALGORITHMS = {
    "RS256": "RSA with SHA-256; one signs, all can check",
    "HS256": "a shared secret; who can check can forge",
}
_TYPES = {"at+jwt": "an access token (RFC 9068)", "jwt": "some JSON Web Token"}
_TIMES = {"exp": "ends", "nbf": "begins", "iat": "issued"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a member means. *alarming*: a careful reader stops here."""

    words: str
    alarming: bool = False


def general_meaning(part: PartName, name: str) -> Meaning:
    """Return what a member of that *name* means, whatever its value."""
    if part == "header" and name in _TRAPS:
        return Meaning(_TRAPS[name], alarming=True)
    known = _HEADER if part == "header" else _PAYLOAD
    return Meaning(known.get(name, "up to whoever wrote it"))


def meaning(part: PartName, member: Member, now: float | None) -> Meaning:
    """Return what *member* means with the value that it has; *now* in seconds, Unix time."""
    if member.repeated:
        return Meaning("comes twice: two readers may believe two things", alarming=True)
    general = general_meaning(part, member.name)
    if part == "header":
        return _of_header(member, general)
    if member.name in _TIMES:
        return _of_time(_TIMES[member.name], member, now)
    return general


def _of_header(member: Member, general: Meaning) -> Meaning:
    value = member.value.lower() if isinstance(member.value, str) else None
    if member.name == "alg" and value == "none":
        return Meaning("says that it isn't signed at all: refuse it", alarming=True)
    known = {"alg": _ALGORITHMS, "typ": _TYPES}.get(member.name, {})
    words = {name.lower(): words for name, words in known.items()}.get(str(value))
    if words is None:
        return general
    return Meaning(f"says: {words}" if member.name == "alg" else words)


def _of_time(verb: str, member: Member, now: float | None) -> Meaning:
    moment = utc(member.value)
    if moment is None:
        return Meaning("no time: it has to be a number of seconds since 1970", alarming=True)
    away = f", {distance(float(str(member.value)) - now)}" if now is not None else ""
    return Meaning(f"{verb} {moment}{away}")


def utc(seconds: object) -> str | None:
    """Return Unix time *seconds* as "2026-03-02 08:05:00 UTC"; None if it is no moment."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat(sep=' ')} UTC"


def distance(seconds: float) -> str:
    """Return a stretch of time in words, such as "in 5 min" or "2 h ago"."""
    size = abs(seconds)
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        if size >= unit:
            count = math.floor(size / unit)
            return f"in {count:,} {name}" if seconds > 0 else f"{count:,} {name} ago"
    return "now"
