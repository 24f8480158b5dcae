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
    """For a name in lower case its code; the patterns find them in a text."""

    countries: Mapping[str, str]
    languages: Mapping[str, str]
    currencies: Mapping[str, str]
    country: re.Pattern[str]
    language: re.Pattern[str]
    currency: re.Pattern[str]


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
    found = (countries, languages, currencies)
    return _Names(countries, languages, currencies, *map(_any_of, found))


def _two_letters(names: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): code for code, name in names.items() if len(code) == 2 and code.isalpha()}


def _any_of(names: Mapping[str, str]) -> re.Pattern[str]:
    words = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True) if n[0].isalpha())
    return re.compile(
        rf"\b(?:{words})s?\b|[\u20ac$\u00a3\u00a5\u20b9](?=\s*\d)|(?<=\d)\s?\u20ac", re.I
    )


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
    """Yield currencies as their code."""
    for match in _names().currency.finditer(text):
        name = match[0].strip().lower()
        codes = _names().currencies
        yield Found(codes.get(name) or codes[name.removesuffix("s")], *match.span())


def languages(text: str) -> Iterator[Found]:
    """Yield the names of languages, as written."""
    for match in _names().language.finditer(text):
        if match[0][0].isalpha():
            yield Found(match[0], *match.span())


def countries(text: str) -> Iterator[Found]:
    """Yield the names of countries, as written."""
    for match in _names().country.finditer(text):
        if match[0][0].isalpha():
            yield Found(match[0], *match.span())


def code_of(name: str) -> str | None:
    """Return the code of a language or a country, or None if *name* is neither."""
    return _names().languages.get(name.lower()) or _names().countries.get(name.lower())
