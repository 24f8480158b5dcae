"""
Each call goes through one place, and comes back as one content, whatever the model or a tool does.

The tokens are real: a key signs them here, and the service verifies them as any service does.
"""

import asyncio
import json
import threading
import time
import uuid

import pytest
from model_kit import calls, says
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from labkit import tool
from labkit.agent import (
    ApprovalAsked,
    AuditInMemory,
    Authority,
    Credential,
    Limits,
    ToolContext,
    ToolEnded,
    ToolStarted,
    Transcript,
    passage,
)
from labkit.agent.audit import fingerprint
from labkit.errors import InvalidToken, LabkitError, StorageError, UsageError
from labkit.server import Server
from labkit.tokens import AccessTokenPolicy, SigningKey, issue_access_token

ISSUER, READ, WRITE = "http://issuer.test", "lots:read", "lots:write"


async def outcome_of(model, agent_of, function, arguments=None, **options):
    """Return how one call of *function* ended; the run goes on to its answer all the same."""
    made = function if hasattr(function, "timeout_s") else tool(function)
    run_options = {k: options.pop(k) for k in ("authority", "approve") if k in options}
    model.answers(calls((made.name, {} if arguments is None else arguments)), says("I see."))
    result = await agent_of(made, **options).run("go", **run_options)
    assert (result.text, result.stopped) == ("I see.", "answered")
    (call,) = result.tool_calls
    assert model.requests[-1]["messages"][-1]["content"] == call.content
    return call


async def yes(_asked):
    return True


def error_of(call):
    return json.loads(call.content)["error"]


# --- what the model may do wrong -------------------------------------------------------------


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest.mark.parametrize(
    ("arguments", "says_what"),
    [
        ("{", "aren't JSON"),
        ("", "a: "),
        ("[1, 2]", "have to be a JSON object"),
        ({"a": "x", "b": 2}, "a: Input should be a valid integer"),
        ({"a": 1, "b": 2, "user": "admin"}, "no argument 'user'"),
        ({"a": 1, "b": "9" * 1_000_000}, "send less"),
        ('{"a": NaN, "b": 1}', "a: "),
    ],
)
async def test_arguments_that_do_not_fit_are_answered_as_data(
    model, agent_of, arguments, says_what
):
    call = await outcome_of(model, agent_of, add, arguments)
    assert call.outcome == "invalid"
    assert says_what in error_of(call)


@pytest.mark.parametrize("name", ["nosuch", "", "functions.add", "add ", "x" * 100_000, "é\n"])
async def test_a_tool_that_is_not_there_is_answered_as_data(model, agent_of, name):
    model.answers(calls((name, {})), says("I see."))
    audit = AuditInMemory()
    result = await agent_of(add, audit=audit).run("go")
    (call,) = result.tool_calls
    assert (call.outcome, error_of(call)) == (
        "unknown",
        "there is no such tool; the tools are: add",
    )
    assert len(call.name) <= 64
    assert audit.rows[0].tool == call.name


# --- what a tool may do wrong ----------------------------------------------------------------


async def raises() -> str:
    """Raise."""
    raise ValueError("no such\nline")


async def raises_nothing_to_say() -> str:
    """Raise."""
    raise KeyError


async def fails_as_labkit_does() -> str:
    """Raise."""
    raise LabkitError("start the lab first")


async def exits() -> str:
    """Exit."""
    raise SystemExit(3)


def exits_in_a_thread() -> str:
    """Exit."""
    raise SystemExit(3)


async def cancels_itself() -> str:
    """Cancel."""
    raise asyncio.CancelledError


async def times_out_itself() -> str:
    """Time out."""
    raise TimeoutError("the database")


async def gives_bytes() -> bytes:
    """Bytes."""
    return b"\xff"


async def gives_an_object() -> object:
    """Object."""
    return threading.Lock()


@pytest.mark.parametrize(
    ("function", "says_what"),
    [
        (raises, "ValueError: no such line"),
        (raises_nothing_to_say, "KeyError"),
        (fails_as_labkit_does, "start the lab first"),
        (exits, "SystemExit: 3"),
        (exits_in_a_thread, "SystemExit: 3"),
        (cancels_itself, "it was cancelled from inside"),
        (times_out_itself, "TimeoutError: the database"),
        (gives_bytes, "gives_bytes gave no usable result: it returned bytes"),
        (gives_an_object, "no JSON for lock"),
    ],
)
async def test_a_tool_that_fails_is_answered_as_data(model, agent_of, function, says_what):
    call = await outcome_of(model, agent_of, function)
    assert call.outcome == "failed"
    assert says_what in error_of(call)


async def test_ten_megabytes_are_cut_to_the_limit(model, agent_of):
    def much() -> str:
        """Much."""
        return "x" * 10_000_000

    call = await outcome_of(model, agent_of, much, limits=Limits(output_characters=500))
    assert call.outcome == "ok"
    assert len(call.content) <= 500
    assert "10000000 characters are too many" in json.loads(call.content)["cut"]


async def test_a_number_that_json_has_not_goes_out_as_null(model, agent_of):
    def mean() -> dict:
        """Mean."""
        return {"mean": float("nan")}

    assert (await outcome_of(model, agent_of, mean)).content == '{"mean":null}'


async def test_a_slow_tool_is_cancelled_in_time(model, agent_of):
    ended = asyncio.Event()

    @tool(timeout_s=0.05)
    async def slow() -> str:
        """Slow."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "never"

    call = await outcome_of(model, agent_of, slow)
    assert (call.outcome, error_of(call)) == ("timeout", "slow took longer than 0.05 s")
    assert ended.is_set()


async def test_a_tool_that_blocks_is_left_behind_and_said_so(model, agent_of):
    go_on = threading.Event()

    @tool(timeout_s=0.05)
    def blocks() -> str:
        """Block."""
        go_on.wait(30)
        return "late"

    call = await outcome_of(model, agent_of, blocks)
    go_on.set()
    assert call.outcome == "timeout"
    assert "may still be at work" in error_of(call)


async def test_a_tool_that_blocks_the_loop_itself_ends_no_run(model, agent_of):
    """Nothing can stop it, so its time is up later; then the run goes on."""
    freed = threading.Event()

    @tool(timeout_s=0.01)
    async def holds_the_loop() -> str:
        """Hold the loop, and then wait as it should."""
        threading.Timer(0.05, freed.set).start()
        freed.wait(30)
        await asyncio.Event().wait()
        return "never"

    call = await outcome_of(model, agent_of, holds_the_loop)
    assert freed.is_set()
    assert (call.outcome, error_of(call)) == ("timeout", "holds_the_loop took longer than 0.01 s")


async def test_a_sync_tool_that_returns_a_coroutine_is_awaited(model, agent_of):
    def indirect() -> str:
        """Call another."""
        return add.function(2, 3)

    assert (await outcome_of(model, agent_of, indirect)).content == "5"


# --- approval --------------------------------------------------------------------------------


class Shelf:
    """A tool that writes."""

    def __init__(self):
        self.written = []

        @tool(writes=True)
        async def quarantine(lot: int, why: list[str] | None = None) -> str:
            """Take a lot out of use."""
            self.written.append((lot, why))
            return "done"

        self.tool = quarantine


async def test_a_yes_lets_one_write_through(model, agent_of):
    shelf, asked = Shelf(), []

    async def approve(question):
        asked.append(question)
        return True

    call = await outcome_of(model, agent_of, shelf.tool, {"lot": 7}, approve=approve)
    assert call.outcome == "ok"
    assert asked == [ApprovalAsked("call_0", "quarantine", {"lot": 7, "why": None}, 120.0)]
    assert shelf.written == [(7, None)]


@pytest.mark.parametrize("answer", [False, None, "yes", 1, "no", object()])
async def test_nothing_but_true_is_a_yes(model, agent_of, answer):
    async def approve(question):
        return answer

    shelf = Shelf()
    call = await outcome_of(model, agent_of, shelf.tool, {"lot": 7}, approve=approve)
    assert (call.outcome, error_of(call), shelf.written) == ("denied", "the user said no", [])


async def test_no_answer_means_no(model, agent_of):
    async def approve(question):
        await asyncio.Event().wait()

    shelf, limits = Shelf(), Limits(approval_seconds=0.05)
    call = await outcome_of(model, agent_of, shelf.tool, {"lot": 7}, approve=approve, limits=limits)
    assert call.outcome == "denied"
    assert "nobody answered in time" in error_of(call)
    assert shelf.written == []


async def test_nobody_to_ask_means_no(model, agent_of):
    shelf = Shelf()
    call = await outcome_of(model, agent_of, shelf.tool, {"lot": 7})
    assert (call.outcome, shelf.written) == ("denied", [])
    assert "nobody to approve it: pass approve=, or --yes to labkit ask" in error_of(call)


async def test_a_plain_function_approves_nothing_and_hears_what_is_wanted(model, agent_of):
    shelf = Shelf()
    call = await outcome_of(model, agent_of, shelf.tool, {"lot": 7}, approve=lambda _: True)
    assert (call.outcome, shelf.written) == ("denied", [])
    assert error_of(call) == "approve has to be an async function, so it wasn't approved"


@pytest.mark.parametrize("error", [ValueError("canary"), TimeoutError("canary")])
async def test_an_approval_that_fails_means_no(model, agent_of, error):
    async def approve(question):
        raise error

    shelf = Shelf()
    call = await outcome_of(model, agent_of, shelf.tool, {"lot": 7}, approve=approve)
    assert (call.outcome, shelf.written) == ("denied", [])
    assert "canary" not in call.content


async def test_an_approval_is_for_one_call_and_its_arguments_alone(model, agent_of):
    asked = []

    async def approve(question):
        asked.append(question.arguments["lot"])
        question.arguments["lot"] = 99  # Whoever is asked can't change what is done.
        question.arguments["why"].append("changed")
        return asked.count(7) == 1 and asked[-1] == 7

    shelf = Shelf()
    wish = {"lot": 7, "why": ["torn"]}
    model.answers(
        calls(("quarantine", wish), ("quarantine", {"lot": 8, "why": []})),
        calls(("quarantine", wish)),
        says("done"),
    )
    result = await agent_of(shelf.tool).run("go", approve=approve)
    assert asked == [7, 8, 7]
    assert [call.outcome for call in result.tool_calls] == ["ok", "denied", "denied"]
    assert shelf.written == [(7, ["torn"])]


async def test_a_yes_for_one_run_is_none_for_its_twin(model, agent_of):
    """Two runs of one agent wait for the same call: same tool, arguments and call id."""
    shelf, answers, both = Shelf(), [True, False], asyncio.Barrier(2)

    async def approve(question):
        answer = answers.pop(0)
        await both.wait()
        return answer

    def react(request):
        last = request["messages"][-1]
        wish = calls(("quarantine", {"lot": 7}))
        return says(last["content"]) if last["role"] == "tool" else wish

    model.reacts = react
    agent = agent_of(shelf.tool)
    runs = await asyncio.gather(*(agent.run("go", approve=approve) for _ in range(2)))
    ended = [run.tool_calls[0] for run in runs]
    assert sorted(each.outcome for each in ended) == ["denied", "ok"]
    assert {each.call_id for each in ended} == {"call_0"}
    assert shelf.written == [(7, None)]


async def test_a_conversation_that_is_loaded_brings_no_approval_along(model, agent_of, tmp_path):
    """What was approved stands in it: played again, in whichever process, it's asked about anew."""
    shelf, talk = Shelf(), Transcript()

    async def approve(question):
        return True

    wish = calls(("quarantine", {"lot": 7}))
    model.answers(wish, says("done"), wish, says("I may not."))
    await agent_of(shelf.tool).run("go", transcript=talk, approve=approve)
    talk.save(tmp_path / "talk.json")
    again = Transcript.load(tmp_path / "talk.json")
    result = await agent_of(shelf.tool).run("again", transcript=again)
    assert [call.outcome for call in result.tool_calls] == ["denied"]
    assert shelf.written == [(7, None)]


async def test_arguments_that_do_not_fit_are_not_asked_about(model, agent_of):
    async def approve(question):
        pytest.fail("asked")

    call = await outcome_of(model, agent_of, Shelf().tool, {"lot": "x"}, approve=approve)
    assert call.outcome == "invalid"


async def test_an_approval_is_told_between_start_and_end(model, agent_of):
    async def approve(question):
        return True

    model.answers(calls(("quarantine", {"lot": 7})), says("done"))
    async with agent_of(Shelf().tool).stream("go", approve=approve) as events:
        about = [e async for e in events if hasattr(e, "call_id")]
    assert [type(each) for each in about] == [ToolStarted, ApprovalAsked, ToolEnded]


# --- authority -------------------------------------------------------------------------------


class Source:
    """Signs tokens as an issuer does, for one user, and remembers for what."""

    def __init__(self, lifetime_s=60):
        self.key, self.given, self.lifetime_s = SigningKey.generate(), [], lifetime_s

    async def credential(self, audience, scope):
        token = issue_access_token(
            self.key,
            issuer=ISSUER,
            subject="quality-lead",
            audience=audience,
            client_id="agent",
            scopes=[scope],
            lifetime_s=60,
        )
        self.given.append((audience, scope, token))
        return Credential(token, f"jti-{len(self.given)}", self.lifetime_s)


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def service(source):
    """A protected service: says whom it sees, and echoes what it was shown."""

    async def lots(request):
        token = request.headers["authorization"].removeprefix("Bearer ")
        policy = AccessTokenPolicy(issuer=ISSUER, audience="lots")
        try:
            claims = policy.verify(token, {"keys": [source.key.public_jwk()]})
        except InvalidToken:
            return JSONResponse({"error": "invalid_token"}, 401)
        seen = {"sub": claims.subject, "scopes": sorted(claims.scopes), "token": token}
        return JSONResponse({**seen, "method": request.method, "query": str(request.query_params)})

    route = Route("/lots", lots, methods=["GET", "POST", "DELETE"])
    server = Server(lambda _url: Starlette(routes=[route]), name="lots")
    server.start()
    yield {"lots": server.url}
    server.stop()


def authority(source, *scopes):
    return Authority(subject="quality-lead", actor="agent", scopes=frozenset(scopes), source=source)


@tool(audience="lots", scope=READ)
async def lots(context: ToolContext, plant: str = "A") -> dict:
    """List lots."""
    answer = await context.http.get("/lots", params={"plant": plant})
    context.report(f"got {answer.json()['token']}")
    return answer.json()


async def test_a_call_carries_a_token_for_its_service_and_scope_alone(
    model, agent_of, service, source
):
    who = authority(source, READ, WRITE)
    call = await outcome_of(model, agent_of, lots, authority=who, services=service)
    seen = json.loads(call.content)
    assert (seen["sub"], seen["scopes"], seen["query"]) == ("quality-lead", [READ], "plant=A")
    assert [(audience, scope) for audience, scope, _ in source.given] == [("lots", READ)]


async def test_the_token_is_in_nothing_that_anybody_sees(
    model, agent_of, service, source, tmp_path
):
    who, audit = authority(source, READ), AuditInMemory()
    model.answers(calls(("lots", {})), says("done"))
    agent, talk = agent_of(lots, services=service, audit=audit), Transcript()
    async with agent.stream("go", authority=who, transcript=talk) as events:
        seen = [repr(each) async for each in events]
    ((_, _, token),) = source.given
    talk.save(tmp_path / "talk.json")
    sinks = [*seen, json.dumps(model.requests), repr(audit.rows), repr(who), repr(agent._setup)]
    sinks.append((tmp_path / "talk.json").read_text("utf-8"))
    assert [sink for sink in sinks if token in sink or token.split(".")[2] in sink] == []
    assert any("got [token]" in sink for sink in seen)


@pytest.mark.parametrize("before", [0, 400, 480])
async def test_no_part_of_a_token_is_in_an_error_however_it_is_cut(
    model, agent_of, service, source, before
):
    @tool(audience="lots", scope=READ)
    async def tells(context: ToolContext) -> str:
        """Tell."""
        token = (await context.http.get("/lots")).json()["token"]
        raise ValueError("x" * before + token)

    who = authority(source, READ)
    call = await outcome_of(model, agent_of, tells, authority=who, services=service)
    assert len(call.content) < 600
    assert source.given[0][2][:20] not in call.content
    assert "[token" in call.content


async def test_each_call_gets_a_fresh_token(model, agent_of, service, source):
    model.answers(calls(("lots", {}), ("lots", {})), calls(("lots", {})), says("done"))
    await agent_of(lots, services=service).run("go", authority=authority(source, READ))
    assert len({token for *_, token in source.given}) == 3


async def test_what_the_user_may_not_the_model_may_not(model, agent_of, service, source):
    who = authority(source, WRITE)
    call = await outcome_of(model, agent_of, lots, authority=who, services=service)
    assert (call.outcome, error_of(call)) == ("denied", "this user may not: lots needs lots:read")
    assert source.given == []


async def test_nobody_gets_no_token(model, agent_of, service):
    call = await outcome_of(model, agent_of, lots, services=service)
    assert (call.outcome, error_of(call)) == (
        "denied",
        "nobody is signed in, and lots needs lots:read",
    )


@pytest.mark.parametrize("lifetime_s", [61, 3600, 0, -1, float("nan")])
async def test_a_token_that_lives_too_long_is_not_used(model, agent_of, service, lifetime_s):
    who = authority(Source(lifetime_s), READ)
    call = await outcome_of(model, agent_of, lots, authority=who, services=service)
    assert (call.outcome, "60 s at most" in error_of(call)) == ("denied", True)


@pytest.mark.parametrize(
    ("error", "says_what"),
    [(LabkitError("the issuer is down"), "the issuer is down"), (OSError("canary"), "OSError")],
)
async def test_without_a_token_there_is_no_call(model, agent_of, service, error, says_what):
    class Broken:
        async def credential(self, audience, scope):
            raise error

    who = authority(Broken(), READ)
    call = await outcome_of(model, agent_of, lots, authority=who, services=service)
    assert (call.outcome, error_of(call)) == ("denied", f"no token for lots: {says_what}")


@pytest.mark.parametrize("path", ["http://127.0.0.1:1/lots", "//127.0.0.1:1", "lots", 7])
async def test_a_token_goes_to_its_service_and_nowhere_else(model, agent_of, service, source, path):
    @tool(audience="lots", scope=READ)
    async def elsewhere(context: ToolContext) -> str:
        """Go elsewhere."""
        return (await context.http.get(path)).text

    who = authority(source, READ)
    call = await outcome_of(model, agent_of, elsewhere, authority=who, services=service)
    assert (call.outcome, "begins with one slash" in error_of(call)) == ("failed", True)


async def test_a_tool_may_write_with_other_methods_but_not_another_token(
    model, agent_of, service, source
):
    @tool(audience="lots", scope=WRITE, writes=True)
    async def methods(context: ToolContext) -> list:
        """Try."""
        made = await context.http.post("/lots", json={}, headers={"Idempotency-Key": "k"})
        gone = await context.http.request("DELETE", "/lots")
        with pytest.raises(UsageError, match="for this call alone"):
            await context.http.post("/lots", headers={"authorization": "Bearer other"})
        assert repr(context.http) == "<ServiceHttp lots>"
        return [made.json()["method"], gone.json()["method"]]

    rights = {"authority": authority(source, WRITE), "approve": yes}
    call = await outcome_of(model, agent_of, methods, services=service, **rights)
    assert call.content == '["POST","DELETE"]'


async def test_a_service_that_is_down_is_answered_as_data(model, agent_of, source):
    services = {"lots": "http://127.0.0.1:1"}
    who = authority(source, READ)
    call = await outcome_of(model, agent_of, lots, authority=who, services=services)
    assert error_of(call) == "lots didn't answer (ConnectError): is it running?"


@pytest.mark.parametrize(
    "sent",
    [{"json": {1, 2}}, {"headers": {"X-Note": "two\nlines"}}, {"headers": {"X-Number": 7}}],
)
async def test_what_cannot_be_sent_is_the_tools_fault_and_not_the_services(
    model, agent_of, service, source, sent
):
    @tool(audience="lots", scope=WRITE, writes=True)
    async def wrong(context: ToolContext) -> str:
        """Send what can't be sent."""
        return (await context.http.post("/lots", **sent)).text

    rights = {"authority": authority(source, WRITE), "approve": yes}
    call = await outcome_of(model, agent_of, wrong, services=service, **rights)
    assert error_of(call).startswith("this request can't be sent")


def test_a_tool_whose_service_is_nowhere_is_refused_at_once(agent_of):
    with pytest.raises(UsageError, match=r'services=\{"lots": "http'):
        agent_of(lots)


@pytest.mark.parametrize(
    "wrong", [{"subject": ""}, {"subject": None}, {"actor": " "}, {"scopes": "lots:read"}]
)
def test_an_authority_is_somebody(source, wrong):
    given = {"subject": "a", "actor": "b", "scopes": frozenset(), "source": source, **wrong}
    with pytest.raises(UsageError):
        Authority(**given)


# --- audit -----------------------------------------------------------------------------------


async def test_a_row_for_each_call_says_who_what_and_how_it_ended(model, agent_of, service, source):
    audit, before = AuditInMemory(), time.time()
    model.answers(calls(("lots", {"plant": "B"}), ("nosuch", "{"), ("lots", "{")), says("done"))
    agent = agent_of(lots, services=service, audit=audit)
    result = await agent.run("go", authority=authority(source, READ))
    rows = sorted(audit.rows, key=lambda row: row.call_id)
    assert [row.result for row in rows] == ["ok", "unknown", "invalid"]
    row = rows[0]
    assert (row.run_id, row.call_id, row.sub, row.act) == (
        result.run_id,
        "call_0",
        "quality-lead",
        "agent",
    )
    assert (row.tool, row.audience, row.scope, row.jti) == ("lots", "lots", READ, "jti-1")
    assert row.arguments_sha256 == fingerprint('{"plant": "B"}')
    assert row.ms > 0
    assert before <= row.at <= time.time()
    assert [row.jti for row in rows[1:]] == ["", ""]
    assert uuid.UUID(row.run_id).version == 4
    assert repr(audit) == "<AuditInMemory of 3 rows>"


async def test_a_write_is_recorded_before_it_begins_and_when_it_has_ended(model, agent_of):
    audit, shelf = AuditInMemory(), Shelf()

    async def approve(question):
        assert not audit.rows
        return True

    await outcome_of(model, agent_of, shelf.tool, {"lot": 7}, approve=approve, audit=audit)
    assert [(row.call_id, row.result, row.sub) for row in audit.rows] == [
        ("call_0", "started", ""),
        ("call_0", "ok", ""),
    ]


class Full:
    """A trail that can't be kept."""

    async def record(self, row):
        raise OSError("disk full")


async def test_what_can_not_be_recorded_is_not_written(model, agent_of):
    async def approve(question):
        return True

    shelf = Shelf()
    call = await outcome_of(model, agent_of, shelf.tool, {"lot": 7}, approve=approve, audit=Full())
    assert call.outcome == "failed"
    assert error_of(call) == "this call couldn't be recorded (OSError), so it counts for nothing"
    assert shelf.written == []


async def test_what_is_written_but_not_recorded_to_its_end_is_not_called_nothing(model, agent_of):
    class FullSoon(AuditInMemory):
        async def record(self, row):
            if self.rows:
                raise StorageError("the disk is full")
            await super().record(row)

    async def approve(question):
        return True

    shelf, audit = Shelf(), FullSoon()
    call = await outcome_of(model, agent_of, shelf.tool, {"lot": 7}, approve=approve, audit=audit)
    assert [row.result for row in audit.rows] == ["started"]
    assert shelf.written == [(7, None)]
    assert error_of(call) == (
        "this call couldn't be recorded (the disk is full), so look what came of it before you "
        "repeat it"
    )


async def test_what_can_not_be_recorded_is_not_told_to_the_model(model, agent_of):
    call = await outcome_of(model, agent_of, add, {"a": 2, "b": 3}, audit=Full())
    assert (call.outcome, "couldn't be recorded" in error_of(call)) == ("failed", True)


async def test_a_call_that_is_stopped_has_its_row_too(model, agent_of):
    audit, began = AuditInMemory(), asyncio.Event()

    async def endless() -> str:
        """Never ends."""
        began.set()
        await asyncio.Event().wait()
        return "never"

    model.answers(calls(("endless", {})))
    async with agent_of(endless, audit=audit).stream("go"):
        await began.wait()
    assert [row.result for row in audit.rows] == ["cancelled"]


class Slow(AuditInMemory):
    """A trail that takes its time."""

    def __init__(self):
        super().__init__()
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def record(self, row):
        self.asked.set()
        await self.go_on.wait()
        await super().record(row)


async def test_a_run_that_is_stopped_while_a_row_is_kept_waits_for_it(model, agent_of):
    audit = Slow()
    model.answers(calls(("add", {"a": 2, "b": 3})))
    run = asyncio.create_task(agent_of(add, audit=audit).run("go"))
    await audit.asked.wait()
    run.cancel()
    asyncio.get_running_loop().call_soon(audit.go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await run
    assert [(row.tool, row.result) for row in audit.rows] == [("add", "ok")]


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_row_that_is_lost_while_a_run_is_stopped_is_told_to_the_loop(
    model, agent_of, monkeypatch, hangs
):
    class Broken(Slow):
        async def record(self, row):
            await super().record(row)
            raise StorageError("the disk is full")

    monkeypatch.setattr(passage, "RECORD_S", 0.01 if hangs else 30)
    audit, told, loop = Broken(), [], asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    model.answers(calls(("add", {"a": 2, "b": 3})))
    run = asyncio.create_task(agent_of(add, audit=audit).run("go"))
    await audit.asked.wait()
    run.cancel()
    if not hangs:
        loop.call_soon(audit.go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await run
    (context,) = told
    assert context["message"] == "a run was stopped, and a row of its audit trail couldn't be kept"
    assert str(context["exception"]) == ("it took too long" if hangs else "the disk is full")
