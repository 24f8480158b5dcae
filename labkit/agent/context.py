"""
What a running tool gets besides its arguments: who it runs for, and how to reach its service.

The model never sees any of it, and can't choose any of it. A tool asks for it by annotation::

    async def defect_rate(line: str, context: ToolContext) -> dict: ...

Floor 2: knows errors and what a path of a service looks like.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from labkit.client import Parameters, check_path, unsendable
from labkit.errors import ServiceError, UsageError

REPORT_CHARACTERS = 200  # Our choice: a line. Cut when the token is out of it, not before.


class ServiceHttp:
    """
    Sends requests to one service with the token of one call, on the loop of the run.

    Only paths are taken, and no redirect is followed: the token can't end up anywhere else.
    """

    def __init__(self, audience: str, http: httpx2.AsyncClient, token: str) -> None:
        self._audience = audience
        self._http = http
        self._token = token

    async def get(self, path: str, *, params: Parameters | None = None) -> httpx2.Response:
        """
        GET *path*.

        Raises:
            UsageError: The path or a parameter can't be sent.
            ServiceError: The service didn't answer.
        """
        return await self.request("GET", path, params=params)

    async def post(
        self, path: str, *, json: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """
        POST *json* to *path*.

        Raises:
            UsageError: The path, a header or the body can't be sent.
            ServiceError: The service didn't answer.
        """
        return await self.request("POST", path, json=json, headers=headers)

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **body: Any,  # noqa: ANN401  json, params and data, as httpx2 takes them
    ) -> httpx2.Response:
        """
        Send any other *method*, such as "DELETE".

        Raises:
            UsageError: Something can't be sent.
            ServiceError: The service didn't answer.
        """
        check_path(path)
        sent = {**(headers or {})}
        if any(name.lower() == "authorization" for name in sent):
            raise UsageError("the Authorization header is set here, for this call alone")
        sent["Authorization"] = f"Bearer {self._token}"
        try:
            return await self._http.request(method, path, headers=sent, **body)
        except Exception as error:  # Its text may quote a header: it isn't chained.
            down = f"{self._audience} didn't answer ({type(error).__name__}): is it running?"
            raise unsendable(error) or ServiceError(down) from None

    def __repr__(self) -> str:
        return f"<ServiceHttp {self._audience}>"


class ToolContext:
    """
    One call, as its tool sees it.

    Attributes:
        run_id: Names the run in the audit trail.
        call_id: Names the call in events and transcript.
    """

    __slots__ = ("_http", "_report", "call_id", "run_id")

    def __init__(
        self,
        run_id: str,
        call_id: str,
        report: Callable[[str, float | None], None],
        http: ServiceHttp | None = None,
    ) -> None:
        self.run_id = run_id
        self.call_id = call_id
        self._report = report
        self._http = http

    @property
    def http(self) -> ServiceHttp:
        """
        The client of the tool's service; it carries a token for this call alone.

        Raises:
            UsageError: The tool declares no audience.
        """
        if self._http is None:
            raise UsageError('this tool has no service: declare @tool(audience="...", scope="...")')
        return self._http

    def report(self, message: str, fraction: float | None = None) -> None:
        """
        Say how far the call is; from any thread.

        Args:
            message: A line for whoever watches; the model doesn't see it.
            fraction: From 0 to 1, or None if nobody can tell.

        Raises:
            UsageError: *fraction* lies outside.
        """
        if fraction is not None and not 0 <= fraction <= 1:
            raise UsageError("fraction goes from 0 to 1")
        self._report(str(message), fraction)

    def __repr__(self) -> str:
        return f"<ToolContext {self.call_id}>"
