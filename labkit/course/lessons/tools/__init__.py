"""
The exercises of notebook 10: a calculator, statistics over a database, a search in documents.

Each of them is the function behind a tool: its arguments were written by a model, and a model reads
what it returns. What went wrong is therefore a result like any other: ``{"error": "..."}``.

Floor 4: knows the rows of the running example, and the kit.
"""

from labkit.course.lessons.tools.calculator import CALCULATOR
from labkit.course.lessons.tools.rates import RATES
from labkit.course.lessons.tools.search import SEARCH

NOTEBOOK = "10"
EXERCISES = (CALCULATOR, RATES, SEARCH)
