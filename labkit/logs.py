"""
Where the log of a lab's own threads goes: into a bounded buffer, never into somebody's cell.

A thread that prints, prints into whichever cell happens to run. So the records of a service's
thread are diverted: kept as text in the buffer of that service, shown when somebody asks.
Everybody else's logging, also another uvicorn's in the same process, stays as it was.

::

    buffer    the last lines of one service
    diverted  taken from the logging system before any handler of the user sees it
    access    one line for each request, in a buffer of its own: many, and seldom of use

Which buffer a record belongs to, and which request, are context variables: tasks inherit them, and
so do the worker threads that run ``def`` endpoints.

Floor 0: imports nothing of labkit.
"""

import logging
from collections import deque
from contextvars import ContextVar

BUFFER_RECORDS = 200
"""Our choice: the story of one failure with its traceback, and a bound on memory."""

ACCESS = "labkit.access"
"""The logger with one line of JSON for each request; `labkit.services.hardening` writes it."""

DIVERTED = (
    "uvicorn.error", "uvicorn.access", "asyncio", "httpx2", "labkit.security", "labkit.database",
    ACCESS,
)  # fmt: skip
"""Loggers that speak in a service's thread, also when the user has set up logging."""

REQUEST_ID: ContextVar[str | None] = ContextVar("labkit_request_id", default=None)
"""The id of the request that is being served; `labkit.services.hardening` sets it."""

_current: ContextVar["LogBuffer | None"] = ContextVar("labkit_log_buffer", default=None)
_format = logging.Formatter("%(levelname)s %(name)s: %(message)s").format


class LogBuffer:
    """
    The last `BUFFER_RECORDS` records of one service, and as many lines of access.

    Kept as text, each with the id of its request: no reference to a frame.
    """

    def __init__(self) -> None:
        self._records: _Lines = deque(maxlen=BUFFER_RECORDS)
        self._access: _Lines = deque(maxlen=BUFFER_RECORDS)

    def divert_here(self) -> None:
        """Take the records of the calling thread, and of the tasks that it starts, from now on."""
        _current.set(self)
        logging.getLogger(ACCESS).setLevel(logging.INFO)
        for name in DIVERTED:
            logging.getLogger(name).addFilter(_diverted)
        if not isinstance(logging.lastResort, _LastResort):
            logging.lastResort = _LastResort(logging.lastResort)

    def add(self, line: str) -> None:
        """Append one entry; the oldest goes when the buffer is full."""
        self._records.append((REQUEST_ID.get(), line))

    def add_access(self, line: str) -> None:
        """Append the line of one request."""
        self._access.append((REQUEST_ID.get(), line))

    def text(self, request_id: str | None = None) -> str:
        """Return the records, of all or of one request, oldest first, one after the other."""
        return _text(self._records, request_id)

    def access_text(self, request_id: str | None = None) -> str:
        """Return the access log, of all or of one request: a line of JSON each, oldest first."""
        return _text(self._access, request_id)


_Lines = deque[tuple[str | None, str]]


def _text(lines: _Lines, request_id: str | None) -> str:
    return "\n".join(line for of, line in lines.copy() if request_id in (None, of))


def _diverted(record: logging.LogRecord) -> bool:
    """Filter of a logger: False, "go no further", once the record lies in a buffer."""
    buffer = _current.get()
    if buffer is None:
        return True
    if record.name == ACCESS:
        buffer.add_access(record.getMessage())
    elif record.name != "uvicorn.access":  # Says less than the line of ours.
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
