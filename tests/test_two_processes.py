"""`labkit serve issuer` and `labkit serve inspections`: two processes joined by a URL alone."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest

from labkit import cli

ROOT = Path(__file__).parents[1]
CANARY = "canary-0123456789abcdef"


class Serving:
    """``labkit serve`` in a process of its own; its output is kept, whoever reads the URL."""

    def __init__(self, home, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "labkit", "serve", arguments[0], "--port", "0", *arguments[1:]],
            env={**os.environ, "LABKIT_HOME": str(home), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
        self.lines, self.url, self._has_url = [], None, threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(r"on (http://\S+?), until Ctrl-C", line):
                self.url = found[1]
                self._has_url.set()
        self._has_url.set()

    def __enter__(self):
        assert self._has_url.wait(120)
        assert self.url is not None, "".join(self.lines)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()

    @property
    def output(self):
        return "".join(self.lines)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with Serving(home, "issuer") as issuer:
        database = f"sqlite:///{(home / 'lab.sqlite').as_posix()}"
        trust = ("--issuer", issuer.url, "--database-url", database)
        with Serving(home, "inspections", *trust) as inspections:
            yield issuer, inspections


def token_from(issuer, capsys, user):
    assert cli.main(["token", "--issuer", issuer.url, "--user", user]) == 0
    return capsys.readouterr().out.strip()


def test_a_token_of_one_process_opens_the_other(pair, capsys):
    issuer, inspections = pair
    token = token_from(issuer, capsys, "operator-b")
    answer = httpx2.get(f"{inspections.url}/lines", headers={"Authorization": f"Bearer {token}"})
    assert [line["id"] for line in answer.json()["items"]] == ["B1", "B2", "B3"]
    assert httpx2.get(f"{inspections.url}/lines").status_code == 401


def test_each_says_where_the_other_is(pair):
    issuer, inspections = pair
    well_known = f"{inspections.url}/.well-known/oauth-protected-resource"
    assert httpx2.get(well_known).json()["authorization_servers"] == [issuer.url]
    metadata = httpx2.get(f"{issuer.url}/.well-known/oauth-authorization-server").json()
    assert metadata["jwks_uri"] == f"{issuer.url}/jwks.json"


def test_the_log_of_a_process_holds_no_token_and_no_secret(tmp_path, capsys):
    """A query is logged by many servers: a secret that was put there by mistake mustn't be."""
    with Serving(tmp_path, "issuer") as issuer:
        database = f"sqlite:///{(tmp_path / 'lab.sqlite').as_posix()}"
        trust = ("--issuer", issuer.url, "--database-url", database)
        with Serving(tmp_path, "inspections", *trust) as inspections:
            token = token_from(issuer, capsys, "operator-a")
            bearer = {"Authorization": f"Bearer {token}"}
            httpx2.get(f"{inspections.url}/lines", headers=bearer)
            httpx2.get(f"{inspections.url}/lines", params={"access_token": CANARY})
            httpx2.get(f"{inspections.url}/lines", headers={"Authorization": f"Bearer {CANARY}"})
            form = {"grant_type": "client_credentials", "client_secret": CANARY}
            httpx2.post(f"{issuer.url}/token", params=form)
            httpx2.post(f"{issuer.url}/token", data={**form, "client_id": "agent"})
        said = issuer.output + inspections.output
    assert '"method": "GET", "path": "/lines"' in said
    assert '"method": "POST", "path": "/token"' in said
    assert CANARY not in said
    for part in token.split("."):
        assert part not in said


def test_inspections_start_before_the_issuer_and_wait_for_it(tmp_path, capsys):
    """Nobody has to start them in order: until the issuer is there, callers hear 503."""
    with Serving(tmp_path, "issuer") as gone:
        port = gone.url.rsplit(":", 1)[1]
        token = token_from(gone, capsys, "operator-a")
    bearer = {"Authorization": f"Bearer {token}"}
    database = f"sqlite:///{(tmp_path / 'lab.sqlite').as_posix()}"
    trust = ("--issuer", gone.url, "--database-url", database)
    with Serving(tmp_path, "inspections", *trust) as inspections:
        answer = httpx2.get(f"{inspections.url}/lines", headers=bearer)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        with (
            contextlib.closing(httpx2.Client()) as http,
            Serving(tmp_path, "issuer", "--port", port),
        ):
            fresh = token_from(gone, capsys, "operator-a")
            statuses = []
            while not statuses or statuses[-1] == 503:
                headers = {"Authorization": f"Bearer {fresh}"}
                statuses.append(http.get(f"{inspections.url}/lines", headers=headers).status_code)
            assert statuses[-1] == 200
            # The first issuer's key is gone with it; whether its tokens are good can be told now.
            assert http.get(f"{inspections.url}/lines", headers=bearer).status_code == 401
    assert json.loads(answer.text)["status"] == 503
