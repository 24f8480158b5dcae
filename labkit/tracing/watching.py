"""
All hooks together: what is in place while a trace is open.

Floor 1: knows its neighbours.
"""

from labkit.tracing import egress, framework, statements
from labkit.tracing.hooks import Hooks

HOOKS = Hooks([*framework.HOOKS, *egress.HOOKS, *statements.HOOKS])
