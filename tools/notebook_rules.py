"""
What every notebook of the course keeps to, as far as reading its file can tell.

Each rule takes a notebook and returns its *complaints*: sentences for the author, none when all is
well. `make notebooks` prints them, and tests/notebooks fails on them. Whether the saved outputs
are what the code prints today is proven elsewhere, by running it.

*Landmark*: one of the fixed points of a notebook, such as its predict cell; they come in order.
"""

from __future__ import annotations

import ast
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import jwt
from nbformat import NotebookNode

from labkit.tokens.teaching import INSECURE_PREFIX, teaching_key

RAISES = "raises-exception"  # The tag of a cell that shows an error on purpose.
WIDGET = "application/vnd.jupyter.widget-view+json"  # The output that a running widget fills.
STARTER = "starter:"  # Begins the tag of an exercise's starter cell; its id follows.

CELLS = range(30, 44)  # 36 with two exercises; a third takes six more, the map that closes one.
FOURTH_EXERCISE = 6  # More cells than that, where there is one.
ENDS_IN_A_FILE = ("05", "13")  # Their last part writes, tests and starts a service of its own:
A_FILE = 2  # so many more cells, and a second cell in which a whole thing has to be seen.
CODE_LINES = 8
BUILD_LINES = 25  # For the one cell in which a whole thing has to be seen at once.
WORDS = 60
TITLE_WORDS = 80
QUESTIONS = 5

PLAIN_PYTHON = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]*\.[\w-]*")
PRIVATE_KEY = re.compile(r'-----BEGIN [A-Z ]*PRIVATE KEY|"d":\s*"[\w-]{43,}')
MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|Users|tmp|var|opt|usr|private|mnt)/\w|\b[A-Z]:\\\w|site-packages"
)
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def complaints(notebook: NotebookNode, number: str) -> list[str]:
    """Return what all rules say of the notebook with this *number*, such as "01"."""
    return [*executed(notebook), *lasting(notebook), *leaks(notebook), *template(notebook, number)]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", []))


def starters(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Return the starter cell of each exercise, by the exercise's id."""
    return {
        tag.removeprefix(STARTER): cell
        for cell in code_cells(notebook)
        for tag in tags(cell)
        if tag.startswith(STARTER)
    }


def texts(output: NotebookNode) -> list[str]:
    """Return all that an output says in words: streams, errors, each text representation."""
    found = [output.get("text", ""), output.get("ename", ""), output.get("evalue", "")]
    found += output.get("traceback", [])
    found += [v for k, v in output.get("data", {}).items() if not k.startswith("image/")]
    return [text if isinstance(text, str) else json.dumps(text) for text in found if text]


def executed(notebook: NotebookNode) -> list[str]:
    """Refuse a notebook that wasn't run from top to bottom, whole, by plain Python."""
    found = []
    for count, cell in enumerate(code_cells(notebook), 1):
        name = _name(cell)
        if cell.execution_count != count:
            found.append(f"{name} was run as {cell.execution_count}, not as {count}: run all anew")
        if not _is_plain_python(cell.source):
            found.append(f"{name} isn't plain Python: no magics, no shell lines, no blank cells")
        errors = [o.ename for o in cell.outputs if o.output_type == "error"]
        if errors and RAISES not in tags(cell):
            found.append(f"{name} ended in {errors[0]} and isn't tagged {RAISES}")
        if RAISES in tags(cell) and not errors:
            found.append(f"{name} is tagged {RAISES} and raised nothing")
        if any(o.get("name") == "stderr" for o in cell.outputs):
            found.append(f"{name} wrote to stderr: a warning or a log line")
        if "NBVAL_" in cell.source or any(tag.startswith("nbval-") for tag in tags(cell)):
            found.append(f"{name} asks to be compared less strictly")
    return found


def lasting(notebook: NotebookNode) -> list[str]:
    """Refuse outputs that don't show without a kernel, or that differ from run to run."""
    found = ["it has saved widget state"] if "widgets" in notebook.metadata else []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            if "image/svg+xml" in data:
                found.append(f"{_name(cell)} shows SVG, which an untrusted copy hides: use PNG")
            if WIDGET in data:
                found.append(f"{_name(cell)} shows a widget whose kernel is gone: keep its text")
            if "image/png" in data and "text/plain" not in data:
                found.append(f"{_name(cell)} shows a picture without its text twin")
            if any(ADDRESS.search(text) for text in texts(output)):
                found.append(f"{_name(cell)} shows a memory address")
    return found


def leaks(notebook: NotebookNode) -> list[str]:
    """Refuse what gives something away: private keys, tokens that were live, paths."""
    found = []
    for cell in notebook.cells:
        said = [text for output in cell.get("outputs", []) for text in texts(output)]
        if any(PRIVATE_KEY.search(text) for text in [cell.source, *said]):
            found.append(f"{_name(cell)} has a private key")
        if any(_is_live(token) for text in [cell.source, *said] for token in TOKEN.findall(text)):
            found.append(f"{_name(cell)} has a token that isn't signed by a teaching key")
        if any(MACHINE_PATH.search(text) for text in said):
            found.append(f"{_name(cell)} shows a path of the machine it ran on")
    return found


def template(notebook: NotebookNode, number: str) -> list[str]:
    """Refuse a notebook that strays from the course's one form: sizes, landmarks, their order."""
    return [*_sizes(notebook, number), *_order(notebook, number), *_ending(notebook)]


def _sizes(notebook: NotebookNode, number: str) -> Iterator[str]:
    in_a_file = number in ENDS_IN_A_FILE
    most = CELLS[-1] + FOURTH_EXERCISE * (len(starters(notebook)) > 3) + A_FILE * in_a_file
    if not CELLS[0] <= len(notebook.cells) <= most:
        yield f"it has {len(notebook.cells)} cells, not {CELLS[0]} to {most}"
    long = [cell for cell in code_cells(notebook) if _code_lines(cell.source) > CODE_LINES]
    for place, cell in enumerate(long):
        whole = place < 1 + in_a_file
        if not whole or _code_lines(cell.source) > BUILD_LINES:
            limit = BUILD_LINES if whole else CODE_LINES
            yield f"{_name(cell)} has {_code_lines(cell.source)} code lines, more than {limit}"
    for place, cell in enumerate(notebook.cells):
        limit = WORDS if place else TITLE_WORDS
        if cell.cell_type == "markdown" and _words(cell.source) > limit:
            yield f"{_name(cell)} has {_words(cell.source)} words, more than {limit}"


class Landmark(NamedTuple):
    """A fixed point: what to call it in a complaint, and how to know it."""

    name: str
    kind: str
    is_it: Callable[[str], bool]


def _landmarks(number: str) -> tuple[Landmark, ...]:
    return (
        Landmark("a title that asks", "markdown", lambda s: bool(re.match(r"# .*\?\s*(\n|$)", s))),
        Landmark("'After this you can' and the minutes", "markdown", _is_promise),
        Landmark(f'labkit.start("{number}")', "code", lambda s: f'labkit.start("{number}")' in s),
        Landmark("a prediction", "code", lambda s: "lab.predict(" in s),
        Landmark("a heading 'Break it'", "markdown", lambda s: _has_heading(s, "break it")),
        Landmark("an exercise", "code", lambda s: "lab.exercise(" in s),
        Landmark("a cell of asserts", "code", lambda s: bool(re.search(r"^assert ", s, re.M))),
        Landmark("a recap table", "markdown", lambda s: _has_heading(s, "recap") and "\n|" in s),
        Landmark(f"{QUESTIONS} recall questions", "markdown", _are_questions),
        Landmark("lab.progress(), the map at its end", "code", lambda s: s == "lab.progress()"),
        Landmark("lab.stop()", "code", lambda s: s.strip() == "lab.stop()"),
    )


def _order(notebook: NotebookNode, number: str) -> Iterator[str]:
    """Look for each landmark behind the one before it."""
    at = 0
    for mark in _landmarks(number):
        places = [
            place
            for place, cell in enumerate(notebook.cells)
            if place >= at and cell.cell_type == mark.kind and mark.is_it(cell.source)
        ]
        if places:
            at = places[0] + 1
        else:
            yield f"it lacks {mark.name}, or has it too early"


def _ending(notebook: NotebookNode) -> Iterator[str]:
    source = code_cells(notebook)[-1].source if code_cells(notebook) else ""
    if source.strip() != "lab.stop()":
        yield "its last code cell isn't lab.stop()"


def _is_promise(source: str) -> bool:
    return "after this you can" in source.lower() and "minutes" in source


def _are_questions(source: str) -> bool:
    return all(re.search(rf"^{n}\. .*\?", source, re.M) for n in range(1, QUESTIONS + 1))


def _has_heading(source: str, words: str) -> bool:
    return any(line.startswith("#") and words in line.lower() for line in source.splitlines())


def _code_lines(source: str) -> int:
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") for line in source.split("\n")
    )


def _words(source: str) -> int:
    """Count the words of running text: a table is read by looking, not word by word."""
    return sum(len(line.split()) for line in source.splitlines() if not line.startswith("|"))


def _is_plain_python(source: str) -> bool:
    try:
        tree = compile(source, "cell", "exec", flags=PLAIN_PYTHON)
    except SyntaxError:
        return False
    return bool(getattr(tree, "body", None))


def _is_live(token: str) -> bool:
    """
    Tell whether *token* could be one that a running service gave out.

    It couldn't if it names a teaching key or is signed by one, nor if no issuer made it: what
    isn't RS256 was forged in the lesson from what everybody knows.
    """
    try:
        part = token.split(".")[0]
        header = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return False  # A token whose header can't be read opens nothing.
    if header.get("alg") != "RS256" or str(header.get("kid")).startswith(INSECURE_PREFIX):
        return False
    return not any(_is_signed_by(token, name) for name in ("issuer", "stranger"))


def _is_signed_by(token: str, name: str) -> bool:
    try:
        jwt.PyJWS().decode(token, jwt.PyJWK(teaching_key(name).public_jwk()), algorithms=["RS256"])
    except jwt.PyJWTError:
        return False
    return True


def _name(cell: NotebookNode) -> str:
    """Name a cell by its id and the line it begins with, as an author finds it again."""
    first = cell.source.strip().split("\n")[0][:40]
    return f"cell {cell.get('id', '?')} ({first!r})"


def number_of(path: Path) -> str:
    """Return the number that a notebook's file name begins with."""
    return path.name.split("_")[0]
