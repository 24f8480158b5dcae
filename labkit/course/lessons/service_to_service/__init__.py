"""
The exercises of notebook 02: find a key, keep a token, decide about a request.

Each check stands on the other side of the submission: it is the issuer that is asked for keys or
tokens, and counts how often, of which address, and by how many at once.

Solutions and wrong answers are written as a learner would write them, without annotations.

Floor 4: knows tokens, and the kit.
"""

from labkit.course.lessons.service_to_service.key_by_kid import FIND_KEY
from labkit.course.lessons.service_to_service.scope_check import DECIDE
from labkit.course.lessons.service_to_service.token_cache import CURRENT_TOKEN

NOTEBOOK = "02"

EXERCISES = (FIND_KEY, CURRENT_TOKEN, DECIDE)
