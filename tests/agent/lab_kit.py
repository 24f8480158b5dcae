"""What the tests of the lab's agent share: a lab whose agent asks a scripted model."""

import json

from model_kit import calls, says

from labkit.settings import Settings


def settings_for(url, home, **more):
    """Return settings that send the agent to a scripted model at *url*."""
    return Settings(home=home, cache=home / "cache", model_url=url, model="scripted", **more)


async def yes(_asked):
    return True


def made(lab, model, name, arguments, user="quality-lead", approve=yes):
    """Let the model ask for one call on behalf of *user*; return how it ended."""
    model.answers(calls((name, arguments)), says("done"))
    (call,) = lab.ask("go", user, approve=approve).tool_calls
    return call


def content_of(call):
    return json.loads(call.content)
