"""
An agent: a model, tools it may ask for, and the place where each of its calls is checked.

Read in this order: `events` (what a run tells), `transcript` (what was said), `tools` with `schema`
and `context` (what can be called), `gateway` (who may call it), `loop` (how it goes on), `agent`
(the face of all that).

`trail`, the audit trail in a database, is loaded by whoever wants one: SQLAlchemy's ORM takes half
as long as all the rest.
"""

from labkit.agent.agent import Agent
from labkit.agent.audit import AuditInMemory, AuditRow, AuditSink
from labkit.agent.authority import Authority, Credential, CredentialSource
from labkit.agent.bound import BoundAgent
from labkit.agent.context import ToolContext
from labkit.agent.events import (
    ApprovalAsked,
    Done,
    Event,
    Result,
    TextDelta,
    ToolCall,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    Usage,
)
from labkit.agent.limits import Limits
from labkit.agent.stream import EventStream
from labkit.agent.tools import Tool, Toolset, tool
from labkit.agent.transcript import Transcript

__all__ = [
    "Agent",
    "ApprovalAsked",
    "AuditInMemory",
    "AuditRow",
    "AuditSink",
    "Authority",
    "BoundAgent",
    "Credential",
    "CredentialSource",
    "Done",
    "Event",
    "EventStream",
    "Limits",
    "Result",
    "TextDelta",
    "Tool",
    "ToolCall",
    "ToolContext",
    "ToolEnded",
    "ToolProgress",
    "ToolStarted",
    "Toolset",
    "Transcript",
    "Usage",
    "tool",
]
