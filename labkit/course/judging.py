"""
From a task and a submission to an outcome, whatever the submission does.

Glossary. *Observed submission*: the learner's function in a wrapper that remembers what it returned
and raised, and evens out ``def`` and ``async def``: an async task may be solved by a plain
function, and a plain task by an async one.

Everything here runs on a worker thread, because even the ``repr`` of what a submission returns is
the submission's code.

Floor 4: knows tasks, findings and the worker.
"""

import asyncio
import functools
import inspect
import linecache
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from labkit.course.findings import (
    GENERAL_HINTS,
    TODO,
    Finding,
    NotAttempted,
    holds_todo,
    ran_into_todo,
)
from labkit.course.outcome import Outcome
from labkit.course.running import Frames, Stopped, finish
from labkit.course.task import Room, Submission, Task
from labkit.course.text import bounded, sentence, shown
from labkit.pictures.writing import plain

FAILED = "The check couldn't go on."


@dataclass(slots=True)
class Log:
    """What an observed submission did, up to now."""

    returned: tuple[object, ...] = ()  # The last one.
    raised: list[BaseException] = field(default_factory=list)

    def note(self, value: object) -> object:
        """Remember what was returned, and stop where that is `TODO`."""
        self.returned = (value,)
        if holds_todo(value):
            raise NotAttempted("the submission returned TODO")
        return value

    def caused(self, error: BaseException) -> bool:
        """Tell whether *error* came out of the submission."""
        return any(each is error for each in self.raised)

    @property
    def met_todo(self) -> bool:
        """Whether a call ran into `TODO`, also when the check didn't mind the error."""
        return any(map(ran_into_todo, self.raised))


def judge(task: Task, submission: object, room: Room | None) -> Outcome:
    """Run the check of *task* on *submission*. Raises nothing but `Stopped`."""
    log = Log()
    try:
        return _outcome(task, submission, log, _check(task, submission, room, log))
    except Stopped:
        raise
    except BaseException as error:  # From a learner's __repr__ or __str__.
        return Outcome(task.id, "tried", "check-failed", FAILED, type(error).__name__)


def _check(task: Task, submission: object, room: Room | None, log: Log) -> BaseException | None:
    try:
        verdict = task.check(observe(as_function(submission, task), task, log), room)
        if verdict is not None:
            finish(verdict)
    except Stopped:
        raise
    except BaseException as error:  # SystemExit is a finding here, like any error.
        return error
    return None


def timed_out(task: Task, submission: object, frames: Frames, *, abandoned: bool) -> Outcome:
    """Return the outcome of a check whose time was up at *frames*."""
    says = f"Your function hadn't returned after {task.limit_s:g} seconds, so it was stopped."
    if abandoned:
        says = (
            f"Your function hadn't returned after {task.limit_s:g} seconds and can't be stopped "
            "where it is. It was left behind and does no harm to the lab; a restart of the kernel "
            "ends it."
        )
    return Outcome(task.id, "tried", "times-out", says, _line_of(submission, frames))


def _outcome(task: Task, submission: object, log: Log, error: BaseException | None) -> Outcome:
    if log.met_todo or ran_into_todo(error):
        return Outcome(task.id, "not attempted")
    if error is None:
        return Outcome(task.id, "correct")
    finding = _finding(submission, log, error)
    if finding.code not in task.wrong and finding.code not in GENERAL_HINTS:
        finding = _failed(f"the check used the unknown code {finding.code!r}", log)
    return Outcome(task.id, "tried", finding.code, finding.says, _text_of(finding.evidence))


def _text_of(evidence: object) -> str:
    if isinstance(evidence, str):
        return bounded(evidence)
    return "" if evidence is None else shown(evidence)


def _finding(submission: object, log: Log, error: BaseException) -> Finding:
    while isinstance(error, BaseExceptionGroup) and not log.caused(error):
        error = error.exceptions[0]  # From a TaskGroup in the check.
    if isinstance(error, Finding):
        return error
    if log.caused(error):
        frames = tuple(
            (f.f_code.co_filename, line) for f, line in traceback.walk_tb(error.__traceback__)
        )
        says = f"Your function raised {sentence(error)}"
        return Finding("raises", says, _line_of(submission, frames))
    return _failed(sentence(error), log)


def _failed(why: str, log: Log) -> Finding:
    after = f", after your function returned {shown(log.returned[0])}" if log.returned else ""
    return Finding("check-failed", FAILED, why + after)


def _line_of(submission: object, frames: Frames) -> str:
    """Return the innermost of *frames* that lies in the submission's own file or cell."""
    for file, line in reversed(frames):
        if inspect.isfunction(submission) and file == submission.__code__.co_filename:
            written = linecache.getline(file, line).strip()
            return plain(f"line {line}: {written}" if written else f"line {line}")
    return ""


def as_function(submission: object, task: Task) -> Submission:
    """Return *submission* if it can be called as the starter can; raise a `Finding` if not."""
    if submission is TODO:
        raise NotAttempted("TODO itself was passed")
    if not callable(submission):
        if inspect.iscoroutine(submission):
            submission.close()  # Nobody will await it, and Python needn't complain of that.
        raise Finding("not-callable", _not_callable(submission))
    _fit(submission, task)
    return submission


def _not_callable(value: object) -> str:
    if inspect.isawaitable(value):
        return "This is what your function gives when it's called, not the function itself."
    return f"This is {shown(value)}, and not a function."


def _fit(submission: Submission, task: Task) -> None:
    """Raise ``wrong-parameters`` unless *submission* can be called as the starter can."""
    try:
        theirs = inspect.signature(submission)
    except ValueError:  # Some functions written in C don't say; the check will find out.
        return
    asked = inspect.signature(task.starter)
    for wanted in (asked.parameters.values(), _without_defaults(asked)):
        named = {p.name: None for p in wanted if p.kind is p.KEYWORD_ONLY}
        placed = [None for p in wanted if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        try:
            theirs.bind(*placed, **named)
        except TypeError:
            says = f"Your function takes {_names(theirs)}; the starter takes {_names(asked)}."
            raise Finding("wrong-parameters", says) from None


def _without_defaults(signature: inspect.Signature) -> list[inspect.Parameter]:
    return [p for p in signature.parameters.values() if p.default is p.empty]


def _names(signature: inspect.Signature) -> str:
    return f"({', '.join(signature.parameters)})"


def observe(submission: Submission, task: Task, log: Log) -> Submission:
    """
    Return *submission* so that its calls are noted in *log*.

    Where the solution is a class or a generator function, nothing is wrapped: frameworks look at
    what such things are.
    """
    kinds = (inspect.isclass, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    if any(is_one(task.solution) for is_one in kinds):
        return submission
    return (_awaited if task.is_async else _plain)(submission, log)


def _plain(submission: Submission, log: Log) -> Submission:
    @functools.wraps(submission)
    def call(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - whatever the check passes.
        try:
            value = submission(*args, **kwargs)
            return log.note(_finished(value) if inspect.iscoroutine(value) else value)
        except BaseException as error:
            log.raised.append(error)
            raise

    return call


def _awaited(submission: Submission, log: Log) -> Callable[..., Awaitable[object]]:
    @functools.wraps(submission)
    async def call(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - as in `_plain`.
        try:
            value = submission(*args, **kwargs)
            if value is not TODO and inspect.isawaitable(value):
                value = await value
            return log.note(value)
        except BaseException as error:
            log.raised.append(error)
            raise

    return call


def _finished(coroutine: Any) -> object:  # noqa: ANN401 - a coroutine of the learner's.
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return finish(coroutine)
    coroutine.close()
    raise Finding("async-def", "Your function is async, and this exercise calls it without await.")
