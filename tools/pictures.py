"""
Take the README's picture anew, from a real run: ``make pictures``.

The run is a test, ``tests/browser/test_front_page.py``: JupyterLab in Chromium, a question, tools,
an answer, its trace. So the picture shows nothing that no test has seen, and `make test` proves
that it can be taken. This script runs it alone and puts its picture where the README has it: beside
it, since the top level has no folder for documents.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

TEST = "tests/browser/test_front_page.py"
TAKEN = "test-output/README.png"
SHOWN = "README.png"


def main(root: Path) -> int:
    """Run the test in *root* and copy its picture; return 0, or what the test returned."""
    environment = {**os.environ, "CI": "true"}  # Without a Chromium it fails, and isn't skipped.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", TEST],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode == 0:
        shutil.copyfile(root / TAKEN, root / SHOWN)
        print(f"{SHOWN} is new: {(root / SHOWN).stat().st_size:,} bytes. Look at it.")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
