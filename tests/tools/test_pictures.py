"""The picture of the README is taken over from a test that passed, and from no other."""

import subprocess

import pictures
import pytest


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone in which the test has taken a picture and ended with `code`."""
    (tmp_path / "test-output").mkdir()
    (tmp_path / pictures.TAKEN).write_bytes(b"new")
    (tmp_path / pictures.SHOWN).write_bytes(b"old")

    def ends(code):
        def run(command, **options):
            assert command[-1] == pictures.TEST
            assert options["env"]["CI"] == "true"
            return subprocess.CompletedProcess(command, code)

        monkeypatch.setattr(subprocess, "run", run)
        return tmp_path

    return ends


@pytest.mark.parametrize(("code", "shown"), [(0, b"new"), (1, b"old"), (5, b"old")])
def test_only_a_test_that_passed_changes_the_picture(clone, code, shown):
    root = clone(code)
    assert pictures.main(root) == code
    assert (root / pictures.SHOWN).read_bytes() == shown
