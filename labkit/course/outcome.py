"""
What a check came to, as a text that shows itself.

The text is the same on every run: no times, no addresses, no order that depends on hashing.

Floor 4: knows how to write text safely.
"""

from dataclasses import dataclass
from typing import Literal

from labkit.course.text import bounded, indented

State = Literal["not attempted", "tried", "correct"]
MARKS: dict[State, str] = {"not attempted": "○", "tried": "◐", "correct": "●"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The outcome of one check.

    Attributes:
        exercise: The exercise's id.
        state: "not attempted", "tried" or "correct".
        code: The finding's code if something was found, else None.
        says: What was seen, in a sentence.
        evidence: What shows it, as text; empty if nothing does.
        printed: What the submission printed.
    """

    exercise: str
    state: State
    code: str | None = None
    says: str = ""
    evidence: str = ""
    printed: str = ""

    @property
    def correct(self) -> bool:
        """Whether the submission does what the task asks for."""
        return self.state == "correct"

    def __repr__(self) -> str:
        lines = [f"{MARKS[self.state]} {self.exercise} {self.says or self.state}"]
        if "\n" in self.evidence:
            lines += ["  seen:", indented(self.evidence)]
        elif self.evidence:
            lines.append(f"  seen: {self.evidence}")
        if self.printed.strip():
            lines += ["  printed:", indented(bounded(self.printed))]
        if self.state == "tried":
            lines.append("  ex.hint() asks the next question")
        return "\n".join(lines)
