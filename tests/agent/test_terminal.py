"""``labkit ask``: the answer on standard output, the way there on standard error, Ctrl-C."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
from itertools import groupby

import pytest
from lab_kit import settings_for
from model_kit import calls, says

from labkit import Lab, cli, tool
from labkit.agent import Agent, Authority, BoundAgent, Limits
from labkit.agent.terminal import Terminal
from labkit.errors import ModelError
from labkit.settings import Settings

QUESTION = "Which line had the highest defect rate last week, and what does its runbook say?"
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")


class Keyboard(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self):
        return True


@tool(writes=True)
def paint(colour: str) -> str:
    """Paint it."""
    return f"it's {colour}"


@pytest.fixture
def bound(url):
    who = Authority(subject="someone", actor="agent", scopes=frozenset(), source=None)
    return BoundAgent(Agent("scripted", [paint], base_url=url), who)


@pytest.fixture
def play(bound):
    """Play a run on a terminal of strings; gives its result, its output and its errors."""

    def run(typed=None, **options):
        out, err = io.StringIO(), io.StringIO()
        answers = io.StringIO("yes\n" * 3) if typed is None else Keyboard(typed)
        terminal = Terminal(out=out, err=err, answers=answers, **options)
        return terminal.play(bound, "go"), out.getvalue(), err.getvalue()

    return run


def painting(model):
    model.answers(calls(("paint", {"colour": "red"}), text="Let me see."), says("done"))


def test_the_answer_alone_is_on_standard_output(play, model):
    painting(model)
    result, out, err = play(approve_all=True)
    assert out == "Let me see. \ndone \n"
    assert err.splitlines()[0] == "paint(colour='red')"
    assert err.splitlines()[1].startswith("paint: ok, ")
    assert result.text == "done "


@pytest.mark.parametrize(
    ("typed", "outcome"),
    [("y\n", "ok"), ("YES \n", "ok"), ("n\n", "denied"), ("\n", "denied"), ("", "denied")],
)
def test_who_sits_at_a_terminal_is_asked_before_anything_is_written(play, model, typed, outcome):
    painting(model)
    result, _, err = play(typed)
    assert "paint(colour='red'): do it? [y/N] " in err
    assert result.tool_calls[0].outcome == outcome


def test_without_a_terminal_nobody_is_asked_and_nothing_is_written(play, model):
    painting(model)
    result, _, err = play()
    assert "do it?" not in err
    assert result.tool_calls[0].outcome == "denied"
    assert "nobody to approve it" in err


def test_the_events_come_as_lines_of_json(play, model):
    painting(model)
    _, out, err = play(approve_all=True, as_json=True)
    events = [json.loads(line) for line in out.splitlines()]
    assert [kind for kind, _ in groupby(e["event"] for e in events)] == [
        "text_delta", "usage", "tool_started", "approval_asked", "tool_ended", "text_delta",
        "usage", "done",
    ]  # fmt: skip
    assert [e["arguments"] for e in events if e["event"] == "approval_asked"] == [{"colour": "red"}]
    assert (events[-1]["text"], events[-1]["stopped"]) == ("done ", "answered")
    assert events[-1]["messages"][0] == {"role": "user", "content": "go"}
    assert err == ""


def test_no_control_sequence_of_a_model_reaches_the_terminal(play, model):
    evil = "\x1b[2J\x1b]0;pwned\x07\u202e\u0442\nnext\r"
    model.answers(calls(("paint", {"colour": evil})), says(evil), says(evil))
    for options in ({"approve_all": True}, {"approve_all": True, "as_json": True}):
        _, out, err = play(**options)
        assert not [c for c in out + err if c != "\n" and not c.isprintable()]
    assert "next" in out


def test_an_error_of_the_endpoint_is_raised_when_what_came_is_shown(play):
    with pytest.raises(ModelError):
        play()  # The script is empty: the model fails.


def test_a_run_that_ends_early_says_why(play, model):
    model.answers(says("half an", finish="length"))
    result, out, err = play()
    assert (result.stopped, out) == ("length", "half an \n")
    assert "the run ended early: length" in err


class Interrupted(Keyboard):
    """Somebody presses Ctrl-C where an approval is asked."""

    def readline(self):
        raise KeyboardInterrupt


def test_ctrl_c_at_the_question_stops_the_run(bound, model):
    painting(model)
    terminal = Terminal(out=io.StringIO(), err=io.StringIO(), answers=Interrupted())
    with pytest.raises(KeyboardInterrupt):
        terminal.play(bound, "go")
    assert len(model.requests) == 1


class Late(Keyboard):
    """Somebody answers when it is too late."""

    def __init__(self, ended):
        super().__init__()
        self.ended = ended

    def readline(self):
        assert self.ended.wait(30)
        return "y\n"


def test_an_answer_that_comes_too_late_counts_as_none(url, model):
    ended, painted = threading.Event(), []

    @tool(writes=True)
    def paint_slowly() -> None:
        """Paint."""
        painted.append(1)

    def react(request):
        if request["messages"][-1]["role"] == "tool":
            ended.set()
            return says("done")
        return calls(("paint_slowly", {}))

    model.reacts = react
    limits = Limits(approval_seconds=0.01)
    who = Authority(subject="someone", actor="agent", scopes=frozenset(), source=None)
    agent = BoundAgent(Agent("scripted", [paint_slowly], base_url=url, limits=limits), who)
    terminal = Terminal(out=io.StringIO(), err=io.StringIO(), answers=Late(ended))
    assert terminal.play(agent, "go").tool_calls[0].outcome == "denied"
    assert painted == []


@posix_only
def test_what_was_typed_before_the_question_is_no_answer_to_it(bound, model):
    """A terminal keeps lines until somebody reads them; the second "y" came with the first."""
    ours, theirs = os.openpty()
    asked = []

    class Shown(io.StringIO):
        def write(self, text):
            if "do it?" in text:
                asked.append(text)
                os.write(ours, b"y\ny\n" if len(asked) == 1 else b"n\n")
            return super().write(text)

    model.answers(calls(("paint", {"colour": "red"}), ("paint", {"colour": "blue"})), says("done"))
    with os.fdopen(theirs, encoding="utf-8") as answers:
        terminal = Terminal(out=io.StringIO(), err=Shown(), answers=answers)
        result = terminal.play(bound, "go")
    os.close(ours)
    assert len(asked) == 2
    assert [call.outcome for call in result.tool_calls] == ["ok", "denied"]


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "LABKIT_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_question_of_the_readme_on_the_command_line(home, capsys):
    assert cli.main(["ask", QUESTION]) == 0
    out, err = capsys.readouterr()
    assert all(part in out for part in ("A4", "16.4 %", "Look at one camera"))
    assert [line.split("(")[0] for line in err.splitlines() if "(" in line][:2] == [
        "defect_rates",
        "search_runbooks",
    ]


@pytest.mark.parametrize(
    ("words", "piped"),
    [(["Which", "lines", "are", "there?"], ""), (["-"], "Which lines are there?\n")],
)
def test_a_question_needs_no_quotes_and_may_come_from_a_pipe(
    home, monkeypatch, capsys, words, piped
):
    monkeypatch.setattr("sys.stdin", io.StringIO(piped))
    assert cli.main(["ask", "--json", *words]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["messages"][0]["content"].strip() == "Which lines are there?"
    assert "A4" in told["messages"][2]["content"]


def test_json_can_be_read_by_a_program_and_yes_approves(home, capsys):
    assert cli.main(["ask", "--yes", "--json", "Quarantine lot 88 because of scratches"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (ended,) = [e for e in events if e["event"] == "tool_ended"]
    assert (ended["name"], ended["outcome"]) == ("quarantine_lot", "ok")


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "says"),
    [
        (["ask", "--user", "bob", "hello"], {}, 2, "quality-lead, operator-a, operator-b"),
        (["ask", " "], {}, 2, "the question is a string"),
        (["ask", "--model", "nosuch", "hello"], {}, 1, "has no model 'nosuch'"),
        (["ask", "hello"], {"OPENAI_BASE_URL": "localhost"}, 2, "http://127.0.0.1:8004/v1"),
        (["ask", "hello"], {"LABKIT_MODEL": "rehearsal:500"}, 1, "the endpoint failed"),
        (["ask", "hello"], {"LABKIT_MODEL": "rehearsal:cut"}, 1, "broke off in the middle"),
        (["ask", "hello"], {"LABKIT_MODEL": "nosuch"}, 1, "has no model"),
    ],
)
def test_each_failure_has_a_line_and_a_code(
    home, monkeypatch, capsys, arguments, environment, code, says
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cli.main(arguments) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line


def test_a_run_that_ended_early_has_the_code_of_a_failure(home, monkeypatch, capsys):
    monkeypatch.setenv("LABKIT_MODEL", "rehearsal:loop")
    assert cli.main(["ask", "List the lines"]) == 1
    assert "the run ended early: max_turns" in capsys.readouterr().err


def test_a_write_that_nobody_approved_has_the_code_of_a_failure(home, capsys):
    assert cli.main(["ask", "Quarantine lot 88 because of scratches"]) == 1
    assert "quarantine_lot: denied" in capsys.readouterr().err


@posix_only
def test_ctrl_c_ends_the_command_with_the_code_of_an_interrupt(home):
    environment = {**os.environ, "LABKIT_MODEL": "rehearsal:slow"}
    command = [sys.executable, "-m", "labkit", "ask", "List the lines of plant A"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        first = running.stderr.readline()  # The first call has begun: the run is on.
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert first.startswith("list_lines(")
    assert running.returncode == 130
    assert "Traceback" not in err


def test_the_lab_of_a_command_is_gone_behind_it(home, model, url, capsys):
    model.answers(says("hello"))
    with Lab(settings=settings_for(url, home)) as lab:
        Terminal().play(lab.agent(), "hello")
    assert capsys.readouterr().out == "hello \n"
    assert not lab.running
    assert Settings.from_environment().home == home
