"""A client's signature: for one issuer, for a minute, and about itself."""

import json

import pytest

from labkit.clock import Clock
from labkit.errors import InvalidToken, UnknownKey, UsageError
from labkit.tokens import issue_access_token, sign_jws
from labkit.tokens.assertion import (
    ASSERTION_LIFETIME_S,
    claimed_client,
    sign_client_assertion,
    verify_client_assertion,
)
from labkit.tokens.teaching import teaching_key

KEY = teaching_key()
NOW = 1_000_000
CLOCK = Clock(NOW)
ISSUER = "http://issuer.test"
KEYS = {"keys": [KEY.public_jwk()]}
GOOD = {"iss": "report", "sub": "report", "aud": ISSUER, "jti": "1", "exp": NOW + 60}


def signed(*, without=(), typ="JWT", **changes):
    members = {k: v for k, v in {**GOOD, **changes}.items() if k not in without}
    return sign_jws(json.dumps(members).encode(), KEY, typ=typ)


def verified(assertion, keys=KEYS, now=NOW):
    return verify_client_assertion(assertion, keys, issuer=ISSUER, clock=Clock(now))


def test_what_is_signed_here_is_accepted_there():
    assertion = sign_client_assertion(KEY, client_id="report", issuer=ISSUER, clock=CLOCK)
    assert claimed_client(assertion) == "report"
    found = verified(assertion)
    assert (found.client_id, found.forget_after) == ("report", NOW + ASSERTION_LIFETIME_S + 30)
    assert found.token_id not in repr(found)


def test_two_assertions_never_share_a_name():
    ours = [sign_client_assertion(KEY, client_id="report", issuer=ISSUER) for _ in range(5)]
    assert len({verify_client_assertion(a, KEYS, issuer=ISSUER).token_id for a in ours}) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"typ": "client-authentication+jwt"},
        {"typ": "jwt"},
        {"aud": [ISSUER]},
        {"iat": NOW, "nbf": NOW},
        {"iat": NOW + 30},
        {"exp": NOW - 29},
        {"exp": NOW + 90},
        {"colour": "green"},
        {"jti": "~" * 255},
    ],
)
def test_what_the_bad_ones_below_differ_from_is_good(changes):
    assert verified(signed(**changes)).client_id == "report"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"without": ["iss"]}, "claims"),
        ({"without": ["sub"]}, "claims"),
        ({"without": ["aud"]}, "claims"),
        ({"without": ["jti"]}, "claims"),
        ({"without": ["exp"]}, "claims"),
        ({"iss": "other"}, "issuer"),
        ({"sub": "other"}, "issuer"),
        ({"iss": 7, "sub": 7}, "claims"),
        ({"iss": "", "sub": ""}, "claims"),
        ({"iss": "re\nport", "sub": "re\nport"}, "claims"),
        ({"iss": "report\n", "sub": "report\n"}, "claims"),
        ({"aud": ISSUER + "/"}, "audience"),
        ({"aud": ISSUER + "/token"}, "audience"),
        ({"aud": "inspections"}, "audience"),
        ({"aud": [ISSUER, "http://evil.test"]}, "claims"),
        ({"aud": []}, "claims"),
        ({"aud": [[ISSUER]]}, "claims"),
        ({"aud": {ISSUER: 1}}, "claims"),
        ({"jti": ""}, "claims"),
        ({"jti": 1}, "claims"),
        ({"jti": "x" * 256}, "claims"),
        ({"jti": None}, "claims"),
        ({"exp": NOW - 30}, "expired"),
        ({"exp": NOW + 91}, "lifetime"),
        ({"exp": str(NOW + 60)}, "claims"),
        ({"exp": NOW + 0.5}, "claims"),
        ({"exp": True}, "claims"),
        ({"exp": 10**20}, "claims"),
        ({"iat": NOW + 31}, "early"),
        ({"nbf": NOW + 31}, "early"),
        ({"nbf": "soon"}, "claims"),
        ({"typ": "at+jwt"}, "typ"),
        ({"typ": "logout+jwt"}, "typ"),
    ],
)
def test_an_assertion_with_a_fault_proves_nothing(changes, reason):
    with pytest.raises(InvalidToken) as refused:
        verified(signed(**changes))
    assert refused.value.reason == reason
    assert refused.value.__cause__ is None


def test_an_access_token_is_no_assertion():
    token = issue_access_token(
        KEY, issuer="report", subject="report", audience=ISSUER, client_id="report",
        lifetime_s=60, clock=CLOCK,
    )  # fmt: skip
    with pytest.raises(InvalidToken, match=r"\[typ\]"):
        verified(token)


def test_a_signature_of_another_key_proves_nothing():
    forged = sign_client_assertion(
        teaching_key("stranger"), client_id="report", issuer=ISSUER, clock=CLOCK
    )
    with pytest.raises(UnknownKey):
        verified(forged)
    with pytest.raises(InvalidToken, match=r"\[signature\]"):
        verified(
            forged, {**teaching_key("issuer").public_jwk(), "kid": "INSECURE-teaching-stranger"}
        )


@pytest.mark.parametrize("text", ["", "x", "a.b.c", None, 7, signed() + "=", signed()[:-8]])
def test_what_is_no_signed_token_is_refused(text):
    with pytest.raises(InvalidToken):
        verified(text)


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"iss":"a","iss":"b"}', b"\xff", b"[" * 3000])
def test_a_payload_that_is_no_clear_object_names_no_client(payload):
    with pytest.raises(InvalidToken, match=r"\[claims\]"):
        claimed_client(sign_jws(payload, KEY))


@pytest.mark.parametrize(
    "changes",
    [
        {"lifetime_s": 0},
        {"lifetime_s": 61},
        {"lifetime_s": True},
        {"lifetime_s": "60"},
        {"client_id": ""},
        {"client_id": None},
        {"issuer": ""},
        {"issuer": "a\nb"},
        {"issuer": "http://\u00fc.test"},
    ],
)
def test_an_assertion_that_nobody_would_accept_is_not_signed(changes):
    with pytest.raises(UsageError):
        sign_client_assertion(KEY, **{"client_id": "report", "issuer": ISSUER, **changes})
