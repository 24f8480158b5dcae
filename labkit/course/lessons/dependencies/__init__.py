"""
The exercises of notebook 05: who calls, who may, what is stored where, and when it counts.

Each of them builds a FastAPI app, and each check asks that app over HTTP, in the process of the
check: what it answers, what was called, what is in the database afterwards.

Floor 4: knows FastAPI, the dependency graph, and the kit.
"""

from labkit.course.lessons.dependencies.caller import CALLER
from labkit.course.lessons.dependencies.require import REQUIRE
from labkit.course.lessons.dependencies.store import STORE
from labkit.course.lessons.dependencies.transaction import TRANSACTION

NOTEBOOK = "05"
EXERCISES = (CALLER, REQUIRE, STORE, TRANSACTION)
