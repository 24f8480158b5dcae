"""What one gets from a trace: a table, own times, a picture; and what bad input does to it."""

import builtins
import threading

import httpx2
import pytest

from labkit import pictures
from labkit.errors import MissingDependency, ServiceError, UsageError
from labkit.lab import Lab
from labkit.tracing import Kind, Span, Trace, recording, span
from labkit.tracing.hop import open_recordings
from labkit.tracing.own_time import own_times_ns
from labkit.tracing.table import COLUMNS


@pytest.fixture(autouse=True)
def nothing_stays_open():
    yield
    assert open_recordings == []


def a_span(span_id, parent, start, end):
    return Span(span_id, parent, "0" * 32, span_id, Kind.CODE, "notebook", start, end)


# --- own times ---------------------------------------------------------


def test_own_time_leaves_out_children_once_although_they_overlap_and_outlast():
    spans = [
        a_span("root", None, 0, 100),
        a_span("a", "root", 10, 50),
        a_span("b", "root", 40, 60),  # Beside a.
        a_span("c", "root", 45, 48),  # Within both.
        a_span("d", "root", 90, 130),  # Longer than its parent.
        a_span("deep", "a", 20, 30),
    ]
    assert own_times_ns(spans) == {"root": 40, "a": 30, "b": 20, "c": 3, "d": 40, "deep": 10}


def test_the_slowest_span_is_the_one_with_the_most_time_of_its_own(monkeypatch):
    moments = iter(range(0, 10_000, 1))
    ticks = {"now": 0}

    def now_ns():
        ticks["now"] += next(moments) % 2 + 1
        return ticks["now"]

    monkeypatch.setattr("labkit.tracing.hop.clock.now_ns", now_ns, raising=False)
    with Trace() as trace, span("around"):
        with span("slow"):
            ticks["now"] += 1000
        with span("quick"):
            ticks["now"] += 100
    assert trace.slowest().name == "slow"
    assert trace.own_ms(trace.slowest()) >= 0.001
    assert trace.own_ms(a_span("x", None, 0, 5)) == 0


def test_an_empty_trace_has_no_slowest_span_and_draws_itself():
    trace = Trace()
    with pytest.raises(UsageError, match="nothing was recorded yet"):
        trace.slowest()
    assert (len(trace), list(trace), trace.dropped, trace.order()) == (0, [], 0, [])
    assert repr(trace) == "Trace: nothing was recorded"
    assert trace._repr_mimebundle_()[0]["image/png"]
    assert list(trace.spans.columns) == list(COLUMNS)
    assert trace.layout.rows == ()


# --- the table ---------------------------------------------------------


def test_the_table_has_one_row_for_each_span_and_always_the_same_columns(lab, read):
    with lab.trace() as trace:
        read("/lines/A4")
    table = trace.spans
    assert list(table.columns) == list(COLUMNS)
    assert list(table["name"]) == [one.name for one in trace]
    row = table[table["kind"] == "sql"].iloc[-1]
    assert (row["rows"], row["service"]) == (1, "inspections")
    assert table["status"].dropna().tolist() == [200, 200]
    assert table["depth"].max() == max(row.depth for row in trace.layout.rows)
    assert (table["own_ms"] <= table["duration_ms"]).all()
    assert not table["unfinished"].any()


def test_a_table_without_pandas_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without_pandas(name, *rest):
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest)

    with Trace() as trace:
        pass
    monkeypatch.setattr(builtins, "__import__", without_pandas)
    with pytest.raises(MissingDependency, match="for span in trace"):
        _ = trace.spans


# --- the ring ----------------------------------------------------------


def test_a_trace_of_many_keeps_the_newest_and_says_what_it_dropped(monkeypatch):
    monkeypatch.setattr(recording, "RING_SPANS", 50)
    with Trace() as trace:
        for number in range(1000):
            with span(f"step {number}"):
                pass
    assert trace.dropped == 950
    assert trace.order() == [f"step {number}" for number in range(950, 1000)]
    assert next(iter(trace)).name == "trace"
    assert "950 older ones dropped" in repr(trace)
    assert trace.layout.dropped == 950


def test_the_ring_has_room_for_a_lesson_and_a_bound():
    assert 1000 <= recording.RING_SPANS <= 100_000


# --- what can go wrong -------------------------------------------------


def test_a_trace_inside_a_trace_has_its_part_and_the_outer_has_all(lab, read, tree):
    with lab.trace() as outer:
        read()
        with span("step"), lab.trace() as inner:
            read("/lines/A4")
        read("/lines/B1")
    assert inner.order("client") == ["GET /lines/{line_id}"]
    assert tree(inner)[:2] == ["trace", "GET /lines/{line_id} < trace"]
    assert next(iter(inner)).parent_id is None
    assert outer.order("client") == ["GET /lines", *["GET /lines/{line_id}"] * 2]
    assert "GET /lines/{line_id} < trace < step < trace" in tree(outer)
    assert {one.trace_id for one in inner} == {one.trace_id for one in outer}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_in_the_block_closes_the_trace_and_it_keeps_what_it_has(lab, read, error):
    def run(trace):
        with trace:
            read()
            raise error

    trace = lab.trace()
    with pytest.raises(error):
        run(trace)
    assert trace.find("SELECT lines")
    root = next(iter(trace))
    assert (root.error, root.raised_here) == (error.__name__, True)


@pytest.mark.parametrize("outer_adopts", [True, False])
def test_a_request_of_a_thread_without_context_is_one_way_in_traces_inside_each_other(
    lab, outer_adopts
):
    """The request that goes out and the one that comes in belong to one trace, and not to two."""

    def ask():
        thread = threading.Thread(target=lab.inspections.get, args=("/health",))
        thread.start()
        thread.join()

    with Trace(adopts=outer_adopts) as outer, Trace() as inner:
        ask()
    whole, part = (outer, inner) if outer_adopts else (inner, outer)
    (sent,) = whole.find(kind="client")
    (served,) = whole.find(kind="server")
    assert (sent.parent_id, served.parent_id) == (next(iter(whole)).span_id, sent.span_id)
    assert [len(part.find(kind=kind)) for kind in ("client", "server")] == (
        [0, 0] if outer_adopts else [1, 1]
    )


def test_a_stop_of_the_lab_inside_is_no_problem(tree):
    with Lab() as short, short.trace() as trace:
        short.issuer.get("/health")
        short.stop()
    assert "health < GET /health < GET /health < trace" in tree(trace)
    assert "unfinished" not in repr(trace)


def test_a_service_that_dies_while_it_answers_leaves_what_it_had_begun(lab):
    begun = threading.Event()

    async def never(scope, receive, send):
        assert scope["type"] == "http"
        begun.set()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()  # The end of the request,
        await receive()  # and then nothing until the connection goes.

    def ask():
        with pytest.raises(ServiceError):
            mine.get("/")

    mine = lab.serve(never, name="dying")
    with lab.trace() as trace:
        asking = threading.Thread(target=ask)
        asking.start()
        assert begun.wait(30)
        lab.services["dying"].server.stop()
        asking.join(30)
    (server,) = trace.find(kind="server")
    (client,) = trace.find(kind="client")
    assert (server.service, client.attributes["status"]) == ("dying", 200)


def test_a_service_that_is_not_there_is_an_error_of_the_client(tree):
    with Trace() as trace, pytest.raises(httpx2.ConnectError):
        httpx2.get("http://127.0.0.1:9/nothing", timeout=5)
    (client,) = trace.find(kind="client")
    assert (client.name, client.error, client.raised_here) == (
        "GET /nothing", "ConnectError", True,
    )  # fmt: skip


def test_looking_at_an_open_trace_shows_what_has_happened_and_what_goes_on(lab, read):
    with lab.trace() as trace, span("going on"):
        read()
        text = repr(trace)
        assert trace.find("SELECT lines")
        assert "trace  (unfinished)" in text
        assert "going on  (unfinished)" in text
        assert trace.picture.png()
    assert "unfinished" not in repr(trace)


def test_ten_thousand_nested_spans_are_recorded_drawn_and_counted():
    with Trace() as trace:
        hops = []
        for number in range(10_000):
            hops.append(span(f"level {number}"))
            hops[-1].__enter__()
        for one in reversed(hops):
            one.__exit__(None, None, None)
    assert len(trace) == 10_001
    assert trace.spans["depth"].max() == 10_000
    assert trace.picture.png()
    assert "more: " in repr(trace)
    assert trace.slowest()


def test_values_of_a_megabyte_control_characters_and_html_are_harmless():
    bad = "<script>alert(1)</script>\x1b[31m\u202e\n" + "x" * 1_000_000
    given = {"tool_name": bad, "statement": bad, "outcome": object()}
    with Trace() as trace, span(bad, Kind.TOOL, **given) as it:
        it.moment(bad, outcome=bad)
    (tool,) = trace.find(kind="tool")
    shown = f"{tool.name}{tool.attributes}{tool.moments}{trace!r}"
    assert len(shown) < 10_000
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert tool.attributes["outcome"] == "<object>"
    assert trace.picture.png().startswith(b"\x89PNG")
    assert list(trace._repr_mimebundle_()[0]) == ["image/png", "text/plain"]  # No HTML at all.


ONES, NULLS = "1" * 32, "0" * 32
MALFORMED = {
    "empty": "",
    "short": "00",
    "words": "nonsense",
    "no trace": f"00-{NULLS}-{ONES[:16]}-01",
    "no span": f"00-{ONES}-{NULLS[:16]}-01",
    "no version": f"ff-{ONES}-{ONES[:16]}-01",
    "no digits": f"00-{'z' * 32}-{ONES[:16]}-01",
    "no ascii": "\xff" * 55,
    "long": "1" * 5000,
    "more": f"00-{ONES}-{ONES[:16]}-01-more",
}


@pytest.mark.parametrize("header", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_traceparent_is_ignored(lab, tree, header):
    headers = {"traceparent": header.encode("latin-1")}
    with lab.trace() as trace, httpx2.Client() as client:
        assert client.get(f"{lab.issuer.url}/health", headers=headers).status_code == 200
    assert "health < GET /health < trace" in tree(trace)


def test_a_traceparent_that_is_sent_twice_is_ignored(lab, tree):
    one = "00-" + "1" * 32 + "-" + "1" * 16 + "-01"
    headers = [("traceparent", one), ("traceparent", one)]
    with lab.trace() as trace, httpx2.Client() as client:
        assert client.get(f"{lab.issuer.url}/health", headers=headers).status_code == 200
    assert "health < GET /health < trace" in tree(trace)


def test_a_request_of_somebody_elses_trace_is_not_in_ours(lab):
    theirs = "00-" + "1" * 32 + "-" + "1" * 16 + "-01"
    with lab.trace() as trace, httpx2.Client() as client:
        client.get(f"{lab.issuer.url}/health", headers={"traceparent": theirs})
    assert trace.find(kind="server") == []


def test_a_caller_that_did_not_wait_is_replaced_by_the_block(lab, tree):
    with lab.trace() as trace:
        header = {}
        with span("gone") as gone:
            recording_id = f"{gone.sdk.context.trace_id:032x}-{gone.sdk.context.span_id:016x}"
            header["traceparent"] = f"00-{recording_id}-01"
        lab.issuer.get("/health", headers=header)
    assert "health < GET /health < trace" in tree(trace)


def test_the_picture_and_the_layout_are_of_the_same_rows():
    with Trace() as trace:
        for _ in range(5):
            with span("again"):
                pass
    assert [row.count for row in trace.layout.rows] == [1, 5]
    assert trace.picture.text == repr(trace)
    assert isinstance(trace.picture, pictures.Picture)
