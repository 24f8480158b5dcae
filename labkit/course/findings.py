"""
What a check can say of a submission.

Glossary. *Submission*: what the learner passes to a check. *Check*: code that calls the
submission and looks at what it does, never at its source. *Finding*: one mistake that a check saw;
its *code* names it, its *evidence* shows it. *Hints*: three rungs for each code: a question, a
principle, nearly the code. `TODO`: what stands in a starter where the learner's code will go.

A task brings the codes that it anticipates. The codes in `GENERAL_HINTS` can come up in any task
and are raised by the kit itself; ``wrong-type`` is for checks too, through `expect_type`.

Floor 4: imports nothing of labkit but its errors.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

from labkit.errors import LabkitError

Hints = tuple[str, str, str]
MAX_DEPTH = 4  # How deep TODO is looked for in what a submission returns; our choice.


class Finding(Exception):
    """
    One mistake, as a check saw it. Raised by a check, caught by the kit.

    Args:
        code: Its name, such as "no-exp-required": a key of the task's ``wrong`` and ``hints``.
        says: What was seen, in one sentence for the learner. It doesn't say how to mend it.
        evidence: The value or the event that shows it. A text is shown as it is, any other value
            as its ``repr``; None shows nothing.
    """

    def __init__(self, code: str, says: str, evidence: object = None) -> None:
        super().__init__(says)
        self.code = code
        self.says = says
        self.evidence = evidence


class NotAttempted(LabkitError):
    """The code ran into `TODO`: there is something left to write."""


class Todo:
    """
    The type of `TODO`, which can be returned but not used.

    Whatever else is done with it (a call, an operator, ``await``, iteration, an f-string, an
    attribute) raises `NotAttempted`, so a half-written function stops where the gap is.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "TODO"

    def __reduce__(self) -> str:
        """Stay the one `TODO` when copied or pickled."""
        return "TODO"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # Python and Jupyter ask for these to find out what it can do.
            raise AttributeError(name)
        _stop()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        _stop()

    def __hash__(self) -> int:
        return hash(Todo)


def _stop(*_args: object, **_kwargs: object) -> NoReturn:
    raise NotAttempted("TODO stands where your code goes; replace it, then run the cell again")


_USES = (
    "abs add aenter aexit aiter and anext await bool bytes call complex contains delitem "
    "divmod enter eq exit float floordiv format ge getitem gt index int invert iter le len lshift "
    "lt matmul mod mul ne neg next or pos pow radd rand rdivmod reversed rfloordiv rlshift "
    "rmatmul rmod rmul ror round rpow rrshift rshift rsub rtruediv rxor setitem sub truediv xor"
)
for _use in _USES.split():
    setattr(Todo, f"__{_use}__", _stop)

TODO: Final = Todo()
"""Stands in a starter where the learner's code will go."""


def holds_todo(value: object, depth: int = MAX_DEPTH) -> bool:
    """Tell whether *value* is `TODO`, or a container with a `TODO` inside."""
    return value is TODO or (depth > 0 and any(holds_todo(i, depth - 1) for i in _items(value)))


def _items(value: object) -> Iterator[object]:
    if type(value) is dict:  # Exact types: a subclass may do anything when it's iterated.
        yield from value.values()
    elif type(value) in (list, tuple, set, frozenset):
        yield from value  # type: ignore[misc]  # mypy doesn't narrow on `type(...) in`.


def ran_into_todo(error: BaseException | None) -> bool:
    """Tell whether `TODO` is the cause of *error*, also in a group or behind another error."""
    if error is None:
        return False
    if isinstance(error, BaseExceptionGroup) and any(map(ran_into_todo, error.exceptions)):
        return True
    return isinstance(error, NotAttempted) or ran_into_todo(error.__cause__ or error.__context__)


def expect_type(value: object, kind: type | tuple[type, ...], what: str = "your function") -> None:
    """
    Raise the finding ``wrong-type`` unless *value* is of this *kind*. For checks.

    Args:
        kind: The type, or several of which one will do. A bool is no int here.
        what: Who returned the value, for the finding's sentence.
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds):
        return
    names = " or ".join("None" if k is type(None) else k.__name__ for k in kinds)
    raise Finding(
        "wrong-type",
        f"{what} returned {_a(type(value).__name__)}; the exercise asks for {_a(names)}.",
        value,
    )


def _a(name: str) -> str:
    if name.startswith("None"):
        return name.replace("NoneType", "None")
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


GENERAL_HINTS: Mapping[str, Hints] = {
    "not-callable": (
        "What is the difference between a function and what it returns?",
        "A check calls your function itself, often more than once and with inputs of its own. So "
        "it needs the function, by its name, without parentheses.",
        "await ex.check(your_function)        # not your_function()",
    ),
    "wrong-parameters": (
        "Which parameters does the starter have, and in which order?",
        "A check calls your function the way the starter can be called. More parameters are fine "
        "as long as they have defaults.",
        "def your_function(...):              # the same parameters as in the starter",
    ),
    "async-def": (
        "Does your function have to wait for anything?",
        "Calling an async function only makes a coroutine; nothing runs until somebody awaits it. "
        "Whoever calls your function here doesn't await.",
        "def your_function(...):              # not async def",
    ),
    "raises": (
        "Which line raised the error, and with which values?",
        "Read an error from its last line: the type says what kind of thing went wrong, the text "
        "says with what. Call your function yourself, with the task's example or one of your own.",
        "print(...) your inputs in the line above the one that raised, then check again: "
        "what you print is shown with the finding.",
    ),
    "times-out": (
        "Is there a loop that doesn't reach its end, or a wait for something that never comes?",
        "A function that never returns holds up everybody who waits for it, so a check stops it "
        "after a while. Every loop needs a step that brings it closer to its end; every wait, a "
        "time limit.",
        "print(...) inside the loop, then check again: the first lines are shown with the finding.",
    ),
    "wrong-type": (
        "What does your function return: every time, on every path through it?",
        "What a function returns is a promise to whoever calls it. A path without return gives "
        "None.",
        "return ...                           # at the end of every path, of the type asked for",
    ),
    "check-failed": (
        "Is the lab running, and does your function return what the task asks for?",
        "The check itself couldn't go on: it met a value that it can't use, a service that didn't "
        "answer, or an event loop that was stopped. The evidence says which.",
        "Run the cell with labkit.start(...) again, then the check.",
    ),
}
"""Hints for the findings that any submission can cause."""
