"""
How a signature is made and checked, from the text that was signed and the one that arrived.

Glossary. *Digest*: 32 bytes that stand for a text (SHA-256). *Signature*: a digest that only the
private key could turn into these bytes. *Opened*: the signature turned back with the public key,
which gives the digest of whatever was signed.

Source: RFC 8017 section 8.2, RSASSA-PKCS1-v1_5; its padding is left out here.

Floor 0: imports nothing of labkit but its errors.
"""

import hashlib
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.pictures import icons
from labkit.pictures.lettering import cell_width, drawable
from labkit.pictures.palette import (
    BAD,
    CODE,
    CODE_STRONG,
    EDGE,
    GOOD,
    INK,
    LIT,
    MARGIN,
    PANEL,
    PAYLOAD,
    SIGNATURE,
    SMALL,
    SMALL_STRONG,
    SOFT,
    STRONG,
    TINTS,
    TITLE,
    WARN,
    WIDTH,
)
from labkit.pictures.picture import Picture
from labkit.pictures.sheet import Box, Point, Sheet
from labkit.pictures.writing import plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_TEXT = 100_000  # Characters of a text; our choice: no token is that long.


@dataclass(frozen=True, slots=True)
class _Story:
    """What was signed and what arrived; the digests are of their whole texts."""

    signed: str
    arrived: str
    title: str

    @property
    def fits(self) -> bool:
        return self.signed == self.arrived

    @property
    def verdict(self) -> str:
        if self.fits:
            return "The digests are equal: this is what was signed, to the letter."
        return "The digests differ: this isn't what was signed."


def signature_flow(
    signed: str, arrived: str, *, title: str = "How a signature is made and checked"
) -> Picture:
    """
    Draw the way of a text through hash and private key, and back through the public key.

    Args:
        signed: The text that the issuer signed, such as the header and payload of a token.
        arrived: The text that came with the signature; another one if somebody changed it.
        title: Heading of the picture.

    Raises:
        UsageError: Not texts, or empty ones, or longer than `MAX_TEXT`.
    """
    for name, text in (("signed", signed), ("arrived", arrived), ("title", title)):
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            raise UsageError(f"{name} has to be a text, not empty and not endless")
    story = _Story(signed, arrived, shorten(plain(title), 90))
    twin = (
        f"{story.title}\n"
        "  the issuer signs: text -> SHA-256 -> digest -> private key -> signature\n"
        "  anyone checks: text -> SHA-256 -> digest; signature -> public key -> digest\n"
        f"  {story.verdict}"
    )
    return Picture(partial(_draw, story), twin)


# The drawing.

_HIGH = 58.0  # Of a box.
_TEXT = Box(MARGIN, 92, 186, _HIGH)
_DIGEST = Box(MARGIN + 280, 92, 132, _HIGH)
_SIGNATURE = Box(WIDTH - MARGIN - 156, 92, 156, _HIGH)
_OPENED = Box(_SIGNATURE.left - 84 - 132, 92, 132, _HIGH)
_DOWN = 128.0  # From the row that signs to the row that checks.
_BAND = Box(MARGIN, 92 + _DOWN + _HIGH + 20, WIDTH - 2 * MARGIN, 38)


def _draw(story: _Story) -> "Figure":
    sheet = Sheet(WIDTH, _BAND.bottom + MARGIN)
    sheet.text((MARGIN, 42), story.title, TITLE, max_width=WIDTH - 2 * MARGIN)
    sheet.text((MARGIN, 80), "The issuer signs", STRONG, SOFT)
    sheet.text((MARGIN, 80 + _DOWN), "Anyone checks", STRONG, SOFT)
    _travels(sheet, story)
    _signing(sheet, story)
    _checking(sheet, story)
    _closing(sheet, story)
    return sheet.figure


def _below(box: Box) -> Box:
    return Box(box.left, box.top + _DOWN, box.width, box.height)


def _signing(sheet: Sheet, story: _Story) -> None:
    _text_box(sheet, _TEXT, story.signed, story.arrived)
    _step(sheet, _TEXT, _DIGEST, "SHA-256")
    _digest_box(sheet, _DIGEST, "digest", story.signed, INK)
    _key(sheet, _DIGEST, _SIGNATURE, "private")
    _box(sheet, _SIGNATURE, "signature", SIGNATURE)


def _checking(sheet: Sheet, story: _Story) -> None:
    text, digest, opened, signature = map(_below, (_TEXT, _DIGEST, _OPENED, _SIGNATURE))
    _text_box(sheet, text, story.arrived, story.signed)
    _step(sheet, text, digest, "SHA-256")
    ink = GOOD if story.fits else BAD
    _digest_box(sheet, digest, "digest", story.arrived, ink)
    _box(sheet, signature, "signature", SIGNATURE)
    _key(sheet, signature, opened, "public")
    _digest_box(sheet, opened, "signed digest", story.signed, ink)
    middle = ((digest.right + opened.left) / 2, digest.middle[1])
    sheet.line([(digest.right, middle[1]), (opened.left, middle[1])], ink, dashed=not story.fits)
    sheet.circle(middle, 14, ink)
    (icons.check if story.fits else icons.cross)(sheet, middle, 15, PANEL)


def _travels(sheet: Sheet, story: _Story) -> None:
    """Draw what goes from the issuer to whoever checks: the text and the signature."""
    ink = INK if story.fits else BAD
    for box, colour, words in (
        (_TEXT, ink, "sent" if story.fits else "changed on the way"),
        (_SIGNATURE, INK, "sent"),
    ):
        x = box.right - 20
        bad = colour == BAD
        sheet.arrow((x, box.bottom), (x, box.top + _DOWN), colour, dashed=bad)
        at = (x - 8, box.bottom + 24)
        sheet.text(at, words, SMALL_STRONG if bad else SMALL, colour, align="right")


def _box(sheet: Sheet, box: Box, label: str, ink: str) -> None:
    sheet.box(box, TINTS.get(ink, PANEL), edge=EDGE if ink == INK else ink, line=1.2)
    sheet.text((box.left + 12, box.top + 22), label, SMALL, SOFT)
    if ink == SIGNATURE:
        sheet.text((box.left + 12, box.top + 43), "RS256", CODE, ink)


def _digest_box(sheet: Sheet, box: Box, label: str, text: str, ink: str) -> None:
    _box(sheet, box, label, ink)
    value = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    sheet.text((box.left + 12, box.top + 43), f"{value[:6]}…{value[-6:]}", CODE, ink)


def _text_box(sheet: Sheet, box: Box, text: str, other: str) -> None:
    """Show the beginning of *text*, or where it differs from the *other* one."""
    _box(sheet, box, "header.payload" if text.count(".") == 1 else "text", PAYLOAD)
    room = int((box.width - 24) / cell_width(CODE))
    before, changed, after = _excerpt(text, other, room)
    x, y = box.left + 12, box.top + 43
    for part, face, ink in (
        (before, CODE, PAYLOAD),
        (changed, CODE_STRONG, BAD),
        (after, CODE, PAYLOAD),
    ):
        sheet.text((x, y), part, face, ink)
        x += len(part) * cell_width(CODE)


def _excerpt(text: str, other: str, room: int) -> tuple[str, str, str]:
    """Return what fits of *text*: before the first difference, the difference, and after it."""
    if text == other:
        return drawable(shorten(plain(text, limit=room), room), CODE)[:room], "", ""
    alike = zip(text, other, strict=False)
    first = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], alike))
    half = room // 2 - 2
    before = drawable(text[max(0, first - half) : first], CODE)[-half:]
    changed = drawable(text[first : first + 1], CODE)
    after = drawable(text[first + 1 : first + 1 + room], CODE)
    left = f"…{before}" if first > half else before
    return left, changed, shorten(after, max(room - len(left) - len(changed), 1))


def _step(sheet: Sheet, start: Box, end: Box, words: str) -> None:
    y = start.middle[1]
    sheet.arrow((start.right, y), (end.left, y), INK)
    sheet.text(((start.right + end.left) / 2 - 3, y - 8), words, SMALL, INK, align="center")


def _key(sheet: Sheet, start: Box, end: Box, kind: str) -> None:
    """Draw an arrow from box to box with the key that it needs above it."""
    forward = end.left > start.left
    ends = (start.right, end.left) if forward else (start.left, end.right)
    y, middle = start.middle[1], sum(ends) / 2
    sheet.arrow((ends[0], y), (ends[1], y), INK)
    ink = WARN if kind == "private" else LIT
    icons.key(sheet, (middle, y - 15), 26, ink, hollow=kind == "public")
    sheet.text((middle, y + 18), f"{kind} key", SMALL_STRONG, ink, align="center")


def _closing(sheet: Sheet, story: _Story) -> None:
    ink = GOOD if story.fits else BAD
    sheet.box(_BAND, TINTS[ink], edge=ink, line=1.5)
    at: Point = (_BAND.left + 22, _BAND.middle[1])
    sheet.circle(at, 10, ink)
    (icons.check if story.fits else icons.cross)(sheet, at, 11, PANEL)
    sheet.text((at[0] + 20, at[1] + 4.5), story.verdict, STRONG, ink)
