"""
An answer as JSON: whole, or in the pieces in which a stream sends it.

Everything comes from the request and the turn, so the same request gets the same bytes: the ids are
hashes, and time stands still.

Glossary:
    token: what an answer is counted and cut in; here a word with the space before it, or a mark.
    chunk: one piece of a stream; its *delta* is what it adds.

Source: the OpenAI API reference, "The chat completion object" and "... chunk object".

Floor 1: imports nothing of labkit but the clock.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from labkit.clock import LAB_NOW
from labkit.rehearsal.faults import RequestFault
from labkit.rehearsal.request import ChatRequest
from labkit.rehearsal.turn import Call, Turn

CREATED = int(LAB_NOW.timestamp())
FINGERPRINT = "rehearsal-1"
CONTEXT_TOKENS = 16_384  # Our choice: small enough that a lesson can exceed it.
PIECE_CHARACTERS = 12  # Of a call's arguments in one chunk, so that clients have to join them.

_TOKEN = re.compile(r"\s?\w+|\s?[^\w\s]|\s")

Json = dict[str, Any]


def tokens(text: str) -> list[str]:
    """Cut *text* into tokens, which joined give it back."""
    return _TOKEN.findall(text)


def check_length(request: ChatRequest) -> None:
    """
    Refuse what a model of this size couldn't read.

    Raises:
        RequestFault: The conversation and the tools have more than `CONTEXT_TOKENS`.
    """
    asked = usage(request, Turn())["prompt_tokens"]
    if asked > CONTEXT_TOKENS:
        raise RequestFault(
            f"This model's maximum context length is {CONTEXT_TOKENS} tokens; these messages have "
            f"{asked}. Shorten them, or leave old ones out.",
            "messages",
            "context_length_exceeded",
        )


def completion(request: ChatRequest, turn: Turn) -> Json:
    """Return *turn* as a whole chat completion."""
    text, finish = _within(request, turn)
    message: Json = {"role": "assistant", "content": text or None, "refusal": None}
    if turn.calls and finish == "tool_calls":
        message["tool_calls"] = [
            {"id": _call_id(request, number), "type": "function", "function": _function(call)}
            for number, call in enumerate(turn.calls)
        ]
    elif not text:
        message["content"] = ""
    choice = {"message": message, "logprobs": None, "finish_reason": finish}
    return {
        **_head(request, "chat.completion"),
        "choices": [{"index": number, **choice} for number in range(request.n)],
        "usage": usage(request, turn),
    }


def chunks(request: ChatRequest, turn: Turn) -> Iterator[Json]:
    """Yield *turn* piece by piece: the role, tokens of text, pieces of calls, how it ended."""
    text, finish = _within(request, turn)
    for index in range(request.n):
        yield _chunk(request, index, {"role": "assistant", "content": "" if text else None})
        for token in tokens(text):
            yield _chunk(request, index, {"content": token})
        if finish == "tool_calls":
            for delta in _call_deltas(request, turn):
                yield _chunk(request, index, {"tool_calls": [delta]})
        yield _chunk(request, index, {}, finish)
    if request.stream_usage:
        last = {"choices": [], "usage": usage(request, turn)}
        yield {**_head(request, "chat.completion.chunk"), **last}


def usage(request: ChatRequest, turn: Turn) -> Json:
    """Count tokens: all that was asked, tools too, and all that is answered."""
    asked = json.dumps([request.messages, [tool.parameters for tool in request.tools]])
    text, _ = _within(request, turn)
    answered = text + "".join(call.name + _arguments(call) for call in turn.calls)
    prompt, answer = len(tokens(asked)), len(tokens(answered)) * request.n
    return {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "total_tokens": prompt + answer,
    }


def _within(request: ChatRequest, turn: Turn) -> tuple[str, str]:
    """Return the text, cut at the limit, and why the answer ends."""
    cut = tokens(turn.text)
    if request.max_tokens is not None and len(cut) > request.max_tokens:
        return "".join(cut[: request.max_tokens]), "length"
    return turn.text, "tool_calls" if turn.calls else "stop"


def _head(request: ChatRequest, kind: str) -> Json:
    return {
        "id": f"chatcmpl-{request.digest[:24]}",
        "object": kind,
        "created": CREATED,
        "model": request.model,
        "system_fingerprint": FINGERPRINT,
    }


def _chunk(request: ChatRequest, index: int, delta: Json, finish: str | None = None) -> Json:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**_head(request, "chat.completion.chunk"), "choices": [choice]}


def _call_deltas(request: ChatRequest, turn: Turn) -> Iterator[Json]:
    for number, call in enumerate(turn.calls):
        named = {"name": call.name, "arguments": ""}
        ident = _call_id(request, number)
        yield {"index": number, "id": ident, "type": "function", "function": named}
        arguments = _arguments(call)
        for start in range(0, len(arguments), PIECE_CHARACTERS):
            piece = arguments[start : start + PIECE_CHARACTERS]
            yield {"index": number, "function": {"arguments": piece}}


def _call_id(request: ChatRequest, number: int) -> str:
    return f"call_{hashlib.sha256(f'{request.digest}{number}'.encode()).hexdigest()[:24]}"


def _function(call: Call) -> Json:
    return {"name": call.name, "arguments": _arguments(call)}


def _arguments(call: Call) -> str:
    return json.dumps(dict(call.arguments), ensure_ascii=False)
