"""A backend of your own in this very process: made, used, replaced, and gone without a trace."""

import gc
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import pytest

import labkit
from labkit import backend, course
from labkit.database import seeded_database
from labkit.errors import LabkitError, ServiceError, StorageError, UsageError
from labkit.lab import Lab, lessons, sigterm
from labkit.settings import Settings
from labkit.tokens import KeyRing

ROOT = Path(__file__).parents[1]
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The database with its rows, made once for all tests here."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch, cache):
    """The system's temporary folder and LABKIT_HOME, for this test alone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").symlink_to(cache)
    for name in ("LABKIT_PROFILE", "DATABASE_URL", "JUPYTERHUB_SERVICE_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def one():
    with Lab() as running:
        yield running


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# --- a lab ------------------------------------------------------------


def test_a_lab_answers_with_the_data_of_who_asks(one):
    def plants(user):
        token = one.token(user)
        lines = one.inspections.get("/lines", token=token).json()["items"]
        return {line["plant_id"] for line in lines}

    assert plants("quality-lead") == {"plant-a", "plant-b"}
    assert plants("operator-a") == {"plant-a"}
    assert plants("operator-b") == {"plant-b"}


def test_a_lab_is_a_room_for_the_checks_of_the_course(one):
    room: course.Room = one
    assert list(room.urls) == ["issuer", "inspections"]
    one.issuer.get("/health")
    assert [(r.service, r.method, r.path, r.status) for r in room.requests] == [
        ("issuer", "GET", "/health", 200)
    ]
    assert room.token("operator-a", audience="inspections", scope="inspections:read")


def test_the_public_keys_can_be_had(one):
    (key,) = one.jwk_set()["keys"]
    assert key["kty"] == "RSA"
    assert "d" not in key


def test_the_log_names_the_service_and_the_reason(one):
    assert one.log() == ""
    one.inspections.get("/lines", token="bm90.YQ.dG9rZW4")
    (line,) = one.log().splitlines()
    assert line.startswith("[inspections] WARNING labkit.security: refused with 401")


def test_the_logs_can_be_read_for_one_request(one):
    refused = one.inspections.get("/lines", token="bm90.YQ.dG9rZW4").json()["request_id"]
    one.inspections.get("/lines", token="bm90.YQ.dG9rZW4")
    assert len(one.log().splitlines()) == 2
    assert len(one.log(refused).splitlines()) == 1
    (line,) = one.access_log(refused).splitlines()
    assert line.startswith('[inspections] {"request_id": "' + refused)
    assert len(one.access_log().splitlines()) == 2


def test_a_lab_answers_to_the_names_that_its_browser_may_use(one):
    """A page elsewhere can't reach it by having its own name lead here; a hub's proxy can."""
    asked = {"headers": {"Host": "evil.test"}}
    assert one.inspections.get("/health", **asked).status_code == 400
    for changes in ({"hub_prefix": "/user/ann/"}, {"hosts": ("evil.test",)}):
        with Lab(settings=replace(Settings.from_environment(), **changes)) as other:
            for client in (other.issuer, other.inspections):
                assert client.get("/health", **asked).status_code == 200


def test_labs_are_independent(one):
    with Lab() as other:
        assert set(one.urls.values()).isdisjoint(other.urls.values())
        stranger = one.inspections.get("/lines", token=other.token())
        assert stranger.status_code == 401
    assert one.inspections.get("/lines", token=one.token()).status_code == 200


def test_a_given_database_is_named_and_used(cache, tmp_path, place):
    path = seeded_database(cache, tmp_path / "mine.sqlite")
    with Lab(database_url=f"sqlite:///{path.as_posix()}", name="mine") as mine:
        assert names(place) == []
        assert mine.inspections.get("/lines", token=mine.token()).status_code == 200
        assert repr(mine).startswith("lab mine: SQLite, pool of 4")
    assert path.exists()


def test_a_database_of_the_environment_is_used(cache, tmp_path, place, monkeypatch):
    path = seeded_database(cache, tmp_path / "mine.sqlite")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path.as_posix()}")
    with Lab():
        assert names(place) == []


# --- stop ------------------------------------------------------------


def test_after_stop_everything_says_how_to_go_on(place):
    one = Lab()
    one.stop()
    one.stop()
    calls = (
        one.token, one.jwk_set, one.agent, one.audit, one.trace,
        lambda: one.ask("Which lines are there?"), lambda: one.inspections.get("/lines"),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(ServiceError, match=r"this lab was stopped; run lab = labkit\.start"):
            call()
    assert not one.running
    assert repr(one) == "lab: stopped"
    assert one._repr_html_() == "<p>lab: stopped</p>"
    assert names(place) == []


def test_leaving_the_block_stops_also_on_an_error(place):
    with pytest.raises(ZeroDivisionError), Lab() as one:
        raise ZeroDivisionError
    assert not one.running
    assert names(place) == []


def test_a_lab_that_nothing_refers_to_stops(place):
    one = Lab()
    client = one.issuer
    del one
    gc.collect()
    with pytest.raises(ServiceError, match="stopped"):
        client.get("/health")
    assert names(place) == []


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are counted in /proc")
def test_a_hundred_labs_leave_what_five_left(place, monkeypatch):
    ring = KeyRing.generate()  # A key is memory alone, and most of the time of a start.
    monkeypatch.setattr(KeyRing, "generate", lambda clock: ring)
    known = set(threading.enumerate())

    def left():
        gc.collect()
        for thread in set(threading.enumerate()) - known:
            thread.join(30)  # One that is ending may end.
        return set(threading.enumerate()) - known, descriptors(), names(place)

    for cycle in range(1, 101):
        with Lab() as one:
            assert one.inspections.get("/lines", token=one.token()).status_code == 200
        if cycle == 5:
            after_five = left()
    assert left() == after_five
    assert after_five[0] == set()
    assert after_five[2] == []


# --- start ------------------------------------------------------------


@pytest.fixture
def start():
    yield labkit.start
    for running in lessons._lessons.values():
        running.stop()
    lessons._lessons.clear()


def test_start_says_one_line_and_returns_a_running_lab(start, capsys):
    started = start("01")
    assert capsys.readouterr().out == ("lab 01 ready: issuer, inspections (SQLite, pool of 4)\n")
    assert started.running


def test_a_lesson_leaves_the_users_database_and_model_alone_and_says_so(
    start, capsys, monkeypatch, tmp_path
):
    theirs = tmp_path / "theirs.sqlite"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{theirs.as_posix()}")
    monkeypatch.setenv("LABKIT_AUDIT_DATABASE_URL", f"sqlite:///{theirs.as_posix()}")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-theirs")
    answer = start("00").ask("Which line had the highest defect rate last week?")
    assert "A4" in answer.text
    assert not theirs.exists()
    said = capsys.readouterr().out
    assert "DATABASE_URL, LABKIT_AUDIT_DATABASE_URL, OPENAI_BASE_URL; `labkit.Lab()`" in said
    assert "sk-theirs" not in said


def test_a_second_start_of_a_lesson_replaces_the_first(start, place):
    first = start("01")
    second = start("01")
    assert (first.running, second.running) == (False, True)
    assert len(names(place)) == len({name.partition(".")[0] for name in names(place)}) * 3


def test_lessons_do_not_replace_each_other(start):
    assert start("01").running
    assert start("02").running
    assert all(one.running for one in lessons._lessons.values())


def test_start_alone_keeps_a_lab_running(start):
    client = start("01").issuer
    gc.collect()
    assert client.get("/health").status_code == 200


def test_a_start_that_fails_leaves_no_lab_and_the_next_one_works(start, monkeypatch):
    def no(cache, target):
        raise StorageError("full")

    first = start("01")
    with monkeypatch.context() as patch:
        patch.setattr(backend, "seeded_database", no)
        with pytest.raises(StorageError):
            start("01")
    assert not first.running
    assert lessons._lessons == {}
    assert start("01").running


@pytest.mark.parametrize("lesson", ["", "1", "99", None, 1, "signatures"])
def test_a_lesson_that_there_is_not_is_refused(start, lesson):
    with pytest.raises(UsageError, match="00 to 13"):
        start(lesson)


@pytest.mark.parametrize(
    "wrong",
    [
        {"settings": "local"},
        {"database_url": ""},
        {"database_url": 7},
        {"name": " "},
        {"name": 7},
        {"database_url": "nonsense"},
        {"database_url": "oracle://somewhere/x"},
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(wrong, place):
    with pytest.raises(LabkitError):
        Lab(**wrong)
    assert names(place) == []


def test_an_exposed_profile_is_refused(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "exposed")
    with pytest.raises(UsageError, match="unset LABKIT_PROFILE"):
        Lab()


def test_a_home_that_cannot_be_written_stops_nobody(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    settings = Settings(home=blocked / "home", cache=blocked / "home" / "cache")
    with Lab(settings=settings) as one:
        assert one.inspections.get("/lines", token=one.token()).status_code == 200


def test_a_working_folder_that_cannot_be_written_stops_nobody(tmp_path, monkeypatch):
    folder = Path("/proc") if Path("/proc/self").exists() else tmp_path / "locked"
    folder.mkdir(mode=0o500, exist_ok=True)
    monkeypatch.chdir(folder)
    before = names(folder) if folder != Path("/proc") else None
    with Lab() as one:
        assert one.inspections.get("/lines", token=one.token()).status_code == 200
    assert before is None or names(folder) == before


# --- the course's kit ------------------------------------------------------------


def test_exercises_predictions_and_progress_are_those_of_the_course(one, tmp_path):
    assert isinstance(one.exercise("01.1"), course.Exercise)
    guess = one.predict("01.flip", options=["yes", "no"], default="no", choice="yes")
    assert guess.own
    assert "exercises solved" in one.progress().text
    assert (tmp_path / "home" / "progress.json").exists()


def test_progress_marks_the_lesson_that_is_open():
    with Lab(name="01") as named, Lab(name="mine") as other:
        assert "<- here" in named.progress().text
        assert "<- here" not in other.progress().text


@pytest.mark.parametrize(
    "call",
    [
        lambda one: one.exercise("99.1"),
        lambda one: one.exercise(None),
        lambda one: one.predict("", options=[1, 2], default=1),
        lambda one: one.predict("01.flip", options=[1], default=1),
        lambda one: one.predict("01.flip", options=[1, 2], default=3),
        lambda one: one.token(""),
        lambda one: one.token("nobody"),
        lambda one: one.token(audience=None),
    ],
)
def test_bad_input_to_the_kit_is_an_error_of_labkit(one, call):
    with pytest.raises(LabkitError):
        call(one)


# --- how it shows itself ------------------------------------------------------------


def test_the_text_twin_is_the_same_on_every_run():
    with Lab(name="01") as first, Lab(name="01") as second:
        assert repr(first) == repr(second)
        assert not re.search(r"\d{4}|0x", repr(first))
        assert repr(first).splitlines() == [
            "lab 01: SQLite, pool of 4",
            "  issuer       says who is who, and signs it        .issuer.docs_url",
            "  inspections  the protected API over the database  .inspections.docs_url",
        ]


def test_the_table_links_to_the_documentation_of_each_service(one):
    drawn = one._repr_html_()
    for service in one.services.values():
        assert f'href="{service.docs_url}"' in drawn
        assert service.about in drawn
    assert "style" not in drawn


def test_in_a_hub_the_links_go_through_its_proxy(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ann/")
    with Lab() as one:
        port = one.issuer.url.rpartition(":")[2]
        assert f'href="/user/ann/proxy/{port}/docs"' in one._repr_html_()
        assert "127.0.0.1" not in one._repr_html_()


def test_a_name_is_escaped():
    with Lab(name="<script>alert(1)</script>") as one:
        assert "<script>" not in one._repr_html_()
    assert "<script>" not in one._repr_html_()


# --- busy cells, other processes ------------------------------------------------------------

ASK = """
import sys, httpx2
url, token = sys.argv[1:]
print(httpx2.get(url + "/lines", headers={"Authorization": "Bearer " + token}).status_code)
"""


def test_a_cell_that_blocks_does_not_stop_the_services(one):
    asking = subprocess.Popen(
        [sys.executable, "-c", ASK, one.inspections.url, one.token()],
        stdout=subprocess.PIPE,
        text=True,
    )
    while asking.poll() is None:  # The main thread computes all the while, and never waits.
        sum(range(1000))
    assert asking.communicate() == ("200\n", None)


def test_two_processes_have_labs_side_by_side(one, tmp_path):
    done = run_script("print(lab.inspections.get('/lines', token=lab.token()).status_code)")
    assert done.stdout == "200\n", done.stderr
    assert one.inspections.get("/lines", token=one.token()).status_code == 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
def test_a_forked_child_that_exits_normally_leaves_the_lab_alone(tmp_path):
    done = run_script(
        """
        if os.fork() == 0:
            sys.exit()  # Runs what was registered for the exit, in the copy.
        os.wait()
        print(lab.inspections.get('/lines', token=lab.token()).status_code)
        """
    )
    assert done.stdout == "200\n", done.stderr


# --- the end of the process ------------------------------------------------------------

HEAD = """
import os, signal, sys, threading, time
import labkit
lab = labkit.Lab()
"""


def run_script(tail, *, place=None):
    """Run a script that has a lab, in a temporary folder of its own."""
    folder = str(place or tempfile.tempdir)
    environment = {**os.environ, "TMPDIR": folder, "TEMP": folder, "TMP": folder}
    return subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(tail)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env=environment,
    )


@pytest.mark.parametrize(
    ("tail", "code", "error"),
    [
        ("", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("raise ValueError('my own')", 1, "ValueError: my own"),
        ("threading.Thread(target=lab.stop).start()", 0, ""),
        pytest.param(
            # A request first: anyio loads a module with the first one, and Python forgets that
            # it was interrupted when a module is loaded at exit.
            "lab.inspections.get('/lines', token=lab.token());"
            "os.kill(os.getpid(), signal.SIGINT); time.sleep(60)",
            -signal.SIGINT,
            "KeyboardInterrupt",
            marks=posix_only,
        ),
        pytest.param(
            "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
            -signal.SIGTERM,
            "",
            marks=posix_only,
        ),
    ],
)
def test_however_a_script_ends_nothing_is_left(place, tail, code, error):
    done = run_script(tail)
    assert done.returncode == code
    assert done.stdout == ""
    assert (error in done.stderr) if error else (done.stderr == "")
    assert names(place) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_what_a_killed_process_leaves_the_next_lab_deletes(place):
    assert run_script("os.kill(os.getpid(), signal.SIGKILL)").returncode == -signal.SIGKILL
    assert names(place) != []
    with Lab():
        pass
    assert names(place) == []


@posix_only
def test_a_sigterm_handler_of_somebody_else_stays():
    done = run_script(
        """
        def mine(number, frame):
            print("mine")
        lab.stop()
        signal.signal(signal.SIGTERM, mine)
        labkit.Lab().stop()
        os.kill(os.getpid(), signal.SIGTERM)
        """
    )
    assert (done.returncode, done.stdout) == (0, "mine\n")


def test_a_lab_in_another_thread_leaves_signals_alone(monkeypatch):
    set_handlers = []
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_DFL)
    monkeypatch.setattr(signal, "signal", lambda *args: set_handlers.append(args))
    thread = threading.Thread(target=lambda: Lab().stop())
    thread.start()
    thread.join(60)
    assert set_handlers == []


@posix_only
def test_sigterm_stops_every_lab_before_the_process_ends(monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_DFL)
    done = []
    monkeypatch.setattr(signal, "signal", lambda *args: done.append(args))
    monkeypatch.setattr(signal, "raise_signal", lambda number: done.append(number))
    with Lab() as first, Lab() as second:
        sigterm._on_sigterm(signal.SIGTERM, None)
        assert not first.running
        assert not second.running
    assert done[-2:] == [(signal.SIGTERM, signal.SIG_DFL), signal.SIGTERM]
