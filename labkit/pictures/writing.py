"""
Text that can only be read, never act.

A token or a path in a picture was written by a stranger. Control characters could move a
terminal's cursor, marks of direction could turn a line around, stacked accents could cover the
line above, and a megabyte could fill the page. `plain` shows all of them as escapes, `shorten`
keeps to a length; both are for the picture and for its twin in text, as is `counted`.

Floor 0: imports nothing of labkit.
"""

import unicodedata

ELLIPSIS = "…"
MAX_PLAIN = 4000  # Characters that are looked at in one text; our choice: four pages are no label.
_RIGHT_TO_LEFT = {"R", "AL", "AN"}  # Bidirectional classes that reorder a line (UAX 9, table 4).


def plain(text: str, *, limit: int = MAX_PLAIN) -> str:
    r"""
    Return *text* on one line with whatever could act written as an escape such as ``\u202e``.

    Escaped: control and format characters, line ends, unpaired surrogates, right-to-left letters
    and combining marks. At most *limit* characters are kept; an ellipsis tells that there's more.
    """
    shown = "".join(char if _harmless(char) else escape(char) for char in text[:limit])
    return shown + ELLIPSIS if len(text) > limit else shown


def escape(char: str) -> str:
    r"""Return *char* as Python would write it without the character itself: ``\n``, ``\u202e``."""
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _harmless(char: str) -> bool:
    if char.isascii():
        return char.isprintable()
    return (
        char.isprintable()
        and not unicodedata.category(char).startswith("M")
        and unicodedata.bidirectional(char) not in _RIGHT_TO_LEFT
    )


def counted(count: int, what: str) -> str:
    """Return how many there are in words: "1 request", "1,200 spans"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def shorten(text: str, length: int, *, tail: int = 0) -> str:
    """
    Return *text* in at most *length* characters, with an ellipsis where something is left out.

    Args:
        tail: How many characters of the end are kept; 0 cuts at the end.
    """
    if len(text) <= length:
        return text
    tail = min(tail, max(length - 2, 0))
    return text[: length - tail - 1] + ELLIPSIS + (text[-tail:] if tail else "")
