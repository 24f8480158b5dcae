"""Whatever is passed to a check, it answers with an outcome."""

import asyncio
import functools
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.course import TODO, Exercise, Finding, Outcome, Progress, Task


def starter(a, b):
    return TODO


def add(a, b):
    return a + b


def check_add(submission, room) -> None:
    if submission(1, 2) != 3:
        raise Finding("off", "1 and 2 aren't 3.", submission(1, 2))


async def async_starter(a, b):
    return TODO


async def async_add(a, b):
    return a + b


async def check_async_add(submission, room) -> None:
    if await submission(1, 2) != 3:
        raise Finding("off", "1 and 2 aren't 3.", await submission(1, 2))


def task(**parts: object) -> Task:
    given: dict[str, object] = {
        "id": "99.1",
        "title": "a sum",
        "task": "Return the sum.",
        "starter": starter,
        "check": check_add,
        "solution": add,
        "wrong": {"off": lambda a, b: a - b},
        "hints": {"off": ("q", "p", "n")},
    }
    return Task(**{**given, **parts})


def async_task(**parts: object) -> Task:
    return task(
        **{"starter": async_starter, "check": check_async_add, "solution": async_add, **parts}
    )


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Outcome]:
    def run(submission: object, of: Task | None = None) -> Outcome:
        return asyncio.run(Exercise(of or task(), Progress(tmp_path)).check(submission))

    return run


# Right in every form.


class Adder:
    def __call__(self, a, b):
        return a + b


class AsyncAdder:
    async def __call__(self, a, b):
        await asyncio.sleep(0)
        return a + b


async def slow_add(a, b):
    await asyncio.sleep(0)
    return a + b


def with_default(a, b, unit=""):
    return a + b


FORMS = [
    add,
    slow_add,
    lambda a, b: a + b,
    lambda *args: sum(args),
    functools.partial(with_default, unit="kg"),
    Adder(),
    AsyncAdder(),
    Adder().__call__,
    lambda a, b, /: a + b,
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("of", [task(), async_task()], ids=["def", "async def"])
def test_a_right_answer_passes_in_every_form(check, of: Task, form: object) -> None:
    assert check(form, of) == Outcome("99.1", "correct")


def test_an_async_check_takes_a_plain_function_and_refuses_an_async_one(check) -> None:
    async def patient(submission, room) -> None:
        check_add(submission, room)

    mixed = task(check=patient)
    assert check(add, mixed).correct
    assert check(slow_add, mixed).code == "async-def"


# Not a function, or not this one.


class Counter:
    def __init__(self, start):
        self.start = start


def test_a_task_may_ask_for_a_class(check) -> None:
    def check_counter(submission, room) -> None:
        if not isinstance(submission, type) or submission(3).start != 3:
            raise Finding("off", "It doesn't start where it should.")

    of = task(starter=lambda start: TODO, check=check_counter, solution=Counter)
    assert check(Counter, of).correct
    assert check(lambda start: None, of).code == "off"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "This is None, and not a function."),
        (3, "This is 3, and not a function."),
        ("add", "This is 'add', and not a function."),
    ],
)
def test_what_cannot_be_called_is_said_to_be_no_function(check, value: object, says: str) -> None:
    outcome = check(value)
    assert (outcome.code, outcome.says) == ("not-callable", says)


def test_a_coroutine_instead_of_its_function_is_recognised_and_closed(check) -> None:
    outcome = check(slow_add(1, 2))  # Unclosed, it would warn, and warnings are errors here.
    assert outcome.code == "not-callable"
    assert outcome.says.startswith("This is what your function gives when it's called")


@pytest.mark.parametrize(
    "other",
    [lambda: 3, lambda a: 3, lambda a, b, c: 3, lambda a, *, b: 3, len],
    ids=["none", "one", "three", "named", "built in"],
)
def test_other_parameters_than_the_starters_are_named(check, other: object) -> None:
    outcome = check(other)
    assert outcome.code == "wrong-parameters"
    assert outcome.says.endswith("; the starter takes (a, b).")


def test_a_default_of_the_starter_has_to_stay_optional(check) -> None:
    of = task(starter=lambda a, b=1, *, unit="": TODO)
    assert check(lambda a, b=1, *, unit="": a + b, of).correct
    assert check(lambda a, b, *, unit="": a + b, of).code == "wrong-parameters"
    assert check(lambda a, b=1: a + b, of).code == "wrong-parameters"


def test_a_function_that_does_not_tell_its_parameters_is_tried(check) -> None:
    outcome = check(min)
    assert (outcome.code, outcome.evidence) == ("off", "1")


# Nothing written yet.


def half_written(a, b):
    return a + TODO


def inside(a, b):
    return {"sum": [TODO]}


def hides_it(a, b):
    try:
        return TODO + a
    except Exception as error:
        raise ValueError("can't add") from error


async def awaits_it(a, b):
    return await TODO


@pytest.mark.parametrize("unfinished", [starter, half_written, inside, hides_it, awaits_it, TODO])
def test_running_into_todo_is_not_attempted(check, unfinished: object) -> None:
    assert check(unfinished) == Outcome("99.1", "not attempted")


def test_todo_counts_though_the_check_takes_any_error_for_an_answer(check) -> None:
    def lenient(submission, room) -> None:
        refused = False
        try:
            submission(1, 2)
        except Exception:
            refused = True
        if refused:
            raise Finding("off", "It refused.")

    assert check(half_written, task(check=lenient)).state == "not attempted"


# Raising.


def divides(a, b):
    return a / 0


async def async_divides(a, b):
    return a / 0


def helped(a, b):
    return divides(a, b)


@pytest.mark.parametrize("raising", [divides, async_divides, helped])
@pytest.mark.parametrize("of", [task(), async_task()], ids=["def", "async def"])
def test_an_error_is_shown_with_the_line_that_raised_it(check, of: Task, raising: object) -> None:
    outcome = check(raising, of)
    assert outcome.code == "raises"
    assert outcome.says == "Your function raised ZeroDivisionError: division by zero"
    assert outcome.evidence.endswith(": return a / 0")


def quits(a, b):
    raise SystemExit(3)


def interrupts(a, b):
    raise KeyboardInterrupt


def cancels(a, b):
    raise asyncio.CancelledError


def recurses(a, b):
    return recurses(a, b)


def groups(a, b):
    raise ExceptionGroup("two", [ValueError("x"), KeyError("y")])


@pytest.mark.parametrize(
    ("raising", "kind"),
    [
        (quits, "SystemExit: 3"),
        (interrupts, "KeyboardInterrupt"),
        (cancels, "CancelledError"),
        (recurses, "RecursionError"),
        (groups, "ExceptionGroup: two"),
        (lambda a, b: exec("x ="), "SyntaxError"),
    ],
)
@pytest.mark.parametrize("of", [task(), async_task()], ids=["def", "async def"])
def test_even_the_errors_that_end_programs_are_findings(
    check, of: Task, raising: object, kind: str
) -> None:
    outcome = check(raising, of)
    assert outcome.code == "raises"
    assert outcome.says.startswith(f"Your function raised {kind}")


async def closes_the_loop(a, b):
    asyncio.get_running_loop().close()


async def stops_the_loop(a, b):
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0)


async def cancels_everybody(a, b):
    for each in asyncio.all_tasks():
        each.cancel()
    await asyncio.sleep(0)


@pytest.mark.parametrize("rude", [closes_the_loop, stops_the_loop, cancels_everybody])
@pytest.mark.parametrize("of", [task(), async_task()], ids=["def", "async def"])
def test_a_submission_can_only_hurt_its_own_loop(check, of: Task, rude: object) -> None:
    outcome = check(rude, of)
    assert outcome.code in ("raises", "check-failed")
    assert check(add, of).correct


# Never returning.


def spins(a, b):
    print("spinning")
    while True:
        pass


async def waits(a, b):
    await asyncio.Event().wait()


SHORT_S = 0.1


@pytest.mark.parametrize("endless", [spins, waits])
@pytest.mark.parametrize(
    "of", [task(limit_s=SHORT_S), async_task(limit_s=SHORT_S)], ids=["def", "async def"]
)
def test_what_never_returns_is_stopped_and_told_so(check, of: Task, endless: object) -> None:
    outcome = check(endless, of)
    assert outcome.code == "times-out"
    assert outcome.says == "Your function hadn't returned after 0.1 seconds, so it was stopped."
    assert check(add, replace(of, limit_s=10)).correct


def test_the_line_of_a_loop_without_end_is_shown(check) -> None:
    outcome = check(spins, task(limit_s=SHORT_S))
    assert outcome.evidence.split(": ", 1)[1] in ("while True:", "pass")
    assert outcome.printed == "spinning\n"


def test_what_cannot_be_stopped_is_left_behind_and_told_so(check, untraced: None) -> None:
    lock = threading.Lock()
    lock.acquire()

    def stuck(a, b):
        with lock:
            return a + b

    outcome = check(stuck, task(limit_s=SHORT_S))
    assert outcome.code == "times-out"
    assert "left behind" in outcome.says
    assert check(add).correct
    lock.release()


def test_a_repr_without_end_is_stopped_too(check) -> None:
    class Endless:
        def __repr__(self) -> str:
            while True:
                pass

    assert check(lambda a, b: Endless(), task(limit_s=SHORT_S)).code == "times-out"


# What it returns.


class Exits:
    def __repr__(self) -> str:
        raise SystemExit

    def __eq__(self, other: object) -> bool:
        raise KeyError("compared")

    __hash__ = None


def test_a_value_that_the_check_cannot_use_is_named(check) -> None:
    class Odd:
        def __ne__(self, other: object) -> bool:
            raise KeyError("compared")

        def __repr__(self) -> str:
            return "<odd>"

    outcome = check(lambda a, b: Odd())
    assert outcome.code == "check-failed"
    assert outcome.evidence == "KeyError: 'compared', after your function returned <odd>"


def test_a_value_whose_repr_ends_programs_is_survived(check) -> None:
    outcome = check(lambda a, b: Exits())
    assert (outcome.code, outcome.evidence) == ("check-failed", "SystemExit")


def test_a_service_that_is_gone_is_no_mistake_of_the_learner(check) -> None:
    def gone(submission, room) -> None:
        raise ConnectionError("refused")

    outcome = check(add, task(check=gone))
    assert (outcome.code, outcome.evidence) == ("check-failed", "ConnectionError: refused")


def test_a_finding_inside_a_task_group_is_found(check) -> None:
    async def in_group(submission, room) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(check_async_add(submission, room))

    outcome = check(lambda a, b: 4, async_task(check=in_group))
    assert (outcome.code, outcome.evidence) == ("off", "4")
    assert check(divides, async_task(check=in_group)).code == "raises"


def test_evidence_may_have_several_lines_and_is_harmless(check) -> None:
    def table(submission, room) -> None:
        raise Finding("off", "See for yourself.", "one: True\ntwo: \x1b[2J")

    assert check(add, task(check=table)).evidence == "one: True\ntwo: \\x1b[2J"


def test_each_call_reaches_the_submission_once_with_what_the_check_passes(check) -> None:
    calls: list[tuple[object, ...]] = []

    def noted(a, b):
        calls.append((a, b))
        return a + b

    assert check(noted).correct
    assert calls == [(1, 2)]


# What it prints.


def test_prints_are_shown_with_the_outcome_and_nowhere_else(check, capsys) -> None:
    def chatty(a, b):
        print("a is", a)
        threading.Thread(target=print, args=("from a thread",)).run()
        return 0

    outcome = check(chatty)
    assert outcome.printed == "a is 1\nfrom a thread\n" * 2
    assert capsys.readouterr() == ("", "")


def test_a_plain_sleep_is_no_problem(check) -> None:
    def sleepy(a, b):
        time.sleep(0)
        return a + b

    assert check(sleepy).correct


# How it reads.


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome("99.1", "correct"), "● 99.1 correct"),
        (Outcome("99.1", "not attempted"), "○ 99.1 not attempted"),
        (
            Outcome("99.1", "tried", "off", "Off by one.", "4", "a\nb\n"),
            "◐ 99.1 Off by one.\n  seen: 4\n  printed:\n    a\n    b\n"
            "  ex.hint() asks the next question",
        ),
        (
            Outcome("99.1", "tried", "off", "Off by one.", "4\n5"),
            "◐ 99.1 Off by one.\n  seen:\n    4\n    5\n  ex.hint() asks the next question",
        ),
    ],
)
def test_an_outcome_shows_itself(outcome: Outcome, text: str) -> None:
    assert repr(outcome) == text
