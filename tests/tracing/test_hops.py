"""The way for other rooms to record: `span`, over tasks and threads, and free when nobody looks."""

import asyncio
import contextvars
import threading
import time

import pytest

from labkit.errors import UsageError
from labkit.tracing import Kind, Trace, attach, capture, hop, span


def test_a_block_is_a_span_with_its_kind_and_attributes(tree):
    with Trace() as trace, span("tool count", Kind.TOOL, tool_name="count", turn=None) as it:
        it.set(rows=3)
        it.moment("half way", count=1)
        with span("inside"):
            pass
    assert tree(trace) == ["trace", "tool count < trace", "inside < tool count < trace"]
    (tool,) = trace.find(kind="tool")
    assert dict(tool.attributes) == {"tool_name": "count", "rows": 3}
    assert [(m.name, dict(m.attributes)) for m in tool.moments] == [("half way", {"count": 1})]
    assert tool.start_ns < tool.moments[0].at_ns < tool.end_ns
    assert tool.duration_ms > 0


def test_outside_a_trace_nothing_happens():
    with span("nobody looks", Kind.TOOL, rows=1) as it:
        it.set(rows=2)
        it.moment("unseen", rows=3)
        assert capture() is None
    assert it is span("the same one")


@pytest.mark.parametrize("traced", [False, True])
def test_an_attribute_that_is_not_on_the_list_is_refused_with_and_without_a_trace(traced):
    def misuse():
        with pytest.raises(UsageError, match="no attribute 'password'"):
            span("x", password="hidden")
        with span("x") as it:
            with pytest.raises(UsageError, match="no attribute 'header'"):
                it.set(header="hidden")
            with pytest.raises(UsageError, match="no attribute 'query'"):
                it.moment("x", query="hidden")

    if traced:
        with Trace() as trace:
            misuse()
        assert "hidden" not in repr(list(trace))
    else:
        misuse()


async def test_tasks_inherit_where_they_were_started(tree):
    async def ask(name):
        with span(name):
            await asyncio.sleep(0)
            with span(f"inside {name}"):
                await asyncio.sleep(0)

    with Trace() as trace:
        async with asyncio.TaskGroup() as group, AsyncSpan("fan-out"):
            for name in ("a", "b", "c"):
                group.create_task(ask(name))
    expected = {f"inside {name} < {name} < fan-out < trace" for name in ("a", "b", "c")}
    assert expected <= set(tree(trace))


class AsyncSpan:
    """A span as an async context manager: only for this test's one line."""

    def __init__(self, name):
        self._span = span(name)

    async def __aenter__(self):
        return self._span.__enter__()

    async def __aexit__(self, *error):
        return self._span.__exit__(*error)


def test_a_thread_is_taken_along_and_one_that_is_not_stays_outside(tree):
    def work(name, here):
        with attach(here), span(name):
            pass

    with Trace() as trace, span("start"):
        for name, here in (("taken", capture()), ("left", None)):
            thread = threading.Thread(target=work, args=(name, here))
            thread.start()
            thread.join()
    assert tree(trace) == ["trace", "start < trace", "taken < start < trace"]


def test_a_generator_that_is_closed_elsewhere_harms_nobody(tree):
    def values():
        with span("generator"):
            yield 1

    with Trace() as trace:
        inside = contextvars.copy_context()
        generator = values()
        inside.run(next, generator)
        generator.close()  # In another context than the one it was begun in.
        with span("after"):
            pass
    assert tree(trace) == ["trace", "generator < trace", "after < trace"]
    assert trace.find("generator")[0].error == "GeneratorExit"


def fail():
    raise ValueError("hidden")


def fail_in_another_way():
    try:
        with span("inner"):
            fail()
    except ValueError:
        raise KeyError("hidden") from None


def test_an_error_that_was_caught_and_a_new_one_each_arise_where_they_are_raised():
    with Trace() as trace, pytest.raises(KeyError), span("outer"):
        fail_in_another_way()
    found = [(s.name, s.error, s.raised_here) for s in trace]
    assert found == [("trace", None, False), ("outer", "KeyError", True),
                     ("inner", "ValueError", True)]  # fmt: skip
    assert "hidden" not in repr(list(trace))


def test_an_error_that_cannot_be_written_on_is_recorded_all_the_same():
    class Sealed(Exception):
        __slots__ = ()

        def __getattribute__(self, name):
            if name == "__dict__":
                raise AttributeError(name)
            return super().__getattribute__(name)

    with Trace() as trace, pytest.raises(Sealed), span("here"):
        raise Sealed
    assert trace.find("here")[0].error == "Sealed"


def test_times_only_grow_when_the_clock_goes_backwards(monkeypatch):
    with Trace() as trace:
        begin = time.time_ns()
        monkeypatch.setattr(time, "time_ns", lambda: begin - 3_600 * 10**9)
        with span("first"):
            pass
        with span("second"), Trace():
            pass
    starts = [one.start_ns for one in trace]
    assert starts == sorted(starts)
    assert trace.order() == ["first", "second", "trace"]
    assert all(one.end_ns >= one.start_ns for one in trace)


def test_the_clock_is_that_of_the_machine_again_at_the_next_trace(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    with Trace() as trace:
        pass
    assert 1_000_000_000 <= next(iter(trace)).start_ns < 3_600 * 10**9
    monkeypatch.undo()
    hop.clock.set()


def test_a_span_that_was_kept_after_the_trace_records_nothing(tree):
    with Trace() as trace:
        here = capture()
        late = span("late")
    with attach(here):
        assert capture() is None
        with span("x"):
            pass
    with late:
        pass
    assert tree(trace) == ["trace"]
