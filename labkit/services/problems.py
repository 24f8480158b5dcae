"""
Errors as problem details (RFC 9457): one shape for everything that goes wrong.

An answer never repeats what was sent: what a caller wrote can be a secret in the wrong field, and
whoever reads the log of a proxy isn't the caller.

Glossary:
    problem: the JSON object ``{"type", "title", "status", "detail", "request_id"}``.
    answer: an entry of the OpenAPI document; one that isn't documented isn't given.

Floor 2: knows logs and FastAPI.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from labkit.logs import REQUEST_ID

MEDIA_TYPE = "application/problem+json"  # RFC 9457 section 3.

# RFC 9110 section 15.5; older Pythons call them as older RFCs did.
_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}

BUG = "a fault of ours; the log of the service says which"
"""All that a caller learns of an exception."""

Answers = dict[int | str, dict[str, Any]]


class Fault(BaseModel):
    """One parameter or member that can't be used."""

    where: str = Field(description="E.g. `query.limit`. A name that we don't know isn't repeated.")
    detail: str


class Problem(BaseModel):
    """What went wrong, for people and programs."""

    type: str = Field("about:blank", description="Nothing but the status says what kind it is.")
    title: str
    status: int
    detail: str | None = Field(None, description="What to do about it.")
    errors: list[Fault] | None = Field(None, description="With 422 only.")
    current: dict[str, Any] | None = Field(
        None, description="With 409 only: what you wanted to change, as it is now."
    )
    request_id: str | None = Field(None, description="Finds the request in the service's logs.")


class Conflict(HTTPException):
    """409: what the caller saw isn't so any more. The answer shows what is there now."""

    def __init__(self, detail: str, current: BaseModel) -> None:
        super().__init__(409, detail)
        self.current = current.model_dump(mode="json")


class ProblemResponse(JSONResponse):
    """A problem on its way out; nobody keeps a copy."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        errors: Sequence[Fault] | None = None,
        current: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        title = phrase(status)
        problem = Problem(
            type="about:blank",
            title=title,
            status=status,
            detail=None if detail == title else detail,
            errors=None if errors is None else list(errors),
            current=current,
            request_id=REQUEST_ID.get(),
        )
        super().__init__(
            problem.model_dump(exclude_none=True),
            status_code=status,
            headers={"Cache-Control": "no-store", **(headers or {})},
        )


class ProblemException(HTTPException):
    """An `HTTPException` that says where the faults are."""

    def __init__(self, status: int, detail: str, *, errors: Sequence[Fault]) -> None:
        super().__init__(status, detail)
        self.errors = errors


def install(app: FastAPI) -> None:
    """Let *app* answer every error with a problem."""
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_bad_input)
    app.add_exception_handler(Exception, _on_bug)


def answers(*statuses: int) -> Answers:
    """Return the OpenAPI entries of problems with these *statuses*, for ``responses=``."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": phrase(status),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def phrase(status: int) -> str:
    """Return what RFC 9110 calls *status*."""
    return _RENAMED.get(status) or HTTPStatus(status).phrase


def schemas() -> dict[str, Any]:
    """Return the JSON schemas that `answers` refers to, for the OpenAPI document."""
    whole = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**whole.pop("$defs"), "Problem": whole}


async def on_http_exception(_request: Request, error: Exception) -> ProblemResponse:
    """Answer an `HTTPException` with a problem."""
    assert isinstance(error, HTTPException)
    current = error.current if isinstance(error, Conflict) else None
    errors = error.errors if isinstance(error, ProblemException) else None
    return ProblemResponse(
        error.status_code, error.detail, current=current, errors=errors, headers=error.headers
    )


async def _on_bad_input(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(entry) for entry in error.errors()]
    return ProblemResponse(422, "see errors; /docs says what is expected", errors=faults)


async def _on_bug(_request: Request, _error: Exception) -> ProblemResponse:
    # Only a fault of a middleware of ours comes here: `labkit.services.hardening` answers the rest.
    return ProblemResponse(500, BUG)


def _fault(entry: Mapping[str, Any]) -> Fault:
    path = [str(part) for part in entry["loc"]]
    if entry["type"] == "extra_forbidden":
        return Fault(where=path[0], detail="holds a name that isn't known here")
    return Fault(where=".".join(path), detail=entry["msg"].removeprefix("Value error, "))
