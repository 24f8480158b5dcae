"""
Write ``requirements.lock`` from the ranges in ``pyproject.toml``.

Run by ``make lock``, by whoever changes a dependency; nobody needs it to use labkit. It needs
`uv`, for its one resolution that holds on every system and every Python from the oldest on.

The lock has names, versions and hashes, and no address: where packages come from is for each
machine to say. The build backend is in it as well, since labkit itself is installed without a
build environment of its own.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

COMPILE = (
    "pip", "compile", "pyproject.toml", "-", "--all-extras", "--universal", "--generate-hashes",
    "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--quiet",
)  # fmt: skip


def main(root: Path, *options: str) -> int:
    """Resolve and write the lock; *options* go to uv (``--upgrade`` takes newer versions)."""
    uv = shutil.which("uv")
    if uv is None:
        print("`make lock` needs uv: install it (`pipx install uv`), then again.", file=sys.stderr)
        return 1
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    oldest = project["project"]["requires-python"].removeprefix(">=")
    done = subprocess.run(
        [uv, *COMPILE, "--python-version", oldest, "-o", "requirements.lock", *options],
        input="\n".join(project["build-system"]["requires"]),
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=root,
        check=False,
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent, *sys.argv[1:]))
