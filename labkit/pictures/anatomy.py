"""
A token in its three colours, with what each member of it means.

It looks as good as it was checked, and no better: `verdicts` decides what may be said.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.pictures import icons
from labkit.pictures.lettering import cell_width, drawable, width_of
from labkit.pictures.meanings import Meaning, general_meaning, meaning
from labkit.pictures.palette import (
    BAD,
    BODY,
    CODE,
    CODE_STRONG,
    EDGE,
    EXTRA,
    GAP,
    HEADER,
    INK,
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
from labkit.pictures.parts import Anatomy, Member, Part, PartName, take_apart
from labkit.pictures.picture import Picture
from labkit.pictures.sheet import Box, Point, Sheet
from labkit.pictures.verdicts import Ruling, Verdict, ruling
from labkit.pictures.writing import plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_MEMBERS = 16  # Shown of one object; the rest is counted.
_COLOURS: dict[PartName, str] = {
    "header": HEADER,
    "payload": PAYLOAD,
    "signature": SIGNATURE,
    "extra": EXTRA,
}
_SHOWN: dict[PartName, tuple[int, int]] = {
    "header": (220, 40),
    "payload": (440, 60),
    "signature": (0, 30),
    "extra": (60, 10),
}
"""Characters of each part that are written out (of a signature, what fills the line), and how
many of them come from its end."""


def token_anatomy(
    token: str,
    *,
    verdict: Verdict | None = None,
    reason: str | None = None,
    by: str | None = None,
    now: float | None = None,
    claims_explained: bool = True,
    values_in_text: bool = False,
) -> Picture:
    """
    Draw *token*: its encoded text in three colours, below it what each part says.

    Any text is drawn as far as it can be read. Nothing is verified here.

    Args:
        verdict: What a verifier found: "verified" (signature and claims), "signature" (claims not
            checked), "refused"; None if nobody checked it.
        reason: Why it was refused.
        by: Who verified it, such as "inspections".
        now: Unix time in seconds; with it the picture says "in 5 min" beside ``exp``.
        claims_explained: Say in a few words what each member means.
        values_in_text: Put the members' values into the twin too. Only for tokens that are the
            same on every run.

    Raises:
        UsageError: *token* is no text; or the verdict lacks its reason or its verifier; or calls
            a token good that can't be.
    """
    if not isinstance(token, str):
        raise UsageError("token has to be a text such as 'eyJ...'")
    if now is not None and (type(now) not in (int, float) or not isfinite(now)):
        raise UsageError("now has to be a Unix time in seconds, or None")
    anatomy = take_apart(token)
    said = ruling(anatomy, verdict, reason, by)
    told = now if claims_explained else None
    look = _Look(anatomy, said, told, explained=bool(claims_explained))
    return Picture(partial(_draw, look), _twin(look, values=bool(values_in_text)))


@dataclass(frozen=True, slots=True)
class _Look:
    """All that the drawing and the twin need to know."""

    anatomy: Anatomy
    said: Ruling
    now: float | None
    explained: bool


# The twin.


def _twin(look: _Look, *, values: bool) -> str:
    said = look.said
    lines = [f"A token. {said.sentence(with_key=values)}."]
    for number, part in enumerate(look.anatomy.parts, start=1):
        fault = f" ({part.fault})" if part.fault else ""
        lines.append(f"  {number} {part.name}{fault}")
        lines += [f"      {line}" for line in _twin_members(part, look, values=values)]
        if part.name == "signature":
            lines.append(f"      {said.about_signature}")
    return "\n".join(lines)


def _twin_members(part: Part, look: _Look, *, values: bool) -> Iterator[str]:
    shown = part.members[:MAX_MEMBERS]
    names = [shorten(plain(member.name), 40) for member in shown]
    width = max(map(len, names), default=0)
    for name, member in zip(names, shown, strict=True):
        if values:
            words = meaning(part.name, member, look.now).words
            name = f"{name.ljust(width)}  {shorten(plain(member.text), 80, tail=8)}"
        else:
            words = general_meaning(part.name, member.name).words
            name = name.ljust(width)
        yield f"{name}  {words}" if look.explained else name.rstrip()
    if len(part.members) > len(shown):
        yield f"and {len(part.members) - len(shown)} more"


# The drawing.

_ROW = 22.0  # Pixels from one member to the next.
_LINE = 20.0  # Pixels from one line of encoded text to the next.
_PAD = 14.0
_BAND = Box(MARGIN, 60, WIDTH - 2 * MARGIN, 38)
_TOP = _BAND.bottom + GAP
_CODE_COLUMN = 392.0  # Width for a member, where its meaning stands beside it.


def _draw(look: _Look) -> "Figure":
    per_row = int((_BAND.width - 2 * _PAD) / cell_width(CODE))
    cells = _cells(look.anatomy, per_row)
    rows = [cells[start : start + per_row] for start in range(0, len(cells), per_row)] or [[]]
    tops = [_TOP + len(rows) * _LINE + 2 * _PAD + GAP]
    for part in look.anatomy.parts:
        tops.append(tops[-1] + _panel_height(part) + GAP)
    sheet = Sheet(WIDTH, tops[-1] - GAP + MARGIN)
    _head(sheet, look)
    _encoded(sheet, rows)
    for number, (part, top) in enumerate(zip(look.anatomy.parts, tops, strict=False), start=1):
        _panel(sheet, look, part, number, Box(MARGIN, top, _BAND.width, _panel_height(part)))
    return sheet.figure


def _head(sheet: Sheet, look: _Look) -> None:
    said, anatomy = look.said, look.anatomy
    sheet.text((MARGIN, 42), "A token, taken apart", TITLE)
    length = sum(len(part.encoded) for part in anatomy.parts) + len(anatomy.parts) - 1
    size = f"{length:,} characters"
    sheet.text((WIDTH - MARGIN, 42), size, BODY, SOFT, align="right")
    unsure = said.verdict is None
    sheet.box(_BAND, TINTS[said.colour], edge=said.colour, line=1.5, dashed=unsure)
    at = (_BAND.left + 22, _BAND.middle[1])
    sheet.circle(at, 10, said.colour)
    _sign(sheet, at, said)
    start = (at[0] + 20, at[1] + 4.5)
    words = said.sentence(with_key=True)
    sheet.text(start, words, STRONG, said.colour, max_width=_BAND.width - 60)


def _sign(sheet: Sheet, at: Point, said: Ruling) -> None:
    if said.proven:
        icons.check(sheet, at, 11, PANEL)
    elif said.verdict == "refused":
        icons.cross(sheet, at, 11, PANEL)
    else:
        sheet.text((at[0], at[1] + 5), "?", TITLE, PANEL, align="center")


_Cell = tuple[str, str, bool]  # A character, its colour, whether it is bold.


def _cells(anatomy: Anatomy, per_row: int) -> list[_Cell]:
    """Return the encoded text character by character, a bold dot between two parts."""
    cells: list[_Cell] = []
    for part in anatomy.parts:
        if cells or part.name != "header":
            cells.append((".", INK, True))
        length, tail = _SHOWN[part.name]
        if part.name == "signature":  # As much of it as fills the last line.
            length = per_row - len(cells) % per_row
            length += per_row if length < 2 * tail else 0
        text = drawable(shorten(part.encoded, length, tail=tail), CODE)
        cells += [(char, _COLOURS[part.name], False) for char in text]
    return cells


def _encoded(sheet: Sheet, rows: list[list[_Cell]]) -> None:
    box = Box(_BAND.left, _TOP, _BAND.width, len(rows) * _LINE + 2 * _PAD)
    sheet.box(box, PANEL, edge=EDGE)
    cell = cell_width(CODE)
    for number, row in enumerate(rows):
        y, column = box.top + _PAD + number * _LINE + 14, 0
        for (colour, bold), run in groupby(row, key=lambda cell: (cell[1], cell[2])):
            text = "".join(char for char, _, _ in run)
            face = CODE_STRONG if bold else CODE
            sheet.text((box.left + _PAD + column * cell, y), text, face, colour)
            column += len(text)


def _panel_height(part: Part) -> float:
    rows = min(len(part.members), MAX_MEMBERS) + (len(part.members) > MAX_MEMBERS)
    rows += bool(part.fault)
    if part.name == "signature":
        rows += 1 + bool(part.encoded)
    return 34 + rows * _ROW + (8 if rows else 0)


def _panel(sheet: Sheet, look: _Look, part: Part, number: int, box: Box) -> None:
    colour = _COLOURS[part.name]
    sheet.box(box, TINTS[colour], edge=None if _proven(look.said, part) else colour, dashed=True)
    sheet.circle((box.left + 22, box.top + 19), 9, colour)
    sheet.text((box.left + 22, box.top + 23), str(number), SMALL_STRONG, PANEL, align="center")
    sheet.text((box.left + 40, box.top + 23.5), part.name, STRONG, colour)
    after = box.left + 52 + width_of(part.name, STRONG)
    sheet.text((after, box.top + 23.5), _size(part), SMALL, SOFT)
    y = box.top + 34 + 14
    if part.fault:
        fault = f"{part.fault[0].upper()}{part.fault[1:]}."
        sheet.text((box.left + 40, y), fault, STRONG, BAD, max_width=box.width - 60)
        y += _ROW
    _members(sheet, look, part, (box.left + 40, y))
    if part.name == "signature":
        _about_signature(sheet, look, part, (box.left + 40, y))


def _proven(said: Ruling, part: Part) -> bool:
    """Whether a part counts: claims do only after they were checked as well."""
    return said.verdict == "verified" or (said.proven and part.name != "payload")


def _size(part: Part) -> str:
    if not part.size:
        return f"{len(part.encoded):,} characters"
    return f"{len(part.encoded):,} characters of base64url, {part.size:,} bytes"


def _members(sheet: Sheet, look: _Look, part: Part, at: Point) -> None:
    shown = part.members[:MAX_MEMBERS]
    x, y = at
    for number, member in enumerate(shown):
        more = len(part.members) > len(shown)
        last = number == len(shown) - 1 and not more
        _member(sheet, look, part, member, (x, y), first=number == 0, last=last)
        y += _ROW
    if len(part.members) > len(shown):
        sheet.text((x, y), f"  … and {len(part.members) - len(shown)} more", CODE, SOFT)


def _member(
    sheet: Sheet, look: _Look, part: Part, member: Member, at: Point, *, first: bool, last: bool
) -> None:
    """Write one member as JSON, and beside it what it means."""
    (x, y), cell = at, cell_width(CODE)
    room = int((_CODE_COLUMN if look.explained else WIDTH - 2 * MARGIN - 56) / cell)
    name = drawable(f'"{shorten(plain(member.name), 24)}"', CODE)
    value = shorten(drawable(member.text, CODE), room - len(name) - 8, tail=10)
    sheet.text((x, y), "{" if first else "", CODE, SOFT)
    sheet.text((x + 2 * cell, y), name, CODE_STRONG, _COLOURS[part.name])
    sheet.text((x + (2 + len(name)) * cell, y), f": {value}{' }' if last else ','}", CODE)
    if look.said.verdict == "refused":
        end = x + (4 + len(name) + len(value)) * cell
        sheet.line([(x + 2 * cell, y - 4), (end, y - 4)], BAD, width=1.2)
    if look.explained:
        words: Meaning = meaning(part.name, member, look.now)
        colour = WARN if words.alarming else SOFT
        start = x + _CODE_COLUMN
        sheet.text((start, y), words.words, SMALL, colour, max_width=WIDTH - MARGIN - 8 - start)


def _about_signature(sheet: Sheet, look: _Look, part: Part, at: Point) -> None:
    (x, y), said = at, look.said
    if part.encoded:
        made = "A signature fits the characters of parts 1 and 2: change one, and it fits no more."
        sheet.text((x, y), made, BODY, SOFT)
        y += _ROW
    sheet.text((x, y), said.about_signature, STRONG, said.colour)
