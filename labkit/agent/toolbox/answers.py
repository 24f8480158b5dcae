"""
What a service's answer becomes for a model: its JSON, or one sentence that says what to do.

Nothing of a header and no detail of a fault is passed on but where it lies in the request.

Floor 2: knows errors.
"""

from typing import Any
from urllib.parse import quote

import httpx2

from labkit.errors import ServiceError

INSPECTIONS = "inspections"
READ = "inspections:read"
SHOWN_FAULTS = 3  # As for arguments: enough to mend a call.


def segment(name: str, missing: str) -> str:
    """
    Return *name* as one segment of a path (RFC 3986 section 3.3), whatever a model writes.

    Raises:
        ServiceError: It can't be one; *missing* says what isn't there.
    """
    if not name or name.strip(".") == "":
        raise ServiceError(missing)
    return quote(name, safe="")


def told(response: httpx2.Response, missing: str = "there is no such thing") -> Any:  # noqa: ANN401  JSON
    """
    Return the JSON of a good answer.

    Args:
        response: The service's answer.
        missing: What a 404 means here. It means the same for what is absent and what isn't yours.

    Raises:
        ServiceError: It's another answer; the text is for the model.
    """
    codes, status = httpx2.codes, response.status_code
    if response.is_success:
        return response.json()
    if status == codes.NOT_FOUND:
        raise ServiceError(missing)
    if status == codes.UNPROCESSABLE_CONTENT:
        raise ServiceError(f"the service can't use this call: {_faults(response)}")
    if status in (codes.UNAUTHORIZED, codes.FORBIDDEN):
        raise ServiceError(f"the service doesn't allow this user that ({status})")
    if status in (codes.TOO_MANY_REQUESTS, codes.SERVICE_UNAVAILABLE):
        raise ServiceError(f"the service can't do this now ({status}): try again later")
    raise ServiceError(f"the service failed ({status}): try again later, or ask differently")


def _faults(response: httpx2.Response) -> str:
    """Return what a problem (RFC 9457) says of the parameters: their names, never their values."""
    try:
        said = [f"{fault['where']}: {fault['detail']}" for fault in response.json()["errors"]]
    except (ValueError, KeyError, TypeError):
        return "it doesn't say why"
    return "; ".join(said[:SHOWN_FAULTS])
