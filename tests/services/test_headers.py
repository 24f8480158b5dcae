"""What a browser is told about an answer, and whose pages may ask, over real sockets."""

import base64
import hashlib
import re

import pytest
from hardening_kit import Probe, live, request
from service_kit import client_of

from labkit.errors import UsageError
from labkit.instruments import raw_request
from labkit.services.hardening import HardeningConfig

PAGE, EVIL = "https://lab.example.org", "https://evil.test"
EVERY = {
    "x-content-type-options": ["nosniff"],
    "content-security-policy": ["default-src 'none'; frame-ancestors 'none'"],
    "referrer-policy": ["no-referrer"],
    "cache-control": ["no-store"],
    "strict-transport-security": [],
}


@pytest.fixture(scope="module")
def server():
    with live(Probe().app()) as server:
        yield server


@pytest.fixture(scope="module")
def shared():
    """The same, open to one origin."""
    with live(Probe().app(hardening=HardeningConfig(origins=(PAGE,)))) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "options"),
    [("/ok", {}), ("/none", {}), ("/boom", {}), ("/ok", {"host": "evil.test"}), ("/ok%00", {}),
     ("/ok", {"method": "OPTIONS"}), ("/ok", {"method": "HEAD"}),
     ("/orders", {"method": "POST", "headers": ["Content-Length: 20000000"]}),
     ("/late-boom", {}), ("/openapi.json", {})],
)  # fmt: skip
def test_every_answer_has_them_once(server, path, options):
    answer = raw_request(server.url, request(path, **options))
    assert {name: answer.values(name) for name in EVERY} == EVERY


async def test_over_tls_a_browser_is_told_to_stay_there():
    async with client_of(Probe().app(), "https://probe.test") as client:
        assert "max-age" in (await client.get("/ok")).headers["strict-transport-security"]


def test_the_docs_page_allows_its_own_script_by_its_hash_and_no_other(server):
    page = raw_request(server.url, request("/docs"))
    (policy,) = page.values("content-security-policy")
    (script,) = re.findall(rb"<script>(.*?)</script>", page.body, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy[policy.index("script-src") : policy.index("style-src")]
    assert "unsafe-eval" not in policy


def test_the_files_of_the_docs_page_may_be_kept(server):
    answer = raw_request(server.url, request("/docs/favicon.png"))
    assert answer.values("cache-control") == ["max-age=3600"]


# --- CORS -------------------------------------------------------------------------------------


def preflight(origin, *, method="POST", headers="authorization,content-type"):
    lines = [f"Origin: {origin}", f"Access-Control-Request-Method: {method}"]
    return request(
        "/orders", "OPTIONS", headers=[*lines, f"Access-Control-Request-Headers: {headers}"]
    )


def allowed(answer):
    return answer.values("access-control-allow-origin")


@pytest.mark.parametrize("origin", [PAGE, EVIL, "null", "http://127.0.0.1:8888"])
def test_without_a_list_no_page_of_another_origin_may_read_anything(server, origin):
    assert allowed(raw_request(server.url, request("/ok", headers=[f"Origin: {origin}"]))) == []
    answer = raw_request(server.url, preflight(origin))
    assert (answer.status, allowed(answer)) == (405, [])


def test_a_page_on_the_list_may_ask_and_read_errors_too(shared):
    answer = raw_request(shared.url, preflight(PAGE))
    assert (answer.status, allowed(answer)) == (200, [PAGE])
    assert "POST" in answer.values("access-control-allow-methods")[0]
    assert answer.values("access-control-allow-credentials") == []
    for path, status in (("/ok", 200), ("/none", 404), ("/boom", 500)):
        answer = raw_request(shared.url, request(path, headers=[f"Origin: {PAGE}"]))
        assert (answer.status, allowed(answer)) == (status, [PAGE])
        assert "X-Request-ID" in answer.values("access-control-expose-headers")[0]
        assert answer.values("vary") == ["Origin"]


@pytest.mark.parametrize(
    "origin", [EVIL, "null", PAGE + ".evil.test", PAGE.upper(), "http://lab.example.org", "*"]
)
def test_any_other_page_may_not(shared, origin):
    assert allowed(raw_request(shared.url, request("/ok", headers=[f"Origin: {origin}"]))) == []
    answer = raw_request(shared.url, preflight(origin))
    assert (answer.status, allowed(answer)) == (400, [])


@pytest.mark.parametrize(
    "asked", [{"method": "TRACE"}, {"headers": "x-evil"}, {"headers": "cookie"}]
)
def test_a_preflight_for_what_no_client_needs_fails(shared, asked):
    assert raw_request(shared.url, preflight(PAGE, **asked)).status == 400


@pytest.mark.parametrize(
    "origins",
    [("*",), ("null",), ("lab.example.org",), (PAGE + "/",), ("https://*.example.org",), PAGE,
     ("HTTPS://lab.example.org",), ("ftp://lab.example.org",), (None,), ("",), (PAGE + "?",)],
)  # fmt: skip
def test_what_is_no_exact_origin_is_refused(origins):
    with pytest.raises(UsageError, match="origin"):
        HardeningConfig(origins=origins)
