"""Signing keys, and which public keys may verify."""

import copy
import pickle

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from labkit.errors import InvalidKey, UsageError
from labkit.tokens import SigningKey, public_pem
from labkit.tokens.encoding import b64url_encode
from labkit.tokens.keys import public_key, thumbprint
from labkit.tokens.teaching import INSECURE_PREFIX, is_teaching_key, teaching_key

KEY = teaching_key()
SECRET_NUMBERS = KEY.private_key.private_numbers()


def pem_of(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def test_a_generated_key_is_named_by_its_thumbprint() -> None:
    key = SigningKey.generate()
    assert key.kid == thumbprint(key.public_jwk())
    assert len(key.kid) == 43


def test_the_thumbprint_is_the_one_of_the_rfc() -> None:
    """RFC 7638 section 3.1 prints this key and its thumbprint."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
        "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
        "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhA"
        "I4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_public_jwk_has_public_members_only() -> None:
    assert set(KEY.public_jwk()) == {"kty", "use", "alg", "kid", "n", "e"}


def test_a_key_shows_its_name_and_nothing_secret() -> None:
    shown = repr(KEY) + str(KEY) + f"{KEY}"
    assert "INSECURE" in shown
    assert str(SECRET_NUMBERS.d) not in shown
    assert b64url_encode(SECRET_NUMBERS.d.to_bytes(256)) not in shown


@pytest.mark.parametrize("how", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_is_neither_pickled_nor_copied(how) -> None:
    with pytest.raises(UsageError, match="pass the object itself"):
        how(KEY)


def test_a_key_loads_from_pem_text_and_bytes() -> None:
    pem = pem_of(KEY.private_key)
    assert SigningKey.from_pem(pem).public_jwk() == SigningKey.from_pem(pem.decode()).public_jwk()


@pytest.mark.parametrize("wrong", ["", b"", "no key", None, 7, ["-----BEGIN PRIVATE KEY-----"]])
def test_what_is_no_pem_text_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidKey, match="PEM"):
        SigningKey.from_pem(wrong)  # type: ignore[arg-type]


def test_an_error_about_a_key_quotes_nothing_of_it() -> None:
    pem = pem_of(KEY.private_key).decode()
    with pytest.raises(InvalidKey) as refused:
        SigningKey.from_pem(pem.replace("KEY-----\n", "KEY-----\nAAAA", 1))
    assert refused.value.__cause__ is None
    assert pem.splitlines()[1] not in str(refused.value)


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidKey, match="RSA"):
        SigningKey.from_pem(pem_of(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(InvalidKey, match="RSA"):
        SigningKey("secret")  # type: ignore[arg-type]


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (2048, 3)])
def test_a_weak_private_key_is_refused(bits: int, exponent: int) -> None:
    weak = rsa.generate_private_key(exponent, bits)
    with pytest.raises(InvalidKey, match=r"bits|exponent"):
        SigningKey(weak)


@pytest.mark.parametrize("bits", [1024, 2047, 4097, 0, -1, "2048", True, None])
def test_a_size_outside_the_limits_is_refused(bits: object) -> None:
    with pytest.raises(UsageError, match="bits"):
        SigningKey.generate(bits=bits)  # type: ignore[arg-type]


@pytest.mark.parametrize("kid", ["", "k" * 257, 7, b"kid"])
def test_a_name_that_no_header_can_carry_is_refused(kid: object) -> None:
    with pytest.raises(UsageError, match="kid"):
        SigningKey(KEY.private_key, kid)  # type: ignore[arg-type]


def test_a_modulus_of_the_faulty_generator_is_refused() -> None:
    """CVE-2017-15361: n is a power of 65537 modulo the product of the small primes."""
    product = 1
    for prime in (p for p in range(2, 168) if all(p % d for d in range(2, p))):
        product *= prime
    modulus = pow(65537, 1234, product)
    modulus += product * ((1 << 2047) // product + 2)
    jwk = {"kty": "RSA", "e": "AQAB", "n": b64url_encode(modulus.to_bytes(256))}
    with pytest.raises(InvalidKey, match="factored"):
        public_key(jwk)


@pytest.mark.parametrize("wrong", [None, "", [], 7, {}, {"kty": "EC"}, {"kty": ["RSA"]}])
def test_what_is_no_rsa_jwk_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidKey, match="not a public RSA key"):
        public_key(wrong)  # type: ignore[arg-type]


def test_a_public_key_can_be_had_as_pem_text() -> None:
    loaded = serialization.load_pem_public_key(public_pem(KEY.public_jwk()))
    assert loaded.public_numbers() == KEY.private_key.public_key().public_numbers()
    with pytest.raises(InvalidKey):
        public_pem({})


def test_a_key_without_numbers_is_refused() -> None:
    with pytest.raises(InvalidKey, match="lacks"):
        public_key({"kty": "RSA"})


def test_the_teaching_keys_are_marked_and_recognised_under_any_name() -> None:
    assert KEY.kid == INSECURE_PREFIX + "issuer"
    assert is_teaching_key(SigningKey(KEY.private_key, "innocent"))
    assert not is_teaching_key(SigningKey.generate())
    with pytest.raises(UsageError, match="issuer and stranger"):
        teaching_key("nobody")
