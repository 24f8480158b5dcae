"""The repository keeps its word: what it says of itself, in many places, is one thing, and true."""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pictures
import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import labkit
from labkit.course.path import STOPS

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")
LISTING = {
    ".ci", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile",
    "README.md", "README.png", "environment.yml", "labkit", "notebooks", "pyproject.toml",
    "requirements.lock", "tests", "tools",
}  # fmt: skip


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files that are in git, or in a copy without git all that would be."""
    if (ROOT / ".git").exists():
        ask = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.check_output(ask, cwd=ROOT, text=True).strip("\0").split("\0")
    else:
        names = [str(p.relative_to(ROOT)) for top in LISTING for p in (ROOT / top).rglob("*")]
        names = [n for n in [*names, *LISTING] if "__pycache__" not in n]
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())


def texts() -> dict[str, str]:
    found = {}
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            found[path.relative_to(ROOT).as_posix()] = content.decode("utf-8")
    return found


# What there is.


def test_the_top_level_holds_what_it_should_and_nothing_else():
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} == LISTING


def test_the_course_has_its_notebooks_and_the_readme_maps_them():
    rows = re.findall(r"^\| \[?(\d\d)\]?(?:\((\S+)\))? \| (.*) \|$", README, re.MULTILINE)
    files = {stop: f"notebooks/{stop.number}_{stop.slug}.ipynb" for stop in STOPS}
    there = {path.relative_to(ROOT).as_posix() for path in tracked()}
    expected = [
        (stop.number, files[stop] if files[stop] in there else "", stop.question) for stop in STOPS
    ]
    assert rows == expected
    notebooks = {path for path in there if path.endswith(".ipynb")}
    assert notebooks
    assert notebooks <= set(files.values())


def test_no_two_modules_of_the_tests_share_a_name():
    """pytest imports them all by name alone, so the second of two would be taken for the first."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))


def test_the_version_is_the_same_everywhere():
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.findall(r"^## (\S+)", changes, re.MULTILINE)[0]
    assert newest == labkit.__version__ == PROJECT["project"]["version"]


# Nothing that shouldn't be there.

PLACES = re.compile(
    r"(?:--(?:extra-)?index-url|--find-links|--index|--registry)[ =]\S*://"
    r"|https?://\S+/(?:simple\b|\S+\.(?:whl|tar\.gz)\b)"
)


def test_no_file_says_where_packages_come_from():
    here = Path(__file__).relative_to(ROOT).as_posix()
    assert [name for name, text in texts().items() if PLACES.search(text) and name != here] == []


@pytest.mark.parametrize(
    "planted", ["--index-url https://a.b/c", "https://a.b/simple", "https://a.b/c/d-1.whl"]
)
def test_a_planted_place_would_be_found(planted):
    assert PLACES.search(planted)


def test_no_file_knows_the_machine_it_was_written_on():
    homes = [f"{folder}{os.sep}" for folder in (ROOT, Path.home()) if len(folder.parts) > 1]
    assert [name for name, text in texts().items() for home in homes if home in text] == []


def test_a_private_key_is_in_git_only_where_it_says_that_it_is_insecure():
    found = {
        n for n, text in texts().items() if re.search(r"-BEGIN [A-Z ]*PRIVATE KEY-.*\n\S{60}", text)
    }
    assert [name for name in found if "INSECURE" not in texts()[name]] == []
    assert "labkit/tokens/teaching.py" in found  # So the search does find one.


def test_nothing_but_settings_reads_the_environment():
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "labkit").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers == {"labkit/settings.py"}


# What is public.


def packages() -> list[str]:
    found = {"labkit"}
    for path in (ROOT / "labkit").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        named = [n for n in tree.body if isinstance(n, ast.Assign) and "__all__" in ast.dump(n)]
        if named:
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(found)


@pytest.mark.parametrize("name", packages())
def test_every_public_name_is_there_and_documented(name):
    module = importlib.import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for public in module.__all__:
        value = getattr(module, public)
        if inspect.isclass(value) or inspect.isroutine(value):
            assert (value.__doc__ or "").strip(), f"{name}.{public} has no docstring"
            assert not (value.__doc__ or "").startswith(f"{public}("), f"{name}.{public}: generated"


def test_importing_labkit_loads_nothing_from_elsewhere():
    ask = """
import sys
before = set(sys.modules)
import labkit
loaded = {name.split(".")[0] for name in set(sys.modules) - before}
print(*sorted(loaded - set(sys.stdlib_module_names)))
"""
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["labkit"]


# What is installed.

Locked = dict[str, list[tuple[Version, Marker | None, int]]]


@cache
def lock() -> Locked:
    """Return each package's versions, with the marker that chooses one and the count of hashes."""
    found: Locked = {}
    text = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.lstrip().startswith("#"):
            what, *hashes = re.split(r"\s+--hash=", line.strip())
            need = Requirement(what)
            ((pin,),) = [[spec for spec in need.specifier if spec.operator == "=="]]
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes), need.name
            entry = (Version(pin.version), need.marker, len(hashes))
            found.setdefault(canonicalize_name(need.name), []).append(entry)
    return found


def wanted() -> dict[str, Requirement]:
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    every = [*PROJECT["build-system"]["requires"], *project["dependencies"], *extras]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in every}


SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_has_one_version_of_everything_wanted_and_it_is_in_range(system, python):
    where = {**SYSTEMS[system], "python_version": python, "python_full_version": f"{python}.9"}
    for name, need in wanted().items():
        chosen = [
            v for v, marker, _ in lock().get(name, []) if not marker or marker.evaluate(where)
        ]
        assert len(chosen) == 1, f"{name}: run `make lock`"
        assert need.specifier.contains(chosen[0]), f"{name} {chosen[0]}: run `make lock`"


def test_every_locked_version_has_hashes_and_no_address():
    assert [name for name, entries in lock().items() for *_, hashes in entries if not hashes] == []
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert not re.search(r"://|^-|@ ", text, re.MULTILINE)


def test_every_dependency_has_its_reason_beside_it():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    for line in wanted().values():
        assert re.search(rf'"{line.name}\b[^"]*"[],]* +# \S', text), line.name


CARD = (
    "jupyterlab", "ipywidgets", "fastapi", "uvicorn", "nest-asyncio", "pyjwt", "cryptography",
    "httpx", "openai", "nbval",
)  # fmt: skip
SUCCESSOR = {"httpx": "httpx2", "nest-asyncio": "nest-asyncio2"}


def test_the_conda_environment_names_the_card_and_is_in_step_with_the_project():
    text = (ROOT / "environment.yml").read_text("utf-8")
    python, pip, from_pip = yaml.safe_load(text)["dependencies"]
    *listed, itself = from_pip["pip"]
    assert (python, pip) == (f"python {PROJECT['project']['requires-python']}", "pip")
    assert itself == f"-e .[{','.join(sorted(PROJECT['project']['optional-dependencies']))}]"
    assert [Requirement(line).name for line in listed] == list(CARD)
    for line in map(Requirement, listed):
        successor = SUCCESSOR.get(line.name)
        if successor is None:
            assert line.specifier == wanted()[line.name].specifier
        else:
            assert line.name not in wanted()
            assert successor in wanted()
            assert re.search(rf"- {line.name}  # .*\b{successor}\b", text)


# What the README says.


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("script", blocks("python"))
def test_a_script_in_the_readme_runs_as_written(script, tmp_path):
    assert len(script.splitlines()) <= 20
    file = tmp_path / "script.py"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(file)],
        capture_output=True,
        cwd=tmp_path,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == script.count("print(")


def shell_lines() -> list[str]:
    lines = "".join([*blocks("sh"), *blocks("powershell")]).splitlines()
    inline = re.findall(r"`(\.venv/bin/\S+ [^`]*|make \w+)`", README)
    return sorted({line.split("#")[0].strip() for line in [*lines, *inline]})


@pytest.mark.parametrize("line", shell_lines())
def test_a_command_in_the_readme_is_one_that_there_is(line):
    match line.replace("\\", "/").split():
        case ["make", target]:
            targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
            assert target in targets
        case ["py", path] | ["conda", "env", "create", "-f", path]:
            assert (ROOT / path).is_file()
        case ["conda", "activate", name]:
            assert f"name: {name}\n" in (ROOT / "environment.yml").read_text("utf-8")
        case ["python" | ".venv/Scripts/python", "-m", module, *_]:
            assert importlib.util.find_spec(f"{module}.__main__")
        case [".venv/bin/labkit", command, *_]:
            done = subprocess.run(
                [sys.executable, "-m", "labkit", command, "--help"],
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, "")
        case _:
            pytest.fail(f"nothing here knows how to try: {line}")


def test_the_services_and_the_token_of_the_readme_belong_together():
    """As written but for the ports: another program may hold those."""
    serve, token = (line.split()[1:] for line in blocks("sh")[-1].splitlines())
    program = [sys.executable, "-m", "labkit"]
    with subprocess.Popen(
        [*program, *serve, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            (issuer,) = re.findall(r"issuer on (\S+?),", run.stdout.readline())
            done = subprocess.run(
                [*program, *token[:-1], issuer], capture_output=True, text=True, check=True
            )
        finally:
            run.terminate()
    assert token[-1] == "http://127.0.0.1:8001"
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", done.stdout.strip())


def test_the_readme_shows_one_picture_says_it_in_words_and_it_loads_at_once():
    ((words, path),) = re.findall(r"!\[([^]]*)\]\(([^)]+)\)", README)
    picture = (ROOT / path).read_bytes()
    wide, high = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert picture.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert 1000 <= wide <= 2000  # As wide as a README is shown, and readable.
    assert high <= 2000
    assert len(picture) < 300_000
    assert len(words.split()) > 10
    assert path == pictures.SHOWN


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_and_every_path_in_the_documents_leads_somewhere(name):
    text = (ROOT / name).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    paths = re.findall(r"`((?:labkit|tests|tools|notebooks)/[a-z0-9_./]*)`", text)
    assert [path for path in [*links, *paths] if not (ROOT / path).exists()] == []


# What CI runs.


def test_ci_brings_what_is_missing_and_ends_with_make_test():
    script = ROOT / ".ci" / "run"
    assert script.read_text("utf-8").rstrip().splitlines()[-1] == "exec make test"
    if os.name != "nt":
        assert os.access(script, os.X_OK)
        subprocess.run(["bash", "-n", str(script)], check=True)
