"""
A call about what was found before: its values from there, the rest from the message.

Glossary:
    sure: of a link, that the member of the thing is named as the parameter is, or is its id.
    recalled: of a value, that it was called for before, or is a member of like kind.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labkit.rehearsal.arithmetic import SHARE_OF_TWO, expression_with_hole
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.held import NOUN, SAME, Held, held_for, is_id
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.lead_ins import core_of
from labkit.rehearsal.parameters import Parameter, shape_of
from labkit.rehearsal.results import label_of, measures_of, number_in
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, spans_of
from labkit.rehearsal.things import Meant, Thing, things_of
from labkit.rehearsal.words import SMALL, stem, stems_of, words_of

_FREE = (Role.TEXT, Role.QUERY, Role.EXPRESSION)
NAMES_FROM = 1000  # Numbers that are more likely names than counts; our choice.
_ISO_DAY = 10  # Characters of a day as ISO 8601 has it.


@dataclass(slots=True)
class Links:
    """
    A call with what it takes from before.

    Attributes:
        filled: Its arguments.
        sure: The parameters that are linked surely.
        recalled: How many others come from before.
        older: Those that are linked to what an older result was about.
        own: What the message itself says for the tool.
    """

    filled: Filled
    sure: frozenset[str]
    recalled: int
    older: frozenset[str]
    own: Filled

    @property
    def any(self) -> bool:
        """Whether the call takes anything from before."""
        return bool(self.sure or self.older or self.recalled)


def linked_to(tool: KnownTool, what: Meant, conversation: Conversation) -> Links:
    """Return what *tool* would be called with for what the message means."""
    question = core_of(conversation.question)
    own = tool.fill(question, conversation.today)
    filled = replace(
        own, arguments=dict(own.arguments), several=dict(own.several), certain=set(own.certain)
    )
    sure = dict(_sure(tool, filled, what))
    if not sure.keys().isdisjoint(filled.arguments):
        filled = tool.fill(question, conversation.today, frozenset(sure))
    _drop_names(filled, what)
    for parameter in tool.parameters:
        if parameter.name in sure:
            _put(filled, parameter, sure[parameter.name])
    older = dict(_older(tool, filled, what))
    filled.arguments |= older
    before = len(filled.arguments)
    _recall(tool, filled, what, conversation)
    set_moments(tool, filled, what, conversation)
    filled.missing = [p for p in tool.required if p.name not in filled.arguments]
    return Links(filled, frozenset(sure), len(filled.arguments) - before, frozenset(older), own)


def _sure(tool: KnownTool, filled: Filled, what: Meant) -> Iterator[tuple[str, list[Any]]]:
    """Yield the values of the things that are meant, for each parameter that takes one surely."""
    for parameter in tool.parameters:
        if parameter.role in _FREE or not (parameter.required or what.pointed):
            continue
        least = NOUN if parameter.required else SAME
        values = [held_for(parameter, thing) for thing in what.things]
        have = [each for each in values if each is not None and each.sure >= least]
        if have and len(have) == len(values) and not _said_itself(parameter, filled, have[0], what):
            yield parameter.name, [each.value for each in have]


def _said_itself(parameter: Parameter, filled: Filled, held: Held, what: Meant) -> bool:
    """Tell whether the message has a value of its own, built like the one from before."""
    own = filled.arguments.get(parameter.name)
    if own is None or parameter.name in filled.assumed:
        return False
    if parameter.role is Role.NUMBER and not is_id(parameter) and not is_name_like(held.value):
        return True
    if parameter.name not in filled.certain:
        return False
    if is_id(parameter) or parameter.role is Role.NUMBER:
        return is_like(own, held.value)
    stems = {stem(word) for word in words_of(str(own)) if word not in SMALL}
    return bool(stems) and not stems <= what.naming and not stems <= _SELF


_SELF = frozenset(map(stem, ["it", "that", "them", "one", "ones"]))


def is_like(one: object, other: object) -> bool:
    """Tell whether two values are built alike: two ids of one kind, two numbers of like size."""
    first, second = str(one), str(other)
    if first.isdigit() and second.isdigit():
        return abs(len(first) - len(second)) < 2
    return shape_of(first) == shape_of(second)


def is_name_like(value: object) -> bool:
    """Tell whether a value is no number, or one so large that it is more likely a name."""
    return not isinstance(value, int | float) or value >= NAMES_FROM


def _drop_names(filled: Filled, what: Meant) -> None:
    """Take back values that only say which thing is meant: "Gloria" of "take Gloria"."""
    for name, value in list(filled.arguments.items()):
        stems = {stem(word) for word in words_of(str(value)) if word not in SMALL}
        if isinstance(value, str) and stems and stems <= what.naming:
            del filled.arguments[name]
            filled.several.pop(name, None)
            filled.certain.discard(name)


def _put(filled: Filled, parameter: Parameter, values: Sequence[Any]) -> None:
    different = [each for n, each in enumerate(values) if each not in values[:n]]
    filled.several.pop(parameter.name, None)
    if parameter.many:
        filled.arguments[parameter.name] = [one for each in different for one in each]
        return
    filled.arguments[parameter.name] = different[0]
    if len(different) > 1:
        filled.several[parameter.name] = different


def _older(tool: KnownTool, filled: Filled, what: Meant) -> Iterator[tuple[str, Any]]:
    """Yield what older results were about, for ids that are still needed."""
    for parameter in tool.required:
        if parameter.name not in filled.arguments and parameter.role not in _FREE:
            held = [held_for(parameter, thing) for thing in what.older]
            own = [each.value for each in held if each is not None and each.sure >= NOUN]
            yield from ((parameter.name, each) for each in own[:1])


# What is less sure


def _recall(tool: KnownTool, filled: Filled, what: Meant, conversation: Conversation) -> None:
    """Fill what is still needed from any earlier call, or from the message before."""
    earlier: Filled | None = None
    for parameter in tool.required:
        if parameter.name in filled.arguments:
            continue
        value = _from_before(parameter, what, conversation)
        if value is None and conversation.earlier:
            earlier = earlier or tool.fill(conversation.earlier[-1], conversation.today)
            if parameter.name in earlier.certain or conversation.said.rstrip().endswith("?"):
                value = earlier.arguments.get(parameter.name)
        if value is not None:
            filled.arguments[parameter.name] = value


def _from_before(parameter: Parameter, what: Meant, conversation: Conversation) -> object:
    if parameter.role is Role.EXPRESSION:
        return _expression(conversation.question, what)
    if parameter.role is Role.TEXT:
        return _text_of(what)
    if what.things and (held := held_for(parameter, what.things[0])):
        return held.value
    if what.pointed and parameter.role in _NAMED and (label := _label(what.things[0])):
        return label
    for result in reversed(conversation.past):
        things = things_of(result)
        thing = things[0] if len(things) == 1 else Thing({}, {}, result)
        held = held_for(parameter, thing)
        if held is not None and held.sure >= NOUN - 0.5:
            return held.value
    return None


_NAMED = (Role.NAME, Role.PLACE, Role.PERSON, Role.IDENTIFIER)


def _label(thing: Thing) -> str | None:
    """Return what a thing without an id is called."""
    ids = [key for key in thing.own if key == "id" or key.endswith(("_id", "Id"))]
    return None if ids or not thing.own else label_of(thing.own)


def _text_of(what: Meant) -> str | None:
    """Return what a thing says of itself, for a text that nobody has said: a reason, a note."""
    own = what.things[0].own if what.things else {}
    texts = [v for k, v in own.items() if isinstance(v, str) and not _TOLD.isdisjoint(stems_of(k))]
    return texts[0] if texts else None


_TOLD = frozenset(
    map(stem, ["note", "reason", "comment", "description", "summary", "defect", "fault", "what"])
)


def _expression(question: str, what: Meant) -> str | None:
    """Return arithmetic on the thing's numbers: "divide it by 3", "what is that in percent"."""
    if not what.things:
        return None
    own = what.things[0].own
    form, number = expression_with_hole(question), number_in(question, own)
    if form and "{x}" in form and number is not None:
        return form.format(x=number)
    measures = [own[key] for key in measures_of(own)]
    if len(measures) == 2 and min(measures) >= 0 and not _SHARES.isdisjoint(stems_of(question)):
        return (form or SHARE_OF_TWO).format(x="", part=min(measures), whole=max(measures))
    return None


_SHARES = frozenset(
    map(stem, ["percent", "percentage", "share", "proportion", "ratio", "rate", "fraction"])
)


def set_moments(tool: KnownTool, filled: Filled, what: Meant, conversation: Conversation) -> None:
    """Give a moment the day from before, where the message says only the time of day."""
    spans = spans_of(core_of(conversation.question), conversation.today)
    clock = next((each.value for each in spans if each.kind is Kind.TIME), None)
    if clock is None or any(each.kind is Kind.DATE for each in spans):
        return
    day = next(_days_of(what), None)
    for parameter in tool.parameters:
        takes = parameter.required or parameter.name in filled.arguments
        if day and takes and parameter.schema.get("format") == "date-time":
            filled.arguments[parameter.name] = f"{day}T{clock}:00"


def _days_of(what: Meant) -> Iterator[str]:
    for thing in what.things[:1]:
        for _, value in thing.members:
            if isinstance(value, str) and _is_day(value):
                yield value[:_ISO_DAY]


def _is_day(text: str) -> bool:
    return shape_of(text[:_ISO_DAY]) == "9-9-9" and text[:4].isdigit()
