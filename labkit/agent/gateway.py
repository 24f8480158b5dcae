"""
The one place that each call of a run goes through, from the model's wish to what it gets back.

The checks, in this order; the first that says no ends the call:

::

    budget      the run has calls left
    tool        there is one of that name
    schema      the arguments fit it
    scope       the user may do what the tool declares
    approval    for a tool that writes: somebody says yes to this very call, in time
    token       for a tool that calls a service: a fresh one, for that audience and scope alone

Whatever happens in there, also in the tool itself, ends as one `ToolCall` and one row of the audit
trail; nothing is raised. A hijacked model can ask for anything here, and gets what its user may.

Floor 2: knows errors and how a hop is recorded.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx2

from labkit.agent.audit import AuditSink
from labkit.agent.authority import MAX_LIFETIME_S, Authority
from labkit.agent.content import error_content, fitted
from labkit.agent.context import ServiceHttp
from labkit.agent.events import (
    ApprovalAsked,
    Outcome,
    ToolCall,
    ToolEnded,
    ToolStarted,
)
from labkit.agent.invoke import Invocation, Refused
from labkit.agent.limits import Limits
from labkit.agent.passage import Emit, Passage, Rows, fault, unrecorded
from labkit.agent.replies import Call
from labkit.agent.schema import InvalidArguments
from labkit.agent.tools import Tool, Toolset
from labkit.errors import LabkitError, UsageError
from labkit.tracing import Kind, span

Approve: TypeAlias = Callable[[ApprovalAsked], Awaitable[bool]]
"""Asked before each call that writes, on the loop of the run. Only ``True`` is a yes."""

NOBODY = "there is nobody to approve it: pass approve=, or --yes to labkit ask"

ERROR_CHARACTERS = 500  # Our choice: of what a tool raises; a traceback is no use to a model.


@dataclass(slots=True)
class Gateway:
    """
    The gateway of one run.

    Attributes:
        run_id: Names the run in the audit trail.
        tools: What the model may ask for.
        limits: The run's budget.
        emit: Takes the events.
        audit: Takes the rows.
        service: Returns the HTTP client of an audience.
        authority: Whose run it is; None means nobody's, and then no tool may call a service.
        approve: Who is asked about writes; None means nobody, and then nothing is written.
        closed: Why no further call is made, or empty.
    """

    run_id: str
    tools: Toolset
    limits: Limits
    emit: Emit
    audit: AuditSink
    service: Callable[[str], httpx2.AsyncClient]
    authority: Authority | None = None
    approve: Approve | None = None
    closed: str = ""
    _calls: int = 0
    _slots: asyncio.Semaphore = field(init=False)
    _rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.limits.parallel)
        self._rows = Rows(self.run_id, self.audit, self.authority)

    @property
    def used_up(self) -> bool:
        """Whether the budget of calls is spent."""
        return self._calls >= self.limits.calls

    async def dispatch(self, call: Call) -> ToolCall:
        """Let *call* through, or not; return how it ended, also when it is cancelled."""
        passage = Passage(call)
        name, arguments = call.plain_name, call.parsed()
        self.emit(ToolStarted(call.call_id, name, arguments))
        shown = name if name in {each.name for each in self.tools} else "nobody knows"
        with span(f"tool {shown}", Kind.TOOL, tool_name=name, call_id=call.call_id) as hop:
            outcome, content = await self._end(passage)
            try:
                await self._rows.end(passage, outcome)
            except Exception as error:
                outcome, content = "failed", error_content(unrecorded(passage, error))
            hop.set(outcome=outcome)
        seconds = passage.seconds
        self.emit(ToolEnded(call.call_id, name, outcome, content, seconds))
        return ToolCall(call.call_id, name, arguments, outcome, content, seconds)

    async def _end(self, passage: Passage) -> tuple[Outcome, str]:
        outcome: Outcome = "failed"
        try:
            text = await self._pass(passage)
        except Refused as refused:
            outcome, reason = refused.outcome, refused.reason
        except asyncio.CancelledError:
            reason = "it was cancelled from inside"
            if _is_being_cancelled():
                outcome, reason = "cancelled", f"the run was stopped{passage.aftermath}"
        except (Exception, SystemExit) as error:
            reason = _one_line(error)
        else:
            return "ok", fitted(passage.without_token(text), self.limits.output_characters)
        return outcome, error_content(passage.without_token(reason)[:ERROR_CHARACTERS])

    async def _pass(self, passage: Passage) -> str:
        """
        Make the checks, then the call; return what the tool returns, as text.

        Raises:
            Refused: A check said no.
            BaseException: Whatever the tool raises.
        """
        call = passage.call
        self._spend()
        tool = passage.tool = self._known(call.name)
        try:
            arguments, plain = tool.signature.validate(call.arguments)
        except InvalidArguments as error:
            raise Refused("invalid", str(error)) from None
        self._allow(tool)
        if tool.writes:
            patience_s = float(self.limits.approval_seconds)
            await self._ask(ApprovalAsked(call.call_id, tool.name, plain, patience_s))
            await self._rows.begin(passage)
        passage.invocation = Invocation(tool, arguments, passage.telling(self.emit))
        async with self._slots:
            http = await self._http(passage, tool)
            return await passage.invocation.make(self.run_id, call.call_id, http)

    def _spend(self) -> None:
        if self.closed:
            raise Refused("limited", self.closed)
        if self.used_up:
            raise Refused("limited", f"this run's {self.limits.calls} calls are used up")
        self._calls += 1

    def _known(self, name: str) -> Tool:
        tool = self.tools.get(name)
        if tool is None:
            there_are = ", ".join(each.name for each in self.tools) or "none"
            raise Refused("unknown", f"there is no such tool; the tools are: {there_are}")
        return tool

    def _allow(self, tool: Tool) -> None:
        if tool.scope is None:
            return
        if self.authority is None:
            raise Refused("denied", f"nobody is signed in, and {tool.name} needs {tool.scope}")
        if not self.authority.scopes.issuperset(tool.scope.split()):
            raise Refused("denied", f"this user may not: {tool.name} needs {tool.scope}")

    async def _ask(self, asked: ApprovalAsked) -> None:
        """
        Wait for a yes to this one call.

        Raises:
            Refused: There was none.
        """
        if self.approve is None:
            raise Refused("denied", f"{asked.name} writes, and {NOBODY}")
        self.emit(asked)
        try:
            async with asyncio.timeout(asked.expires_s) as limit:
                answer = await _promised(self.approve(asked))
        except Refused:
            raise
        except Exception as error:
            if limit.expired():
                reason = "nobody answered in time, so it wasn't approved"
                raise Refused("denied", reason) from None
            what = type(error).__name__
            raise Refused("denied", f"the approval failed ({what}), so it wasn't given") from None
        if answer is not True:
            raise Refused("denied", "the user said no")

    async def _http(self, passage: Passage, tool: Tool) -> ServiceHttp | None:
        """
        Return a client with a fresh token, for a tool that calls a service.

        Raises:
            Refused: No token is to be had, or none that is good for one call alone.
        """
        if tool.audience is None or tool.scope is None or self.authority is None:
            return None
        try:
            credential = await self.authority.source.credential(tool.audience, tool.scope)
        except Exception as error:  # What it says may quote what it was sent.
            raise Refused("denied", f"no token for {tool.audience}: {fault(error)}") from None
        if not 0 < credential.lifetime_s <= MAX_LIFETIME_S:
            raise Refused("denied", f"a token for one call lives {MAX_LIFETIME_S} s at most")
        passage.credential = credential
        return ServiceHttp(tool.audience, self.service(tool.audience), credential.token)


def expect_approve(approve: Approve | None) -> Approve | None:
    """
    Return *approve*.

    Raises:
        UsageError: It can't be asked.
    """
    if approve is not None and not callable(approve):
        raise UsageError("approve is an async function: async def approve(asked): return True")
    return approve


async def _promised(answer: Awaitable[bool]) -> bool:
    """Return what *answer* comes to. A plain function would hold up the loop while it asks."""
    if not inspect.isawaitable(answer):
        raise Refused("denied", "approve has to be an async function, so it wasn't approved")
    return await answer


def _is_being_cancelled() -> bool:
    """Tell whether this task was asked to stop, or only something that it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _one_line(error: BaseException) -> str:
    """Say what a tool raised, so that the model can mend its call."""
    said = " ".join(str(error).split())
    if isinstance(error, LabkitError):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
