"""
Our own tools: what an agent of the running example can look up, work out and change.

They call services by HTTP, each with a token of its own, and know nothing of the database. Each
returns JSON that a sentence can be made of, short enough to be read at once.

Read in this order: `plants` (lines and their rates), `lots` (the tools that write), `documents`
(runbooks and the outside search), `arithmetic`, `pictures` (the slow one), `answers` (what a
service's answer becomes).

Floor 2: knows the vision model.
"""

from labkit.agent.toolbox.arithmetic import calculate
from labkit.agent.toolbox.documents import read_runbook, search_outside, search_runbooks
from labkit.agent.toolbox.lots import find_lots, quarantine_lot, release_lot
from labkit.agent.toolbox.pictures import inspect_part
from labkit.agent.toolbox.plants import defect_rates, line_statistics, list_lines
from labkit.agent.tools import Toolset
from labkit.vision import VisionWorker

__all__ = ["toolbox"]


def toolbox(worker: VisionWorker) -> Toolset:
    """
    Return all of our tools.

    Args:
        worker: The vision model for `inspect_part`; its process starts with the first use.
    """
    return Toolset(
        [
            list_lines,
            defect_rates,
            line_statistics,
            find_lots,
            quarantine_lot,
            release_lot,
            search_runbooks,
            read_runbook,
            search_outside,
            calculate,
            inspect_part(worker),
        ]
    )
