"""The catalogue of forged tokens, fired at the policy that has to refuse them."""

import json

import jwt
import pytest

from labkit.attacks import CONTROLS, FORGERIES, Forgery, Workshop
from labkit.errors import InvalidToken
from labkit.tokens import AccessTokenPolicy

WORKSHOP = Workshop()
POLICY = AccessTokenPolicy(WORKSHOP.issuer, WORKSHOP.audience, clock=WORKSHOP.clock)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda row: row.id)
def test_a_control_is_accepted(control: Forgery) -> None:
    attempt = control.forge(WORKSHOP)
    assert POLICY.verify(attempt.token, attempt.jwk_set).issuer == WORKSHOP.issuer


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda row: row.id)
def test_a_forgery_is_refused_for_its_one_reason(forgery: Forgery) -> None:
    attempt = forgery.forge(WORKSHOP)
    with pytest.raises(InvalidToken) as refused:
        POLICY.verify(attempt.token, attempt.jwk_set)
    assert refused.value.reason == forgery.reason


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda row: row.id)
def test_a_refusal_quotes_nothing_of_the_token(forgery: Forgery) -> None:
    attempt = forgery.forge(WORKSHOP)
    with pytest.raises(InvalidToken) as refused:
        POLICY.verify(attempt.token, attempt.jwk_set)
    text = str(refused.value) + repr(refused.value)
    assert "operator" not in text
    assert "workshop-1" not in text
    assert not [part for part in attempt.token.split(".") if len(part) > 8 and part in text]


def test_the_catalogue_has_distinct_ids_and_says_what_and_why() -> None:
    rows = CONTROLS + FORGERIES
    assert len({row.id for row in rows}) == len(rows)
    assert all(row.what and row.source for row in rows)
    assert {row.reason for row in CONTROLS} == {None}
    assert None not in {row.reason for row in FORGERIES}


def test_every_family_of_a_token_has_rows() -> None:
    families = {row.family for row in FORGERIES}
    assert families == {
        "algorithm", "header", "signature", "json", "time", "claim", "encoding", "key",
    }  # fmt: skip


def test_a_usual_library_call_accepts_what_the_policy_refuses() -> None:
    """The catalogue would prove little if the classics were all it had."""
    accepted = set()
    for forgery in FORGERIES:
        attempt = forgery.forge(WORKSHOP)
        try:
            jwt.decode(
                attempt.token,
                WORKSHOP.key.private_key.public_key(),
                algorithms=["RS256"],
                audience=WORKSHOP.audience,
                issuer=WORKSHOP.issuer,
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.PyJWTError:
            continue
        accepted.add(forgery.id)
    assert {"header.typ-JWT", "claim.jti-missing", "json.payload-twice"} <= accepted


def test_a_token_of_a_megabyte_never_reaches_a_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = next(row for row in FORGERIES if row.id == "encoding.one-megabyte").forge(WORKSHOP)

    def decoder(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a decoder was called")

    monkeypatch.setattr("base64.urlsafe_b64decode", decoder)
    monkeypatch.setattr("base64.b64decode", decoder)
    monkeypatch.setattr(json, "loads", decoder)
    with pytest.raises(InvalidToken, match="size"):
        POLICY.verify(attempt.token, attempt.jwk_set)
