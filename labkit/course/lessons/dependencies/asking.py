"""
How the checks of notebook 05 ask an app, without a socket: the whole of FastAPI, and no waiting.

*Answer*: what came back, and what the app raised, if need be after its answer.

Floor 4: knows FastAPI and the kit.
"""

from dataclasses import dataclass
from typing import Any

import httpx2
from fastapi import FastAPI

from labkit.course.findings import NotAttempted, expect_type, ran_into_todo
from labkit.course.task import Submission
from labkit.course.text import sentence

BASE = "http://app"  # Never looked up: the app is called directly.


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What an app answered.

    Attributes:
        status: Such as 200; 500 stands for an error that nobody caught.
        body: What was sent, read as JSON if it is that.
        raised: The error that came out of the app, also after the answer; None if none did.
    """

    status: int
    body: object
    raised: Exception | None

    @property
    def good(self) -> bool:
        """Whether the status says that all went well."""
        return 200 <= self.status < 300

    def __str__(self) -> str:
        """Return status and body, or what the app raised; for a finding's evidence."""
        said = sentence(self.raised) if self.raised is not None else f"{self.body}"
        return f"{self.status}: {said}"


def expect_app(value: object) -> FastAPI:
    """Return *value* as the app that it has to be, or raise the finding ``wrong-type``."""
    expect_type(value, FastAPI)
    assert isinstance(value, FastAPI)
    return value


async def ask(app: FastAPI, method: str, path: str, **headers: str) -> Answer:
    """
    Send one request and return the answer; the app has ended its work on it by then.

    Args:
        headers: Their names with ``_`` for ``-``.

    Raises:
        NotAttempted: The app ran into `TODO`.
    """
    raised: list[Exception] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            raised.append(error)
            raise

    transport = httpx2.ASGITransport(app=watched, raise_app_exceptions=False)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        response = await client.request(method, path, headers=named)
    error = raised[0] if raised else None
    if ran_into_todo(error):
        raise NotAttempted("the app ran into TODO")
    return Answer(response.status_code, _body(response), error)


def _body(response: httpx2.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return response.text


def build(submission: Submission, *arguments: object) -> tuple[object, Exception | None]:
    """Return what the submission built, or the error that stopped it; `TODO` isn't one."""
    try:
        return submission(*arguments), None
    except Exception as error:
        if ran_into_todo(error):
            raise
        return None, error
