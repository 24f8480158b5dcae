"""One event loop for whatever has none: jobs end when their coroutine has ended."""

import asyncio
import contextlib
import contextvars
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from labkit import background
from labkit.background import BackgroundLoop
from labkit.errors import UsageError

ROOT = Path(__file__).parents[1]
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")


@pytest.fixture
def loop():
    """A loop of this test's own, so that stopping it disturbs nobody."""
    one = BackgroundLoop()
    yield one
    one.stop()


async def double(number):
    await asyncio.sleep(0)
    return 2 * number


class Endless:
    """A coroutine that waits for ever, and says when it began and ended."""

    def __init__(self):
        self.began, self.ended = threading.Event(), threading.Event()

    async def __call__(self):
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # Cleaning up takes a turn of the loop.
            self.ended.set()


# --- run and submit --------------------------------------------------------------------------


def test_run_returns_the_result(loop):
    assert loop.run(double(21)) == 42


async def test_run_works_inside_a_running_loop(loop):
    assert loop.run(double(21)) == 42


def test_submit_returns_a_future_at_once(loop):
    go_on = threading.Event()

    async def waits():
        await asyncio.to_thread(go_on.wait)
        return "done"

    job = loop.submit(waits())
    assert not job.done()
    go_on.set()
    assert job.result(timeout=30) == "done"


def test_all_jobs_share_one_loop_and_thread(loop):
    async def where():
        return asyncio.get_running_loop(), threading.current_thread().name

    assert loop.run(where()) == loop.run(where())
    assert loop.run(where())[1] == "labkit-background"


def test_an_exception_arrives_in_the_caller(loop):
    async def fails():
        raise ZeroDivisionError("seven over nothing")

    with pytest.raises(ZeroDivisionError, match="seven over nothing"):
        loop.run(fails())
    assert isinstance(loop.submit(fails()).exception(timeout=30), ZeroDivisionError)


def test_context_variables_of_the_caller_are_copied(loop):
    trace = contextvars.ContextVar("trace", default="none")
    trace.set("abc")

    async def read():
        before = trace.get()
        trace.set("changed")
        return before

    assert loop.run(read()) == "abc"
    assert trace.get() == "abc"


@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt])
def test_an_exit_inside_a_job_ends_that_job_only(loop, stop):
    async def leaves():
        raise stop("enough")

    other = Endless()
    job = loop.submit(other())
    with pytest.raises(stop, match="enough"):
        loop.run(leaves())
    assert loop.run(double(1)) == 2
    assert not job.done()


@pytest.mark.parametrize("wrong", [None, "", double, 7, lambda: None])
@pytest.mark.parametrize("how", ["run", "submit"])
def test_what_is_no_coroutine_is_refused(loop, wrong, how):
    with pytest.raises(UsageError, match="coroutine"):
        getattr(loop, how)(wrong)


@pytest.mark.parametrize("make", [lambda: double(1), lambda: None])
def test_run_on_the_loop_itself_is_refused_instead_of_hanging(loop, make):
    async def recursive():
        loop.run(make())

    with pytest.raises(UsageError, match=r"use `await`, such as `await agent\.run"):
        loop.run(recursive())


# --- cancel ----------------------------------------------------------------------------------


def test_a_cancelled_job_is_done_when_its_coroutine_has_ended(loop):
    endless = Endless()
    job = loop.submit(endless())
    assert endless.began.wait(30)
    assert job.cancel()
    with pytest.raises(CancelledError):
        job.result(timeout=30)
    assert endless.ended.is_set()
    assert not job.cancel()


def test_a_job_cancelled_before_its_first_step_never_begins(loop):
    endless = Endless()
    busy, go_on = threading.Event(), threading.Event()

    async def blocks():
        busy.set()
        go_on.wait()

    blocker = loop.submit(blocks())
    assert busy.wait(30)
    job = loop.submit(endless())
    job.cancel()
    go_on.set()
    job.wait()
    blocker.result(timeout=30)
    assert job.cancelled()
    assert not endless.began.is_set()


def test_a_job_may_finish_in_spite_of_being_cancelled(loop):
    began = threading.Event()

    async def stubborn():
        began.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "finished all the same"

    job = loop.submit(stubborn())
    assert began.wait(30)
    job.cancel()
    assert job.result(timeout=30) == "finished all the same"


def test_waiting_in_slices_sees_the_end_too(loop, monkeypatch):
    monkeypatch.setattr(background, "WAIT_SLICE_S", 0)

    async def many_turns():
        for _ in range(1000):
            await asyncio.sleep(0)
        return "done"

    assert loop.run(many_turns()) == "done"


@posix_only
def test_ctrl_c_cancels_the_job_and_waits_for_its_end(loop):
    endless = Endless()

    def interrupt():
        endless.began.wait(30)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    pressing = threading.Thread(target=interrupt)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        loop.run(endless())
    assert endless.ended.is_set()
    assert loop.run(double(1)) == 2
    pressing.join(30)


@pytest.mark.parametrize("when", ["before the job is accepted", "after it is accepted"])
def test_an_interrupt_before_the_waiting_leaves_no_job_behind(loop, monkeypatch, when):
    endless, accept = Endless(), loop._accept

    def interrupted(job):
        if when.startswith("after"):
            accept(job)
            assert endless.began.wait(30)
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "_accept", interrupted)
    with pytest.raises(KeyboardInterrupt):
        loop.run(endless())
    assert endless.ended.is_set() == endless.began.is_set() == when.startswith("after")
    monkeypatch.undo()
    assert loop.run(double(1)) == 2


def test_a_job_that_never_began_can_be_cancelled_twice(loop):
    job = loop._job(double(1))
    job.cancel()
    job.cancel()
    job.wait()
    assert loop.run(double(1)) == 2
    assert job.cancelled()
    assert list(loop.log) == []


# --- one per process, until exit ---------------------------------------------------------------


def test_the_process_has_one_shared_loop():
    assert BackgroundLoop.shared() is BackgroundLoop.shared()
    assert repr(BackgroundLoop.shared()) == "<BackgroundLoop: running>"


def test_threads_that_ask_first_at_once_get_the_same_one(monkeypatch):
    monkeypatch.setattr(BackgroundLoop, "_shared", None)
    got = []
    together = threading.Barrier(8)

    def ask():
        together.wait(30)
        got.append(BackgroundLoop.shared())

    asking = [threading.Thread(target=ask) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(30)
    assert len(set(got)) == 1
    got[0].stop()


def test_a_stopped_loop_takes_no_job_and_is_replaced(monkeypatch):
    monkeypatch.setattr(BackgroundLoop, "_shared", None)
    first = BackgroundLoop.shared()
    first.stop()
    first.stop()
    with pytest.raises(UsageError, match="stopped"):
        first.run(double(1))
    assert repr(first) == "<BackgroundLoop: stopped>"
    second = BackgroundLoop.shared()
    assert second.run(double(1)) == 2
    second.stop()


def test_stop_cancels_the_jobs_and_waits_for_their_end(loop):
    endless = Endless()
    job = loop.submit(endless())
    assert endless.began.wait(30)
    loop.stop()
    assert endless.ended.is_set()
    assert job.cancelled()
    assert job.cancel() is False


def test_a_failure_that_nobody_waits_for_is_findable_and_not_printed(loop, capfd):
    async def fails():
        raise ZeroDivisionError("unheard")

    async def leaves_a_task():
        task = asyncio.create_task(fails())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task

    loop.run(leaves_a_task())
    loop.run(double(1))
    assert "unheard" in "\n".join(loop.log)
    assert capfd.readouterr() == ("", "")


def test_messages_without_an_exception_are_kept_too(loop):
    loop._note(None, {"message": "slow callback"})
    assert list(loop.log) == ["slow callback"]


def test_an_exit_in_a_stray_task_ends_the_loop_and_every_job_with_it(loop, capfd):
    async def leaves():
        raise SystemExit("stray")

    async def leaves_a_task():
        task = asyncio.create_task(leaves())
        await asyncio.Event().wait()
        del task

    with pytest.raises(CancelledError):
        loop.run(leaves_a_task())
    loop._thread.join(30)
    assert not loop.alive
    assert "stray" in "\n".join(loop.log)
    assert capfd.readouterr() == ("", "")


def _child_uses_the_loop(results):
    results.put((BackgroundLoop.shared().run(double(21)), BackgroundLoop.shared().alive))


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system can't fork"
)
def test_a_forked_child_gets_a_loop_of_its_own():
    parent = BackgroundLoop.shared()
    parent.run(double(1))
    fork = multiprocessing.get_context("fork")
    results = fork.SimpleQueue()
    child = fork.Process(target=_child_uses_the_loop, args=(results,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert results.get() == (42, True)
    assert parent.run(double(1)) == 2
    results.close()


def test_the_copy_in_a_fork_leaves_the_thread_of_its_parent_alone(loop, monkeypatch):
    monkeypatch.setattr(loop, "_pid", -1)
    loop.stop()
    monkeypatch.undo()
    assert loop.run(double(1)) == 2


HEAD = """
import asyncio, os, signal, sys, threading, time
from labkit.background import BackgroundLoop

began = threading.Event()
async def endless():
    began.set()
    try:
        await asyncio.Event().wait()
    finally:
        print("cleaned up", flush=True)
BackgroundLoop.shared().submit(endless())
began.wait()
"""


@pytest.mark.parametrize(
    ("tail", "code"), [("", 0), ("sys.exit(3)", 3), ("raise ValueError('my own')", 1)]
)
def test_the_end_of_a_script_lets_jobs_clean_up(tail, code):
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", HEAD + textwrap.dedent(tail)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout) == (code, "cleaned up\n")
    assert "labkit" not in done.stderr
