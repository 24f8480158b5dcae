"""A chat with an agent that asks a scripted model over a real socket."""

import pytest
from agent.model_kit import ScriptedModel

from labkit import Agent
from labkit.server import Server


@pytest.fixture
def model():
    return ScriptedModel()


@pytest.fixture
def agent_of(model):
    """Make an agent with tools and options."""
    server = Server(lambda _url: model, name="model")
    server.start()

    def make(*tools, **options):
        return Agent("scripted", tools, base_url=f"{server.url}/v1", api_key="key", **options)

    yield make
    server.stop()
