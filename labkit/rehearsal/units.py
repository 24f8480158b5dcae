"""
Units of time, length and mass, and how to get from one to another.

Glossary:
    dimension: what a unit measures; only units of one dimension can be converted.

Floor 1: imports nothing of labkit.
"""

from collections.abc import Mapping

_TIME = {
    "ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "day": 86400, "night": 86400, "week": 604800,
    "fortnight": 1209600, "month": 2592000, "quarter": 7776000, "year": 31536000,
}  # fmt: skip
_LENGTH = {
    "mm": 0.001, "millimeter": 0.001, "millimetre": 0.001, "cm": 0.01, "centimeter": 0.01,
    "centimetre": 0.01, "m": 1, "meter": 1, "metre": 1, "km": 1000, "kilometer": 1000,
    "kilometre": 1000, "inch": 0.0254, "foot": 0.3048, "feet": 0.3048, "mile": 1609.344,
}  # fmt: skip
_MASS = {
    "mg": 0.001, "milligram": 0.001, "g": 1, "gram": 1, "kg": 1000, "kilo": 1000,
    "kilogram": 1000, "t": 1e6, "ton": 1e6, "tonne": 1e6, "ounce": 28.349523125,
}  # fmt: skip
_VOLUME = {"ml": 0.001, "milliliter": 0.001, "millilitre": 0.001, "cl": 0.01, "l": 1,
           "liter": 1, "litre": 1}  # fmt: skip
_BYTES = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_AREA = {"sqm": 1, "m2": 1, "m\u00b2": 1, "square metre": 1, "square meter": 1, "hectare": 10000,
         "ha": 10000, "acre": 4046.856,
         "square foot": 0.092903, "square feet": 0.092903}  # fmt: skip
_SPEED = {"km/h": 1, "kmh": 1, "kph": 1, "mph": 1.609344, "knot": 1.852}
_HEAT = {"degree": 1, "celsius": 1, "\u00b0c": 1, "\u00b0": 1, "degc": 1}
_SHARE = {"%": 1, "percent": 1, "pct": 1, "percentage": 1}
_POWER = {"w": 1, "watt": 1, "kw": 1000, "kilowatt": 1000}
_ENERGY = {"kwh": 1, "wh": 0.001}
MONEY = ("money", "price", "cost", "budget", "salary", "fee", "rent", "eur", "euro", "usd",
         "dollar", "gbp", "pound", "chf", "franc", "\u20ac", "$", "\u00a3")  # fmt: skip
UNITS: Mapping[str, tuple[str, float]] = {
    unit: (dimension, size)
    for dimension, sizes in (
        ("time", _TIME), ("length", _LENGTH), ("mass", _MASS), ("volume", _VOLUME),
        ("bytes", _BYTES), ("area", _AREA), ("speed", _SPEED), ("heat", _HEAT), ("share", _SHARE),
        ("power", _POWER), ("energy", _ENERGY), ("money", dict.fromkeys(MONEY, 1)),
    )
    for unit, size in sizes.items()
}  # fmt: skip
"""A unit's dimension and size; a month has 30 days here, as people mean it."""

TIMES = tuple(_TIME)


def same_dimension(one: str, other: str) -> bool:
    """Tell whether one unit can be converted to the other."""
    return one in UNITS and other in UNITS and UNITS[one][0] == UNITS[other][0]


def converted(value: float, unit: str, wanted: str) -> int | float:
    """Return *value* of one unit in another of its dimension: 2 hours are 120 minutes."""
    result = round(value * UNITS[unit][1] / UNITS[wanted][1], 9)
    return int(result) if float(result).is_integer() else result
