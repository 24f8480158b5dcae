"""
From a function to a result: signature, schema, call, result, as they belong to one tool.

Glossary. *Schema*: what a model is told of a function. *Call*: what it wrote to have the function
called. *Content*: the text that it reads of what came of it. One colour is one parameter on its
whole way; what is grey stays in the process.

Floor 0: imports nothing of labkit but its errors.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any, Protocol

from labkit.errors import UsageError
from labkit.pictures import icons
from labkit.pictures.lettering import wrap
from labkit.pictures.palette import (
    BAD,
    GOOD,
    INK,
    LIT,
    MARGIN,
    PANEL,
    PAYLOAD,
    SIGNATURE,
    SMALL,
    SMALL_STRONG,
    SOFT,
    TITLE,
    WARN,
    WIDTH,
)
from labkit.pictures.panels import CODE_FACE, Panel, Row, Run, draw_panel, height_of
from labkit.pictures.picture import Picture
from labkit.pictures.sheet import Box, Sheet
from labkit.pictures.source import NAME_INK, source_rows
from labkit.pictures.spans import NEVER_RAN
from labkit.pictures.writing import plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARAMETER_INKS = (PAYLOAD, SIGNATURE, LIT, WARN)  # In turn; a name stands beside each.
MAX_PARAMETERS = 8  # Shown; our choice: a tool with more is hard to call as well.
MAX_CONTENT = 400  # Characters of a result; our choice: what a person reads at a glance.


class ToolLike(Protocol):
    """A function with its schema, such as ``labkit.agent.Tool``."""

    @property
    def function(self) -> Callable[..., Any]:
        """What is called."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """As an OpenAI-compatible endpoint is told of it."""


class CallLike(Protocol):
    """One call that has ended, such as ``labkit.agent.ToolCall``."""

    @property
    def name(self) -> str:
        """Which tool the model asked for."""

    @property
    def arguments(self) -> Mapping[str, object]:
        """As the model wrote them."""

    @property
    def outcome(self) -> str:
        """Such as "ok"."""

    @property
    def content(self) -> str:
        """What the model reads of it."""


@dataclass(frozen=True, slots=True)
class _Story:
    """What is known of a tool and a call, read once for the drawing and for the twin."""

    title: str
    function: Callable[..., Any]
    told: Mapping[str, Any]
    call: CallLike | None

    @property
    def name(self) -> str:
        return plain(str(self.told.get("name", "")))

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.told["parameters"].get("properties", {})
        return found

    @property
    def inks(self) -> dict[str, str]:
        return dict(zip(self.parameters, cycle(PARAMETER_INKS), strict=False))

    @property
    def was_called(self) -> bool:
        return self.call is not None and self.call.outcome not in NEVER_RAN


def tool_flow(
    tool: ToolLike, call: CallLike | None = None, *, title: str = "From a function to a result"
) -> Picture:
    """
    Draw what a model is told of a function, what it wrote, and what came of it.

    Args:
        tool: A function with its schema.
        call: A call of it that has ended; None draws the function and the schema alone.
        title: Heading of the picture.

    Raises:
        UsageError: *tool* has no schema, *call* is no call, or *title* is empty.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    schema, function = getattr(tool, "schema", None), getattr(tool, "function", None)
    told = schema.get("function") if isinstance(schema, Mapping) else None
    if not callable(function) or not isinstance(told, Mapping) or "parameters" not in told:
        raise UsageError("tool is a function that was made a tool: tool_flow(tool(your_function))")
    if call is not None and not isinstance(getattr(call, "arguments", None), Mapping):
        raise UsageError("call is one of a result's tool_calls: tool_flow(my_tool, calls[0])")
    story = _Story(shorten(plain(title), 60), function, told, call)
    return Picture(partial(_draw, story), "\n".join(_twin(story)))


# What stands in the panels.


def _schema_rows(story: _Story, width: float) -> tuple[Row, ...]:
    rows = [Row((Run(f"{'name':<13}", SOFT), Run(story.name, NAME_INK, bold=True)))]
    description = str(story.told.get("description", ""))
    rows += _told("description", description, NAME_INK, width)
    required = story.told["parameters"].get("required", ())
    for name, about in list(story.parameters.items())[:MAX_PARAMETERS]:
        ink = story.inks[name]
        kind = _kind(about) + _rest(name, about, required)
        rows.append(Row((Run(f"{plain(name):<12} ", ink, bold=True), Run(kind, ink))))
        rows += _told("", str(about.get("description", "")), ink, width)
    if len(story.parameters) > MAX_PARAMETERS:
        rows.append(Row((Run(f"… and {len(story.parameters) - MAX_PARAMETERS} more", SOFT),)))
    return tuple(rows)


def _told(label: str, text: str, ink: str, width: float) -> list[Row]:
    """Return *text* in up to three rows behind a label."""
    lines = wrap(text, CODE_FACE, width, 3)
    return [
        Row((Run(f"{label if not place else '':<13}", SOFT), Run(line, ink)))
        for place, line in enumerate(lines)
    ]


def _kind(about: Mapping[str, Any]) -> str:
    """Return a type of a JSON schema in a few words."""
    if "enum" in about:
        return plain(f"one of {', '.join(map(str, about['enum']))}")
    if "const" in about:
        return plain(f"always {about['const']}")
    if "anyOf" in about:
        return " or ".join(_kind(each) for each in about["anyOf"])
    kind = plain(str(about.get("type", "object" if "$ref" in about else "anything")))
    if kind == "array" and isinstance(about.get("items"), Mapping):
        kind = f"array of {_kind(about['items'])}"
    return kind + _range(about)


def _range(about: Mapping[str, Any]) -> str:
    low, high = about.get("minimum"), about.get("maximum")
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    if low is not None:
        return f", at least {low:g}"
    return f", at most {high:g}" if high is not None else ""


def _rest(name: str, about: Mapping[str, Any], required: Sequence[str]) -> str:
    if name in required:
        return ", required"
    return f", default {json.dumps(about['default'])}" if "default" in about else ", optional"


def _call_rows(story: _Story) -> tuple[Row, ...]:
    call = story.call
    if call is None:
        return ()
    rows = [Row((Run(plain(call.name), NAME_INK, bold=True),))]
    if not call.arguments:
        rows.append(Row((Run("{}", INK),)))
    for place, (name, value) in enumerate(list(call.arguments.items())[:MAX_PARAMETERS]):
        text = f"{json.dumps(name)}: {_json(value)}"
        end = "}" if place == len(call.arguments) - 1 else ","
        ink = story.inks.get(name, BAD)
        rows.append(
            Row((Run("{" if not place else " ", INK), Run(plain(text), ink), Run(end, INK)))
        )
    return tuple(rows)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def _result_rows(story: _Story, width: float) -> tuple[Row, ...]:
    call = story.call
    if call is None:
        return ()
    good = call.outcome == "ok"
    rows = [Row((Run(_ended(story, call), GOOD if good else BAD, bold=True),))]
    content = shorten(plain(call.content), MAX_CONTENT)
    return (*rows, *(Row((Run(line, INK),)) for line in wrap(content, CODE_FACE, width, 4)))


def _ended(story: _Story, call: CallLike) -> str:
    ran = "it ran" if story.was_called else "it never ran"
    return f"{ran}: {plain(call.outcome)}"


# The twin.


def _twin(story: _Story) -> Iterator[str]:
    yield story.title
    yield "  1 your function"
    yield from (
        f"      {''.join(run.text for run in row.runs)}".rstrip()
        for row in source_rows(story.function, story.inks)
    )
    yield "  2 the schema: what the model is told"
    yield f"      {story.name}: {' '.join(str(story.told.get('description', '')).split())}"
    required = story.told["parameters"].get("required", ())
    for name, about in story.parameters.items():
        said = " ".join(str(about.get("description", "")).split())
        kind = _kind(about) + _rest(name, about, required)
        yield plain(f"      {name}: {kind}{'. ' + said if said else ''}")
    if story.call is not None:
        yield "  3 the call: what the model wrote"
        yield plain(f"      {story.call.name} {_json(dict(story.call.arguments))}")
        yield f"  4 the result: what the model reads ({_ended(story, story.call)})"
        yield f"      {shorten(plain(story.call.content), MAX_CONTENT)}"


# The drawing.

_TOP = 92.0
_BETWEEN = 40.0  # From the upper panels to the lower ones.
_LEFT_WIDTH, _GUTTER = 416.0, 82.0
_RIGHT = MARGIN + _LEFT_WIDTH + _GUTTER
_RIGHT_WIDTH = WIDTH - MARGIN - _RIGHT
_INSIDE = 28.0  # Of a panel's width, not for text.
_LABEL = 13 * 6.7  # Pixels that a label takes before a description.


def _draw(story: _Story) -> "Figure":
    function = Panel("your function", "", source_rows(story.function, story.inks))
    room = _RIGHT_WIDTH - _INSIDE - _LABEL
    schema = Panel("the schema", "what the model is told", _schema_rows(story, room))
    upper = max(height_of(function), height_of(schema))
    result = Panel(
        "the result",
        "what the model reads",
        _result_rows(story, _LEFT_WIDTH - _INSIDE),
    )
    call = Panel("the call", "what the model wrote", _call_rows(story))
    lower = max(height_of(result), height_of(call)) if story.call else 0.0
    under = _TOP + upper + (_BETWEEN if story.call else 0)
    sheet = Sheet(WIDTH, under + lower + MARGIN)
    _heading(sheet, story.title)
    boxes = [Box(MARGIN, _TOP, _LEFT_WIDTH, upper), Box(_RIGHT, _TOP, _RIGHT_WIDTH, upper)]
    draw_panel(sheet, function, boxes[0], 1)
    draw_panel(sheet, schema, boxes[1], 2)
    _across(sheet, boxes[0].middle[1], "is shown", rightwards=True)
    if story.call:
        lower_boxes = [Box(box.left, under, box.width, lower) for box in boxes]
        draw_panel(sheet, call, lower_boxes[1], 3)
        draw_panel(sheet, result, lower_boxes[0], 4)
        _round(sheet, story, boxes[1], lower_boxes[1])
    return sheet.figure


def _heading(sheet: Sheet, title: str) -> None:
    sheet.text((MARGIN, 42), title, TITLE, max_width=WIDTH / 2)
    words = "in colour: the model sees it; grey: it stays here"
    sheet.text((WIDTH - MARGIN, 42), words, SMALL, SOFT, align="right")
    sheet.text((MARGIN, _TOP - 12), "in your process: Python", SMALL_STRONG, SOFT)
    sheet.text((_RIGHT, _TOP - 12), "between you and the model: text", SMALL_STRONG, SOFT)


def _round(sheet: Sheet, story: _Story, schema: Box, call: Box) -> None:
    """Draw the model's choice, the check in the gutter, and the way back."""
    x = call.middle[0]
    sheet.arrow((x, schema.bottom + 3), (x, call.top - 3), LIT, width=2)
    sheet.text((x + 12, (schema.bottom + call.top) / 2 + 4), "the model chooses", SMALL, LIT)
    third = call.height / 3
    fits = story.was_called
    _across(sheet, call.top + third, "is checked", rightwards=False, ink=GOOD if fits else BAD)
    middle = ((MARGIN + _LEFT_WIDTH + _RIGHT) / 2, call.top + third)
    sheet.circle(middle, 9, GOOD if fits else BAD)
    (icons.check if fits else icons.cross)(sheet, middle, 10, PANEL)
    _across(sheet, call.top + 2.55 * third, "goes back", rightwards=True)


def _across(sheet: Sheet, y: float, words: str, *, rightwards: bool, ink: str = LIT) -> None:
    ends = [(MARGIN + _LEFT_WIDTH + 5, y), (_RIGHT - 5, y)]
    start, end = ends if rightwards else ends[::-1]
    sheet.arrow(start, end, ink, width=2)
    x = (MARGIN + _LEFT_WIDTH + _RIGHT) / 2
    sheet.text((x, y - 13), words, SMALL, ink, align="center")
