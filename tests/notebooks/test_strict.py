"""Strict: every saved output is what the code prints today."""

import re

import pytest
from notebook_rules import executed
from run_notebooks import SANITIZE, read, sanitized


def test_every_saved_output_is_what_the_code_prints_today(path, strict):
    done = strict(path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr


def test_the_pass_accepts_what_is_right_and_refuses_what_differs(plant, strict):
    assert strict(plant(("print(1 + 1)", "2\n"))).returncode == 0
    wrong = strict(plant(("print(1 + 1)", "3\n")))
    assert wrong.returncode == 1
    assert "mismatch" in wrong.stdout


def test_what_the_pass_overlooks_is_seen_by_the_one_that_reads_the_file(plant, strict):
    """nbval accepts a cell that was never run, and an unknown magic that hides an error."""
    unrun = plant(("x = 1", ""), counted=False)
    assert strict(unrun).returncode == 0
    assert executed(read(unrun)) == [
        "cell cell-1 ('x = 1') was run as None, not as 1: run all anew"
    ]
    magic = plant(("%nosuch\nraise ValueError", ""))
    assert len(executed(read(magic))) == 1


@pytest.mark.parametrize(
    ("one_run", "another"),
    [
        ("http://127.0.0.1:40123/lines", "http://127.0.0.1:53999/lines"),
        ("{'jti': 'UwbN0R3bQvW7v0tEJ5P2Ag'}", "{'jti': '9-b3yEJ6mE2_hPXq8t7v1A'}"),
        ('"kid": "' + "a" * 43, '"kid": "' + "b" * 43),
        ("exp=1795000000", "exp=1795000300"),
        ("took 12 ms", "took 7.25 ms"),
        ("took 0.4 s", "took 12.1 s"),
    ],
)
def test_a_live_cell_may_differ_in_ports_ids_moments_and_durations(one_run, another):
    assert sanitized(one_run) == sanitized(another) != one_run


@pytest.mark.parametrize(
    "offline",
    [
        "{'kid': 'INSECURE-teaching-issuer'}",
        "{'iat': 1772438400, 'exp': 1772438700}",
        "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
        "valid for 300 s",
        "200 OK",
    ],
)
def test_what_an_offline_cell_says_is_compared_to_the_letter(offline):
    assert sanitized(offline) == offline


def test_there_are_fewer_than_fifteen_rules_and_each_has_its_reason():
    text = SANITIZE.read_text(encoding="utf-8")
    rules = re.findall(r"^\[\w+\]\n(.)", text, re.MULTILINE)
    assert 0 < len(rules) < 15
    assert set(rules) == {"#"}
