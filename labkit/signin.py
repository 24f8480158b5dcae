"""
How a local user signs in at a running issuer: what is sent, and what a refusal means to the caller.

Only a lab's issuer takes it: there is no proof in it, so it's for this machine alone.

Floor 3: knows how a client talks to a service, and who may sign in where.
"""

from collections.abc import Mapping

import httpx2

from labkit.client import ServiceClient
from labkit.errors import ServiceError, UsageError
from labkit.services.grants import LOCAL_SIGN_IN, LOCAL_USERS, NOTEBOOK
from labkit.services.scopes import AUDIENCES, INSPECTIONS


def sign_in(issuer_client: ServiceClient, user: str, *, audience: str, scope: str) -> str:
    """
    Return an access token for a local user, from the running issuer.

    Args:
        issuer_client: Talks to the issuer.
        user: Such as "quality-lead".
        audience: The one service that the token is for, such as "inspections".
        scope: What it allows there, words separated by spaces; empty allows nothing.

    Raises:
        UsageError: The issuer refuses; the text says what it refuses.
        ServiceError: It doesn't answer, or not as an issuer does.
    """
    wanted = {"user": user, "audience": audience, "scope": scope}
    for name, value in wanted.items():
        if not isinstance(value, str) or (name != "scope" and not value.strip()):
            raise UsageError(f'{name} is a string such as "{_EXAMPLES[name]}"')
    form = sign_in_form(user, audience=audience, scope=scope)
    return _token_of(issuer_client.post("/token", data=form), wanted)


def sign_in_form(user: str, *, audience: str, scope: str) -> dict[str, str]:
    """Return what the issuer's token endpoint is sent to sign a local user in."""
    return {
        "grant_type": LOCAL_SIGN_IN,
        "client_id": NOTEBOOK.client_id,
        "username": user,
        "audience": audience,
        "scope": scope,
    }


_EXAMPLES = {"user": "quality-lead", "audience": "inspections", "scope": "inspections:read"}
_REFUSALS = {  # RFC 6749 section 5.2 and RFC 8707 section 2, each with what was wrong in the call.
    "invalid_grant": ("user", f"the users are {', '.join(LOCAL_USERS)}"),
    "invalid_target": ("audience", f"the services are {', '.join(AUDIENCES)}"),
    "invalid_scope": ("scope", f"users may ask for {' and '.join(sorted(AUDIENCES[INSPECTIONS]))}"),
}


def _token_of(response: httpx2.Response, wanted: Mapping[str, str]) -> str:
    """Return the token of the answer, or raise what it says in the words of the caller."""
    try:
        answer = response.json()
        if response.status_code == httpx2.codes.OK:
            return str(answer["access_token"])
        code = str(answer["error"])
    except (ValueError, TypeError, KeyError):
        raise ServiceError(
            f"this isn't how an issuer answers (status {response.status_code}): is the URL right?"
        ) from None
    if code in _REFUSALS:
        name, known = _REFUSALS[code]
        raise UsageError(f"the issuer knows no {name} {wanted[name]!r:.80} here: {known}")
    raise UsageError(f"the issuer refused ({code}): {answer.get('error_description', '')}")
