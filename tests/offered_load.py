"""
Real requests at an offered rate while keys rotate: due when the clock says so.

Glossary. *Offered*: the rate at which requests become due, whether or not earlier ones were
answered (an open loop). *Sender*: one connection; it takes the next request that is due. If the
services can't keep up, requests wait for a sender, and the achieved rate says so. *Achieved*:
answers by the time that passed from the first request that was due to the last answer.
"""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field

from connection import Connection

from labkit.services.grants import LOCAL_SIGN_IN
from labkit.tokens.encoding import b64url_decode

OFFERED_PER_S = 200
BETWEEN_ROTATIONS = 300  # Requests: 1.5 s, longer than the pause between two fetches of keys.
NEW_TOKEN_EVERY = 4  # Requests; all others bring a token that was given out before.
SENDERS = 16  # Our choice: the database has four connections, and none of its callers gives up.
SIGN_IN = {
    "grant_type": LOCAL_SIGN_IN,
    "client_id": "notebook",
    "username": "operator-a",
    "audience": "inspections",
    "scope": "inspections:read",
}


@dataclass
class Load:
    """
    What was sent, and what came of it.

    Attributes:
        statuses: How often inspections answered what.
        kids: The keys of the tokens that were brought.
        rotations: How often a key took over.
        achieved_per_s: Answers a second.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    kids: Counter[str] = field(default_factory=Counter)
    rotations: int = 0
    achieved_per_s: float = 0.0


class _Traffic:
    def __init__(self, backend):
        self.load, self._keys = Load(), backend.keys
        self._issuer_url = backend.services["issuer"].url
        self._inspections_url = backend.services["inspections"].url
        self._due: asyncio.Queue[int | None] = asyncio.Queue()
        self._given: list[str] = []
        self._published = asyncio.Event()

    async def run(self, count):
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as senders:
            for _ in range(SENDERS):
                senders.create_task(self._send_what_is_due())
            for number in range(count):
                due = begun + number / OFFERED_PER_S
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                self._due.put_nowait(number)
            for _ in range(SENDERS):
                self._due.put_nowait(None)
        self.load.achieved_per_s = count / (time.perf_counter() - begun)

    async def _send_what_is_due(self):
        async with Connection(self._inspections_url) as inspections:
            while (number := await self._due.get()) is not None:
                await self._send(number, inspections)

    async def _send(self, number, inspections):
        await self._change_keys(number % BETWEEN_ROTATIONS)
        if number % NEW_TOKEN_EVERY == 0 or not self._given:
            token = await self._sign_in()
        else:
            token = self._given[number * 7919 % len(self._given)]  # A prime: old and new ones.
        self.load.statuses[await inspections.get("/lines?limit=1", token)] += 1
        self.load.kids[json.loads(b64url_decode(token.split(".")[0]))["kid"]] += 1

    async def _sign_in(self):
        async with Connection(self._issuer_url) as issuer:  # Rare: a kept one would be closed.
            token = json.loads(await issuer.post("/token", SIGN_IN))["access_token"]
        self._given.append(token)
        return token

    async def _change_keys(self, step):
        """Publish a key after a third of the way to the next rotation, and rotate at its end."""
        if step == BETWEEN_ROTATIONS // 3:
            await asyncio.to_thread(self._keys.publish_next)
            self._published.set()
        elif step == BETWEEN_ROTATIONS - 1:
            await self._published.wait()
            self._published.clear()
            self._keys.rotate()
            self.load.rotations += 1


async def rotate_under_load(backend, count):
    """Offer *count* requests to the lab's inspections, a new key every few; return the `Load`."""
    traffic = _Traffic(backend)
    await traffic.run(count)
    return traffic.load
