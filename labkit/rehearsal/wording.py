"""
How a value is written in a sentence: with its unit, as percent, as a date; and words from names.

Glossary:
    name: a key of a result, such as ``wind_kmh``; its end may be a unit.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Sequence

from labkit.rehearsal.words import words_of

TEXT_CHARACTERS = 600  # Of a document that is quoted.
_SHARES = {"rate", "share", "fraction", "ratio", "probability", "confidence", "chance"}
_IDS = {"id", "number", "no", "code", "year", "zip", "postcode", "pin", "phone", "key", "version"}
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")  # A choice such as "in_transit".
_PLAIN = {"id", "number", "no", "amount", "value", "limit"}  # What a number is called anyway.
_TIMES = {"days", "weeks", "months", "years", "hours", "minutes", "seconds"}
# How the end of a name is written behind its number. SI symbols; currencies by their ISO code.
_UNITS = {
    "c": "°C", "celsius": "°C", "f": "°F", "fahrenheit": "°F", "kmh": "km/h", "mps": "m/s",
    "pct": "%", "percent": "%", "ms": "ms", "s": "s", "sec": "s", "seconds": "s", "min": "min",
    "minutes": "min", "h": "h", "hours": "h", "mm": "mm", "cm": "cm", "m": "m", "km": "km",
    "mg": "mg", "g": "g", "kg": "kg", "ml": "ml", "l": "l", "kb": "kB", "mb": "MB", "gb": "GB",
    "w": "W", "kw": "kW", "wh": "Wh", "kwh": "kWh", "hz": "Hz", "hpa": "hPa", "bpm": "bpm",
    "eur": "EUR", "usd": "USD", "gbp": "GBP", "chf": "CHF", "inr": "INR", "jpy": "JPY",
    "kcal": "kcal", "ppm": "ppm", "v": "V", "a": "A",
}  # fmt: skip


def unit_of(name: str) -> str:
    """Return the unit that the end of *name* stands for, or nothing."""
    words = words_of(name)
    return _UNITS.get(words[-1], "") if len(words) > 1 else ""


def spoken(name: str) -> str:
    """Return *name* as words, without its unit: "wind" for ``wind_kmh``."""
    words = words_of(name)
    return " ".join(words[:-1] if unit_of(name) else words)


def shown(name: str, value: object) -> str:
    """Return *value* as people write it; a share between 0 and 1 as percent."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        value = value.replace("_", " ") if _CODE.fullmatch(value) else value.strip()
        return _MOMENT.sub(_moment, value) if _MOMENT.fullmatch(value) else value
    if not isinstance(value, int | float):
        return str(value)
    words = set(words_of(name))
    if words & _SHARES and isinstance(value, float) and 0 <= value <= 1:
        return f"{value * 100:.3g} %"
    return f"{_number(value, exact=bool(words & _IDS))} {unit_of(name)}".rstrip()


def told(name: str, value: object) -> str:
    """Return a member as words: "wind 22 km/h"; a flag as its name, or "not" before it."""
    if isinstance(value, bool):
        return spoken(name) if value else f"not {spoken(name)}"
    return f"{spoken(name)} {shown(name, value)}"


def counted(name: str, value: object) -> str:
    """Return an argument as one names it: "Oslo", "order 88", "7 days"."""
    if not isinstance(value, int | float):
        return shown(name, value)
    words = words_of(name)
    if words[-1:] and words[-1] in _TIMES:
        return f"{shown('', value)} {words[-1]}"
    noun = " ".join(word for word in words if len(word) > 1 and word not in _PLAIN)
    return f"{noun} {shown(name, value)}".strip()


def _number(value: float, *, exact: bool) -> str:
    if exact and isinstance(value, int):
        return str(value)
    if isinstance(value, int) or abs(value) >= 1e6:
        return f"{value:,.0f}"
    return f"{value:,.6g}"


def _moment(found: re.Match[str]) -> str:
    """Return a moment without its seconds: "2025-06-10 21:04 +09:00"."""
    zone = {"Z": " UTC", None: ""}.get(found[3], f" {found[3]}")
    return f"{found[1]} {found[2]}{zone}"


def quote(text: str) -> str:
    """Return the beginning of a text on one line, cut at the end of a sentence if it is long."""
    line = " ".join(text.split())
    if len(line) <= TEXT_CHARACTERS:
        return line
    cut = line[:TEXT_CHARACTERS]
    end = cut.rfind(". ")
    return cut[: end + 1] + " ..." if end > TEXT_CHARACTERS // 3 else cut + "..."


def sentence(text: str) -> str:
    """Return *text* with a full stop, or with the mark of its own that it ends in."""
    return text if text.endswith(("?", "!", "...")) else f"{text.rstrip('.')}."


def listed(words: Sequence[str], last: str = " and ") -> str:
    """Join words as a sentence does: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])}{last}{words[-1]}"
