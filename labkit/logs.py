"""
Where the log of a lab's own threads goes: into a bounded buffer, never into somebody's cell.

A thread that prints, prints into whichever cell happens to run. So the records of a service's
thread are diverted: kept as text in the buffer of that service, shown when somebody asks.
Everybody else's logging, also another uvicorn's in the same process, stays as it was.

::

    buffer    the last lines of one service
    diverted  taken from the logging system before any handler of the user sees it

Which buffer a record belongs to is a context variable: tasks inherit it, and so do the worker
threads that run ``def`` endpoints.

Floor 0: imports nothing of labkit.
"""

import logging
from collections import deque
from contextvars import ContextVar

BUFFER_RECORDS = 200
"""Our choice: the story of one failure with its traceback, and a bound on memory."""

DIVERTED = ("uvicorn.error", "uvicorn.access", "asyncio", "httpx2", "labkit.security")
"""Loggers that speak in a service's thread, also when the user has set up logging."""

_current: ContextVar["LogBuffer | None"] = ContextVar("labkit_log_buffer", default=None)
_format = logging.Formatter("%(levelname)s %(name)s: %(message)s").format


class LogBuffer:
    """The last `BUFFER_RECORDS` records of one service, as text: no reference to a frame."""

    def __init__(self) -> None:
        self._records: deque[str] = deque(maxlen=BUFFER_RECORDS)

    def divert_here(self) -> None:
        """Take the records of the calling thread, and of the tasks that it starts, from now on."""
        _current.set(self)
        for name in DIVERTED:
            logging.getLogger(name).addFilter(_diverted)
        if not isinstance(logging.lastResort, _LastResort):
            logging.lastResort = _LastResort(logging.lastResort)

    def add(self, line: str) -> None:
        """Append one entry; the oldest goes when the buffer is full."""
        self._records.append(line)

    def text(self) -> str:
        """Return the buffer, oldest entry first, one record after the other."""
        return "\n".join(list(self._records))


def _diverted(record: logging.LogRecord) -> bool:
    """Filter of a logger: False, "go no further", once the record lies in a buffer."""
    buffer = _current.get()
    if buffer is None:
        return True
    if record.name != "uvicorn.access":  # The recorder of requests has those.
        buffer.add(_format(record))
    return False


def hide_queries() -> None:
    """
    Keep the query out of this process's access log: a secret sent there by mistake stays unknown.

    For a process of our own; in somebody else's, their uvicorn's log is theirs.
    """
    logging.getLogger("uvicorn.access").addFilter(_cut_query)


def _cut_query(record: logging.LogRecord) -> bool:
    """Filter that shortens: uvicorn's third argument is the path with its query."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            part.partition("?")[0] if isinstance(part, str) else part for part in record.args
        )
    return True


class _LastResort(logging.Handler):
    """
    What `logging` calls when the user has set up no handler: by default it prints to stderr.

    Source: https://docs.python.org/3/library/logging.html#logging.lastResort
    """

    def __init__(self, before: logging.Handler | None) -> None:
        super().__init__(before.level if before else logging.WARNING)
        self._before = before

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record of a service's thread; pass on everybody else's."""
        if _diverted(record) and self._before is not None:
            self._before.handle(record)
