"""The command line: one line for bad input, the right exit code, and services that really run."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from labkit import cli, doctor
from labkit.backend import Backend
from labkit.cli import main
from labkit.course import STOPS, Outcome
from labkit.course.lessons import all_tasks
from labkit.course.record import progress_for
from labkit.doctor import Verdict
from labkit.instruments import raw_request
from labkit.lab import Lab
from labkit.pictures.palette import GOOD
from labkit.server import bind
from labkit.services.grants import LOCAL_SIGN_IN
from labkit.settings import Settings

ROOT = Path(__file__).parents[1]
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
LOCAL = ["--issuer", "http://127.0.0.1:9"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("LABKIT_PROFILE", "DATABASE_URL", "LABKIT_ISSUER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path / "home"))
    return tmp_path


def refused(arguments, capsys):
    """Run a command that must fail; return its exit code and its one line."""
    try:
        code = main(arguments)
    except SystemExit as leaving:  # argparse leaves by itself.
        code = leaving.code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("labkit")
    assert err.count("\n") == 1
    return code, err


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "COMMAND"),
        ([""], "invalid choice"),
        (["frob"], "'serve', 'keys', 'token', 'ask', 'progress', 'doctor'"),
        (["serve"], "service"),
        (["serve", "payroll"], "payroll"),
        (["serve", "issuer", "--port", "x"], "no number from 0 to 65535"),
        (["serve", "issuer", "--port", "65536"], "no number"),
        (["serve", "issuer", "--port", "-1"], "--port"),
        (["serve", "issuer", "--port", "٣"], "no number"),
        (["serve", "issuer", "--workers", "0"], "no number from 1"),
        (["serve", "issuer", "--profile", "public"], "public"),
        (["serve", "issuer", "--host", ""], "127.0.0.1"),
        (["serve", "issuer", "--host", "0.0.0.0"], "127.0.0.1"),
        (["serve", "all", "--host", "::1"], "leave --host out"),
        (["serve", "issuer", "--workers", "2"], "leave --workers out"),
        (["serve", "all", "--port", "65535"], "port"),
        (["serve", "inspections"], "--issuer"),
        (["serve", "search"], "--issuer"),
        (["serve", "inspections", *LOCAL], "--database-url"),
        (["serve", "inspections", *LOCAL, "--database-url", ""], "database URL"),
        (["serve", "inspections", *LOCAL, "--database-url", "x"], "database URL"),
        (["token"], "--issuer"),
        (["token", "--issuer", ""], "http://"),
        (["token", "--issuer", "x"], "http://"),
        (["token", *LOCAL, "--user", ""], "user"),
        (["token", "--user"], "--user"),
        (["progress", "x"], "x"),
        (["doctor", "--all"], "--all"),
        (["--vers"], "COMMAND"),
        (["ask", "hello", "--jsn"], "ask: unrecognized arguments: --jsn; see labkit ask --help"),
        (["keys", "list", "--kid"], "see labkit keys list --help"),
    ],
)
def test_bad_input_gets_one_line_and_code_2(arguments, says, capsys):
    code, line = refused(arguments, capsys)
    assert code == 2
    assert says in line


@pytest.mark.parametrize("service", ["issuer", "inspections", "search", "model", "all"])
@pytest.mark.parametrize("how", ["flag", "variable"])
def test_the_exposed_profile_is_refused_as_a_whole(service, how, capsys, monkeypatch):
    if how == "variable":
        monkeypatch.setenv("LABKIT_PROFILE", "exposed")
    flag = ["--profile", "exposed"] if how == "flag" else []
    code, line = refused(["serve", service, *flag], capsys)
    assert code == 2
    assert "TLS or a declared proxy" in line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["token", *LOCAL], "didn't answer"),
        (["serve", "inspections", *LOCAL, "--database-url", "sqlite:////no/such/x.sqlite"], "open"),
    ],
)
def test_what_fails_for_another_reason_gets_one_line_and_code_1(arguments, says, capsys):
    code, line = refused(arguments, capsys)
    assert code == 1
    assert says in line


def test_a_taken_port_is_one_line(capsys):
    with bind("test", "127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        code, line = refused(["serve", "issuer", "--port", port], capsys)
    assert code == 1
    assert f"port {port}" in line


def test_a_variable_that_cannot_be_used_is_named(capsys, monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "public")
    code, line = refused(["serve", "issuer"], capsys)
    assert (code, "LABKIT_PROFILE" in line) == (2, True)


@pytest.mark.parametrize("error", [ImportError("no module\nnamed x"), SyntaxError("bad")])
def test_a_broken_install_points_to_the_doctor(error, capsys, monkeypatch):
    def broken(chosen):
        raise error

    monkeypatch.setattr(cli, "_progress", broken)
    code, line = refused(["progress"], capsys)
    assert (code, "labkit doctor" in line) == (1, True)


def test_ctrl_c_is_no_traceback(monkeypatch):
    def interrupted(chosen):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_progress", interrupted)
    assert main(["progress"]) == 130


def labkit(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "labkit", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        **options,
    )


@posix_only
def test_a_reader_that_leaves_is_no_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "doctor"],
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=120,
        cwd=ROOT,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


# --- commands that work ---------------------------------------------------------------------------


def test_the_version_and_the_help_are_shown(capsys):
    for flag, shown in (("--version", "labkit "), ("--help", "serve")):
        with pytest.raises(SystemExit) as leaving:
            main([flag])
        assert leaving.value.code == 0
        assert shown in capsys.readouterr().out


def test_progress_is_text(capsys):
    assert main(["progress"]) == 0
    assert "exercises solved" in capsys.readouterr().out


def test_progress_and_the_map_in_a_notebook_show_the_same(capsys):
    """One record, one list of stops: the text is the picture's twin, and the picture is of it."""
    record = progress_for(Settings.from_environment())
    for solved in ("00.2", "01.1", "01.2", "01.3"):
        record.note_check(Outcome(solved, "correct"))
    record.note_check(Outcome("05.1", "tried", "raises"))
    assert main(["progress"]) == 0
    told = capsys.readouterr().out.rstrip("\n")
    with Lab(name="01") as lab:
        picture = lab.progress()
    assert picture.text.replace("  <- here", "") == told
    assert told.startswith(f"the path of one request, 4 of {len(all_tasks())} exercises solved")
    assert [line[2] for line in told.splitlines()[1:4]] == ["◐", "●", "○"]
    words = [text.get_text() for text in picture.figure.findobj(Text)]
    assert {stop.number for stop in STOPS} <= set(words)
    assert told.partition(", ")[2].splitlines()[0] in words
    filled = [box for box in picture.figure.findobj(FancyBboxPatch) if in_green(box)]
    assert len(filled) == 4 + 1  # One more in the legend.


def in_green(box):
    return to_hex(box.get_facecolor()).upper() == GOOD


@pytest.mark.parametrize(
    ("states", "code"), [(["ok", "optional"], 0), (["ok", "missing", "ok"], 1), ([], 0)]
)
def test_the_doctors_code_is_1_when_something_needed_is_missing(states, code, capsys, monkeypatch):
    verdicts = [Verdict(state, "a thing") for state in states]
    monkeypatch.setattr(doctor, "examine", lambda: iter(verdicts))
    assert main(["doctor"]) == code
    assert capsys.readouterr().out.splitlines() == [str(verdict) for verdict in verdicts]


def test_the_module_is_the_command():
    done = labkit("--version")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    one = Backend(cache=tmp_path_factory.mktemp("cache"))
    one.start()
    yield one
    one.stop()


def token_from(issuer, capsys, *arguments):
    assert main(["token", "--issuer", issuer, *arguments]) == 0
    return capsys.readouterr().out.strip()


def test_a_token_of_a_running_issuer_is_printed(backend, capsys, monkeypatch):
    issuer, inspections = (backend.services[name] for name in ("issuer", "inspections"))
    token = token_from(f"{issuer.url}/", capsys)
    assert inspections.client.get("/lines", token=token).status_code == 200
    token = token_from(issuer.url, capsys, "--user", "operator-a", "--scope", "")
    assert inspections.client.get("/lines", token=token).status_code == 403
    monkeypatch.setenv("LABKIT_ISSUER_URL", issuer.url)
    assert main(["token"]) == 0
    capsys.readouterr()
    code, line = refused(["token", "--user", "nobody"], capsys)
    assert (code, "no user 'nobody'" in line) == (2, True)


# --- serve ----------------------------------------------------------------------------------------


class Serving:
    """``labkit serve`` in a process of its own."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "labkit", "serve", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
        self.output = ""

    def read_until(self, text):
        """Read its output until *text* stands in it; return the line."""
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return line
        raise AssertionError(self.output)

    def url(self):
        return re.search(r"http://\S+?(?=,)", self.read_until("until Ctrl-C"))[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.stdout.close()
        self.process.wait()

    def end(self, number):
        self.process.send_signal(number)
        self.output += self.process.communicate(timeout=120)[0]
        assert "Traceback" not in self.output
        return self.process.returncode


@posix_only
def test_the_issuer_runs_as_a_process_of_its_own(capsys):
    with Serving("issuer", "--port", "0") as issuing:
        issuer = issuing.url()
        issuing.read_until("startup complete")
        assert token_from(issuer, capsys).count(".") == 2
        httpx2.get(f"{issuer}/health", params={"access_token": "canary"})
        assert issuing.end(signal.SIGTERM) == -signal.SIGTERM
        assert "canary" not in issuing.output


@posix_only
@pytest.mark.parametrize("workers", ["1", "2"])
def test_inspections_run_as_processes_of_their_own(backend, tmp_path, capsys, workers):
    issuer = backend.services["issuer"].url
    database = f"sqlite:///{(tmp_path / 'lab.sqlite').as_posix()}"
    trusting = ("--issuer", issuer, "--database-url", database)
    with Serving("inspections", "--port", "0", "--workers", workers, *trusting) as inspecting:
        inspections = inspecting.url()
        for _ in range(int(workers)):
            inspecting.read_until("startup complete")
        headers = {"Authorization": f"Bearer {token_from(issuer, capsys)}"}
        assert httpx2.get(f"{inspections}/lines", headers=headers).status_code == 200
        # Each worker speaks through the protocol that has deadlines: uvicorn's own says 400 here.
        assert raw_request(inspections, b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000).status == 431
        assert inspecting.end(signal.SIGINT) == 0
    assert inspecting.output.count('"path": "/lines"') == 1
    assert inspecting.output.count('"ended": "refused"') == 1
    assert "GET /lines" not in inspecting.output  # uvicorn's own access log.


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_runs_until_it_is_told_to_stop_and_leaves_no_file(tmp_path, monkeypatch, number):
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    with Serving("all", "--port", "0") as serving:
        issuer, inspections, search, model = (serving.url() for _ in range(4))
        assert httpx2.get(f"{issuer}/health").status_code == 200
        assert httpx2.get(f"{model}/v1/models/rehearsal").status_code == 200
        assert httpx2.get(f"{search}/search", params={"q": "x"}).status_code == 401
        refused_one = httpx2.get(f"{inspections}/lines", headers={"Authorization": "Bearer x.y.z"})
        assert refused_one.status_code == 401
        assert serving.end(number) == 0
    assert "refused with 401" in serving.output
    for path, status in (("/health", 200), ("/lines", 401)):  # As of a service on its own.
        (line,) = re.findall(rf'^.*"path": "{path}".*$', serving.output, re.MULTILINE)
        assert json.loads(line)["status"] == status
    assert list(place.iterdir()) == []


@posix_only
def test_search_and_model_run_in_processes_of_their_own_and_trust_whom_they_are_told_to():
    with Serving("issuer", "--port", "0") as issuing:
        issuer = issuing.url()
        asked = {
            "grant_type": LOCAL_SIGN_IN, "client_id": "notebook", "username": "operator-a",
            "audience": "search", "scope": "search:read",
        }  # fmt: skip
        token = httpx2.post(f"{issuer}/token", data=asked).json()["access_token"]
        with Serving("search", "--port", "0", "--issuer", issuer) as searching:
            bearer = {"Authorization": f"Bearer {token}"}
            found = httpx2.get(f"{searching.url()}/search", params={"q": "gripper"}, headers=bearer)
            assert (found.status_code, bool(found.json()["items"])) == (200, True)
            assert searching.end(signal.SIGINT) == 0
        assert issuing.end(signal.SIGINT) == 0
    with Serving("model", "--port", "0") as modelling:
        said = {"model": "rehearsal", "messages": [{"role": "user", "content": "hello"}]}
        answer = httpx2.post(f"{modelling.url()}/v1/chat/completions", json=said)
        assert answer.json()["choices"][0]["message"]["content"].startswith("Hello")
        assert modelling.end(signal.SIGINT) == 0


def test_a_database_server_that_is_down_is_told_in_one_line(capsys, monkeypatch):
    from labkit import serving

    async def down(database):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(serving, "prepare", down)
    arguments = ["serve", "inspections", *LOCAL, "--port", "0", "--database-url", "sqlite:///x"]
    code, line = refused(arguments, capsys)
    assert (code, "is its server running?" in line) == (1, True)
