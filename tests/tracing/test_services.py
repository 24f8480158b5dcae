"""A request through the services of a lab: every hop, joined over HTTP."""

import threading

import fastapi.routing
import httpx2
import pytest
from sqlalchemy import Engine, event

from labkit.errors import ServiceError, UsageError
from labkit.lab import Lab
from labkit.tracing import Kind, Trace, statements


def test_a_read_is_seen_from_the_client_to_the_statement_and_back(lab, read, tree):
    with lab.trace() as trace:
        read()
    server = "GET /lines < GET /lines < trace"
    assert tree(trace) == [
        "trace",
        "GET /lines < trace",
        server,
        f"AccessToken < {server}",
        f"Require < {server}",
        f"verify token < Require < {server}",
        f"_open_session < {server}",
        f"list_lines < _open_session < {server}",
        f"pool < list_lines < _open_session < {server}",
        f"BEGIN < list_lines < _open_session < {server}",
        f"SELECT lines < list_lines < _open_session < {server}",
        f"serialise < _open_session < {server}",
    ]
    inner = [span for span in trace if span.kind != "middleware"]
    assert [span.kind for span in inner] == [
        "code", "client", "server", "dependency", "dependency", "auth", "dependency", "handler",
        "pool", "sql", "sql", "serialise",
    ]  # fmt: skip
    assert [span.service for span in inner] == ["notebook", "notebook"] + ["inspections"] * 10
    assert len({span.trace_id for span in trace}) == 1


def test_the_keys_are_fetched_inside_of_the_verification_and_join_the_trace(lab, tree):
    with Lab() as fresh:
        token = fresh.token()
        with fresh.trace() as trace:
            fresh.inspections.get("/lines", token=token)
    (asked,) = trace.find("GET /jwks.json", kind="client")
    (answered,) = trace.find("GET /jwks.json", kind="server")
    assert (asked.service, answered.service) == ("inspections", "issuer")
    assert answered.parent_id == asked.span_id
    assert "GET /jwks.json < verify token < Require" in "\n".join(tree(trace))


def test_a_statement_has_its_text_and_its_rows_and_none_of_its_values(lab, read):
    with lab.trace() as trace:
        read("/lines/A4")
        read("/lines/NOSUCH")
    one, none = trace.find("SELECT lines")
    assert one.attributes["statement"].startswith("SELECT lines.id")
    assert (one.attributes["rows"], none.attributes["rows"]) == (1, 0)
    assert "A4" not in one.attributes["statement"]


def test_an_error_is_named_where_it_arose_and_where_it_came_through(lab, read):
    with lab.trace() as trace:
        read("/lines/NOSUCH")
    arose = [(span.name, span.error) for span in trace if span.raised_here]
    passed = [(span.name, span.error) for span in trace if span.error and not span.raised_here]
    assert arose == [("get_line", "HTTPException")]
    assert passed == [("_open_session", "HTTPException")]
    assert [span.attributes["status"] for span in trace.find(kind="server")] == [404]


def test_a_refused_token_turns_its_own_span_red(lab):
    with lab.trace() as trace:
        lab.inspections.get("/lines", token="made.up.token")
    assert [s.name for s in trace if s.raised_here] == ["Require", "verify token"]


def test_a_client_of_the_learners_own_joins(lab, tree):
    with lab.trace() as trace, httpx2.Client() as client:
        client.get(f"{lab.inspections.url}/health")
    assert "health < GET /health < GET /health < trace" in tree(trace)


async def test_an_async_client_joins(lab, tree):
    with lab.trace() as trace:
        async with httpx2.AsyncClient() as client:
            await client.get(f"{lab.inspections.url}/health")
    assert "health < GET /health < GET /health < trace" in tree(trace)


def test_a_request_without_traceparent_joins_the_only_trace(lab, tree):
    def ask():  # With a client that knows nothing of traces.
        from urllib.request import urlopen

        with urlopen(f"{lab.inspections.url}/health") as answer:
            answer.read()

    with lab.trace() as trace:
        ask()
    assert tree(trace) == ["trace", "GET /health < trace", "health < GET /health < trace",
                           "serialise < GET /health < trace"]  # fmt: skip


def test_two_labs_traced_at_once_keep_to_themselves(lab):
    with Lab() as other:
        met = threading.Barrier(2)
        traces = {}

        def run(one, path):
            with one.trace() as traces[path]:
                met.wait()
                one.inspections.get(path)
                met.wait()

        threads = [threading.Thread(target=run, args=args) for args in
                   ((lab, "/health"), (other, "/openapi.json"))]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for path, trace in traces.items():
        assert {span.name for span in trace.find(kind="server")} == {f"GET {path}"}
        assert len(trace.find(kind="server")) == 1


def test_nothing_is_recorded_and_nothing_stays_in_place_outside(lab, read):
    before = fastapi.routing.solve_dependencies
    with lab.trace() as trace:
        assert fastapi.routing.solve_dependencies is not before
        read()
    count = len(trace)
    read()
    assert len(trace) == count
    assert fastapi.routing.solve_dependencies is before
    assert not event.contains(Engine, "before_cursor_execute", statements._before)


def test_a_stopped_lab_has_no_trace():
    with Lab() as stopped:
        pass
    with pytest.raises(ServiceError, match="this lab was stopped"):
        stopped.trace()


def test_a_trace_is_used_once():
    trace = Trace()
    with trace:
        pass
    with pytest.raises(UsageError, match="used already"):
        trace.__enter__()


def test_spans_are_found_by_name_kind_and_service(lab, read):
    with lab.trace() as trace:
        read()
    assert trace.find("GET", service="inspections") == trace.find(kind=Kind.SERVER)
    assert trace.find("NOTHING") == []
    assert trace.order("dependency", "handler") == [
        "AccessToken", "Require", "_open_session", "list_lines",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="kind is one of client, server"):
        trace.find(kind="sequel")


def test_labkit_hands_out_the_trace():
    import labkit

    assert labkit.Trace is Trace
