"""
Sentences about results: what a colleague would say who has just looked it up.

Every number stands beside the name of the tool that it came from, and none is made up: what isn't
in a result isn't said.

Glossary:
    subject: what a call was about, as its arguments say it: "Oslo".
    own member: one of an object that says something, and doesn't repeat an argument or count pages.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.rehearsal.conversation import Result
from labkit.rehearsal.results import (
    Entry,
    asked_first,
    direction_of,
    entries_of,
    label_of,
    measures_of,
    ranked,
    superlative_in,
)
from labkit.rehearsal.wording import counted, listed, quote, sentence, shown, spoken, told
from labkit.rehearsal.words import stem, stems_of, words_of

TOP = 3  # Of a list; the rest is counted.
MEMBERS = 8  # Of an object.
SUBJECT_CHARACTERS = 30  # A longer argument is a text, not what the call is about.
_TEXTS = ("text", "body", "content", "snippet", "summary", "answer", "description", "excerpt")
_PAGING = {"total", "count", "page", "limit", "offset", "next", "pages", "size", "cursor"}
_LOOKS = {"get", "list", "find", "search", "show", "read", "look", "fetch", "query", "lookup"}
_DONE = {"ok", "okay", "done", "success", "true", "accepted"}
_YES_OR_NO = re.compile(
    r"\W*(?:is|are|was|were|am|do|does|did|has|have|can|could|will|would|should)\b", re.IGNORECASE
)


def answer(question: str, results: Sequence[Result]) -> str:
    """Return what *results* say to *question*, a sentence or two for each call."""
    told = [_told(question, result) for result in results]
    return " ".join(dict.fromkeys(filter(None, told)))


def _told(question: str, result: Result) -> str:
    value = result.value
    if result.error is not None:
        return _failure(result)
    if value in (None, "", [], {}) or (isinstance(value, Mapping) and _is_empty(value)):
        return _nothing(result)
    entries = entries_of(value)
    if entries and not (isinstance(value, Mapping) and _says_more(question, value, result)):
        return _list(question, entries, result.call.name)
    if isinstance(value, Mapping):
        return _object(question, value, result)
    if isinstance(value, list):
        return sentence(f"{result.call.name} gave {_several('', value)}")
    return _single(question, value, result)


def _nothing(result: Result) -> str:
    tool = result.call.name
    if _LOOKS & set(words_of(tool)) or result.value is not None:
        return f"{tool} found nothing{_for(result)}."
    return f"Done; {tool} gave nothing back{_for(result)}."


def _is_empty(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is a list without entries, and nothing else but counts of zero."""
    lists = [each for each in value.values() if isinstance(each, list)]
    others = [each for each in value.values() if not isinstance(each, list)]
    return bool(lists) and not any(lists) and not any(others)


def _says_more(question: str, value: Mapping[str, Any], result: Result) -> bool:
    """Tell whether an object is more than the list in it, and that list isn't what is asked for."""
    beside = [k for k in _own(value, result) if not isinstance(value[k], list)]
    return len(beside) > 1 and not direction_of(question)


def _own(value: Mapping[str, Any], result: Result) -> list[str]:
    known = [str(each).casefold() for each in result.call.arguments.values()]
    return [
        key
        for key, each in value.items()
        if key not in _PAGING and each not in (None, "", [], {})
        and not (isinstance(each, str | int | float) and str(each).casefold() in known)
    ]  # fmt: skip


def _failure(result: Result) -> str:
    error = re.sub(r"^\W*error\W+", "", (result.error or "").strip(), flags=re.IGNORECASE)
    advice = ""
    if isinstance(result.value, Mapping):
        advice = str(result.value.get("suggestion") or result.value.get("hint") or "").strip()
    after = f" {sentence(advice)}" if advice else ""
    tool = result.call.name
    return f"I couldn't get an answer from {tool}{_for(result)}: {sentence(error)}{after}"


def _subject(result: Result) -> str:
    """Return what was asked about: the first short arguments, "Graz, Vienna"."""
    short = [
        counted(name, value)
        for name, value in result.call.arguments.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
        and len(str(value)) <= SUBJECT_CHARACTERS
    ]  # fmt: skip
    return ", ".join(short[:2])


def _for(result: Result) -> str:
    subject = _subject(result)
    return f" for {subject}" if subject else ""


def _list(question: str, entries: Sequence[Entry], tool: str) -> str:
    texts = next((key for key in _TEXTS if isinstance(entries[0].get(key), str)), None)
    if texts is not None:
        return _documents(entries, texts, tool)
    measure, order = ranked(question, entries)
    if measure is not None and direction_of(question) and order:
        return _ranking(question, order, measure, tool)
    noun = _noun(tool, len(entries))
    return sentence(f"{tool} found {len(entries)} {noun}: {_some(entries, measure)}")


def _some(entries: Sequence[Entry], measure: str | None = None) -> str:
    rows = ", ".join(_entry(each, measure) for each in entries[:TOP])
    more = len(entries) - TOP
    return f"{rows}, and {more} more" if more > 0 else rows


def _noun(tool: str, count: int) -> str:
    """Return what a list holds, by the name of its tool: "invoices" for ``list_invoices``."""
    last = (words_of(tool) or [""])[-1]
    if not last.endswith("s") or last.endswith("ss") or last in _LOOKS:
        return "entry" if count == 1 else "entries"
    words = [word for word in words_of(tool) if word not in _LOOKS]
    if count == 1:
        words[-1] = f"{last[:-3]}y" if last.endswith("ies") else last[:-1]
    return " ".join(words)


def _ranking(question: str, order: Sequence[Entry], measure: str, tool: str) -> str:
    first, *others = order[:TOP]
    what, most = spoken(measure), superlative_in(question)
    head = f"{label_of(first)} has the {most} {what}, {shown(measure, first[measure])}"
    followers = [f"{label_of(each)} with {shown(measure, each[measure])}" for each in others]
    after = f", followed by {listed(followers)}" if followers else ""
    details = [key for key in measures_of(first) if key != measure][:TOP]
    known = ", ".join(f"{spoken(key)} {shown(key, first[key])}" for key in details)
    return f"{head}{after} ({tool}).{f' For {label_of(first)}: {known}.' if known else ''}"


def _entry(entry: Entry, measure: str | None) -> str:
    label = label_of(entry)
    simple = [
        key
        for key, value in entry.items()
        if isinstance(value, str | int | float) and value != "" and str(value) != label
    ]
    numbers = [key for key in measures_of(entry) if key != measure]
    keys = ([measure] if measure else []) + numbers
    keys += [key for key in simple if key not in keys]
    details = ", ".join(told(key, entry[key]) for key in keys[:TOP] if key in entry)
    return f"{label} ({details})" if details else label


def _documents(entries: Sequence[Entry], key: str, tool: str) -> str:
    best = entries[0]
    others = [f"“{label_of(each)}”" for each in entries[1:TOP]]
    after = f" {tool} also found {listed(others)}." if others else ""
    return f"“{label_of(best)}” says: {_ended(best[key])} ({tool}).{after}"


def _ended(text: object) -> str:
    """Return a quoted text without its last full stop: the tool's name comes before that."""
    said = quote(str(text))
    return said if said.endswith("..") else said.removesuffix(".")


def _object(question: str, value: Mapping[str, Any], result: Result) -> str:
    tool = result.call.name
    key = next((key for key in _TEXTS if isinstance(value.get(key), str)), None)
    if key is not None:
        name = label_of({k: v for k, v in value.items() if k != key}) if len(value) > 1 else ""
        said = f"“{name}” says: " if name and name != "an entry" else ""
        return f"{said}{_ended(value[key])} ({tool})."
    own = _own(value, result)
    verdict, keys = _verdict(question, value, own or list(value))
    keys = asked_first(question, keys)[:MEMBERS]
    said = ", ".join(filter(None, (_member(key, value[key]) for key in keys)))
    if verdict:
        return f"{verdict} ({tool}{_for(result)}){f': {said}' if said else ''}."
    subject = _subject(result) if own else ""
    return f"{f'{subject}: ' if subject else ''}{said or 'no more was said'} ({tool})."


def _verdict(question: str, value: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, list[str]]:
    """Return "Yes", "No", "Done" or nothing, and the keys that this leaves to be told."""
    flags = [key for key in keys if isinstance(value[key], bool)]
    if _YES_OR_NO.match(question):
        asked = set(stems_of(question))
        meant = [key for key in flags if asked & set(map(stem, words_of(key)))]
        if len(meant) == 1:
            said = "Yes" if value[meant[0]] else "No"
            return said, [key for key in keys if key != meant[0]]
    done = [key for key in flags if value[key] and key.lower() in _DONE]
    return ("Done" if done else ""), [key for key in keys if key not in done]


def _member(key: str, value: object) -> str:
    """Return a member as words: "wind 22 km/h", "tags sea and boat", "place Graz, 8010"."""
    if isinstance(value, Mapping):
        inner = [shown(k, v) for k, v in value.items() if isinstance(v, str | int | float)]
        return f"{spoken(key)} {', '.join(inner[:TOP])}" if inner else ""
    if isinstance(value, list):
        objects = entries_of(value)
        return f"{spoken(key)} {_some(objects) if objects else _several(key, value)}"
    return told(key, value)


def _several(key: str, values: Sequence[object], most: int = 10) -> str:
    told = [shown(key, each) for each in values[:most]]
    return listed([*told, f"{len(values) - most} more"] if len(values) > most else told)


def _single(question: str, value: object, result: Result) -> str:
    tool, about = result.call.name, _for(result)
    if isinstance(value, bool) and (not value or _YES_OR_NO.match(question)):
        return f"{'Yes' if value else 'No'} ({tool}{about})."
    if value is True or str(value).strip().rstrip(".!").lower() in _DONE:
        return f"Done ({tool}{about})."
    if isinstance(value, int | float):
        asked = [str(v) for v in result.call.arguments.values() if isinstance(v, str)]
        if len(asked) == 1 and any(sign in asked[0] for sign in "+-*/(%"):
            return f"{asked[0]} is {shown('', value)} ({tool})."
        return f"It is {shown(tool, value)}{about} ({tool})."
    return f"{tool} says: {quote(shown('', value))}"
