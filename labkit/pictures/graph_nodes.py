"""
One call in a dependency graph, and how to name it.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, get_args

from labkit.errors import UsageError
from labkit.pictures.writing import plain, shorten

NodeKind = Literal["dependency", "handler", "answer"]
Scope = Literal["request", "function"]
MAX_NAME = 60  # Characters of a name that are kept, in the twin too.


@dataclass(frozen=True, slots=True)
class GraphNode:
    """
    One call, for `dependency_graph`.

    Attributes:
        name: Of the function or class, such as "open_db"; of an answer, its status, such as "200".
        kind: What is called, or the answer, which comes of the handler.
        needs: Places in the list of nodes whose values it gets; earlier ones than its own.
        from_cache: Those of *needs* whose value was made for another node before.
        always_new: Nobody may share its value (``use_cache=False``).
        scope: When the code after its ``yield`` runs: "function" before the answer is sent,
            "request" after it. None if it has no ``yield``.
        instead_of: Name of the function that it was put in place of; may be empty.
        enter: The step at which it was called; None if that wasn't recorded.
        leave: The step at which the code after its ``yield`` began; None if it didn't.
        error: Type of the error that it raised itself, such as "IntegrityError"; may be empty.
    """

    name: str
    kind: NodeKind = "dependency"
    needs: tuple[int, ...] = ()
    from_cache: frozenset[int] = frozenset()
    always_new: bool = False
    scope: Scope | None = None
    instead_of: str = ""
    enter: int | None = None
    leave: int | None = None
    error: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't be drawn, where it is made."""
        if not isinstance(self.name, str) or not self.name.strip():
            raise UsageError("name of a GraphNode has to be a text that isn't empty")
        if not isinstance(self.instead_of, str) or not isinstance(self.error, str):
            raise UsageError("instead_of and error of a GraphNode have to be texts, or empty")
        if self.kind not in get_args(NodeKind) or self.scope not in (None, *get_args(Scope)):
            raise UsageError("kind or scope of a GraphNode is none of those that there are")
        for step in (self.enter, self.leave):
            if step is not None and (type(step) is not int or step < 1):
                raise UsageError("enter and leave of a GraphNode are steps from 1, or None")

    @property
    def raised_at(self) -> Literal["enter", "leave"] | None:
        """Whether it raised its error on the way in or on the way out; None if it raised none."""
        if not self.error:
            return None
        return "enter" if self.leave is None else "leave"


def label(node: GraphNode) -> str:
    """Return the name of *node*; of an answer, its status with its meaning."""
    if node.kind != "answer":
        return shorten(plain(node.name), MAX_NAME)
    try:
        return f"{node.name} {HTTPStatus(int(node.name)).phrase}"
    except ValueError:
        return shorten(plain(node.name), MAX_NAME)


def after_the_answer(node: GraphNode, graph: Sequence[GraphNode]) -> bool:
    """Tell whether *node* was left when the answer was on its way already."""
    sent = [each.enter for each in graph if each.kind == "answer" and each.enter]
    return bool(sent) and node.leave is not None and node.leave > sent[0]
