"""
One exercise as the learner meets it: check, hint, watch, settle, solution.

Glossary. *Attempts*: what happened with one exercise in this kernel: the last outcome, the rung
of the hints, the function that was found correct. They outlive the cell that makes the `Exercise`,
because that cell runs again with every new attempt.

Floor 4: knows tasks, how they are judged and where progress is kept. The lab upstairs passes
itself in as the room.
"""

import inspect
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TypeVar

from labkit.course.awaited import Awaited
from labkit.course.judging import judge, timed_out
from labkit.course.lessons import find_task
from labkit.course.outcome import Outcome
from labkit.course.record import Progress, progress_for
from labkit.course.running import run_for
from labkit.course.task import Room, Task
from labkit.course.text import Note, say
from labkit.course.watching import Watched, watch
from labkit.errors import UsageError
from labkit.settings import Settings

TRIES_BEFORE_SOLUTION = 3  # Our choice: one for each rung of the hints.

FORGOTTEN = "Nothing has run yet: put await in front, as in await ex.{}(your_function)"

F = TypeVar("F")


@dataclass(slots=True, eq=False)
class Attempts:
    """What happened with one exercise in this kernel."""

    last: Outcome | None = None
    rung: int = 0  # How many hints for the last finding were shown.
    correct: object = None  # The submission last found correct.

    def note(self, submission: object, outcome: Outcome) -> None:
        """Take in the outcome of a check."""
        if self.last is None or self.last.code != outcome.code:
            self.rung = 0
        self.last = outcome
        if outcome.correct:
            self.correct = submission
        elif self.correct is submission:
            self.correct = None


_attempts: defaultdict[tuple[Progress, str], Attempts] = defaultdict(Attempts)


class Exercise:
    """
    One exercise of the course. Made by `exercise`.

    Args:
        task: What is asked, and how it's checked.
        progress: Where tries are counted.
        attempts: What happened so far in this kernel.
        room: What checks may use of the lab; None for exercises that need none.
    """

    def __init__(
        self,
        task: Task,
        progress: Progress,
        attempts: Attempts | None = None,
        room: Room | None = None,
    ) -> None:
        self.task = task
        self._progress = progress
        self._attempts = attempts or Attempts()
        self._room = room

    def check(self, submission: object = None) -> Awaited[Outcome]:
        """
        Check *submission* and return what was seen. To be awaited; raises nothing.

        In a script: ``asyncio.run(ex.check(f))``. The submission runs on a thread of its own, for
        at most `Task.limit_s` seconds; what it prints is shown with the outcome.
        """
        return Awaited(lambda: self._check(submission), FORGOTTEN.format("check"))

    async def _check(self, submission: object) -> Outcome:
        ran = await run_for(lambda: judge(self.task, submission, self._room), self.task.limit_s)
        outcome = ran.value or timed_out(self.task, submission, ran.frames, abandoned=ran.abandoned)
        outcome = replace(outcome, printed=ran.printed)
        self._attempts.note(submission, outcome)
        if submission is not self.task.solution:  # The reference, settled, is nobody's success.
            self._progress.note_check(outcome)
        return outcome

    def hint(self) -> Note:
        """Return the next hint for what the last check found."""
        return Note(f"{self.task.id}, {self._next_hint()}")

    def _next_hint(self) -> str:
        last = self._attempts.last
        if last is None:
            return "a hint answers what a check has seen: first await ex.check(...)."
        if last.correct:
            return "the last check was correct; there is nothing to hint at."
        if last.code is None:
            return f"nothing is written yet: hints begin with your first try. {self.task.task}"
        rungs = self.task.hints_for(last.code)
        if self._attempts.rung == len(rungs):
            return (
                f"these were the {len(rungs)} hints for this finding. Try what they say and check "
                f'again, or look at lab.exercise("{self.task.id}").solution().'
            )
        self._attempts.rung += 1
        return f"hint {self._attempts.rung} of {len(rungs)}: {rungs[self._attempts.rung - 1]}"

    def watch(self, submission: object = None) -> Awaited[Watched]:
        """Run *submission* once on the task's example and show what it did. To be awaited."""
        return Awaited(lambda: watch(self.task, submission, self._room), FORGOTTEN.format("watch"))

    def settle(self, submission: F) -> F:
        """
        Return *submission* if its last check was correct, else the reference; print which.

        So the cells below work for everybody. They call what isn't asked for as ``async def``
        without ``await``, so there an async one is replaced too, however correct it is.
        """
        theirs = submission is not None and submission is not self.task.solution
        if not theirs or submission is not self._attempts.correct:
            why = ", until a check of yours is correct"
        elif inspect.iscoroutinefunction(submission) and not self.task.is_async:
            why = ": yours is async, and the cells below don't await it. Write def, and check again"
        else:
            say(f"{self.task.id}: going on with your function")
            return submission
        say(f"{self.task.id}: going on with the reference{why}")
        return self.task.solution  # type: ignore[return-value]  # Stands in for theirs.

    def solution(self, *, give_up: bool = False) -> Note:
        """
        Return the source of the reference, after `TRIES_BEFORE_SOLUTION` real tries.

        Args:
            give_up: Show it now.

        Raises:
            UsageError: *give_up* is neither True nor False.
        """
        if not isinstance(give_up, bool):
            raise UsageError("give_up is True or False: ex.solution(give_up=True)")
        record = self._progress.exercise(self.task.id)
        if give_up or record.state == "correct" or record.tries >= TRIES_BEFORE_SOLUTION:
            return Note(self.task.source)
        return Note(
            f"The solution opens after {TRIES_BEFORE_SOLUTION} tries; there were {record.tries} so "
            f'far. lab.exercise("{self.task.id}").hint() asks a question about the last one; '
            ".solution(give_up=True) opens it now."
        )

    def __repr__(self) -> str:
        return f"exercise {self.task.id}, {self.task.title}\n{self.task.task}"


def exercise(
    exercise_id: str, *, settings: Settings | None = None, room: Room | None = None
) -> Exercise:
    """
    Return the exercise with this id, such as "01.2".

    Args:
        settings: Says where progress is kept; None reads the environment.
        room: What checks may use of the lab that is running; None if none is.

    Raises:
        UsageError: There is no such exercise; the text lists those that there are.
    """
    task, record = find_task(exercise_id), progress_for(settings)
    return Exercise(task, record, _attempts[record, task.id], room)
