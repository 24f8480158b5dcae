"""
What the model service's OpenAPI document says of OpenAI's protocol: bodies, errors, names.

`labkit.rehearsal` judges a request in the protocol's own words, so FastAPI validates none of it and
can't describe it either.

Floor 2: knows FastAPI.
"""

from typing import Annotated, Any

from fastapi import Path

from labkit.rehearsal.models import MODELS

_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/json": {"schema": _ERROR_SCHEMA}}}
    for status, text in (
        (400, "A request that can't be answered"),
        (401, "A wrong key"),
        (404, "No such model"),
        (429, "rehearsal:429 was asked"),
        (500, "rehearsal:500 was asked"),
    )
}
"""The answers that are OpenAI's errors, for ``responses=``."""

_MESSAGE = {
    "type": "object",
    "required": ["role"],
    "properties": {
        "role": {"type": "string", "enum": ["system", "developer", "user", "assistant", "tool"]},
        "content": {"description": "A text, or a list of parts; none beside calls."},
    },
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["model", "messages"],
                    "properties": {
                        "model": {"type": "string", "examples": [MODELS[0]]},
                        "messages": {"type": "array", "minItems": 1, "items": _MESSAGE},
                        "stream": {"type": "boolean"},
                    },
                }
            }
        },
    }
}
"""What is sent to be answered: the members that the model reads, for ``openapi_extra=``."""

# Said in the document only: a name that can't be one is as unknown as any other.
ModelName = Annotated[
    str, Path(examples=[MODELS[0]], json_schema_extra={"pattern": "^[A-Za-z0-9:._-]{1,64}$"})
]
"""The name of a model in a path."""
