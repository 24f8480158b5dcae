"""The slow vision model, and the process that it works in."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from labkit.errors import ServiceError, UsageError
from labkit.vision import SIDE, THRESHOLD, Verdict, VisionWorker, look, picture

KINDS = ("scratch", "dent", "crack", "stain")


def test_one_number_is_one_picture_and_another_number_another():
    assert np.array_equal(picture(17), picture(17))
    assert not np.array_equal(picture(17), picture(18))
    assert not np.array_equal(picture(17), picture(17, "scratch"))
    assert picture(17).min() >= 0
    assert picture(17).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_seen_where_it_is(kind):
    sound, faulty = picture(2), picture(2, kind)
    verdict = look(faulty)
    assert verdict.defective
    darker = (sound - faulty)[
        max(0, verdict.row - 12) : verdict.row + 12,
        max(0, verdict.column - 12) : verdict.column + 12,
    ]
    assert darker.max() > 0.02


def test_sound_parts_pass_and_faulty_ones_do_not():
    assert not any(look(picture(number)).defective for number in range(1, 4))
    found = [look(picture(number, "scratch")).score for number in (1, 5)]
    assert all(score >= THRESHOLD for score in found)
    assert len(set(found)) > 1  # Some faults are fainter.


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "7"])
def test_no_number_no_picture(number):
    with pytest.raises(UsageError, match="inspection_id"):
        picture(number)


def test_only_faults_that_there_are_and_pictures_of_the_right_shape():
    with pytest.raises(UsageError, match="scratch"):
        picture(1, "hole")
    for wrong in (np.zeros((3, 3)), [[0.0]], None):
        with pytest.raises(UsageError, match=str(SIDE)):
            look(wrong)


def test_the_worker_says_what_the_model_says_and_starts_once():
    with VisionWorker() as worker:
        assert worker.started == 0
        assert worker.judge(3, "dent") == look(picture(3, "dent"))
        assert isinstance(worker.judge(3), Verdict)
        assert worker.started == 1
    assert repr(worker) == "<VisionWorker not started>"


def test_a_wrong_question_is_refused_and_the_process_goes_on():
    with VisionWorker() as worker:
        with pytest.raises(UsageError, match="inspection_id"):
            worker.judge(0)
        assert worker.judge(1).score == look(picture(1)).score
        assert worker.started == 1


def test_a_lost_process_is_said_and_the_next_question_starts_another():
    with VisionWorker() as worker:
        worker.judge(1)
        worker._process.kill()
        worker._process.wait()
        worker.judge(1)
        assert worker.started == 2


def test_a_process_that_ends_in_the_middle_is_said():
    with VisionWorker() as worker:
        worker.judge(1)
        worker._process.stdin.close()  # It reads the end of its questions, and ends.
        with pytest.raises(ServiceError, match="ask again"):
            worker.judge(1)
        worker.judge(1)


def test_a_question_that_was_interrupted_leaves_no_answer_for_the_next_one(monkeypatch):
    with VisionWorker() as worker:
        worker.judge(1)
        answers = worker._process.stdout

        class Interrupted:  # Ctrl-C while the answer is on its way.
            def readline(self):
                monkeypatch.setattr(worker._process, "stdout", answers)
                raise KeyboardInterrupt

        monkeypatch.setattr(worker._process, "stdout", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            worker.judge(5, "scratch")
        assert worker.judge(3) == look(picture(3)) != look(picture(5, "scratch"))
        assert worker.started == 2


def test_questions_from_several_threads_get_their_own_answers():
    with VisionWorker() as worker:
        found = {}

        def ask(number):
            found[number] = worker.judge(number, "scratch")

        threads = [threading.Thread(target=ask, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {number: look(picture(number, "scratch")) for number in (1, 2)}


SCRIPT = """
print("imported")
from labkit.vision import VisionWorker
worker = VisionWorker()
print(worker.judge(1).defective)
print(worker._process.pid)
"""


def test_a_script_without_a_guard_runs_once_and_takes_the_process_with_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=120
    )
    imported, defective, pid = done.stdout.split()
    assert (imported, defective) == ("imported", "False")
    if os.name == "posix":
        with VisionWorker() as worker:  # By the time that another one has answered, it's gone.
            worker.judge(1)
        asked = ["ps", "-o", "stat=", "-p", pid]
        state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        assert state[:1] in ("", "Z")  # Gone, or dead and not yet buried by who inherits it.


@pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
def test_an_interrupt_of_the_group_leaves_the_process_alone():
    with VisionWorker() as worker:
        worker.judge(1)
        assert os.getpgid(worker._process.pid) != os.getpgid(0)
        os.kill(worker._process.pid, signal.SIGTERM)
        worker._process.wait()
        worker.judge(1)
        assert worker.started == 2
