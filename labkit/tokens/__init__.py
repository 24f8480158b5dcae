"""
Who are you: keys, signed tokens, and the policy that accepts them.

Read in this order: `encoding` (bytes and JSON with one spelling each), `keys`, `jws` (sign and
verify), `access` (what a token for us has to say), `jwks` (how the keys get here), `ring` (how they
change), `lives` (what became of each), `assertion` (a client that signs), `replay` (what counts
once).
"""

from labkit.tokens.access import AccessTokenPolicy, Claims, issue_access_token
from labkit.tokens.jwks import JwksClient, JwksLimits
from labkit.tokens.jws import parse_jws, sign_jws, verify_jws
from labkit.tokens.keys import SigningKey, public_pem
from labkit.tokens.ring import KeyRing

__all__ = [
    "AccessTokenPolicy",
    "Claims",
    "JwksClient",
    "JwksLimits",
    "KeyRing",
    "SigningKey",
    "issue_access_token",
    "parse_jws",
    "public_pem",
    "sign_jws",
    "verify_jws",
]
