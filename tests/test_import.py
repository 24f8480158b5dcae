"""What loading labkit costs: nothing of a third party until it is used."""

import subprocess
import sys
from pathlib import Path

import pytest

import labkit

ROOT = Path(__file__).parents[1]

LOADED = """
import sys
before = set(sys.modules)
import labkit
dir(labkit)
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(new - set(sys.stdlib_module_names)))
"""


def test_import_labkit_loads_no_third_party_module():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert done.stdout.strip() == "['labkit']", done.stderr


def test_the_command_line_loads_no_third_party_module_either():
    code = LOADED.replace("import labkit\n", "import labkit.cli, labkit.doctor\n")
    done = subprocess.run(
        [sys.executable, "-c", code.replace("dir(labkit)", "")],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert done.stdout.strip() == "['labkit']", done.stderr


def test_every_public_name_loads_and_is_listed():
    for name in labkit.__all__:
        assert getattr(labkit, name).__doc__
    assert set(labkit.__all__) <= set(dir(labkit))
    assert labkit.__all__ == sorted(labkit.__all__)


def test_a_name_that_is_not_there_says_what_is():
    with pytest.raises(AttributeError, match="it has"):
        _ = labkit.Labb


@pytest.mark.parametrize(
    ("code", "error", "says"),
    [
        ("sys.modules['fastapi'] = None; labkit.start", "MissingDependency", "labkit doctor"),
        ("sys.modules['labkit.lab'] = None; labkit.start", "ModuleNotFoundError", "labkit.lab"),
    ],
)
def test_a_package_that_is_missing_is_one_readable_paragraph(code, error, says):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, labkit; {code}"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    *_, last = done.stderr.strip().splitlines()
    assert error in last
    assert says in last
    assert ("direct cause" in done.stderr, "During handling" in done.stderr) == (False, False)
