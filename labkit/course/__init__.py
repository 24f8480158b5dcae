"""
The course kit: exercises that know the mistake, hints, predictions and progress.

A notebook reaches it through its lab (``lab.exercise("01.1")``); it works without one too::

    ex = labkit.course.exercise("01.1")
    print(asyncio.run(ex.check(my_function)))

Where to begin reading: `task` (what an exercise is), `judging` (how a submission is judged),
`running` (how it's stopped), `exercises` (what the learner sees). Lessons are in ``lessons/``.

Floor 4: never imports the lab upstairs, nor its neighbours ``attacks`` and ``widgets``.
"""

from labkit.course.exercises import Exercise, exercise
from labkit.course.findings import TODO, Finding, NotAttempted, expect_type
from labkit.course.outcome import Outcome
from labkit.course.overview import progress
from labkit.course.path import STOPS, Stop
from labkit.course.predictions import Prediction, predict
from labkit.course.record import Progress
from labkit.course.task import Request, Room, Task
from labkit.course.watching import Watched

__all__ = [
    "STOPS",
    "TODO",
    "Exercise",
    "Finding",
    "NotAttempted",
    "Outcome",
    "Prediction",
    "Progress",
    "Request",
    "Room",
    "Stop",
    "Task",
    "Watched",
    "exercise",
    "expect_type",
    "predict",
    "progress",
]
