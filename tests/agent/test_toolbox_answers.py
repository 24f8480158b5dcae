"""What a service's answer becomes, also where none of our services would answer like that."""

import httpx2
import pytest

from labkit.agent import Agent, Authority, BoundAgent
from labkit.agent.toolbox.answers import segment, told
from labkit.errors import ServiceError


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (httpx2.Response(503), "can't do this now \\(503\\): try again later"),
        (httpx2.Response(429), "can't do this now \\(429\\): try again later"),
        (httpx2.Response(401), "doesn't allow this user that \\(401\\)"),
        (httpx2.Response(422, text="<html>"), "it doesn't say why"),
        (httpx2.Response(422, json={"errors": [{"where": "query.q", "detail": "no"}]}), "query.q"),
        (httpx2.Response(418), "failed \\(418\\)"),
    ],
)
def test_each_refusal_says_what_to_do(response, says):
    with pytest.raises(ServiceError, match=says):
        told(response)


@pytest.mark.parametrize("name", ["", ".", "..", "..."])
def test_what_cant_be_a_segment_of_a_path_isnt_there(name):
    with pytest.raises(ServiceError, match="not there"):
        segment(name, "not there")
    assert segment("a/../b?c#d", "") == "a%2F..%2Fb%3Fc%23d"


def test_a_bound_agent_shows_whom_it_acts_for_and_nothing_else(url):
    who = Authority(subject="someone", actor="agent", scopes=frozenset(), source=None)
    agent = Agent("scripted", [], base_url=url, api_key="key-canary")
    bound = BoundAgent(agent, who)
    assert (bound.user, bound.tools, bound.audit) == ("someone", agent.tools, agent.audit)
    assert repr(bound) == "<<Agent scripted: <Toolset empty>> for someone>"
