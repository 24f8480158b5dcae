"""From a function to a result: what travels is in colour, what stays is grey."""

from dataclasses import dataclass, field
from typing import Annotated

import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text
from pydantic import Field

from labkit.agent import Tool, ToolCall, ToolContext
from labkit.errors import UsageError
from labkit.pictures import tool_flow
from labkit.pictures.palette import BAD, GOOD, HEADER, LIT, PAYLOAD, SIGNATURE, SOFT


def rate(line: str, days: Annotated[int, Field(ge=1, le=90)] = 7) -> float:
    """
    Say which share was defective.

    Args:
        line: Its id,
            such as A4.
        days: How far back.

    Returns:
        A share.
    """
    # From 0 to 1.
    return len(line) / days


def called(outcome="ok", content="0.16", name="rate", **arguments):
    return ToolCall("call-1", name, arguments, outcome, content, 0.1)


def inks_of(picture):
    """Return the colours in which each piece of text is written."""
    found = {}
    for text in picture.figure.findobj(Text):
        found.setdefault(text.get_text().strip(), set()).add(to_hex(text.get_color()).upper())
    return found


def test_a_function_its_schema_a_call_and_its_result(legible):
    picture = tool_flow(Tool(rate), called(line="A4", days=7))
    assert repr(picture) == (
        "From a function to a result\n"
        "  1 your function\n"
        "      def rate(line: str, days: Annotated[int, Field(ge=1, le=90)] = 7) -> float:\n"
        '          """\n'
        "          Say which share was defective.\n"
        "\n"
        "          Args:\n"
        "              line: Its id,\n"
        "                  such as A4.\n"
        "              days: How far back.\n"
        "\n"
        "          Returns:\n"
        "              A share.\n"
        '          """\n'
        "          # From 0 to 1.\n"
        "          return len(line) / days\n"
        "  2 the schema: what the model is told\n"
        "      rate: Say which share was defective.\n"
        "      line: string, required. Its id, such as A4.\n"
        "      days: integer, 1 to 90, default 7. How far back.\n"
        "  3 the call: what the model wrote\n"
        '      rate {"line": "A4", "days": 7}\n'
        "  4 the result: what the model reads (it ran: ok)\n"
        "      0.16"
    )
    legible(picture)


def test_what_the_model_sees_is_in_colour_and_the_rest_is_grey():
    inks = inks_of(tool_flow(Tool(rate), called(line="A4", days=7)))
    assert inks["line: str"] == {PAYLOAD}
    assert inks["such as A4."] == {PAYLOAD}
    assert inks["string, required"] == {PAYLOAD}
    assert inks['"line": "A4"'] == {PAYLOAD}
    assert inks["days: How far back."] == {SIGNATURE}
    assert inks["Say which share was defective."] == {HEADER}
    assert inks["rate"] == {HEADER}
    for stays in (") -> float:", "A share.", "# From 0 to 1.", "return len(line) / days", "Args:"):
        assert inks[stays] == {SOFT}, stays


def test_a_call_that_never_reached_the_function_is_crossed_out(legible):
    content = '{"error": "there is no argument \'weeks\'"}'
    picture = tool_flow(Tool(rate), called("invalid", content, line="A4", weeks=1))
    inks = inks_of(picture)
    assert inks["it never ran: invalid"] == {BAD}
    assert inks["is checked"] == {BAD}
    assert inks['"weeks": 1'] == {BAD}
    legible(picture)


@pytest.mark.parametrize("outcome", ["failed", "timeout"])
def test_a_call_that_fits_and_fails_is_green_where_it_was_checked_and_red_in_the_end(outcome):
    inks = inks_of(tool_flow(Tool(rate), called(outcome, '{"error": "no"}', line="A4")))
    assert inks["is checked"] == {GOOD}
    assert inks[f"it ran: {outcome}"] == {BAD}


def test_without_a_call_there_are_two_panels(legible):
    picture = tool_flow(Tool(rate))
    assert "3 the call" not in repr(picture)
    assert inks_of(picture)["is shown"] == {LIT}
    legible(picture)


def test_what_labkit_fills_in_is_grey():
    def who(
        line: str,
        context: ToolContext,
        *,
        größe: int | None = None,
    ) -> str:
        """Who."""
        return line

    inks = inks_of(tool_flow(Tool(who)))
    assert inks["context: ToolContext,"] == {SOFT}
    assert inks["größe: int | None = None"] == {SIGNATURE}
    assert inks["integer or null, default null"] == {SIGNATURE}


def many(
    a: int, b: list[str], c: Annotated[float, Field(ge=0)], d: Annotated[int, Field(le=9)],
    e: bool, f: str, g: str, h: str, i: str,
) -> None:  # fmt: skip
    """Many."""


def long_winded(line: str):
    """
    Say it, and say it again, and then once more, since nobody reads what is said a single time,
    and go on for as long as there is a reader who hasn't left.

    Args:
        line: A line, which may be described in more words than there is room for, as here,
            where it goes on and on.
    """
    return [line,
            line,
            line,
            line]  # fmt: skip


def by_lambda():
    made = lambda line: line  # noqa: E731
    made.__doc__ = "By lambda."
    made.__annotations__ = {"line": str}
    made.__name__ = "made"
    return made


def without_source():
    names = {}
    exec("def made(line: str):\n    'Made.'", names)
    return names["made"]


@pytest.mark.parametrize("function", [many, long_winded, by_lambda(), without_source()])
def test_any_function_that_can_be_a_tool_is_drawn_legibly(function, legible):
    tool = Tool(function)
    legible(tool_flow(tool, called(name=tool.name)))
    legible(tool_flow(tool, called("failed", "x " * 5000, line="\u202e" * 500, b=["$x^2$"] * 90)))


def test_a_function_of_many_lines_ends_in_an_ellipsis():
    assert "      …\n" in repr(tool_flow(Tool(long_winded)))
    assert "its source can't be read here" in repr(tool_flow(Tool(without_source())))
    assert "… and 1 more" in inks_of(tool_flow(Tool(many)))


@dataclass
class Odd:
    """A schema as somebody else may have made it."""

    properties: dict
    function: object = rate
    schema: dict = field(init=False)

    def __post_init__(self):
        parameters = {"type": "object", "properties": self.properties}
        self.schema = {"type": "function", "function": {"name": "odd", "parameters": parameters}}


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"enum": ["a", "b"]}, "one of a, b, optional"),
        ({"const": 3}, "always 3, optional"),
        ({"$ref": "#/$defs/Lot"}, "object, optional"),
        ({}, "anything, optional"),
        ({"type": "array", "items": {"type": "string"}}, "array of string, optional"),
        ({"type": "number", "minimum": 0}, "number, at least 0, optional"),
        ({"type": "number", "maximum": 1.5}, "number, at most 1.5, optional"),
    ],
)
def test_a_type_is_said_in_a_few_words(about, said, legible):
    picture = tool_flow(Odd({"x": about}))
    assert f"      x: {said}" in repr(picture).splitlines()
    legible(picture)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((rate,), "made a tool"),
        ((None,), "made a tool"),
        ((Tool(rate), "rate(line='A4')"), "tool_calls"),
    ],
)
def test_what_is_no_tool_or_no_call_is_refused(arguments, problem):
    with pytest.raises(UsageError, match=problem):
        tool_flow(*arguments)


@pytest.mark.parametrize("title", ["", "  ", None, 7])
def test_a_title_has_to_say_something(title):
    with pytest.raises(UsageError, match="title"):
        tool_flow(Tool(rate), title=title)
