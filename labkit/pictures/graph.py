"""
What a handler needs and who gives it: a dependency graph, with the order in which it ran.

Glossary. *Node*: one call of a function while a request is answered; what two others need from one
call is one node. *Need*: a line from the node that gives a value to the node that gets it. *Step*:
the place of an event in the order of all events of a request, from 1: a node is entered, the
handler runs, the answer is sent, a node is left.

`labkit.pictures.graph_nodes` says what a node is, `labkit.pictures.graph_layout` where it stands,
`labkit.pictures.graph_drawing` how it looks.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from labkit.errors import UsageError
from labkit.pictures.graph_drawing import draw
from labkit.pictures.graph_nodes import MAX_NAME, GraphNode, label
from labkit.pictures.picture import Picture
from labkit.pictures.writing import plain, shorten

MAX_NODES = 60  # Our choice: three times as many as anybody has read in one picture.


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
    return Picture(partial(draw, graph, heading), _twin(graph, heading))


def _checked(nodes: Iterable[GraphNode]) -> tuple[GraphNode, ...]:
    graph = tuple(nodes) if isinstance(nodes, Iterable) else (nodes,)
    if not all(isinstance(node, GraphNode) for node in graph):
        raise UsageError(
            "nodes has to be a list of GraphNode; for an app, dependencies_of(app, "
            '"GET /path") of labkit.instruments gives it'
        )
    if not 1 <= len(graph) <= MAX_NODES:
        raise UsageError(f"nodes has to have 1 to {MAX_NODES} entries; it has {len(graph)}")
    for place, node in enumerate(graph):
        if not all(type(need) is int and 0 <= need < place for need in node.needs):
            raise UsageError(f"{shorten(plain(node.name), 24)} needs what doesn't come before it")
    return graph


def _twin(graph: Sequence[GraphNode], title: str) -> str:
    wide = max(len(label(node)) for node in graph)
    rows = [f"  {label(node).ljust(wide)}  {_said(node, graph)}".rstrip() for node in graph]
    return "\n".join([title, *rows, *_order(graph)])


def _said(node: GraphNode, graph: Sequence[GraphNode]) -> str:
    parts: list[str] = [node.kind] if node.kind != "dependency" else []
    parts += [f"left in {node.scope} scope"] if node.scope else []
    parts += ["always new"] if node.always_new else []
    parts += [f"instead of {shorten(plain(node.instead_of), MAX_NAME)}"] if node.instead_of else []
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
        f"    {step:>2} {what}" + (f", raised {shorten(plain(error), MAX_NAME)}" if error else "")
        for step, what, error in told
    ]
