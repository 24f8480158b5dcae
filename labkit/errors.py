"""
Every error that labkit raises on purpose.

::

    LabkitError
    ├── UsageError            called with something that can't work (also a ValueError)
    ├── InvalidKey            key material that labkit won't use
    ├── InvalidToken          the token proves nothing; ``reason`` is for the log, not the sender
    │   ├── ExpiredToken      it was good once: ask the issuer for a new one
    │   └── UnknownKey        no key has this ``kid``: fetch the key set again, once
    ├── KeySourceDown         the issuer's keys can't be had and none is cached
    ├── ServiceError          a service of the lab didn't do its part
    │   ├── StartFailed       it didn't start; the real cause is in the text
    │   └── PortTaken         another program listens there
    ├── ModelError            the endpoint of a language model gave no usable reply
    ├── StorageError          the disk said no: full, read-only, not there
    └── MissingDependency     a package of an optional part isn't installed

A message says what happened, then what to try next, in words that a learner understands. None
quotes a token, a key, a secret or the value of a claim.

Floor 0: imports nothing of labkit.
"""


class LabkitError(Exception):
    """Base of all errors here: catch this one to catch them all."""


class UsageError(LabkitError, ValueError):
    """A function was called with something that it can't use. The text names the argument."""


class InvalidKey(LabkitError):
    """Key material that can't be loaded, or that labkit refuses (size, exponent, purpose)."""


class InvalidToken(LabkitError):
    """
    A token that proves nothing.

    Attributes:
        reason: Which check failed, one word such as ``"signature"`` or ``"audience"``.
            For the security log. The sender of the token isn't told (RFC 6750 section 3.1).
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{message} [{reason}]")
        self.reason = reason
        self.message = message

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Survive pickling, which passes ``args`` and not what ``__init__`` takes."""
        return type(self), (self.reason, self.message)


class ExpiredToken(InvalidToken):
    """The token was valid until its ``exp``. Ask the issuer for a new one."""


class UnknownKey(InvalidToken):
    """No key of the set has the token's ``kid``. Fetch the key set again, once, then give up."""


class KeySourceDown(LabkitError):
    """The issuer's key set can't be fetched and no key is cached: neither yes nor no."""


class ServiceError(LabkitError):
    """A service of the lab didn't do its part."""


class StartFailed(ServiceError):
    """
    A service didn't start. The text holds the cause as the service itself raised it.

    Attributes:
        details: The traceback of the service's thread, as text.
    """

    details = ""


class PortTaken(ServiceError):
    """Another program listens on the wanted port. Stop it, or let labkit choose with port 0."""


class ModelError(LabkitError):
    """
    The endpoint of a language model gave no usable reply. The text says what to do about it.

    Attributes:
        status: The HTTP status of its answer, or None if there was none.
        can_retry: Whether the same request may work later: it was busy, down, or cut off.
        retry_after_s: Seconds to wait before that, if it said so.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        can_retry: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.can_retry = can_retry
        self.retry_after_s = retry_after_s


class StorageError(LabkitError):
    """The disk said no. The text names the folder and what to do about it."""


class MissingDependency(LabkitError):
    """A package of an optional part isn't installed. The text names the command that mends it."""
