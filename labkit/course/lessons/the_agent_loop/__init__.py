"""
The exercises of notebook 11: the loop, its calls side by side, and how a run is judged.

Each of the first two talks to a real model endpoint over HTTP, served by `endpoint`: what it says
is written down in the check, what it refuses is what any such endpoint refuses.

Floor 4: knows the model service, the rehearsal model's turns, and the kit.
"""

from labkit.course.lessons.the_agent_loop.grading import GRADING
from labkit.course.lessons.the_agent_loop.loop import LOOP
from labkit.course.lessons.the_agent_loop.parallel import PARALLEL

NOTEBOOK = "11"
EXERCISES = (LOOP, PARALLEL, GRADING)
