"""A chat with an agent that asks a scripted model over a real socket."""

import asyncio
import threading

import pytest
from agent.model_kit import ScriptedModel

from labkit import Agent, tool
from labkit.server import Server


@pytest.fixture
def model():
    return ScriptedModel()


@pytest.fixture
def model_url(model):
    """Where the scripted model listens."""
    server = Server(lambda _url: model, name="model")
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def agent_of(model_url):
    """Make an agent with tools and options."""

    def make(*tools, **options):
        return Agent("scripted", tools, base_url=f"{model_url}/v1", api_key="key", **options)

    return make


@pytest.fixture
def endless():
    """A tool that waits for ever, and says when it was stopped."""
    stopped = threading.Event()

    @tool
    async def endless() -> str:
        """Never ends."""
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return "never"

    endless_tool = endless
    return endless_tool, stopped
