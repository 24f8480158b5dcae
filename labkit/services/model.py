"""
The rehearsal model behind OpenAI's wire protocol: ``/v1/chat/completions`` and ``/v1/models``.

Any client of that protocol works against it unchanged. It needs no key, unless it's given one.

Glossary:
    event: one ``data:`` line of a stream (Server-Sent Events, in the WHATWG HTML standard).
    fault: what a model such as ``rehearsal:cut`` does wrong on purpose.

Floor 2: started by `labkit.server`, or by ``uvicorn --factory labkit.services.model:create_app``.
"""

import asyncio
import hmac
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NoReturn

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from labkit.clock import SYSTEM_CLOCK
from labkit.errors import UsageError
from labkit.rehearsal import ChatRequest, RequestFault, Turn, parse_request, plan
from labkit.rehearsal.meaning import NoWordVectorsError
from labkit.rehearsal.models import MODELS, fault_of
from labkit.rehearsal.wire import CREATED, check_length, chunks, completion
from labkit.services import problems, views
from labkit.services.app import Service, check_profile, new_service
from labkit.services.hardening import DEFAULTS, HardeningConfig
from labkit.services.model_document import BODY, ERRORS, ModelName
from labkit.services.routes import PUBLIC
from labkit.settings import Profile, Settings

SLOW_TOKEN_S = 0.1  # Our choice: an answer of two sentences takes some seconds, as a person reads.
CUT_AFTER = 3  # Chunks: in the middle of a text, or of a call's arguments.
RETRY_AFTER_S = 1
EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """
    What the service has to know before it starts.

    Attributes:
        api_key: What clients have to bring; None lets everybody in.
        profile: "exposed" has no docs page, and needs a key and the names of its hosts.
        hardening: What it refuses before any route sees a request.
        planner: Answers a request; the rules of `labkit.rehearsal` by default.
    """

    api_key: str | None = field(default=None, repr=False)
    profile: Profile = "local"
    hardening: HardeningConfig = DEFAULTS
    planner: Callable[[ChatRequest], Turn] = plan

    def __post_init__(self) -> None:
        """Refuse what would be unsafe."""
        check_profile(self.profile, SYSTEM_CLOCK)
        if self.api_key is not None and not _can_stand_in_a_header(self.api_key):
            raise UsageError(
                "the key of the model service (api_key, LABKIT_MODEL_SERVICE_KEY) is a word of "
                "ASCII letters, digits and signs, or left out for no key"
            )
        if self.profile == "exposed" and self.api_key is None:
            raise UsageError(
                "the exposed profile needs an api_key (LABKIT_MODEL_SERVICE_KEY): on a network "
                "nobody is known"
            )

    @classmethod
    def from_settings(cls, settings: Settings) -> "ModelConfig":
        """
        Return the configuration of a process of its own.

        Raises:
            UsageError: The key can't be used, or the profile needs one.
        """
        return cls(
            api_key=settings.model_service_key,
            profile=settings.profile,
            hardening=HardeningConfig(hosts=settings.hosts),
        )


def _can_stand_in_a_header(key: object) -> bool:
    """Tell whether a client can send *key* behind ``Bearer``; no other would ever match."""
    return isinstance(key, str) and bool(re.fullmatch(r"[!-~]+", key))


def create_app(config: ModelConfig | None = None) -> Service:
    """
    Return the service.

    Args:
        config: None reads the environment: the profile, the hosts and the key.

    Raises:
        UsageError: The configuration can't work; the text names what to change.
    """
    chosen = ModelConfig.from_settings(Settings.from_environment()) if config is None else config
    if not isinstance(chosen, ModelConfig):
        raise UsageError("config has to be a ModelConfig, or None for the environment")
    service = new_service(
        title="Model",
        description="A stand-in for a language model: rules, not a network. OpenAI's protocol.",
        routers=[router],
        profile=chosen.profile,
        hardening=chosen.hardening,
    )
    service.state.config = chosen
    service.add_exception_handler(RequestFault, _on_fault)
    return service


router = APIRouter(tags=["public"])


# Public for the walk over the routes: a key, if there is one, is OpenAI's kind and checked here.
@router.post(
    "/v1/chat/completions",
    response_class=JSONResponse,
    responses={200: {"content": {EVENTS: {}}}, **ERRORS, **problems.answers(413, 422)},
    openapi_extra={**PUBLIC, **BODY},
)
async def create_chat_completion(request: Request) -> Response:
    """Answer a conversation, whole or as a stream."""
    config: ModelConfig = request.app.state.config
    _check_key(request, config.api_key)
    asked = parse_request(await _json(request))
    fault = fault_of(asked.model)
    _play(fault)
    check_length(asked)
    turn = _planned(config, asked)
    if asked.stream:
        return _streamed(asked, turn, fault)
    if fault == "slow":
        await asyncio.sleep(SLOW_TOKEN_S * 10)
    whole = JSONResponse(completion(asked, turn))
    return _Cut([bytes(whole.body)[: len(whole.body) // 2]], whole) if fault == "cut" else whole


@router.get("/v1/models", responses={401: ERRORS[401]}, openapi_extra=PUBLIC)
async def list_models(request: Request) -> dict[str, Any]:
    """List the models: one, and the same with faults on purpose."""
    _check_key(request, request.app.state.config.api_key)
    return {"object": "list", "data": [_model(name) for name in MODELS]}


@router.get(
    "/v1/models/{model}",
    responses={**problems.answers(400), 401: ERRORS[401], 404: ERRORS[404]},
    openapi_extra=PUBLIC,
)
async def get_model(request: Request, model: ModelName) -> dict[str, Any]:
    """Show one model."""
    _check_key(request, request.app.state.config.api_key)
    fault_of(model)
    return _model(model)


@router.get("/health", openapi_extra=PUBLIC)
async def health() -> views.Health:
    """Tell that the service answers."""
    return views.Health(status="ok")


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "labkit"}


def _check_key(request: Request, api_key: str | None) -> None:
    given = request.headers.get("authorization", "")
    if api_key is not None and not hmac.compare_digest(
        given.encode(), f"Bearer {api_key}".encode()
    ):
        raise RequestFault("Incorrect API key provided.", code="invalid_api_key", status=401)


async def _json(request: Request) -> object:
    try:
        return json.loads(await request.body(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RequestFault("the body has to be JSON") from None


def _planned(config: ModelConfig, asked: ChatRequest) -> Turn:
    """Let the planner answer; if its installation is broken, say so where its users see it."""
    try:
        return config.planner(asked)
    except (ImportError, NoWordVectorsError) as error:
        told = "a package that the model needs is missing or broken: labkit doctor says which"
        raise RequestFault(told, status=500) from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't JSON")


def _play(fault: str | None) -> None:
    if fault == "429":
        raise RequestFault(
            "Rate limit reached, on purpose.", code="rate_limit_exceeded", status=429
        )
    if fault == "500":
        raise RequestFault("The server had an error, on purpose.", status=500)


def _streamed(asked: ChatRequest, turn: Turn, fault: str | None) -> Response:
    pieces = (f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks(asked, turn))
    headers = {"Cache-Control": "no-store"}
    if fault == "cut":
        events = [event.encode() for event in islice(pieces, CUT_AFTER)]
        events[-1] = events[-1][: len(events[-1]) // 2]
        return _Cut(events, StreamingResponse(iter(()), headers=headers, media_type=EVENTS))
    pause_s = SLOW_TOKEN_S if fault == "slow" else 0.0
    return StreamingResponse(_events(pieces, pause_s), headers=headers, media_type=EVENTS)


async def _events(pieces: Iterable[str], pause_s: float) -> AsyncIterator[str]:
    for piece in pieces:
        if pause_s:
            await asyncio.sleep(pause_s)
        yield piece
    yield "data: [DONE]\n\n"


class _Cut(Response):
    """An answer that begins like *whole* and ends without its end: the server hangs up."""

    def __init__(self, pieces: list[bytes], whole: Response) -> None:
        super().__init__()
        self._pieces = pieces
        self.raw_headers = whole.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _on_fault(_request: Request, error: Exception) -> JSONResponse:
    """Answer in the shape that OpenAI's clients turn into their own errors."""
    assert isinstance(error, RequestFault)
    kind = {401: "authentication_error", 429: "rate_limit_error", 500: "server_error"}
    told = {
        "message": error.message,
        "type": kind.get(error.status, "invalid_request_error"),
        "param": error.param,
        "code": error.code,
    }
    later = {"Retry-After": str(RETRY_AFTER_S)} if error.status == 429 else {}
    return JSONResponse(
        {"error": told}, error.status, headers={"Cache-Control": "no-store", **later}
    )
