"""
What a system message says once for all questions: "Default repository: acme/app", "Trip: Lisbon".

Glossary:
    label: the words before a colon or an "is", which say what the value is.
    told: values by their label.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterable, Mapping

from labkit.rehearsal.hints import is_named, names_of
from labkit.rehearsal.meaning import SYNONYM, alike
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.values import capitals
from labkit.rehearsal.words import is_small, stem, words_of

_LABELLED = re.compile(
    r"(?:^|[.;,!\n)]\s)\s*(?P<label>[A-Za-z][\w' -]{1,40}?)(?::| is| are| =)\s+"
    r"(?P<value>[^\s,;()][^,;()\n]{0,60}?)\s*(?:\([^)\n]{0,60}\))?"
    r"(?:(?P<more>,\s+[A-Z0-9])|(?=[,;()\n]|[.!](?:\s|$)|$))"
)
_TYPED = (Role.NUMBER, Role.FLAG, Role.OBJECT, Role.TEXT, Role.QUERY, Role.DATE, Role.TIME)


def told_by(texts: Iterable[str]) -> dict[str, str]:
    """Return what system messages name, by its label; a label of several values is none."""
    found = (each for text in texts for each in _LABELLED.finditer(text))
    return {each["label"].lower(): each["value"] for each in found if not each["more"]}


def names_in(texts: Iterable[str]) -> dict[str, str]:
    """Return the names that system messages spell, by their small letters."""
    names = (found.value for text in texts for found in capitals(text) if " " not in found.value)
    return {name.lower(): name for name in names if not is_small(name)}


def spelt(question: str, names: Mapping[str, str]) -> str:
    """Return *question* with *names* as they are spelt: "ben paid" is "Ben paid"."""
    return re.sub(r"\b[a-z]{3,}\b", lambda word: names.get(word[0], word[0]), question)


def standing_for(parameters: Iterable[Parameter], told: Mapping[str, str]) -> dict[str, str]:
    """Return what was told for each of *parameters* that needs a value."""
    return {
        parameter.name: value
        for parameter in parameters
        if parameter.required and parameter.role not in _TYPED and not parameter.many
        for label, value in told.items()
        if _is_of(parameter, label) and (not parameter.choices or value in parameter.choices)
    }


def _is_of(parameter: Parameter, label: str) -> bool:
    said = [word for word in words_of(label) if not is_small(word)]
    names = names_of(parameter)
    own = [word for word in words_of(parameter.name) if stem(word) in names]
    return any(is_named(word, names) or any(alike(word, o) >= SYNONYM for o in own)
               for word in said[-1:])  # fmt: skip
