"""
11.2: the starter, the reference, and what learners write instead.

Floor 4: knows the kit.
"""

import asyncio
import json

from labkit.course.findings import TODO
from labkit.course.task import Submission


async def starter(calls, tools, open_session):
    return TODO


async def make_calls(calls, tools, open_session):
    async def make(call):
        function = call["function"]
        try:
            arguments = json.loads(function["arguments"])
            async with open_session() as session:
                value = await tools[function["name"]](session, **arguments)
        except Exception as error:
            value = {"error": f"{type(error).__name__}: {error}"}
        return {"role": "tool", "tool_call_id": call["id"], "content": json.dumps(value)}

    return await asyncio.gather(*[make(call) for call in calls])


# Wrong answers.


async def _value(call, tools, session):
    function = call["function"]
    return await tools[function["name"]](session, **json.loads(function["arguments"]))


async def _or_error(call, tools, session):
    try:
        return await _value(call, tools, session)
    except Exception as error:
        return {"error": str(error) or type(error).__name__}


async def _in_own_session(call, tools, open_session):
    async with open_session() as session:
        return await _or_error(call, tools, session)


def _told(call, value):
    return {"role": "tool", "tool_call_id": call["id"], "content": json.dumps(value)}


async def _message(call, tools, open_session):
    return _told(call, await _in_own_session(call, tools, open_session))


async def _as_they_end(calls, tools, open_session):
    making = [_message(call, tools, open_session) for call in calls]
    return [await each for each in asyncio.as_completed(making)]


async def _zipped_as_they_end(calls, tools, open_session):
    making = [_in_own_session(call, tools, open_session) for call in calls]
    values = [await each for each in asyncio.as_completed(making)]
    return [_told(call, value) for call, value in zip(calls, values, strict=True)]


async def _one_by_one(calls, tools, open_session):
    return [await _message(call, tools, open_session) for call in calls]


async def _by_their_arguments(calls, tools, open_session):
    unlike = {call["function"]["arguments"]: call for call in calls}
    return await asyncio.gather(*[_message(call, tools, open_session) for call in unlike.values()])


async def _one_session_for_all(calls, tools, open_session):
    async with open_session() as session:
        values = await asyncio.gather(*[_or_error(call, tools, session) for call in calls])
    return [_told(call, value) for call, value in zip(calls, values, strict=True)]


async def _without_catching(calls, tools, open_session):
    async def make(call):
        async with open_session() as session:
            return _told(call, await _value(call, tools, session))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(make(call)) for call in calls]
    return [task.result() for task in tasks]


async def _catching_the_tool_alone(calls, tools, open_session):
    async def make(call):
        tool, arguments = tools[call["function"]["name"]], call["function"]["arguments"]
        given = json.loads(arguments)
        async with open_session() as session:
            try:
                value = await tool(session, **given)
            except Exception as error:
                value = {"error": str(error)}
        return _told(call, value)

    return await asyncio.gather(*map(make, calls))


async def _never_closing(calls, tools, open_session):
    async def make(call):
        session = await open_session().__aenter__()
        return _told(call, await _or_error(call, tools, session))

    return await asyncio.gather(*map(make, calls))


async def _passing_what_opens(calls, tools, open_session):
    async def make(call):
        return _told(call, await _or_error(call, tools, open_session))

    return await asyncio.gather(*map(make, calls))


async def _null_for_errors(calls, tools, open_session):
    async def make(call):
        try:
            async with open_session() as session:
                value = await _value(call, tools, session)
        except Exception:
            value = None
        return _told(call, value)

    return await asyncio.gather(*map(make, calls))


async def _without_await(calls, tools, open_session):
    async def make(call):
        function = call["function"]
        async with open_session() as session:
            value = tools[function["name"]](session, **json.loads(function["arguments"]))
            return _told(call, value)

    return await asyncio.gather(*map(make, calls))


async def _values_alone(calls, tools, open_session):
    making = [_in_own_session(call, tools, open_session) for call in calls]
    return await asyncio.gather(*making)


WRONG: dict[str, Submission] = {
    "completion-order": _as_they_end,
    "one-failure-kills-all": _without_catching,
    "shared-session": _one_session_for_all,
    "serial": _one_by_one,
    "mismatched-id": _zipped_as_they_end,
    "merges-equal-calls": _by_their_arguments,
    "bad-call-kills-all": _catching_the_tool_alone,
    "leaked-session": _never_closing,
    "no-session": _passing_what_opens,
    "forgotten-await": _without_await,
    "hides-error": _null_for_errors,
    "other-messages": _values_alone,
}
