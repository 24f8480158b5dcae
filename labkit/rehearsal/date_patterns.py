"""
How dates are written: the patterns that `labkit.rehearsal.moments` reads.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterable

from labkit.rehearsal.number_words import ORDINALS
from labkit.rehearsal.periods import COUNT

PERIOD = "period"  # The unit of a first and a last day.
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
DAY = {d: n for n, d in enumerate(_DAYS.split())}
DAY |= {d[:3]: n for d, n in DAY.items()} | {"tues": 1, "thur": 3, "thurs": 3}
HOLIDAYS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25),
    "boxing day": (12, 26), "new year's eve": (12, 31), "new year's day": (1, 1),
    "new year's": (1, 1), "valentine's day": (2, 14), "halloween": (10, 31),
}  # fmt: skip
RELATIVE = {
    "day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0, "tonight": 0,
    "right now": 0, "this morning": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1,
    "tmrw": 1, "tomorow": 1, "tommorow": 1, "tommorrow": 1,
    "day after tomorrow": 2, "the day after": 2,
}  # fmt: skip
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_N = r"\d{1,2}(?:st|nd|rd|th)?"
_TO = r"\s*(?:-|\u2013|to|until|till|and|through)\s*(?:the\s+)?"


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_WEEKDAY = rf"(?:{_any(DAY)})"

PATTERNS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("iso", r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?\b"),
        ("dotted", r"\b(?P<d>\d{1,2})(?P<sep>[./])(?P<m>\d{1,2})(?P=sep)"
                   r"(?P<y>\d{4}|\d\d)?\b(?!\d)"),
        ("of_month", rf"\b(?P<d>{_N}|{_any(ORDINALS)})(?:{_TO}(?P<d2>{_N}))?\s+(?:of\s+)?"
                     rf"(?P<m>{_MONTH})(?:,?\s+(?P<y>\d{{4}}))?"),
        ("of_month", rf"\b(?P<m>{_MONTH})\s+(?:the\s+)?(?P<d>{_N})\b(?!:)(?:{_TO}(?P<d2>{_N})\b"
                     r"(?!\s*[ap]m|:))?(?:,?\s+(?P<y>\d{4}))?"),
        ("weekday_nth", rf"\b(?:(?:next|this|on)\s+)?{_WEEKDAY},?\s*\(?(?:the\s+)?"
                        r"(?P<d>\d{1,2})(?:st|nd|rd|th)\b\)?(?!\s+(?!at\b|in\b|to\b|for\b)[a-z])"),
        ("nth_weekday", rf"\b(?P<nth>{_any(ORDINALS)}|last) (?P<weekday>{_WEEKDAY}) (?:of|in) "
                        r"(?:the\s+)?(?:(?P<which>this|next|last|coming)\s+month|"
                        rf"(?P<m>{_MONTH})|(?P<same>month))"),
        ("weekday_of", rf"\b(?:on\s+)?(?P<weekday>{_WEEKDAY})\s+(?:of\s+)?"
                       r"(?P<which>this|next|last) week\b"
                       r"|\b(?P<which2>this|next|last) week(?:'s|,)?\s+(?:on\s+)?"
                       rf"(?P<weekday2>{_WEEKDAY})\b"),
        ("ahead", rf"\b(?P<n>{COUNT})\s+(?P<of>day|week|month|year)s?\s+from\s+(?:now|today)\b"),
        ("relative", rf"\b(?P<word>{_any(RELATIVE)})\b"),
        ("ahead", rf"\b(?:in|within)\s+(?P<n>{COUNT})\s+(?P<of>day|week|month|year|fortnight)s?\b"
                  r"(?!\s+(?:long|or))(?:'s? time)?"),
        ("ago", rf"\b(?P<n>{COUNT})\s+(?P<of>day|week|month|year|fortnight)s?\s+ago\b"),
        ("holiday", rf"\b(?P<name>{_any(HOLIDAYS)})\b(?:\s+(?P<y>last year|\d{{4}}))?"),
        ("period", r"\b(?:(?P<edge>end|start|beginning|first day|last day)\s+of\s+)?(?:the\s+)?"
                   r"(?P<which>this|next|last|past|previous|coming|current)\s+"
                   r"(?P<span>week(?:end)?|month|quarter|year)\b"),
        ("edge", r"\b(?P<edge>end|start|beginning|first day|last day)\s+of\s+(?:the\s+)?"
                 rf"(?:(?P<span>week|month|quarter|year)|(?P<m>{_MONTH})(?:\s+(?P<y>\d{{4}}))?)(?!\w)"),
        ("back", rf"\b(?P<which>last|past|previous|next|coming)\s+(?P<n>{COUNT})\s+"
                 r"(?P<of>day|week|month|year)s?\b"),
        ("year", r"\b(?:in|for|during|of|since|from)\s+(?P<y>(?:19|20)\d\d)\b(?!-)"),
        ("month", rf"\b(?:in|during|of|for|all of|since|until|till|by)\s+(?P<m>{_MONTH})"
                  r"(?:\s+(?P<y>\d{4}))?(?!\s*\d|\w)"),
        ("weekday", rf"\b(?:(?P<which>next|this|coming|on|last)\s+)?(?P<weekday>{_WEEKDAY})s?\b"
                    r"(?P<after>\s+week\b)?"),
        ("nth", rf"\b(?:the\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)|on the (?P<word>{_any(ORDINALS)}))\b"
                rf"(?:{_TO}(?P<d2>{_N}))?(?!\s*(?:of\s+)?{_MONTH})"
                r"(?!\s+(?!at\b|in\b|to\b|for\b)[a-z])"),
    )
)  # fmt: skip
