"""
Lots, and the two tools that change anything.

The version that a write names is read right before it. Whoever is faster in between wins, and this
call hears 409 (see `labkit.services.writing` for the other side): it then says how the lot stands
now and does nothing more. To write over another's decision isn't a tool's to choose.

Floor 2: knows the service's paths.
"""

from typing import Any

import httpx2

from labkit.agent.context import ToolContext
from labkit.agent.toolbox.answers import INSPECTIONS, READ, told
from labkit.agent.toolbox.plants import LineId
from labkit.agent.tools import tool
from labkit.errors import ServiceError

READ_AND_WRITE = "inspections:read inspections:write"  # It reads the version first.
MAX_LOTS = 20  # Our choice: newest first, so the older ones matter less.
NO_LOT = "there is no such lot in your plants; find_lots lists yours"
Lot = dict[str, Any]


@tool(audience=INSPECTIONS, scope=READ)
async def find_lots(
    context: ToolContext,
    line: LineId | None = None,
    quarantined: bool | None = None,  # noqa: FBT001  A model passes it by name.
) -> dict[str, Any]:
    """
    List lots, the newest first: of all lines or of one, all or only those that are in quarantine.

    Args:
        line: Only the lots of one line, by its id such as A4.
        quarantined: true: only lots that are blocked or held back; false: only free ones, OK to
            ship.
    """
    wanted = {"line": line, "quarantined": quarantined}
    params = {"limit": MAX_LOTS} | {k: v for k, v in wanted.items() if v is not None}
    page = told(await context.http.get("/lots", params=params))
    rest = {"cut": f"only the newest {MAX_LOTS} are listed; ask for one line"}
    return {"lots": [_shown(lot) for lot in page["items"]], **(rest if page["next"] else {})}


@tool(audience=INSPECTIONS, scope=READ_AND_WRITE, writes=True)
async def quarantine_lot(context: ToolContext, lot: int, reason: str) -> dict[str, Any]:
    """
    Put a lot into quarantine: block it or hold it back, so that it doesn't leave the plant.

    Args:
        lot: The lot's number.
        reason: Why, in a few words.
    """
    return await _set(context, lot, reason, quarantined=True)


@tool(audience=INSPECTIONS, scope=READ_AND_WRITE, writes=True)
async def release_lot(context: ToolContext, lot: int, reason: str) -> dict[str, Any]:
    """
    Release a lot from quarantine: unblock it, so that it may leave the plant.

    Args:
        lot: The lot's number.
        reason: Why, in a few words.
    """
    return await _set(context, lot, reason, quarantined=False)


async def _set(context: ToolContext, lot: int, reason: str, *, quarantined: bool) -> Lot:
    before = told(await context.http.get(f"/lots/{lot}"), NO_LOT)
    if before["quarantined"] == quarantined:
        return {**_state(before), "changed": False}
    wanted = {"quarantined": quarantined, "version": before["version"]}
    answer = await context.http.request("PUT", f"/lots/{lot}/quarantine", json=wanted)
    if answer.status_code == httpx2.codes.CONFLICT:
        raise ServiceError(_conflict(answer.json()["current"]))
    return {**_state(told(answer, NO_LOT)), "changed": True, "reason": reason}


def _conflict(current: Lot) -> str:
    return (
        f"somebody changed lot {current['id']} at the same time, so nothing was done here: it is "
        f"{'in' if current['quarantined'] else 'not in'} quarantine now (version "
        f"{current['version']}). Ask again if that is still wrong"
    )


def _state(lot: Lot) -> Lot:
    return {"lot": lot["id"], "line": lot["line_id"], "quarantined": lot["quarantined"]}


def _shown(lot: Lot) -> Lot:
    return {
        "name": f"lot {lot['id']}",
        "id": lot["id"],
        "line": lot["line_id"],
        "started_on": lot["started_on"],
        "parts": lot["parts"],
        "quarantined": lot["quarantined"],
    }
