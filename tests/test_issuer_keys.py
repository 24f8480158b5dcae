"""An operator changes the keys of an issuer that runs as two processes, and both follow."""

import contextlib
import re
import signal
import stat
import subprocess
import sys

import httpx2
import pytest
from test_cli import ROOT, Serving, posix_only, refused

from labkit import cli
from labkit.errors import InvalidToken
from labkit.tokens import AccessTokenPolicy

ISSUER = "http://127.0.0.1:8001"
POLICY = AccessTokenPolicy(ISSUER, "inspections")
SIGN_IN = {
    "grant_type": "urn:labkit:grant-type:local-sign-in", "client_id": "notebook",
    "username": "operator-a", "audience": "inspections", "scope": "inspections:read",
}  # fmt: skip


@pytest.fixture
def where(tmp_path):
    url = f"sqlite:///{(tmp_path / 'issuer.sqlite').as_posix()}"
    return ["--issuer", ISSUER, "--database-url", url]


@pytest.fixture
def two(where):
    """Two processes of one issuer, each by its address."""
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(Serving("issuer", "--port", "0", *where)) for _ in range(2)]
        urls = [each.url() for each in running]
        for each in running:
            each.read_until("startup complete")
        yield urls


def keys(step, where, *more):
    """Run ``labkit keys`` in a process of its own; returns the names of the keys by their state."""
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "keys", step, *where, *more],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = [line.split()[:2] for line in done.stdout.splitlines()]
    assert not re.search(r"PRIVATE|\"d\"", done.stdout)
    return {state: [kid for each, kid in found if each == state] for state, _ in found}


def published(url):
    return httpx2.get(f"{url}/jwks.json").json()


def token_of(url):
    return httpx2.post(f"{url}/token", data=SIGN_IN).json()["access_token"]


def test_a_rotation_reaches_both_processes_and_refuses_no_token(two, where):
    tokens = [token_of(url) for url in two]
    [first] = keys("list", where)["active"]
    for _ in range(2):
        now = keys("rotate", where)
        for url in two:
            kids = [jwk["kid"] for jwk in published(url)["keys"]]
            assert sorted(kids) == sorted(now["active"] + now["next"] + now["retired"])
            tokens.append(token_of(url))
            for token in tokens:
                assert POLICY.verify(token, published(url)).subject == "operator-a"
    assert now["retired"][0] == first
    assert keys("list", where) == now


def test_a_removed_key_is_gone_from_both_processes_and_its_tokens_with_it(two, where):
    tokens = [token_of(url) for url in two]
    [stolen] = keys("list", where)["active"]
    now = keys("remove", where, stolen)
    assert now["removed"] == [stolen]
    assert keys("remove", where, stolen) == now
    for url in two:
        assert [jwk["kid"] for jwk in published(url)["keys"]] == now["active"] != [stolen]
        POLICY.verify(token_of(url), published(url))
        for token in tokens:
            with pytest.raises(InvalidToken):
                POLICY.verify(token, published(url))


@posix_only
def test_workers_of_one_issuer_share_its_keys_and_nobody_else_reads_them(where, tmp_path):
    with Serving("issuer", "--port", "0", "--workers", "2", *where) as issuing:
        url = issuing.url()
        for _ in range(2):
            issuing.read_until("startup complete")
        sets = [published(url) for _ in range(20)]  # A new connection each: any worker's.
        assert all(each == sets[0] for each in sets)
        now = keys("rotate", where)
        assert {published(url)["keys"][0]["kid"] for _ in range(20)} == set(now["active"])
        assert issuing.end(signal.SIGINT) == 0  # Killed, it would leave its workers behind.
    files = [path for path in tmp_path.iterdir() if path.name.startswith("issuer.sqlite")]
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_keys_outlive_the_process(where):
    for _ in range(2):
        with Serving("issuer", "--port", "0", *where) as issuing:
            url = issuing.url()
            issuing.read_until("startup complete")
            kid = published(url)["keys"][0]["kid"]
        assert keys("list", where) == {"active": [kid]}


@pytest.mark.parametrize("step", ["list", "rotate", "remove"])
def test_whose_keys_and_where_has_to_be_said(capsys, step):
    more = ["kid"] if step == "remove" else []
    code, line = refused(["keys", step, *more], capsys)
    assert code == 2
    assert "--issuer" in line
    assert "--database-url" in line


def test_the_database_of_the_inspections_is_not_taken_for_the_keys(capsys, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///lab.sqlite")
    code, line = refused(["keys", "list", "--issuer", ISSUER], capsys)
    assert (code, "LABKIT_ISSUER_DATABASE_URL" in line) == (2, True)
    code, line = refused(["serve", "issuer", "--workers", "2"], capsys)
    assert (code, "LABKIT_ISSUER_DATABASE_URL" in line) == (2, True)


def test_the_environment_says_whose_and_where_too(capsys, monkeypatch, where):
    monkeypatch.setenv("LABKIT_ISSUER_URL", where[1])
    monkeypatch.setenv("LABKIT_ISSUER_DATABASE_URL", where[3])
    assert "isn't there" in refused(["keys", "list"], capsys)[1]


@pytest.mark.parametrize("step", ["list", "rotate"])
def test_what_holds_no_keys_of_this_issuer_is_named_and_stays_as_it_is(
    capsys, tmp_path, where, step
):
    assert "isn't there" in refused(["keys", step, *where], capsys)[1]
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "issuer.sqlite").write_bytes(b"")
    assert "holds no issuer's keys: no such table" in refused(["keys", step, *where], capsys)[1]
    (tmp_path / "issuer.sqlite").write_bytes(b"no database, but a long text" * 99)
    assert "not a database" in refused(["keys", step, *where], capsys)[1]
    (tmp_path / "issuer.sqlite").unlink()
    with Serving("issuer", "--port", "0", *where) as issuing:
        issuing.read_until("startup complete")
    other = ["--issuer", "http://127.0.0.1:9", *where[2:]]
    assert "no keys of this issuer" in refused(["keys", step, *other], capsys)[1]
    code, line = refused(["keys", "remove", *where, "canary"], capsys)
    assert (code, "no key of the ring has this kid" in line) == (2, True)
    assert cli.main(["keys", "list", *where]) == 0


@posix_only
def test_a_database_that_others_can_read_gets_no_key(capsys, tmp_path, where):
    (tmp_path / "issuer.sqlite").touch(0o644)
    (tmp_path / "issuer.sqlite").chmod(0o644)
    code, line = refused(["serve", "issuer", "--port", "0", *where], capsys)
    assert (code, "chmod 600" in line) == (1, True)
