"""
From recorded spans to layers: what lay inside of what, and in which order it was entered and left.

Glossary. *Layer*: a span that others happened inside of; it has two numbers, when it was entered
and when it was left. *Step*: a span or a moment with nothing inside; it has one. *Inside*: begun
later and over sooner; so a dependency that stays open lies around the handler, although both were
called from the same place.

Floor 0: imports nothing of labkit but its errors.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from labkit.errors import UsageError
from labkit.pictures.rows import SpanLike
from labkit.pictures.writing import plain, shorten

SHOWN_KINDS = ("middleware", "dependency", "auth", "handler", "serialise", "background")
"""What a request passes inside a server. What they do there (statements, calls to neighbours) is
counted."""

SHOWN_MOMENTS = {"first byte": "the answer leaves"}
"""The moments of the outermost span that become steps of their own."""

MAX_LAYERS = 40  # Our choice: more than any app of the course has, and one screen.
MAX_NAME = 60
STATUS = "status"  # What `labkit.tracing` calls the status code of an answer.


@dataclass(slots=True)
class Layer:
    """
    One layer or step.

    Attributes:
        name: Such as "access_log".
        kind: Such as "middleware"; "moment" for what has no length.
        start_ns: When it was entered.
        end_ns: When it was left.
        error: The exception's type, if one arose here or passed through.
        raised_here: Whether it arose here.
        inside: What lies inside, in the order in which it began.
        entered: Its first number.
        left: Its last number; for a step the same.
    """

    name: str
    kind: str
    start_ns: int
    end_ns: int
    error: str | None = None
    raised_here: bool = False
    inside: list["Layer"] = field(default_factory=list)
    entered: int = 0
    left: int = 0

    def all(self) -> Iterator["Layer"]:
        """Go through this one and all that lies inside, outer ones first."""
        yield self
        for layer in self.inside:
            yield from layer.all()

    def holds(self, other: "Layer") -> bool:
        """Tell whether *other* began later, or with it, and was over sooner."""
        return (
            self is not other
            and self.kind != "moment"
            and self.start_ns <= other.start_ns
            and other.end_ns <= self.end_ns
            and (self.start_ns, self.end_ns) != (other.start_ns, other.end_ns)
        )


@dataclass(frozen=True, slots=True)
class Request:
    """
    One request as layers.

    Attributes:
        outermost: All of them.
        status: The status code that was sent, None if it isn't known.
        left_out: How many spans of other kinds there were, by kind.
    """

    outermost: Layer
    status: int | None
    left_out: Mapping[str, int]

    @property
    def counted(self) -> str:
        """What was left out, in words."""
        counts = ", ".join(f"{n} {kind}" for kind, n in sorted(self.left_out.items()))
        return f"inside, not drawn: {counts}"


def layers_of(spans: Iterable[SpanLike], number: int = -1) -> Request:
    """
    Return one request as layers, numbered in the order in which they were entered and left.

    What a neighbouring service did for it, asked on the way, is left out.

    Args:
        spans: Of one or several requests.
        number: Which of the requests: 0 is the first, -1 the last.

    Raises:
        UsageError: No such request, or one with too many layers.
    """
    given = _by_id(spans)
    root = _root_of(given, number)
    own = [span for span in given.values() if root in _around(span, given)]
    shown = {span.span_id: _layer(span) for span in own if span.kind in SHOWN_KINDS}
    shown[root.span_id] = outermost = _layer(root)
    if len(shown) > MAX_LAYERS:
        raise UsageError(f"this request has {len(shown)} layers; {MAX_LAYERS} can be drawn")
    for span in own:
        if span.span_id in shown:
            parent = next(s for s in _around(span, given) if s.span_id in shown)
            shown[parent.span_id].inside.append(shown[span.span_id])
    outermost.inside += _moments(root)
    # A server's span ends with the last byte; its layer, when all that lies inside is over.
    outermost.end_ns = max(layer.end_ns for layer in [outermost, *shown.values()])
    _nest(outermost)
    _number(outermost)
    status = root.attributes.get(STATUS)
    left_out = Counter(str(span.kind) for span in own if span.kind not in SHOWN_KINDS)
    return Request(outermost, status if type(status) is int else None, left_out)


def _by_id(spans: Iterable[SpanLike]) -> dict[str, SpanLike]:
    try:
        given = {span.span_id: span for span in spans}
        for span in given.values():
            _layer(span), span.parent_id, span.moments, span.attributes
    except (AttributeError, TypeError):
        raise UsageError(
            "spans has to be a list of recorded spans, such as those of a trace"
        ) from None
    return given


def _root_of(given: Mapping[str, SpanLike], number: int) -> SpanLike:
    """Return the server span, inside no other one, that is *number* in order of start."""
    servers = [span for span in given.values() if span.kind == "server"]
    roots = [s for s in servers if not any(a.kind == "server" for a in _around(s, given))]
    roots.sort(key=lambda span: span.start_ns)
    if type(number) is not int or not -len(roots) <= number < len(roots):
        raise UsageError(
            f"number says which request, from 0 or, from the last one, -1; here are {len(roots)}"
        )
    return roots[number]


def _around(span: SpanLike, given: Mapping[str, SpanLike]) -> list[SpanLike]:
    """Return what lies around *span*, from the inside out, up to the server that it belongs to."""
    found: list[SpanLike] = []
    parent = given.get(span.parent_id or "")
    while parent is not None and parent is not span and parent not in found:
        found.append(parent)
        own_server = parent.kind == "server" and span.kind != "server"
        parent = None if own_server else given.get(parent.parent_id or "")
    return found


def _layer(span: SpanLike) -> Layer:
    return Layer(
        shorten(plain(span.name), MAX_NAME),
        str(span.kind),
        span.start_ns,
        max(span.start_ns, span.end_ns),
        shorten(plain(span.error), MAX_NAME) if span.error else None,
        span.raised_here,
    )


def _moments(root: SpanLike) -> list[Layer]:
    return [
        Layer(SHOWN_MOMENTS[moment.name], "moment", moment.at_ns, moment.at_ns)
        for moment in root.moments
        if moment.name in SHOWN_MOMENTS
    ]


def _nest(layer: Layer) -> None:
    """Put each of the layers inside into the closest neighbour that holds it, all the way down."""
    neighbours = layer.inside
    for each in neighbours:
        around = [other for other in neighbours if other.holds(each)]
        if around:
            min(around, key=lambda other: other.end_ns - other.start_ns).inside.append(each)
    held = {id(each) for other in neighbours for each in other.inside}
    layer.inside = sorted(
        (each for each in neighbours if id(each) not in held), key=lambda each: each.start_ns
    )
    for each in layer.inside:
        _nest(each)


def _number(outermost: Layer) -> None:
    """Number each entry and each exit by its time; a step is entered and left at once."""
    events: list[tuple[int, int, Layer, bool]] = []

    def walk(layer: Layer) -> None:
        events.append((layer.start_ns, len(events), layer, True))
        for inner in layer.inside:
            walk(inner)
        if layer.inside:
            events.append((layer.end_ns, len(events), layer, False))

    walk(outermost)
    for number, (_, _, layer, entry) in enumerate(sorted(events, key=lambda e: e[:2]), start=1):
        layer.left = number
        if entry:
            layer.entered = number
