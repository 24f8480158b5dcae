"""A function becomes a tool: what the model is shown, what it may pass, what comes back."""

import asyncio
import contextvars
import datetime
import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Annotated, Literal, Required

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from labkit.agent.content import Unsendable, error_content, fitted, text_of
from labkit.agent.context import ToolContext
from labkit.agent.schema import MAX_ARGUMENT_CHARACTERS, InvalidArguments
from labkit.agent.threads import ToolThreads
from labkit.agent.tools import Tool, Toolset, tool
from labkit.errors import UsageError


@tool
def rate(line: str, days: int = 7) -> float:
    """
    The share of defects.

    Both plants count.

    Args:
        line: The line's letter,
            such as A.
        days: How far back.

    Returns:
        A share from 0 to 1.
    """
    return len(line) / days


# --- what the model is shown -----------------------------------------------------------------


def test_the_schema_says_what_signature_and_docstring_say():
    assert rate.schema == {
        "type": "function",
        "function": {
            "name": "rate",
            "description": "The share of defects.\n\nBoth plants count.",
            "parameters": {
                "type": "object",
                "properties": {
                    "line": {"type": "string", "description": "The line's letter, such as A."},
                    "days": {"type": "integer", "default": 7, "description": "How far back."},
                },
                "required": ["line"],
                "additionalProperties": False,
            },
        },
    }


def test_a_tool_can_still_be_called_as_the_function_that_it_is():
    assert rate("AB", days=2) == 1.0


class Lot(BaseModel):
    title: str
    parts: int


class Shift(Enum):
    EARLY = "early"
    LATE = "late"


def strict(function):
    return tool(function).schema["function"].get("strict", False)


def test_the_strict_form_is_used_where_the_types_allow():
    def plain(a: int, b: list[str], c: Literal["x", "y"], d: Shift, e: int | None):
        """Plain."""

    def open_object(a: dict[str, int]):
        """Open."""

    def defaults(a: int = 1):
        """Default."""

    def anything(a: list):
        """Anything."""

    def model(a: Lot):
        """Pydantic lets a model have more members unless it's told otherwise."""

    def pair(a: tuple[int, str]):
        """A pair."""

    def nothing():
        """Nothing."""

    assert strict(plain)
    assert strict(nothing)
    assert not any(map(strict, (open_object, defaults, anything, model, pair)))


def test_members_called_title_keep_their_name_and_nothing_else_has_a_title():
    def keep(lot: Lot, title: Annotated[str, Field(description="Of the book.")]):
        """Keep."""

    parameters = tool(keep).schema["function"]["parameters"]
    assert parameters["properties"]["title"] == {"type": "string", "description": "Of the book."}
    assert parameters["$defs"]["Lot"]["properties"] == {
        "title": {"type": "string"},
        "parts": {"type": "integer"},
    }
    assert "title" not in parameters["$defs"]["Lot"]


@pytest.mark.parametrize("default", [math.nan, math.inf, (1.0, -math.inf)])
def test_a_default_that_json_has_not_is_used_and_never_sent(default):
    def fill(share: float | tuple[float, float] = default):
        """Fill the gaps."""

    made = tool(fill)
    assert json.dumps(made.schema, allow_nan=False)
    assert made.signature.validate("{}")[0]["share"] is default


def test_a_partial_has_the_name_and_the_docstring_of_its_function():
    made = tool(partial(partial(rate.function, days=30)))
    assert (made.name, made("A")) == ("rate", rate("A", 30))
    assert made.signature.description == rate.signature.description
    shown = made.signature.parameters["properties"]
    assert shown["line"] == rate.signature.parameters["properties"]["line"]
    assert shown["days"]["default"] == 30


def in_googles_style(line: str, days: int = 7, unit: str = "%"):
    """
    The share of defects.

    Args:
        line (str): The line's letter,
            such as A.
        days (int, optional): How far back.
        unit: Of the result.

    Returns:
        The share.
    """


def in_numpys_style(line: str, days: int = 7, unit: str = "%"):
    """
    The share of defects.

    Parameters
    ----------
    line : str
        The line's letter,
        such as A.
    days : int, optional
        How far back.

    Other Parameters
    ----------------
    unit : {"%", "ppm"}, default "%"
        Of the result.

    Returns
    -------
    rate : float
        The share.
    """


def in_sphinxs_style(line: str, days: int = 7, unit: str = "%"):
    """
    The share of defects.

    :param str line: The line's letter,
        such as A.
    :param days: How far back.
    :type days: int
    :param unit: Of the result.
    :returns: The share.
    :raises ValueError: There is no such line.
    """


@pytest.mark.parametrize("function", [in_googles_style, in_numpys_style, in_sphinxs_style])
def test_a_docstring_of_any_style_describes_the_parameters(function):
    made = tool(function)
    assert made.signature.description == "The share of defects."
    assert {
        name: shown["description"]
        for name, shown in made.signature.parameters["properties"].items()
    } == {
        "line": "The line's letter, such as A.",
        "days": "How far back.",
        "unit": "Of the result.",
    }


def test_numpydocs_names_that_share_a_line_share_its_text():
    def between(first: int, last: int):
        """Count.

        Parameters
        ----------
        first, last
            A day.
        """

    shown = tool(between).signature.parameters["properties"]
    assert [each["description"] for each in shown.values()] == ["A day.", "A day."]


def test_a_rule_or_a_colon_in_a_description_ends_nothing():
    def look(line: str):
        """
        Look at a line
        --------------
        Parameters are few: one.

        Returns
        nothing.
        """

    made = tool(look)
    assert made.signature.description.endswith("Returns\nnothing.")


def test_what_the_model_must_not_choose_is_not_in_the_schema():
    def who(line: str, context: ToolContext):
        """Who."""

    made = tool(who)
    assert list(made.signature.parameters["properties"]) == ["line"]
    assert made.context_parameter == "context"
    with pytest.raises(InvalidArguments, match="no argument 'context'"):
        made.signature.validate('{"line": "A", "context": {}}')


# --- what can't become a tool ----------------------------------------------------------------


def no_annotation(line):
    """Doc."""


def no_docstring(line: str):
    pass


def stars(*lines: str):
    """Doc."""


def stars_by_name(**lines: str):
    """Doc."""


def by_place(line: str, /):
    """Doc."""


def no_schema(lock: threading.Lock):
    """Doc."""


def not_there(line: "Nosuch"):  # noqa: F821
    """Doc."""


def two_contexts(a: ToolContext, b: ToolContext):
    """Doc."""


def underscore(_line: str):
    """Doc."""


def callback(_then: int = 0, /):
    """Doc."""


def no_json(when: Callable[[int], int]):
    """Doc."""


def takes_tables(table: pd.DataFrame, values: np.ndarray, line: str):
    """Doc."""


def no_annotation_of_a_parameter(lot: Required[str]):
    """Doc."""


class Odd:
    def rate(self, line: str):
        """Doc."""


def yields(line: str):
    """Doc."""
    yield line


async def yields_async(line: str):
    """Doc."""
    yield line


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (no_annotation, "say what line is, such as `line: str`"),
        (no_docstring, "needs a docstring"),
        (stars, r"\*lines can't be: take a list, such as `lines: list"),
        (stars_by_name, r"\*\*lines can't be: name each"),
        (by_place, "line can't be before the /"),
        (no_schema, "no .*lock.* for lock"),
        (takes_tables, "no pandas.DataFrame for table and no numpy.ndarray for values. Take str"),
        (no_annotation_of_a_parameter, "type that can't be checked"),
        (Odd.rate, r"is a method: .*tool\(x.rate\)"),
        (not_there, "'Nosuch' is not defined"),
        (two_contexts, "a and b"),
        (underscore, "without the underscore"),
        (callback, "_then can't be"),
        (no_json, "no .*Callable.* for when"),
        (yields, "yield"),
        (yields_async, "yield"),
        (lambda line: line, "can't be called '<lambda>'"),
        (7, "a tool is a function"),
        ("rate", "a tool is a function"),
    ],
)
def test_what_a_model_could_not_call_is_refused_at_the_decoration(function, says):
    with pytest.raises(UsageError, match=says):
        tool(function) if function is not None else None


@pytest.mark.parametrize("name", ["Rate", "a-b", "a b", "a.b", "é", "x" * 65, "rate\n", 7])
def test_a_name_has_one_spelling(name):
    with pytest.raises(UsageError, match="use 1 to 64 of a-z"):
        tool(name=name)(rate.function)


@pytest.mark.parametrize("name", ["a", "x" * 64, "list_7"])
def test_names_that_fit_are_taken(name):
    assert tool(name=name)(rate.function).name == name


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan"), float("inf"), "5", None, True])
def test_a_timeout_is_a_number_of_seconds(timeout_s):
    with pytest.raises(UsageError, match="timeout_s"):
        tool(timeout_s=timeout_s)(rate.function)


async def calls(line: str, context: ToolContext):
    """Calls a service."""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"audience": "inspections"}, "go together"),
        ({"scope": "inspections:read"}, "go together"),
        ({"audience": "a b", "scope": "a:read"}, "one word"),
        ({"audience": "a", "scope": " "}, "words"),
        ({"audience": "a", "scope": ["a:read"]}, "words"),
        ({"audience": "", "scope": "a:read"}, "one word"),
        ({"audience": "a", "scope": "a:read a:write"}, "writes=True"),
    ],
)
def test_a_tool_declares_one_audience_and_one_scope(options, says):
    with pytest.raises(UsageError, match=says):
        tool(**options)(calls)


def test_a_tool_that_calls_a_service_is_async():
    with pytest.raises(UsageError, match="async def"):
        tool(audience="a", scope="a:read")(rate.function)


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(UsageError, match="two tools are called rate"):
        Toolset([rate, rate])
    with pytest.raises(UsageError, match="two tools are called rate"):
        Toolset([Toolset([rate]), rate.function])
    with pytest.raises(UsageError, match="tools is a list"):
        Toolset(rate)
    with pytest.raises(UsageError, match="tools is a list"):
        Toolset("rate")


def test_a_toolset_takes_tools_functions_and_toolsets():
    kept = Toolset([Toolset([rate]), calls])
    assert [each.name for each in kept] == ["rate", "calls"]
    assert (len(kept), kept.get("rate"), kept.get("nosuch")) == (2, rate, None)
    assert all(isinstance(each, Tool) for each in kept)
    assert [repr(kept), repr(Toolset()), repr(rate)] == [
        "<Toolset rate, calls>",
        "<Toolset empty>",
        "<Tool rate>",
    ]


# --- what the model may pass -----------------------------------------------------------------


@tool
def many(
    when: datetime.date,
    schema: list[str] = [],  # noqa: B006  As learners write it.
    share: float = 0.5,
    shift: Shift = Shift.EARLY,
    lot: Lot | None = None,
):
    """Takes many types."""


def test_arguments_arrive_as_the_types_that_the_function_declares():
    lot = {"title": "t", "parts": 1}
    written = json.dumps({"when": "2026-03-02", "schema": ["x"], "shift": "late", "lot": lot})
    checked, plain = many.signature.validate(written)
    assert checked == {
        "when": datetime.date(2026, 3, 2),
        "schema": ["x"],
        "share": 0.5,
        "shift": Shift.LATE,
        "lot": Lot(title="t", parts=1),
    }
    assert plain == {**json.loads(written), "share": 0.5}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "line: "),
        ("{}", "line: "),
        ('{"line": "A", "days": "soon"}', "days: Input should be a valid integer"),
        ('{"line": 7}', "line: Input should be a valid string"),
        ('{"line": null}', "line: Input should be a valid string"),
        ('{"line": "A", "user": "admin"}', "no argument 'user'"),
        ('{"line": "A"', "aren't JSON"),
        ("line=A", "aren't JSON"),
        ('["A"]', "have to be a JSON object"),
        ('"A"', "have to be a JSON object"),
        ("null", "have to be a JSON object"),
        ("[" * 10_000, "aren't JSON"),
        (json.dumps({"line": "x" * 1_000_000}), f"over {MAX_ARGUMENT_CHARACTERS} characters"),
        (json.dumps(dict.fromkeys("abcdefgh", 1)), "and 6 more"),
    ],
)
def test_arguments_that_do_not_fit_are_named(written, says):
    with pytest.raises(InvalidArguments, match=says):
        rate.signature.validate(written)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_json_has_no_nan(number):
    with pytest.raises(InvalidArguments):
        many.signature.validate(f'{{"when": "2026-03-02", "share": {number}}}')


def test_what_the_model_wrote_is_not_quoted():
    with pytest.raises(InvalidArguments) as caught:
        rate.signature.validate('{"line": 7777, "days": "canary"}')
    assert "canary" not in str(caught.value)
    assert "7777" not in str(caught.value)


@given(st.text())
def test_no_text_breaks_the_validation(written):
    try:
        checked, _ = rate.signature.validate(written)
    except InvalidArguments:
        return
    assert set(checked) == {"line", "days"}


# --- what comes back -------------------------------------------------------------------------


LOTS = pd.DataFrame(
    {
        "line": ["A1", "A1", "A4"],
        "day": pd.to_datetime(["2026-03-01", "2026-03-01", None]),
        "parts": [1, 2, 4],
    }
)
ROWS_OF_LOTS = '[{"line":"A1","day":"2026-03-01T00:00:00","parts":3}]'
ROWS_OF_MAXIMA = '[{"line":"A1","parts_max":2},{"line":"A4","parts_max":4}]'
NOTHING_YET = '{"first":[null],"rate":null,"last":["2026-03-01"]}'


@dataclass
class Row:
    line: str
    rate: float


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("plain", "plain"),
        ("", ""),
        (None, "null"),
        (5, "5"),
        ({"a": [1, 2]}, '{"a":[1,2]}'),
        (Row("A", 0.5), '{"line":"A","rate":0.5}'),
        (Lot(title="t", parts=1), '{"title":"t","parts":1}'),
        (datetime.date(2026, 3, 2), '"2026-03-02"'),
        (Decimal("1.5"), '"1.5"'),
        (float("nan"), "null"),
        ({"mean": float("inf")}, '{"mean":null}'),
        (np.float64(0.5), "0.5"),
        (np.int64(7), "7"),
        ({"x": np.arange(3)}, '{"x":[0,1,2]}'),
        (pd.DataFrame({"a": [1, 2], "b": [0.5, None]}), '[{"a":1,"b":0.5},{"a":2,"b":null}]'),
        (pd.Series([1, 2]), "[1,2]"),
        (pd.Series([0.5, None], index=["A1", "A4"]), '{"A1":0.5,"A4":null}'),
        (
            pd.Series([1, 2], index=["A1", "A1"], name="n"),
            '[{"index":"A1","n":1},{"index":"A1","n":2}]',
        ),
        (LOTS.groupby("line").parts.sum(), '{"A1":3,"A4":4}'),
        (LOTS.groupby(["line", "day"]).parts.sum(), ROWS_OF_LOTS),
        (LOTS[LOTS.parts > 3][["parts"]], '[{"parts":4}]'),
        (LOTS.groupby("line").agg({"parts": ["max"]}), ROWS_OF_MAXIMA),
        (LOTS.day, '["2026-03-01T00:00:00","2026-03-01T00:00:00",null]'),
        (LOTS.day.to_numpy(), '["2026-03-01T00:00:00","2026-03-01T00:00:00",null]'),
        (LOTS.parts.groupby(pd.cut(LOTS.parts, [0, 4])).sum(), '{"(0, 4]":7}'),
        ({"first": [pd.NaT], "rate": pd.NA, "last": (np.datetime64("2026-03-01"),)}, NOTHING_YET),
        ([pd.Interval(0, 4), pd.Period("2026-03")], '["(0, 4]","2026-03"]'),
        ("\ud800", "\ufffd"),
    ],
)
def test_results_become_text_or_json(value, content):
    assert text_of(value) == content


class Interval:
    """No more than the name of one of pandas' types."""


class Hostile:
    @property
    def tolist(self):
        raise RuntimeError("canary")


def circular():
    loop = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"\xff", "bytes"),
        (bytearray(b"x"), "bytes"),
        ({"a": b"\xff\xfe"}, "can't be written as JSON"),
        (Odd(), "no JSON for Odd"),
        ({"a": [Odd()]}, "no JSON for Odd"),
        (Interval(), "no JSON for Interval"),
        (circular(), "can't be written as JSON"),
        ((n for n in [1]), "iterator"),
        (Hostile(), "can't be written as JSON"),
        (LOTS.groupby("line"), "no JSON for DataFrameGroupBy; return text, numbers, .* or a table"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns of the table are called a"),
        (LOTS.set_index("line", drop=False), "are called line; rename one"),
    ],
)
def test_what_has_no_json_says_so(value, says):
    with pytest.raises(Unsendable, match=says):
        text_of(value)


@pytest.mark.parametrize("value", ["x" * 10_000_000, [0] * 5_000_000, '"\\' * 1000])
def test_ten_megabytes_are_cut_and_say_so(value):
    content = fitted(text_of(value), 1000)
    assert len(content) <= 1000
    told = json.loads(content)
    assert "ask for less" in told["cut"]
    assert len(told["beginning"]) > 300


def test_an_error_is_json_that_says_so():
    assert json.loads(error_content('no "such" line')) == {"error": 'no "such" line'}


# --- where sync tools run --------------------------------------------------------------------


async def test_no_more_threads_than_allowed_and_each_is_used_again():
    threads = ToolThreads(2)
    together = threading.Barrier(2)

    def where():
        together.wait(30)
        return threading.current_thread()

    used = await asyncio.gather(*(threads.run(where) for _ in range(6)))
    assert len(set(used)) == 2
    assert all(each.daemon for each in used)


async def test_a_thread_more_than_allowed_is_not_begun():
    threads, began, go_on = ToolThreads(2), threading.Semaphore(0), threading.Event()
    held = [
        asyncio.create_task(threads.run(lambda: (began.release(), go_on.wait(30))))
        for _ in range(3)
    ]
    for _ in range(2):
        assert await asyncio.to_thread(began.acquire, timeout=30)
    assert (threads._started, threads.busy) == (2, 2)
    go_on.set()
    await asyncio.gather(*held)


async def test_one_thread_is_enough_for_calls_that_follow_each_other():
    threads = ToolThreads(2)
    first = await threads.run(threading.current_thread)
    assert threads._idle.acquire(timeout=30)  # It says so a moment after its result.
    threads._idle.release()
    assert await threads.run(threading.current_thread) is first


async def test_a_call_that_is_given_up_keeps_its_thread_until_it_returns():
    threads = ToolThreads(1)
    began, go_on = threading.Event(), threading.Event()
    stuck = asyncio.create_task(threads.run(lambda: (began.set(), go_on.wait(30))))
    await asyncio.to_thread(began.wait, 30)
    stuck.cancel()
    await asyncio.wait([stuck])
    assert (stuck.cancelled(), threads.busy) == (True, 1)
    never = asyncio.create_task(threads.run(lambda: pytest.fail("it was cancelled")))
    await asyncio.sleep(0)
    never.cancel()
    await asyncio.wait([never])
    go_on.set()
    assert await threads.run(lambda: "free again") == "free again"
    assert never.cancelled()


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit, KeyboardInterrupt])
async def test_what_a_function_raises_arrives(error):
    def fails():
        raise error("enough")

    with pytest.raises(error, match="enough"):
        await ToolThreads(1).run(fails)


async def test_a_function_that_raises_stop_iteration_ends_all_the_same():
    def fails():
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await ToolThreads(1).run(fails)


async def test_context_variables_follow_into_the_thread():
    trace = contextvars.ContextVar("trace", default="none")
    trace.set("abc")
    assert await ToolThreads(1).run(trace.get) == "abc"
