"""What the checks of notebook 11 say of other wrong answers, and what they stand on."""

import asyncio
import json
import math

import pytest

from labkit.course import TODO, Exercise, Progress
from labkit.course.lessons import find_task
from labkit.course.lessons.the_agent_loop.endpoint import Endpoint, Refused
from labkit.course.lessons.the_agent_loop.grading import numbers_in
from labkit.course.lessons.the_agent_loop.loop_answers import run_bounded as run
from labkit.course.lessons.the_agent_loop.parallel_answers import make_calls
from labkit.rehearsal import Turn


def hides_what_the_endpoint_says(ask, tools, question, most):
    try:
        return ask([{"role": "operator", "content": question}])
    except Exception:
        return None


def counts_calls_for_requests(ask, tools, question, most):
    made = []

    def counted(name):
        return lambda **given: (made.append(name), tools[name](**given))[1]

    answer = run(ask, {name: counted(name) for name in tools}, question, most)
    return answer if len(made) < most else None


def results_as_the_users_words(ask, tools, question, most):
    messages = [{"role": "user", "content": question}]
    for _ in range(most):
        message = ask(messages)
        if not message.get("tool_calls"):
            return message["content"]
        for call in message["tool_calls"]:
            value = tools[call["function"]["name"]](**json.loads(call["function"]["arguments"]))
            messages.append({"role": "user", "content": json.dumps(value)})
    return None


def one_result_for_two_calls(ask, tools, question, most):
    def once(messages):
        kept = {m.get("tool_call_id"): m for m in messages if m["role"] == "tool"}
        last = messages[-1]
        return ask([m for m in messages if m["role"] != "tool"] + [last] * bool(kept))

    return run(once, tools, question, most)


def a_dict_for_text(ask, tools, question, most):
    def sent(messages):
        return ask([{**m, "content": {"value": 1}} if m["role"] == "tool" else m for m in messages])

    return run(sent, tools, question, most)


def json_in_json(ask, tools, question, most):
    def twice(messages):
        changed = [
            {**m, "content": json.dumps(m["content"])} if m["role"] == "tool" else m
            for m in messages
        ]
        return ask(changed)

    return run(twice, tools, question, most)


def leaves_out_the_text_beside_calls(ask, tools, question, most):
    def sent(messages):
        return ask([{**m, "content": None} if m.get("tool_calls") else m for m in messages])

    return run(sent, tools, question, most)


def keeps_the_ids_of_calls_alone(ask, tools, question, most):
    def bare(call):
        return {**call, "function": {**call["function"], "arguments": "{}"}}

    def sent(messages):
        return ask([
            {**m, "tool_calls": list(map(bare, m["tool_calls"]))} if m.get("tool_calls") else m
            for m in messages
        ])  # fmt: skip

    return run(sent, tools, question, most)


def a_set_among_the_messages(ask, tools, question, most):
    return ask([{"role": "user", "content": question, "more": {1}}])


def returns_the_last_text(ask, tools, question, most):
    texts = []

    def noted(messages):
        message = ask(messages)
        texts.append(message["content"])
        return message

    return run(noted, tools, question, most) or texts[-1]


def passes_the_line_alone(ask, tools, question, most):
    known = {
        name: lambda tool=tool, **given: tool(line=given["line"]) for name, tool in tools.items()
    }
    return run(ask, known, question, most)


def reads_json_by_eval(ask, tools, question, most):
    def evaluated(tool):
        return lambda **given: tool(**eval(json.dumps(given)))

    return run(ask, {name: evaluated(tool) for name, tool in tools.items()}, question, most)


def says_that_it_gave_up(ask, tools, question, most):
    return run(ask, tools, question, most) or "I gave up"


def takes_one_more(ask, tools, question, most):
    return run(ask, tools, question, most + 1)


def returns_the_message(ask, tools, question, most):
    return {"content": run(ask, tools, question, most)}


def has_a_gap(ask, tools, question, most):
    ask([{"role": "user", "content": question}])
    return run(ask, TODO, question, most)


async def one_session_for_each_tool(calls, tools, open_session):
    sessions = {}

    async def make(call):
        name = call["function"]["name"]
        if name not in sessions:
            sessions[name] = open_session()
        session = await sessions[name].__aenter__()
        try:
            value = await tools[name](session, **json.loads(call["function"]["arguments"]))
        except Exception as error:
            value = {"error": str(error)}
        return {"role": "tool", "tool_call_id": call["id"], "content": json.dumps(value)}

    made = await asyncio.gather(*map(make, calls))
    for each in sessions.values():
        await each.__aexit__()
    return made


async def closes_only_when_all_went_well(calls, tools, open_session):
    async def make(call):
        try:
            opening = open_session()
            session = await opening.__aenter__()
            arguments = json.loads(call["function"]["arguments"])
            value = await tools[call["function"]["name"]](session, **arguments)
            await opening.__aexit__()
        except Exception as error:
            value = {"error": str(error)}
        return {"role": "tool", "tool_call_id": call["id"], "content": json.dumps(value)}

    return await asyncio.gather(*map(make, calls))


async def closes_before_the_tool_ran(calls, tools, open_session):
    async def make(call):
        async with open_session() as session:
            pass
        value = await tools["line_report"](session, **json.loads(call["function"]["arguments"]))
        return {"role": "tool", "tool_call_id": call["id"], "content": json.dumps(value)}

    return await asyncio.gather(*map(make, calls))


async def leaves_a_failed_call_out(calls, tools, open_session):
    made = await make_calls(calls, tools, open_session)
    return [message for message in made if '"error"' not in message["content"]]


async def cancels_the_others(calls, tools, open_session):
    made = await make_calls(calls, tools, open_session)
    if any('"error"' in message["content"] for message in made):
        return [{**message, "content": '{"error": "cancelled"}'} for message in made]
    return made


async def passes_the_arguments_as_one(calls, tools, open_session):
    def strange(tool):
        return lambda session, **given: tool(session, json.dumps(given))

    return await make_calls(calls, {n: strange(t) for n, t in tools.items()}, open_session)


async def says_nothing_of_an_error(calls, tools, open_session):
    made = await make_calls(calls, tools, open_session)
    return [{**m, "content": '{"error": ""}'} if '"error"' in m["content"] else m for m in made]


async def catches_what_it_thought_of(calls, tools, open_session):
    return await one_by_hand(calls, tools, open_session, (KeyError, ValueError), '{"error": "no"}')


async def writes_json_by_hand(calls, tools, open_session):
    return await one_by_hand(calls, tools, open_session, Exception, '{"error": "%s"}')


async def one_by_hand(calls, tools, open_session, caught, content):
    async def make(call):
        try:
            async with open_session() as session:
                arguments = json.loads(call["function"]["arguments"])
                told = json.dumps(await tools[call["function"]["name"]](session, **arguments))
        except caught as error:
            told = content.replace("%s", str(error))
        return {"role": "tool", "tool_call_id": call["id"], "content": told}

    return await asyncio.gather(*map(make, calls))


async def answers_an_equal_call_from_memory(calls, tools, open_session):
    unlike = {call["function"]["arguments"]: call for call in calls}
    made = await make_calls(list(unlike.values()), tools, open_session)
    told = dict(zip(unlike, made, strict=True))
    return [{**told[c["function"]["arguments"]], "tool_call_id": c["id"]} for c in calls]


async def gives_equal_calls_the_same_id(calls, tools, open_session):
    made = await make_calls(calls, tools, open_session)
    ids = {call["function"]["arguments"]: call["id"] for call in calls}
    return [
        {**message, "tool_call_id": ids[call["function"]["arguments"]]}
        for call, message in zip(calls, made, strict=True)
    ]


async def passes_only_the_line(calls, tools, open_session):
    def narrow(tool):
        return lambda session, **given: tool(session, line=given["line"])

    return await make_calls(calls, {n: narrow(t) for n, t in tools.items()}, open_session)


async def returns_a_tuple(calls, tools, open_session):
    return tuple(await make_calls(calls, tools, open_session))


async def does_not_await_gather(calls, tools, open_session):
    return asyncio.gather(make_calls(calls, tools, open_session))


async def does_not_await_its_own(calls, tools, open_session):
    return [make_calls([call], tools, open_session) for call in calls]


def is_right(case, run, numbers_in, close=None, stopped=None, called=None):
    if close is None:
        close = any(abs(n - case["value"]) <= 0.05 for n in numbers_in(run["answer"]))
    if stopped is None:
        stopped = run["stopped"] == "answered"
    if called is None:
        called = any(of_the_case(case, call) and call["outcome"] == "ok" for call in run["calls"])
    return close and stopped and called


def of_the_case(case, call):
    arguments = call["arguments"]
    same = all(arguments.get(name) == value for name, value in case["arguments"].items())
    return same and call["name"] == case["tool"]


def takes_all_that_is_less(case, run, numbers_in):
    close = any(n - case["value"] <= 0.05 for n in numbers_in(run["answer"]))
    return is_right(case, run, numbers_in, close=close)


def takes_all_that_is_more(case, run, numbers_in):
    close = any(case["value"] - n <= 0.05 for n in numbers_in(run["answer"]))
    return is_right(case, run, numbers_in, close=close)


def knows_one_way_to_be_stopped(case, run, numbers_in):
    return is_right(case, run, numbers_in, stopped=run["stopped"] != "max_turns")


def knows_one_way_to_fail(case, run, numbers_in):
    calls = run["calls"]
    called = any(of_the_case(case, call) and call["outcome"] != "failed" for call in calls)
    return is_right(case, run, numbers_in, called=called)


def asks_each_thing_of_any_call(case, run, numbers_in):
    calls = run["calls"]
    called = any(of_the_case(case, c) for c in calls) and any(c["outcome"] == "ok" for c in calls)
    return is_right(case, run, numbers_in, called=called)


def knows_lines_only(case, run, numbers_in):
    called = any(
        call["name"] == case["tool"]
        and call["outcome"] == "ok"
        and call["arguments"].get("line") == case["arguments"].get("line")
        for call in run["calls"]
    )
    return is_right(case, run, numbers_in, called=called)


def takes_the_last_number(case, run, numbers_in):
    return abs(numbers_in(run["answer"])[-1] - case["value"]) <= 0.05 and any(
        call["outcome"] == "ok" and case["arguments"].items() <= call["arguments"].items()
        and call["name"] == case["tool"] for call in run["calls"]
    ) and run["stopped"] == "answered"  # fmt: skip


def takes_a_share_of_the_value(case, run, numbers_in):
    close = any(math.isclose(n, case["value"], rel_tol=0.05) for n in numbers_in(run["answer"]))
    return is_right(case, run, numbers_in, close=close)


def takes_a_small_share_of_the_value(case, run, numbers_in):
    close = any(math.isclose(n, case["value"], rel_tol=0.02) for n in numbers_in(run["answer"]))
    return is_right(case, run, numbers_in, close=close)


def compares_what_is_rounded(case, run, numbers_in):
    close = any(round(n, 1) == round(case["value"], 1) for n in numbers_in(run["answer"]))
    return is_right(case, run, numbers_in, close=close)


def expects_each_argument(case, run, numbers_in):
    called = any(
        call["name"] == case["tool"]
        and all(call["arguments"][name] == value for name, value in case["arguments"].items())
        and call["outcome"] == "ok"
        for call in run["calls"]
    )
    return is_right(case, run, numbers_in, called=called)


def keeps_the_last_call_of_a_name(case, run, numbers_in):
    last = {call["name"]: call for call in run["calls"]}.values()
    called = any(of_the_case(case, call) and call["outcome"] == "ok" for call in last)
    return is_right(case, run, numbers_in, called=called)


def forgives_no_first_failure(case, run, numbers_in):
    made = [call["outcome"] for call in run["calls"] if of_the_case(case, call)]
    return is_right(case, run, numbers_in, called=bool(made) and set(made) == {"ok"})


def never_right(case, run, numbers_in):
    return False


def gives_the_calls_back(case, run, numbers_in):
    return run["calls"]


@pytest.mark.parametrize(
    ("exercise", "answer", "code"),
    [
        ("11.1", hides_what_the_endpoint_says, "other-messages"),
        ("11.1", counts_calls_for_requests, "budget-off-by-one"),
        ("11.1", results_as_the_users_words, "drops-assistant-turn"),
        ("11.1", one_result_for_two_calls, "unanswered-call"),
        ("11.1", a_dict_for_text, "not-json"),
        ("11.1", json_in_json, "not-json"),
        ("11.1", leaves_out_the_text_beside_calls, "other-messages"),
        ("11.1", keeps_the_ids_of_calls_alone, "other-messages"),
        ("11.1", a_set_among_the_messages, "other-messages"),
        ("11.1", says_that_it_gave_up, "wrong-type"),
        ("11.1", returns_the_last_text, "stops-at-text"),
        ("11.1", passes_the_line_alone, "arguments-in-one-piece"),
        ("11.1", reads_json_by_eval, "raises"),
        ("11.1", takes_one_more, "budget-off-by-one"),
        ("11.1", returns_the_message, "wrong-type"),
        ("11.1", has_a_gap, None),
        ("11.2", one_session_for_each_tool, "shared-session"),
        ("11.2", closes_only_when_all_went_well, "leaked-session"),
        ("11.2", closes_before_the_tool_ran, "no-session"),
        ("11.2", leaves_a_failed_call_out, "other-messages"),
        ("11.2", cancels_the_others, "one-failure-kills-all"),
        ("11.2", passes_the_arguments_as_one, "other-messages"),
        ("11.2", says_nothing_of_an_error, "hides-error"),
        ("11.2", catches_what_it_thought_of, "one-failure-kills-all"),
        ("11.2", writes_json_by_hand, "other-messages"),
        ("11.2", answers_an_equal_call_from_memory, "merges-equal-calls"),
        ("11.2", gives_equal_calls_the_same_id, "merges-equal-calls"),
        ("11.2", passes_only_the_line, "other-messages"),
        ("11.2", returns_a_tuple, "wrong-type"),
        ("11.2", does_not_await_gather, "forgotten-await"),
        ("11.2", does_not_await_its_own, "forgotten-await"),
        ("11.3", takes_all_that_is_less, "one-sided"),
        ("11.3", takes_all_that_is_more, "one-sided"),
        ("11.3", knows_one_way_to_be_stopped, "unfinished-counts"),
        ("11.3", knows_one_way_to_fail, "failed-call-counts"),
        ("11.3", asks_each_thing_of_any_call, "mixes-calls"),
        ("11.3", knows_lines_only, "ignores-arguments"),
        ("11.3", takes_the_last_number, "one-number-only"),
        ("11.3", takes_a_share_of_the_value, "tolerance-too-wide"),
        ("11.3", takes_a_small_share_of_the_value, "tolerance-too-wide"),
        ("11.3", compares_what_is_rounded, "no-tolerance"),
        ("11.3", expects_each_argument, "raises"),
        ("11.3", keeps_the_last_call_of_a_name, "too-strict"),
        ("11.3", forgives_no_first_failure, "too-strict"),
        ("11.3", never_right, "too-strict"),
        ("11.3", gives_the_calls_back, "wrong-type"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_another_answer_gets_its_code(exercise, answer, code, tmp_path) -> None:
    outcome = await Exercise(find_task(exercise), Progress(tmp_path)).check(answer)
    assert (outcome.code, outcome.correct) == (code, False)


async def test_what_the_endpoint_said_is_the_evidence(tmp_path) -> None:
    outcome = await Exercise(find_task("11.1"), Progress(tmp_path)).check(results_without_a_turn)
    assert outcome.code == "drops-assistant-turn"
    assert outcome.evidence == "the endpoint: 400, 'messages[1]' answers no call that was asked for"


def results_without_a_turn(ask, tools, question, most):
    messages = [{"role": "user", "content": question}]
    call = ask(messages)["tool_calls"][0]
    return ask([*messages, {"role": "tool", "tool_call_id": call["id"], "content": "{}"}])


def test_the_endpoint_says_its_script_and_refuses_what_any_endpoint_refuses() -> None:
    model, hello = Endpoint(), {"role": "user", "content": "hello"}
    with model.served():
        model.begin([Turn("first")])
        said = [model.post([hello])["content"] for _ in range(2)]
        with pytest.raises(Refused, match="one of system"):
            model.post([{"role": "nobody"}])
    assert said == ["first", "There is nothing more."]
    assert model.seen == [[hello], [hello], [{"role": "nobody"}]]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2.50 % of 1,200 on A4", [2.5, 1200.0]),
        ("B1: -3, v2, 7.", [-3.0, 7.0]),
        ("none", []),
    ],
)
def test_numbers_are_read_as_a_person_reads_them(text, numbers) -> None:
    assert numbers_in(text) == numbers
