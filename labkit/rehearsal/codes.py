"""
Names that have a code: languages (ISO 639-1), countries (ISO 3166), currencies (ISO 4217), days.

The names are those of Unicode's CLDR as the package babel has them; a few that people use beside
them are listed here.

Glossary:
    code: the short form that a schema may ask for: "de" for German, "DE" for Germany.

Floor 1: imports nothing of labkit but its neighbour `values`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple, cast

from babel import Locale

from labkit.rehearsal.values import Found

_ALSO_COUNTRIES = {
    "czech republic": "CZ", "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB",
    "usa": "US", "america": "US", "turkey": "TR", "holland": "NL", "the netherlands": "NL",
    "burma": "MM", "ivory coast": "CI",
}  # fmt: skip
_ALSO_LANGUAGES = {"mandarin": "zh", "bengali": "bn", "farsi": "fa", "flemish": "nl"}
# What a bare name means; CLDR only has "US Dollar".
_ALSO_CURRENCIES = {
    "dollar": "USD", "buck": "USD", "pound": "GBP", "pound sterling": "GBP", "yen": "JPY",
    "franc": "CHF", "yuan": "CNY", "rupee": "INR", "peso": "MXN", "won": "KRW", "lira": "TRY",
    "krona": "SEK", "zloty": "PLN", "forint": "HUF", "rand": "ZAR", "bitcoin": "BTC", "btc": "BTC",
    "\u20ac": "EUR", "$": "USD", "\u00a3": "GBP", "\u00a5": "JPY", "\u20b9": "INR",
}  # fmt: skip
_COMMON_WORDS = {"all", "top", "try", "cup", "mop", "gel", "bam", "bob", "sos", "awg", "mad", "ars"}
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MONTHS = "january february march april may june july august september october november december"


class _Names(NamedTuple):
    """For each name in lower case its code."""

    countries: Mapping[str, str]
    languages: Mapping[str, str]
    currencies: Mapping[str, str]


@cache
def _names() -> _Names:
    english = Locale("en")
    countries = _two_letters(english.territories) | _ALSO_COUNTRIES
    languages = _two_letters(english.languages) | _ALSO_LANGUAGES
    money = cast("Mapping[str, str]", english.currencies)
    named = {name.lower(): code for code, name in money.items()}
    codes = {code.lower(): code for code in money}
    plain = {code: each for code, each in codes.items() if code not in _COMMON_WORDS}
    currencies = named | plain | _ALSO_CURRENCIES
    return _Names(countries, languages, currencies)


def _two_letters(names: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): code for code, name in names.items() if len(code) == 2 and code.isalpha()}


LONGEST_NAME = 5  # Words: "the democratic republic of congo".
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_SIGN = re.compile(r"[\u20ac$\u00a3\u00a5\u20b9](?=\s*\d)|(?<=\d)\s?\u20ac")


def _named(names: Mapping[str, str], text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the code and the place of each of *names* in *text*, the longest first, also plural."""
    words, place = list(_WORD.finditer(text)), 0
    while place < len(words):
        for last in range(min(place + LONGEST_NAME, len(words)) - 1, place - 1, -1):
            start, end = words[place].start(), words[last].end()
            said = text[start:end].lower()
            if code := names.get(said) or names.get(said.removesuffix("s")):
                yield code, start, end
                place = last
                break
        place += 1


@cache
def aliases() -> Mapping[str, frozenset[str]]:
    """For a name in lower case, the codes that may stand for it in a list of choices."""
    names, days = _names(), f"{_DAYS} {_MONTHS}".split()
    found: dict[str, frozenset[str]] = {}
    for table in (names.countries, names.languages, names.currencies):
        for name, code in table.items():
            found[name] = found.get(name, frozenset()) | {code.lower()}
    return found | {day.removesuffix("s"): frozenset({day[:2], day[:3]}) for day in days}


def currencies(text: str) -> Iterator[Found]:
    """Yield currencies as their code, in their order."""
    codes = _names().currencies
    signs = ((codes[match[0].strip()], *match.span()) for match in _SIGN.finditer(text))
    named = (*_named(codes, text), *signs)
    yield from (Found(*each) for each in sorted(named, key=lambda each: each[1]))


def languages(text: str) -> Iterator[Found]:
    """Yield the names of languages, as written."""
    for _, start, end in _named(_names().languages, text):
        yield Found(text[start:end], start, end)


def countries(text: str) -> Iterator[Found]:
    """Yield the names of countries, as written."""
    for _, start, end in _named(_names().countries, text):
        yield Found(text[start:end], start, end)


def code_of(name: str) -> str | None:
    """Return the code of a language or a country, or None if *name* is neither."""
    return _names().languages.get(name.lower()) or _names().countries.get(name.lower())
