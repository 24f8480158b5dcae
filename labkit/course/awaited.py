"""
A coroutine that says what to do when somebody forgot to await it.

``ex.check(f)`` without ``await`` would show ``<coroutine object ...>`` and warn later, somewhere
else. An `Awaited` shows the line to write instead, and warns of nothing.

Floor 4: imports nothing of labkit.
"""

from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Awaited(Coroutine[Any, Any, T]):
    """
    Work that begins when it's awaited, or given to ``asyncio.run``.

    Args:
        work: Makes the coroutine, once, when the work begins.
        advice: What is shown as long as nobody awaits it.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]], advice: str) -> None:
        self._work = work
        self._advice = advice
        self._begun: Coroutine[Any, Any, T] | None = None

    def _coroutine(self) -> Coroutine[Any, Any, T]:
        if self._begun is None:
            self._begun = self._work()
        return self._begun

    def __await__(self) -> Generator[Any, Any, T]:
        return self._coroutine().__await__()

    def send(self, value: Any) -> Any:  # noqa: ANN401 - the protocol of coroutines (PEP 492).
        """Go on until the next wait."""
        return self._coroutine().send(value)

    def throw(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> Any:  # noqa: ANN401 - as in `send`.
        """Raise an error where the work waits. asyncio cancels this way."""
        error = typ if isinstance(typ, BaseException) else val or typ()
        assert isinstance(error, BaseException)
        return self._coroutine().throw(error.with_traceback(tb) if tb else error)

    def close(self) -> None:
        """End the work where it waits."""
        if self._begun is not None:
            self._begun.close()

    def __repr__(self) -> str:
        return self._advice
