"""Access tokens made and verified. What is forged stands in tests/attacks."""

import pytest

from labkit.clock import LESSON_CLOCK, Clock
from labkit.errors import ExpiredToken, InvalidToken, UsageError
from labkit.tokens import AccessTokenPolicy, Claims, issue_access_token
from labkit.tokens.teaching import teaching_key

KEY = teaching_key()
KEYS = {"keys": [KEY.public_jwk()]}
GOOD = {
    "issuer": "http://127.0.0.1:8001",
    "subject": "operator-a",
    "audience": "inspections",
    "client_id": "notebook",
    "clock": LESSON_CLOCK,
}
POLICY = AccessTokenPolicy("http://127.0.0.1:8001", "inspections", clock=LESSON_CLOCK)


def issue(**changes: object) -> str:
    return issue_access_token(KEY, **{**GOOD, **changes})  # type: ignore[arg-type]


def test_an_issued_token_verifies_to_its_claims() -> None:
    token = issue(scopes=["lots:write", "inspections:read"], token_id="t-1", actor={"sub": "agent"})
    now = int(LESSON_CLOCK.now())
    assert POLICY.verify(token, KEYS) == Claims(
        issuer=GOOD["issuer"],
        subject="operator-a",
        audience="inspections",
        client_id="notebook",
        token_id="t-1",
        issued_at=now,
        expires_at=now + 300,
        scopes=frozenset({"inspections:read", "lots:write"}),
        actor={"sub": "agent"},
    )


def test_tokens_are_told_apart_by_their_id() -> None:
    first, second = (POLICY.verify(issue(), KEYS).token_id for _ in range(2))
    assert first != second
    assert len(first) == 22  # 128 bits in base64url.


def test_a_token_without_scopes_has_none() -> None:
    assert POLICY.verify(issue(), KEYS).scopes == frozenset()
    assert POLICY.verify(issue(), KEYS).actor is None


def test_claims_keep_their_values_out_of_their_repr() -> None:
    assert repr(POLICY.verify(issue(), KEYS)) == "Claims()"


def test_claims_can_be_a_key_of_a_dictionary() -> None:
    claims = POLICY.verify(issue(actor={"sub": "agent"}), KEYS)
    assert {claims: 1}[claims] == 1


@pytest.mark.parametrize(("age_s", "error"), [(329, None), (330, ExpiredToken)])
def test_the_leeway_ends_to_the_second(age_s: int, error: type | None) -> None:
    token = issue(clock=Clock(LESSON_CLOCK.now() - age_s))
    if error is None:
        assert POLICY.verify(token, KEYS)
    else:
        with pytest.raises(error):
            POLICY.verify(token, KEYS)


def test_a_policy_may_want_a_shorter_life_and_no_leeway() -> None:
    strict = AccessTokenPolicy(GOOD["issuer"], "inspections", 60, 0, LESSON_CLOCK)
    assert strict.verify(issue(lifetime_s=60), KEYS)
    with pytest.raises(InvalidToken, match="lifetime"):
        strict.verify(issue(lifetime_s=61), KEYS)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"issuer": ""}, "iss"),
        ({"issuer": None}, "iss"),
        ({"subject": ""}, "sub"),
        ({"subject": "a\nb"}, "sub"),
        ({"subject": 7}, "sub"),
        ({"audience": ""}, "aud"),
        ({"audience": ["a", "b"]}, "exactly one"),
        ({"client_id": ""}, "client_id"),
        ({"token_id": ""}, "jti"),
        ({"scopes": "inspections:read"}, "list of strings"),
        ({"scopes": [1]}, "list of strings"),
        ({"scopes": ["two words", ""]}, "scope"),
        ({"lifetime_s": 0}, "lifetime_s"),
        ({"lifetime_s": 601}, "lifetime_s"),
        ({"lifetime_s": "300"}, "lifetime_s"),
        ({"lifetime_s": True}, "lifetime_s"),
        ({"actor": "agent"}, "act"),
        ({"actor": {}}, "act"),
        ({"actor": {"sub": "agent", "since": object()}}, "JSON"),
        ({"actor": {"sub": "agent", "since": float("nan")}}, "JSON"),
    ],
)
def test_a_token_that_nobody_could_accept_is_not_issued(changes: dict, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        issue(**changes)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"issuer": ""}, "issuer"),
        ({"issuer": None}, "issuer"),
        ({"audience": ""}, "audience"),
        ({"audience": ["inspections"]}, "audience"),
        ({"max_lifetime_s": 0}, "max_lifetime_s"),
        ({"max_lifetime_s": "600"}, "max_lifetime_s"),
        ({"leeway_s": -1}, "leeway_s"),
        ({"leeway_s": True}, "leeway_s"),
        ({"clock": 1000}, "clock"),
    ],
)
def test_a_policy_of_nonsense_is_refused_by_name(arguments: dict, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        AccessTokenPolicy(**{"issuer": "i", "audience": "a", **arguments})


@pytest.mark.parametrize("jwk_set", [None, [], "", 7, {}])
def test_a_policy_without_keys_accepts_nothing(jwk_set: object) -> None:
    with pytest.raises(InvalidToken):
        POLICY.verify(issue(), jwk_set)  # type: ignore[arg-type]


def test_a_single_key_serves_as_well_as_a_set() -> None:
    assert POLICY.verify(issue(), KEY.public_jwk()).subject == "operator-a"
