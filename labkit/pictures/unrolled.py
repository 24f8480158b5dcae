"""
An agent's loop, unrolled: model, calls, results, model again, until the answer.

Drawn from what was said and from what ran: `labkit.pictures.unrolled_turns` puts the two together,
`labkit.pictures.unrolled_sheet` draws.

Floor 0: imports nothing of labkit but its errors.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from labkit.errors import UsageError
from labkit.pictures.picture import Picture
from labkit.pictures.spans import SpanLike
from labkit.pictures.unrolled_sheet import NOBODY_READS, draw
from labkit.pictures.unrolled_turns import MAX_CALLS, Call, Loop, Message, Turn, loop_of
from labkit.pictures.writing import counted, plain, shorten

TITLE = "The loop, unrolled"
MAX_TITLE = 80
MAX_RESULT = 60  # Characters of a result in the twin.


def loop_unrolled(
    messages: Iterable[Message], spans: Iterable[SpanLike] = (), *, title: str = TITLE
) -> Picture:
    """
    Draw what an agent did for the last question of a conversation, turn by turn.

    Args:
        messages: The conversation as the endpoint takes it: a list of messages, or a
            `labkit.agent.Transcript`.
        spans: What was recorded meanwhile, such as a `labkit.tracing.Trace`. A tool's span belongs
            to the call whose id its ``call_id`` is; without spans no time is drawn.
        title: Heading of the picture.

    Raises:
        UsageError: It's no conversation in which the model spoke, or no list of spans; no title.
    """
    if not isinstance(title, str) or not title.strip():
        raise UsageError("title has to be a text that isn't empty")
    heading = shorten(plain(title.strip()), MAX_TITLE)
    loop = loop_of(messages, spans)
    return Picture(partial(draw, loop, heading), "\n".join(_twin(loop, heading)))


def _twin(loop: Loop, heading: str) -> Iterator[str]:
    yield f"{heading}: {loop.summary}"
    yield f"  user: {loop.question}"
    for turn in loop.shown:
        if isinstance(turn, int):
            yield f"  ... {turn} more requests"
        else:
            yield from _told(turn)
    if loop.turns[-1].calls:
        yield f"  {NOBODY_READS}"


def _told(turn: Turn) -> Iterator[str]:
    yield f"  {turn.number}  the model reads {counted(turn.reads, 'message')} and {turn.says}"
    if not turn.calls:
        yield f"       {turn.text}"
    calls = turn.calls[:MAX_CALLS]
    wide = max((len(call.written) for call in calls), default=0)
    for number, call in enumerate(calls, 1):
        yield f"       {number} {call.written.ljust(wide)}  {_fate(call, turn)}".rstrip()
    if len(turn.calls) > MAX_CALLS:
        yield f"       ... {len(turn.calls) - MAX_CALLS} more calls"


def _fate(call: Call, turn: Turn) -> str:
    """Return the orders, where there is more than one call to be put in order, and the result."""
    several = len(turn.calls) > 1
    words = [f"ended {call.ended}"] if several and call.ended else []
    words += [f"back {call.back}"] if several and call.back else []
    words += ["refused"] * call.refused
    result = "no result" if call.result is None else shorten(call.result, MAX_RESULT)
    return "  ".join([*words, result])
