"""TODO can be returned, and stops whatever else is done with it."""

import asyncio
import copy
import pickle
from collections.abc import Callable

import pytest

from labkit.course import TODO, Finding, NotAttempted, expect_type
from labkit.course.findings import GENERAL_HINTS, holds_todo, ran_into_todo
from labkit.errors import LabkitError

USES: dict[str, Callable[[], object]] = {
    "call": lambda: TODO(1),
    "attribute": lambda: TODO.encode,
    "add": lambda: TODO + 1,
    "add to": lambda: "x" + TODO,
    "index": lambda: TODO["sub"],
    "compare": lambda: TODO == 1,
    "order": lambda: TODO < 1,
    "bool": lambda: not TODO,
    "len": lambda: len(TODO),
    "for": lambda: list(TODO),
    "in": lambda: 1 in TODO,
    "with": lambda: TODO.__enter__(),
    "f-string": lambda: f"{TODO}",
    "int": lambda: int(TODO),
    "set": lambda: setattr(TODO, "x", 1),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_using_todo_says_that_there_is_code_left_to_write(use: Callable[[], object]) -> None:
    with pytest.raises(NotAttempted, match="replace it"):
        use()


async def test_awaiting_todo_says_so_too() -> None:
    with pytest.raises(NotAttempted):
        await TODO
    with pytest.raises(NotAttempted):
        async with TODO:
            pass


def test_todo_shows_itself_and_stays_the_only_one() -> None:
    assert repr(TODO) == str(TODO) == "TODO"
    assert copy.deepcopy(TODO) is TODO
    assert pickle.loads(pickle.dumps(TODO)) is TODO
    assert {TODO: 1}[TODO] == 1
    assert not hasattr(TODO, "_repr_html_")


@pytest.mark.parametrize("value", [TODO, [1, TODO], {"a": (TODO,)}, {TODO}, [[[[TODO]]]]])
def test_todo_is_found_in_what_a_function_returns(value: object) -> None:
    assert holds_todo(value)


@pytest.mark.parametrize(
    "value", [None, [], {"TODO": "TODO"}, "TODO", [[[[[TODO]]]]], iter([TODO])]
)
def test_what_has_no_todo_near_its_surface_holds_none(value: object) -> None:
    assert not holds_todo(value)


def test_todo_is_found_behind_other_errors_and_in_groups() -> None:
    def learner() -> None:
        try:
            TODO()
        except NotAttempted as error:
            raise ValueError("bad token") from error

    with pytest.raises(ValueError, match="bad token") as caught:
        learner()
    assert ran_into_todo(caught.value)
    assert ran_into_todo(ExceptionGroup("two", [KeyError(), NotAttempted()]))
    assert not ran_into_todo(ExceptionGroup("two", [KeyError(), OSError()]))
    assert not ran_into_todo(None)


async def test_todo_in_one_of_several_tasks_is_found() -> None:
    async def learner() -> None:
        TODO()

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(learner())
    assert ran_into_todo(caught.value)


def test_not_attempted_is_a_labkit_error_and_a_finding_is_none() -> None:
    assert issubclass(NotAttempted, LabkitError)
    assert not issubclass(Finding, LabkitError)


@pytest.mark.parametrize(
    ("value", "kind"), [(1, int), (True, bool), (1.5, (int, float)), (None, type(None))]
)
def test_a_value_of_the_right_type_passes(value: object, kind: type) -> None:
    expect_type(value, kind)


@pytest.mark.parametrize(
    ("value", "kind", "says"),
    [
        (None, dict, "your function returned None; the exercise asks for a dict."),
        (True, int, "your function returned a bool; the exercise asks for an int."),
        (
            "x",
            (dict, type(None)),
            "your function returned a str; the exercise asks for a dict or None.",
        ),
        (1, type(None), "your function returned an int; the exercise asks for None."),
    ],
)
def test_a_value_of_another_type_is_a_finding(value: object, kind: type, says: str) -> None:
    with pytest.raises(Finding) as caught:
        expect_type(value, kind)
    assert (caught.value.code, caught.value.says) == ("wrong-type", says)
    assert caught.value.evidence is value


def test_every_general_code_has_three_hints() -> None:
    assert all(len(rungs) == 3 and all(rungs) for rungs in GENERAL_HINTS.values())
