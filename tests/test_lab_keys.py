"""What a lesson does to its own issuer: hours pass, keys change, the issuer falls silent."""

import pytest

from labkit.errors import ServiceError
from labkit.lab import Lab
from labkit.settings import Settings
from labkit.tokens.encoding import b64url_decode, json_object


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(home=tmp_path_factory.mktemp("home"), cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def lab(settings):
    with Lab(settings=settings) as running:
        yield running


def status(lab, token):
    return lab.inspections.get("/lines", token=token).status_code


def kid_of(token):
    return json_object(b64url_decode(token.split(".")[0]))["kid"]


def fetches(lab):
    return [request for request in lab.requests if request.path == "/jwks.json"]


def stages(lab):
    return [life.stage(lab.clock.now()) for life in lab.issuer_keys.lives]


def test_tokens_keys_and_copies_of_keys_age_with_the_clock_of_the_lab(lab):
    old = lab.token()
    assert status(lab, old) == 200
    lab.issuer_keys.publish_next()
    lab.issuer_keys.rotate()
    new = lab.token()
    assert (status(lab, old), status(lab, new), stages(lab)) == (200, 200, ["retired", "active"])
    assert [life.kid for life in lab.issuer_keys.lives] == [kid_of(old), kid_of(new)]
    lab.clock.advance(minutes=11)
    assert (status(lab, old), status(lab, new), stages(lab)) == (401, 401, ["forgotten", "active"])
    assert [key["kid"] for key in lab.jwk_set()["keys"]] == [kid_of(new)]
    assert status(lab, lab.token()) == 200


def test_a_fetch_of_keys_says_who_asked_and_when(lab):
    before = lab.clock.now()
    assert status(lab, lab.token()) == 200
    lab.clock.advance(hours=2)
    assert status(lab, lab.token()) == 200
    first, second = fetches(lab)
    assert (first.caller, second.caller) == ("inspections", "inspections")
    assert before <= first.at < before + 7200 <= second.at <= lab.clock.now()


def test_a_removed_key_opens_a_door_until_its_copy_is_old(lab):
    stolen = lab.token()
    assert status(lab, stolen) == 200
    lab.issuer_keys.remove(kid_of(stolen))
    assert status(lab, stolen) == 200  # Inspections has a copy of the key, and doesn't ask.
    lab.clock.advance(299 - 60)
    assert status(lab, stolen) == 200
    lab.clock.advance(62)
    assert status(lab, stolen) == 401
    assert stages(lab) == ["removed", "active"]


def test_in_an_outage_of_the_issuer_known_keys_open_and_unknown_ones_wait(lab):
    known = lab.token()
    assert status(lab, known) == 200
    lab.issuer_keys.publish_next()
    lab.issuer_keys.rotate()
    unknown = lab.token()
    url = lab.issuer.url
    lab.services["issuer"].server.stop()
    with pytest.raises(ServiceError, match="is it running"):
        lab.token()
    assert (status(lab, known), status(lab, unknown)) == (200, 503)
    lab.clock.advance(hours=2)
    assert status(lab, known) == 503  # Its copies are too old, so nobody can tell.
    lab.services["issuer"].server.start()
    lab.clock.advance(2)
    assert lab.issuer.url == url
    assert status(lab, lab.token()) == 200
