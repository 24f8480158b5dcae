"""
What a record of an exchange has to have, to be drawn: its shape, not its class.

Floor 0: imports nothing of labkit.
"""

from collections.abc import Sequence
from typing import Protocol


class RawLike(Protocol):
    """
    The bytes of an exchange, such as ``labkit.instruments.RawAnswer``.

    A record of what the app saw may add ``scope``, ``messages``, ``left_out`` and ``error``, as
    ``labkit.instruments.SpiedExchange`` does.
    """

    @property
    def sent(self) -> bytes:
        """What the client sent."""

    @property
    def received(self) -> bytes:
        """What came back."""


class MessageLike(Protocol):
    """What was handed from server to app or back."""

    @property
    def step(self) -> int:
        """Its place in the order, from 1."""

    @property
    def direction(self) -> str:
        """Such as "send"."""

    @property
    def type(self) -> str:
        """Such as "http.request"."""

    @property
    def size(self) -> int:
        """Bytes of its body."""

    @property
    def more_body(self) -> bool:
        """Whether another message goes on with the body."""

    @property
    def status(self) -> int | None:
        """Of an ``http.response.start``."""

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """Of the same."""

    @property
    def body(self) -> bytes:
        """The beginning of it."""
