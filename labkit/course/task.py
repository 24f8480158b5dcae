"""
One exercise as its author writes it: data and functions, without a learner.

Glossary. *Starter*: what the learner is given, with `TODO` in it. *Solution*: a right answer.
*Wrong*: for each anticipated mistake, a function that makes it. *Room*: what a check may use of
the lab that is running; None when there is none.

Floor 4: knows findings and errors. The lab itself lives upstairs and fits `Room` by its shape.
"""

import inspect
import re
import textwrap
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from labkit.course.findings import GENERAL_HINTS, Hints
from labkit.errors import UsageError

CHECK_LIMIT_S = 10.0  # Our choice: longer than any right answer takes on a slow, busy machine.
_ID = re.compile(r"\d\d\.[1-9]\d*")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RUNGS = 3  # A question, a principle, nearly the code.


class Request(Protocol):
    """One HTTP request that a service of the lab answered."""

    @property
    def service(self) -> str:
        """The service's name, such as "issuer"."""
        ...

    @property
    def method(self) -> str:
        """Such as "GET"."""
        ...

    @property
    def path(self) -> str:
        """The path without its query, such as "/lines/3"."""
        ...

    @property
    def status(self) -> int:
        """The answer's status code."""
        ...


class Room(Protocol):
    """What a check and an example call may use of a running lab."""

    @property
    def urls(self) -> Mapping[str, str]:
        """The base URL of each service, by its name."""
        ...

    @property
    def requests(self) -> Iterable[Request]:
        """The requests recorded lately, oldest first; the same objects each time."""
        ...

    def token(self, user: str = ..., *, audience: str = ..., scope: str = ...) -> str:
        """Sign a local user in and return an access token."""
        ...


Submission = Callable[..., object]
Check = Callable[[Submission, Room | None], Awaitable[None] | None]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """
    One exercise.

    Attributes:
        id: The notebook's number and the exercise's, such as "01.2".
        title: A few words.
        task: What to write, for the learner; also what `Exercise` shows of itself.
        starter: What the learner begins with. Its parameters are what the check relies on.
        check: Called with the submission and the room; raises `Finding`, or returns when all is
            well. It calls the submission by position, as the starter's parameters stand. It is
            ``async def`` if the solution is.
        solution: The reference. Its source is what `Exercise.solution` shows.
        wrong: For each finding's code, a submission that earns exactly that finding.
        hints: For each of the same codes, its three rungs.
        call: Makes the arguments of the example call that `Exercise.watch` shows; None: no example.
        limit_s: Seconds that a check may take.

    Raises:
        UsageError: The parts don't fit together. The text is for the author.
    """

    id: str
    title: str
    task: str
    starter: Submission
    check: Check
    solution: Submission
    wrong: Mapping[str, Submission]
    hints: Mapping[str, Hints]
    call: Callable[[Room | None], tuple[object, ...]] | None = None
    limit_s: float = CHECK_LIMIT_S

    def __post_init__(self) -> None:
        """Refuse a task that would mislead a learner later."""
        for fault in self._faults():
            raise UsageError(f"Task {self.id!r}: {fault}")

    def _faults(self) -> Iterable[str]:
        if not _ID.fullmatch(str(self.id)):
            yield 'id has to look like "01.2"'
        if not all(isinstance(text, str) and text.strip() for text in (self.title, self.task)):
            yield "title and task have to say something"
        if set(self.wrong) != set(self.hints):
            yield "wrong and hints need the same codes"
        for code, rungs in self.hints.items():
            if not _CODE.fullmatch(code) or code in GENERAL_HINTS:
                yield f"{code!r} has to be a code of its own, in lower case with hyphens"
            if len(rungs) != _RUNGS or not all(isinstance(r, str) and r.strip() for r in rungs):
                yield f"{code!r} needs three hints: a question, a principle, nearly the code"
        if self.is_async and not inspect.iscoroutinefunction(self.check):
            yield "the solution is async, so the check has to be"

    @property
    def is_async(self) -> bool:
        """Whether the submission is awaited."""
        return inspect.iscoroutinefunction(self.solution)

    def hints_for(self, code: str) -> Hints:
        """Return the rungs of one of the task's own codes or of a general one."""
        return self.hints[code] if code in self.hints else GENERAL_HINTS[code]

    @property
    def source(self) -> str:
        """The reference as its author wrote it."""
        return textwrap.dedent(inspect.getsource(self.solution))
