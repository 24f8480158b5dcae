"""
An agent together with its user: whoever holds it can ask, and needs to know nothing of tokens.

Floor 2: knows its own parts.
"""

from collections.abc import Callable

from labkit.agent.agent import Agent
from labkit.agent.audit import AuditSink
from labkit.agent.authority import Authority
from labkit.agent.events import Result
from labkit.agent.gateway import Approve, expect_approve
from labkit.agent.stream import EventStream
from labkit.agent.tools import Toolset
from labkit.agent.transcript import Transcript
from labkit.background import BackgroundLoop


class BoundAgent:
    """
    An `Agent` that acts for one user.

    Args:
        agent: Who answers.
        authority: For whom.
        approve: Asked before each call that writes, where a run names nobody else. None means
            nobody, and then nothing is written.
        expect_running: Called before each run; raises if whom the agent needs is gone for good.
    """

    def __init__(
        self,
        agent: Agent,
        authority: Authority,
        approve: Approve | None = None,
        expect_running: Callable[[], None] | None = None,
    ) -> None:
        self._agent = agent
        self._authority = authority
        self._approve = expect_approve(approve)
        self._expect_running = expect_running or _nothing_is_missing

    @property
    def user(self) -> str:
        """For whom it acts."""
        return self._authority.subject

    @property
    def tools(self) -> Toolset:
        """The tools by name."""
        return self._agent.tools

    @property
    def audit(self) -> AuditSink:
        """Where the rows of the audit trail go."""
        return self._agent.audit

    async def run(
        self,
        question: str | None = None,
        *,
        transcript: Transcript | None = None,
        approve: Approve | None = None,
    ) -> Result:
        """Ask, as `Agent.run` does."""
        self._expect_running()
        return await self._agent.run(
            question,
            transcript=transcript,
            authority=self._authority,
            approve=approve or self._approve,
        )

    def run_sync(
        self,
        question: str | None = None,
        *,
        transcript: Transcript | None = None,
        approve: Approve | None = None,
    ) -> Result:
        """Ask and wait, as `Agent.run_sync` does: in a script, and in a cell."""
        asked = self.run(question, transcript=transcript, approve=approve)
        return BackgroundLoop.shared().run(asked)

    def stream(
        self,
        question: str | None = None,
        *,
        transcript: Transcript | None = None,
        approve: Approve | None = None,
    ) -> EventStream:
        """Ask, and read along, as `Agent.stream` does."""
        self._expect_running()
        return self._agent.stream(
            question,
            transcript=transcript,
            authority=self._authority,
            approve=approve or self._approve,
        )

    def __repr__(self) -> str:
        return f"<{self._agent!r} for {self.user}>"


def _nothing_is_missing() -> None: ...
