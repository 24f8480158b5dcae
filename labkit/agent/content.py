"""
From what a tool returns to what the model reads: text as it is, anything else as JSON.

Floor 2: imports nothing of labkit.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

RETURN_THIS = "return text, numbers, a dict, a list or a table; of a picture, its file's path"

_MISSING = frozenset({"NaTType", "NAType"})
_TOLD = frozenset({"Interval", "Period"})
"""pandas' single values by their types' names: what is nothing, and what its text tells."""


class Unsendable(ValueError):
    """A result that has no text. What it says is for the model."""


def text_of(value: object) -> str:
    """
    Return *value* as text.

    Whatever pydantic can write becomes JSON: dicts, dataclasses, models, dates, sets. So do numpy's
    numbers, dates and arrays, and what pandas has: a table as a list of rows, a series as a dict or
    a list. An index goes with them, unless it only counts the rows. What is missing, and a number
    that JSON hasn't (NaN, NaT, NA, infinity), becomes ``null``.

    Raises:
        Unsendable: It has no JSON.
    """
    if isinstance(value, str):
        return sendable(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise Unsendable(f"it returned bytes; {RETURN_THIS}")
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
        try:
            return _written(value)
        except PydanticSerializationError:
            return _written(_without_missing(value))
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        said = str(error).rpartition("TypeError: ")[2]
        raise Unsendable(f"its result can't be written as JSON: {said}") from None


def _written(value: object) -> str:
    return to_json(value, inf_nan_mode="null", fallback=_plain).decode()


def _without_missing(value: object) -> object:
    """Return *value* with None for each NaT: it's a datetime, and pydantic asks for its year."""
    if isinstance(value, dict):
        return {key: _without_missing(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_missing(each) for each in value]
    return None if _kind_in_pandas(value) in _MISSING else value


def _kind_in_pandas(value: object) -> str:
    """Return what pandas calls *value*; "" if it isn't pandas', whatever its type is called."""
    kind = type(value)
    return kind.__name__ if kind.__module__.partition(".")[0] == "pandas" else ""


def _plain(value: Any) -> object:  # noqa: ANN401  Asked what it can do, not what it is.
    """Return numpy's and pandas' values as Python's own; nothing is imported for it."""
    if hasattr(value, "to_dict") and hasattr(value, "index"):
        return _rows(value) if hasattr(value, "columns") else _series(value)
    if hasattr(value, "tolist"):
        return _list(value)
    kind = _kind_in_pandas(value)
    if kind in _MISSING:
        return None
    if kind in _TOLD:
        return str(value)
    raise TypeError(f"there is no JSON for {type(value).__name__}; {RETURN_THIS}")


def _rows(table: Any) -> object:  # noqa: ANN401  A DataFrame.
    if not _only_counts(table.index):
        table = table.reset_index(allow_duplicates=True)
    names = [_column_name(each) for each in table.columns]
    if twice := next((each for each in names if names.count(each) > 1), None):
        raise TypeError(f"two columns of the table are called {twice}; rename one")
    return _with_none(table).set_axis(names, axis=1).to_dict("records")


def _series(series: Any) -> object:  # noqa: ANN401  A Series.
    if _only_counts(series.index):
        return _with_none(series).tolist()
    if series.index.nlevels == 1 and series.index.is_unique:
        return dict(zip(map(str, series.index), _with_none(series), strict=True))
    return _rows(series.to_frame("value" if series.name is None else series.name))


def _list(value: Any) -> object:  # noqa: ANN401  An array, an index or a number of numpy.
    dtype = getattr(value, "dtype", None)
    if getattr(dtype, "name", "").endswith("[ns]"):  # Their list would be of nanoseconds.
        value = value.astype(value.dtype.str.replace("ns", "us"))
    return _without_missing(value.tolist())


def _with_none(values: Any) -> Any:  # noqa: ANN401  A DataFrame or a Series.
    return values.astype(object).where(values.notna(), None)


def _only_counts(index: Any) -> bool:  # noqa: ANN401
    """Tell whether *index* says no more than which row it is: it has no name and isn't of words."""
    return index.nlevels == 1 and index.name is None and index.dtype.kind in "iu"


def _column_name(label: object) -> str:
    """Return one name for a column, as for those of ``agg``: ("rate", "max") is "rate_max"."""
    parts = label if isinstance(label, tuple) else (label,)
    return "_".join(str(part) for part in parts if part != "")
