"""
The exercises of notebook 00: find the slow step of a trace, work out the defect rate of each line.

The tables are small and made here, so that each mistake that is foreseen gives another answer.

Solutions and wrong answers are written as a learner would write them, without annotations. pandas
loads with the first check: the map of the course asks for the exercises too, and needs none.

Floor 4: knows the kit.
"""

from labkit.course.lessons.the_whole_game.defect_rate import RATE_BY_LINE
from labkit.course.lessons.the_whole_game.slowest_span import SLOWEST

NOTEBOOK = "00"

EXERCISES = (SLOWEST, RATE_BY_LINE)
