"""
Every exercise of the course keeps what its check promises.

Each *property* looks at one task and returns its faults. The tests run all of them on every task
of every lesson, and on tasks spoilt on purpose, whose fault they have to see. Other right answers
to the exercises of ``lessons/<name>.py`` stand in ``right_answers_<name>.py`` beside this file.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from labkit.course import TODO, Exercise, Finding, Progress, Task, lessons
from labkit.course.findings import GENERAL_HINTS
from labkit.course.lessons import all_tasks, find_task, tasks_of
from labkit.course.path import STOPS, stop_of
from labkit.errors import UsageError

JUNK = [None, "", "x", b"x", 0, 1.5, True, [], ["x"], {}, {"x": 1}, object()]
MOST_OF_IT = 0.5  # Of the reference's statements, so many may stand in the hints for one code.

Submission = Callable[..., object]
Property = Callable[[Task, Sequence[Submission], Exercise], Awaitable[list[str]]]


def load(name: str) -> ModuleType:
    """Import a file that stands beside this one, in whichever way pytest imported this one."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLE = load("sample_lesson")
MEAN, BOTH = SAMPLE.EXERCISES
RIGHT: dict[str, Sequence[Submission]] = {}
for _file in Path(__file__).parent.glob("right_answers_*.py"):
    RIGHT |= load(_file.stem).RIGHT_ANSWERS
TASKS = [*SAMPLE.EXERCISES, *all_tasks()]


def of(task: Task, tmp_path: Path) -> Exercise:
    return Exercise(task, Progress(tmp_path))


# What has to hold.


async def right_answers_pass(task, right, exercise) -> list[str]:
    outcomes = [(f, await exercise.check(f)) for f in (task.solution, *right)]
    return [f"{name_of(f)} is refused: {outcome}" for f, outcome in outcomes if not outcome.correct]


async def two_others_are_written_differently(task, right, exercise) -> list[str]:
    written = {statements(f) for f in (task.solution, *right)}
    return [] if len(right) >= 2 and len(written) == len(right) + 1 else [f"{len(right)} answers"]


async def starter_is_not_attempted(task, right, exercise) -> list[str]:
    outcome = await exercise.check(task.starter)
    return [] if outcome.state == "not attempted" else [f"{outcome}"]


async def wrong_answers_get_their_code(task, right, exercise) -> list[str]:
    outcomes = {code: await exercise.check(f) for code, f in task.wrong.items()}
    return [f"{code}: {outcome}" for code, outcome in outcomes.items() if outcome.code != code]


async def written_codes_are_anticipated(task, right, exercise) -> list[str]:
    module = sys.modules[task.check.__module__]
    tasks = [t for t in [*TASKS, task] if t.check.__module__ == module.__name__]
    known = set(GENERAL_HINTS).union(*(t.wrong for t in tasks))
    return sorted(set(codes_in(inspect.getsource(module))) - known)


async def constant_answers_fail(task, right, exercise) -> list[str]:
    outcomes = [(value, await exercise.check(always(value))) for value in JUNK]
    return [
        f"return {value!r}: {outcome}"
        for value, outcome in outcomes
        if outcome.state != "tried" or outcome.code == "check-failed"
    ]


async def an_error_is_a_try(task, right, exercise) -> list[str]:
    outcome = await exercise.check(always_raises)
    return [f"{outcome}"] if outcome.code in (None, "check-failed") else []


async def hints_keep_the_solution(task, right, exercise) -> list[str]:
    return [code for code, rungs in task.hints.items() if reveals(" ".join(rungs), task.solution)]


async def example_shows_a_result(task, right, exercise) -> list[str]:
    watched = await exercise.watch(task.solution)
    return [] if task.call is None or watched.result.startswith("->") else [f"{watched}"]


async def starter_shows_the_parameters(task, right, exercise) -> list[str]:
    starter, solution = (
        list(inspect.signature(f).parameters) for f in (task.starter, task.solution)
    )
    return [] if starter == solution else [f"{starter} and {solution}"]


PROPERTIES: list[Property] = [
    right_answers_pass,
    two_others_are_written_differently,
    starter_is_not_attempted,
    wrong_answers_get_their_code,
    written_codes_are_anticipated,
    constant_answers_fail,
    an_error_is_a_try,
    hints_keep_the_solution,
    example_shows_a_result,
    starter_shows_the_parameters,
]


def always(value: object) -> Submission:
    return lambda *args, **kwargs: value


def always_raises(*args, **kwargs):
    raise ValueError("no")


def name_of(function: Submission) -> str:
    return getattr(function, "__name__", repr(function))


def statements(function: Submission) -> tuple[str, ...]:
    """Return the lines of a function's body as Python would write them, without blanks."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    body = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    without_docstring = body.body[ast.get_docstring(body) is not None :]
    lines = "\n".join(map(ast.unparse, without_docstring)).splitlines()
    return tuple(squeezed(line) for line in lines)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text).replace('"', "'")


def reveals(hints: str, solution: Submission) -> bool:
    lines = statements(solution)
    shown = [line for line in lines if line in squeezed(hints)]
    return len(shown) > MOST_OF_IT * len(lines)


def codes_in(source: str) -> Iterator[str]:
    """Find the codes that a lesson writes out where it makes a finding."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == Finding.__name__:
            yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant))


@pytest.mark.parametrize("prop", PROPERTIES, ids=name_of)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
async def test_every_task(task: Task, prop: Property, tmp_path: Path) -> None:
    assert await prop(task, RIGHT.get(task.id, ()), of(task, tmp_path)) == []


# The properties notice what they are there for.


def mean_unless_strict(numbers):
    return sum(numbers) / len(numbers) if numbers else 0


def accepts_anything(submission, room) -> None:
    submission([1.0])


def uses_what_it_gets(submission, room) -> None:
    if submission([1.0]) + 1 != 2.0:
        raise Finding("floors", "off")


def makes_up_a_code(submission, room) -> None:
    raise Finding("never-heard-of", "hm")


def blames_the_wrong_thing(submission, room) -> None:
    if submission([1.0, 2.0]) != 1.5 or submission([]) is not None:
        raise Finding("floors", "off")


FULL = dict.fromkeys(MEAN.hints, ("q", "p", "if not numbers: return None, else sum(numbers) / 3"))
TELLS = {
    **MEAN.hints,
    "floors": ("q", "if not numbers:\n  return None", "return sum(numbers)/len(numbers)"),
}
SPOILT = [
    (right_answers_pass, replace(MEAN, solution=mean_unless_strict)),
    (right_answers_pass, replace(MEAN, check=makes_up_a_code)),
    (two_others_are_written_differently, replace(MEAN, solution=RIGHT["99.1"][0])),
    (starter_is_not_attempted, replace(MEAN, starter=mean_unless_strict)),
    (wrong_answers_get_their_code, replace(MEAN, wrong={**MEAN.wrong, "floors": MEAN.solution})),
    (wrong_answers_get_their_code, replace(MEAN, check=blames_the_wrong_thing)),
    (written_codes_are_anticipated, replace(MEAN, check=makes_up_a_code)),
    (constant_answers_fail, replace(MEAN, check=accepts_anything)),
    (constant_answers_fail, replace(MEAN, check=uses_what_it_gets)),
    (an_error_is_a_try, replace(MEAN, check=lambda submission, room: None)),
    (hints_keep_the_solution, replace(MEAN, hints=TELLS)),
    (example_shows_a_result, replace(MEAN, call=lambda room: (1, 2, 3))),
    (starter_shows_the_parameters, replace(MEAN, starter=lambda other: TODO)),
]


@pytest.mark.parametrize(("prop", "task"), SPOILT, ids=lambda each: getattr(each, "__name__", ""))
async def test_a_spoilt_task_is_noticed(prop: Property, task: Task, tmp_path: Path) -> None:
    assert await prop(task, RIGHT.get(task.id, ()), of(task, tmp_path)) != []


async def test_an_unknown_code_never_reaches_a_learner(tmp_path: Path) -> None:
    outcome = await of(replace(MEAN, check=makes_up_a_code), tmp_path).check(MEAN.solution)
    assert outcome.code == "check-failed"
    assert "'never-heard-of'" in outcome.evidence


# Lessons as modules.


def test_every_lesson_module_is_a_stop_and_bears_its_number() -> None:
    for file in Path(lessons.__file__).parent.glob("[!_]*.py"):
        (stop,) = [stop for stop in STOPS if stop.slug == file.stem]
        module = __import__(f"{lessons.__name__}.{file.stem}", fromlist=["NOTEBOOK"])
        assert stop.number == module.NOTEBOOK
        assert all(task.id.startswith(f"{module.NOTEBOOK}.") for task in module.EXERCISES)


def test_ids_are_unique_and_in_order() -> None:
    ids = [task.id for task in all_tasks()]
    assert ids == sorted(set(ids))


def test_a_task_is_found_by_its_id() -> None:
    assert [find_task(task.id) for task in all_tasks()] == list(all_tasks())


def test_a_notebook_without_exercises_yet_has_none() -> None:
    assert tasks_of(replace(STOPS[0], slug="not_written_yet")) == ()


@pytest.mark.parametrize("bad", ["01.99", "77.1", "", "x", None, 1, b"01.1", ["01.1"]])
def test_an_unknown_exercise_is_a_usage_error_that_lists_what_there_is(bad: object) -> None:
    with pytest.raises(UsageError, match=r"no exercise '01\.99'.*01\.1|from 00 to 13"):
        find_task(bad)


def test_the_path_has_fourteen_stops_in_order() -> None:
    assert [stop.number for stop in STOPS] == [f"{n:02}" for n in range(14)]
    assert len({stop.slug for stop in STOPS}) == len({stop.place for stop in STOPS}) == 14
    assert all(stop.question.endswith("?") for stop in STOPS)
    assert stop_of("01.2").title == "Signatures"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ({"id": "1.1"}, "id has to look"),
        ({"id": None}, "id has to look"),
        ({"title": " "}, "title and task"),
        ({"task": 3}, "title and task"),
        ({"wrong": {}}, "the same codes"),
        ({"hints": {**MEAN.hints, "floors": ("a", "b")}}, "three hints"),
        ({"hints": {**MEAN.hints, "floors": ("a", "b", "")}}, "three hints"),
        ({"check": lambda submission, room: None}, "the check has to be"),
    ],
)
def test_a_task_whose_parts_do_not_fit_is_refused(spoil: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        replace(BOTH if "check" in spoil else MEAN, **spoil)


@pytest.mark.parametrize("code", ["Floors", "no_numbers", "", "raises", "times-out"])
def test_a_code_that_is_no_code_or_the_kits_own_is_refused(code: str) -> None:
    with pytest.raises(UsageError, match="code of its own"):
        replace(MEAN, wrong={code: MEAN.solution}, hints={code: ("a", "b", "c")})
