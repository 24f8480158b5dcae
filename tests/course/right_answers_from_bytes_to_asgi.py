"""Other right answers to the exercises of notebook 03, written differently."""

import heapq
import itertools
import json

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response


async def routed_by_starlette(routes, scope, receive, send):
    content = await Request(scope, receive).body()
    methods = {
        method: handler for (method, path), handler in routes.items() if path == scope["path"]
    }
    if not methods:
        response = Response(status_code=404)
    elif scope["method"] not in methods:
        response = Response(status_code=405, headers={"Allow": ",".join(sorted(methods))})
    else:
        status, answer = methods[scope["method"]](content)
        response = Response(answer, status)
    await response(scope, receive, send)


async def routed_by_a_loop(routes, scope, receive, send):
    pieces = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message["body"])
        if not message["more_body"]:
            break
    others = []
    for (method, path), handler in routes.items():
        if path != scope["path"]:
            continue
        if method == scope["method"]:
            status, content = handler(b"".join(pieces))
            await send({"type": "http.response.start", "status": status})
            await send({"type": "http.response.body", "body": content, "more_body": True})
            await send({"type": "http.response.body"})
            return
        others.append(method.encode())
    headers = [(b"Allow", b", ".join(others))] if others else []
    start = {"type": "http.response.start", "status": 405 if others else 404, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b""})


def app_by_hand(lots):
    async def app(scope, receive, send):
        request = Request(scope, receive)
        response = await answer_to(request)
        await response(scope, receive, send)

    async def answer_to(request):
        if request.method == "POST" and request.url.path == "/lots":
            return create(json.loads(await request.body()))
        for lot in lots:
            if request.url.path == f"/lots/{lot['id']}":
                return JSONResponse({name: lot[name] for name in ("id", "line", "parts")})
        return JSONResponse({"detail": "no such lot"}, 404)

    def create(body):
        if set(body) != {"line", "parts"} or not isinstance(body["parts"], int):
            return JSONResponse({"detail": "line and parts, nothing else"}, 400)
        lot = {"id": 1 + max([lot["id"] for lot in lots] or [0]), **body}
        lots.append({**lot, "quarantined": False, "cost_cents": None})
        return JSONResponse(lot, 201, headers={"Location": f"http://lab/lots/{lot['id']}"})

    return app


class LotIn(BaseModel, extra="forbid"):
    line: str
    parts: int = Field(gt=0)


class LotOut(BaseModel):
    id: int
    line: str
    parts: int


def app_of_a_router(lots):
    router = APIRouter(prefix="/lots", tags=["lots"])
    by_id = {lot["id"]: lot for lot in lots}
    numbers = itertools.count(77)

    @router.post("")
    async def add(body: LotIn):
        row = dict.fromkeys(("quarantined", "cost_cents"))
        row |= {"quarantined": False, "id": next(numbers), "line": body.line, "parts": body.parts}
        by_id[row["id"]] = row
        lots.append(row)
        shown = LotOut(**row).model_dump()
        return JSONResponse(shown, status_code=201, headers={"Location": f"/lots/{shown['id']}"})

    @router.get("/{number}")
    async def one(number: int) -> LotOut:
        try:
            return LotOut(**by_id[number])
        except KeyError:
            return JSONResponse(None, 404)

    app = FastAPI()
    app.include_router(router)
    return app


def page_with_a_heap(rows, limit, cursor):
    behind = [row for row in rows if cursor is None or row["id"] <= cursor]
    found = heapq.nlargest(min(limit, 100) + 1, behind, key=lambda row: row["id"])
    following = found[-1]["id"] if len(found) > min(limit, 100) else None
    return {"next": following, "items": found[: min(limit, 100)]}


def page_row_by_row(rows, limit, cursor):
    items = []
    for number in sorted((row["id"] for row in rows), reverse=True):
        if cursor is not None and number >= int(cursor):
            continue
        if len(items) == limit or len(items) == 100:
            return {"items": items, "next": str(items[-1]["id"])}
        items += [row for row in rows if row["id"] == number]
    return {"items": items, "next": None}


RIGHT_ANSWERS = {
    "03.1": (routed_by_starlette, routed_by_a_loop),
    "03.2": (app_by_hand, app_of_a_router),
    "03.3": (page_with_a_heap, page_row_by_row),
}
