"""
How far the learner has come, drawn on the path of a request.

Floor 4: knows the record and the list of notebooks; the drawing is `labkit.pictures.course_map`.
"""

from labkit.course.lessons import tasks_of
from labkit.course.path import STOPS, Stop, stop_of
from labkit.course.record import Document, progress_for
from labkit.pictures import Hop, Picture, course_map
from labkit.settings import Settings


def progress(settings: Settings | None = None, here: str | None = None) -> Picture:
    """
    Return the course's path with each hop filled as its exercises pass.

    Its ``text`` says the same for a terminal, and needs no matplotlib.

    Args:
        settings: Says where progress is kept; None reads the environment.
        here: The number of the open notebook, such as "01"; None marks none.

    Raises:
        UsageError: There is no notebook with that number.
    """
    number = None if here is None else stop_of(here).number
    record = progress_for(settings).read()
    return course_map([_hop(stop, record) for stop in STOPS], number)


def _hop(stop: Stop, record: Document) -> Hop:
    ids = [task.id for task in tasks_of(stop)]
    done = [i for i in ids if i in record.exercises and record.exercises[i].state == "correct"]
    return Hop(stop.number, stop.title, stop.place, len(ids), len(done), available=bool(ids))
