"""
Run the browser tests of the chat and the views on other front ends and kernels: ``make matrix``.

*Row*: one pair of a front end and a kernel. Each has an environment of its own in ``.matrix/``,
made from the lock with the row's packages over it; a second run finds it there. The first needs the
package registry that this machine's pip is set up for, and takes some minutes.

``make matrix ARGS=notebook`` runs the rows with that in their name; what follows ``--`` goes to
pytest. `make test` runs none of this: what it has stands in the lock.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from setup_venv import INPUTS, digest

PLACE = ".matrix"
TESTS = ("test_chat*_page.py", "test_*_view_page.py")
STAMP = "labkit-row"
FRONT_END = "LABKIT_TEST_FRONT_END"  # Read by tests/browser/conftest.py.


@dataclass(frozen=True, slots=True)
class Row:
    """
    One front end and one kernel.

    Attributes:
        name: Also of its folder.
        front_end: "lab" or "notebook".
        packages: What is installed over the lock, as pip writes it.
    """

    name: str
    front_end: str
    packages: tuple[str, ...] = ()


OLD_KERNEL = "ipykernel==6.30.*"  # The last before 7, which brought subshells.
NOTEBOOK = "notebook==7.*"
ROWS = (
    Row("jupyterlab-4-ipykernel-7", "lab"),
    Row("jupyterlab-4-ipykernel-6.30", "lab", (OLD_KERNEL,)),
    Row("notebook-7-ipykernel-7", "notebook", (NOTEBOOK,)),
    Row("notebook-7-ipykernel-6.30", "notebook", (NOTEBOOK, OLD_KERNEL)),
)


def main(root: Path, *arguments: str) -> int:
    """
    Run the rows that *arguments* name, all if they name none; return 0 if every test passed.

    Args:
        root: The clone.
        arguments: Parts of rows' names; after ``--``, what pytest is told.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    wanted, options = arguments[:end], arguments[end + 1 :]
    rows = chosen(wanted)
    if not rows:
        print("No row is called so. There are", *(row.name for row in ROWS), file=sys.stderr)
        return 2
    results = {row.name: run(row, root, options) for row in rows}
    print("\n".join(f"{name:<30} {said}" for name, said in results.items()))
    return 0 if set(results.values()) == {"passed"} else 1


def chosen(wanted: tuple[str, ...]) -> list[Row]:
    """Return the rows with one of the words in their name."""
    return [row for row in ROWS if not wanted or any(word in row.name for word in wanted)]


def run(row: Row, root: Path, options: tuple[str, ...]) -> str:
    """Run the tests of one row, and return what came of it, in a word or two."""
    python = root / PLACE / row.name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    print(f"\n{row.name}", flush=True)
    try:
        build(row, root, python)
    except subprocess.CalledProcessError:
        return "couldn't be set up"
    found = [path for pattern in TESTS for path in (root / "tests" / "browser").glob(pattern)]
    done = subprocess.run(
        [python, "-m", "pytest", "-p", "no:cacheprovider", *map(str, sorted(found)), *options],
        cwd=root,
        env={**os.environ, FRONT_END: row.front_end},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return "passed" if done.returncode == 0 else "failed"


def build(row: Row, root: Path, python: Path) -> None:
    """
    Make the row's environment, unless it stands there as today's lock wants it.

    Raises:
        subprocess.CalledProcessError: A step failed; it has told its reason on the screen.
    """
    folder = root / PLACE / row.name
    stamp, wanted = folder / STAMP, f"{digest(root)} {' '.join(row.packages)}"
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    print(f"Setting it up from {INPUTS[0]}, a few minutes ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(python), "-I", "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", INPUTS[0]], cwd=root, check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", "."], cwd=root, check=True)
    if row.packages:
        subprocess.run([*pip, *row.packages], cwd=root, check=True)
    stamp.write_text(wanted, "utf-8")


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent, *sys.argv[1:]))
