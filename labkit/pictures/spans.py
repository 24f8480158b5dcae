"""
What a span has to have to be drawn, whoever recorded it.

Glossary. *Family*: the sort of work that shares a colour.

Floor 0: imports nothing of labkit.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

FAMILIES: Mapping[str, str] = {
    "client": "network",
    "server": "network",
    "middleware": "framework",
    "dependency": "framework",
    "handler": "framework",
    "serialise": "framework",
    "background": "framework",
    "auth": "auth",
    "pool": "database",
    "sql": "database",
    "agent": "model",
    "model": "model",
    "tool": "tool",
}
OTHER_FAMILY = "code"
NEVER_RAN = ("unknown", "invalid", "denied", "limited")
"""Outcomes of an agent's calls that never reached the tool's function."""


class MomentLike(Protocol):
    """A point in time inside a span."""

    @property
    def name(self) -> str:
        """Such as "enter"."""

    @property
    def at_ns(self) -> int:
        """When."""


class SpanLike(Protocol):
    """One recorded hop, such as a `labkit.tracing.Span`."""

    @property
    def span_id(self) -> str:
        """Its own id."""

    @property
    def parent_id(self) -> str | None:
        """The id of the span around it."""

    @property
    def name(self) -> str:
        """What was done."""

    @property
    def kind(self) -> str:
        """What sort of work it is."""

    @property
    def service(self) -> str:
        """Where."""

    @property
    def start_ns(self) -> int:
        """From when."""

    @property
    def end_ns(self) -> int:
        """To when."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What else is known."""

    @property
    def error(self) -> str | None:
        """The error's type, if there was one."""

    @property
    def raised_here(self) -> bool:
        """Whether it arose here."""

    @property
    def moments(self) -> Sequence[MomentLike]:
        """What happened meanwhile."""
