"""The outside search service: who may ask, what is found, and its faults, which are on purpose."""

import asyncio

import pytest
from service_kit import ISSUER, bearer, client_of

from labkit.clock import LESSON_CLOCK
from labkit.errors import UsageError
from labkit.services import search
from labkit.services.notices import NOTICES
from labkit.services.ratelimit import MAX_CALLERS, RateLimit
from labkit.services.scopes import SEARCH, SEARCH_READ
from labkit.services.search import SearchConfig, best_of
from labkit.settings import Settings
from labkit.tokens import JwksClient

URL = "http://search.test"


@pytest.fixture
def running(issuer_app):
    """Start a search service with some settings; gives a client."""

    def start(**changes):
        config = SearchConfig(
            issuer=ISSUER,
            jwks_url=f"{ISSUER}/jwks.json",
            url=URL,
            new_jwks_client=lambda url: JwksClient(url, http=client_of(issuer_app, ISSUER)),
            **{"delay_s": 0.0, "fails_every": 0, **changes},
        )
        return _Running(search.create_app(config))

    return start


class _Running:
    def __init__(self, app):
        self.app = app

    async def __aenter__(self):
        self.life = self.app.router.lifespan_context(self.app)
        await self.life.__aenter__()
        self.client = client_of(self.app, URL)
        return self.client

    async def __aexit__(self, *error):
        await self.client.aclose()
        await self.life.__aexit__(*error)


@pytest.fixture
def token(token_of):
    return token_of("operator-a", audience=SEARCH, scopes=[SEARCH_READ])


def ask(client, token, q="worn gripper pads", **query):
    return client.get("/search", params={"q": q, **query}, headers=bearer(token))


async def test_who_has_the_scope_for_this_audience_is_answered(running, token):
    async with running() as client:
        response = await ask(client, token)
        assert response.status_code == 200
        assert response.json()["items"][0]["id"] in {"n01", "n02"}


async def test_a_token_for_inspections_is_worth_nothing_here(running, token_of):
    async with running() as client:
        assert (await ask(client, token_of("operator-a"))).status_code == 401


async def test_without_a_token_401_and_without_the_scope_403(running, token_of):
    bare = token_of("operator-a", audience=SEARCH, scopes=[])
    async with running() as client:
        refused = await client.get("/search", params={"q": "x"})
        assert refused.status_code == 401
        assert "resource_metadata" in refused.headers["www-authenticate"]
        lacking = await ask(client, bare)
        assert lacking.status_code == 403
        assert f'scope="{SEARCH_READ}"' in lacking.headers["www-authenticate"]


async def test_every_third_search_fails_and_says_when_to_come_back(running, token):
    async with running(fails_every=3) as client:
        answers = [await ask(client, token) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200, 200, 503, 200, 200, 503]
        assert answers[2].headers["retry-after"] == str(search.RETRY_SOON_S)
        assert answers[2].headers["content-type"] == "application/problem+json"


async def test_who_asks_too_often_is_told_to_wait_and_the_others_are_not(running, token, token_of):
    other = token_of("operator-b", audience=SEARCH, scopes=[SEARCH_READ])
    async with running(requests_per_minute=2) as client:
        answers = [await ask(client, token) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[2].headers["retry-after"]) <= 60
        assert (await ask(client, other)).status_code == 200


async def test_a_refused_stranger_uses_up_nobodys_turn(running, token, token_of):
    async with running(requests_per_minute=1) as client:
        for _ in range(3):
            await ask(client, token_of("operator-a"))
        assert (await ask(client, token)).status_code == 200


async def test_waiting_searches_do_not_wait_for_each_other(running, token):
    """Each waits; all are inside at the same time."""
    inside, most = 0, 0

    async def counting(seconds):
        nonlocal inside, most
        inside, most = inside + 1, max(most, inside + 1)
        await real(seconds)
        inside -= 1

    real = asyncio.sleep
    async with running(delay_s=0.01) as client:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search.asyncio, "sleep", counting)
            await asyncio.gather(*(ask(client, token) for _ in range(5)))
    assert most == 5


@pytest.mark.parametrize("query", [{"q": ""}, {"q": "x" * 301}, {"limit": 0}, {"limit": 11}])
async def test_a_search_that_cannot_be_meant_is_refused(running, token, query):
    async with running() as client:
        assert (await ask(client, token, **query)).status_code == 422


async def test_health_and_metadata_are_for_anybody(running):
    async with running() as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
        metadata = (await client.get("/.well-known/oauth-protected-resource")).json()
        assert metadata["scopes_supported"] == [SEARCH_READ]
        assert metadata["resource"] == URL


# What fits


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("Which batch of gripper pads was recalled?", "n02"),
        ("how many parts prove a rate", "n04"),
        ("chatter marks", "n14"),
        ("Why do scratches appear on turbine blades", "n06"),
        ("coolant stain", "n05"),
    ],
)
def test_the_best_notice_comes_first(question, best):
    assert best_of(NOTICES, question, 3)[0]["id"] == best


def test_what_fits_nothing_finds_nothing_and_small_words_do_not_count():
    assert best_of(NOTICES, "xylophone", 3) == []
    assert best_of(NOTICES, "the a of and is", 3) == []


def test_no_more_is_given_than_asked_for_and_every_notice_is_of_its_own():
    assert len(best_of(NOTICES, "parts camera rate scratches", 2)) == 2
    assert len({notice.id for notice in NOTICES}) == len(NOTICES)


# The limit


def test_a_window_moves_on():
    now = 0.0
    limit = RateLimit(2, window_s=10, monotonic=lambda: now)
    assert [limit.wait_s("a") for _ in range(3)] == [0, 0, 10]
    now = 9.5
    assert limit.wait_s("a") == 1
    now = 10.0
    assert [limit.wait_s("a") for _ in range(3)] == [0, 0, 10]


def test_the_callers_that_are_remembered_are_bounded():
    limit = RateLimit(1)
    for number in range(MAX_CALLERS + 1):
        limit.wait_s(str(number))
    assert limit.wait_s("0") == 0  # Forgotten: it was the oldest.
    assert limit.wait_s(str(MAX_CALLERS)) > 0


# Configuration


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ""}, {"jwks_url": None}, {"delay_s": -1}, {"fails_every": -1},
        {"delay_s": "0.1"}, {"delay_s": None},
        {"fails_every": True}, {"profile": "open"}, {"profile": "exposed", "clock": LESSON_CLOCK},
    ],
)  # fmt: skip
def test_a_configuration_that_cannot_work_is_refused(changes):
    with pytest.raises(UsageError):
        SearchConfig(**{"issuer": ISSUER, "jwks_url": f"{ISSUER}/jwks.json", **changes})


def test_limits_that_let_nobody_ask_are_refused():
    for requests in (0, -1, True, "3"):
        with pytest.raises(UsageError):
            RateLimit(requests)


def test_from_the_environment_it_needs_to_know_whom_to_trust(monkeypatch):
    monkeypatch.delenv("LABKIT_ISSUER_URL", raising=False)
    with pytest.raises(UsageError, match="LABKIT_ISSUER_URL"):
        search.create_app()
    monkeypatch.setenv("LABKIT_ISSUER_URL", ISSUER)
    app = search.create_app()
    assert app.state.config.jwks_url == f"{ISSUER}/jwks.json"
    assert Settings.from_environment().issuer_url == ISSUER


def test_only_its_own_configuration_is_taken():
    with pytest.raises(UsageError, match="SearchConfig"):
        search.create_app({"issuer": ISSUER})
