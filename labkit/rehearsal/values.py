"""
Values in a text that are known by their look: quotations, addresses, ids, names, lists of them.

Every function yields what it finds with its place, so that nothing is used twice.

Glossary:
    found: a value and where it stands.
    slug: words joined by a hyphen, a slash, a dot: "checkout-api", "src/main.py".
    list: values of one kind joined by commas and "and".

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from labkit.rehearsal.grammar import tokens_of
from labkit.rehearsal.units import UNITS
from labkit.rehearsal.words import is_opener, is_small

_QUOTED = re.compile(
    "\"([^\"]+)\"|\u201c([^\u201d]+)\u201d|`([^`]+)`|(?<!\\w)'([^']+(?:'\\w[^']*)*)'(?!\\w)"
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LINK = re.compile(r"https?://[^\s,;<>\"')]+[^\s,;<>\"').?!]|\bwww\.[\w.-]+\.\w+(?:/\S*)?")
_UPPER = "A-Z\u00c0-\u00dd"
_CAPITAL = (
    rf"(?:(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|No|[{_UPPER}])\.(?=\s)|"
    rf"(?:[{_UPPER}][\w\u00c0-\u017f'\u2019-]*(?:\.(?=\w)[\w-]+)*))"
)
_CAPITALS = re.compile(
    rf"\b{_CAPITAL}(?:\s+(?:(?:de|da|van|von|der|la|el|of|and the|an der|am)\s+)?{_CAPITAL})*"
)
_HOUSE = re.compile(
    r"\.?\s\d{1,4}[a-z]?\b"
    r"(?![-:.,%]?\d|\s*(?:st|nd|rd|th|am|pm|%|(?!(?:is|was|has|goes|does)\b)[a-z]+s)\b)"
)

_HOUSE_AHEAD = re.compile(r"(?<![\w.,-])\d{1,4}[a-z]? $")
_STREET = re.compile(
    r"\b(?:Street|St|Road|Rd|Lane|Ln|Way|Close|Avenue|Ave|Drive|Court|Place|Square|Row|Hill|"
    r"Terrace|Walk|Gardens?|Crescent|Boulevard|Quay|Park)\.?$"
)


@dataclass(frozen=True, slots=True)
class Found:
    """
    A value in a text.

    Attributes:
        value: As a call takes it: a string or a number.
        start: Where it begins.
        end: Where it ends.
        unit: What a number counts ("day", "%"), if that is said.
    """

    value: Any
    start: int
    end: int
    unit: str = ""


def quoted(text: str) -> Iterator[Found]:
    """Yield what stands in quotation marks, without them."""
    for match in _QUOTED.finditer(text):
        yield Found(next(filter(None, match.groups())).strip(), *match.span())


_CALLED = re.compile(
    r"\b(?:called|named|titled|entitled|(?P<it>(?:call|name|title) (?:it|this|that|the \w+))|"
    r"under the (?:name|title))(?: of)?:?\s+"
    r"(?P<name>[^\s,;:.!?\"'“](?:[^,;:.!?\"]|[.:](?=\w)){0,60})",
    re.IGNORECASE,
)


def called(text: str) -> Iterator[Found]:
    """Yield what something is to be called, up to the next mark: "call it Sunday at sea"."""
    for match in _CALLED.finditer(text):
        name = match["name"].rstrip()
        if name[0].isupper() or match["it"]:
            yield Found(name, match.start("name"), match.start("name") + len(name))


def matches(pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    """Yield what fits *pattern*, as it stands."""
    for match in pattern.finditer(text):
        yield Found(match[0], *match.span())


_TOKEN = re.compile(r"[^\s,;()<>\"\u201c\u201d`?!=]++")
_JOINED = re.compile(r"[~.]{0,2}/?[A-Za-z][A-Za-z0-9]*+(?:[-_./]++[A-Za-z0-9]++)++", re.ASCII)
_ONE_WORD = re.compile(r"(?:re|pre|half|non|self|day|semi|co|anti|up|follow)-", re.IGNORECASE)
_CODE = re.compile(r"#?[A-Za-z0-9]++(?:[-_./:][A-Za-z0-9]++)*+", re.ASCII)
_QUANTITY_OR_TIME = re.compile(
    rf"\d+(?:\.\d+)?(?:{'|'.join(map(re.escape, UNITS))}|am|pm|k|x|st|nd|rd|th|%)s?|"
    r"\d{1,2}:\d\d(?::\d\d)?|\d{1,2}/\d{1,2}|\d+\.\d+|\d{4}-\d\d-\d\d\S*",
    re.I,
)


def tokens(text: str) -> Iterator[Found]:
    """Yield what stands between spaces, without the marks at its ends."""
    for match in _TOKEN.finditer(text):
        value = (
            match[0]
            .lstrip("':")
            .removeprefix("...")
            .removesuffix("'s")
            .removesuffix("\u2019s")
            .rstrip("'.:-")
        )
        if value:
            start = match.start() + match[0].index(value)
            yield Found(value, start, start + len(value))


_PLATE = re.compile(
    r"\b(?![A-Z]{3}\b \d+\b(?! ?\d))(?:[A-Z]{1,3}[ -]){1,2}\d{2,6}\b(?![.,:]\d|-\w)"
)
_PHONE = re.compile(r"(?<![\w.-])(?:\+\d{1,3}|0\d{1,4})(?:[ /()-]{1,2}\d{2,8}){1,5}(?!\w|[.,:]\d)")


def identifiers(text: str) -> Iterator[Found]:
    """Yield what looks like an id: letters with digits, "88-12", ``#12``, capitals; as written."""
    yield from matches(_PHONE, text)
    yield from matches(_PLATE, text)
    for found in tokens(text):
        if _CODE.fullmatch(found.value) and _is_code(found.value):
            yield Found(found.value.lstrip("#"), found.start, found.end)


def _is_code(token: str) -> bool:
    if _QUANTITY_OR_TIME.fullmatch(token):
        return False
    digits, letters = any(map(str.isdigit, token)), any(map(str.isalpha, token))
    if digits:
        return letters or not token.isdigit()
    return token.isupper() and len(token) > 1


def slugs(text: str) -> Iterator[Found]:
    """Yield joined words, as written: "checkout-api", "owner/name", "nightly.yml"."""
    for found in tokens(text):
        if _JOINED.fullmatch(found.value) and not (
            found.value.isupper() or _ONE_WORD.match(found.value)
        ):
            yield found


_SUBJECT = re.compile(
    r"\s*(?:$|[,:.]|(?:is|was|has|had|got|needs|wants|and|or|will|in|from|at|to|for)\b)"
)


def capitals(text: str) -> Iterator[Found]:
    """
    Yield names: words with a capital, joined; also with a number behind: "Terminal 2".

    The word that begins a request isn't one.
    """
    for match in _CAPITALS.finditer(text):
        start, value = (
            match.start(),
            match[0].rstrip("'").removesuffix("'s").removesuffix("\u2019s"),
        )
        first, _, rest = value.partition(" ")
        if _begins_a_sentence(text, start) and (is_opener(first) or is_small(first)):
            start, value = start + len(first) + 1, rest
        elif not rest and _begins_a_sentence(text, start) and not _is_subject(text, match):
            continue
        if value and value not in ("I", "I'm", "I'd", "I've", "I'll"):
            end = start + len(value)
            if (ahead := _HOUSE_AHEAD.search(text, 0, start)) and _STREET.search(value):
                yield Found(text[ahead.start() : end], ahead.start(), end)
            yield Found(value, start, end)
            if number := _HOUSE.match(text, end):
                yield Found(text[start : number.end()], start, number.end())


def _is_subject(text: str, match: re.Match[str]) -> bool:
    """Tell whether a first word does something itself: "Emil drives"; "Print" doesn't."""
    if _SUBJECT.match(text, match.end()):
        return True
    tokens = tokens_of(text)
    behind = next((each for each in tokens if each.start >= match.end()), None)
    return behind is not None and behind.tag in _DOES


_DOES = ("VVZ", "VVD", "VBZ", "VBD", "VHZ", "VHD", "VM0", "VDZ", "VDD")


def _begins_a_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or before[-1] in ".!?:;\n"


class Placed(Protocol):
    """What has a place in a text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


P = TypeVar("P", bound=Placed)


def joined(found: Sequence[P], text: str) -> list[P]:
    """Return the longest run of *found* that is a list in *text*: "A, B and C"."""
    return max(_runs(found, text), key=len, default=[])


def list_around(one: P, found: Sequence[P], text: str, *, bare: bool = False) -> list[P]:
    """
    Return the list in *text* that *one* belongs to; itself alone if there is none.

    Args:
        bare: Whether nothing but a comma or "and" may stand between its values.
    """
    joint = _BARE_JOINT if bare else _LIST_JOINT
    return next((run for run in _runs(found, text, joint) if one in run), [one])


_LIST_JOINT = re.compile(
    r"\s*(?:,\s*(?:and|or)?|and|or|&|,?\s*plus|vs\.?|versus|against)\s*"
    r"(?:(?:of|in|for|to|on|from)\s+)?(?:the\s+)?(?:[a-z]+\s+)?",
    re.IGNORECASE,
)


_BARE_JOINT = re.compile(r"\s*(?:,\s*(?:and|or)?|and|or|&)\s*", re.IGNORECASE)


def _runs(found: Sequence[P], text: str, joint: re.Pattern[str] = _LIST_JOINT) -> list[list[P]]:
    runs: list[list[P]] = []
    for each in sorted(found, key=lambda each: each.start):
        last = runs[-1][-1] if runs else None
        if last is not None and joint.fullmatch(text, last.end, each.start):
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs
