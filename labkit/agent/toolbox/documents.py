"""
Texts: the plants' runbooks, and what others write.

Whatever stands in them was written by somebody: it's data for the answer, never an order. What
bounds a model that takes it for one is the gateway, not these lines.

Floor 2: knows the services' paths.
"""

import asyncio
from typing import Annotated, Any

import httpx2
from pydantic import Field

from labkit.agent.context import ToolContext
from labkit.agent.toolbox.answers import INSPECTIONS, READ, segment, told
from labkit.agent.tools import tool
from labkit.errors import ServiceError

SEARCH = "search"
SEARCH_READ = "search:read"
MAX_MATCHES = 3
MAX_QUERY_CHARACTERS = 300  # What the services take; a longer one is cut, not refused.
NO_RUNBOOK = "there is no such runbook in your plants; search_runbooks finds yours"

RunbookId = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]

TRIES = 3
MAX_WAIT_S = 3.0
"""
How long a retry may wait, in seconds. Our choice: with all tries a tool's timeout isn't reached,
and a token for one call still lives.
"""


@tool(audience=INSPECTIONS, scope=READ)
async def search_runbooks(context: ToolContext, query: str) -> dict[str, Any]:
    """
    Find runbooks, the plants' own instructions: what to do when something goes wrong, or how a job
    is done.

    Args:
        query: What to look for, in words.
    """
    items = told(await context.http.get("/runbook-matches", params=_question(query)))["items"]
    return {
        "runbooks": [
            {name: row[name] for name in ("id", "title", "snippet")} | {"plant": row["plant_id"]}
            for row in items
        ]
    }


@tool(audience=INSPECTIONS, scope=READ)
async def read_runbook(context: ToolContext, runbook: RunbookId) -> dict[str, Any]:
    """
    Read one runbook in full, by its id such as lens-cleaning.

    Args:
        runbook: The runbook's id, such as lens-cleaning.
    """
    path = f"/runbooks/{segment(runbook, NO_RUNBOOK)}"
    row = told(await context.http.get(path), NO_RUNBOOK)
    return {name: row[name] for name in ("id", "title", "body")} | {"plant": row["plant_id"]}


@tool(audience=SEARCH, scope=SEARCH_READ)
async def search_outside(context: ToolContext, query: str) -> dict[str, Any]:
    """
    Search outside of the plants what suppliers, vendors and manufacturers publish: notices,
    recalls, handbooks, data sheets. Slow.

    Args:
        query: What to look for, in words.
    """
    for attempt in range(1, TRIES + 1):
        answer = await context.http.get("/search", params=_question(query))
        if answer.status_code not in (429, 503):
            return {"notices": told(answer)["items"]}
        if attempt < TRIES:
            await _wait(context, answer)
    raise ServiceError(f"the search was busy {TRIES} times in a row: try again in a minute")


def _question(query: str) -> dict[str, str | int]:
    return {"q": query[:MAX_QUERY_CHARACTERS], "limit": MAX_MATCHES}


async def _wait(context: ToolContext, answer: httpx2.Response) -> None:
    """
    Wait as long as the service asks (``Retry-After``, RFC 9110 section 10.2.3).

    Raises:
        ServiceError: It asks for more than a run has patience.
    """
    asked = answer.headers.get("retry-after", "1")
    wait_s = int(asked) if asked.isascii() and asked.isdigit() else 1  # A date: soon.
    if wait_s > MAX_WAIT_S:
        raise ServiceError(f"the search takes no more questions for {wait_s} s: try again then")
    context.report(f"the search is busy ({answer.status_code}); again in {wait_s} s")
    await asyncio.sleep(wait_s)
