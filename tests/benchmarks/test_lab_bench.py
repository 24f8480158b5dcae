"""
What a lab costs, as ratios to a floor that is measured in the same run.

`make bench` shows the table. In the test suite each measurement is made once, to see that it still
works; no time is asserted.

::

    floor     the least that anything of the kind can cost here: a bare uvicorn in a thread, a
              FastAPI endpoint that does nothing
    first     in a process that has loaded its modules and started nothing yet
    again     the median of the starts that follow
"""

import json
import statistics
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from labkit.lab import Lab
from labkit.server import Server

ROOT = Path(__file__).parents[2]
STARTS, READS = 20, 500  # Enough for a median that moves by a few percent from run to run.


@pytest.fixture
def table(request):
    """Shows a row when somebody looks (`make bench` passes -s); tells how many rounds to make."""
    looked_at = request.config.getoption("capture") == "no"

    def show(what, ours_s, floor_s):
        print(
            f"  {what:<46} {1e3 * ours_s:8.2f} ms   floor {1e3 * floor_s:8.2f} ms"
            f"   ratio {ours_s / floor_s:6.1f}"
        )

    show.rounds = lambda number: number if looked_at else 1
    return show


FRESH = """
import json, statistics, sys, threading, time, uvicorn
from fastapi import FastAPI
from labkit.lab import Lab

def bare():
    server = uvicorn.Server(uvicorn.Config(FastAPI(), port=0, log_level="critical"))
    started, startup = threading.Event(), server.startup
    async def tell(sockets=None):
        await startup(sockets)
        started.set()
    server.startup = tell
    thread = threading.Thread(target=server.run)
    thread.start()
    started.wait()
    def stop():
        server.should_exit = True
        thread.join()
    return stop

def timed(start):
    begun = time.perf_counter()
    stop = start()
    took = time.perf_counter() - begun
    stop()
    return took

def both(start, rounds):
    first = timed(start)
    return first, statistics.median(timed(start) for _ in range(rounds))

rounds = int(sys.argv[1])
which = {"bare": bare, "lab": lambda: Lab().stop}
print(json.dumps(both(which[sys.argv[2]], rounds)))
"""


def in_a_fresh_process(which, rounds):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FRESH), str(rounds), which],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_start_of_a_lab_against_a_bare_uvicorn_thread(table):
    rounds = table.rounds(STARTS)
    Lab().stop()  # The cache of rows is made once per machine; it isn't what is measured.
    bare_first, bare_again = in_a_fresh_process("bare", rounds)
    lab_first, lab_again = in_a_fresh_process("lab", rounds)
    print()
    table("start of a lab (two services, data, key): first", lab_first, bare_first)
    table("start of a lab: again", lab_again, bare_again)


def test_one_authenticated_read_against_an_endpoint_that_does_nothing(table):
    rounds = table.rounds(READS)
    idle = FastAPI()

    @idle.get("/")
    async def nothing() -> None:
        return None

    floor = Server(lambda url: idle, name="floor")
    floor.start()
    try:
        with Lab() as lab, httpx2.Client() as client:
            url, token = f"{lab.inspections.url}/lines", lab.token()
            headers = {"Authorization": f"Bearer {token}"}
            ours = median_s(lambda: client.get(url, headers=headers), rounds)
            least = median_s(lambda: client.get(floor.url, headers=headers), rounds)
    finally:
        floor.stop()
    print()
    table("a read: token checked, rows from the ORM", ours, least)


def median_s(ask, rounds):
    """Return the median time of *ask*, after one that opens what stays open."""
    times = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        assert ask().status_code == 200
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])
