"""
A stand-in for a language model, by rules, behind the wire protocol of the real thing.

It is no network: it matches the question's words with those of the tools, also by their meaning,
which it looks up in a table of word vectors, and with the values that the tools need. How much
each piece of evidence counts was learnt from prompts; all else is rules. That is enough to drive
an agent offline, the same way on every run, and to show what an agent is made of. It says what it
is whenever somebody asks.

Read in this order: `turn` (what a model answers), `request` (what it's asked), `wire` (how both
look as JSON), `planner` (the rules, from above), `evidence` (which tool), `filling` (with which
arguments), `answers` (what is said of the results).
"""

from labkit.rehearsal.explaining import Explanation, explain
from labkit.rehearsal.faults import RequestFault
from labkit.rehearsal.planner import plan
from labkit.rehearsal.request import ChatRequest, parse_request
from labkit.rehearsal.turn import Call, Turn

__all__ = [
    "Call",
    "ChatRequest",
    "Explanation",
    "RequestFault",
    "Turn",
    "explain",
    "parse_request",
    "plan",
]
