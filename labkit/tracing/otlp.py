"""
A trace on its way to a collector of one's own: OTLP over HTTP, which every tracing backend takes.

Nothing is sent unless somebody asks, and then only to the endpoint that they name.

Glossary:
    collector: a program that takes spans in, such as the OpenTelemetry Collector or Jaeger.
    resource: in OTLP, what the spans come from; one for each service here.

Floor 1: knows errors and the OpenTelemetry exporter, which is optional: ``labkit[otlp]``.
"""

import logging
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Self
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from labkit.errors import MissingDependency, ServiceError, UsageError
from labkit.tracing.attributes import SEMANTIC_NAMES
from labkit.tracing.span import Kind, Moment, Span

TRACES_PATH = "/v1/traces"  # OTLP 1.9, "OTLP/HTTP Request".
_BATCH = 1000  # Spans in a request: under 1 MiB.
_SCOPE = InstrumentationScope("labkit")
_KINDS = {Kind.CLIENT: SpanKind.CLIENT, Kind.SERVER: SpanKind.SERVER}
_LOGGER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


def send(spans: Sequence[Span], endpoint: str, timeout_s: float) -> int:
    """
    Send *spans* to the collector at *endpoint* and return how many there were.

    Args:
        endpoint: Such as "http://127.0.0.1:4318"; without a path, `TRACES_PATH` is added.
        timeout_s: Seconds for each request, with the exporter's own retries.

    Raises:
        UsageError: The endpoint is no URL, or the time no number of seconds.
        ServiceError: The collector isn't there, or refuses.
        MissingDependency: The exporter isn't installed.
    """
    url = _url(endpoint)
    if not isinstance(timeout_s, int | float) or not 0 < timeout_s < math.inf:
        raise UsageError("timeout_s is a number of seconds above 0")
    exporter = _exporter(url, timeout_s)
    try:
        for first in range(0, len(spans), _BATCH):
            with _Overheard() as said:
                batch = [_readable(span) for span in spans[first : first + _BATCH]]
                if exporter.export(batch) is not SpanExportResult.SUCCESS:
                    raise _refused(url, said.status)
    finally:
        exporter.shutdown()
    return len(spans)


def _url(endpoint: str) -> str:
    example = "endpoint is where a collector listens, such as http://127.0.0.1:4318"
    if not isinstance(endpoint, str) or not endpoint.startswith(("http://", "https://")):
        raise UsageError(example)
    try:
        parts = urlsplit(endpoint)
        if not parts.hostname or (parts.port or 1) < 1:
            raise UsageError(example)
    except ValueError:
        raise UsageError(example) from None
    return endpoint if parts.path.strip("/") else endpoint.rstrip("/") + TRACES_PATH


def _exporter(url: str, timeout_s: float) -> Any:  # noqa: ANN401 - the package may be missing.
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise MissingDependency(
            "sending a trace needs OpenTelemetry's exporter: pip install 'labkit[otlp]'"
        ) from error
    return OTLPSpanExporter(endpoint=url, timeout=timeout_s)


def _refused(url: str, status: int | None) -> ServiceError:
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname  # No password.
    if status is None:
        return ServiceError(
            f"no collector takes spans at {where}: is it running? OTLP over HTTP is port 4318 on "
            "most; 4317 speaks gRPC, which this doesn't"
        )
    return ServiceError(
        f"{where} refused the spans with status {status}: is it an OTLP/HTTP endpoint?"
    )


class _Overheard(AbstractContextManager["_Overheard"]):
    """What the exporter logs: kept out of the user's cell, since the error says it all."""

    def __init__(self) -> None:
        self.status: int | None = None

    def __enter__(self) -> Self:
        logging.getLogger(_LOGGER).addFilter(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger(_LOGGER).removeFilter(self._note)

    def _note(self, record: logging.LogRecord) -> bool:
        codes = [part for part in record.args or () if isinstance(part, int)]
        self.status = codes[0] if codes else self.status
        return False


def _readable(span: Span) -> ReadableSpan:
    """Return *span* as the exporter wants it."""
    trace_id = int(span.trace_id, 16)
    return ReadableSpan(
        name=span.name,
        context=_context(trace_id, span.span_id),
        parent=_context(trace_id, span.parent_id) if span.parent_id else None,
        resource=_resource(span.service),
        attributes={"labkit.kind": str(span.kind), **_semantic(span)},
        events=[_event(moment, span) for moment in span.moments],
        kind=_KINDS.get(span.kind, SpanKind.INTERNAL),
        status=Status(StatusCode.ERROR if span.error else StatusCode.UNSET),
        start_time=span.start_ns,
        end_time=span.end_ns,
        instrumentation_scope=_SCOPE,
    )


def _context(trace_id: int, span_id: str) -> SpanContext:
    return SpanContext(
        trace_id, int(span_id, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )


@cache
def _resource(service: str) -> Resource:
    return Resource({"service.name": service})


def _semantic(span: Span) -> dict[str, Any]:
    found: dict[str, Any] = {SEMANTIC_NAMES[name]: v for name, v in span.attributes.items()}
    return {**found, "error.type": span.error} if span.error else found


def _event(moment: Moment, span: Span) -> Event:
    attributes: dict[str, Any] = {SEMANTIC_NAMES[k]: v for k, v in moment.attributes.items()}
    if moment.name == "exception":
        attributes["exception.type"] = span.error or ""
    return Event(moment.name, attributes, moment.at_ns)
