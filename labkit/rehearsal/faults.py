"""
How a request is refused.

Floor 1: imports nothing of labkit.
"""


class RequestFault(Exception):
    """
    A request that is refused.

    Attributes:
        message: What is wrong, for the programmer of the client.
        param: Which member of the request; None for the whole.
        code: One word for programs, or None.
        status: HTTP status.
    """

    def __init__(
        self, message: str, param: str | None = None, code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.message, self.param, self.code, self.status = message, param, code, status
