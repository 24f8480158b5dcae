"""
Forged access tokens, a row each: id, what it is, how it's made, why it's refused, the source.

`CONTROLS` are the rows that have to be accepted: each stands beside forgeries that differ from it
in one thing. The classics (``none``, HMAC with the public key, a flipped bit) are refused by every
library and prove little; the rows about types, duplicates, times and spellings are the ones that
find careless verifiers.

Floor 4: data. `labkit.attacks.workshop` makes the tokens.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from labkit.attacks.workshop import DROP, Attempt, Forgery, Workshop
from labkit.clock import LAB_NOW
from labkit.tokens.keys import MAX_KID_CHARACTERS

_NOW = int(LAB_NOW.timestamp())
_HEADER = "RFC 8725 section 3.1"
_CRIT = "RFC 7515 section 4.1.11"
_KEYS = "RFC 8725 section 3.5"
_TYP = "RFC 9068 section 4"
_CLAIM = "RFC 9068 section 2.2"
_DATE = "RFC 7519 section 2, NumericDate"
_ONE_MEANING = "RFC 8725 section 3.7"
_ENCODING = "RFC 7515 section 2"
_SCOPE = "RFC 6749 section 3.3"
_NAMES = "RFC 8265 section 3.3"
_JWK = "RFC 7517 section 4"
_MODULUS = "RFC 7518 section 6.3.1"


def _claim(name: str, detail: str, value: object, reason: str, source: str) -> Forgery:
    """Make the row of a token with one wrong claim."""
    what = f"{name} is {detail}"
    slug = f"{name}-{detail.replace(' ', '-')}"
    return Forgery(f"claim.{slug}", what, lambda w: w.with_claims(**{name: value}), reason, source)


def _header(name: str, detail: str, value: object, reason: str, source: str) -> Forgery:
    """Make the row of a token with one wrong header parameter."""
    what = f"the header's {name} is {detail}"
    slug = f"{name}-{detail.replace(' ', '-')}"
    return Forgery(f"header.{slug}", what, lambda w: w.with_header(**{name: value}), reason, source)


def _parts(slug: str, what: str, reason: str, change: Callable[[str, str, str], str]) -> Forgery:
    """Make the row of a good token whose text was changed after signing."""
    return Forgery(f"encoding.{slug}", what, lambda w: w.with_parts(change), reason, _ENCODING)


def _key(slug: str, what: str, source: str, changes: Mapping[str, object]) -> Forgery:
    """Make the row of a good token, shown to a verifier whose key has something wrong."""
    return Forgery(f"key.{slug}", what, lambda w: w.with_keys(w.jwk(**changes)), "kid", source)


def _control(slug: str, what: str, source: str, **claims: object) -> Forgery:
    return Forgery(f"control.{slug}", what, lambda w: w.with_claims(**claims), None, source)


def _deep(levels: int) -> dict[str, Any]:
    """Nest actors *levels* deep."""
    actor: dict[str, Any] = {"sub": "agent-1"}
    for level in range(2, levels + 1):
        actor = {"sub": f"agent-{level}", "act": actor}
    return actor


def _with_member(name: str, text: str) -> Callable[[Workshop], Attempt]:
    """Replace one member's JSON text by *text*, which no JSON writer would write."""

    def change(payload: str) -> str:
        members: Mapping[str, Any] = json.loads(payload)
        return payload.replace(f'"{name}": {json.dumps(members[name])}', f'"{name}": {text}')

    return lambda w: w.with_payload(change)


def _stray_bit(signature: str) -> str:
    """Write the last character so that it decodes to the same bytes in a forgiving decoder."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return signature[:-1] + alphabet[alphabet.index(signature[-1]) + 1]


def _padded_modulus(w: Workshop) -> str:
    raw = base64.urlsafe_b64decode(w.jwk()["n"] + "==")
    return base64.urlsafe_b64encode(b"\0" + raw).rstrip(b"=").decode()


# fmt: off
CONTROLS: tuple[Forgery, ...] = (
    _control("plain", "a good token", "RFC 9068 section 2"),
    _control("no-scope", "a token without rights", "RFC 9068 section 2.2.3", scope=DROP),
    _control("two-scopes", "two rights", _SCOPE, scope="inspections:read lots:write"),
    _control("audience-list", "the audience as a list of one", "RFC 7519 section 4.1.3",
             aud=["inspections"]),
    _control("leeway-exp", "expired 29 s ago: clocks drift", "RFC 7519 section 4.1.4",
             iat=_NOW - 329, exp=_NOW - 29),
    _control("leeway-iat", "issued 30 s from now", "RFC 7519 section 4.1.4",
             iat=_NOW + 30, exp=_NOW + 330),
    _control("not-before", "valid from now", "RFC 7519 section 4.1.5", nbf=_NOW),
    _control("longest", "a life of 600 s", "our choice", exp=_NOW + 600),
    _control("extra-claim", "a claim that we don't know", "RFC 7519 section 4", color="blue"),
    _control("unicode-subject", "a name in composed Unicode", _NAMES, sub="zo\u00eb"),
    _control("greek-subject", "a name in one other script", _NAMES, sub="\u03b6\u03c9\u03ae"),
    _control("longest-subject", "a name of 255 characters", "OpenID Connect Core", sub="a" * 255),
    _control("actor", "an agent acts for the user", "RFC 8693 section 4.1", act={"sub": "agent"}),
    _control("four-actors", "four actors in a chain", "RFC 8693 section 4.1", act=_deep(4)),
    Forgery("control.long-typ", "typ with its prefix, in capitals",
            lambda w: w.with_header(typ="APPLICATION/AT+JWT"), None, _TYP),
    Forgery("control.extra-header", "a header parameter that we don't know",
            lambda w: w.with_header(color="blue"), None, "RFC 7515 section 4"),
    Forgery("control.bad-neighbour", "a useless key beside the good one",
            lambda w: w.with_keys({"kty": "oct"}, {}, w.jwk()), None, "RFC 7517 section 5"),
    Forgery("control.same-kid-other-use", "an encryption key with the same kid beside it",
            lambda w: w.with_keys(w.jwk(use="enc"), w.jwk()), None, "RFC 7517 section 4.5"),
    Forgery("control.bare-key", "a key that says neither use nor alg",
            lambda w: w.with_keys(w.jwk(use=DROP, alg=DROP)), None, _JWK),
    Forgery("control.key-ops", "a key for verifying",
            lambda w: w.with_keys(w.jwk(key_ops=["verify"])), None, _JWK),
)

FORGERIES: tuple[Forgery, ...] = (
    # Algorithm and key headers.
    Forgery("algorithm.none", "alg none and no signature",
            lambda w: w.show(w.write(w.header(alg="none"), w.claims()).token.rpartition(".")[0]
                             + "."), "alg", _HEADER),
    Forgery("algorithm.none-signed", "alg none over a good signature",
            lambda w: w.with_header(alg="none"), "alg", _HEADER),
    Forgery("algorithm.hmac", "HMAC with the public key as secret",
            Workshop.hmac_with_public_key, "alg", "RFC 8725 section 2.1"),
    *(_header("alg", detail, value, "alg", _HEADER) for detail, value in (
        ("lower case", "rs256"), ("RS512", "RS512"), ("PS256", "PS256"), ("a list", ["RS256"]),
        ("missing", DROP), ("null", None), ("with a space", "RS256 "))),
    *(_header(name, "present", value, "header", source) for name, value, source in (
        ("jku", "http://127.0.0.1/jwks.json", _KEYS), ("x5u", "http://127.0.0.1/c.pem", _KEYS),
        ("x5c", ["MIIB"], _KEYS), ("crit", ["exp"], _CRIT), ("b64", True, "RFC 7797 section 3"),
        ("zip", "DEF", "RFC 8725 section 3.6"))),
    Forgery("header.jwk-present", "the header brings the stranger's key",
            lambda w: w.write(w.header(jwk=w.stranger.public_jwk()), w.claims(), w.stranger),
            "header", _KEYS),
    *(_header("kid", detail, value, reason, "RFC 7515 section 4.1.4")
      for detail, value, reason in (
        ("unknown", "nobody", "kid"), ("missing", DROP, "kid"), ("empty", "", "kid"),
        ("a number", 1, "kid"), ("null", None, "kid"), ("a path", "../../dev/null", "kid"),
        ("very long", "k" * (MAX_KID_CHARACTERS + 1), "kid"))),
    Forgery("signature.stranger", "signed by a stranger in the issuer's name",
            lambda w: w.write(w.header(), w.claims(), w.stranger), "signature", "RFC 7515 s. 5.2"),
    Forgery("signature.flipped", "one character of the payload changed",
            lambda w: w.with_parts(lambda h, p, s: f"{h}.{p[:9]}{'A' if p[9] != 'A' else 'B'}"
                                   f"{p[10:]}.{s}"), "signature", "RFC 7515 section 5.2"),
    Forgery("signature.missing", "no signature",
            lambda w: w.with_parts(lambda h, p, s: f"{h}.{p}."), "signature", _HEADER),
    Forgery("signature.borrowed", "the signature of another good token",
            lambda w: w.with_parts(lambda h, p, s: f"{h}.{p}." + w.with_claims(
                sub="operator-b").token.rpartition(".")[2]), "signature", "RFC 7515 s. 5.2"),
    # Type, duplicates, JSON.
    *(_header("typ", detail, value, "typ", _TYP) for detail, value in (
        ("JWT", "JWT"), ("missing", DROP), ("an id token", "id_token+jwt"), ("null", None),
        ("a list", ["at+jwt"]), ("a logout token", "logout+jwt"), ("with a space", "at+jwt "))),
    Forgery("json.header-twice", "alg stands twice in the header",
            lambda w: w.write(json.dumps(w.header()).replace("{", '{"alg": "none", ', 1).encode(),
                              w.claims()), "header", "RFC 7515 section 4"),
    Forgery("json.header-escaped-twice", "kid stands twice, once with an escape",
            lambda w: w.write(json.dumps(w.header()).replace("{", '{"k\\u0069d": "x", ', 1)
                              .encode(), w.claims()), "header", "RFC 7515 section 4"),
    Forgery("json.payload-twice", "sub stands twice in the payload",
            lambda w: w.with_payload(lambda t: t.replace("{", '{"sub": "quality-lead", ', 1)),
            "payload", "RFC 7519 section 4"),
    Forgery("json.act-twice", "sub stands twice inside act",
            lambda w: w.with_payload(lambda t: t[:-1] + ', "act": {"sub": "a", "sub": "b"}}'),
            "payload", "RFC 7519 section 4"),
    Forgery("json.nan", "exp is NaN", _with_member("exp", "NaN"), "payload", "RFC 8259 section 6"),
    Forgery("json.infinity", "exp is Infinity", _with_member("exp", "Infinity"), "payload",
            "RFC 8259 section 6"),
    Forgery("json.huge-float", "exp is 1e999", _with_member("exp", "1e999"), "type", _DATE),
    Forgery("json.long-number", "exp has 5,000 digits", _with_member("exp", "9" * 5000), "payload",
            _DATE),
    Forgery("json.array", "the payload is a list",
            lambda w: w.with_payload(lambda t: f"[{t}]"), "payload", "RFC 7519 section 7.2"),
    Forgery("json.trailing", "something follows the object",
            lambda w: w.with_payload(lambda t: t + " {}"), "payload", "RFC 8259 section 2"),
    Forgery("json.bom", "a byte order mark before the payload",
            lambda w: w.with_payload(lambda t: "\ufeff" + t), "payload", "RFC 8259 section 8.1"),
    Forgery("json.utf16", "the payload is UTF-16",
            lambda w: w.write(w.header(), json.dumps(w.claims()).encode("utf-16")), "payload",
            "RFC 7519 section 7.2"),
    Forgery("json.latin1", "the payload isn't UTF-8",
            lambda w: w.write(w.header(), b'{"sub": "zo\xeb"}'), "payload", "RFC 7519 section 7.2"),
    Forgery("json.header-utf16", "the header is UTF-16",
            lambda w: w.write(json.dumps(w.header()).encode("utf-16-le"), w.claims()), "header",
            "RFC 7515 section 5.2"),
    Forgery("json.deep", "a claim nested 500 deep",
            lambda w: w.with_payload(lambda t: t[:-1] + ', "x": ' + "[" * 500 + "]" * 500 + "}"),
            "payload", _ONE_MEANING),
    Forgery("json.deep-header", "a header nested 2,000 deep",
            lambda w: w.write(b'{"alg":' + b"[" * 2000 + b"]" * 2000 + b"}", w.claims()), "header",
            _ONE_MEANING),
    Forgery("json.empty", "the payload is empty", lambda w: w.write(w.header(), b""), "payload",
            "RFC 7519 section 7.2"),
    # Times.
    *(_claim(name, detail, value, "type", _DATE) for name in ("iat", "exp", "nbf")
      for detail, value in (
        ("a string", str(_NOW)), ("a boolean", True), ("a fraction", _NOW + 0.5),
        ("null", None), ("a list", [_NOW]), ("negative", -1), ("zero", 0),
        ("milliseconds", _NOW * 1000))),
    _claim("exp", "long past", _NOW - 1, "lifetime", "RFC 7519 section 4.1.4"),
    Forgery("time.expired", "expired a minute ago",
            lambda w: w.with_claims(iat=_NOW - 360, exp=_NOW - 60), "expired",
            "RFC 7519 section 4.1.4"),
    Forgery("time.expired-just", "expired exactly 30 s ago",
            lambda w: w.with_claims(iat=_NOW - 330, exp=_NOW - 30), "expired",
            "RFC 7519 section 4.1.4"),
    Forgery("time.future", "issued a minute from now",
            lambda w: w.with_claims(iat=_NOW + 60, exp=_NOW + 360), "early", _CLAIM),
    _claim("nbf", "a minute from now", _NOW + 60, "early", "RFC 7519 section 4.1.5"),
    _claim("exp", "601 s after iat", _NOW + 601, "lifetime", "our choice"),
    _claim("exp", "ten years away", _NOW + 315_360_000, "lifetime", "our choice"),
    _claim("exp", "equal to iat", _NOW, "lifetime", "our choice"),
    # Issuer, audience, subject, scope.
    *(_claim(name, "missing", DROP, "missing", _CLAIM)
      for name in ("iss", "sub", "aud", "exp", "iat", "jti", "client_id")),
    *(_claim("iss", detail, value, reason, "RFC 7519 section 4.1.1") for detail, value, reason in (
        ("another issuer", "http://evil.example", "issuer"),
        ("a longer name", "http://issuer.example.evil.example", "issuer"),
        ("with a slash", "http://issuer.example/", "issuer"),
        ("in capitals", "HTTP://ISSUER.EXAMPLE", "issuer"), ("empty", "", "type"),
        ("a list", ["http://issuer.example"], "type"), ("null", None, "type"))),
    *(_claim("aud", detail, value, reason, "RFC 8725 section 3.9")
      for detail, value, reason in (
        ("another service", "search", "audience"), ("a longer name", "inspections2", "audience"),
        ("two services", ["inspections", "search"], "audience"),
        ("the same twice", ["inspections", "inspections"], "audience"),
        ("an empty list", [], "audience"), ("in capitals", "Inspections", "audience"),
        ("words", "inspections search", "audience"), ("an object", {"0": "inspections"}, "type"),
        ("nested", [["inspections"]], "audience"), ("null", None, "type"), ("empty", "", "type"))),
    *(_claim("sub", detail, value, reason, _NAMES) for detail, value, reason in (
        ("empty", "", "type"), ("a number", 1, "type"), ("null", None, "type"),
        ("a list", ["operator-a"], "type"), ("256 characters", "a" * 256, "type"),
        ("with a newline", "operator-a\n", "subject"), ("with a null byte", "a\0b", "subject"),
        ("with an escape", "a\x1b[2J", "subject"), ("with a zero-width space", "operator-a\u200b",
                                                    "subject"),
        ("right to left", "a-\u202erotarepo", "subject"), ("fullwidth", "\uff4fperator-a",
                                                           "subject"),
        ("a ligature", "o\ufb03cer", "subject"), ("decomposed", "zoe\u0308", "subject"),
        ("half Cyrillic", "\u043eperator-a", "subject"), ("half Greek", "\u03bfperator-a",
                                                          "subject"),
        ("with a surrogate", "a\ud800", "subject"), ("with a space before", " operator-a",
                                                     "subject"),
        ("with a filler", "operator-a\u3164", "subject"), ("with a variation selector",
                                                           "operator-a\ufe0f", "subject"))),
    *(_claim(name, detail, value, "type", "RFC 6749 appendix A.1") for name in ("client_id", "jti")
      for detail, value in (("empty", ""), ("a number", 1), ("null", None),
                            ("with a newline", "a\nb"), ("not ASCII", "\u043dotebook"),
                            ("very long", "a" * 256))),
    *(_claim("scope", detail, value, "scope", _SCOPE) for detail, value in (
        ("a list", ["inspections:read"]), ("empty", ""), ("null", None), ("a number", 1),
        ("with two spaces", "inspections:read  lots:write"), ("with a tab", "a\tb"),
        ("with a space before", " inspections:read"), ("with quotes", 'inspections:"read"'),
        ("with a newline", "inspections:read\n"), ("not ASCII", "inspections:re\u0430d"))),
    *(_claim("act", detail, value, "actor" if value != {"sub": ""} else "type", "RFC 8693 s. 4.1")
      for detail, value in (("a string", "agent"), ("a list", [{"sub": "agent"}]), ("null", None),
                            ("nested too deep", _deep(5)), ("with an empty sub", {"sub": ""}))),
    _claim("act", "an object without sub", {}, "type", "RFC 8693 section 4.1"),
    # Encoding.
    *(_parts(slug, what, reason, change)
      for slug, what, reason, change in (
        ("padded", "a padded twin", "encoding", lambda h, p, s: f"{h}.{p}.{s}=="),
        ("padded-header", "a padded header", "encoding", lambda h, p, s: f"{h}==.{p}.{s}"),
        ("stray-bit", "unused bits of the last character set", "encoding",
         lambda h, p, s: f"{h}.{p}.{_stray_bit(s)}"),
        ("plus", "the other base64 alphabet", "encoding",
         lambda h, p, s: f"{h}.{p}." + s.replace("-", "+").replace("_", "/") + "+/"),
        ("newline", "a newline at the end", "encoding", lambda h, p, s: f"{h}.{p}.{s}\n"),
        ("newline-within", "a newline in the middle", "encoding",
         lambda h, p, s: f"{h}.{p[:9]}\n{p[9:]}.{s}"),
        ("space", "a space in front", "encoding", lambda h, p, s: f" {h}.{p}.{s}"),
        ("null-byte", "a null byte at the end", "encoding", lambda h, p, s: f"{h}.{p}.{s}\0"),
        ("unicode", "a look-alike letter", "encoding", lambda h, p, s: f"{h}.{p}.{s}\u0430"),
        ("four-parts", "four parts", "parts", lambda h, p, s: f"{h}.{p}.{s}.{s}"),
        ("two-parts", "two parts", "parts", lambda h, p, s: f"{h}.{p}"),
        ("five-parts", "five parts, like an encrypted token", "parts",
         lambda h, p, s: f"{h}.{p}.{s}.{s}.{s}"),
        ("empty", "an empty string", "parts", lambda h, p, s: ""),
        ("dots", "two dots", "header", lambda h, p, s: ".."),
        ("bearer", "the word Bearer in front", "encoding", lambda h, p, s: f"Bearer {h}.{p}.{s}"),
        ("json", "the JSON serialisation", "parts",
         lambda h, p, s: json.dumps({"protected": h, "payload": p, "signature": s})),
        ("one-megabyte", "a token of a megabyte", "size",
         lambda h, p, s: f"{h}.{p}{'A' * 1_000_000}.{s}"))),
    # Keys.
    *(_key(slug, what, source, changes)
      for slug, what, source, changes in (
        ("for-encryption", "the key is for encryption", _JWK, {"use": "enc"}),
        ("other-algorithm", "the key is for RS512", _JWK, {"alg": "RS512"}),
        ("key-ops-sign", "the key's operation is sign", _JWK, {"key_ops": ["sign"]}),
        ("key-ops-string", "key_ops is a string", _JWK, {"key_ops": "verify"}),
        ("key-ops-twice", "an operation twice", _JWK, {"key_ops": ["verify", "verify"]}),
        ("key-ops-empty", "no operation", _JWK, {"key_ops": []}),
        ("symmetric", "kty is oct", _JWK, {"kty": "oct"}),
        ("lower-case-kty", "kty is rsa", _JWK, {"kty": "rsa"}),
        ("private", "the key shows its private exponent", _MODULUS, {"d": "AQAB"}),
        ("exponent-one", "e is 1: every message is its own signature", _MODULUS, {"e": "AQ"}),
        ("exponent-three", "e is 3", _MODULUS, {"e": "Aw"}),
        ("exponent-zeros", "e with a leading zero byte", _MODULUS, {"e": "AAEAAQ"}),
        ("exponent-missing", "no e", _MODULUS, {"e": DROP}),
        ("modulus-missing", "no n", _MODULUS, {"n": DROP}),
        ("modulus-empty", "an empty n", _MODULUS, {"n": ""}),
        ("modulus-number", "n is a number", _MODULUS, {"n": 3233}),
        ("modulus-tiny", "n has 16 bits", _MODULUS, {"n": "DKE"}),
        ("modulus-even", "n is even", _MODULUS, {"n": "_" * 340 + "_g"}),
        ("modulus-huge", "n has 65,536 bits", _MODULUS, {"n": "_" * 10_922 + "w"}))),
    Forgery("key.modulus-zeros", "n with a leading zero byte",
            lambda w: w.with_keys(w.jwk(n=_padded_modulus(w))), "kid", _MODULUS),
    Forgery("key.modulus-padded", "n padded with =",
            lambda w: w.with_keys(w.jwk(n=w.jwk()["n"] + "==")), "kid", _MODULUS),
    Forgery("key.twice", "two keys share the kid",
            lambda w: w.with_keys(w.jwk(), {**w.stranger.public_jwk(), "kid": w.key.kid}), "key",
            "RFC 7517 section 4.5"),
    Forgery("key.none", "an empty set", lambda w: w.with_keys(), "kid", "RFC 7517 section 5"),
    Forgery("key.no-set", "keys is no list",
            lambda w: w.show(w.with_claims().token, {"keys": "none"}), "key", "RFC 7517 section 5"),
)
# fmt: on
