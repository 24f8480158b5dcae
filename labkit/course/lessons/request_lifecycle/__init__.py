"""
The exercises of notebook 04: a request's id, its log lines, the time that it takes.

Each check sends requests to the app that the submission made, straight through ASGI and without a
socket, and arranges by events who comes between whom. `driver` does that; `ids`, `context` and
`timing` hold one exercise each.

Floor 4: knows the kit, FastAPI and Starlette.
"""

from labkit.course.lessons.request_lifecycle.context import CONTEXT
from labkit.course.lessons.request_lifecycle.ids import IDS
from labkit.course.lessons.request_lifecycle.timing import TIMING

NOTEBOOK = "04"
EXERCISES = (IDS, CONTEXT, TIMING)
