"""
The last call once more, with what a message changes in it: "and K2?", "the year before", "12?".

Glossary:
    before: the arguments of the last call.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from labkit.rehearsal.choices import chosen
from labkit.rehearsal.clauses import refers_back
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.held import is_id
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.lead_ins import core_of
from labkit.rehearsal.linking import is_like, is_name_like
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.periods import month_number
from labkit.rehearsal.quantities import NTH
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span, spans_of
from labkit.rehearsal.words import is_small, stem, stems_of, words_of

_NAMES = (Role.NAME, Role.PERSON, Role.PLACE, Role.IDENTIFIER, Role.LANGUAGE, Role.QUERY)
_STEP = re.compile(
    r"\b(?:the\s+)?(?:(?P<back>previous|last|prior)|(?P<on>next|following))\s+(?P<of>\w+)|"
    r"\b(?:the\s+)?(?P<of2>\w+)\s+(?:(?P<back2>before|earlier)|(?P<on2>after))\b(?!\s+\w)",
    re.IGNORECASE,
)
_ALL = r"\b(?:all|both|every|each)\s+(?:(?:of\s+)?(?:the|my|our)\s+)?\w*{noun}"


def once_more(tool: KnownTool, own: Filled, conversation: Conversation) -> tuple[Filled, list[str]]:
    """
    Return the last call of *tool* with what the question changes, and what that is.

    Args:
        own: What the question itself says for the tool.
    """
    before, core = dict(conversation.past[-1].call.arguments), core_of(conversation.question)
    own = _said(tool, own, core, conversation)
    changed = dict(_changes(tool, own, before, back=refers_back(core)))
    changed = _aimed(tool, core, before, changed)
    numbers = {p.name for p in tool.parameters if p.role is Role.NUMBER}
    if changed and changed.keys() <= numbers:
        changed |= dict(_measured(tool, core, before, conversation))
    if not changed:
        changed = dict(_less_plain(tool, core, before, conversation))
    arguments = {name: value for name, value in {**before, **changed}.items() if value is not None}
    several = {name: values for name, values in own.several.items() if name in changed}
    for parameter in tool.parameters:
        value = changed.get(parameter.name)
        if isinstance(value, list) and not parameter.many:
            arguments[parameter.name] = value[0]
            several[parameter.name] = value
    filled = replace(
        own,
        arguments=arguments,
        missing=[p for p in tool.required if p.name not in arguments],
        several=several,
        certain=own.certain | (changed.keys() - own.arguments.keys()),
        assumed=set(),
    )
    return filled, list(changed)


def _said(tool: KnownTool, own: Filled, core: str, conversation: Conversation) -> Filled:
    """Return what the message says for *tool*, without choices that no word names."""
    likely = {p.name for p in tool.parameters if p.role is Role.CHOICE} - own.certain
    if not likely.isdisjoint(own.arguments):
        own = tool.fill(core, conversation.today, frozenset(likely))
        for parameter in tool.parameters:
            if parameter.name in likely and not parameter.many:
                like = chosen(replace(parameter, required=False), core, tool.about)
                if like:
                    own.arguments[parameter.name] = like[0].value
                    own.certain.add(parameter.name)
    said = {name: v for name, v in own.arguments.items() if name not in own.assumed}
    return replace(own, arguments=said)


def _changes(
    tool: KnownTool, own: Filled, before: Mapping[str, Any], *, back: bool
) -> Iterator[tuple[str, Any]]:
    """Yield what the message says surely, and what stands in for a value of its kind."""
    found = [(p, own.arguments[p.name]) for p in tool.parameters if p.name in own.arguments]
    found = [(p, value) for p, value in found if _stands_in(p, value, before.get(p.name))]
    surely = any(p.name in own.certain for p, _ in found)
    for parameter, value in found:
        replaces = parameter.name in before and parameter.role in (*_NAMES, Role.NUMBER)
        loose = replaces and (not (surely or back) or parameter.role is Role.NUMBER)
        if parameter.name in own.certain or loose:
            yield parameter.name, value


def _stands_in(parameter: Parameter, value: Any, old: Any) -> bool:  # noqa: ANN401
    """Tell whether a value can take an old one's place: 20011 can for 20010, 2 can't."""
    if old is None or value == old:
        return bool(value != old)
    named = is_id(parameter) or (isinstance(old, int) and is_name_like(old))
    return not named or is_like(value, old)


def _less_plain(
    tool: KnownTool, core: str, before: Mapping[str, Any], conversation: Conversation
) -> Iterator[tuple[str, Any]]:
    """Yield what a message changes without saying it in full."""
    for finder in (_other, _all_of, _stepped, _month, _by_number, _lone_number, _phrase):
        for parameter in tool.parameters:
            if parameter.name in before:
                found = finder(parameter, core, before[parameter.name], conversation)
                if found is not _NOTHING:
                    yield parameter.name, found
                    return


def _aimed(
    tool: KnownTool, core: str, before: Mapping[str, Any], changed: dict[str, Any]
) -> dict[str, Any]:
    """Give a value behind "into" or "against" to the last of two parameters of its kind."""
    name = next(iter(changed), "")
    role = next((p.role for p in tool.parameters if p.name == name), None)
    pair = [p.name for p in tool.parameters if p.role is role and p.name in before]
    aimed = len(changed) == 1 and len(pair) == 2 and name == pair[0] and role in _PAIRED
    return {pair[1]: changed[name]} if aimed and _TOWARDS.match(core) else changed


_PAIRED = (Role.CURRENCY, Role.LANGUAGE, Role.PLACE, Role.IDENTIFIER, Role.NAME)
_TOWARDS = re.compile(r"\W*(?:against|versus|vs\.?|into|to|towards|in)\b", re.IGNORECASE)


def _measured(
    tool: KnownTool, core: str, before: Mapping[str, Any], conversation: Conversation
) -> Iterator[tuple[str, Any]]:
    """Yield the name right behind an amount: "150 g chicken"."""
    spans = spans_of(core, conversation.today)
    amounts = [s for s in spans if s.kind in (Kind.NUMBER, Kind.COUNT)]
    behind = {
        s.value for s in spans if s.kind in (Kind.NAME, Kind.PHRASE, Kind.WORD)
        and any(core[a.end : s.start].isspace() and a.end <= s.start for a in amounts)
    }  # fmt: skip
    names = [p.name for p in tool.parameters if p.role is Role.NAME and p.name in before]
    if behind and len(names) == 1:
        yield names[0], max(behind, key=len)


_NOTHING = object()


def _other(parameter: Parameter, core: str, old: Any, _: Conversation) -> object:  # noqa: ANN401
    """Find what "the other plant" means where there are two."""
    words = re.search(r"\bthe other (\w+)", core, re.IGNORECASE)
    if words and len(parameter.choices) == 2 and stem(words[1]) in parameter.nouns:
        return next(each for each in parameter.choices if each != old)
    return _NOTHING


def _all_of(parameter: Parameter, core: str, _: Any, __: Conversation) -> object:  # noqa: ANN401
    """Find that a filter is dropped: "both plants together"."""
    said = any(re.search(_ALL.format(noun=re.escape(n)), core, re.I) for n in parameter.nouns)
    return None if said and not parameter.required else _NOTHING


def _stepped(parameter: Parameter, core: str, old: Any, _: Conversation) -> object:  # noqa: ANN401
    """Find the value before or after: "the year before", "next one"."""
    match = _STEP.search(core)
    if match is None or parameter.role is not Role.NUMBER or not isinstance(old, int):
        return _NOTHING
    of = stem(match["of"] or match["of2"])
    words = {stem(word) for word in words_of(parameter.name)}
    if of in words or (of in _ONE and _is_counted_up(parameter)):
        return old + (1 if match["on"] or match["on2"] else -1)
    return _NOTHING


_ONE = frozenset(map(stem, ["one", "page", "episode"]))


def _is_counted_up(parameter: Parameter) -> bool:
    return not {stem(w) for w in words_of(parameter.name)}.isdisjoint(
        map(stem, ["page", "episode", "chapter", "number", "no", "step", "round", "part"])
    )


def _month(parameter: Parameter, core: str, old: Any, _: Conversation) -> object:  # noqa: ANN401
    """Find a month's number by its name."""
    if not isinstance(old, int) or stem("month") not in map(stem, words_of(parameter.name)):
        return _NOTHING
    for word in words_of(core):
        if re.fullmatch(_MONTHS, word):
            return month_number(word)
    return _NOTHING


_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)


def _by_number(parameter: Parameter, core: str, old: Any, conv: Conversation) -> object:  # noqa: ANN401
    """Find ids that are built alike, or "12" for "WT12"."""
    if not is_id(parameter) and parameter.role not in (Role.NUMBER, Role.NAME):
        return _NOTHING
    spans = spans_of(core, conv.today)
    if isinstance(old, int):
        alike = [s.value for s in spans if s.kind is Kind.NUMBER and is_like(s.value, old)]
        alike = [int(each) for each in dict.fromkeys(alike) if each != old]
        return (alike if len(alike) > 1 else alike[0]) if alike and is_name_like(old) else _NOTHING
    built = re.fullmatch(r"(.*?[A-Za-z][-_ ]?)(\d+)", str(old))
    numbers = [s for s in spans if s.kind is Kind.NUMBER and not s.unit]
    if built and len(numbers) == 1 and len(stems_of(core)) <= 2:
        return f"{built[1]}{numbers[0].value}"
    return _NOTHING


def _lone_number(parameter: Parameter, core: str, old: Any, conv: Conversation) -> object:  # noqa: ANN401
    """Find the only number of a message, for the only one that isn't a name."""
    if parameter.role is not Role.NUMBER or is_id(parameter) or is_name_like(old):
        return _NOTHING
    spans = spans_of(core, conv.today)
    counts = [s for s in spans if s.kind in (Kind.NUMBER, Kind.COUNT) and s.unit != NTH]
    whole = [s for s in counts if not any(_inside(s, other) for other in counts if other is not s)]
    return whole[0].value if len({s.value for s in whole}) == 1 else _NOTHING


def _phrase(parameter: Parameter, core: str, old: Any, conv: Conversation) -> object:  # noqa: ANN401
    """Find the only phrase, for a name that the last call had."""
    if parameter.role not in _NAMES or is_id(parameter) or not isinstance(old, str):
        return _NOTHING
    kinds = (Kind.NAME, Kind.PHRASE, Kind.WORD)
    spans = [s for s in spans_of(core, conv.today) if s.kind in kinds and not is_small(s.value)]
    whole = [s for s in spans if not any(_inside(s, other) for other in spans if other is not s)]
    return whole[0].value if len(whole) == 1 and len(stems_of(core)) <= 3 else _NOTHING


def _inside(one: Span, other: Span) -> bool:
    return other.start <= one.start and one.end <= other.end and one != other
