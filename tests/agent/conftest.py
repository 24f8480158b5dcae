"""An agent that asks a scripted model over a real socket."""

import asyncio

import pytest
from model_kit import ScriptedModel

from labkit import Agent
from labkit.server import Server
from labkit.settings import Settings


@pytest.fixture
def model():
    return ScriptedModel()


@pytest.fixture
def url(model):
    server = Server(lambda _url: model, name="model")
    server.start()
    yield f"{server.url}/v1"
    server.stop()


@pytest.fixture
def agent_of(url):
    """Make an agent with tools and options."""

    def make(*tools, **options):
        return Agent("scripted", tools, **{"base_url": url, "api_key": "key-canary", **options})

    return make


@pytest.fixture(autouse=True)
def _no_endpoint_in_the_environment(monkeypatch):
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "LABKIT_MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, cache=tmp_path)


@pytest.fixture
def loops_end():
    """Run coroutines on a loop of their own that is closed behind them."""
    return asyncio.run
