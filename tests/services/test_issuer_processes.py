"""Two processes of one issuer on one database: one set of keys, one memory, whoever dies."""

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from issuer_kit import AS_A_USER, AS_THE_SERVICE, FOR_ITSELF, SIGNER, SIGNER_KEY, signing, sqlite_in
from service_kit import ISSUER

from labkit.database import Database
from labkit.services.stores import open_stores
from labkit.tokens import AccessTokenPolicy
from labkit.tokens.ring import publish_next, remove, rotate

SCRIPT = Path(__file__).with_name("issuer_process.py")
CHANGES = 40  # Of keys, before the process that makes them is killed.
POLICY = AccessTokenPolicy(ISSUER, "inspections")


@contextlib.contextmanager
def process(*arguments):
    """Run a process of the issuer; it's killed in the end, as by ``kill -9``."""
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        try:
            yield running
        finally:
            running.kill()


@pytest.fixture
def url(tmp_path):
    return sqlite_in(tmp_path)


@pytest.fixture
async def two(url):
    """Two processes of one issuer, each by its address."""
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(process(ISSUER, url)) for _ in range(2)]
        addresses = [each.stdout.readline().strip() for each in running]
        async with (
            httpx2.AsyncClient(base_url=addresses[0], trust_env=False) as first,
            httpx2.AsyncClient(base_url=addresses[1], trust_env=False) as second,
        ):
            yield first, second


@pytest.fixture
async def ring(url):
    """The ring as the hand of an operator reaches it: from a third process."""
    database = Database(url)
    stores = await open_stores(database, ISSUER)
    yield stores.ring
    await database.close()


async def token_of(client):
    return (await client.post("/token", data=AS_A_USER)).json()["access_token"]


async def key_set(client):
    return (await client.get("/jwks.json")).json()


async def is_active(client, token):
    form = {"token": token, **AS_THE_SERVICE}
    return (await client.post("/introspect", data=form)).json()["active"]


async def test_both_sign_with_one_key_and_publish_one_set(two):
    first, second = two
    assert await key_set(first) == await key_set(second)
    for signer, publisher in ((first, second), (second, first)):
        claims = POLICY.verify(await token_of(signer), await key_set(publisher))
        assert claims.subject == "operator-a"


async def test_a_rotation_is_seen_by_both_at_once_and_no_token_is_refused(two, ring):
    tokens = []
    for step in (publish_next, rotate, publish_next, rotate):
        tokens += [await token_of(client) for client in two]
        kid = await step(ring)
        for client in two:
            keys = await key_set(client)
            assert kid in {jwk["kid"] for jwk in keys["keys"]}
            for token in tokens:
                POLICY.verify(token, keys)


async def test_a_removed_key_signs_in_neither_process_and_is_published_by_neither(two, ring):
    tokens = [await token_of(client) for client in two]
    stolen = (await ring.load()).active.kid
    new = await remove(ring, stolen)
    for client in two:
        assert [jwk["kid"] for jwk in (await key_set(client))["keys"]] == [new]
        POLICY.verify(await token_of(client), await key_set(client))
        assert [await is_active(client, token) for token in tokens] == [False, False]


async def test_a_token_taken_back_at_one_is_not_active_at_the_other(two):
    first, second = two
    token = await token_of(first)
    assert await is_active(second, token)
    assert (await first.post("/revoke", data={"token": token, "client_id": "notebook"})).is_success
    assert not await is_active(second, token)


async def test_an_assertion_brought_to_both_fifty_times_counts_once(two):
    form = {**FOR_ITSELF, **signing()}
    asked = [client.post("/token", data=form) for client in two for _ in range(25)]
    statuses = sorted(response.status_code for response in await asyncio.gather(*asked))
    assert statuses == [200] + [401] * 49


async def test_an_issuer_that_starts_again_goes_on_with_its_keys_and_its_memory(url):
    signed, used = [], {**FOR_ITSELF, **signing()}
    for statuses in ([200, 401], [401, 401]):
        with process(ISSUER, url) as running:
            address = running.stdout.readline().strip()
            async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
                asked = [await client.post("/token", data=used) for _ in range(2)]
                assert [response.status_code for response in asked] == statuses
                signed.append(await token_of(client))
                for token in signed:
                    POLICY.verify(token, await key_set(client))


@pytest.mark.parametrize("changes", [1, 2, 7, 8, CHANGES])
async def test_an_issuer_that_is_killed_between_two_rotations_comes_up_sound(url, changes):
    with process(ISSUER, url, "rotate") as running:
        said = [running.stdout.readline().strip() for _ in range(changes)]
        running.kill()
        said += running.stdout.read().split()
    database = Database(url)
    ring = (await open_stores(database, ISSUER)).ring
    state = await ring.load()
    published = [jwk["kid"] for jwk in state.jwk_set(0)["keys"]]
    assert len(set(published)) == len(published)
    assert set(said) <= set(published), "what was said was kept"
    assert len(set(published) - set(said)) <= 2, "the first key, and one that nobody heard of"
    assert state.active.kid not in said[1::2][:-1], "no key signs again that was replaced"
    following = await publish_next(ring)
    assert await rotate(ring) == following
    await database.close()


async def test_an_issuer_that_is_killed_in_the_middle_of_a_step_has_not_taken_it(url, ring):
    before = await ring.load()
    with process(ISSUER, url, "halfway") as running:
        assert running.stdout.readline().strip() == "halfway"
    database = Database(url)
    after = await (await open_stores(database, ISSUER)).ring.load()
    assert after.jwk_set(0) == before.jwk_set(0)
    assert await publish_next(ring) != before.active.kid  # The lock died with its holder.
    await database.close()


def test_the_signer_of_the_tests_is_the_same_in_each_process():
    assert SIGNER.jwk_set == {"keys": [SIGNER_KEY.public_jwk()]}
