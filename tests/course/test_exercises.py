"""An exercise leads from the first try to the solution, and never raises on the way."""

import asyncio
import subprocess
import sys
import textwrap
import threading
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from labkit.clock import Clock
from labkit.course import Exercise, Progress, exercise
from labkit.course.exercises import TRIES_BEFORE_SOLUTION, Attempts
from labkit.course.record import progress_for
from labkit.errors import LabkitError, UsageError
from labkit.settings import Settings

SAMPLE_FILE = str(Path(__file__).with_name("sample_lesson.py"))
spec = spec_from_file_location("sample_lesson", SAMPLE_FILE)
sample = sys.modules["sample_lesson"] = module_from_spec(spec)
spec.loader.exec_module(sample)
MEAN, BOTH = sample.EXERCISES
FLOORS, RAISES = MEAN.wrong["floors"], MEAN.wrong["no-numbers"]


@pytest.fixture
def ex(tmp_path: Path) -> Exercise:
    return Exercise(MEAN, Progress(tmp_path, Clock(0.0)))


def right(numbers):
    return sum(numbers) / len(numbers) if numbers else None


# hint


def test_before_any_check_a_hint_says_to_check(ex: Exercise) -> None:
    assert "first await ex.check" in ex.hint()


async def test_hints_climb_question_principle_near_code_and_then_point_to_the_solution(ex) -> None:
    await ex.check(FLOORS)
    rungs = MEAN.hints["floors"]
    assert [ex.hint() for _ in range(3)] == [
        f"99.1, hint {n} of 3: {r}" for n, r in enumerate(rungs, 1)
    ]
    assert 'lab.exercise("99.1").solution()' in ex.hint()
    assert 'lab.exercise("99.1").solution()' in ex.hint()


async def test_a_new_finding_starts_at_the_question_and_the_same_one_goes_on(ex) -> None:
    await ex.check(FLOORS)
    ex.hint()
    await ex.check(FLOORS)
    assert ex.hint().startswith("99.1, hint 2 of 3")
    await ex.check(RAISES)
    assert ex.hint() == f"99.1, hint 1 of 3: {MEAN.hints['no-numbers'][0]}"
    await ex.check(FLOORS)
    assert ex.hint().startswith("99.1, hint 1 of 3")


async def test_a_general_finding_has_hints_too(ex) -> None:
    await ex.check(None)
    assert ex.hint().startswith("99.1, hint 1 of 3: What is the difference")


async def test_without_a_try_the_hint_is_the_task(ex) -> None:
    await ex.check(MEAN.starter)
    assert ex.hint().startswith("99.1, nothing is written yet")
    assert ex.hint().endswith(MEAN.task)


async def test_a_correct_answer_needs_no_hint(ex) -> None:
    await ex.check(right)
    assert "nothing to hint at" in ex.hint()


# settle


async def test_a_correct_function_is_kept(ex, capsys) -> None:
    await ex.check(right)
    assert ex.settle(right) is right
    assert capsys.readouterr().out == "99.1: going on with your function\n"


@pytest.mark.parametrize("theirs", [MEAN.starter, FLOORS, right, MEAN.solution, None, 3])
async def test_anything_not_found_correct_is_replaced_by_the_reference(ex, capsys, theirs) -> None:
    if theirs is not right:  # That one would be correct, but nobody has checked it.
        await ex.check(theirs)
    if theirs is not MEAN.solution:
        assert ex.settle(theirs) is MEAN.solution
        assert "going on with the reference" in capsys.readouterr().out


async def test_an_async_answer_is_replaced_where_the_cells_below_dont_await_it(ex, capsys) -> None:
    async def patient(numbers):
        return right(numbers)

    assert (await ex.check(patient)).correct
    assert ex.settle(patient) is MEAN.solution
    assert "Write def" in capsys.readouterr().out


async def test_an_async_answer_is_kept_where_one_is_asked_for(tmp_path) -> None:
    async def alike(first, second):
        return await BOTH.solution(first, second)

    ex = Exercise(BOTH, Progress(tmp_path))
    assert (await ex.check(alike)).correct
    assert ex.settle(alike) is alike


async def test_a_copy_of_a_correct_function_was_not_checked(ex) -> None:
    await ex.check(right)
    assert ex.settle(lambda numbers: right(numbers)) is MEAN.solution
    assert ex.settle(right) is right


async def test_a_function_that_turned_wrong_is_no_longer_kept(ex) -> None:
    broken = threading.Event()

    def moody(numbers):
        return 0.0 if broken.is_set() else right(numbers)

    await ex.check(moody)
    broken.set()
    await ex.check(moody)
    assert ex.settle(moody) is MEAN.solution


async def test_a_cell_run_twice_settles_on_the_same(ex) -> None:
    await ex.check(MEAN.starter)
    once = ex.settle(MEAN.starter)
    assert ex.settle(once) is once is MEAN.solution


async def test_the_reference_passes_its_check_and_counts_for_nobody(tmp_path, capsys) -> None:
    progress = Progress(tmp_path, Clock(0.0))
    ex = Exercise(MEAN, progress)
    settled = ex.settle(MEAN.starter)
    assert (await ex.check(settled)).correct
    assert progress.exercise(MEAN.id).state != "correct"
    capsys.readouterr()
    ex.settle(settled)
    assert "the reference" in capsys.readouterr().out


# solution


async def test_the_solution_opens_after_three_real_tries(ex) -> None:
    for tries in range(TRIES_BEFORE_SOLUTION):
        assert f"there were {tries} so far" in ex.solution()
        await ex.check(MEAN.starter)  # Not a try.
        await ex.check(FLOORS)
    assert ex.solution().startswith("def mean(")


def test_giving_up_opens_it_at_once(ex: Exercise) -> None:
    assert ex.solution(give_up=True).splitlines()[-1] == "    return sum(numbers) / len(numbers)"


async def test_who_was_correct_may_compare(ex) -> None:
    await ex.check(right)
    assert ex.solution().startswith("def mean(")


@pytest.mark.parametrize("bad", ["yes", 1, None])
def test_give_up_is_true_or_false(ex: Exercise, bad: object) -> None:
    with pytest.raises(UsageError, match="give_up is True or False"):
        ex.solution(give_up=bad)


# check and its surroundings


def test_a_check_that_is_not_awaited_says_so(ex: Exercise) -> None:
    assert "await ex.check(" in repr(ex.check(right))
    assert "await ex.watch(" in repr(ex.watch(right))


def test_an_exercise_shows_what_it_asks_for(ex: Exercise) -> None:
    assert repr(ex) == f"exercise 99.1, the mean\n{MEAN.task}"


async def test_tries_and_findings_are_counted_across_kernels(tmp_path: Path) -> None:
    for kernel in range(2):
        ex = Exercise(MEAN, Progress(tmp_path), Attempts())
        await ex.check(FLOORS)
        assert Progress(tmp_path).exercise("99.1").tries == kernel + 1
    assert Progress(tmp_path).exercise("99.1").finding == "floors"


async def test_a_check_still_answers_where_progress_cannot_be_kept(tmp_path: Path, capsys) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    ex = Exercise(MEAN, Progress(blocked / "home"))
    assert (await ex.check(right)).correct
    assert (await ex.check(FLOORS)).code == "floors"
    assert capsys.readouterr().out.count("lasts until the kernel stops") == 1


async def test_two_checks_at_once_keep_their_prints_apart(ex) -> None:
    barrier = threading.Barrier(2)

    def chatty(word):
        def mean(numbers):
            print(word)
            if numbers:
                barrier.wait()
            return right(numbers)

        return mean

    one, two = await asyncio.gather(ex.check(chatty("one")), ex.check(chatty("two")))
    assert (one.printed, two.printed) == ("one\none\n", "two\ntwo\n")


async def test_a_task_group_is_cancelled_as_usual(ex) -> None:
    began = asyncio.Event()
    loop = asyncio.get_running_loop()

    def spin(numbers):
        loop.call_soon_threadsafe(began.set)
        while True:
            pass

    checking = asyncio.create_task(ex.check(spin))
    await began.wait()
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert (await ex.check(right)).correct


# the function `exercise`


def settings_in(folder: Path) -> Settings:
    return Settings(home=folder, cache=folder)


async def test_the_cell_that_makes_the_exercise_can_run_again(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = exercise("01.1", settings=settings)
    await first.check(None)
    first.hint()
    again = exercise("01.1", settings=settings)
    assert again.hint().startswith("01.1, hint 2 of 3")
    other = exercise("01.1", settings=settings_in(tmp_path / "other"))
    assert other.hint().startswith("01.1, a hint")


def test_without_settings_the_environment_says_where(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    asyncio.run(exercise("01.1").check(None))
    assert (tmp_path / "progress.json").exists()
    assert progress_for(None) is progress_for(settings_in(tmp_path))


@pytest.mark.parametrize("bad", ["", "01", "nope", None, 1, object()])
def test_an_unknown_id_is_a_usage_error(tmp_path: Path, bad: object) -> None:
    with pytest.raises(UsageError):
        exercise(bad, settings=settings_in(tmp_path))


@pytest.mark.parametrize("bad", ["", {}, Path()])
def test_settings_of_another_kind_are_a_usage_error(bad: object) -> None:
    with pytest.raises(LabkitError, match=r"labkit\.settings\.Settings"):
        exercise("01.1", settings=bad)


# in a script and in a kernel

SETTING = f"""
import asyncio, signal, sys, threading
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from labkit.course import Exercise, Progress

spec = spec_from_file_location("sample_lesson", {SAMPLE_FILE!r})
sample = sys.modules["sample_lesson"] = module_from_spec(spec)
spec.loader.exec_module(sample)
patient = replace(sample.MEAN, limit_s=600)  # Only an interrupt ends a check in time.

def spin(numbers):
    print("captured")
    signal.raise_signal(signal.SIGINT)  # As if Ctrl-C were pressed now.
    while True:
        pass

def left():
    return [t.name for t in threading.enumerate() if t.name == "labkit-check"]
"""


def test_a_script_checks_with_asyncio_run_and_ctrl_c_stops_the_submission(tmp_path: Path) -> None:
    script = SETTING + textwrap.dedent(
        """
        ex = Exercise(patient, Progress(Path(sys.argv[1])))
        assert asyncio.run(ex.check(sample.mean)).correct
        try:
            asyncio.run(ex.check(spin))
        except KeyboardInterrupt:
            print("stopped", left())
        """
    )
    command = [sys.executable, "-W", "error", "-c", script, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("stopped []\n", "", 0)


def test_in_a_kernel_an_interrupted_cell_stops_the_submission(tmp_path: Path) -> None:
    manager, client = start_new_kernel(startup_timeout=60)
    try:
        home = f"ex = Exercise(patient, Progress(Path({str(tmp_path)!r})))"
        assert run(client, SETTING + home) == []
        assert run(client, "await ex.check(sample.mean)") == ["● 99.1 correct"]
        assert run(client, "await ex.check(spin)") == ["CancelledError"]
        assert run(client, "left()") == ["[]"]
        assert run(client, "print('mine')") == ["mine\n"]
        assert run(client, "ex.check(sample.mean)")[0].startswith("Nothing has run yet")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def run(client, code: str) -> list[str]:
    """Run a cell and return what it shows."""
    shown: list[str] = []

    def show(message) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            shown.append(content["text"])
        elif message["msg_type"] == "execute_result":
            shown.append(content["data"]["text/plain"])
        elif message["msg_type"] == "error":
            shown.append(content["ename"])

    client.execute_interactive(code, output_hook=show, timeout=60)
    return shown
