"""Keys change under real traffic, and no valid token is refused."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from offered_load import BETWEEN_ROTATIONS, rotate_under_load

from labkit.backend import Backend
from labkit.signin import sign_in
from labkit.tokens.encoding import b64url_decode

WORKERS = 8
ROTATIONS = 6
REQUESTS_BETWEEN = 60  # By all workers together, before the next rotation.


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def backend(cache):
    one = Backend(cache=cache)
    one.start()
    yield one
    one.stop()


def kid_of(token):
    return json.loads(b64url_decode(token.split(".")[0]))["kid"]


class Traffic:
    """Workers that sign in and read, with new tokens and with their oldest, until told to stop."""

    def __init__(self, backend):
        self.issuer = backend.services["issuer"].client
        self.inspections = backend.services["inspections"].client
        self.statuses, self.kids = Counter(), set()
        self._done, self._count, self._stopped = threading.Condition(), 0, False

    def work(self):
        first = self.sign_in()
        while not self._stopped:
            for token in (self.sign_in(), first):
                self.note(self.inspections.get("/lines", token=token).status_code)

    def sign_in(self):
        form = {"audience": "inspections", "scope": "inspections:read"}
        token = sign_in(self.issuer, "operator-a", **form)
        self.kids.add(kid_of(token))
        return token

    def note(self, status):
        with self._done:
            self.statuses[status] += 1
            self._count += 1
            self._done.notify_all()

    def wait_for(self, more):
        with self._done:
            goal = self._count + more
            assert self._done.wait_for(lambda: self._count >= goal, 120)

    def stop(self):
        self._stopped = True


@pytest.mark.parametrize("published_ahead", [True, False])
def test_no_valid_token_is_refused_while_keys_rotate_under_traffic(backend, published_ahead):
    """Also when a key signs the moment it's published: a verifier that doesn't know it asks."""
    traffic = Traffic(backend)
    with ThreadPoolExecutor(WORKERS) as pool:
        workers = [pool.submit(traffic.work) for _ in range(WORKERS)]
        try:
            for _ in range(ROTATIONS):
                traffic.wait_for(REQUESTS_BETWEEN)
                backend.keys.publish_next()
                if published_ahead:
                    traffic.wait_for(REQUESTS_BETWEEN)
                backend.keys.rotate()
            traffic.wait_for(REQUESTS_BETWEEN)
        finally:
            traffic.stop()
        for worker in workers:
            worker.result()
    assert set(traffic.statuses) == {200}
    assert traffic.statuses[200] > ROTATIONS * REQUESTS_BETWEEN
    assert len(traffic.kids) == ROTATIONS + 1
    assert traffic.kids == {key["kid"] for key in backend.keys.jwk_set()["keys"]}


def test_a_key_that_is_removed_at_once_opens_nothing_more(backend):
    """The control for the test above: without its key a token is refused."""
    traffic = Traffic(backend)
    token = traffic.sign_in()
    assert traffic.inspections.get("/lines", token=token).status_code == 200
    backend.keys.remove(kid_of(token))
    fresh = traffic.sign_in()
    assert kid_of(fresh) != kid_of(token)
    assert traffic.inspections.get("/lines", token=fresh).status_code == 200  # It asks for keys.
    assert traffic.inspections.get("/lines", token=token).status_code == 401


async def test_two_hundred_requests_a_second_see_four_rotations_and_no_refusal(backend):
    """Requests are sent when they're due, however busy the services are: nobody waits for them."""
    count = 4 * BETWEEN_ROTATIONS + 100
    load = await rotate_under_load(backend, count)
    assert load.statuses == {200: count}
    assert load.rotations == 4
    assert len(load.kids) == 5
    assert min(load.kids.values()) > 10, "tokens of every key were brought"
