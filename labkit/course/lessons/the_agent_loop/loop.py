"""
11.1 The loop: ask the model, make its calls, send what came; until an answer or the budget ends.

The check is the model's endpoint and the tools. It looks at each conversation as it comes over the
wire, and counts the requests.

Floor 4: knows the endpoint, and the kit.
"""

import itertools
from collections.abc import Callable
from types import NoneType
from typing import Any

from labkit.course.findings import Finding, expect_type
from labkit.course.lessons.the_agent_loop.endpoint import (
    Endpoint,
    Message,
    Refused,
    ids_of,
    parsed,
    results_in,
)
from labkit.course.lessons.the_agent_loop.loop_answers import WRONG, run_bounded, starter
from labkit.course.lessons.the_agent_loop.loop_hints import HINTS
from labkit.course.task import Room, Submission, Task
from labkit.course.text import shown
from labkit.rehearsal import Call, Turn

QUESTION = "Which is worse, A4 or B1, and of how many parts?"
BESIDE = "I look at both lines."
ANSWER = "B1 is worse: 4.0 percent of 800 parts."
A4, B1 = {"line": "A4"}, {"line": "B1"}
PARTS = {"line": "B1", "weeks": 4, "rework": True}  # JSON's true: no Python reads it as it stands.
VALUES: tuple[tuple[str, dict[str, Any], dict[str, float]], ...] = (
    ("defect_rate", A4, {"percent": 2.5}),
    ("defect_rate", B1, {"percent": 4.0}),
    ("parts", PARTS, {"parts": 800}),
)
"""What the tools give: a name, the arguments in the order of the tool, the value."""
SCRIPT = (
    Turn(BESIDE, (Call("defect_rate", A4), Call("defect_rate", B1))),
    Turn(calls=(Call("parts", PARTS),)),
    Turn(ANSWER),
)
ENOUGH = len(SCRIPT)
ENDLESS = Turn(BESIDE, (Call("parts", PARTS),))  # A text that is no answer, each time.
ENDLESS_MOST = 4


class _Run:
    """
    One run of a submission against the endpoint.

    Attributes:
        fault: What was seen on the way; told even if the submission caught it.
    """

    def __init__(self, model: Endpoint, most: int) -> None:
        self.fault: Finding | None = None
        self._model, self._most = model, most

    def of(self, submission: Submission) -> object:
        """Return what *submission* returns, unless something was wrong before."""
        tools = {name: self._tool(name) for name in ("defect_rate", "parts")}
        try:
            value = submission(self._ask, tools, QUESTION, self._most)
        except Exception:
            if self.fault is None:
                raise
            raise self.fault from None
        if self.fault is not None:
            raise self.fault
        return value

    def _stop(self, code: str, says: str, evidence: object = None) -> Finding:
        self.fault = self.fault or Finding(code, says, evidence)
        return self.fault

    def _ask(self, messages: object) -> Message:
        if len(self._model.seen) > self._most:
            says = f"most was {self._most}, and your loop went on beyond {self._most + 1} requests."
            raise self._stop("no-step-budget", says, "the model would have gone on for ever")
        try:
            return self._model.post(messages)
        except Refused as refused:
            raise self._stop(*_why(refused, messages, self._model)) from None

    def _tool(self, name: str) -> Callable[..., object]:
        def tool(*given: Any, **named: Any) -> object:
            for tool_name, arguments, value in VALUES:
                by_place = dict(zip(arguments, given, strict=False))
                whole = len(given) + len(named) == len(arguments)
                if tool_name == name and whole and {**by_place, **named} == arguments:
                    return dict(value)
            said = ", ".join([*map(shown, given), *(f"{k}={shown(v)}" for k, v in named.items())])
            wanted = next(", ".join(arguments) for each, arguments, _ in VALUES if each == name)
            says = f"The model wrote for {name}: {wanted}. It was called otherwise."
            raise self._stop("arguments-in-one-piece", says, f"{name}({said})")

        return tool


def _why(refused: Refused, messages: object, model: Endpoint) -> tuple[str, str, object]:
    """Return the code of what the endpoint refused, a sentence, and the endpoint's own words."""
    said = f"the endpoint: 400, {refused}"
    sent = [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []
    known = {call_id for message in sent for call_id in ids_of(message)}
    if results_in(sent) and not known:
        return "drops-assistant-turn", "The results came without the message that asked.", said
    if "no tool message" in f"{refused}":
        return "unanswered-call", "A call that the model asked for has no result.", said
    if "answers no call" in f"{refused}":
        return "mismatched-id", "A result bears an id that no open call has.", said
    if ".content" in f"{refused}":
        return "not-json", "The content of a message has to be text.", said
    return "other-messages", "The endpoint doesn't take these messages.", said


def _check(submission: Submission, _room: Room | None) -> None:
    model = Endpoint()
    with model.served():
        for _ in range(2):  # Twice: runs don't know of each other.
            model.begin(SCRIPT)
            _answered(_Run(model, ENOUGH).of(submission), model)
        model.begin(itertools.repeat(ENDLESS))
        _ended(_Run(model, ENDLESS_MOST).of(submission), model)


def _answered(value: object, model: Endpoint) -> None:
    """Look at a run that had exactly as many requests as it needed."""
    if not model.seen:
        says = "Your function never asked the model."
        raise Finding("other-messages", says, f"it returned {shown(value)}")
    for number in range(len(model.seen)):
        _request(number, model)
    expect_type(value, (str, NoneType))
    if value is None:
        says = f"most was {ENOUGH}, and request {ENOUGH} brings the answer. You returned None."
        raise Finding("budget-off-by-one", says, f"{len(model.seen)} requests")
    if value == BESIDE:
        says = "Your loop ended at the first text, though calls stood beside it."
        raise Finding("stops-at-text", says, f"{value!r}, after {len(model.seen)} request")
    if value != ANSWER:
        raise Finding("other-answer", "The answer is the text of the last message.", value)


def _request(number: int, model: Endpoint) -> None:
    """Look at one conversation as it came over the wire."""
    sent = model.seen[number]
    if number == 0:
        return _first(sent)
    before = model.seen[number - 1]
    if sent[: len(before)] != before:
        says = f"Request {number + 1} doesn't begin with all that request {number} said."
        raise Finding("forgets-history", says, _roles(sent))
    asked, new = model.replies[number - 1], sent[len(before) :]
    if [ids for ids in map(ids_of, new) if ids] != [ids_of(asked)]:
        says = "The results came without the message that asked for them."
        raise Finding("drops-assistant-turn", says, _roles(sent))
    (turn,) = (message for message in new if ids_of(message))
    if any((turn.get(part) or None) != asked[part] for part in ("content", "tool_calls")):
        says = "The model's message was changed on its way into the list."
        raise Finding("other-messages", says, f"it came as {shown(asked)}, went as {shown(turn)}")
    _results(asked, new)
    return None


def _first(sent: list[Message]) -> None:
    users = [m.get("content") for m in sent if m.get("role") == "user"]
    if QUESTION in users and len(sent) > 2:
        says = "A second run began with what the first one had said."
        raise Finding("shared-conversation", says, _roles(sent))
    if users != [QUESTION]:
        says = "The first request has to bring the question, as a message of the user."
        raise Finding("other-messages", says, sent)


def _results(asked: Message, new: list[Message]) -> None:
    wanted = {}
    for call in asked["tool_calls"]:
        asked_for = (call["function"]["name"], parsed(call["function"]["arguments"]))
        wanted[call["id"]] = next(v for name, given, v in VALUES if (name, given) == asked_for)
    for call_id, content in results_in(new).items():
        value = parsed(content)
        if not isinstance(value, dict):
            raise Finding("not-json", "A result has to go back as JSON text.", content)
        if value != wanted[str(call_id)]:
            swapped = value in wanted.values()
            code = "mismatched-id" if swapped else "other-messages"
            says = "A result bears the id of another call." if swapped else "A result was changed."
            raise Finding(code, says, content)


def _ended(value: object, model: Endpoint) -> None:
    if len(model.seen) != ENDLESS_MOST:
        says = (
            f"most was {ENDLESS_MOST}; a model that never answers got another number of requests."
        )
        raise Finding("budget-off-by-one", says, f"{len(model.seen)} requests")
    if value == BESIDE:
        says = "No answer came by then, and you returned the text beside the last calls."
        raise Finding("stops-at-text", says, f"{value!r}, after {len(model.seen)} requests")
    expect_type(value, NoneType)


def _roles(messages: list[Message]) -> str:
    """Return a conversation as its roles."""
    return "sent: " + (", ".join(str(m.get("role")) for m in messages) or "nothing")


LOOP = Task(
    id="11.1",
    title="the loop",
    task="Write run_bounded(ask, tools, question, most): ask the model by ask(messages), make the "
    "calls in its message one after the other, and send their results with all that was said "
    "before, each with the id of its call, until a message has no calls; return its text. Call ask "
    "at most `most` times; without an answer by then return None.",
    starter=starter,
    check=_check,
    solution=run_bounded,
    wrong=WRONG,
    hints=HINTS,
)
