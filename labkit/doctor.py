"""
What is missing on this machine, and the command that mends it.

It has to work where nothing else does: a Python that is too old, packages that are missing or
broken. So at import it needs the standard library alone, of Python 3.10 too, and what it tries out
beyond that, it tries in a place where it may fail.

::

    check      one question to the machine; it yields verdicts
    verdict    ok, missing (labkit needs it) or optional (somebody may want it)

Floor 5: knows settings, the rehearsal model's words, and where the course looks for a browser.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

MINIMUM_PYTHON = (3, 11)  # requires-python of pyproject.toml; a test keeps them in step.
NEEDED_MB = 100  # Our choice: a few labs with their databases, and notebooks with pictures.
PROBE_LIMIT_S = 60  # Our choice: starting a kernel's Python on a slow disk takes seconds.
SETUP = "make setup" if os.name == "posix" else "python tools/setup_venv.py"
BROWSERS = (  # Where the browser tests look, before they ask Playwright.
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(?:\[[^]]*\])?\s*(?:>=\s*(?P<least>[\d.]+))?[^;]*"
    r"(?:;\s*extra\s*==\s*['\"](?P<extra>[\w-]+)['\"])?"
)
_INSTALL = f'"{sys.executable}" -m pip install'


class Verdict(NamedTuple):
    """
    The answer to one question.

    Attributes:
        state: "missing" is what makes the doctor's exit code 1.
        text: What is there, or isn't.
        mend: The command that mends it; empty where nothing is to be done.
    """

    state: Literal["ok", "missing", "optional"]
    text: str
    mend: str = ""

    def __str__(self) -> str:
        """One line for the terminal."""
        return f"{self.state:<8}  {self.text}" + (f"; mend it: {self.mend}" if self.mend else "")


def examine() -> Iterator[Verdict]:
    """
    Ask every question; yield each verdict as soon as it is known. Raises nothing.

    With a Python that is too old it ends there: what that one lacks is no use to know.
    """
    wanted, found = ".".join(map(str, MINIMUM_PYTHON)), ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < MINIMUM_PYTHON:
        mend = f"install Python {wanted}, then: {SETUP}"
        yield Verdict("missing", f"Python {wanted} or newer (this is {found})", mend)
        return
    yield Verdict("ok", f"Python {found}")
    for check in CHECKS:
        try:
            yield from check()
        except Exception as error:  # A check that breaks is a finding, too.
            name = check.__name__.strip("_")
            yield Verdict("missing", f"an answer about {name}: {error!r}", SETUP)


def _packages() -> Iterator[Verdict]:
    try:
        wanted = metadata.requires("labkit") or []
    except metadata.PackageNotFoundError:
        yield Verdict("missing", "labkit isn't installed for this Python", SETUP)
        return
    for extra, purpose, state in PURPOSES:
        lacking = list(_lacking(wanted, extra))
        for requirement, found in lacking:
            text = f"{requirement} {purpose} ({found or 'none'} is installed)"
            yield Verdict(state, text, f'{_INSTALL} "{requirement}"')
        if not lacking:
            yield Verdict("ok", f"packages {purpose}")


PURPOSES: tuple[tuple[str | None, str, Literal["missing", "optional"]], ...] = (
    (None, "that labkit needs", "missing"),
    ("course", "for the notebooks", "missing"),
    ("test", "for the tests", "optional"),
)


def _lacking(wanted: Iterable[str], extra: str | None) -> Iterator[tuple[str, str | None]]:
    """Yield each requirement of *extra* that isn't met, and the version that is there."""
    for line in wanted:
        parts = _REQUIREMENT.match(line)
        if parts is None or parts["extra"] != extra:
            continue
        found = _installed(parts["name"])
        if found is None or _numbers(found) < _numbers(parts["least"] or ""):
            yield line.partition(";")[0].strip(), found


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def _model() -> Iterator[Verdict]:
    """Look a word up: a package that is installed may have lost its table."""
    from labkit.rehearsal.meaning import PACKAGE, NoWordVectorsError, vectors_of

    mend = f'{_INSTALL} --force-reinstall "{PACKAGE}"'
    try:
        vectors_of(["line"])
    except NoWordVectorsError:
        yield Verdict("missing", "the rehearsal model's word vectors", mend)
    else:
        yield Verdict("ok", "word vectors for the rehearsal model")


def _folders() -> Iterator[Verdict]:
    try:
        from labkit.settings import Settings  # Needs a package, which may be what is missing.

        settings = Settings.from_environment()
    except ImportError as error:
        yield Verdict("missing", f"the package {error.name}, to tell where your files go", SETUP)
        return
    except ValueError as error:  # UsageError: the text names the variable.
        yield Verdict("missing", f"{error}", "set it, or unset it, and start again")
        return
    for what, folder, variable in (
        ("progress", settings.home, "LABKIT_HOME"),
        ("cache", settings.cache, "LABKIT_HOME"),
        ("temporary files", Path(tempfile.gettempdir()), "TMPDIR"),
    ):
        yield _writable(what, folder, variable)


def _writable(what: str, folder: Path, variable: str) -> Verdict:
    """Write a file there, or where the folder would be made, and look at the space."""
    mend = f"set {variable} to a folder that you can write"
    try:
        there = next(place for place in (folder, *folder.parents) if place.exists())
        with tempfile.TemporaryFile(dir=there):
            free_mb = shutil.disk_usage(there).free // 10**6
    except OSError as error:
        return Verdict("missing", f"{folder} for {what} ({error.strerror})", mend)
    if free_mb < NEEDED_MB:
        text = f"{NEEDED_MB} MB of free disk for {what} in {folder} (there are {free_mb})"
        return Verdict("missing", text, f"free some, or {mend}")
    return Verdict("ok", f"folder for {what}: {folder}")


def _loopback() -> Iterator[Verdict]:
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            socket.create_connection(listener.getsockname(), timeout=PROBE_LIMIT_S).close()
    except OSError as error:
        mend = "let Python listen on 127.0.0.1 in this machine's firewall or sandbox"
        yield Verdict("missing", f"a port on 127.0.0.1 ({error.strerror or error})", mend)
    else:
        yield Verdict("ok", "ports on 127.0.0.1")


def _kernel() -> Iterator[Verdict]:
    run = _probe("-m", "ipykernel_launcher", "--version")
    if run is None or run.returncode:
        mend = f'{_INSTALL} --upgrade "ipykernel"'
        yield Verdict("missing", "the Jupyter kernel of this Python doesn't start", mend)
    else:
        yield Verdict("ok", "Jupyter kernel")


def _browser() -> Iterator[Verdict]:
    if any(shutil.which(name) for name in BROWSERS) or _playwright_has_one():
        yield Verdict("ok", "Chromium for the browser tests")
    else:
        mend = f'"{sys.executable}" -m playwright install chromium'
        yield Verdict("optional", "Chromium for the browser tests", mend)


def _playwright_has_one() -> bool:
    if importlib.util.find_spec("playwright") is None:
        return False
    ask = "from playwright.sync_api import sync_playwright as p\n"
    run = _probe("-c", ask + "with p() as it: print(it.chromium.executable_path)")
    return run is not None and run.returncode == 0 and Path(run.stdout.strip()).is_file()


def _probe(*arguments: str) -> "subprocess.CompletedProcess[str] | None":
    """Run this Python with *arguments*; None when it doesn't come back."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(  # noqa: S603  Our own interpreter, our own arguments.
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            timeout=PROBE_LIMIT_S,
            check=False,
        )
    return None


CHECKS: tuple[Callable[[], Iterator[Verdict]], ...] = (
    _packages,
    _model,
    _folders,
    _loopback,
    _kernel,
    _browser,
)
