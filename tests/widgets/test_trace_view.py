"""What the page is told of a trace, and what a view is without a page."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from flit_core import buildapi

from labkit.errors import MissingDependency, UsageError
from labkit.lab import Lab
from labkit.pictures.rows import lay_out
from labkit.tracing import Kind, Moment, Span, Trace, span
from labkit.widgets import TraceView, trace_view
from labkit.widgets.trace_data import MAX_DETAILS_BYTES, MAX_ROWS_SENT, trace_data

ROOT = Path(__file__).parents[2]
EVIL = "<img src=x onerror=alert(1)>"
ANSI = "\x1b[31mred\x1b[0m\u202e"


def made(number, parent=0, name=None, *, took_ms=1, **more):
    """Make a span that begins at its number, in milliseconds."""
    return Span(
        span_id=f"{number:016x}",
        parent_id=None if number == 0 else f"{parent:016x}",
        trace_id="0" * 32,
        name=name or f"work {number}",
        kind=more.pop("kind", Kind.CODE),
        service=more.pop("service", "notebook"),
        start_ns=number * 1_000_000,
        end_ns=(number + took_ms) * 1_000_000,
        **more,
    )


def every(rows):
    for row in rows:
        yield row
        yield from every(row["inside"])


def size(data):
    return len(json.dumps(data, allow_nan=False))


# What is sent.


def test_the_rows_are_those_of_the_picture():
    spans = [made(0, took_ms=99), *(made(n, n // 3) for n in range(1, 40))]
    layout, data = lay_out(spans), trace_data(spans)
    shown = [(r["name"], r["depth"], r["family"], r["count"]) for r in data["rows"]]
    assert shown == [(r.name, r.depth, r.family, r.count) for r in layout.rows]
    assert [r["on_slowest_path"] for r in data["rows"]] == [r.slowest for r in layout.rows]
    assert data["summary"] == "40 spans, 1 service, 99.0 ms"
    assert data["axis"] == ["0", "49.5 ms", "99.0 ms"]
    assert (data["left_out"], data["all_rows"]) == ("", None)


def test_a_row_tells_its_time_and_how_much_of_it_is_its_own():
    data = trace_data([made(0, took_ms=10), made(2, took_ms=6), made(3, 2, took_ms=4)])
    assert [(r["took"], r["own"]) for r in data["rows"]] == [
        ("10.0 ms", "4.0 ms"), ("6.0 ms", "2.0 ms"), ("4.0 ms", "4.0 ms"),
    ]  # fmt: skip


def test_the_slowest_span_is_the_one_with_most_time_of_its_own():
    spans = [made(0, took_ms=100), made(1, took_ms=98), made(2, 1, took_ms=3), made(5, 1, "it")]
    spans += [made(6, 1, "big", took_ms=90)]
    marked = [row["name"] for row in trace_data(spans)["rows"] if row["has_slowest"]]
    assert marked == ["big"]


def test_the_details_are_attributes_moments_and_error():
    one = made(
        1, took_ms=5, attributes={"status": 500, "rows": 3}, error="Broken", raised_here=True,
        moments=(Moment("first byte", 3_500_000, {"count": 2}),),
    )  # fmt: skip
    data = trace_data([made(0, took_ms=9), one])
    assert data["spans"][one.span_id] == {
        "began": "+1.0 ms", "took": "5.0 ms", "own": "5.0 ms", "error": "Broken",
        "raised_here": True, "attributes": [("status", "500"), ("rows", "3")],
        "moments": [{"name": "first byte", "at": "+3.5 ms", "attributes": [("count", "2")]}],
    }  # fmt: skip
    assert data["rows"][1]["bad"]
    assert data["rows"][1]["flags"] == ["500", "! Broken"]


def test_a_row_of_many_spans_has_the_longest_of_them():
    spans = [made(0, took_ms=9999)]
    spans += [made(10 * n, name="same", took_ms=n % 97) for n in range(1, 500)]
    (row,) = trace_data(spans)["rows"][1:]
    assert row["count"] == 499
    assert len(row["spans"]) == 20
    assert 50 < len(row["bars"]) <= 100
    assert row["spans"][0] == f"{960:016x}"  # The first of 96 ms.


def test_what_the_picture_folds_is_sent_inside_of_the_fold():
    spans = [made(0, took_ms=999), *(made(n, n - 1, took_ms=500 - n) for n in range(1, 400))]
    data = trace_data(spans)
    assert len(data["rows"]) <= 60
    names = [row["name"] for row in every(data["rows"]) if not row["hidden"]]
    assert names == [one.name for one in spans]
    assert set(data["spans"]) == {one.span_id for one in spans}


def test_kinds_that_had_no_room_are_sent_besides():
    spans = [made(0, took_ms=999)]
    for n in range(1, 100):
        kind = Kind.MIDDLEWARE if n % 2 else Kind.SQL
        spans.append(made(n, kind=kind))
    data = trace_data(spans)
    assert data["left_out"] == "not shown, for lack of room: 50 middleware"
    assert not [row for row in every(data["rows"]) if row["kind"] == "middleware"]
    whole = list(every(data["all_rows"]))
    assert len([row for row in whole if row["kind"] == "middleware"]) == 50
    assert {one.span_id for one in spans} == {one for row in whole for one in row["spans"]}


def test_10_000_spans_are_bounded_and_what_is_not_sent_is_still_counted():
    spans = [made(n, n - 1, took_ms=20_000 - n, attributes={"statement": "x" * 2000})
             for n in range(10_000)]  # fmt: skip
    data = trace_data(spans, dropped=7)
    assert "7 older ones dropped" in data["summary"]
    assert len(list(every(data["rows"]))) <= MAX_ROWS_SENT
    assert size(data["spans"]) <= MAX_DETAILS_BYTES * 1.1
    assert size(data) < 2 * MAX_DETAILS_BYTES
    rows = list(every(data["rows"]))
    assert sum(row["count"] for row in data["rows"]) == 10_000
    assert [row["count"] for row in rows if row["hidden"] and not row["inside"]] != []


def test_details_stop_where_a_megabyte_is_full():
    spans = [made(n, n - 1, took_ms=2000 - n, attributes={"statement": "x" * 2000})
             for n in range(900)]  # fmt: skip
    data = trace_data(spans)
    assert len([one for row in every(data["rows"]) for one in row["spans"]]) == 900
    assert 400 < len(data["spans"]) < 500
    assert size(data["spans"]) <= MAX_DETAILS_BYTES * 1.1


def test_a_value_of_a_megabyte_is_cut_and_no_text_can_act():
    long = "x" * 1_000_000
    one = made(
        1, name=EVIL + ANSI, service=ANSI + long, error="E" * 500, raised_here=True,
        attributes={"route": long, "scope": ANSI, "count": float("nan")},
        moments=(Moment(ANSI + long, 0, {"tool_name": long}),),
    )  # fmt: skip
    data = trace_data([made(0, took_ms=9), one])
    text = json.dumps(data, allow_nan=False, ensure_ascii=False)
    assert len(text) < 8000
    assert EVIL in text  # A text like another: the page makes no markup of any.
    for char in ("\x1b", "\\u001b", "\u202e"):
        assert char not in text.replace("\\\\x1b", "")
    assert "\\\\u202e" in text


def test_only_listed_attributes_of_a_real_request_are_sent():
    with Lab() as lab:
        token = lab.token()
        with lab.trace() as trace:
            lab.inspections.get("/lines", token=token)
            lab.inspections.get("/lines", token=token, params={"secret": "canary7f3a9c"})
        data = lab.view(trace).data
    text = json.dumps(data, allow_nan=False)
    assert "GET /lines" in text
    assert "SELECT lines" in text
    assert "canary7f3a9c" not in text
    assert not [part for part in token.split(".") if part[:40] in text]


def test_a_trace_of_nothing_says_so():
    view = trace_view(Trace())
    assert view.data["rows"] == []
    assert view.data["summary"] == "nothing was recorded"
    assert repr(view.widget) == "trace view, nothing was recorded"


# What a view is.


@pytest.fixture
def trace():
    with Trace() as trace, span("work"):
        pass
    return trace


def test_a_view_is_the_pictures_twin_in_text_and_the_widget_has_no_address(trace):
    view = trace_view(trace)
    assert repr(view) == repr(trace)
    assert repr(view.widget) == "trace view, 2 spans"
    assert view.widget is view.widget
    assert view.widget.data == view.data


def test_two_views_of_one_trace_are_two_widgets(trace):
    assert trace_view(trace).widget.model_id != trace_view(trace).widget.model_id


def test_a_view_is_of_the_moment_when_it_was_made():
    with Trace() as trace:
        view = trace_view(trace)
        with span("later"):
            pass
    assert [row["name"] for row in view.data["rows"]] == ["trace"]
    assert "(unfinished)" in repr(view)


@pytest.mark.parametrize("wrong", [None, [], "trace", 3])
def test_what_is_no_trace_is_named(wrong):
    with pytest.raises(UsageError, match=r"with lab\.trace"):
        trace_view(wrong)


def shown_by(view, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    view._ipython_display_()
    return shown


def test_the_picture_that_lasts_comes_before_the_widget(trace, monkeypatch):
    view = trace_view(trace)
    assert shown_by(view, monkeypatch) == [view.picture, view.widget]


@pytest.fixture
def without_anywidget(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "labkit.widgets.front_end", raising=False)


@pytest.mark.usefixtures("without_anywidget")
def test_without_anywidget_there_is_the_picture_and_the_command(trace, monkeypatch, capsys):
    view = TraceView(trace)
    assert shown_by(view, monkeypatch) == [view.picture]
    assert "pip install 'labkit[course]'" in capsys.readouterr().out
    with pytest.raises(MissingDependency, match="needs anywidget"):
        _ = view.widget


SCRIPT = """
from labkit.tracing import Trace, span
from labkit.widgets import trace_view
with Trace() as trace, span("work"):
    pass
"""
TWIN = "Trace: 2 spans, 1 service\n  notebook  trace\n  notebook    work\n"


def said_by(*command):
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_in_a_script_a_view_is_text_and_loads_no_widgets():
    more = (
        "import sys\nprint(trace_view(trace))\nprint({'anywidget', 'IPython'} & set(sys.modules))"
    )
    assert said_by("-c", SCRIPT + more) == TWIN + "set()\n"


def test_in_a_terminals_ipython_a_view_is_text():
    said = said_by(
        "-m", "IPython", "--quick", "--colors=nocolor", "-c", SCRIPT + "trace_view(trace)"
    )
    assert said.removeprefix("Out[0]: ") == TWIN + "trace view, 2 spans\n"


def test_the_wheel_has_the_files_of_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    wheel = zipfile.ZipFile(tmp_path / buildapi.build_wheel(str(tmp_path)))
    with wheel:
        shipped = {name for name in wheel.namelist() if name.startswith("labkit/widgets/")}
    here = (ROOT / "labkit" / "widgets").iterdir()
    assert shipped == {f"labkit/widgets/{path.name}" for path in here if path.is_file()}
    assert {Path(name).suffix for name in shipped} == {".py", ".js", ".css"}
