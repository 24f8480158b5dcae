"""
What happened: every hop of a piece of code, recorded as spans.

Read `span` first (what one hop looks like), then `hop` (a span while it's open), `recording` (where
spans are collected), `ingress` and `egress` (requests in and out), `trace` (what one gets).
"""

from labkit.tracing.here import attach, capture, span
from labkit.tracing.ingress import instrument
from labkit.tracing.span import Kind, Moment, Span
from labkit.tracing.trace import Trace

__all__ = ["Kind", "Moment", "Span", "Trace", "attach", "capture", "instrument", "span"]
