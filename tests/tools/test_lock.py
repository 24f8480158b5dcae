"""`make lock`: one resolution for every system, with hashes and without addresses."""

import shutil
import subprocess
from pathlib import Path

import lock
import pytest

ROOT = Path(__file__).parents[2]


def test_without_uv_it_says_how_to_get_it_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert lock.main(ROOT) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "needs uv" in line


@pytest.mark.parametrize("code", [0, 2])
def test_it_resolves_every_extra_and_the_build_backend_from_the_oldest_python_on(monkeypatch, code):
    calls = []

    def run(command, **options):
        calls.append((command, options))
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr(shutil, "which", lambda name: "/somewhere/uv")
    monkeypatch.setattr(subprocess, "run", run)
    assert lock.main(ROOT, "--upgrade") == code
    ((command, options),) = calls
    assert {"--all-extras", "--universal", "--generate-hashes", "--no-emit-index-url"} <= {*command}
    assert command[command.index("--python-version") + 1] == "3.11"
    assert command[-1] == "--upgrade"
    assert options["input"].startswith("flit_core")
