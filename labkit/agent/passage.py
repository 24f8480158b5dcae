"""
One call on its way through the gateway, and its rows in the audit trail.

What can't be recorded isn't begun, if it writes; and if it doesn't, its result isn't used. So a
trail has no gap that nobody hears of, and a trail that is full ends no run.

Floor 2: knows errors and the clock.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from labkit.agent.audit import AuditResult, AuditRow, AuditSink, fingerprint
from labkit.agent.authority import Authority, Credential
from labkit.agent.context import REPORT_CHARACTERS
from labkit.agent.events import Event, Outcome, ToolProgress
from labkit.agent.invoke import Invocation, Refused
from labkit.agent.replies import Call
from labkit.agent.tools import Tool
from labkit.clock import SYSTEM_CLOCK
from labkit.errors import LabkitError

RECORD_S = 5.0  # Our choice: how long a run that is stopped waits for a row of the audit trail.
LOST = "a run was stopped, and a row of its audit trail couldn't be kept"
UNRECORDED = "this call couldn't be recorded ({why}), so {so}"

Emit = Callable[[Event], None]


@dataclass(slots=True)
class Passage:
    """
    One call on its way through the gateway.

    Attributes:
        call: What the model asks for.
        begun: When it did, on the clock of `time.perf_counter`.
        tool: The tool, once it's found.
        credential: The token for this call, once there is one.
        invocation: The call of the tool, once it's made.
    """

    call: Call
    begun: float = field(default_factory=time.perf_counter)
    tool: Tool | None = None
    credential: Credential | None = None
    invocation: Invocation | None = None

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self.begun

    @property
    def aftermath(self) -> str:
        """What is left of it once it was given up, for the model; often nothing."""
        return self.invocation.aftermath if self.invocation else ""

    def telling(self, emit: Emit) -> Callable[[ToolProgress], None]:
        """Return what takes the tool's reports: the token is none of a watcher's business."""

        def tell(said: ToolProgress) -> None:
            message = self.without_token(said.message)[:REPORT_CHARACTERS]
            emit(replace(said, message=message))

        return tell

    def without_token(self, text: str) -> str:
        """Return *text* as the model may read it."""
        return text.replace(self.credential.token, "[token]") if self.credential else text


@dataclass(frozen=True, slots=True)
class Rows:
    """
    The rows of one run in the audit trail.

    Attributes:
        run_id: Names the run.
        audit: Takes the rows.
        authority: Whose run it is; None means nobody's.
    """

    run_id: str
    audit: AuditSink
    authority: Authority | None

    async def begin(self, passage: Passage) -> None:
        """
        Keep a row before anything is written: what can't be recorded isn't begun.

        Raises:
            Refused: It can't be kept.
        """
        try:
            await self._record(passage, "started")
        except Exception as error:
            raise Refused("failed", unrecorded(passage, error)) from None

    async def end(self, passage: Passage, outcome: Outcome) -> None:
        """Record how a call ended; a run that is stopped meanwhile waits for its row."""
        row = asyncio.ensure_future(self._record(passage, outcome))
        try:
            await asyncio.shield(row)
        except asyncio.CancelledError:
            await asyncio.wait({row}, timeout=RECORD_S)
            _tell_if_lost(row)
            raise

    async def _record(self, passage: Passage, result: AuditResult) -> None:
        call, tool, credential = passage.call, passage.tool, passage.credential
        row = AuditRow(
            run_id=self.run_id,
            call_id=call.call_id,
            sub=self.authority.subject if self.authority else "",
            act=self.authority.actor if self.authority else "",
            tool=call.plain_name,
            arguments_sha256=fingerprint(call.arguments),
            audience=(tool and tool.audience) or "",
            scope=(tool and tool.scope) or "",
            jti=credential.token_id if credential else "",
            result=result,
            ms=passage.seconds * 1000,
            at=SYSTEM_CLOCK.now(),
        )
        await self.audit.record(row)


def _tell_if_lost(row: "asyncio.Future[None]") -> None:
    """The run is over, so nobody reads its calls any more: tell whoever watches the loop."""
    was_in_time = row.done() and not row.cancelled()
    error = row.exception() if was_in_time else TimeoutError("it took too long")
    row.cancel()
    if error:
        row.get_loop().call_exception_handler({"message": LOST, "exception": error})


def unrecorded(passage: Passage, error: Exception) -> str:
    """Say what a call without its row is worth: a result isn't used, what was written stays."""
    is_written = passage.invocation and passage.tool and passage.tool.writes
    so = "look what came of it before you repeat it" if is_written else "it counts for nothing"
    return UNRECORDED.format(why=fault(error), so=so)


def fault(error: Exception) -> str:
    """Say what failed behind the scenes: of an error that isn't ours its kind alone."""
    return str(error) if isinstance(error, LabkitError) else type(error).__name__
