"""
Who holds which key, and what each of them can do with it.

Glossary. *Party*: a program or a person. *Private* key: signs. *Public* key: checks. *Shared*
secret: does both, so whoever can check can also forge. *Message*: what one party sends another.

What a party can do follows from the keys that it holds; it can't be drawn otherwise.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from labkit.errors import UsageError
from labkit.pictures import icons
from labkit.pictures.lettering import width_of
from labkit.pictures.palette import (
    BAD,
    CARD,
    EDGE,
    GAP,
    GOOD,
    INK,
    LIT,
    MARGIN,
    PANEL,
    SMALL,
    SMALL_STRONG,
    SOFT,
    STRONG,
    TINTS,
    TITLE,
    TRACK,
    WARN,
    WIDTH,
)
from labkit.pictures.picture import Picture
from labkit.pictures.sheet import Box, Point, Sheet
from labkit.pictures.writing import plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KeyKind = Literal["private", "public", "shared"]
MessageKind = Literal["sent", "forged", "refused"]
MAX_PARTIES = 6  # More cards than that get too narrow for their words.
MAX_MESSAGES = 12
_FATES = {"forged": "forged, and accepted", "refused": "forged, and refused"}
_KEY_NAMES = {"private": "private key", "public": "public key", "shared": "shared secret"}
_KEY_INKS = {"private": WARN, "public": LIT, "shared": BAD}
_MAX_NAME = 60  # Characters of a name that are kept, in the twin too.
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Party:
    """
    Somebody who holds keys, or none.

    Attributes:
        name: Such as "issuer"; messages refer to it.
        holds: The kinds of key that it holds, such as ("private",) or ("public",).
        role: What it does here, such as "signs the tokens"; may be empty.
    """

    name: str
    holds: tuple[KeyKind, ...] = ()
    role: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't be drawn, where it is made."""
        _require_text("name of a Party", self.name)
        if not isinstance(self.role, str):
            raise UsageError("role of a Party has to be a text, or empty")
        known = get_args(KeyKind)
        if not isinstance(self.holds, tuple) or any(kind not in known for kind in self.holds):
            raise UsageError(f"holds of a Party has to be a tuple of {', '.join(known)}")

    @property
    def can_sign(self) -> bool:
        """Whether it holds a key that signs."""
        return "private" in self.holds or "shared" in self.holds

    @property
    def can_check(self) -> bool:
        """Whether it holds a key that checks; a private key includes the public one."""
        return bool(self.holds)


@dataclass(frozen=True, slots=True)
class Message:
    """
    What one party sends another.

    Attributes:
        sender: Name of a party.
        receiver: Name of another party.
        label: What is sent, such as "token".
        kind: "forged" if the sender made it in another's name and the receiver took it, "refused"
            if the receiver saw through it.
    """

    sender: str
    receiver: str
    label: str
    kind: MessageKind = "sent"

    def __post_init__(self) -> None:
        """Refuse what can't be drawn, where it is made."""
        for name in ("sender", "receiver", "label"):
            _require_text(f"{name} of a Message", getattr(self, name))
        if self.sender == self.receiver:
            raise UsageError("a Message goes from one party to another one")
        if self.kind not in get_args(MessageKind):
            raise UsageError(f"kind of a Message is one of {', '.join(get_args(MessageKind))}")


def key_holders(
    parties: Iterable[Party],
    messages: Iterable[Message] = (),
    *,
    title: str = "Who holds which key",
) -> Picture:
    """
    Draw each party with its keys, what it can do with them, and the messages in their order.

    Args:
        parties: One to `MAX_PARTIES`, each with a name of its own; whoever is meant to sign comes
            first.
        messages: At most `MAX_MESSAGES`, between these parties.
        title: Heading of the picture.

    Raises:
        UsageError: No parties or too many, two with one name, a message to a stranger.
    """
    people = _list_of(Party, "parties", parties, least=1, most=MAX_PARTIES)
    sent = _list_of(Message, "messages", messages, least=0, most=MAX_MESSAGES)
    _require_text("title", title)
    names = {party.name for party in people}
    if len(names) < len(people):
        raise UsageError("each Party needs a name of its own")
    strangers = {m.sender for m in sent} | {m.receiver for m in sent}
    if strangers - names:
        raise UsageError("each Message has to go from a name in parties to another name in it")
    return Picture(partial(_draw, people, sent, title), _twin(people, sent, title))


def _require_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{name} has to be a text that isn't empty")


def _list_of(
    kind: type[Item], name: str, items: Iterable[Item], *, least: int, most: int
) -> list[Item]:
    given = list(items) if isinstance(items, Iterable) else []
    wanted = [item for item in given if isinstance(item, kind)]
    if not isinstance(items, Iterable) or len(wanted) < len(given):
        raise UsageError(f"{name} has to be a list of {kind.__name__}")
    if not least <= len(wanted) <= most:
        raise UsageError(f"{name} has to have {least} to {most} entries; it has {len(wanted)}")
    return wanted


def _lesson(parties: Sequence[Party]) -> tuple[str, str]:
    """Return what the picture shows in one sentence, and its ink."""
    signers = [party for party in parties if party.can_sign]
    if not signers:
        return "Nobody here can sign.", WARN
    if len(signers) == 1:
        return f"Only {_short(signers[0].name)} can sign: a good signature names its author.", GOOD
    number = f"{len(signers)} of {len(parties)}"
    return f"{number} can sign: a good signature doesn't say which of them made it.", BAD


def _abilities(party: Party, *, meant: bool) -> list[tuple[bool, str, str]]:
    """Return what *party* can do: yes or no, the words, the ink. *meant*: it's the signer."""
    if party.can_sign and not meant:
        sign = (True, "can forge", BAD)
    else:
        sign = (party.can_sign, "can sign" if party.can_sign else "can't sign", INK)
    check = (party.can_check, "can check" if party.can_check else "can't check", INK)
    return [sign, check]


def _meant(parties: Sequence[Party]) -> str | None:
    return next((party.name for party in parties if party.can_sign), None)


def _short(text: str) -> str:
    return shorten(plain(text), _MAX_NAME)


# The twin.


def _twin(parties: Sequence[Party], messages: Sequence[Message], title: str) -> str:
    lines = [_short(title)]
    for party in parties:
        keys = ", ".join(_KEY_NAMES[kind] for kind in party.holds) or "no key"
        able = _abilities(party, meant=party.name == _meant(parties))
        role = f" ({_short(party.role)})" if party.role else ""
        lines.append(f"  {_short(party.name)}{role}: {keys}; {', '.join(w for _, w, _ in able)}")
    for message in messages:
        kind = "" if message.kind == "sent" else f" ({_FATES[message.kind]})"
        between = f"{_short(message.sender)} -> {_short(message.receiver)}"
        lines.append(f"  {between}: {_short(message.label)}{kind}")
    return "\n".join([*lines, f"  {_lesson(parties)[0]}"])


# The drawing.

_TOP = 64.0
_KEY_ROW = 30.0
_ABLE_ROW = 22.0
_MESSAGE_ROW = 48.0
_BAND = 38.0


def _draw(parties: Sequence[Party], messages: Sequence[Message], title: str) -> "Figure":
    roles = 18 * any(party.role for party in parties)
    keys = max(1, *(len(party.holds) for party in parties)) * _KEY_ROW
    card = 44 + roles + keys + 2 * _ABLE_ROW + 16
    lanes = len(messages) * _MESSAGE_ROW + (26 if messages else 0)
    bottom = _TOP + card + lanes
    sheet = Sheet(WIDTH, bottom + 2 * GAP + _BAND + MARGIN - GAP)
    sheet.text((MARGIN, 42), title, TITLE, max_width=WIDTH - 2 * MARGIN)
    width = (WIDTH - 2 * MARGIN - GAP * (len(parties) - 1)) / len(parties)
    boxes = [Box(MARGIN + n * (width + GAP), _TOP, width, card) for n in range(len(parties))]
    _messages(sheet, messages, dict(zip([p.name for p in parties], boxes, strict=True)), lanes)
    for party, box in zip(parties, boxes, strict=True):
        _card(sheet, party, box, meant=party.name == _meant(parties), roles=roles)
    _closing(sheet, parties, Box(MARGIN, bottom + GAP, WIDTH - 2 * MARGIN, _BAND))
    return sheet.figure


def _card(sheet: Sheet, party: Party, box: Box, *, meant: bool, roles: float) -> None:
    forger = party.can_sign and not meant
    sheet.box(box, PANEL, edge=BAD if forger else EDGE, line=1.5 if forger else 1)
    (middle, _), room, y = box.middle, box.width - 16, box.top + 28
    sheet.text((middle, y), party.name, STRONG, align="center", max_width=room)
    if party.role:
        sheet.text((middle, y + 18), party.role, SMALL, SOFT, align="center", max_width=room)
    y += roles + 16
    for row, kind in enumerate(party.holds):
        _key(sheet, kind, (middle, y + row * _KEY_ROW + 10), room)
    if not party.holds:
        sheet.text((middle, y + 14), "no key", SMALL, SOFT, align="center")
    y = box.bottom - 2 * _ABLE_ROW - 6
    for row, able in enumerate(_abilities(party, meant=meant)):
        _ability(sheet, able, (middle - 42, y + row * _ABLE_ROW + 8))


def _key(sheet: Sheet, kind: KeyKind, middle: Point, room: float) -> None:
    words, ink, length = _KEY_NAMES[kind], _KEY_INKS[kind], 28
    if length + 28 + width_of(words, STRONG) > room:
        words = kind
    wide = min(length + 28 + width_of(words, STRONG), room)
    chip = Box(middle[0] - wide / 2, middle[1] - 12, wide, 24)
    sheet.box(chip, TINTS[ink], edge=ink, radius=12, dashed=kind == "shared")
    icons.key(sheet, (chip.left + 10 + length / 2, middle[1]), length, ink, hollow=kind == "public")
    at = (chip.left + 10 + length + 6, middle[1] + 4.5)
    sheet.text(at, words, STRONG, ink, max_width=chip.right - at[0] - 6)


def _ability(sheet: Sheet, able: tuple[bool, str, str], at: Point) -> None:
    yes, words, ink = able
    if ink == BAD:
        icons.warning(sheet, at, 14, BAD)
    else:
        (icons.check if yes else icons.cross)(sheet, at, 13, GOOD if yes else SOFT)
    sheet.text((at[0] + 16, at[1] + 4.5), words, STRONG, ink if yes else SOFT)


def _messages(
    sheet: Sheet, messages: Sequence[Message], boxes: dict[str, Box], height: float
) -> None:
    """Draw a lifeline below each card, and the messages between them, first one on top."""
    if not messages:
        return
    for box in boxes.values():
        foot = (box.middle[0], box.bottom + height)
        sheet.line([(box.middle[0], box.bottom), foot], TRACK, width=2)
    top = next(iter(boxes.values())).bottom
    for row, message in enumerate(messages, start=1):
        start, end = boxes[message.sender].middle[0], boxes[message.receiver].middle[0]
        _message(sheet, message, start, end, top + row * _MESSAGE_ROW - 4)


def _message(sheet: Sheet, message: Message, start: float, end: float, y: float) -> None:
    ink = INK if message.kind == "sent" else BAD
    middle, room = (start + end) / 2, abs(end - start) - 24
    if message.kind == "refused":  # Leave room for the cross at the receiver's end.
        middle, room = middle + (14 if end < start else -14), room - 28
    wide = min(width_of(message.label, SMALL), room) + 8
    sheet.box(Box(middle - wide / 2, y - 20, wide, 16), CARD, radius=2)
    sheet.text((middle, y - 8), message.label, SMALL, ink, align="center", max_width=room)
    sheet.arrow((start, y), (end, y), ink, dashed=message.kind != "sent")
    if message.kind in _FATES:
        fate = _FATES[message.kind]
        if width_of(fate, SMALL_STRONG) > room:
            fate = fate.split()[-1]
        wide = min(width_of(fate, SMALL_STRONG), room) + 8
        sheet.box(Box(middle - wide / 2, y + 5, wide, 16), CARD, radius=2)
        sheet.text((middle, y + 17), fate, SMALL_STRONG, ink, align="center", max_width=room)
    if message.kind == "refused":
        side = 18 if end < start else -18
        sheet.circle((end + side, y), 9, BAD)
        icons.cross(sheet, (end + side, y), 10, PANEL)


def _closing(sheet: Sheet, parties: Sequence[Party], box: Box) -> None:
    words, ink = _lesson(parties)
    sheet.box(box, TINTS[ink], edge=ink, line=1.5)
    at = (box.left + 22, box.middle[1])
    if ink == GOOD:
        sheet.circle(at, 10, ink)
        icons.check(sheet, at, 11, PANEL)
    else:
        icons.warning(sheet, at, 19, ink)
    sheet.text((at[0] + 20, at[1] + 4.5), words, STRONG, ink, max_width=box.width - 60)
