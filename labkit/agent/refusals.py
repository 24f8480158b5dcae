"""
What to do when an endpoint gives no reply: the SDK's errors, in words for whoever asked.

No text here quotes the request, which holds the API key, and none is chained to the SDK's error.

Floor 2: knows errors.
"""

import httpx2
import openai

from labkit.agent.connections import LOOPBACK
from labkit.agent.replies import said_by
from labkit.errors import ModelError

TOO_LONG = ("context_length_exceeded", "maximum context length", "context window")
"""How endpoints say that a conversation is too long: OpenAI's code, vLLM's and others' words."""

RETRIED = (408, 409, 429)  # And 5xx: what the SDK tries again.


def cut_off() -> ModelError:
    """Return the error of a reply that broke off in the middle."""
    return ModelError(
        "the reply broke off in the middle: what came of it is in the transcript. Ask again",
        can_retry=True,
    )


def explain(error: openai.OpenAIError, base_url: str, model: str, api_key: str) -> ModelError:
    """Return what *error* means, and what to do about it."""
    if isinstance(error, openai.APIStatusError):
        return _refused(error, base_url, model, api_key)
    if isinstance(error, openai.APITimeoutError):
        return ModelError(
            f"the endpoint at {base_url} didn't answer in time. Try again, or give the run more "
            "seconds: Agent(limits=Limits(seconds=...))",
            can_retry=True,
        )
    if isinstance(error.__cause__, httpx2.ConnectError):
        is_here = httpx2.URL(base_url).host in LOOPBACK
        todo = "start the endpoint" if is_here else "see that this machine is online"
        return ModelError(
            f"nothing answers at {base_url}: {todo}, or mend base_url", can_retry=True
        )
    return ModelError(
        f"the connection to {base_url} broke before the reply came. Try again", can_retry=True
    )


def _refused(error: openai.APIStatusError, base_url: str, model: str, api_key: str) -> ModelError:
    status = error.status_code
    said = said_by(error.body, api_key)
    can_retry = status in RETRIED or status >= httpx2.codes.INTERNAL_SERVER_ERROR
    wait_s = _retry_after_s(error.response) if can_retry else None
    text = _advice(status, said, base_url, model)
    if can_retry:
        text += f" in {wait_s:g} s" if wait_s else " later"
    return ModelError(text, status=status, can_retry=can_retry, retry_after_s=wait_s)


def _advice(status: int, said: str, base_url: str, model: str) -> str:
    codes = httpx2.codes
    if status in (codes.UNAUTHORIZED, codes.FORBIDDEN):  # Its message may quote a part of the key.
        return (
            f"the endpoint at {base_url} refused the API key ({status}): give the right one as "
            "api_key=, or set OPENAI_API_KEY together with OPENAI_BASE_URL"
        )
    if status == codes.NOT_FOUND:
        return (
            f"{base_url} has no model {model!r}, or isn't an OpenAI-compatible API ({status}: "
            f"{said}). Mend model= or base_url=, which often ends with /v1"
        )
    if status == codes.TOO_MANY_REQUESTS:
        return f"the endpoint is asked too often ({status}: {said}). Try again"
    if codes.is_redirect(status):
        return f"{base_url} leads elsewhere ({status}): give the address it leads to as base_url="
    if any(sign in said.lower() for sign in TOO_LONG):
        return (
            f"the conversation is too long for {model!r} ({status}): begin a new transcript, or "
            "let the tools return less"
        )
    if codes.is_server_error(status) or status in RETRIED:
        return f"the endpoint failed ({status}: {said}). Try again"
    return f"the endpoint refused the request ({status}: {said})"


def _retry_after_s(response: httpx2.Response) -> float | None:
    """Return the seconds of ``Retry-After`` (RFC 9110 section 10.2.3), if it gives seconds."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None
