"""
Build ``.venv`` from the lock, or find that it's good already.

Run by ``make setup`` and, where there is no make, by hand: ``python tools/setup_venv.py``. It
needs Python alone. A second run takes a tenth of a second. An environment that is half built,
or that belongs to a clone which has moved since, is built anew; one that only lags behind the
lock is brought up to date.

*Stamp*: a file in ``.venv``, written last, with the digest of the files it was built from.
"""

from __future__ import annotations  # So that a Python too old for labkit gets as far as the reason.

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)  # pyproject.toml's requires-python, held together by a test.
INPUTS = ("requirements.lock", "pyproject.toml")
STAMP = ".labkit-setup"


def main(root: Path) -> int:
    """Bring *root*'s environment up to date; return 0, or 1 after one line that says what to do."""
    trouble = missing_part(sys.version_info[:2])
    if trouble:
        print(trouble, file=sys.stderr)
        return 1
    if not is_current(root):
        try:
            build(root)
        except subprocess.CalledProcessError:
            print(
                "The set-up stopped at the error above. When that is mended (mostly the network or"
                " a full disk), run the same command again: it goes on from a clean start.",
                file=sys.stderr,
            )
            return 1
        except KeyboardInterrupt:
            print("Stopped half-way. The same command starts clean next time.", file=sys.stderr)
            return 1
    return 0


def missing_part(version: tuple[int, ...]) -> str:
    """Return one line on what this Python lacks and what to do about it, or an empty string."""
    running, oldest = (".".join(map(str, v)) for v in (version, OLDEST_PYTHON))
    if tuple(version) < OLDEST_PYTHON:
        return (
            f"labkit needs Python {oldest} or newer and this is {running}: install a newer one, or"
            " name it, as in `make setup PYTHON=python3.12`."
        )
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return (
            f"This Python {running} can't make virtual environments: on Debian and Ubuntu run"
            f" `sudo apt install python{running}-venv`, then the same command again."
        )
    return ""


def is_current(root: Path) -> bool:
    """Tell whether the environment was built to the end from today's files and is this clone's."""
    stamp = root / ".venv" / STAMP
    return stamp.is_file() and stamp.read_text() == digest(root) and runs(root)


def digest(root: Path) -> str:
    """Return one hash of all the files that decide what is installed."""
    return hashlib.sha256(b"\0".join((root / name).read_bytes() for name in INPUTS)).hexdigest()


def runs(root: Path) -> bool:
    """Tell whether the environment's Python starts and finds labkit in this clone."""
    ask = "import labkit; print(labkit.__file__)"
    try:
        done = subprocess.run(
            [python_of(root), "-I", "-c", ask], capture_output=True, text=True, check=False
        )
    except OSError:  # No such file, or a link to a Python that is gone.
        return False
    here = (root / "labkit" / "__init__.py").resolve()
    return done.returncode == 0 and Path(done.stdout.strip()).resolve() == here


def python_of(root: Path) -> str:
    """Return the path of the environment's Python."""
    place = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return str(root.joinpath(".venv", *place))


def build(root: Path) -> None:
    """
    Make the environment, install what the lock says, then labkit itself in place.

    Raises:
        subprocess.CalledProcessError: A step failed; it has told its reason on the screen.
    """
    stamp = root / ".venv" / STAMP
    fresh = not (stamp.is_file() and runs(root))
    stamp.unlink(missing_ok=True)
    if fresh:
        print("Setting up .venv: some 150 packages, a few minutes the first time ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(root / ".venv")], check=True)
    else:
        print("Bringing .venv up to date ...", flush=True)
    # The lock is the whole answer: pip has nothing to resolve, and some pips can't with hashes
    # (23.2 refuses "coverage[toml]", which a package asks for, though the lock pins coverage).
    install(root, "--no-deps", "--require-hashes", "-r", "requirements.lock")
    install(root, "--no-deps", "--no-build-isolation", "--editable", ".")
    stamp.write_text(digest(root))


def install(root: Path, *what: str) -> None:
    """Run the environment's pip, deaf to a user's own site and options."""
    pip = [python_of(root), "-I", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", *what], cwd=root, check=True)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
