"""
02.3: 200, 401 or 403: who are you, and may you.

Floor 4: knows tokens, and the kit.
"""

import time
from typing import Any

import jwt

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.task import Room, Submission, Task
from labkit.tokens.teaching import teaching_key

AUDIENCE = "inspections"
NEEDED = "inspections:read"
FINE, WHO, MAY_NOT = 200, 401, 403


def _token(scope: str | None, by: str = "issuer") -> str:
    now = int(time.time())
    claims = {"sub": "operator-a", "aud": AUDIENCE, "iat": now, "exp": now + 300}
    if scope is not None:
        claims["scope"] = scope
    return jwt.encode(claims, teaching_key(by).private_key, "RS256")


def verify(token: str) -> dict[str, Any]:
    """Return the claims of a token that the issuer signed for us, or raise an error."""
    key = teaching_key().private_key.public_key()
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE)
    return claims


def _starter(token, verify, needed):
    return TODO


def decide(token, verify, needed):
    if token is None:
        return 401
    try:
        claims = verify(token)
    except Exception:
        return 401
    scopes = claims.get("scope", "").split(" ")
    return 200 if needed in scopes else 403


def _check(submission: Submission, _room: Room | None) -> None:
    for what, token, right, codes in _cases():
        status = submission(token, verify, NEEDED)
        expect_type(status, int)
        if status == right:
            continue
        code = codes.get(status, "other-status")  # type: ignore[call-overload]  # An int.
        says = f"Your function answered {status} to a request {what}."
        raise Finding(code, says)


_Case = tuple[str, str | None, int, dict[int, str]]


def _cases() -> tuple[_Case, ...]:
    no_one = {MAY_NOT: "403-for-missing-token", FINE: "open-door"}
    no_right = {WHO: "401-for-missing-scope", FINE: "scope-ignored"}
    refused = {WHO: "right-refused", MAY_NOT: "right-refused"}
    first_only = dict.fromkeys((WHO, MAY_NOT), "one-scope-only")
    return (
        (f"whose token carries the scope {NEEDED}", _token(NEEDED), FINE, refused),
        ("whose token carries several scopes, ours among them",
         _token(f"search:read {NEEDED} agent:ask"), FINE, first_only),
        ("that brought no token", None, WHO, no_one),
        ("whose token a stranger signed", _token(NEEDED, by="stranger"), WHO, no_one),
        ("whose good token has no scope claim", _token(None), MAY_NOT, no_right),
        ("whose good token carries another scope", _token("search:read"), MAY_NOT, no_right),
        (f"whose token carries only {NEEDED}-own", _token(f"{NEEDED}-own"), MAY_NOT,
         {**no_right, FINE: "substring-scope"}),
        ("whose token carries only my-inspections:read", _token(f"my-{NEEDED}"), MAY_NOT,
         {**no_right, FINE: "substring-scope"}),
    )  # fmt: skip


def _always_403(token, verify, needed):
    status = decide(token, verify, needed)
    return 403 if status == 401 else status


def _always_401(token, verify, needed):
    status = decide(token, verify, needed)
    return 401 if status == 403 else status


def _lets_anybody_in(token, verify, needed):
    return 200 if token is None else decide(token, verify, needed)


def _asks_who_only(token, verify, needed):
    status = decide(token, verify, needed)
    return 200 if status == 403 else status


def _looks_inside_the_text(token, verify, needed):
    if decide(token, verify, needed) == 401:
        return 401
    return 200 if needed in verify(token).get("scope", "") else 403


def _expects_one(token, verify, needed):
    if decide(token, verify, needed) == 401:
        return 401
    return 200 if verify(token).get("scope") == needed else 403


DECIDE = Task(
    id="02.3",
    title="401 or 403",
    task="Write decide(token, verify, needed): return 200 if the request may pass, 401 if nobody "
    "knows who sends it, 403 if the sender is known but lacks the scope.",
    starter=_starter,
    check=_check,
    solution=decide,
    call=lambda _room: (None, verify, NEEDED),
    wrong={
        "right-refused": lambda token, verify, needed: 403,
        "one-scope-only": _expects_one,
        "403-for-missing-token": _always_403,
        "open-door": _lets_anybody_in,
        "401-for-missing-scope": _always_401,
        "scope-ignored": _asks_who_only,
        "substring-scope": _looks_inside_the_text,
        "other-status": lambda token, verify, needed: 500,
    },
    hints={
        "right-refused": (
            "What does verify(token) return for a good token, and what stands in its scope?",
            "If the token is good and its scope holds what is needed, nothing is left to refuse.",
            "return 200 at the end of that path",
        ),
        "one-scope-only": (
            "How many scopes can one token carry, and how are they written?",
            "scope is one text with words separated by spaces. The one that is needed may be any "
            "of them.",
            "claims['scope'].split(' ') is a list; look whether needed is in it",
        ),
        "403-for-missing-token": (
            "What should the sender do next: get a token, or ask for more rights?",
            "401 says: I don't know who you are, come back with a good token. 403 says: I know "
            "you, and you may not. No token, or one that proves nothing, tells you nothing about "
            "who it is.",
            "None, and a token for which verify(...) raises an error: return 401",
        ),
        "open-door": (
            "Who is the sender of that request, and who says so?",
            "A request without a token that proves something comes from anybody. Everything that "
            "isn't known to be allowed is refused.",
            "if token is None: return 401, and the same where verify(...) raises",
        ),
        "401-for-missing-scope": (
            "Would a new token, got in the same way, help this sender?",
            "The token is good: you know who sends it. What is missing is a right, and 401 would "
            "send them to fetch the same token again and again.",
            "verify(...) returned claims, but the scope isn't among them: return 403",
        ),
        "scope-ignored": (
            "Which line of yours looks at what the token allows?",
            "A good token says who; its scope says what they may do here. Both have to be right. "
            "A token without the claim allows nothing.",
            "scopes = claims.get('scope', '') as a list of words; without the one needed: 403",
        ),
        "substring-scope": (
            "Is inspections:read a part of the text inspections:read-own? Is it the same right?",
            "Two rights are the same only if they are the same word. Python's in looks for a piece "
            "of a text, and for a whole item of a list.",
            "split the scope at its spaces first; then needed in <the list>",
        ),
        "other-status": (
            "Which three numbers does the task name?",
            "A status code is a promise to the client about what to do next. 500 says that your "
            "service is broken, and it isn't.",
            "return 200, 401 or 403 on every path",
        ),
    },
)
