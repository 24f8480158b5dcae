"""
What happened: every hop of a piece of code, recorded as spans.

Read `span` first (what one hop looks like).
"""

from labkit.tracing.span import Kind, Moment, Span

__all__ = ["Kind", "Moment", "Span"]
