"""
What a call still needs, from any earlier call, from the messages before, or from what was found.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Iterator

from labkit.rehearsal.arithmetic import SHARE_OF_TWO, expression_with_hole
from labkit.rehearsal.conversation import Conversation
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.held import NOUN, held_for
from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.lead_ins import core_of
from labkit.rehearsal.parameters import Parameter, shape_of
from labkit.rehearsal.results import label_of, measures_of, number_in
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, spans_of
from labkit.rehearsal.things import Meant, Thing, things_of
from labkit.rehearsal.words import stem, stems_of

ISO_DAY = 10  # Characters of a day as ISO 8601 has it.
NAMED = (Role.NAME, Role.PLACE, Role.PERSON, Role.IDENTIFIER)
"""Roles of what a thing is called."""


def recall(tool: KnownTool, filled: Filled, what: Meant, conversation: Conversation) -> None:
    """Fill what is still needed from any earlier call, or from the message before."""
    lacking = [p for p in tool.required if p.name not in filled.arguments]
    for parameter in lacking:
        value = _from_before(parameter, what, conversation)
        if value is not None:
            filled.arguments[parameter.name] = value
    asked = conversation.said.rstrip().endswith("?")
    for message in (*conversation.earlier[-1:], *((conversation.said,) if asked else ())):
        lacking = [p for p in lacking if p.name not in filled.arguments]
        told = tool.fill(message, conversation.today) if lacking else Filled()
        for parameter in lacking:
            if parameter.name in told.arguments and (asked or parameter.name in told.certain):
                filled.arguments[parameter.name] = told.arguments[parameter.name]


def _from_before(parameter: Parameter, what: Meant, conversation: Conversation) -> object:
    if parameter.role is Role.EXPRESSION:
        return _expression(conversation.question, what)
    if parameter.role is Role.TEXT:
        return _text_of(what)
    if what.things and (held := held_for(parameter, what.things[0])):
        return held.value
    if what.pointed and parameter.role in NAMED and (label := _label(what.things[0])):
        return label
    for result in reversed(conversation.past):
        things = things_of(result)
        thing = things[0] if len(things) == 1 else Thing({}, {}, result)
        held = held_for(parameter, thing)
        if held is not None and held.sure >= NOUN - 0.5:
            return held.value
    return None


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
                yield value[:ISO_DAY]


def _is_day(text: str) -> bool:
    return shape_of(text[:ISO_DAY]) == "9-9-9" and text[:4].isdigit()
