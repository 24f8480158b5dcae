"""
The exercises: one module per notebook, with the notebook's name.

In it, ``NOTEBOOK`` is the notebook's number and ``EXERCISES`` a tuple of `Task`. It loads when one
of its exercises is asked for.

Floor 4: the modules themselves know the rooms that their exercises are about.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from labkit.course.path import STOPS, Stop, stop_of
from labkit.course.task import Task
from labkit.errors import UsageError


@cache
def tasks_of(stop: Stop) -> tuple[Task, ...]:
    """Return the exercises of one notebook; none if its module isn't there yet."""
    name = f"{__name__}.{stop.slug}"
    if find_spec(name) is None:
        return ()
    tasks: tuple[Task, ...] = import_module(name).EXERCISES
    return tasks


def all_tasks() -> tuple[Task, ...]:
    """Return every exercise of the course, in order."""
    return tuple(task for stop in STOPS for task in tasks_of(stop))


def find_task(exercise_id: str) -> Task:
    """
    Return the exercise with this id, such as "01.2".

    Raises:
        UsageError: There is none; the text lists those that the notebook has.
    """
    tasks = tasks_of(stop_of(exercise_id))
    for task in tasks:
        if task.id == exercise_id:
            return task
    ids = ", ".join(task.id for task in tasks) or "none yet"
    raise UsageError(f"no exercise {exercise_id!r}; this notebook has: {ids}")
