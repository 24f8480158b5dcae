"""
The source of a function, line by line, in the colours of what a model is shown of it.

Glossary. *To travel*: to be in the schema, and so before the eyes of a model. The name, the
parameters with their annotations and defaults, and the docstring travel; what is grey stays.
*Section*: a part of a docstring such as "Args:" or "Returns:".

Floor 0: imports nothing of labkit but its neighbours.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from labkit.pictures.palette import HEADER, INK, SOFT
from labkit.pictures.panels import Row, Run
from labkit.pictures.writing import plain

BODY_LINES = 3  # Of the body, after the docstring: enough to see that it stays.
MAX_LINES = 22  # Of a function in all; our choice: the sheet stays on one screen.
NAME_INK = HEADER

_SECTION = re.compile(r"\s*(Args|Arguments|Parameters|[A-Z]\w+):\s*$")
_ENTRY = re.compile(r"\s*(\w+)(?: *\([^)]*\))?:")
_ARGUMENTS = ("Args", "Arguments", "Parameters")

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Inks: TypeAlias = Mapping[str, str]
"""The ink of each parameter that travels."""
Mark: TypeAlias = tuple[int, int, str]  # From and to which character of a line, and the ink.


def source_rows(function: Callable[..., Any], inks: Inks) -> tuple[Row, ...]:
    """
    Return the source of *function* as rows; one that says so if it can't be read.

    Args:
        function: As its author wrote it.
        inks: The ink of each parameter that is in the schema; others are grey.
    """
    try:
        source = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError, ValueError):
        return (Row((Run("its source can't be read here", SOFT),)),)
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    if not found:
        return tuple(Row((Run(plain(line), SOFT),)) for line in source.splitlines()[:BODY_LINES])
    lines = source.splitlines()
    return tuple(_rows(found[0], lines, inks))


def _rows(node: Function, lines: list[str], inks: Inks) -> Iterator[Row]:
    marks = _marks(node, lines, inks)
    docstring = node.body[0] if ast.get_docstring(node) else None
    head_end = (docstring.end_lineno or 0) if docstring else node.body[0].lineno - 1
    shown = min(head_end, MAX_LINES)
    for number, line in enumerate(lines[:shown], start=1):
        yield Row(tuple(_runs(line, marks.get(number, []))))
    body = lines[head_end:] if head_end <= MAX_LINES else []
    for line in body[:BODY_LINES]:
        yield Row((Run(plain(line), SOFT),))
    if head_end > MAX_LINES or len(body) > BODY_LINES:
        yield Row((Run("    …", SOFT),))


def _marks(node: Function, lines: list[str], inks: Inks) -> dict[int, list[Mark]]:
    """Return what travels of each line, by the line's number."""
    marks: dict[int, list[Mark]] = {}
    start = lines[node.lineno - 1].find("def ") + 4
    marks[node.lineno] = [(start, start + len(node.name), NAME_INK)]
    for argument, default in _arguments(node):
        if argument.arg in inks:
            last = default if default is not None else argument
            _mark(marks, lines, (argument, last), inks[argument.arg])
    if ast.get_docstring(node):
        for number, ink in _of_docstring(node.body[0], lines, inks):
            marks.setdefault(number, []).append((0, len(lines[number - 1]), ink))
    return marks


def _arguments(node: Function) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    placed = [*node.args.posonlyargs, *node.args.args]
    missing = len(placed) - len(node.args.defaults)
    yield from zip(placed, [None] * missing + list(node.args.defaults), strict=True)
    yield from zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)


def _mark(
    marks: dict[int, list[Mark]],
    lines: list[str],
    ends: tuple[ast.arg, ast.arg | ast.expr],
    ink: str,
) -> None:
    """Mark all from the first of *ends* to the last, over lines if need be."""
    first, last = ends
    final = last.end_lineno or last.lineno
    for number in range(first.lineno, final + 1):
        line = lines[number - 1]
        begin = _characters(line, first.col_offset) if number == first.lineno else 0
        end = _characters(line, last.end_col_offset or 0) if number == final else len(line)
        marks.setdefault(number, []).append((begin, end, ink))


def _characters(line: str, offset: int) -> int:
    """Return how many characters the first *offset* bytes are; `ast` counts bytes."""
    return len(line.encode()[:offset].decode(errors="replace"))


def _of_docstring(docstring: ast.stmt, lines: list[str], inks: Inks) -> Iterator[tuple[int, str]]:
    """Return the ink of each line that travels: the text, then what "Args:" says of each."""
    section, ink, indent = "", NAME_INK, 0
    for number in range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1):
        line = lines[number - 1]
        if found := _SECTION.match(line):
            section, ink, indent = found[1], "", 0
        elif section in _ARGUMENTS and line.strip():
            depth = len(line) - len(line.lstrip())
            indent = indent or depth
            if depth == indent and (entry := _ENTRY.match(line)):
                ink = inks.get(entry[1], "")
        if ink and line.strip().strip("\"'"):
            yield number, ink


def _runs(line: str, marks: list[Mark]) -> Iterator[Run]:
    at = 0
    for begin, end, ink in sorted(marks):
        if begin > at:
            yield Run(plain(line[at:begin]), SOFT)
        yield Run(plain(line[max(begin, at) : end]), ink)
        at = max(end, at)
    if at < len(line) or not line:
        yield Run(plain(line[at:]), SOFT if marks or line.strip() else INK)
