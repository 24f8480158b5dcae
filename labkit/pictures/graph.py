"""
What a handler needs and who gives it: a dependency graph, with the order in which it ran.

Glossary. *Node*: one call of a function while a request is answered; what two others need from one
call is one node. *Need*: a line from the node that gives a value to the node that gets it. *Step*:
the place of an event in the order of all events of a request, from 1: a node is entered, the
handler runs, the answer is sent, a node is left.

Which node stands where is in `labkit.pictures.graph_layout`, how it looks in
`labkit.pictures.graph_drawing`.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, get_args

from labkit.errors import UsageError
from labkit.pictures.picture import Picture
from labkit.pictures.writing import plain, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NodeKind = Literal["dependency", "handler", "answer"]
Scope = Literal["request", "function"]
MAX_NODES = 60  # Our choice: three times as many as anybody has read in one picture.
_MAX_NAME = 60  # Characters of a name that are kept, in the twin too.


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


def dependency_graph(nodes: Iterable[GraphNode], *, title: str = "Who gives what") -> Picture:
    """
    Draw who gives whom a value, from left to right up to the handler, with the steps of a run.

    Args:
        nodes: At most `MAX_NODES`, each after those that it needs.
        title: Heading of the picture.

    Raises:
        UsageError: No nodes, too many, or one that needs a node which doesn't come before it.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    graph, heading = _checked(nodes), shorten(plain(title), 90)
    return Picture(partial(_draw, graph, heading), _twin(graph, heading))


def _checked(nodes: Iterable[GraphNode]) -> tuple[GraphNode, ...]:
    graph = tuple(nodes) if isinstance(nodes, Iterable) else ()
    if not all(isinstance(node, GraphNode) for node in graph):
        raise UsageError("nodes has to be a list of GraphNode")
    if not 1 <= len(graph) <= MAX_NODES:
        raise UsageError(f"nodes has to have 1 to {MAX_NODES} entries; it has {len(graph)}")
    for place, node in enumerate(graph):
        if not all(type(need) is int and 0 <= need < place for need in node.needs):
            raise UsageError(f"{shorten(plain(node.name), 24)} needs what doesn't come before it")
    return graph


def _draw(graph: Sequence[GraphNode], title: str) -> "Figure":
    from labkit.pictures.graph_drawing import draw  # It needs GraphNode, and matplotlib.

    return draw(graph, title)


def label(node: GraphNode) -> str:
    """Return the name of *node*; of an answer, its status with its meaning."""
    if node.kind != "answer":
        return shorten(plain(node.name), _MAX_NAME)
    try:
        return f"{node.name} {HTTPStatus(int(node.name)).phrase}"
    except ValueError:
        return shorten(plain(node.name), _MAX_NAME)


def after_the_answer(node: GraphNode, graph: Sequence[GraphNode]) -> bool:
    """Tell whether *node* was left when the answer was on its way already."""
    sent = [each.enter for each in graph if each.kind == "answer" and each.enter]
    return bool(sent) and node.leave is not None and node.leave > sent[0]


def _twin(graph: Sequence[GraphNode], title: str) -> str:
    wide = max(len(label(node)) for node in graph)
    rows = [f"  {label(node).ljust(wide)}  {_said(node, graph)}".rstrip() for node in graph]
    return "\n".join([title, *rows, *_order(graph)])


def _said(node: GraphNode, graph: Sequence[GraphNode]) -> str:
    parts: list[str] = [node.kind] if node.kind != "dependency" else []
    parts += [f"left in {node.scope} scope"] if node.scope else []
    parts += ["always new"] if node.always_new else []
    parts += [f"instead of {shorten(plain(node.instead_of), _MAX_NAME)}"] if node.instead_of else []
    if node.needs and node.kind != "answer":
        cached = [" (cached)" if need in node.from_cache else "" for need in node.needs]
        names = [label(graph[need]) for need in node.needs]
        parts.append(f"gets {', '.join(map(''.join, zip(names, cached, strict=True)))}")
    return "; ".join(parts)


def _order(graph: Sequence[GraphNode]) -> list[str]:
    """Return the lines that tell the steps, in order; none if nothing was recorded."""
    verbs = {"dependency": "in ", "handler": "run ", "answer": "send "}
    steps = [(n.enter, verbs[n.kind] + label(n), n.raised_at == "enter", n.error) for n in graph]
    steps += [(n.leave, "out " + label(n), n.raised_at == "leave", n.error) for n in graph]
    told = sorted((step, what, error if here else "") for step, what, here, error in steps if step)
    return ["  in order:"] * bool(told) + [
        f"    {step:>2} {what}" + (f", raised {shorten(plain(error), _MAX_NAME)}" if error else "")
        for step, what, error in told
    ]
