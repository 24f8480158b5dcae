"""
One run of a submission on the task's example, made visible.

Shown: the call, what it gave, what it printed, and the trace of all hops that it caused in the lab.

Floor 4: knows tasks and the worker.
"""

import inspect
from collections.abc import Container, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from labkit.course.findings import Finding, ran_into_todo
from labkit.course.judging import Log, as_function, observe
from labkit.course.running import Stopped, finish, run_for
from labkit.course.task import Request, Room, Task
from labkit.course.text import bounded, indented, sentence, shown
from labkit.errors import MissingDependency
from labkit.pictures import Picture, request_table, waterfall
from labkit.pictures.writing import plain
from labkit.tracing import Span, Trace


@dataclass(frozen=True, slots=True)
class Watched:
    """
    What one run of a submission did.

    Attributes:
        call: The call, such as ``sign({'sub': 'ann'})``; empty if there was none.
        result: What it gave, or why there is nothing.
        printed: What the submission printed.
        requests: What the lab's services answered while it ran, oldest first.
        spans: Every hop of the run, the outermost first; none without a lab.
    """

    call: str
    result: str
    printed: str = ""
    requests: Sequence[Request] = ()
    spans: Sequence[Span] = ()

    @property
    def picture(self) -> Picture | None:
        """The trace as a picture, or the requests if no hop was seen; None if there were none."""
        if len(self.spans) > 1:  # The outermost is the run itself.
            return waterfall(self.spans)
        return request_table(self.requests) if self.requests else None

    def __repr__(self) -> str:
        lines = [self.call, f"  {self.result}"] if self.call else [self.result]
        if self.printed.strip():
            lines += ["  printed:", indented(bounded(self.printed))]
        if self.picture is not None:
            lines.append(indented(self.picture.text, by="  "))
        return "\n".join(lines)

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        """Give Jupyter the text, and the picture if there is one."""
        data: dict[str, str] = {}
        about: dict[str, dict[str, object]] = {}
        if self.picture is not None:
            with suppress(MissingDependency):  # The text says it all.
                data, about = self.picture._repr_mimebundle_(include, exclude)
        return {**data, "text/plain": repr(self)}, about


async def watch(task: Task, submission: object, room: Room | None) -> Watched:
    """Run *submission* on the example of *task* for at most `Task.limit_s` seconds."""
    before, trace = _requests(room), Trace()
    with nullcontext() if room is None else trace:  # The worker inherits where it is started.
        ran = await run_for(lambda: _run(task, submission, room), task.limit_s)
    known = set(map(id, before))
    call, result = ran.value or ("", f"still running after {task.limit_s:g} seconds: stopped")
    new = tuple(request for request in _requests(room) if id(request) not in known)
    return Watched(call, result, ran.printed, new, tuple(trace))


def _requests(room: Room | None) -> tuple[Request, ...]:
    return () if room is None else tuple(room.requests)


def _run(task: Task, submission: object, room: Room | None) -> tuple[str, str]:
    """Return the call and its result as texts. Runs on a worker; raises nothing but `Stopped`."""
    if task.call is None:
        return "", "this exercise has no example to watch; ex.check(...) shows what it sees"
    call = ""
    try:
        function = as_function(submission, task)
        arguments = task.call(room)
        name = getattr(submission, "__name__", "your function")
        call = plain(f"{name}({', '.join(map(shown, arguments))})")
        value = observe(function, task, Log())(*arguments)
        if inspect.isawaitable(value):
            value = finish(value)
        return call, f"-> {shown(value)}"
    except Stopped:
        raise
    except Finding as finding:
        return call, finding.says
    except BaseException as error:  # Shown, whatever it is.
        return call, _told(error)


def _told(error: BaseException) -> str:
    if ran_into_todo(error):
        return "TODO: there is code left to write"
    return f"raised {sentence(error)}"
