"""
From a docstring to what a model is told: of the tool, and of each of its parameters.

::

    section   begins with "Args:" (Google's style), with "Parameters" above a rule of dashes
              (numpydoc), or with a field such as ":param days:" (Sphinx)
    entry     the line in it that names a parameter, and the lines below that belong to it

What a function returns or raises is for the reader of the code, and no part of it.

Floor 2: imports nothing of labkit.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

_SECTION = re.compile(
    r"^(Args?|Arguments?|(Other )?Parameters?|Returns?|Raises?|Yields?|Receives|Warns|Warnings?"
    r"|Examples?|Notes?|See Also|References|Attributes|Methods)(?P<colon>:?)\s*$"
)
_OF_PARAMETERS = re.compile(r"Arg|(Other )?Parameter")
_RULE = re.compile(r"^-{3,}\s*$")
_FIELD = re.compile(r"^:(?P<kind>[a-z]+)(?: [^:]*?(?P<name>\w+))?: *(?P<text>.*)$")
_OF_A_PARAMETER = ("param", "parameter", "arg", "argument")

_GOOGLE = re.compile(r"^ *(?P<names>\w+)(?: *\([^)]*\))?: *(?P<text>.*)$")
_NUMPYDOC = re.compile(r"^ *(?P<names>\w+(?:, *\w+)*) *(?::.*)?(?P<text>)$")


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """
    Return what stands before the first section, and what is said of each parameter.

    Args:
        text: Without the indentation of its lines, as `inspect.getdoc` returns it.
    """
    lines = text.splitlines()
    begins = [number for number in range(len(lines)) if _begins(lines[number : number + 2])]
    said: dict[str, str] = {}
    for first, after in pairwise([*begins, len(lines)]):
        said |= _entries(lines[first:after])
    told = lines[: begins[0]] if begins else lines
    return "\n".join(told).strip(), said


def _begins(lines: Sequence[str]) -> bool:
    """Tell whether a section begins with the first of two lines."""
    section = _SECTION.match(lines[0])
    if section is None:
        return _FIELD.match(lines[0]) is not None
    return bool(section["colon"]) or _RULE.match("".join(lines[1:])) is not None


def _entries(section: Sequence[str]) -> dict[str, str]:
    """Return what *section* says of parameters; nothing, if it is of something else."""
    head = section[0]
    body = [line for line in section[1:] if line.strip() and not _RULE.match(line)]
    if field := _FIELD.match(head):
        told = " ".join([field["text"], *map(str.strip, body)]).strip()
        return {field["name"]: told} if field["kind"] in _OF_A_PARAMETER and field["name"] else {}
    if not body or not _OF_PARAMETERS.match(head):
        return {}
    style = _GOOGLE if head.rstrip().endswith(":") else _NUMPYDOC
    said: dict[str, str] = {}
    names: list[str] = []
    for line in body:
        entry = style.match(line) if _depth(line) == _depth(body[0]) else None
        names = re.split(", *", entry["names"]) if entry else names
        more = entry["text"] if entry else line.strip()
        said |= {name: f"{said.get(name, '')} {more}".strip() for name in names}
    return said


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
