"""Other right answers to the exercises of notebook 01, written differently."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from labkit.tokens import verify_jws
from labkit.tokens.encoding import b64url_encode


def opened_with_pyjwt(token, public_key):
    return jwt.decode(token, key=public_key, algorithms=["RS256"])


def opened_from_the_right(token, public_key):
    message, signature = token.rsplit(".", maxsplit=1)
    public_key.verify(
        base64.urlsafe_b64decode(signature + "=="),
        message.encode("ascii"),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )
    _, payload = message.split(".")
    while len(payload) % 4:
        payload += "="
    return json.loads(base64.urlsafe_b64decode(payload))


def verified_claim_by_claim(token, public_pem, audience):
    header = jwt.get_unverified_header(token)
    if header["alg"] != "RS256":
        raise PermissionError("algorithm")
    claims = jwt.decode(token, public_pem, algorithms=["RS256"], options={"verify_aud": False})
    if "exp" not in claims or claims.get("aud") not in (audience, [audience]):
        raise PermissionError("claims")
    return claims


def verified_with_labkit(token, public_pem, audience):
    numbers = serialization.load_pem_public_key(public_pem).public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)
    claims = json.loads(verify_jws(token, {"kty": "RSA", "e": "AQAB", "n": b64url_encode(modulus)}))
    assert claims["aud"] == audience
    assert claims["exp"] > time.time()
    return claims


def current_by_datetimes(claims, now):
    leeway = timedelta(seconds=30)
    start = datetime.fromtimestamp(claims["iat"], UTC) - leeway
    end = datetime.fromtimestamp(claims["exp"], UTC) + leeway
    return start <= now and now < end


def current_by_refusals(claims, now):
    now = (now - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    if now < claims["iat"] - 30:
        return False
    return not now > claims["exp"] + 30


RIGHT_ANSWERS = {
    "01.1": (opened_with_pyjwt, opened_from_the_right),
    "01.2": (verified_claim_by_claim, verified_with_labkit),
    "01.3": (current_by_datetimes, current_by_refusals),
}
