"""
What is exchanged in other libraries while a trace is open, and put back when the last one closes.

Neither FastAPI nor SQLAlchemy nor httpx2 tells from outside when a dependency begins, how long a
connection was waited for, or what was sent. So each `Hook` puts a function of ours in front of one
of theirs: it makes a span and calls theirs. Nothing is in the way while no trace is open.

What FastAPI and OpenTelemetry's own instrumentations offer was measured and wasn't enough: FastAPI
makes one span for all dependencies and none for middleware, and keeps query strings; the one for
SQLAlchemy refuses version 2.1.

Floor 1: knows the libraries that it hooks into.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any


@dataclass(slots=True)
class Hook:
    """
    One attribute of somebody else's module or class, and what stands in for it meanwhile.

    Attributes:
        owner: The module or class.
        name: Of the attribute. A version that has none is left alone: those spans are missing then.
        make: Gets the original, returns what stands in for it.
    """

    owner: Any
    name: str
    make: Callable[[Any], Any]
    _original: Any = None
    _ours: Any = None

    def install(self) -> None:
        """Put ours in."""
        self._original = vars(self.owner).get(self.name)
        if self._original is not None:
            self._ours = self.make(self._original)
            setattr(self.owner, self.name, self._ours)

    def remove(self) -> None:
        """Put theirs back, unless somebody has put something else in front meanwhile."""
        if self._original is not None and vars(self.owner).get(self.name) is self._ours:
            setattr(self.owner, self.name, self._original)


class Hooks:
    """All hooks, in place as long as somebody wants them."""

    def __init__(self, hooks: "list[Hook | Any]") -> None:
        self._hooks = hooks
        self._wanted = 0
        self._lock = Lock()

    def install(self) -> None:
        """Put them in, if nobody has yet."""
        with self._lock:
            if self._wanted == 0:
                for hook in self._hooks:
                    hook.install()
            self._wanted += 1

    def remove(self) -> None:
        """Take them out, if nobody else wants them."""
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0:
                for hook in reversed(self._hooks):
                    hook.remove()
