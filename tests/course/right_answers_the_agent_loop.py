"""Other right answers to the exercises of notebook 11, written differently."""

import asyncio
import json
from contextlib import AsyncExitStack


def run_while(ask, tools, question, most):
    conversation = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": question},
    ]
    used = 0
    while used < most:
        used += 1
        reply = ask(conversation)
        if calls := reply.get("tool_calls"):
            conversation.append(
                {"role": "assistant", "content": reply["content"], "tool_calls": calls}
            )
            results = {c["id"]: call_by_hand(c["function"], tools) for c in calls}
            for key in reversed(results):
                told = {"content": results[key], "tool_call_id": key, "role": "tool"}
                conversation.append(told)
        else:
            return reply["content"]
    return None


def call_by_hand(function, tools):
    given = json.loads(function["arguments"])
    return json.dumps(tools[function["name"]](*given.values()), indent=1)


def run_again_and_again(ask, tools, question, most):
    def go_on(messages, left):
        if left == 0:
            return None
        message = ask(messages)
        if not message.get("tool_calls"):
            return message["content"]
        results = [
            {
                "role": "tool",
                "tool_call_id": call["id"],
                "content": json.dumps(
                    tools[call["function"]["name"]](**json.loads(call["function"]["arguments"]))
                ),
            }
            for call in message["tool_calls"]
        ]
        return go_on([*messages, message, *results], left - 1)

    return go_on([{"role": "user", "content": question}], most)


async def calls_in_a_group(calls, tools, open_session):
    contents = {}

    async def one(call):
        try:
            async with open_session() as session:
                given = json.loads(call["function"]["arguments"])
                found = tools.get(call["function"]["name"])
                result = (
                    {"error": "no such tool"} if found is None else await found(session, **given)
                )
        except Exception as problem:
            result = {"error": repr(problem)}
        contents[call["id"]] = json.dumps(result)

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(one(call))
    return [{"tool_call_id": c["id"], "role": "tool", "content": contents[c["id"]]} for c in calls]


async def calls_with_their_exceptions(calls, tools, open_session):
    async def value_of(call):
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(open_session())
            arguments = json.loads(call["function"]["arguments"])
            return await tools[call["function"]["name"]](session, **arguments)

    tasks = [asyncio.create_task(value_of(call)) for call in calls]
    values = await asyncio.gather(*tasks, return_exceptions=True)
    messages = []
    for call, value in zip(calls, values, strict=True):
        if isinstance(value, BaseException):
            value = {"error": f"it failed: {value!r}"}
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(value)})
    return messages


def grade_in_one(case, run, numbers_in):
    close = [n for n in numbers_in(run["answer"]) if round(abs(n - case["value"]), 6) <= 0.05]
    calls = [
        call
        for call in run["calls"]
        if call["outcome"] == "ok"
        and call["name"] == case["tool"]
        and case["arguments"].items() <= call["arguments"].items()
    ]
    return bool(run["stopped"] == "answered" and close and calls)


def grade_by_counting(case, run, numbers_in):
    points = run["stopped"] == "answered"
    points += min(abs(n - case["value"]) for n in [*numbers_in(run["answer"]), 1e9]) < 0.05
    for call in run["calls"]:
        same = all(call["arguments"].get(k) == v for k, v in case["arguments"].items())
        if same and call["name"] == case["tool"] and call["outcome"] == "ok":
            points += 1
            break
    return points == 3


RIGHT_ANSWERS = {
    "11.1": (run_while, run_again_and_again),
    "11.2": (calls_in_a_group, calls_with_their_exceptions),
    "11.3": (grade_in_one, grade_by_counting),
}
