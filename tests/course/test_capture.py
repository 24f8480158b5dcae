"""What a submission prints reaches its finding and no cell, whichever thread prints it."""

import asyncio
import sys
import threading

import pytest

from labkit.course.capture import MAX_KEPT, Switch, captured


def in_thread(work) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_prints_inside_are_kept_and_outside_go_through(capsys: pytest.CaptureFixture[str]) -> None:
    print("before")
    with captured() as capture:
        print("inside")
        print("problem", file=sys.stderr)
        sys.stdout.writelines(["two", " words\n"])
    print("after")
    assert capture.text == "inside\nproblem\ntwo words\n"
    assert capsys.readouterr() == ("before\nafter\n", "")


def test_the_streams_are_put_back() -> None:
    before = sys.stdout, sys.stderr
    with captured():
        assert isinstance(sys.stdout, Switch)
        assert sys.stdout.encoding == before[0].encoding
    assert (sys.stdout, sys.stderr) == before


def test_another_thread_that_was_there_before_is_left_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    may_print = threading.Event()

    def elder() -> None:
        may_print.wait()
        print("elder")

    thread = in_thread(elder)
    with captured() as capture:
        may_print.set()
        thread.join()
    assert capture.text == ""
    assert capsys.readouterr().out == "elder\n"


def test_threads_and_tasks_that_the_submission_starts_are_captured() -> None:
    async def task() -> None:
        print("task")
        await asyncio.to_thread(print, "to_thread")

    with captured() as capture:
        in_thread(lambda: print("thread")).join()
        asyncio.run(task())
    assert capture.text == "thread\ntask\nto_thread\n"


def test_a_thread_left_behind_stays_captured_after_the_block(
    capsys: pytest.CaptureFixture[str],
) -> None:
    may_print = threading.Event()

    def straggler() -> None:
        may_print.wait()
        print("late")

    with captured() as first:
        thread = in_thread(straggler)
    assert isinstance(sys.stdout, Switch)
    print("mine")
    may_print.set()
    thread.join()
    with captured():
        pass
    assert first.text == "late\n"
    assert capsys.readouterr().out == "mine\n"
    assert not isinstance(sys.stdout, Switch)


def test_two_at_once_get_their_own_prints() -> None:
    texts = {}
    barrier = threading.Barrier(2)

    def check(name: str) -> None:
        with captured() as capture:
            barrier.wait()
            print(name)
            barrier.wait()
        texts[name] = capture.text

    threads = [in_thread(lambda n=name: check(n)) for name in ("one", "two")]
    for thread in threads:
        thread.join()
    assert texts == {"one": "one\n", "two": "two\n"}
    assert not isinstance(sys.stdout, Switch)


def test_a_flood_is_cut_while_it_comes() -> None:
    with captured() as capture:
        for _ in range(100):
            print("x" * 1000)
    assert len(capture.text) == MAX_KEPT
