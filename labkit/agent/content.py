"""
From what a tool returns to what the model reads: text as it is, anything else as JSON.

Floor 2: imports nothing of labkit.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic_core import PydanticSerializationError, to_json


class Unsendable(ValueError):
    """A result that has no text. What it says is for the model."""


def text_of(value: object) -> str:
    """
    Return *value* as text.

    Whatever pydantic can write becomes JSON: dicts, dataclasses, models, dates, sets. So do numpy's
    numbers and arrays, and pandas' tables as a list of rows. A number that JSON hasn't (NaN,
    infinity) becomes ``null``.

    Raises:
        Unsendable: It has no JSON.
    """
    if isinstance(value, str):
        return sendable(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise Unsendable("it returned bytes; return text, or something that JSON has")
    if isinstance(value, Iterator):
        raise Unsendable("it returned an iterator; return a list")
    return _json(value)


def fitted(text: str, limit: int) -> str:
    """
    Return *text*, or if it's longer than *limit* characters its beginning, as JSON that says so.

    Half a JSON document, or half a table, would mislead.
    """
    if len(text) <= limit:
        return text
    note = {"cut": f"{len(text)} characters are too many; ask for less", "beginning": ""}
    room = limit - len(json.dumps(note))
    note["beginning"] = text[: max(room // 2, 0)]  # Quoting can double it.
    return json.dumps(note, ensure_ascii=False)


def sendable(text: str) -> str:
    """Return *text* as UTF-8 can carry it: half a surrogate pair becomes a replacement sign."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def error_content(text: str) -> str:
    """Return how the model is told that a call came to nothing."""
    return json.dumps({"error": text}, ensure_ascii=False)


def _json(value: object) -> str:
    try:
        return to_json(value, inf_nan_mode="null", fallback=_plain).decode()
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        said = str(error).removeprefix("Error calling function `fallback`: ")
        raise Unsendable(f"its result can't be written as JSON: {said}") from None


def _plain(value: Any) -> object:  # noqa: ANN401  Asked what it can do, not what it is.
    """Return numpy's and pandas' values as Python's own; nothing is imported for it."""
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return value.to_dict("records")
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"no JSON for {type(value).__name__}")
