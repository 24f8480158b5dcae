"""
Text of strangers, made fit to be shown: what a terminal or a page would obey becomes visible.

Floor 4: imports nothing of labkit.
"""

import json
import re
from collections.abc import Mapping

_CONTROLS = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_CONTROLS |= dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0)
_SHOWN: dict[int, int | None] = {code: sign or 0xFFFD for code, sign in _CONTROLS.items()}
_SHOWN |= {ord("\n"): ord("\n"), ord("\t"): ord("\t"), ord("\r"): None}
_SURROGATE = re.compile("[\ud800-\udfff]")


def harmless(text: str) -> str:
    """
    Return *text* with its control characters made visible.

    So no terminal obeys an escape sequence and no bidirectional override turns a line around. Each
    character is taken alone: pieces of a stream may be cut anywhere.
    """
    return _SURROGATE.sub("\ufffd", text.translate(_SHOWN))


def shown_json(arguments: Mapping[str, object]) -> str:
    """Return the *arguments* of a call as indented JSON, `harmless`."""
    return harmless(json.dumps(arguments, indent=2, ensure_ascii=False, default=str))
