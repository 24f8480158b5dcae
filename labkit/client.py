"""
A small HTTP client for one service of a lab: one connection pool, paths only, readable errors.

::

    path       "/lines/3": where to go in this service; a whole URL is refused, so a token that was
               meant for one service can't end up at another address
    stopped    the lab was stopped: the client says so instead of "connection refused"

Floor 1: knows errors.
"""

import ssl
from collections.abc import Mapping
from typing import Any, NoReturn

import httpx2

from labkit.errors import ServiceError, UsageError

TIMEOUT_S = 30.0  # Our choice: no answer of a lab takes that long; a service that is stuck does.
STOPPED = "this lab was stopped; run lab = labkit.start(...) again, or Lab() in a script"

TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""
For clients of ``http://127.0.0.1``: without authorities, it would refuse any TLS peer. The default
loads all authorities of the web, which takes 40 ms for each client.
"""

Parameters = Mapping[str, str | int | float | bool | None]


class ServiceClient:
    """
    Sends requests to one service, synchronously, over connections that are reused.

    Args:
        name: What the service is called, such as "inspections".
        url: Its base URL, without a path.

    Attributes:
        docs_url: Where its interactive documentation is.

    Raises:
        UsageError: *url* can't be one.
    """

    def __init__(self, name: str, url: str) -> None:
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise UsageError("url begins with http:// or https://")
        self.name = name
        self.url = url
        self.docs_url = f"{url}/docs"
        self._stopped = ""  # Why, once it is.
        verify = TRUSTS_NOBODY if url.startswith("http://") else True
        try:
            # trust_env: a proxy that is set for the internet can't reach this machine's loopback.
            self._http = httpx2.Client(
                base_url=url, timeout=TIMEOUT_S, trust_env=False, verify=verify
            )
        except httpx2.InvalidURL as error:
            raise UsageError(f"this is no URL: {error}") from None

    def __repr__(self) -> str:
        """The name only: the port differs from run to run."""
        return f"<ServiceClient {self.name}{' (stopped)' if self._stopped else ''}>"

    def get(
        self,
        path: str,
        *,
        token: str | None = None,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """
        GET *path*, with ``Authorization: Bearer`` if there is a *token* (RFC 6750 section 2.1).

        Raises:
            UsageError: The path, the token or a parameter can't be sent.
            ServiceError: The lab was stopped, or the service didn't answer.
        """
        return self.request("GET", path, token=token, params=params, headers=headers)

    def post(
        self,
        path: str,
        *,
        token: str | None = None,
        json: object = None,
        data: Mapping[str, str] | None = None,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """
        POST to *path*: *json* as a JSON body, or *data* as a form.

        Raises:
            UsageError: The path, the token, a parameter or the body can't be sent.
            ServiceError: The lab was stopped, or the service didn't answer.
        """
        return self.request(
            "POST", path, token=token, json=json, data=data, params=params, headers=headers
        )

    def put(
        self,
        path: str,
        *,
        token: str | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """
        PUT *json* to *path*: what should be there from now on.

        Raises:
            UsageError: The path, the token or the body can't be sent.
            ServiceError: The lab was stopped, or the service didn't answer.
        """
        return self.request("PUT", path, token=token, json=json, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **body: Any,  # noqa: ANN401  json, data and params, as `get` and `post` declare them
    ) -> httpx2.Response:
        """
        Send any other *method*, such as "DELETE"; the rest is as for `get` and `post`.

        Raises:
            UsageError: Something can't be sent.
            ServiceError: The lab was stopped, or the service didn't answer.
        """
        if self._stopped:
            raise ServiceError(self._stopped)
        check_path(path)
        bearer = _bearer(token)
        try:
            return self._http.request(method, path, headers={**(headers or {}), **bearer}, **body)
        except Exception as error:
            self._explain(error)

    def close(self, why: str = STOPPED) -> None:
        """Close the connections; from now on every request says *why*. The first reason stays."""
        self._stopped = self._stopped or why
        self._http.close()

    def _explain(self, error: Exception) -> NoReturn:
        """
        Raise the error that the learner reads.

        The original isn't chained: its text may quote a header, and a header may be a token.
        """
        if self._stopped:
            raise ServiceError(self._stopped) from None
        if fault := unsendable(error):
            raise fault from None
        if isinstance(error, httpx2.TimeoutException):
            raise ServiceError(
                f"{self.name} gave no answer within {TIMEOUT_S:.0f} s: something in it is stuck. "
                "Start the lab again"
            ) from None
        raise ServiceError(
            f"{self.name} at {self.url} didn't answer ({type(error).__name__}): is it running?"
        ) from None


def unsendable(error: Exception) -> UsageError | None:
    """
    Return what kept a request from being sent, or None if *error* came once it was.

    Bad arguments surface as half a dozen types. What these say is left out: it may quote a header.
    """
    refused = httpx2.LocalProtocolError | httpx2.UnsupportedProtocol
    if isinstance(error, httpx2.TransportError) and not isinstance(error, refused):
        return None
    return UsageError(
        f"this request can't be sent ({type(error).__name__}): path and headers are strings "
        "without line breaks, params a dictionary, json something that JSON has"
    )


def check_path(path: str) -> None:
    """
    See that *path* stays within the service: no token may go anywhere else.

    Raises:
        UsageError: It doesn't, or isn't a string.
    """
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        raise UsageError('path begins with one slash, such as "/lines"; the service is given')


def _bearer(token: str | None) -> dict[str, str]:
    if token is None:
        return {}
    if not isinstance(token, str) or not token.strip():
        raise UsageError("token is a string such as lab.token() returns; leave it out for none")
    if not token.isascii() or not token.isprintable() or token != token.strip():
        raise UsageError("this token can't stand in a header: it has a line break or the like")
    return {"Authorization": f"Bearer {token}"}
