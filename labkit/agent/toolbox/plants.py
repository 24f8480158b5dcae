"""
Lines and how well they do.

The service counts; the share is worked out here, by division: a model that compares counts would
send the repair crew to the busiest line.

Floor 2: knows the service's paths.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from labkit.agent.context import ToolContext
from labkit.agent.toolbox.answers import INSPECTIONS, READ, segment, told
from labkit.agent.tools import tool
from labkit.errors import ServiceError

Plant = Literal["plant-a", "plant-b"]
LineId = Annotated[str, Field(pattern=r"^[A-Z]\d+$")]
Days = Annotated[int, Field(ge=1)]

MAX_ROWS = 50  # Our choice: of a list that a model reads.
RATE_DIGITS = 4  # Decimals of a rate: a hundredth of a percent.
NO_LINE = "there is no such line in your plants; list_lines lists yours"


@tool(audience=INSPECTIONS, scope=READ)
async def list_lines(context: ToolContext, plant: Plant | None = None) -> dict[str, Any]:
    """
    List the production lines with the product that each of them makes.

    Args:
        plant: Only the lines of one plant.
    """
    params = {"limit": MAX_ROWS, **({"plant": plant} if plant else {})}
    items = told(await context.http.get("/lines", params=params))["items"]
    _check_any(items, plant)
    return {
        "lines": [
            {"line": row["id"], "plant": row["plant_id"], "product": row["product"]}
            for row in items
        ]
    }


@tool(audience=INSPECTIONS, scope=READ)
async def defect_rates(
    context: ToolContext, days: Days = 7, plant: Plant | None = None
) -> dict[str, Any]:
    """
    Compare all lines, or those of one plant, by their defect rate over the last days: which share
    of the inspected parts was defective, which line is the worst or the best.

    Args:
        days: How many days back.
        plant: Only the lines of one plant.
    """
    params = {"days": days, **({"plant": plant} if plant else {})}
    totals = told(await context.http.get("/line-totals", params=params))
    _check_any(totals["items"], plant)
    rates = [_rate(row) for row in totals["items"]]
    rates.sort(key=lambda row: -1.0 if row["rate"] is None else row["rate"], reverse=True)
    return {
        "lines": rates[:MAX_ROWS],
        "first_day": totals["first_day"],
        "last_day": totals["last_day"],
    }


@tool(audience=INSPECTIONS, scope=READ)
async def line_statistics(context: ToolContext, line: LineId, days: Days = 7) -> dict[str, Any]:
    """
    Show the daily figures of one line: how many parts it inspected and found defective day by day,
    and in all.

    Args:
        line: The line's id, such as A4.
        days: How many days back.
    """
    path = f"/lines/{segment(line, NO_LINE)}/statistics"
    items = told(await context.http.get(path, params={"days": days}), NO_LINE)["items"]
    return {
        "line": line,
        "inspected": sum(row["inspected"] for row in items),
        "defective": sum(row["defective"] for row in items),
        "days": [
            {name: row[name] for name in ("day", "inspected", "defective")}
            for row in items[-MAX_ROWS:]
        ],
    }


def _rate(row: dict[str, Any]) -> dict[str, Any]:
    inspected, defective = row["inspected"], row["defective"]
    return {
        "line": row["line_id"],
        "plant": row["plant_id"],
        "product": row["product"],
        "inspected": inspected,
        "defective": defective,
        "rate": round(defective / inspected, RATE_DIGITS) if inspected else None,
    }


def _check_any(items: list[Any], plant: str | None) -> None:
    """
    Say that a plant shows nothing: to whoever isn't of its staff, it isn't there.

    Raises:
        ServiceError: Nothing is shown of *plant*.
    """
    if plant is not None and not items:
        raise ServiceError(f"{plant} shows you nothing: it isn't one of your plants")
