"""
A question back: what a call still lacks, and how our own question is known again.

Floor 1: imports nothing of labkit but its neighbours.
"""

import re
from collections.abc import Sequence

from labkit.rehearsal.knowing import KnownTool
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.wording import listed
from labkit.rehearsal.words import words_of

CHOICES = 8  # That are named when one is asked for.


def ask_for(tool: KnownTool, missing: Sequence[Parameter]) -> str:
    """Return the question for what a call lacks. `asked_for` reads it again."""
    first = missing[0]
    needed = listed([_as_said(each) for each in missing])
    hint = f" ({first.description.rstrip('.')})" if first.description else ""
    options = listed([str(choice) for choice in first.choices[:CHOICES]], last=" or ")
    can_be = f" It can be {options}." if options else ""
    what = "What should it be?" if len(missing) == 1 else "What should they be?"
    return f"To use {tool.name} I still need {needed}{hint}.{can_be} {what}"


def _as_said(parameter: Parameter) -> str:
    """Return a parameter as a sentence names it: "the currency (from)", "whether it is open"."""
    first, *rest = words_of(parameter.name) or [parameter.name]
    if parameter.role is Role.FLAG:
        return f"whether it is {' '.join(rest if first == 'is' and rest else [first, *rest])}"
    if first in ("from", "to") and rest:
        return f"the {' '.join(rest)} ({first})"
    return f"the {' '.join([first, *rest])}"


def asked_for(said: str) -> str | None:
    """Return the tool that our own question *said* was about, or None if it wasn't one."""
    found = re.search(r"\bTo use (\S+) I still need ", said)
    return found[1] if found else None
