"""Signatures: what verifies, and everything that looks like it and doesn't."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from labkit.errors import InvalidToken, UnknownKey, UsageError
from labkit.tokens import SigningKey, parse_jws, sign_jws, verify_jws
from labkit.tokens.encoding import b64url_encode
from labkit.tokens.jws import MAX_TOKEN_BYTES
from labkit.tokens.teaching import teaching_key

KEY, STRANGER = teaching_key("issuer"), teaching_key("stranger")
JWK = KEY.public_jwk()
TOKEN = sign_jws(b'{"hello":"world"}', KEY)

# RFC 7515 appendix A.2 prints this token and its key.
RFC_7515_JWK = {
    "kty": "RSA",
    "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0"
    "Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rex"
    "MdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK"
    "-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "e": "AQAB",
}
RFC_7515_TOKEN = (
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5juj"
    "Gbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe"
    "7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8"
    "np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)


@given(st.binary(max_size=300))
def test_what_was_signed_comes_back(payload: bytes) -> None:
    assert verify_jws(sign_jws(payload, KEY), JWK) == payload


def test_a_token_of_the_rfc_verifies() -> None:
    assert b'"http://example.com/is_root":true' in verify_jws(RFC_7515_TOKEN, RFC_7515_JWK)


def test_a_token_of_any_larger_key_verifies() -> None:
    key = SigningKey.generate(bits=3072)
    assert verify_jws(sign_jws(b"x", key), key.public_jwk()) == b"x"


def test_the_same_payload_and_key_give_the_same_token() -> None:
    assert sign_jws(b"x", KEY) == sign_jws(b"x", KEY)
    assert parse_jws(sign_jws(b"x", KEY, typ="at+jwt")).header == {
        "alg": "RS256",
        "kid": KEY.kid,
        "typ": "at+jwt",
    }


@given(st.text(max_size=80))
def test_no_text_is_accepted_or_raises_anything_else(text: str) -> None:
    with pytest.raises(InvalidToken):
        verify_jws(text, JWK)


@given(st.data())
def test_a_changed_token_is_never_accepted(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TOKEN) - 1))
    character = data.draw(st.characters(max_codepoint=0x17F))
    changed = TOKEN[:at] + character + TOKEN[at + 1 :]
    if changed != TOKEN:
        with pytest.raises(InvalidToken):
            verify_jws(changed, JWK)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "cty", "jku", "jwk", "crit", "b64", "x5t", "zip"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2),
    )
)
def test_no_header_raises_anything_but_invalid_token(header: dict) -> None:
    """A header with odd members is refused, or accepted because none of them matters."""
    signing_input = f"{b64url_encode(json.dumps(header).encode())}.{b64url_encode(b'{}')}"
    signature = KEY.private_key.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
    try:
        accepted = verify_jws(f"{signing_input}.{b64url_encode(signature)}", JWK)
    except InvalidToken:
        return
    assert accepted == b"{}"
    assert header["alg"] == "RS256"


# -- the padding of RS256, RFC 8017 section 8.2 ----------------------------------------------------

SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
MODULUS_BYTES = 256


def token_with(encoded: bytes) -> str:
    """Return a token whose signature opens to *encoded*, as only the key's owner can make it."""
    numbers = KEY.private_key.private_numbers()
    signature = pow(int.from_bytes(encoded), numbers.d, numbers.public_numbers.n)
    return f"{TOKEN.rpartition('.')[0]}.{b64url_encode(signature.to_bytes(MODULUS_BYTES))}"


def encoded(info: bytes, *, filler: bytes = b"\xff", length: int | None = None) -> bytes:
    count = MODULUS_BYTES - 3 - len(info) if length is None else length
    return (b"\x00\x01" + filler * count + b"\x00" + info).ljust(MODULUS_BYTES, b"\x00")


DIGEST = hashlib.sha256(TOKEN.rpartition(".")[0].encode()).digest()


def test_the_right_padding_is_accepted() -> None:
    assert verify_jws(token_with(encoded(SHA256_PREFIX + DIGEST)), JWK)


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(encoded(DIGEST), id="no digest info"),
        pytest.param(
            encoded(bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + DIGEST),
            id="no null parameter",
        ),
        pytest.param(
            encoded(b"\x30\x81\x31" + SHA256_PREFIX[2:] + DIGEST), id="long form of a length"
        ),
        pytest.param(
            encoded(bytes.fromhex("3041300d060960864801650304020305000430") + DIGEST),
            id="says SHA-512",
        ),
        pytest.param(
            encoded(bytes.fromhex("3021300906052b0e03021a05000414") + DIGEST[:20]), id="SHA-1"
        ),
        pytest.param(encoded(SHA256_PREFIX + DIGEST + b"\x00\x00"), id="something after the hash"),
        pytest.param(
            encoded(SHA256_PREFIX + DIGEST, length=8), id="short padding, the rest is free"
        ),
        pytest.param(encoded(SHA256_PREFIX + DIGEST, filler=b"\xfe"), id="other filler"),
        pytest.param(
            b"\x00\x02" + encoded(SHA256_PREFIX + DIGEST)[2:], id="padding of an encryption"
        ),
        pytest.param(
            b"\x00\x00" + encoded(SHA256_PREFIX + DIGEST)[2:], id="padding of block type 0"
        ),
        pytest.param(b"\x00" * 256, id="zero"),
        pytest.param(b"\x00" * 255 + b"\x01", id="one"),
    ],
)
def test_another_padding_is_refused(opened: bytes) -> None:
    with pytest.raises(InvalidToken, match="signature"):
        verify_jws(token_with(opened), JWK)


@pytest.mark.parametrize(
    "other",
    [
        padding.PSS(padding.MGF1(hashes.SHA256()), 32),
        padding.PSS(padding.MGF1(hashes.SHA256()), 0),
    ],
)
def test_a_pss_signature_is_no_rs256_signature(other: padding.PSS) -> None:
    signing_input = TOKEN.rpartition(".")[0]
    signature = KEY.private_key.sign(signing_input.encode(), other, hashes.SHA256())
    with pytest.raises(InvalidToken, match="signature"):
        verify_jws(f"{signing_input}.{b64url_encode(signature)}", JWK)


@pytest.mark.parametrize("change", [lambda s: s[1:], lambda s: s + b"\0", lambda s: b"\0" + s])
def test_a_signature_of_another_length_is_refused(change) -> None:
    signing_input, _, _ = TOKEN.rpartition(".")
    signature = KEY.private_key.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidToken, match="signature"):
        verify_jws(f"{signing_input}.{b64url_encode(change(signature))}", JWK)


def test_a_signature_not_below_the_modulus_is_refused() -> None:
    signing_input, _, _ = TOKEN.rpartition(".")
    signature = KEY.private_key.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
    modulus = KEY.private_key.private_numbers().public_numbers.n
    larger = int.from_bytes(signature) + modulus
    if larger.bit_length() > MODULUS_BYTES * 8:
        pytest.skip("this key's modulus leaves no room for a second spelling")
    with pytest.raises(InvalidToken, match="signature"):
        verify_jws(f"{signing_input}.{b64url_encode(larger.to_bytes(256))}", JWK)


# -- choosing the key ------------------------------------------------------------------------------


def without(jwk: dict, *names: str) -> dict:
    return {name: value for name, value in jwk.items() if name not in names}


def test_in_a_set_the_kid_picks_the_key() -> None:
    assert verify_jws(TOKEN, {"keys": [STRANGER.public_jwk(), JWK]})
    with pytest.raises(UnknownKey):
        verify_jws(TOKEN, {"keys": [STRANGER.public_jwk()]})


def test_a_single_key_of_another_name_is_an_unknown_key() -> None:
    with pytest.raises(UnknownKey):
        verify_jws(TOKEN, STRANGER.public_jwk())


def test_a_key_without_name_verifies_a_token_that_names_one() -> None:
    assert verify_jws(TOKEN, without(JWK, "kid"))


def test_a_token_without_kid_verifies_with_the_one_key_given() -> None:
    header = b64url_encode(b'{"alg":"RS256"}')
    signature = KEY.private_key.sign(f"{header}.".encode(), padding.PKCS1v15(), hashes.SHA256())
    token = f"{header}..{b64url_encode(signature)}"
    assert verify_jws(token, JWK) == b""
    assert verify_jws(token, {"keys": [without(JWK, "kid")]}) == b""
    with pytest.raises(UnknownKey):
        verify_jws(token, {"keys": [JWK]})


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_key_that_shows_a_private_member_verifies_nothing(member: str) -> None:
    with pytest.raises(InvalidToken, match="private"):
        verify_jws(TOKEN, {**JWK, member: "AQAB"})
    assert verify_jws(TOKEN, {"keys": [{**STRANGER.public_jwk(), member: "AQAB"}, JWK]})


@pytest.mark.parametrize("bad", [None, 7, "key", [], {}, {"kty": "oct", "k": "AA"}, {"kid": []}])
def test_a_bad_entry_does_not_spoil_the_set(bad: object) -> None:
    assert verify_jws(TOKEN, {"keys": [bad, JWK, bad]})


def test_two_keys_of_one_kid_are_refused_even_if_they_are_the_same() -> None:
    with pytest.raises(InvalidToken, match="share"):
        verify_jws(TOKEN, {"keys": [JWK, JWK]})


# -- wrong types -----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, 7, b"a.b.c", [], {}, "", " ", "a.b.c\n", TOKEN + "\n"])
def test_what_is_no_token_is_an_invalid_token(token: object) -> None:
    with pytest.raises(InvalidToken):
        verify_jws(token, JWK)  # type: ignore[arg-type]


@pytest.mark.parametrize("jwk", [None, 7, "", "key", [], [JWK], {}, {"keys": None}, {"keys": {}}])
def test_what_is_no_key_is_an_invalid_token(jwk: object) -> None:
    with pytest.raises(InvalidToken):
        verify_jws(TOKEN, jwk)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (({"a": 1}, KEY), "payload"),
        (("text", KEY), "payload"),
        ((b"x", JWK), "key"),
        ((b"x", None), "key"),
        ((b"x" * MAX_TOKEN_BYTES, KEY), "too long"),
    ],
)
def test_signing_with_the_wrong_things_says_which(arguments: tuple, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        sign_jws(*arguments)


@pytest.mark.parametrize("typ", ["", None, 7])
def test_signing_needs_a_type(typ: object) -> None:
    with pytest.raises(UsageError, match="typ"):
        sign_jws(b"x", KEY, typ=typ)  # type: ignore[arg-type]
