"""
What one answer of the rehearsal model costs, as a ratio to reading and writing its JSON.

`make bench` shows the table. In the test suite each measurement is made once, to see that it still
works; no time is asserted.

::

    floor     json.loads and json.dumps of the very request: what no endpoint can go without
    planning  parse_request, plan and completion, as the endpoint does for one request
    endpoint  the same through ASGI, without a socket; CPU of this process, in ms
"""

import json
import statistics
import sys
import time
from pathlib import Path

import httpx2
import pytest

sys.path.append(str(Path(__file__).parents[1] / "rehearsal"))

import judge

from labkit.rehearsal import parse_request, plan
from labkit.rehearsal.wire import check_length, completion
from labkit.services import model

QUESTIONS = (
    "Which line had the highest defect rate last week, and what does its runbook say?",
    "How has B2 been developing from day to day over the last three weeks?",
    "Put lot 4711 into quarantine, the discs have deep scratches.",
    "What is 17 % of 2,340?",
)
ROUNDS = 100


def requests(number):
    """Bodies with ten tools, no two of them the same."""
    tools = judge.toolsets()["lab"][:10]
    for each in range(number):
        asked = f"{QUESTIONS[each % len(QUESTIONS)]} ({each})"
        messages = [{"role": "user", "content": asked}]
        yield json.dumps({"model": "rehearsal", "messages": messages, "tools": tools}).encode()


def planned(body):
    request = parse_request(json.loads(body))
    check_length(request)
    return json.dumps(completion(request, plan(request)))


def cpu_ms(work, bodies):
    spent = []
    for body in bodies:
        before = time.process_time()
        work(body)
        spent.append(1e3 * (time.process_time() - before))
    return statistics.median(spent)


@pytest.fixture
def rounds(request):
    return ROUNDS if request.config.getoption("capture") == "no" else len(QUESTIONS)


def test_planning_is_measured_against_reading_and_writing_the_request(rounds):
    bodies = list(requests(rounds))
    floor = cpu_ms(lambda body: json.dumps(json.loads(body)), bodies)
    ours = cpu_ms(planned, bodies)
    print(
        f"  planning, ten tools {ours:8.2f} ms   floor {floor:6.3f} ms   ratio {ours / floor:6.1f}"
    )
    assert len(bodies) == rounds


async def test_the_endpoint_is_measured_as_a_client_sees_it(rounds):
    app = model.create_app(model.ModelConfig())
    spent, answers = [], []
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for body in requests(rounds + 1):
            before = time.process_time()
            answer = await client.post("/v1/chat/completions", content=body)
            spent.append(1e3 * (time.process_time() - before))
            answers.append(answer.status_code)
    print(f"  endpoint, ten tools {statistics.median(spent[1:]):8.2f} ms of CPU")
    assert set(answers) == {200}
