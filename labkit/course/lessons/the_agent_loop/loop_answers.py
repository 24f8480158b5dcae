"""
11.1: the starter, the reference, and what learners write instead.

Floor 4: knows the kit.
"""

import json
from functools import partial

from labkit.course.findings import TODO
from labkit.course.task import Submission


def starter(ask, tools, question, most):
    return TODO


def run_bounded(ask, tools, question, most):
    messages = [{"role": "user", "content": question}]
    for _ in range(most):
        message = ask(messages)
        messages.append(message)
        if not message.get("tool_calls"):
            return message["content"]
        for call in message["tool_calls"]:
            function = call["function"]
            value = tools[function["name"]](**json.loads(function["arguments"]))
            content = json.dumps(value)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
    return None


# Wrong answers.


def _made(call, tools):
    function = call["function"]
    return json.dumps(tools[function["name"]](**json.loads(function["arguments"])))


def _told(call, content):
    return {"role": "tool", "tool_call_id": call["id"], "content": content}


def _results(calls, tools, made=_made):
    return [_told(call, made(call, tools)) for call in calls]


def _loop(ask, tools, question, turns, results=_results):
    messages = [{"role": "user", "content": question}]
    for _ in turns:
        message = ask(messages)
        messages.append(message)
        if not message.get("tool_calls"):
            return message["content"]
        messages += results(message["tool_calls"], tools)
    return None


def _for_ever(ask, tools, question, most):
    return _loop(ask, tools, question, iter(int, 1))


def _one_too_few(ask, tools, question, most):
    return _loop(ask, tools, question, range(1, most))


def _without_the_turn(ask, tools, question, most):
    messages = [{"role": "user", "content": question}]
    for _ in range(most):
        message = ask(messages)
        if not message.get("tool_calls"):
            return message["content"]
        messages += _results(message["tool_calls"], tools)
    return None


def _first_call_only(ask, tools, question, most):
    def first(calls, tools):
        return _results(calls[:1], tools)

    return _loop(ask, tools, question, range(most), first)


def _backwards(ask, tools, question, most):
    def backwards(calls, tools):
        contents = [_made(call, tools) for call in reversed(calls)]
        return list(map(_told, calls, contents))

    return _loop(ask, tools, question, range(most), backwards)


def _arguments_as_they_came(ask, tools, question, most):
    def made(call, tools):
        return json.dumps(tools[call["function"]["name"]](call["function"]["arguments"]))

    return _loop(ask, tools, question, range(most), partial(_results, made=made))


def _as_python_writes_it(ask, tools, question, most):
    def made(call, tools):
        return str(json.loads(_made(call, tools)))

    return _loop(ask, tools, question, range(most), partial(_results, made=made))


def _only_the_last_turn(ask, tools, question, most):
    asked = messages = [{"role": "user", "content": question}]
    for _ in range(most):
        message = ask(messages)
        if not message.get("tool_calls"):
            return message["content"]
        messages = [*asked, message, *_results(message["tool_calls"], tools)]
    return None


def _remembering():
    said = []

    def go_on(ask, tools, question, most):
        said.append({"role": "user", "content": question})
        for _ in range(most):
            message = ask(said)
            said.append(message)
            if not message.get("tool_calls"):
                return message["content"]
            said.extend(_results(message["tool_calls"], tools))
        return None

    return go_on


def _until_there_is_text(ask, tools, question, most):
    def until_text(messages):
        message = ask(messages)
        return {**message, "tool_calls": None} if message["content"] else message

    return _loop(until_text, tools, question, range(most))


def _without_a_question(ask, tools, question, most):
    return ask([{"role": "system", "content": question}])["content"]


def _all_that_was_said(ask, tools, question, most):
    texts = []

    def noting(messages):
        message = ask(messages)
        texts.append(message["content"] or "")
        return message

    answer = _loop(noting, tools, question, range(most))
    return answer and " ".join(texts)


WRONG: dict[str, Submission] = {
    "no-step-budget": _for_ever,
    "budget-off-by-one": _one_too_few,
    "drops-assistant-turn": _without_the_turn,
    "unanswered-call": _first_call_only,
    "mismatched-id": _backwards,
    "arguments-in-one-piece": _arguments_as_they_came,
    "not-json": _as_python_writes_it,
    "forgets-history": _only_the_last_turn,
    "shared-conversation": _remembering(),
    "stops-at-text": _until_there_is_text,
    "other-messages": _without_a_question,
    "other-answer": _all_that_was_said,
}
