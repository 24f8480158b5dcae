"""
On whose authority a run acts: one user, and tokens for one call each.

Who asks is settled before the model reads a word. The model can't name a user, and never sees a
token: `labkit.agent.gateway` fetches one per call, hands it to the tool's HTTP client, and forgets
it when the call ends.

::

    subject      the user (``sub``)
    actor        the program that acts for them (``act``, RFC 8693 section 4.1)
    credential   an access token for one audience, with what one call needs there; it lives a minute
                 at most

Floor 2: knows errors.
"""

from dataclasses import dataclass, field
from typing import Protocol

from labkit.errors import UsageError

MAX_LIFETIME_S = 60
"""Seconds that a credential may live. Our choice: twice a tool's default timeout."""


@dataclass(frozen=True, slots=True)
class Credential:
    """
    An access token for one call.

    Attributes:
        token: What the service is shown.
        token_id: Its ``jti``, for the audit trail.
        lifetime_s: Seconds that it lives from now on (``expires_in``, RFC 6749 section 5.1): a span
            and no moment, so that clocks which differ do no harm.
    """

    token: str = field(repr=False)
    token_id: str
    lifetime_s: float


class CredentialSource(Protocol):
    """Gets tokens for one user, such as by token exchange (RFC 8693)."""

    async def credential(self, audience: str, scope: str) -> Credential:
        """
        Return a fresh token for *audience* that allows the words of *scope* and nothing else.

        Raises:
            LabkitError: There is none to be had. What it says may reach the model.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """
    One user, for one run or more.

    Attributes:
        subject: Who the user is.
        actor: Which program acts for them.
        scopes: What the user may do; no call gets further, whatever the model asks for.
        source: Where this user's tokens come from.

    Raises:
        UsageError: Something of it can't be used.
    """

    subject: str
    actor: str
    scopes: frozenset[str]
    source: CredentialSource = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what would let anybody pass for anybody."""
        if not all(isinstance(each, str) and each.strip() for each in (self.subject, self.actor)):
            raise UsageError("subject and actor are names: who asks, and which program for them")
        if isinstance(self.scopes, str):
            raise UsageError('scopes is a set of words: frozenset({"inspections:read"})')
        object.__setattr__(self, "scopes", frozenset(self.scopes))
