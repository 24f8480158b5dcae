"""
The slow tool: a second look at one part.

The vision model lives in a process of its own and answers one question at a time. A thread waits
for it, so that the loop of the run doesn't.

Floor 2: knows the service's paths and the vision model.
"""

from dataclasses import asdict
from functools import partial
from typing import Any

from labkit.agent.context import ToolContext
from labkit.agent.threads import SHARED
from labkit.agent.toolbox.answers import INSPECTIONS, READ, told
from labkit.agent.tools import Tool, tool
from labkit.vision import Verdict, VisionWorker

NO_INSPECTION = "there is no such inspection in your plants"


def inspect_part(worker: VisionWorker) -> Tool:
    """Return the tool for this *worker*."""

    @tool(name="inspect_part", audience=INSPECTIONS, scope=READ)
    async def look_again(context: ToolContext, inspection: int) -> dict[str, Any]:
        """
        Look at the picture of one inspected part again with the vision model. Takes a second.

        Args:
            inspection: The inspection's number.
        """
        found = told(await context.http.get(f"/inspections/{inspection}"), NO_INSPECTION)
        of_it = {"inspection": inspection}
        defects = told(await context.http.get("/defects", params=of_it))["items"]
        kinds = sorted({defect["kind"] for defect in defects})
        context.report("the vision model looks at the picture", 0.2)
        judge = partial(worker.judge, inspection, kinds[0] if kinds else None)
        verdict = await SHARED.run(judge)
        assert isinstance(verdict, Verdict)
        context.report("the vision model has answered", 1.0)
        return _shown(found, kinds, verdict)

    return look_again


def _shown(found: dict[str, Any], kinds: list[str], verdict: Verdict) -> dict[str, Any]:
    return {
        "inspection": found["id"],
        "line": found["line_id"],
        "camera": found["camera_id"],
        "recorded_score": found["score"],
        "recorded_defective": found["defective"],
        "recorded_faults": ", ".join(kinds) or "none",
        **{f"now_{name}": value for name, value in asdict(verdict).items()},
    }
