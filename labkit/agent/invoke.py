"""
One call of one tool that has passed the gateway: within its time, and with what it may know.

::

    async tool    runs on the loop of the run; given up, it is cancelled
    sync tool     runs in a thread; given up, it goes on behind the scenes, and the content says so

Floor 2: imports nothing of labkit but its own parts.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from labkit.agent.content import Unsendable, text_of
from labkit.agent.context import ServiceHttp, ToolContext
from labkit.agent.events import Outcome, ToolProgress
from labkit.agent.threads import SHARED
from labkit.agent.tools import Tool

STILL_AT_WORK = "; it can't be stopped from outside and may still be at work"
NO_THREAD = "; all threads were busy, so it never began"


class Refused(Exception):
    """
    A call that comes to nothing.

    Attributes:
        outcome: How it counts.
        reason: Why, for the model.
    """

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class Invocation:
    """
    A tool about to be called. To be made on the loop of the run.

    Args:
        tool: What to call.
        arguments: With what; validated.
        progress: Takes what it reports, on the loop.
    """

    def __init__(
        self, tool: Tool, arguments: dict[str, Any], progress: Callable[[ToolProgress], None]
    ) -> None:
        self._tool = tool
        self._arguments = arguments
        self._progress = progress
        self._loop = asyncio.get_running_loop()
        self._thread_id = threading.get_ident()
        self._began = self._ended = tool.is_async
        self._is_open = True

    @property
    def aftermath(self) -> str:
        """What is left of it once it was given up, for the model; often nothing."""
        if self._ended:
            return ""
        return STILL_AT_WORK if self._began else NO_THREAD

    async def make(self, run_id: str, call_id: str, http: ServiceHttp | None) -> str:
        """
        Call the tool; return what it returns, as text.

        Raises:
            Refused: It took too long, or its result has no text.
            BaseException: Whatever it raises.
        """
        tool = self._tool
        if tool.context_parameter is not None:
            report = partial(self._report, call_id)
            context = ToolContext(run_id, call_id, report, http)
            self._arguments[tool.context_parameter] = context
        try:
            async with asyncio.timeout(tool.timeout_s) as limit:
                value = await self._call()
            return text_of(value)
        except TimeoutError:
            if not limit.expired():
                raise  # The tool's own.
            reason = f"{tool.name} took longer than {tool.timeout_s:g} s{self.aftermath}"
            raise Refused("timeout", reason) from None
        except Unsendable as error:
            raise Refused("failed", f"{tool.name} gave no usable result: {error}") from None
        finally:
            self._is_open = False

    async def _call(self) -> object:
        if self._tool.is_async:
            return await self._tool.function(**self._arguments)
        value = await SHARED.run(self._in_thread)
        return await value if inspect.isawaitable(value) else value

    def _in_thread(self) -> object:
        self._began = True
        try:
            return self._tool.function(**self._arguments)
        finally:
            self._ended = True

    def _report(self, call_id: str, message: str, fraction: float | None) -> None:
        said = ToolProgress(call_id, self._tool.name, message, fraction)
        if threading.get_ident() == self._thread_id:
            self._pass_on(said)
        else:
            with suppress(RuntimeError):  # The loop has ended, and with it whoever watched.
                self._loop.call_soon_threadsafe(self._pass_on, said)

    def _pass_on(self, said: ToolProgress) -> None:
        if self._is_open:
            self._progress(said)
