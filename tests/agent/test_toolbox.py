"""Our own tools against the real services: what they return, and what a refusal becomes."""

import inspect
import json
from pathlib import Path
from typing import Literal, get_args, get_type_hints

import httpx2
import pytest
from lab_kit import content_of, made, settings_for
from model_kit import ScriptedModel, calls, says
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from labkit import Agent, Lab
from labkit.agent import Authority, Credential, ToolProgress
from labkit.agent.context import ToolContext
from labkit.agent.toolbox import documents, toolbox
from labkit.agent.toolbox.plants import Plant
from labkit.background import BackgroundLoop
from labkit.database import rows, tables
from labkit.database.rows import PLANTS, QUARANTINED_LOT
from labkit.server import Server
from labkit.vision import VisionWorker

DESCRIPTIONS = {
    "list_lines": "List the production lines with the product that each of them makes.",
    "defect_rates": "Compare all lines, or those of one plant, by their defect rate over the last "
    "days: which share of the inspected parts was defective, which line is the worst or the best.",
    "line_statistics": "Show the daily figures of one line: how many parts it inspected and found "
    "defective day by day, and in all.",
    "find_lots": "List lots, the newest first: of all lines or of one, all or only those that are "
    "in quarantine.",
    "quarantine_lot": "Put a lot into quarantine: block it or hold it back, so that it doesn't "
    "leave the plant.",
    "release_lot": "Release a lot from quarantine: unblock it, so that it may leave the plant.",
    "search_runbooks": "Find runbooks, the plants' own instructions: what to do when something "
    "goes wrong, or how a job is done.",
    "read_runbook": "Read one runbook in full, by its id such as lens-cleaning.",
    "search_outside": "Search outside of the plants what suppliers, vendors and manufacturers "
    "publish: notices, recalls, handbooks, data sheets. Slow.",
    "calculate": "Work out an arithmetic expression such as (9 + 12) / 700, with numbers that are "
    "known.",
    "inspect_part": "Look at the picture of one inspected part again with the vision model. Takes "
    "a second.",
}
PARAMETERS = {
    "list_lines": {"plant": None},
    "defect_rates": {"days": 7, "plant": None},
    "line_statistics": {"line": ..., "days": 7},
    "find_lots": {"line": None, "quarantined": None},
    "quarantine_lot": {"lot": ..., "reason": ...},
    "release_lot": {"lot": ..., "reason": ...},
    "search_runbooks": {"query": ...},
    "read_runbook": {"runbook": ...},
    "search_outside": {"query": ...},
    "calculate": {"expression": ...},
    "inspect_part": {"inspection": ...},
}
WRITES = {"quarantine_lot", "release_lot"}


@pytest.fixture(scope="module")
def model():
    return ScriptedModel()


@pytest.fixture(scope="module")
def lab(model, tmp_path_factory):
    server = Server(lambda _url: model, name="scripted")
    server.start()
    home = tmp_path_factory.mktemp("home")
    with Lab(settings=settings_for(f"{server.url}/v1", home)) as running:
        yield running
    server.stop()


@pytest.fixture
def call(lab, model):
    """Make one call of a tool; returns what the model reads of it."""

    def make(name, /, *, user="quality-lead", outcome="ok", **arguments):
        ended = made(lab, model, name, arguments, user)
        assert ended.outcome == outcome, ended.content
        return content_of(ended)

    return make


def seeded(line, days):
    """Add up the seed by hand."""
    counted = [row for row in rows.all_rows()[tables.DailyStatistic] if row["line_id"] == line]
    return tuple(sum(r[name] for r in counted[-days:]) for name in ("inspected", "defective"))


# --- what the model is told ------------------------------------------------------------------


def test_names_descriptions_and_parameters_are_those_that_prompts_are_judged_on():
    told = {schema["function"]["name"]: schema["function"] for schema in toolbox(None).schemas}
    assert {n: " ".join(f["description"].split()) for n, f in told.items()} == DESCRIPTIONS
    for name, function in told.items():
        properties = function["parameters"]["properties"]
        assert {n: p.get("default", ...) for n, p in properties.items()} == PARAMETERS[name]
        assert all(each["description"].endswith(".") for each in properties.values())


PROMPTS = Path(__file__).parents[1] / "rehearsal" / "prompts" / "toolsets.json"


def test_the_rehearsal_model_is_judged_on_the_tools_as_they_are():
    """After a change: ``python tests/rehearsal/evaluation.py --save-tools``."""
    assert json.loads(PROMPTS.read_text("utf-8"))["lab"] == toolbox(None).schemas


def test_the_plants_that_a_model_can_name_are_those_there_are():
    assert set(get_args(Plant)) == set(PLANTS)
    assert Plant == Literal["plant-a", "plant-b"]


def test_what_writes_says_so_and_needs_the_right_to():
    for each in toolbox(VisionWorker()):
        assert each.writes == (each.name in WRITES)
        assert ("inspections:write" in (each.scope or "")) == each.writes
        assert each.is_async or each.audience is None


def test_no_tool_is_told_who_asks():
    for each in toolbox(VisionWorker()):
        names = [n for n, t in get_type_hints(each.function).items() if t is not ToolContext]
        assert not {"user", "token", "plant_id", "subject"} & set(names)
        assert set(inspect.signature(each.function).parameters) - {"context"} == set(
            PARAMETERS[each.name]
        )


# --- lines -----------------------------------------------------------------------------------


def test_lines_are_listed_with_what_they_make(call):
    lines = call("list_lines")["lines"]
    assert [row["line"] for row in lines] == ["A1", "A2", "A3", "A4", "B1", "B2", "B3"]
    assert lines[3] == {"line": "A4", "plant": "plant-a", "product": "turbine blades"}
    assert len(call("list_lines", plant="plant-b")["lines"]) == 3
    assert len(call("list_lines", user="operator-b")["lines"]) == 3


@pytest.mark.parametrize("days", [7, 30])
def test_a_rate_is_a_share_worked_out_from_the_counts_the_highest_first(call, days):
    answer = call("defect_rates", days=days)
    assert answer["last_day"] == rows.LAST_DAY.isoformat()
    for row in answer["lines"]:
        inspected, defective = seeded(row["line"], days)
        assert (row["inspected"], row["defective"]) == (inspected, defective)
        assert row["rate"] == round(defective / inspected, 4)
    rates = [row["rate"] for row in answer["lines"]]
    assert rates == sorted(rates, reverse=True)
    if days == 7:
        assert answer["lines"][0]["line"] == "A4"


def test_a_line_that_inspected_nothing_has_no_rate_and_comes_last(call):
    """Sunday is the last day on record, and A4 rests then."""
    lines = call("defect_rates", days=1, plant="plant-a")["lines"]
    assert lines[-1]["line"] == "A4"
    assert (lines[-1]["inspected"], lines[-1]["rate"]) == (0, None)
    assert all(row["rate"] is not None for row in lines[:-1])


def test_one_line_is_counted_day_by_day(call):
    answer = call("line_statistics", line="A4")
    assert (answer["inspected"], answer["defective"]) == seeded("A4", 7)
    assert [row["day"] for row in answer["days"]][::6] == ["2026-02-23", "2026-03-01"]
    assert len(call("line_statistics", line="A4", days=90)["days"]) == 50


# --- another plant, and nonsense -------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("line_statistics", {"line": "B1"}, "no such line in your plants"),
        ("line_statistics", {"line": "Z9"}, "no such line in your plants"),
        ("list_lines", {"plant": "plant-b"}, "isn't one of your plants"),
        ("defect_rates", {"plant": "plant-b"}, "isn't one of your plants"),
        ("read_runbook", {"runbook": "lens-cleaning"}, "no such runbook in your plants"),
        ("quarantine_lot", {"lot": QUARANTINED_LOT, "reason": "x"}, "no such lot in your plants"),
        ("release_lot", {"lot": 10**15, "reason": "x"}, "no such lot in your plants"),
        ("inspect_part", {"inspection": 10**15}, "no such inspection in your plants"),
        ("search_runbooks", {"query": ""}, "query.q"),
    ],
)
def test_what_a_service_refuses_is_told_as_short_data(call, name, arguments, says):
    answer = call(name, user="operator-a", outcome="failed", **arguments)
    assert list(answer) == ["error"]
    assert says in answer["error"]
    assert len(answer["error"]) < 200
    assert "eyJ" not in answer["error"]


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("line_statistics", {"line": ".."}, "line"),
        ("line_statistics", {"line": "../plants?x="}, "line"),
        ("line_statistics", {"line": "A4", "days": 0}, "days"),
        ("defect_rates", {"days": -1}, "days"),
        ("find_lots", {"line": "A 4"}, "line"),
        ("find_lots", {"line": "high"}, "line"),
        ("read_runbook", {"runbook": ""}, "runbook"),
        ("read_runbook", {"runbook": "../plants?x="}, "runbook"),
    ],
)
def test_what_the_schema_forbids_reaches_no_service(call, lab, name, arguments, says):
    before = len(lab.requests)
    answer = call(name, outcome="invalid", **arguments)
    assert answer["error"].startswith(f"{says}: ")
    assert all(request.path.startswith("/v1") for request in lab.requests[before:])


def test_what_isnt_there_is_the_same_as_what_isnt_yours(call):
    theirs, nobodys = (
        call("line_statistics", user="operator-a", outcome="failed", line=line)
        for line in ("B1", "Q1")
    )
    assert theirs == nobodys


# --- lots ------------------------------------------------------------------------------------


def test_lots_are_found_by_line_and_by_quarantine_the_newest_first(call):
    lots = call("find_lots", line="A4", quarantined=False)["lots"]
    assert {lot["line"] for lot in lots} == {"A4"}
    assert [lot["id"] for lot in lots] == sorted((lot["id"] for lot in lots), reverse=True)
    (held,) = call("find_lots", quarantined=True)["lots"]
    assert (held["name"], held["quarantined"]) == (f"lot {QUARANTINED_LOT}", True)


def test_a_long_list_is_cut_and_says_so(call):
    answer = call("find_lots")
    assert len(answer["lots"]) == 20
    assert "only the newest 20" in answer["cut"]
    assert "cut" not in call("find_lots", line="A4")


def test_a_lot_goes_into_quarantine_and_out_again_and_twice_is_once(call, lab):
    def state():
        return lab.inspections.get("/lots/81", token=lab.token()).json()

    before = state()
    first = call("quarantine_lot", lot=81, reason="scratches")
    assert first == {
        "lot": 81, "line": "A4", "quarantined": True, "changed": True, "reason": "scratches",
    }  # fmt: skip
    assert (state()["quarantined"], state()["version"]) == (True, before["version"] + 1)
    again = call("quarantine_lot", lot=81, reason="scratches")
    assert again == {"lot": 81, "line": "A4", "quarantined": True, "changed": False}
    assert call("release_lot", lot=81, reason="looked at")["quarantined"] is False
    assert (state()["quarantined"], state()["version"]) == (False, before["version"] + 2)


def test_without_an_approval_nothing_is_written(lab, model):
    ended = made(lab, model, "quarantine_lot", {"lot": 74, "reason": "x"}, approve=None)
    assert ended.outcome == "denied"
    assert lab.inspections.get("/lots/74", token=lab.token()).json()["quarantined"] is False
    assert [r for r in lab.requests if "/lots/74/" in r.path] == []


class Meanwhile:
    """Stands before the inspections service: changes a lot right before a write arrives."""

    def __init__(self, lab):
        self.lab = lab

    async def answer(self, request):
        names = ("authorization", "content-type")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        if request.method == "PUT":
            write = self.lab.token(scope="inspections:write")
            path, wanted = request.url.path, {"quarantined": True, "version": 1}
            theirs = self.lab.inspections.put(path, token=write, json=wanted)
            assert theirs.status_code == 200
        async with httpx2.AsyncClient(base_url=self.lab.inspections.url, trust_env=False) as http:
            answer = await http.request(
                request.method, request.url.path, headers=headers, content=await request.body()
            )
        return Response(answer.content, answer.status_code, media_type="application/json")


class Tokens:
    """A real user's tokens, without an exchange."""

    def __init__(self, lab):
        self.lab = lab

    async def credential(self, audience, scope):
        return Credential(self.lab.token(audience=audience, scope=scope), "jti", 60)


def asked(model, url, tools, question_call, lab, services):
    source = Tokens(lab)
    scopes = frozenset({"inspections:read", "inspections:write", "search:read"})
    who = Authority(subject="quality-lead", actor="agent", scopes=scopes, source=source)
    model.answers(calls(question_call), says("done"))

    async def approve(_asked):
        return True

    agent = Agent("scripted", tools, base_url=url, services=services)
    (call,) = agent.run_sync("go", authority=who, approve=approve).tool_calls
    return call


def test_whoever_is_faster_wins_and_the_call_tells_how_the_lot_stands_now(lab, model):
    meanwhile = Meanwhile(lab)
    route = Route("/{path:path}", meanwhile.answer, methods=["GET", "PUT"])
    server = Server(lambda _url: Starlette(routes=[route]), name="between")
    server.start()
    services = {"inspections": server.url, "search": server.url}
    wish = ("quarantine_lot", {"lot": 67, "reason": "scratches"})
    url = lab._settings.model_url
    call = asked(model, url, toolbox(VisionWorker()), wish, lab, services)
    server.stop()
    assert call.outcome == "failed"
    said = content_of(call)["error"]
    assert "somebody changed lot 67" in said
    assert "is in quarantine now (version 2)" in said
    now = lab.inspections.get("/lots/67", token=lab.token()).json()
    assert now["version"] == 2  # Theirs, and no write of ours on top.


# --- texts -----------------------------------------------------------------------------------


def test_a_search_gives_titles_and_snippets_never_whole_documents(call):
    found = call("search_runbooks", query="scratches on a line")["runbooks"]
    assert found[0]["id"] == "scratches"
    assert 0 < len(found) <= 3
    whole = {runbook.id: runbook.body for runbook in rows.RUNBOOKS}
    for each in found:
        assert set(each) == {"id", "title", "snippet", "plant"}
        assert len(each["snippet"]) < len(whole[each["id"]])
    long = call("search_runbooks", query="scratches " * 100)
    assert long["runbooks"][0]["id"] == "scratches"


def test_a_runbook_is_read_whole_by_its_id(call):
    read = call("read_runbook", runbook="lens-cleaning")
    assert read["title"] == "Clean a camera lens"
    assert read["body"].endswith("as their label says.")


def test_the_outside_search_is_asked_with_a_token_of_its_own(call, lab):
    found = call("search_outside", query="worn gripper pads")["notices"]
    assert found[0]["id"] in {"n01", "n02"}
    assert lab.audit().iloc[-1][["audience", "scope"]].tolist() == ["search", "search:read"]


@pytest.fixture
def outside(lab, model):
    """Serve a search that answers as a test wrote; gives what the tool makes of it."""
    servers = []

    def ask(*answers):
        given = list(answers)
        left, seen = iter(given), []

        async def search(request):
            seen.append(request.query_params["q"])
            status, after = next(left)
            headers = {} if after is None else {"Retry-After": after}
            return JSONResponse({"items": []}, status, headers=headers)

        server = Server(lambda _url: Starlette(routes=[Route("/search", search)]), name="outside")
        server.start()
        servers.append(server)
        services = {"search": server.url}
        wish = ("search_outside", {"query": "pads"})
        call = asked(
            model, lab._settings.model_url, [documents.search_outside], wish, lab, services
        )
        return call, seen

    yield ask
    for server in servers:
        server.stop()


@pytest.mark.parametrize("status", [503, 429])
def test_a_busy_search_is_asked_again_when_it_says(outside, status):
    call, seen = outside((status, "0"), (status, "0"), (200, None))
    assert (call.outcome, content_of(call)) == ("ok", {"notices": []})
    assert len(seen) == 3


def test_a_search_that_stays_busy_is_told_as_data(outside):
    call, seen = outside(*[(503, "0")] * 5)
    assert (call.outcome, len(seen)) == ("failed", documents.TRIES)
    assert "busy 3 times in a row" in content_of(call)["error"]


def test_a_search_that_asks_for_more_patience_than_a_run_has_is_not_waited_for(outside):
    call, seen = outside((429, "60"), (200, None))
    assert (call.outcome, len(seen)) == ("failed", 1)
    assert "for 60 s" in content_of(call)["error"]


@pytest.mark.parametrize(
    ("status", "says"), [(500, "failed (500)"), (403, "doesn't allow"), (404, "no such thing")]
)
def test_other_answers_are_told_in_a_sentence(outside, status, says):
    call, _ = outside((status, None))
    assert says in content_of(call)["error"]


def test_a_date_instead_of_seconds_means_soon(outside, monkeypatch):
    waited = []

    async def no_time(seconds):
        waited.append(seconds)

    monkeypatch.setattr(documents.asyncio, "sleep", no_time)
    call, _ = outside((503, "Wed, 21 Oct 2026 07:28:00 GMT"), (200, None))
    assert (call.outcome, waited) == ("ok", [1])


# --- arithmetic and pictures -----------------------------------------------------------------


def test_the_calculator_answers_with_the_number_alone(call):
    assert call("calculate", expression="(9 + 12) / 700") == 0.03
    assert "divides by zero" in call("calculate", outcome="failed", expression="1/0")["error"]


def test_a_part_is_looked_at_again_and_the_loop_goes_on_meanwhile(lab, model):
    """The tool reports before and after; the vision model's process is one for the lab."""
    bad = next(each for each in rows.all_rows()[tables.Inspection] if each["defective"])
    agent = lab.agent()
    wanted = [("inspect_part", {"inspection": n}) for n in (bad["id"], 1)]
    model.answers(calls(*wanted), says("done"))

    async def watch():
        async with agent.stream("go") as events:
            return [e async for e in events], events.result

    events, result = BackgroundLoop.shared().run(watch())
    reports = [e for e in events if isinstance(e, ToolProgress)]
    assert [e.fraction for e in reports].count(1.0) == 2
    again = content_of(result.tool_calls[0])
    assert again["inspection"] == bad["id"]
    assert (again["recorded_defective"], again["recorded_faults"] == "none") == (True, False)
    assert 0 <= again["now_score"] <= 1
    assert lab._assistant._worker.started == 1


def test_the_vision_models_process_starts_with_its_first_question_and_ends_with_the_lab(
    model, tmp_path, lab
):
    url = lab._settings.model_url
    with Lab(settings=settings_for(url, tmp_path)) as another:
        made(another, model, "calculate", {"expression": "1"})
        worker = another._assistant._worker
        assert worker.started == 0
        made(another, model, "inspect_part", {"inspection": 1})
        assert worker.started == 1
        process = worker._process
        assert process.poll() is None
    assert process.poll() is not None


def test_nothing_that_a_tool_returns_holds_a_token_or_a_header(lab):
    told = json.dumps([call.content for call in _everything(lab)])
    assert "eyJ" not in told
    assert "Bearer" not in told


def _everything(lab):
    agent = lab.agent(model="rehearsal")
    for question in ("List the lines", "Show the defect rates", "Search the runbooks for dents"):
        yield from agent.run_sync(question).tool_calls
