"""The model endpoint, driven by OpenAI's own client over real sockets, and by wrong requests."""

import json
from contextlib import suppress

import httpx2
import openai
import pytest
from fastapi.testclient import TestClient
from hardening_kit import access, live
from openai import AsyncOpenAI, OpenAI

from labkit.errors import UsageError
from labkit.rehearsal import Call, Turn
from labkit.rehearsal.meaning import NoWordVectorsError
from labkit.rehearsal.models import MODELS
from labkit.rehearsal.wire import CONTEXT_TOKENS
from labkit.server import Server
from labkit.services import model
from labkit.services.hardening import HardeningConfig
from labkit.services.model import ModelConfig
from labkit.settings import Settings

LINES = Call("list_lines", {"plant": "plant-a"})
TOTALS = Call("totals", {"line": "A4", "days": 7, "note": "ä, “quoted”"})


def tool(name):
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}


TOOLS = [tool("list_lines"), tool("totals")]
HELLO = [{"role": "user", "content": "hello"}]


def script(request):
    """Answer by the last word of the conversation: what is planned isn't tested here."""
    last = request.messages[-1]["content"].split()[-1]
    return {
        "call": Turn(calls=(LINES,)),
        "both": Turn("Let me look.", (LINES, TOTALS)),
        "nothing": Turn(),
    }.get(last, Turn("Two lines, A1 and A4."))


@pytest.fixture(scope="module")
def url():
    server = Server(lambda _: model.create_app(ModelConfig(planner=script)), name="model")
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def client(url):
    with OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as one:
        yield one


@pytest.fixture
def post(url):
    with httpx2.Client(base_url=url, trust_env=False) as http:
        yield lambda body, **more: http.post("/v1/chat/completions", json=body, **more)


def ask(client, text="hello", **more):
    asked = {"model": "rehearsal", "messages": [{"role": "user", "content": text}]}
    return client.chat.completions.create(**{**asked, **more})


def calls_of(message):
    return [(c.function.name, json.loads(c.function.arguments)) for c in message.tool_calls or ()]


# Whole answers


def test_a_text_is_answered_with_its_tokens_counted(client):
    answer = ask(client)
    (choice,) = answer.choices
    assert choice.message.content == "Two lines, A1 and A4."
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens == 7


def test_calls_side_by_side_keep_their_text_and_their_arguments(client):
    (choice,) = ask(client, "both", tools=TOOLS).choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "Let me look."
    assert calls_of(choice.message) == [(c.name, dict(c.arguments)) for c in (LINES, TOTALS)]
    assert len({call.id for call in choice.message.tool_calls}) == 2


def test_the_same_request_gets_the_same_bytes_and_another_one_other_ids(post):
    body = {"model": "rehearsal", "messages": [{"role": "user", "content": "call"}], "tools": TOOLS}
    one, two = post(body), post(body)
    assert one.content == two.content
    body["messages"] = [{"role": "user", "content": "please call"}]
    other = post(body).json()
    assert other["id"] != one.json()["id"]
    ids = [answer["choices"][0]["message"]["tool_calls"][0]["id"] for answer in (one.json(), other)]
    assert ids[0] != ids[1]


def test_a_limit_cuts_the_text_and_says_so(client):
    (choice,) = ask(client, max_completion_tokens=2).choices
    assert (choice.message.content, choice.finish_reason) == ("Two lines", "length")


def test_several_answers_are_given_if_asked_for(client):
    assert [choice.index for choice in ask(client, n=3).choices] == [0, 1, 2]


def test_saying_nothing_is_an_empty_text(client):
    assert ask(client, "nothing").choices[0].message.content == ""


# Streams


def test_a_streamed_text_joins_to_the_same_text_and_ends_with_its_usage(client):
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == (
        "Two lines, A1 and A4."
    )
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage == ask(client).usage
    assert len(chunks) == 7 + 3  # Seven tokens, the role, the end, the usage.


def test_streamed_calls_come_in_pieces_that_join(client):
    with client.chat.completions.stream(
        model="rehearsal", messages=[{"role": "user", "content": "both"}], tools=TOOLS
    ) as stream:
        for _ in stream:
            pass
        message = stream.get_final_completion().choices[0].message
    assert calls_of(message) == [(c.name, dict(c.arguments)) for c in (LINES, TOTALS)]
    assert message.content == "Let me look."


def test_streamed_or_whole_a_call_has_the_same_id(client):
    whole = ask(client, "call", tools=TOOLS).choices[0].message.tool_calls[0].id
    first = next(
        c.choices[0].delta.tool_calls[0].id
        for c in ask(client, "call", tools=TOOLS, stream=True)
        if c.choices and c.choices[0].delta.tool_calls
    )
    assert first == whole


async def test_the_async_client_streams_too(url):
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key="any") as client:
        stream = await client.chat.completions.create(
            model="rehearsal", messages=HELLO, stream=True
        )
        text = [c.choices[0].delta.content or "" async for c in stream if c.choices]
    assert "".join(text) == "Two lines, A1 and A4."


# Models and keys


def test_the_models_are_listed_and_shown(client):
    assert [one.id for one in client.models.list()] == list(MODELS)
    assert client.models.retrieve("rehearsal:slow").id == "rehearsal:slow"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-x")


def test_an_unknown_model_is_named_with_those_there_are(client):
    with pytest.raises(openai.NotFoundError, match="rehearsal:slow") as refused:
        ask(client, model="gpt-x")
    assert refused.value.code == "model_not_found"


@pytest.mark.parametrize(
    "given", ["wrong", "sekret", "Bearer other", "Bearer sekretx", "Basic sekret"]
)
def test_with_a_key_of_its_own_it_takes_no_other(given):
    app = model.create_app(ModelConfig(planner=script, api_key="sekret"))
    server = Server(lambda _: app, name="model")
    server.start()
    try:
        with OpenAI(base_url=f"{server.url}/v1", api_key="sekret") as right:
            assert ask(right).choices
            assert right.models.list().data
        with httpx2.Client(base_url=server.url, trust_env=False) as http:
            refused = http.get("/v1/models", headers={"Authorization": given})
            assert (refused.status_code, refused.json()["error"]["code"]) == (
                401, "invalid_api_key",
            )  # fmt: skip
            assert "sekret" not in refused.text
    finally:
        server.stop()


# Faults on purpose


def test_too_many_requests_on_purpose(client):
    with pytest.raises(openai.RateLimitError) as refused:
        ask(client, model="rehearsal:429")
    assert refused.value.response.headers["retry-after"] == "1"


def test_a_failure_on_purpose(client):
    with pytest.raises(openai.InternalServerError):
        ask(client, model="rehearsal:500")


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_cut_off_on_purpose(client, stream):
    with pytest.raises(
        (openai.APIConnectionError, httpx2.RemoteProtocolError, json.JSONDecodeError)
    ):
        for _ in ask(client, model="rehearsal:cut", stream=stream):
            pass


@pytest.mark.parametrize("error", [ModuleNotFoundError("folder"), NoWordVectorsError("folder")])
def test_a_model_whose_installation_is_broken_says_so(error):
    def fails(_request):
        raise error

    with live(model.create_app(ModelConfig(planner=fails))) as server:
        client = OpenAI(base_url=f"{server.url}/v1", api_key="x", max_retries=0)
        with pytest.raises(openai.InternalServerError, match="labkit doctor says which") as failed:
            ask(client)
    assert "folder" not in failed.value.response.text


def test_an_answer_cut_off_on_purpose_is_not_laid_at_the_clients_door():
    with live(model.create_app(ModelConfig(planner=script))) as server:
        for stream in (False, True):
            body = {"model": "rehearsal:cut", "messages": HELLO, "stream": stream}
            with suppress(httpx2.RemoteProtocolError):
                httpx2.post(f"{server.url}/v1/chat/completions", json=body)
        assert [line["ended"] for line in access(server)] == ["unfinished"] * 2


# Wrong requests


def refused(response, param=None, status=400):
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    if param is not None:
        assert error["param"] == param
    return error


CALL = {"id": "c1", "type": "function", "function": {"name": "totals", "arguments": "{}"}}
ASKED = {"role": "assistant", "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "7"}


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0]"),
        ({"messages": [*HELLO, ASKED, *HELLO]}, "messages[2]"),
        ({"messages": [*HELLO, ASKED]}, "messages"),
        ({"messages": [*HELLO, RESULT]}, "messages[1]"),
        ({"messages": [*HELLO, ASKED, RESULT, RESULT]}, "messages[3]"),
        ({"messages": [*HELLO, {"role": "assistant", "tool_calls": [{"id": "c"}]}]}, "messages[1]"),
        ({"messages": [*HELLO, {"role": "assistant", "tool_calls": "all"}]}, "messages[1]"),
        ({"model": 7}, "model"),
        ({"tools": [*TOOLS, TOOLS[0]]}, "tools[2].function.name"),
        ({"tools": [tool("no way")]}, "tools[0].function.name"),
        ({"tools": [{"type": "retrieval"}]}, "tools.0.type"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tools": TOOLS, "tool_choice": "maybe"}, None),
        ({"tools": TOOLS, "tool_choice": tool("x")}, "tool_choice"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 100}, "n"),
    ],
)  # fmt: skip
def test_what_a_real_endpoint_refuses_is_refused(post, changes, param):
    refused(post({"model": "rehearsal", "messages": HELLO, **changes}), param)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"n": NaN}', b"[" * 100_000, b"\xff", b"null"]
)
def test_a_body_that_is_no_request_is_refused(url, body):
    with httpx2.Client(base_url=url, trust_env=False) as http:
        refused(http.post("/v1/chat/completions", content=body))


def test_an_answered_call_is_a_good_conversation(post):
    body = {"model": "rehearsal", "messages": [*HELLO, ASKED, RESULT], "tools": TOOLS}
    assert post(body).status_code == 200


def test_contents_in_parts_are_read(client):
    parts = [{"type": "text", "text": "please "}, {"type": "text", "text": "call"}]
    (choice,) = ask(client, "x", messages=[{"role": "user", "content": parts}]).choices
    assert calls_of(choice.message) == [("list_lines", {"plant": "plant-a"})]


def test_unknown_members_change_nothing(post):
    body = {"model": "rehearsal", "messages": HELLO}
    plain = post(body).json()["choices"]
    assert post({**body, "temperature": 0.3, "seed": 1, "colour": "red"}).json()["choices"] == plain


def test_a_conversation_longer_than_the_context_is_refused(client):
    with pytest.raises(openai.BadRequestError) as long:
        ask(client, "word " * (CONTEXT_TOKENS + 1))
    assert long.value.code == "context_length_exceeded"


# Configuration


@pytest.mark.parametrize(
    "changes", [{"profile": "exposed"}, {"profile": "open"}, {"api_key": ""}, {"api_key": 7},
                {"api_key": "with space"}, {"api_key": "line\n"}, {"api_key": "clé"}]
)  # fmt: skip
def test_a_configuration_that_cannot_work_is_refused(changes):
    with pytest.raises(UsageError):
        ModelConfig(planner=script, **changes)


def test_only_its_own_configuration_is_taken():
    with pytest.raises(UsageError, match="ModelConfig"):
        model.create_app({"api_key": "x"})


def status_under(host, config):
    headers = {"Host": host, "Authorization": "Bearer a-key"}
    with TestClient(model.create_app(config)) as client:
        return client.get("/v1/models", headers=headers).status_code


def test_exposed_it_answers_with_a_key_and_under_its_own_name():
    exposed = {"api_key": "a-key", "profile": "exposed"}
    named = ModelConfig(hardening=HardeningConfig(hosts=("model.example.org",)), **exposed)
    assert status_under("model.example.org", named) == 200
    assert status_under("127.0.0.1", named) == 400
    with pytest.raises(UsageError, match="hosts"):
        model.create_app(ModelConfig(**exposed))


def test_from_the_environment_it_takes_a_key_of_its_own_and_not_that_of_a_client(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "a-clients")
    assert status_under("127.0.0.1", None) == 200  # No key is asked for.
    monkeypatch.setenv("LABKIT_MODEL_SERVICE_KEY", "another-key")
    assert status_under("127.0.0.1", None) == 401
    monkeypatch.setenv("LABKIT_MODEL_SERVICE_KEY", "a-key")
    assert status_under("127.0.0.1", None) == 200
    assert "a-key" not in repr(ModelConfig.from_settings(Settings.from_environment()))
    monkeypatch.setenv("LABKIT_MODEL_SERVICE_KEY", "clé")
    with pytest.raises(UsageError, match="LABKIT_MODEL_SERVICE_KEY") as refused:
        model.create_app()
    assert "clé" not in str(refused.value)


def test_from_the_environment_it_knows_its_other_names(monkeypatch):
    monkeypatch.setenv("LABKIT_HOSTS", "hub.example.org")
    assert status_under("hub.example.org", None) == 200
    assert status_under("evil.example.org", None) == 400
