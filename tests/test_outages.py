"""A layer that is gone for a block: what fails meanwhile, and that it's back behind it."""

import socket
import sqlite3
from contextlib import closing

import pytest

from labkit import outages
from labkit.errors import LabkitError, ModelError, PortTaken, ServiceError, StorageError, UsageError
from labkit.lab import Lab
from labkit.settings import Settings

QUESTION = "Which line had the highest defect rate last week?"


@pytest.fixture(scope="module")
def lab():
    with Lab() as running:
        running.ask(QUESTION)
        yield running


def innermost_error(trace):
    """Return name and error of the deepest span in which an error arose; None if none did."""
    depth = {}
    for span in trace:
        depth[span.span_id] = depth.get(span.parent_id, 0) + 1
    raised = [span for span in trace if span.raised_here]
    deepest = max(raised, key=lambda span: depth[span.span_id], default=None)
    return deepest and (deepest.name, deepest.error)


@pytest.mark.parametrize(
    ("layer", "seen", "said"),
    [
        ("search", None, "A4"),
        ("inspections", ("GET /line-totals", "ConnectError"), "inspections didn't answer"),
        ("issuer", ("POST /token", "ConnectError"), "no token for inspections"),
        ("database", ("SELECT daily_statistics", "OperationalError"), "can't do this now (503)"),
    ],
)
def test_a_layer_that_is_gone_is_the_innermost_error_and_back_behind_the_block(
    lab, layer, seen, said
):
    with lab.outage(layer), lab.trace() as trace:
        answer = lab.ask(QUESTION)
    assert innermost_error(trace) == seen
    assert said in answer.text
    assert "A4" in lab.ask(QUESTION).text


def test_without_a_model_there_is_no_answer(lab):
    with lab.outage("model"), lab.trace() as trace, pytest.raises(ModelError, match="nothing answ"):
        lab.ask(QUESTION)
    assert innermost_error(trace) == ("POST /v1/chat/completions", "ConnectError")
    assert "A4" in lab.ask(QUESTION).text


def test_what_a_trace_shows_of_an_outage_can_be_drawn(lab):
    with lab.outage("database"), lab.trace() as trace:
        lab.ask(QUESTION)
    assert "SELECT daily_statistics  ! OperationalError" in repr(trace.sequence())
    assert trace.sequence(title="No database").png().startswith(b"\x89PNG")


@pytest.mark.parametrize("layer", ["inspections", "database"])
def test_it_is_back_also_when_the_block_fails_and_when_two_blocks_are_nested(lab, layer):
    url, token = lab.urls["inspections"], lab.token()
    with pytest.raises(KeyboardInterrupt), lab.outage(layer):
        raise KeyboardInterrupt
    with lab.outage(layer), lab.outage(layer), pytest.raises((ServiceError, AssertionError)):
        assert lab.inspections.get("/lines", token=token).status_code == 200
    assert lab.inspections.get("/lines", token=token).status_code == 200
    assert lab.urls["inspections"] == url


def test_every_table_has_its_name_again_and_its_rows(lab):
    with closing(sqlite3.connect(lab._backend.database_file)) as database:

        def schema():
            rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
            return sorted(rows, key=str)

        before, found = schema(), database.execute("SELECT count(*) FROM runbooks").fetchall()
        with lab.outage("database"), pytest.raises(sqlite3.OperationalError):
            database.execute("SELECT count(*) FROM runbooks")
        after = schema()
        assert [row[:3] for row in after] == [row[:3] for row in before]
        assert database.execute("SELECT count(*) FROM runbooks").fetchall() == found
    assert "runbook" in lab.ask("Find a runbook about scratches.").text


def test_a_write_that_was_refused_meanwhile_can_be_made_afterwards(lab):
    async def yes(asked):
        return True

    question = "Quarantine lot 20 because of scratches."
    with lab.outage("database"):
        assert lab.ask(question, approve=yes).tool_calls[0].outcome == "failed"
    assert lab.ask(question, approve=yes).tool_calls[0].outcome == "ok"


def test_a_service_of_ones_own_can_be_out_as_well(lab):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    mine = lab.serve(app)
    with lab.outage("mine"), pytest.raises(ServiceError):
        mine.get("/")
    assert mine.get("/").status_code == 204


@pytest.mark.parametrize("bad", ["", "printer", None, 7, ["issuer"]])
def test_a_layer_that_isnt_there_is_refused_and_nothing_stops(lab, bad):
    with pytest.raises(UsageError, match=r"there are: issuer.*database"), lab.outage(bad):
        pass
    assert lab.inspections.get("/lines", token=lab.token()).status_code == 200


@pytest.mark.parametrize("layer", ["issuer", "search", "database"])
def test_a_lab_that_is_stopped_in_the_block_stays_stopped(layer):
    lab = Lab()
    with lab.outage(layer):
        server = lab.services["issuer"].server
        lab.stop()
    assert not lab.running
    assert not server.running
    with pytest.raises(ServiceError), lab.outage(layer):
        pass


def test_a_database_of_the_users_own_isnt_touched(tmp_path):
    settings = Settings(home=tmp_path, cache=tmp_path)
    url = f"sqlite:///{(tmp_path / 'mine.sqlite').as_posix()}"
    with Lab(settings=settings, database_url=url) as lab:
        with pytest.raises(LabkitError, match="yours"), lab.outage("database"):
            pass
        assert lab.inspections.get("/lines", token=lab.token()).status_code == 200


def test_a_service_whose_port_was_taken_meanwhile_says_so_and_isnt_silently_gone(lab):
    port = int(lab.urls["inspections"].rsplit(":", 1)[1])
    others = []
    with pytest.raises(PortTaken, match=str(port)), lab.outage("inspections"):
        others.append(socket.create_server(("127.0.0.1", port)))
    others.pop().close()
    with lab.outage("inspections"):
        pass
    assert lab.inspections.get("/lines", token=lab.token()).status_code == 200


def test_tables_that_another_program_holds_are_told_of_and_can_be_brought_back(lab, monkeypatch):
    monkeypatch.setattr(outages, "BUSY_TIMEOUT_MS", 1)
    with closing(sqlite3.connect(lab._backend.database_file)) as other:
        with pytest.raises(StorageError, match="brings them back"), lab.outage("database"):
            other.execute("BEGIN IMMEDIATE")
        other.rollback()
    with lab.outage("database"):
        pass
    assert lab.inspections.get("/lines", token=lab.token()).status_code == 200


@pytest.mark.parametrize("layer", ["inspections", "database"])
def test_it_is_back_also_when_ctrl_c_comes_as_soon_as_it_is_gone(lab, layer, monkeypatch):
    owner, name = (
        (outages, "_rename")
        if layer == "database"
        else (type(lab.services["inspections"].server), "stop")
    )
    really = getattr(owner, name)

    def interrupted(*arguments):
        monkeypatch.setattr(owner, name, really)
        really(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt), lab.outage(layer):
        pass
    assert lab.inspections.get("/lines", token=lab.token()).status_code == 200
