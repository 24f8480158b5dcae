"""
Names that have a code: languages (ISO 639-1), countries (ISO 3166), currencies (ISO 4217), days.

Glossary:
    code: the short form that a schema may ask for: "de" for German, "DE" for Germany.

Floor 1: imports nothing of labkit but its neighbour `values`.
"""

import re
from collections.abc import Iterator, Mapping

from labkit.rehearsal.values import Found

CURRENCIES: Mapping[str, str] = {
    "eur": "EUR", "euro": "EUR", "usd": "USD", "dollar": "USD", "gbp": "GBP", "pound": "GBP",
    "jpy": "JPY", "yen": "JPY", "chf": "CHF", "franc": "CHF", "cad": "CAD", "aud": "AUD",
    "cny": "CNY", "yuan": "CNY", "inr": "INR", "rupee": "INR", "sek": "SEK", "nok": "NOK",
    "dkk": "DKK", "pln": "PLN", "zloty": "PLN", "brl": "BRL", "mxn": "MXN", "peso": "MXN",
    "krw": "KRW", "won": "KRW", "czk": "CZK", "try": "TRY", "lira": "TRY", "zar": "ZAR",
    "\u20ac": "EUR", "$": "USD", "\u00a3": "GBP", "\u00a5": "JPY", "btc": "BTC", "bitcoin": "BTC",
}  # fmt: skip
LANGUAGES: Mapping[str, str] = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it",
    "portuguese": "pt", "dutch": "nl", "polish": "pl", "czech": "cs", "russian": "ru",
    "ukrainian": "uk", "turkish": "tr", "arabic": "ar", "hebrew": "he", "hindi": "hi",
    "chinese": "zh", "mandarin": "zh", "japanese": "ja", "korean": "ko", "swedish": "sv",
    "norwegian": "no", "danish": "da", "finnish": "fi", "greek": "el", "hungarian": "hu",
    "romanian": "ro", "vietnamese": "vi", "thai": "th", "indonesian": "id", "latin": "la",
    "catalan": "ca", "croatian": "hr", "slovak": "sk", "slovenian": "sl", "bulgarian": "bg",
    "serbian": "sr", "persian": "fa", "swahili": "sw", "icelandic": "is", "irish": "ga",
}  # fmt: skip
COUNTRIES: Mapping[str, str] = {
    "argentina": "AR", "australia": "AU", "austria": "AT", "belgium": "BE", "brazil": "BR",
    "bulgaria": "BG", "canada": "CA", "chile": "CL", "china": "CN", "colombia": "CO",
    "croatia": "HR", "czechia": "CZ", "czech republic": "CZ", "denmark": "DK", "egypt": "EG",
    "estonia": "EE", "finland": "FI", "france": "FR", "germany": "DE", "greece": "GR",
    "hungary": "HU", "iceland": "IS", "india": "IN", "indonesia": "ID", "ireland": "IE",
    "israel": "IL", "italy": "IT", "japan": "JP", "kenya": "KE", "latvia": "LV",
    "lithuania": "LT", "luxembourg": "LU", "malaysia": "MY", "mexico": "MX", "morocco": "MA",
    "netherlands": "NL", "new zealand": "NZ", "nigeria": "NG", "norway": "NO", "pakistan": "PK",
    "peru": "PE", "philippines": "PH", "poland": "PL", "portugal": "PT", "romania": "RO",
    "saudi arabia": "SA", "serbia": "RS", "singapore": "SG", "slovakia": "SK", "slovenia": "SI",
    "south africa": "ZA", "south korea": "KR", "spain": "ES", "sweden": "SE",
    "switzerland": "CH", "thailand": "TH", "turkey": "TR", "ukraine": "UA",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB", "england": "GB",
    "united states": "US", "usa": "US", "vietnam": "VN",
}  # fmt: skip
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MONTHS = "january february march april may june july august september october november december"
ALIASES: Mapping[str, frozenset[str]] = {
    name: frozenset(codes)
    for name, codes in {
        **{name: {code} for name, code in LANGUAGES.items()},
        **{name: {code.lower()} for name, code in COUNTRIES.items()},
        **{name: {code.lower()} for name, code in CURRENCIES.items()},
        **{name.removesuffix("s"): {name[:2], name[:3]} for name in f"{_DAYS} {_MONTHS}".split()},
    }.items()
}
"""For a name in lower case, the codes that may stand for it in a list of choices."""


def _any_of(names: Mapping[str, str]) -> re.Pattern[str]:
    words = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True) if n[0].isalpha())
    return re.compile(rf"\b(?:{words})s?\b|[\u20ac$\u00a3\u00a5](?=\s*\d)", re.IGNORECASE)


_CURRENCY, _LANGUAGE, _COUNTRY = map(_any_of, (CURRENCIES, LANGUAGES, COUNTRIES))


def currencies(text: str) -> Iterator[Found]:
    """Yield currencies as their code."""
    for match in _CURRENCY.finditer(text):
        yield Found(_code(CURRENCIES, match[0]), *match.span())


def languages(text: str) -> Iterator[Found]:
    """Yield the names of languages, as written."""
    for match in _LANGUAGE.finditer(text):
        if match[0].isalpha():
            yield Found(match[0], *match.span())


def countries(text: str) -> Iterator[Found]:
    """Yield the names of countries, as written."""
    for match in _COUNTRY.finditer(text):
        if match[0][0].isalpha():
            yield Found(match[0], *match.span())


def code_of(name: str) -> str | None:
    """Return the code of a language or a country, or None if *name* is neither."""
    return LANGUAGES.get(name.lower()) or COUNTRIES.get(name.lower())


def _code(codes: Mapping[str, str], name: str) -> str:
    return codes.get(name.lower()) or codes[name.lower().removesuffix("s")]
