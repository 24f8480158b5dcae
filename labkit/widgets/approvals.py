"""
Calls that wait for a yes, and the answers of a page.

Floor 4: knows the agent's events.
"""

import asyncio

from labkit.agent import ApprovalAsked


class Approvals:
    """The calls of one run that wait. All of it runs on one loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[bool]] = {}

    async def wait(self, asked: ApprovalAsked) -> bool:
        """Wait for an answer; the gateway gives up when its time is over."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[asked.call_id] = answer
        try:
            return await answer
        finally:
            self._waiting.pop(asked.call_id, None)

    def answer(self, call_id: str, *, yes: bool) -> None:
        """Answer a call; one that doesn't wait is left."""
        answer = self._waiting.get(call_id)
        if answer is not None and not answer.done():
            answer.set_result(yes)
