"""
Imports go down a floor: never up, never sideways between rooms, never in a circle.

*Room*: a package or module directly in labkit. *Module*: one file, by its dotted name. Every import
counts, also one inside a function or under ``TYPE_CHECKING``, and a name given to `import_module`.
Modules of one room may import each other, as long as no circle comes of it.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "labkit"
FLOORS = (
    {"errors", "settings", "clock", "logs", "httpd", "deadlines", "wholefile", "pictures"},
    {"tokens", "database", "tracing", "rehearsal", "vision"}
    | {"server", "background", "client", "links", "recorder", "tempfolder"},
    {"services", "agent", "instruments"},
    {"backend", "signin"},
    {"attacks", "widgets", "course", "assistant", "outages"},
    {"lab", "doctor", "serving", "issuer_keys"},
    {"cli"},
    {"__main__"},  # The door: ``python -m labkit``.
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
COMMON = {"errors"}  # A floor's neighbours ignore each other, but all of them may fail.
OPEN_ROOF = {"__version__"}  # All that labkit's own modules may take from labkit itself.

Sources = Mapping[str, str]


def sources(root: Path = ROOT) -> dict[str, str]:
    """Return the source of each module by its dotted name."""
    return {_module(path, root): path.read_text("utf-8") for path in sorted(root.rglob("*.py"))}


def _module(path: Path, root: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str | None:
    """Return the room that a module lies in, None for labkit itself."""
    return module.split(".")[1] if "." in module else None


def imports(module: str, source: str, known: Iterable[str]) -> Iterator[str]:
    """Yield the modules of labkit that *source* imports, and ``labkit.NAME`` for its own names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node, known)
            found = [_target(base, alias.name, known) for alias in node.names]
        elif isinstance(node, ast.Call) and _loads_a_module(node):
            found = [str(ast.literal_eval(node.args[0]))]
        else:
            continue
        yield from (name for name in found if name.split(".")[0] == "labkit")


def _base(module: str, node: ast.ImportFrom, known: Iterable[str]) -> str:
    if not node.level:
        return node.module or ""
    is_package = any(name.startswith(module + ".") for name in known)
    up = node.level - 1 if is_package else node.level
    parts = module.split(".")[: len(module.split(".")) - up]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _target(base: str, name: str, known: Iterable[str]) -> str:
    """Return the module that ``from base import name`` reads."""
    return f"{base}.{name}" if f"{base}.{name}" in known or base == "labkit" else base


def _loads_a_module(node: ast.Call) -> bool:
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return (
        name in {"import_module", "__import__"}
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
    )


def faults(code: Sources) -> list[str]:
    """Return a sentence for each import that doesn't go down, and for a circle."""
    found: list[str] = []
    graph: dict[str, set[str]] = {}
    for module, source in code.items():
        here = room(module)
        if here is None:
            continue  # labkit/__init__.py hands out names of every floor, and loads none itself.
        targets = set(imports(module, source, code))
        graph[module] = {target for target in targets if target in code and target != module}
        found += [f for target in sorted(targets) if (f := _fault(module, here, target))]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found.append(f"a circle: {' -> '.join(error.args[1])}")
    return found


def _fault(module: str, here: str, target: str) -> str | None:
    there = room(target)
    if there == here or there in OPEN_ROOF:
        return None
    if not {here, there} <= FLOOR.keys():
        return f"{module} imports {target}, and one of them is on no floor"
    if FLOOR[there] > FLOOR[here]:
        return f"{module} imports {target}, up from floor {FLOOR[here]} to {FLOOR[there]}"
    if FLOOR[there] == FLOOR[here] and there not in COMMON:
        return f"{module} imports {target}, sideways on floor {FLOOR[here]}"
    return None


def test_every_import_goes_down():
    assert faults(sources()) == []


def test_every_room_is_on_a_floor_and_every_module_says_on_which():
    for module, source in sources().items():
        if (here := room(module)) and here != "__main__":
            assert here in FLOOR, f"{module}: give {here} its floor in {__file__}"
            text = ast.get_docstring(ast.parse(source)) or ""
            said = re.findall(r"^Floor (\d)", text, re.MULTILINE)
            packaged = (ROOT / here).is_dir() and module == f"labkit.{here}"
            assert said == [str(FLOOR[here])] or (packaged and not said), module


def planted(**modules: str) -> dict[str, str]:
    """Make sources from names with ``__`` for a dot, under labkit."""
    return {f"labkit.{name.replace('__', '.')}": text for name, text in modules.items()}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (planted(lab="", tokens="import labkit.lab"), "up from floor 1 to 5"),
        (planted(lab="", tokens="from labkit import lab"), "up from floor 1 to 5"),
        (planted(lab="", tokens="from labkit.lab import Lab"), "up from floor 1 to 5"),
        (planted(lab="", tokens="from .lab import Lab"), "up from floor 1 to 5"),
        (planted(lab="", tokens="def f():\n    from labkit.lab import Lab"), "up from floor 1"),
        (planted(lab="", tokens="if TYPE_CHECKING:\n    import labkit.lab"), "up from floor 1"),
        (planted(lab="", tokens="import_module('labkit.lab')"), "up from floor 1 to 5"),
        (planted(lab="", tokens="importlib.import_module('labkit.lab')"), "up from floor 1"),
        (planted(lab="", tokens="import os, labkit.lab as roof"), "up from floor 1 to 5"),
        (planted(tokens__jws="from ..lab import Lab"), "up from floor 1 to 5"),
        (planted(tokens="from labkit import Lab"), "is on no floor"),
        (planted(tokens="import labkit"), "is on no floor"),
        (planted(tokens="from labkit.nosuch import x"), "is on no floor"),
        (planted(tokens="from labkit.database import engine"), "sideways on floor 1"),
        (planted(clock="from labkit.settings import Settings"), "sideways on floor 0"),
        (planted(attacks="from labkit.course import Task"), "sideways on floor 4"),
        (
            planted(
                tokens="", tokens__a="from labkit.tokens import b", tokens__b="from . import a"
            ),
            "a circle: labkit.tokens.",
        ),
        (
            planted(
                tokens="from .a import f", tokens__a="def f():\n    from labkit.tokens import g"
            ),
            "a circle: labkit.tokens",
        ),
    ],
)
def test_an_import_that_does_not_go_down_is_found(code, expected):
    (fault,) = faults(code)
    assert expected in fault


@pytest.mark.parametrize(
    "code",
    [
        planted(lab="from labkit.tokens import sign_jws\nfrom labkit.errors import UsageError"),
        planted(clock="from labkit.errors import UsageError"),
        planted(cli="from labkit import __version__"),
        planted(tokens="from .jws import f", tokens__jws="from .keys import g", tokens__keys=""),
        planted(tokens="import httpx2\nfrom json import loads\nimport_module(name)"),
        {"labkit": "from labkit.lab import Lab"},
    ],
)
def test_imports_that_go_down_are_accepted(code):
    assert faults(code) == []
