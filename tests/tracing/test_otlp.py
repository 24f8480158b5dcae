"""A trace sent to a collector: a real receiver decodes what arrives."""

import builtins
import logging
import socket

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from labkit.errors import MissingDependency, ServiceError, UsageError
from labkit.server import Server
from labkit.tracing import Kind, Trace, otlp, span


@pytest.fixture
def received():
    return []


@pytest.fixture
def collector(received):
    """An OTLP/HTTP receiver; its path /refuses says no."""

    async def take(request):
        assert request.headers["content-type"] == "application/x-protobuf"
        received.append(ExportTraceServiceRequest.FromString(await request.body()))
        return Response(b"", media_type="application/x-protobuf")

    async def refuse(_request):
        return Response(status_code=400)

    routes = [
        Route("/v1/traces", take, methods=["POST"]),
        Route("/refuses", refuse, methods=["POST"]),
    ]
    server = Server(lambda _url: Starlette(routes=routes), name="collector")
    server.start()
    yield server.url
    server.stop()


def spans_of(requests):
    """Yield each span that arrived with the name of its service."""
    for request in requests:
        for resource in request.resource_spans:
            (service,) = [a.value.string_value for a in resource.resource.attributes
                          if a.key == "service.name"]  # fmt: skip
            for scope in resource.scope_spans:
                for one in scope.spans:
                    yield service, one


def plain(attributes):
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in attributes}


def test_every_span_arrives_with_its_service_parents_times_and_semantic_names(
    lab, read, collector, received
):
    with lab.trace() as trace:
        read("/lines/NOSUCH")
    assert trace.to_otlp(collector) == len(trace)
    wire = {one.span_id.hex(): (service, one) for service, one in spans_of(received)}
    assert wire.keys() == {one.span_id for one in trace}
    for one in trace:
        service, sent = wire[one.span_id]
        assert (service, sent.name) == (one.service, one.name)
        assert (sent.parent_span_id.hex() or None, sent.trace_id.hex()) == (
            one.parent_id, one.trace_id,
        )  # fmt: skip
        assert (sent.start_time_unix_nano, sent.end_time_unix_nano) == (one.start_ns, one.end_ns)
        assert plain(sent.attributes)["labkit.kind"] == one.kind
        assert (sent.status.code == Status.STATUS_CODE_ERROR) == bool(one.error)
    (server,) = [one for _, one in spans_of(received) if one.kind == WireSpan.SPAN_KIND_SERVER]
    assert plain(server.attributes)["http.response.status_code"] == 404
    (statement,) = [one for _, one in spans_of(received) if one.name == "SELECT lines"]
    assert plain(statement.attributes)["db.query.text"].startswith("SELECT lines.id")
    (handler,) = [one for _, one in spans_of(received) if one.name == "get_line"]
    assert [(event.name, plain(event.attributes)) for event in handler.events] == [
        ("exception", {"exception.type": "HTTPException"})
    ]


def test_many_spans_go_in_several_requests(collector, received, monkeypatch):
    monkeypatch.setattr(otlp, "_BATCH", 10)
    with Trace() as trace:
        for _ in range(24):
            with span("one", Kind.TOOL, tool_name="x"):
                pass
    assert trace.to_otlp(f"{collector}/v1/traces") == 25
    assert len(received) == 3
    assert len(list(spans_of(received))) == 25


def a_free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_collector_that_is_not_there_is_a_clear_error_and_nothing_is_printed(capfd, caplog):
    with Trace() as trace:
        pass
    url = f"http://user:hidden@127.0.0.1:{a_free_port()}"
    with pytest.raises(ServiceError, match=r"no collector takes spans at 127\.0\.0\.1:") as refused:
        trace.to_otlp(url, timeout_s=0.2)
    assert "hidden" not in str(refused.value)
    assert capfd.readouterr() == ("", "")
    assert [r for r in caplog.records if r.name.startswith("opentelemetry")] == []
    assert logging.getLogger(otlp._LOGGER).filters == []


def test_a_collector_that_refuses_says_with_which_status(collector):
    with Trace() as trace:
        pass
    with pytest.raises(ServiceError, match="refused the spans with status 400"):
        trace.to_otlp(f"{collector}/refuses", timeout_s=2)


@pytest.mark.parametrize("timeout_s", ["2", None, 0, -1, float("nan"), float("inf")])
def test_a_time_is_a_number_of_seconds(timeout_s):
    with Trace() as trace:
        pass
    with pytest.raises(UsageError, match="timeout_s is a number"):
        trace.to_otlp("http://127.0.0.1:9", timeout_s=timeout_s)


@pytest.mark.parametrize(
    "endpoint", ["", None, 7, "localhost:4318", "ftp://x", "http://", "http://x:port", "http://[x"]
)
def test_an_endpoint_is_a_url(endpoint):
    with Trace() as trace:
        pass
    with pytest.raises(UsageError, match="endpoint is where a collector listens"):
        trace.to_otlp(endpoint)


def test_without_the_exporter_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("opentelemetry.exporter"):
            raise ImportError(name)
        return real(name, *rest)

    with Trace() as trace:
        pass
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match=r"labkit\[otlp\]"):
        trace.to_otlp("http://127.0.0.1:4318")


def test_sending_a_trace_is_not_part_of_a_trace(collector, received):
    with Trace() as trace:
        with span("work"):
            pass
        trace.to_otlp(collector)
    assert {one.name for _, one in spans_of(received)} == {"trace", "work"}
