"""The code is formatted, free of lint and typed: the tools' own words when it isn't."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("tool", ["ruff format --check", "ruff check", "mypy"])
def test_the_tool_has_nothing_to_say(tool):
    done = subprocess.run(
        [sys.executable, "-m", *tool.split()],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{tool}\n{done.stdout}{done.stderr}"
