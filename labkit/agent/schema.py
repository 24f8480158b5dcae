"""
From a function's signature to what a model is told of it, and back to checked arguments.

::

    parameters   the JSON schema of the arguments: what the model is shown
    strict       OpenAI's strict form, used where the types allow: see `labkit.agent.strict`
    injected     a parameter that labkit fills and the model never sees

Types are pydantic's, so whatever pydantic can check, a tool can take.

Floor 2: knows errors.
"""

import inspect
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import Field, field, fields, make_dataclass
from functools import partial
from typing import Any, TypeAlias

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic.json_schema import PydanticJsonSchemaWarning

from labkit.agent.docstrings import read_docstring
from labkit.agent.strict import is_strict
from labkit.errors import UsageError

MAX_ARGUMENT_CHARACTERS = 65_536  # Our choice: a page of text is 3,000; no argument is a book.
SHOWN_FAULTS = 3  # Our choice: enough for a model to mend its call.

_NOT_BY_NAME = {
    inspect.Parameter.POSITIONAL_ONLY: "{0} can't be before the /",
    inspect.Parameter.VAR_POSITIONAL: "*{0} can't be: take a list, such as `{0}: list[str]`",
    inspect.Parameter.VAR_KEYWORD: "**{0} can't be: name each, or take `{0}: dict[str, str]`",
}
"""What of a signature can't be passed by name, and what to write in its place."""

_NO_JSON = ("schema-for-unknown-type", "invalid-for-json-schema")  # Pydantic's codes.

Member: TypeAlias = tuple[str, Any, Field[Any]]


class InvalidArguments(ValueError):
    """The arguments of a call don't fit. The text is for the model, and quotes no value."""


class Signature:
    """
    What can be passed to *function*, but for the parameters in *injected*.

    Attributes:
        description: The docstring up to its first section.
        parameters: The JSON schema of the arguments, an object.
        strict: Whether *parameters* is in the strict form.

    Raises:
        UsageError: A model couldn't call it: an annotation or the docstring is missing, or a
            parameter is of a kind or type that has no schema.
    """

    def __init__(self, function: Callable[..., Any], injected: Mapping[str, object]) -> None:
        named = without_partial(function)
        self._name = getattr(named, "__name__", "tool")
        self.description, said = read_docstring(inspect.getdoc(named) or "")
        if not self.description:
            raise UsageError(f"{self._name} needs a docstring: it's what the model reads of it")
        members = [
            _member(self._name, parameter)
            for parameter in signature_of(function).parameters.values()
            if parameter.name not in injected
        ]
        self._adapter = _adapter(self._name, members)
        self.parameters = _bare(_schema(self._name, self._adapter, members))
        for name, text in said.items():
            shown = self.parameters["properties"].get(name)
            if shown is not None and "$ref" not in shown:
                shown.setdefault("description", text)
        self.strict = is_strict(self.parameters)

    def validate(self, arguments: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """
        Check what the model wrote: return the arguments to call with, and the same as plain JSON.

        Raises:
            InvalidArguments: They don't fit.
        """
        if len(arguments) > MAX_ARGUMENT_CHARACTERS:
            raise InvalidArguments(f"over {MAX_ARGUMENT_CHARACTERS} characters; send less")
        try:
            checked = self._adapter.validate_json(arguments.strip() or "{}")
        except ValidationError as error:
            raise InvalidArguments(_faults(error)) from None
        plain = self._adapter.dump_python(checked, mode="json", warnings=False)
        return {each.name: getattr(checked, each.name) for each in fields(checked)}, plain


def without_partial(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function below any `functools.partial`, whose own docstring tells of partial."""
    while isinstance(function, partial):
        function = function.func
    return function


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """
    Return the signature of *function* with its annotations as types.

    Raises:
        UsageError: An annotation names something that isn't there.
    """
    try:
        return inspect.signature(function, eval_str=True)
    except (NameError, TypeError, ValueError, SyntaxError, AttributeError) as error:
        name = getattr(function, "__name__", "this tool")
        raise UsageError(f"the annotations of {name} can't be read: {error}") from None


def _member(function: str, parameter: inspect.Parameter) -> Member:
    """Return *parameter* as a dataclass's member."""
    name = parameter.name
    if parameter.kind in _NOT_BY_NAME:
        cannot = _NOT_BY_NAME[parameter.kind].format(name)
        raise UsageError(f"{function}: a model passes arguments by name, so {cannot}")
    if parameter.annotation is parameter.empty:
        if name in ("self", "cls"):
            raise UsageError(
                f"{function} is a method: make the tool of an object's: tool(x.{function})"
            )
        raise UsageError(f"{function}: say what {name} is, such as `{name}: str`")
    if name.startswith("_"):
        raise UsageError(f"{function}: name {name} without the underscore at its beginning")
    if parameter.default is parameter.empty:
        return name, parameter.annotation, field()
    if parameter.default.__class__.__hash__ is None:  # A list or the like: dataclasses refuse it.
        return name, parameter.annotation, field(default_factory=lambda: parameter.default)
    return name, parameter.annotation, field(default=parameter.default)


def _adapter(name: str, members: list[Member]) -> TypeAdapter[Any]:
    # JSON has no NaN (RFC 8259 section 6), though pydantic's parser would take it.
    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    shape = make_dataclass(name, members, kw_only=True, namespace={"__pydantic_config__": config})
    try:
        return TypeAdapter(shape)
    except PydanticUserError as error:
        raise _unsendable(name, members, error) from None


def _schema(name: str, adapter: TypeAdapter[Any], members: list[Member]) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)  # A default without JSON.
        try:
            return adapter.json_schema()
        except PydanticUserError as error:
            raise _unsendable(name, members, error) from None


def _unsendable(name: str, members: list[Member], error: PydanticUserError) -> UsageError:
    """Return the error of types that a model has no way to send, with the parameters' names."""
    if error.code not in _NO_JSON:
        said = error.message.splitlines()[0]
        return UsageError(f"{name} has a type that can't be checked: {said}")
    missing = " and ".join(
        f"no {inspect.formatannotation(annotation)} for {parameter}"
        for parameter, annotation, _ in members
        if not _has_schema(annotation)
    )
    return UsageError(
        f"{name}: a model sends JSON, and that has {missing}. Take str, int, float, bool, list, "
        "dict, Literal or datetime.date, and make the rest of it in the function"
    )


def _has_schema(annotation: Any) -> bool:  # noqa: ANN401  Whatever was written there.
    try:
        TypeAdapter(annotation).json_schema()
    except PydanticUserError:
        return False
    return True


def _faults(error: ValidationError) -> str:
    """Say what doesn't fit, without the value: the model wrote it, and others read the answer."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    said = [_fault(each["type"], ".".join(map(str, each["loc"])), each["msg"]) for each in found]
    more = len(said) - SHOWN_FAULTS
    return "; ".join(said[:SHOWN_FAULTS]) + (f"; and {more} more" if more > 0 else "")


def _fault(kind: str, place: str, message: str) -> str:
    if kind == "json_invalid":
        return "the arguments aren't JSON"
    if kind == "unexpected_keyword_argument":
        return f"there is no argument {place[:64]!r}"
    return f"{place}: {message}" if place else "the arguments have to be a JSON object"


def _bare(schema: Any) -> Any:  # noqa: ANN401  JSON
    """Return *schema* without the titles that pydantic makes of names: they say nothing new."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key != "title"}
    if not _has_json(kept.get("default")):
        del kept["default"]
    for key, value in kept.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _bare(each) for name, each in value.items()}
        elif key not in ("default", "enum", "const", "examples"):
            kept[key] = _bare(value)
    return kept


def _has_json(default: object) -> bool:
    try:
        json.dumps(default, allow_nan=False)  # JSON has no NaN, and no endpoint takes it.
    except ValueError:
        return False
    return True
