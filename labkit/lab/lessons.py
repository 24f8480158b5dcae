"""
The labs of the lessons: one each, however often its cell runs.

Floor 5: knows the course and the settings.
"""

import threading

from labkit.course.path import stop_of
from labkit.lab.lab import Lab
from labkit.settings import Settings

_lessons: dict[str, Lab] = {}  # Held, so that `labkit.start("01")` alone keeps a lab running.
_starting = threading.Lock()


def start(lesson: str) -> Lab:
    """
    Start the lab of a lesson, such as "01"; say so in one line. Again: it replaces the first.

    It uses labkit's own database and model, whatever the environment names: what a notebook says
    holds for them. `Lab` uses yours.

    Raises:
        UsageError: There is no lesson of that number.
        LabkitError: A service doesn't start, or there is no place for its files.
    """
    __tracebackhide__ = True
    number = stop_of(lesson).number
    with _starting:
        before = _lessons.pop(number, None)
        if before is not None:
            before.stop()
        settings = Settings.from_environment()
        lab = _lessons[number] = Lab(name=number, settings=settings.for_lesson())
    print(lab._ready())  # noqa: T201  The cell's one line of output.
    if unused := settings.unused_in_lesson():
        print(f"(a lesson doesn't use your {', '.join(unused)}; `labkit.Lab()` does)")  # noqa: T201
    return lab
