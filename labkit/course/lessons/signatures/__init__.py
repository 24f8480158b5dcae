"""
The exercises of notebook 01: open a token, accept a token, tell the time.

Each check makes its own tokens, good ones and forged ones (`forging`), and looks at which of them
the submission lets in. How it does that is its own business: by hand, with PyJWT, with labkit.
`opening`, `verifying` and `clocks` hold one exercise each.

Solutions and wrong answers are written as a learner would write them, without annotations.

Floor 4: knows tokens, and the kit.
"""

from labkit.course.lessons.signatures.clocks import IS_CURRENT
from labkit.course.lessons.signatures.opening import OPEN
from labkit.course.lessons.signatures.verifying import VERIFY

NOTEBOOK = "01"
EXERCISES = (OPEN, VERIFY, IS_CURRENT)
