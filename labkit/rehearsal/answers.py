"""
Sentences about results: what a colleague would say who has just looked it up.

Every number stands beside the name of the tool that it came from, and none is made up: what isn't
in a result isn't said.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.rehearsal.choosing import KnownTool
from labkit.rehearsal.conversation import Result
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.results import (
    Entry,
    direction_of,
    entries_of,
    label_of,
    measures_of,
    ranked,
    superlative_in,
)
from labkit.rehearsal.roles import Role
from labkit.rehearsal.words import words_of

TOP = 3  # Of a list; the rest is counted.
CHOICES = 8  # That are named when one is asked for.
TEXT_CHARACTERS = 600  # Of a document that is quoted.
_TEXTS = ("text", "body", "content", "snippet", "summary", "answer", "description", "excerpt")


def answer(question: str, results: Sequence[Result]) -> str:
    """Return what *results* say to *question*, a sentence or two for each call."""
    told = [_told(question, result) for result in results]
    return " ".join(dict.fromkeys(filter(None, told)))


def _told(question: str, result: Result) -> str:
    tool, value = result.call.name, result.value
    if result.error is not None:
        return _failure(result)
    if value in (None, "", [], {}) or (isinstance(value, Mapping) and _is_empty(value)):
        return f"{tool} found nothing{_for(result)}."
    entries = entries_of(value)
    if entries and not (isinstance(value, Mapping) and _totals(value, question)):
        return _list(question, entries, tool)
    if isinstance(value, Mapping):
        return _object(value, result)
    if isinstance(value, list):
        return f"{tool} gave {listed([shown('', each) for each in value[:10]])}."
    return _single(value, result)


_PAGING = {"total", "count", "page", "limit", "offset", "next", "pages", "size"}


def _totals(value: Mapping[str, Any], question: str) -> bool:
    """Tell whether the numbers beside a list say it: totals, where no entry is asked for."""
    beside = [key for key in measures_of(value) if key not in _PAGING]
    return len(beside) > 1 and not direction_of(question)


def _is_empty(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is a list without entries, and nothing else but counts of zero."""
    lists = [each for each in value.values() if isinstance(each, list)]
    others = [each for each in value.values() if not isinstance(each, list)]
    return bool(lists) and not any(lists) and not any(others)


def _failure(result: Result) -> str:
    error = (result.error or "").strip().rstrip(".")
    advice = ""
    if isinstance(result.value, Mapping):
        advice = str(result.value.get("suggestion") or result.value.get("hint") or "").strip()
    after = f" {advice.rstrip('.')}." if advice else ""
    return f"I couldn't get an answer from {result.call.name}{_for(result)}: {error}.{after}"


def _for(result: Result) -> str:
    """Say what was asked: " for K4", if it is short."""
    values = [
        shown(name, value)
        for name, value in result.call.arguments.items()
        if isinstance(value, str | int | float) and len(str(value)) <= 40
    ]
    return f" for {listed(values[:TOP])}" if values else ""


def _list(question: str, entries: Sequence[Entry], tool: str) -> str:
    texts = next((key for key in _TEXTS if isinstance(entries[0].get(key), str)), None)
    if texts is not None:
        return _documents(entries, texts, tool)
    measure, order = ranked(question, entries)
    if measure is not None and direction_of(question) and order:
        return _ranking(question, order, measure, tool)
    rows = listed([_entry(each, measure) for each in entries[:TOP]], last=", ")
    more = len(entries) - TOP
    rest = f", and {more} more" if more > 0 else ""
    noun = "entry" if len(entries) == 1 else "entries"
    return f"{tool} found {len(entries)} {noun}: {rows}{rest}."


def _ranking(question: str, order: Sequence[Entry], measure: str, tool: str) -> str:
    first, *others = order[:TOP]
    what, most = _words(measure), superlative_in(question)
    head = f"{label_of(first)} has the {most} {what}, {shown(measure, first[measure])}"
    followers = [f"{label_of(each)} with {shown(measure, each[measure])}" for each in others]
    after = f", followed by {listed(followers)}" if followers else ""
    details = [key for key in measures_of(first) if key != measure][:TOP]
    known = ", ".join(f"{_words(key)} {shown(key, first[key])}" for key in details)
    return f"{head}{after} ({tool}).{f' For {label_of(first)}: {known}.' if known else ''}"


def _entry(entry: Entry, measure: str | None) -> str:
    numbers = measures_of(entry)
    keys = ([measure] if measure else []) + [key for key in numbers if key != measure]
    told = ", ".join(f"{_words(key)} {shown(key, entry[key])}" for key in keys[:TOP])
    if not told:
        texts = [str(v) for v in entry.values() if isinstance(v, str) and v != label_of(entry)]
        told = ", ".join(texts[:2])
    return f"{label_of(entry)} ({told})" if told else label_of(entry)


def _documents(entries: Sequence[Entry], key: str, tool: str) -> str:
    best = entries[0]
    others = [f"“{label_of(each)}”" for each in entries[1:TOP]]
    after = f" {tool} also found {listed(others)}." if others else ""
    return f"“{label_of(best)}” says: {quote(str(best[key]))} ({tool}).{after}"


def _object(value: Mapping[str, Any], result: Result) -> str:
    tool = result.call.name
    key = next((key for key in _TEXTS if isinstance(value.get(key), str)), None)
    if key is not None:
        name = label_of({k: v for k, v in value.items() if k != key}) if len(value) > 1 else ""
        said = f"“{name}” says: " if name and name != "an entry" else ""
        return f"{said}{quote(str(value[key]))} ({tool})."
    simple = {k: v for k, v in value.items() if isinstance(v, str | int | float) or v is None}
    told = ", ".join(f"{_words(k)} {shown(k, v)}" for k, v in list(simple.items())[:8])
    return f"{tool} gave{_for(result)}: {told or 'more than a sentence can hold'}."


def _single(value: object, result: Result) -> str:
    tool = result.call.name
    if isinstance(value, bool):
        return f"{'Yes' if value else 'No'}, says {tool}{_for(result)}."
    if isinstance(value, int | float):
        asked = [str(v) for v in result.call.arguments.values() if isinstance(v, str)]
        if len(asked) == 1 and any(sign in asked[0] for sign in "+-*/(%"):
            return f"{asked[0]} is {shown('', value)} ({tool})."
        return f"The {_words(tool)}{_for(result)} is {shown(tool, value)} ({tool})."
    return f"{tool} says{_for(result)}: {quote(str(value))}"


def ask_for(tool: KnownTool, missing: Sequence[Parameter]) -> str:
    """Return the question for what a call lacks. `asked_for` reads it again."""
    first = missing[0]
    needed = listed([_spoken(each) for each in missing])
    hint = f" ({first.description.rstrip('.')})" if first.description else ""
    options = listed([str(choice) for choice in first.choices[:CHOICES]], last=" or ")
    can_be = f" It can be {options}." if options else ""
    what = "What should it be?" if len(missing) == 1 else "What should they be?"
    return f"To use {tool.name} I still need {needed}{hint}.{can_be} {what}"


def _spoken(parameter: Parameter) -> str:
    """Return a parameter as a sentence names it: "the currency (from)", "whether it is open"."""
    first, *rest = words_of(parameter.name) or [parameter.name]
    if parameter.role is Role.FLAG:
        return f"whether it is {' '.join(rest if first == 'is' and rest else [first, *rest])}"
    if first in ("from", "to") and rest:
        return f"the {' '.join(rest)} ({first})"
    return f"the {' '.join([first, *rest])}"


def asked_for(said: str) -> str | None:
    """Return the tool that our own question *said* was about, or None if it wasn't one."""
    found = re.search(r"\bTo use (\S+) I still need ", said)
    return found[1] if found else None


def shown(name: str, value: object) -> str:
    """Return *value* as people write it; a share between 0 and 1 as percent."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        shares = {"rate", "share", "fraction", "ratio", "probability", "confidence"}
        if shares & set(words_of(name)) and 0 <= value <= 1:
            return f"{value * 100:.3g} %"
        return f"{value:,.4g}" if abs(value) < 1e6 else f"{value:,.0f}"
    return str(value)


def quote(text: str) -> str:
    """Return the beginning of a text on one line, cut at the end of a sentence if it is long."""
    line = " ".join(text.split())
    if len(line) <= TEXT_CHARACTERS:
        return line
    cut = line[:TEXT_CHARACTERS]
    end = cut.rfind(". ")
    return cut[: end + 1] + " ..." if end > TEXT_CHARACTERS // 3 else cut + "..."


def listed(words: Sequence[str], last: str = " and ") -> str:
    """Join words as a sentence does: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])}{last}{words[-1]}"


def _words(name: str) -> str:
    return " ".join(words_of(name))
