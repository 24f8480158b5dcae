"""
Answers to 03.2: the starter, the reference, and one wrong answer for each mistake.

Floor 4: knows the kit. FastAPI is what the reference is written with.
"""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

from labkit.course.findings import TODO


def starter(lots):
    return TODO


def make_app(lots):
    class NewLot(BaseModel, extra="forbid"):
        line: str
        parts: int

    class Lot(BaseModel):
        id: int
        line: str
        parts: int

    app = FastAPI()

    @app.post("/lots", status_code=201, response_model=Lot)
    def create(new: NewLot, response: Response):
        highest = max((row["id"] for row in lots), default=0)
        row = {"id": highest + 1, **new.model_dump(), "quarantined": False, "cost_cents": None}
        lots.append(row)
        response.headers["Location"] = f"/lots/{row['id']}"
        return row

    @app.get("/lots/{lot_id}", response_model=Lot)
    def read(lot_id: int):
        for row in lots:
            if row["id"] == lot_id:
                return row
        raise HTTPException(404, "there is no such lot")

    return app


# Wrong answers: the reference with one thing changed.


class _Strict(BaseModel, extra="forbid"):
    line: str
    parts: int


class _WithId(_Strict):
    id: int


class _Lax(BaseModel, extra="ignore"):
    line: str
    parts: int


class _Open(BaseModel, extra="allow"):
    line: str
    parts: int


class _Untyped(BaseModel, extra="forbid"):
    line: Any
    parts: Any


def _public(row):
    return {name: row[name] for name in ("id", "line", "parts")}


def _found_or_404(row):
    if row is None:
        raise HTTPException(404, "there is no such lot")
    return row


def _free_number(lots):
    return max((row["id"] for row in lots), default=0) + 1


def _number_after_the_highest(lots):
    return max(row["id"] for row in lots) + 1


def _variant(
    *,
    body: type[BaseModel] = _Strict,
    url: str = "/lots",
    status: int = 201,
    show: Callable[[Any], Any] = _public,
    keep: bool = True,
    location: bool = True,
    found: Callable[[Any], Any] = _found_or_404,
    works: bool = True,
    number: Callable[[Any], int] = _free_number,
) -> Callable[[Any], FastAPI]:
    """Return a `make_app` like the reference, but for what is passed."""

    def make(lots):
        app = FastAPI()

        @app.post(url, status_code=status)
        def create(new: body, response: Response):  # type: ignore[valid-type]  # FastAPI reads it.
            row = {
                "quarantined": False,
                "cost_cents": None,
                **new.model_dump(),  # type: ignore[attr-defined]
                "id": number(lots),
            }
            if not works:
                return row["no such column"]
            if keep:
                lots.append(row)
            if location:
                response.headers["Location"] = f"/lots/{row['id']}"
            return show(row)

        @app.get("/lots/{lot_id}")
        def read(lot_id: int):
            row = found(next((row for row in lots if row["id"] == lot_id), None))
            return row and show(row)

        return app

    return make


WRONG = {
    "verb-in-url": _variant(url="/create_lot"),
    "other-url": _variant(url="/lot"),
    "200-for-created": _variant(status=200),
    "refuses-good": _variant(body=_WithId),
    "server-error": _variant(works=False),
    "not-stored": _variant(keep=False),
    "leaks-columns": _variant(show=dict),
    "other-answer": _variant(show=lambda row: {"ok": True}),
    "no-location": _variant(location=False),
    "no-404": _variant(found=lambda row: row),
    "mass-assignment": _variant(body=_Open),
    "drops-silently": _variant(body=_Lax),
    "takes-any-type": _variant(body=_Untyped),
    "id-taken": _variant(number=lambda lots: len(lots) + 1),
    "empty-table": _variant(number=_number_after_the_highest),
}
