"""
A backend of your own, in this very process: the face of labkit for scripts and notebooks.

::

    with Lab() as lab:                                     # a script
        lab.inspections.get("/lines", token=lab.token())

    lab = labkit.start("01")                               # a notebook

A `Lab` runs from the moment it is made until `stop`, the end of its ``with`` block, the moment
when nothing refers to it any more, or the end of the process, whichever comes first. Labs are
independent of each other. `start` keeps one lab per lesson: a cell that runs again replaces the
lab of its first run, which would go on answering otherwise.

Read in this order: `lab`, `lessons` (one lab each), `card` (how a lab shows itself), `sigterm`.

Floor 5: knows the backend and the course.
"""

from labkit.lab.lab import CHAT_ENDED, Lab
from labkit.lab.lessons import start

__all__ = ["CHAT_ENDED", "Lab", "start"]
