"""
The exercises of notebook 03: route a request, offer a resource, page through a list.

Floor 4: knows the kit.
"""

from labkit.course.lessons.from_bytes_to_asgi.paging import PAGING
from labkit.course.lessons.from_bytes_to_asgi.resource import RESOURCE
from labkit.course.lessons.from_bytes_to_asgi.router import ROUTER

NOTEBOOK = "03"

EXERCISES = (ROUTER, RESOURCE, PAGING)
