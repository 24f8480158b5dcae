"""What is missing on a machine, told by code that needs nothing itself."""

import ast
import importlib.util
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from labkit import doctor
from labkit.doctor import Verdict, examine
from labkit.rehearsal import meaning

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path / "home"))
    return tmp_path


def only(*names):
    """The verdicts of the named checks alone."""
    return [verdict for name in names for verdict in getattr(doctor, f"_{name}")()]


def states(verdicts):
    return [verdict.state for verdict in verdicts]


def test_this_machine_has_all_that_labkit_needs():
    assert "missing" not in states(examine())


def test_a_verdict_is_one_line_with_the_command_that_mends_it():
    assert str(Verdict("ok", "Python 3.11.7")) == "ok        Python 3.11.7"
    assert str(Verdict("missing", "numpy", "pip install numpy")) == (
        "missing   numpy; mend it: pip install numpy"
    )


# --- Python ------------------------------------------------------------------------------------


def test_a_python_that_is_too_old_is_all_it_says(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
    (verdict,) = examine()
    assert verdict.state == "missing"
    assert "3.11 or newer (this is 3.10.13)" in verdict.text


def test_the_oldest_python_is_the_one_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=" + ".".join(map(str, doctor.MINIMUM_PYTHON))


def test_it_needs_only_the_standard_library_at_import():
    tree = ast.parse((ROOT / "labkit" / "doctor.py").read_text(), feature_version=(3, 10))
    top = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in top} <= sys.stdlib_module_names


def old_python():
    """A Python 3.10 of this machine, or None."""
    for name in ("python3.10", *map(str, Path.home().glob(".pyenv/versions/3.10*/bin/python"))):
        if (path := shutil.which(name)) and subprocess.run([path, "--version"]).returncode == 0:
            return path
    return None


@pytest.mark.parametrize("command", [["doctor"], ["--help"], ["serve", "nothing"]])
def test_python_3_10_is_answered_in_words(command):
    python = old_python()
    if python is None:
        pytest.skip("no Python 3.10 on this machine")
    done = subprocess.run(
        [python, "-m", "labkit", *command], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert "Traceback" not in done.stderr
    if command == ["doctor"]:
        assert done.returncode == 1
        assert done.stdout.startswith("missing   Python 3.11 or newer (this is 3.10.")


# --- packages ------------------------------------------------------------------------------------


def with_versions(monkeypatch, installed):
    """Pretend that labkit requires three packages and that *installed* is what is there."""
    wanted = ["fastapi[all]>=0.140", "ipykernel>=7.1 ; extra == 'course'", "ruff; extra == 'test'"]

    def version(name):
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(metadata, "requires", lambda name: wanted)
    monkeypatch.setattr(metadata, "version", version)


def test_packages_that_are_there_are_one_line_each_purpose(monkeypatch):
    with_versions(monkeypatch, {"fastapi": "0.165.0", "ipykernel": "7.1", "ruff": "0"})
    assert states(only("packages")) == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ({"ipykernel": "7.4", "ruff": "1"}, ("missing", "fastapi[all]>=0.140", "none")),
        ({"fastapi": "0.99", "ipykernel": "7.4", "ruff": "1"}, ("missing", "fastapi", "0.99")),
        ({"fastapi": "1.0", "ipykernel": "7.0.9", "ruff": "1"}, ("missing", "ipykernel", "7.0.9")),
        ({"fastapi": "1.0", "ipykernel": "7.10"}, ("optional", "ruff", "none")),
    ],
)
def test_a_package_that_lacks_or_is_too_old_is_named(monkeypatch, installed, expected):
    with_versions(monkeypatch, installed)
    (verdict,) = [v for v in only("packages") if v.state != "ok"]
    state, requirement, found = expected
    assert verdict.state == state
    assert requirement in verdict.text
    assert f"({found} is installed)" in verdict.text
    assert "-m pip install" in verdict.mend


def test_labkit_that_was_never_installed_is_told_so(monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    (verdict,) = only("packages")
    assert verdict == Verdict("missing", "labkit isn't installed for this Python", doctor.SETUP)


def test_the_requirements_of_labkit_are_all_understood():
    lines = metadata.requires("labkit")
    assert all(doctor._REQUIREMENT.match(line)["name"] for line in lines)
    extras = {doctor._REQUIREMENT.match(line)["extra"] for line in lines}
    assert {extra for extra, _, _ in doctor.PURPOSES} <= extras


def test_word_vectors_that_cannot_be_read_are_told_with_what_mends_them(monkeypatch, tmp_path):
    assert states(only("model")) == ["ok"]
    meaning._table.cache_clear()
    meaning._vector.cache_clear()
    monkeypatch.setattr(meaning, "_home", lambda: tmp_path)
    (verdict,) = only("model")
    assert verdict.state == "missing"
    assert verdict.mend.endswith('-m pip install --force-reinstall "wordllama"')


# --- folders ---------------------------------------------------------------------------


def test_folders_that_will_be_made_are_fine_and_are_not_made(home):
    assert states(only("folders")) == ["ok", "ok", "ok"]
    assert not (home / "home").exists()


def test_a_home_that_is_a_file_is_named_with_the_variable(home, monkeypatch):
    (home / "home").write_text("in the way")
    verdict = only("folders")[0]
    assert verdict.state == "missing"
    assert "LABKIT_HOME" in verdict.mend


def test_a_full_disk_is_told_in_megabytes(monkeypatch):
    usage = shutil.disk_usage(tempfile.gettempdir())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=7_000_000))
    assert states(only("folders")) == ["missing"] * 3
    assert "(there are 7)" in only("folders")[0].text


def test_a_variable_that_cannot_be_used_is_named(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "public")
    (verdict,) = only("folders")
    assert "LABKIT_PROFILE" in verdict.text


def test_settings_that_cannot_be_imported_name_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    monkeypatch.delitem(sys.modules, "labkit.settings")
    (verdict,) = only("folders")
    assert "platformdirs" in verdict.text


# --- ports, kernel, browser ------------------------------------------------------------


def test_a_machine_that_forbids_ports_is_told(monkeypatch):
    def no(*args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", no)
    (verdict,) = only("loopback")
    assert verdict.state == "missing"
    assert "Permission denied" in verdict.text


@pytest.mark.parametrize("how", ["fails", "hangs", "absent"])
def test_a_kernel_that_does_not_start_is_told(monkeypatch, how):
    def run(command, **options):
        if how == "hangs":
            raise subprocess.TimeoutExpired(command, 1)
        if how == "absent":
            raise OSError(2, "No such file")
        return subprocess.CompletedProcess(command, 1, "", "no module")

    monkeypatch.setattr(subprocess, "run", run)
    (verdict,) = only("kernel")
    assert verdict.state == "missing"
    assert "ipykernel" in verdict.mend


@pytest.mark.parametrize(
    ("which", "spec", "code", "state"),
    [
        ("/usr/bin/chromium", None, 0, "ok"),
        (None, None, 0, "optional"),
        (None, "playwright", 0, "ok"),
        (None, "playwright", 1, "optional"),
    ],
)
def test_a_browser_is_looked_for_in_both_places(monkeypatch, which, spec, code, state):
    monkeypatch.setattr(shutil, "which", lambda name: which)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    answer = subprocess.CompletedProcess([], code, f"{__file__}\n", "")
    monkeypatch.setattr(subprocess, "run", lambda command, **options: answer)
    (verdict,) = only("browser")
    assert verdict.state == state


def test_a_check_that_breaks_is_a_finding_and_the_rest_goes_on(monkeypatch):
    def _broken():
        raise ZeroDivisionError

    def _fine():
        yield Verdict("ok", "fine")

    monkeypatch.setattr(doctor, "CHECKS", (_broken, _fine))
    verdicts = list(examine())
    assert states(verdicts) == ["ok", "missing", "ok"]
    assert "ZeroDivisionError" in verdicts[1].text
