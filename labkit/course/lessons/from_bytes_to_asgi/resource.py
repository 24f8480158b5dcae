"""
03.2, a resource: lots of parts over HTTP, with the right words and nothing too much.

The check is a client: it posts, follows Location, sends what it shouldn't, and looks into the
table. How the app is made is its own business; any ASGI app will do.

Floor 4: knows the kit.
"""

import re
from typing import Any

import httpx2
from fastapi import FastAPI

from labkit.course.findings import Finding, expect_type
from labkit.course.lessons.from_bytes_to_asgi.resource_answers import WRONG, make_app, starter
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence

SHOWN = {"id", "line", "parts"}
COLUMNS = SHOWN | {"quarantined", "cost_cents"}
GOOD = {"line": "B2", "parts": 80}
_VERBS = re.compile(r"(?i)(create|add|new|insert|post|make|register|save|store|put)")


# The check.


async def _check_resource(submission: Submission, _room: Room | None) -> None:
    lots = [{"id": 1, "line": "A1", "parts": 500, "quarantined": False, "cost_cents": 9900}]
    app = _app_of(submission, lots)
    async with _client(app) as http:
        created = await _created(http, app)
        _expect_row(lots)
        _expect_shown("POST /lots", _json(created))
        await _expect_lots(http, created)
        await _expect_refusals(http, lots)
    await _expect_free_ids(submission)


def _app_of(submission: Submission, lots: list[dict[str, Any]]) -> Any:
    app = submission(lots)
    if not callable(app):
        expect_type(app, FastAPI)
    return app


def _client(app: Any) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://lab")


async def _ask(http: httpx2.AsyncClient, method: str, url: str, body: object = None) -> Any:
    try:
        return await http.request(method, url, json=body)
    except Exception as error:  # What an endpoint raises comes through, and would be a 500.
        says = f"{method} {url} raised an error in your app: a caller gets 500."
        raise Finding("server-error", says, sentence(error)) from error


async def _created(http: httpx2.AsyncClient, app: Any) -> Any:
    answer = await _ask(http, "POST", "/lots", GOOD)
    if answer.status_code in (404, 405):
        raise _no_such_url(app, answer.status_code)
    if answer.status_code >= 400:
        says = f"POST /lots with {GOOD} was answered {answer.status_code}."
        raise Finding("refuses-good", says, answer.text)
    if answer.status_code != 201:
        raise Finding("200-for-created", f"A new lot was answered {answer.status_code}.")
    return answer


def _no_such_url(app: Any, status: int) -> Finding:
    paths = list(app.openapi()["paths"]) if isinstance(app, FastAPI) else []
    shown = f"its paths: {', '.join(paths)}" if paths else None
    says = f"POST /lots was answered {status}."
    verbs = [path for path in paths if _VERBS.search(path)]
    return Finding("verb-in-url" if verbs else "other-url", says, shown)


def _expect_row(lots: list[dict[str, Any]]) -> None:
    row = lots[-1]
    if len(lots) != 2 or set(row) != COLUMNS or (row["line"], row["parts"]) != ("B2", 80):
        says = "After POST /lots the table has no second row with all five columns."
        raise Finding("not-stored", says, lots)
    if row["id"] == 1 or row["quarantined"] or row["cost_cents"] is not None:
        says = "The new row needs an id of its own, quarantined False and cost_cents None."
        raise Finding("not-stored", says, row)


def _json(answer: Any) -> object:
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _expect_shown(what: str, found: object) -> None:
    names = set(found) if isinstance(found, dict) else set()
    leaked = names & (COLUMNS - SHOWN)
    if leaked:
        says = f"The answer to {what} shows {' and '.join(sorted(leaked))}."
        raise Finding("leaks-columns", says, found)
    if names != SHOWN:
        raise Finding("other-answer", f"The answer to {what} isn't a lot.", found)


async def _expect_lots(http: httpx2.AsyncClient, created: Any) -> None:
    place = created.headers.get("location")
    if place is None:
        raise Finding("no-location", "The answer to POST /lots has no Location.")
    for url, parts in ((place, 80), ("/lots/1", 500)):
        answer = await _ask(http, "GET", url)
        if answer.status_code != 200:
            says = f"GET {url} was answered {answer.status_code}, and the lot is there."
            raise Finding("no-location", says)
        lot = _json(answer)
        _expect_shown(f"GET {url}", lot)
        if not isinstance(lot, dict) or lot["parts"] != parts:
            raise Finding("other-answer", f"GET {url} gave another lot.", lot)
    missing = await _ask(http, "GET", "/lots/999")
    if missing.status_code != 404:
        says = f"GET /lots/999 was answered {missing.status_code}; no lot has this id."
        raise Finding("no-404", says, missing.text)


async def _expect_refusals(http: httpx2.AsyncClient, lots: list[dict[str, Any]]) -> None:
    before = len(lots)
    more = {"quarantined": True, "cost_cents": 1}
    answer = await _ask(http, "POST", "/lots", {**GOOD, **more})
    if lots[-1]["quarantined"] or lots[-1]["cost_cents"] is not None:
        says = f"A caller also sent {more}, and now it stands in the row."
        raise Finding("mass-assignment", says, lots[-1])
    if answer.status_code not in (400, 422):
        says = f"A caller also sent {more}, and was answered {answer.status_code}."
        raise Finding("drops-silently", says)
    text = {"line": "B2", "parts": "many"}
    answer = await _ask(http, "POST", "/lots", text)
    if answer.status_code not in (400, 422) or len(lots) > before:
        says = f"POST /lots with {text} was answered {answer.status_code}."
        raise Finding("takes-any-type", says, lots[-1])


async def _expect_free_ids(submission: Submission) -> None:
    """Post to a table that has lost its first row, and to one without rows."""
    lots = [{"id": 2, "line": "A1", "parts": 500, "quarantined": False, "cost_cents": 9900}]
    async with _client(_app_of(submission, lots)) as http:
        await _ask(http, "POST", "/lots", GOOD)
        ids = [row["id"] for row in lots]
        if len(set(ids)) < len(ids):
            says = "Lot 1 was deleted, then a lot came in, and got the id of another."
            raise Finding("id-taken", says, f"ids in the table: {ids}")
    empty: list[dict[str, Any]] = []
    async with _client(_app_of(submission, empty)) as http:
        try:
            answer = await _ask(http, "POST", "/lots", GOOD)
        except Finding as finding:
            says = "POST /lots raised an error where the table had no row."
            raise Finding("empty-table", says, finding.evidence) from finding
        if answer.status_code != 201 or not empty:
            says = f"POST /lots was answered {answer.status_code} where the table had no row."
            raise Finding("empty-table", says, answer.text)


RESOURCE = Task(
    id="03.2",
    title="a resource",
    task="Write make_app(lots): an app with POST /lots and GET /lots/{id} over the table lots. "
    "Callers set line and parts and see id, line and parts, nothing else.",
    starter=starter,
    check=_check_resource,
    solution=make_app,
    wrong=WRONG,
    hints={
        "verb-in-url": (
            "Which word of your path says what is done, and which says to what?",
            "The method is the verb: GET, POST, PUT, DELETE. A URL names the thing, so all that "
            "can be done with it happens at one address.",
            '@app.post("/lots") makes one; no create, add or new in the path',
        ),
        "other-url": (
            "At which path does the exercise want all lots?",
            "All lots together have one URL, by custom a plural; each lot has its own below it.",
            '@app.post("/lots", ...) and @app.get("/lots/{lot_id}", ...)',
        ),
        "200-for-created": (
            "What did your answer tell the caller, beyond that it went well?",
            "200 says: here is what you asked for. 201 says: something new exists now. A caller "
            "who counts new lots has nothing but this number.",
            '@app.post("/lots", status_code=...)',
        ),
        "refuses-good": (
            "Which fields does your model require, and who knows their values?",
            "A caller knows the line and the parts. The id, and what happens to a lot later, are "
            "the service's to decide.",
            "class NewLot(BaseModel): line and parts, and no other field",
        ),
        "server-error": (
            "Which line raised the error, and with which request?",
            "500 means that the fault is the server's. Every request that a caller can write "
            "deserves an answer that was meant.",
            "run the function in the notebook with the same values; read the error's last line",
        ),
        "not-stored": (
            "What does the table hold after your function has answered?",
            "201 is a promise: the new thing is there, whole, with the values that nobody sent.",
            "lots.append({...all five columns...}), before the return",
        ),
        "leaks-columns": (
            "Who decides which columns an answer has: you, or the table?",
            "Whoever returns the row as it is publishes every column, also those that are added "
            "next year. List what is shown.",
            "a second model with id, line and parts, as response_model=... of both functions",
        ),
        "other-answer": (
            "What does a caller do with your answer next?",
            "Somebody who made a lot wants to see it, with the id that it got; who asked for a "
            "lot, that lot.",
            "return the row; the response_model picks id, line and parts",
        ),
        "no-location": (
            "How does the caller find the lot that they have just made?",
            "RFC 9110 section 15.3.2: a 201 names the new thing's URL in the header Location, and "
            "the URL has to work.",
            'a parameter response: Response, then response.headers["Location"] = ...',
        ),
        "no-404": (
            "What does your function return for an id that isn't there?",
            "A lot that doesn't exist is no empty lot and no error of the server. Say so with the "
            "status.",
            'raise HTTPException(404, "...") when the loop has found nothing',
        ),
        "mass-assignment": (
            "Who wrote the names in the body, and which of them end up in your row?",
            "**body takes every name that a stranger thought of. A model for what comes in lists "
            "the names that a caller may set.",
            "in the model: line, parts, and extra forbidden",
        ),
        "id-taken": (
            "Three lots came, the first was deleted: how many are left, and which ids are taken?",
            "A number of rows is no name: it repeats as soon as a row goes. An id is never given "
            "to a second lot.",
            "one more than the highest id in the table",
        ),
        "empty-table": (
            "What is the highest id of a table without rows?",
            "max() of nothing raises an error, unless you say what it is then. Every service "
            "begins with empty tables.",
            "max(..., default=0)",
        ),
        "drops-silently": (
            "How does the caller learn that you ignored half of what they sent?",
            "They believe that it was done: you said 201. A name that you don't know is a "
            "misunderstanding, and the caller is the one who can clear it up.",
            'class NewLot(BaseModel, extra="..."): with the word that refuses',
        ),
        "takes-any-type": (
            "What happens next week when somebody adds up the parts?",
            "A value of the wrong type is cheapest to refuse at the door, where its sender is "
            "still listening.",
            "parts: int in the model of the body, not Any and not dict",
        ),
    },
)
