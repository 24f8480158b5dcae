"""The set-up: instant when all is well, and one line on what to do when it isn't."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import setup_venv

ROOT = Path(__file__).parents[2]
posix_only = pytest.mark.skipif(
    os.name == "nt", reason="make and sh; Windows runs the Python lines"
)
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make isn't installed")


@pytest.fixture
def clone(tmp_path):
    """A clone whose .venv has a Python that runs and finds labkit, and was built to the end."""
    root = tmp_path / "clone"
    (root / "labkit").mkdir(parents=True)
    (root / "labkit" / "__init__.py").touch()
    for name in setup_venv.INPUTS:
        (root / name).write_text(name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.check_output([setup_venv.python_of(root), "-c", ask], text=True).strip()
    (Path(site) / "labkit.pth").write_text(str(root))
    (root / ".venv" / setup_venv.STAMP).write_text(setup_venv.digest(root))
    return root


@pytest.fixture
def steps(monkeypatch):
    """Record what the set-up would run, and run none of it."""
    ran = []
    real = subprocess.run

    def run(command, **options):
        if "venv" in command or "pip" in command:
            ran.append(command)
            return None
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", run)
    return ran


def built(steps):
    return ["--clear" in steps[0], len(steps)] if steps else []


def test_a_current_environment_is_left_alone(clone, steps):
    assert setup_venv.main(clone) == 0
    assert steps == []


@pytest.mark.parametrize("name", setup_venv.INPUTS)
def test_a_changed_lock_or_project_brings_it_up_to_date(clone, steps, name):
    (clone / name).write_text("changed")
    assert setup_venv.main(clone) == 0
    assert built(steps) == [False, 2]  # The lock, labkit itself; not .venv anew.
    assert setup_venv.is_current(clone)


def test_a_half_built_environment_is_built_anew(clone, steps):
    (clone / ".venv" / setup_venv.STAMP).unlink()
    assert setup_venv.main(clone) == 0
    assert built(steps) == [True, 3]


def test_a_clone_that_moved_gets_an_environment_of_its_own(clone, steps):
    moved = clone.with_name("moved")
    shutil.copytree(clone, moved, symlinks=True)  # Copied: the old one still answers.
    assert not setup_venv.is_current(moved)
    assert setup_venv.main(moved) == 0
    assert built(steps) == [True, 3]
    assert setup_venv.is_current(clone)


def test_an_environment_whose_python_is_gone_is_built_anew(clone, steps):
    Path(setup_venv.python_of(clone)).unlink()
    assert setup_venv.main(clone) == 0
    assert built(steps) == [True, 3]


def test_a_clone_without_environment_gets_one_from_hashes_alone(clone, steps):
    shutil.rmtree(clone / ".venv")
    (clone / ".venv").mkdir()  # In real life `venv` makes it.
    assert setup_venv.main(clone) == 0
    _, lock, itself = steps
    assert "--require-hashes" in lock
    assert {"--no-deps", "--no-build-isolation"} <= set(itself)


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (subprocess.CalledProcessError(1, "pip"), "the error above"),
        (KeyboardInterrupt(), "half-way"),
    ],
)
def test_a_set_up_that_stops_says_so_in_one_line_and_is_not_taken_for_whole(
    clone, monkeypatch, capsys, stop, said
):
    def fail(*_):
        raise stop

    (clone / "requirements.lock").write_text("changed")
    monkeypatch.setattr(setup_venv, "install", fail)
    assert setup_venv.main(clone) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not setup_venv.is_current(clone)


@pytest.mark.parametrize("version", [(3, 10), (3, 9), (2, 7)])
def test_a_python_that_is_too_old_is_told_how_to_name_another(version):
    said = setup_venv.missing_part(version)
    assert f"this is {version[0]}.{version[1]}" in said
    assert "make setup PYTHON=" in said
    assert "\n" not in said


def test_a_python_without_venv_is_told_debians_package(monkeypatch):
    monkeypatch.setattr(setup_venv.importlib.util, "find_spec", lambda name: name != "ensurepip")
    assert "sudo apt install python3.11-venv" in setup_venv.missing_part((3, 11))


def test_this_python_lacks_nothing_and_the_oldest_is_the_projects():
    assert setup_venv.missing_part(sys.version_info[:2]) == ""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = ".".join(map(str, setup_venv.OLDEST_PYTHON))
    assert project["requires-python"] == f">={oldest}"


OUTER_MAKE = {"PYTHON", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"}  # These tests may run under `make`.


def make(*arguments, **environment):
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env={**{k: v for k, v in os.environ.items() if k not in OUTER_MAKE}, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@posix_only
@needs_make
def test_make_names_the_python_that_it_lacks():
    done = make("setup", "PYTHON=/no/such/python")
    assert done.returncode == 2
    assert "found none by the name /no/such/python" in done.stderr.splitlines()[0]


@posix_only
@needs_make
def test_make_takes_the_first_python_that_is_new_enough(tmp_path):
    tools = {"make": shutil.which("make"), "sh": "/bin/sh", "python3.12": sys.executable}
    for name, target in tools.items():
        (tmp_path / name).symlink_to(target)
    for old in ("python3", "python3.11"):
        (tmp_path / old).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / old).chmod(0o755)
    shown = make("-n", "setup", PATH=str(tmp_path)).stdout
    assert '"python3.12" tools/setup_venv.py' in shown


@posix_only
@needs_make
def test_make_says_what_to_do_where_no_python_is_new_enough(tmp_path):
    for name, target in {"make": shutil.which("make"), "sh": "/bin/sh"}.items():
        (tmp_path / name).symlink_to(target)
    done = make("lab", PATH=str(tmp_path))
    assert done.returncode == 2
    assert "needs Python 3.11 or newer, found none: install it" in done.stderr.splitlines()[0]


@posix_only
@needs_make
@pytest.mark.parametrize("target", ["lab", "test", "bench", "lint", "notebooks"])
def test_every_target_sets_up_first(target):
    shown = make("-n", target).stdout
    assert 0 < shown.index("tools/setup_venv.py") < shown.index(".venv/bin/python ")


@posix_only
@needs_make
def test_cleaning_never_touches_what_the_learner_made():
    assert "work" not in make("-n", "clean").stdout.split()
