"""
What an issuer has to remember, as tables of its own database.

::

    Ring ── RingKey     the keys and which of them signs
    SeenToken           names of tokens that count no more: used assertions, revoked tokens

The private half of the next and of the active key is in there, unencrypted. So the database is the
issuer's alone: a file that only its owner reads, or a PostgreSQL database with a user of its own.
No other service is given its URL.

Floor 2: knows nothing of keys or tokens but their texts. Times are Unix times in seconds.
"""

from sqlalchemy import Connection, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from labkit.database.turns import take_turns

MAX_NAME_CHARACTERS = 255  # Of an issuer and of a jti, as tokens bound them.
MAX_KID_CHARACTERS = 256
ADVISORY_LOCK = 0x1AB_1550E  # Any number that nothing else in this database locks.

ACTIVE, NEXT, RETIRED, REMOVED = "active", "next", "retired", "removed"


class IssuerBase(DeclarativeBase):
    """All tables of an issuer: ``IssuerBase.metadata``."""


class Ring(IssuerBase):
    """One issuer; its row is the lock of whoever changes the keys."""

    __tablename__ = "issuer_rings"

    issuer: Mapped[str] = mapped_column(String(MAX_NAME_CHARACTERS), primary_key=True)
    version: Mapped[int]  # Grows with each change, so a reader sees cheaply that nothing did.


class RingKey(IssuerBase):
    """A key: of a retired one the public half, of a removed one the name."""

    __tablename__ = "issuer_keys"

    issuer: Mapped[str] = mapped_column(ForeignKey("issuer_rings.issuer"), primary_key=True)
    kid: Mapped[str] = mapped_column(String(MAX_KID_CHARACTERS), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    pem: Mapped[str | None] = mapped_column(Text)
    jwk: Mapped[str | None] = mapped_column(Text)
    until: Mapped[float | None]


class SeenToken(IssuerBase):
    """A token that counts no more. Its primary key decides who was first."""

    __tablename__ = "issuer_seen"
    __table_args__ = (Index("issuer_seen_by_age", "forget_at"),)

    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(MAX_NAME_CHARACTERS), primary_key=True)
    token_id: Mapped[str] = mapped_column(String(MAX_NAME_CHARACTERS), primary_key=True)
    forget_at: Mapped[float]


def create_tables(connection: Connection) -> None:
    """Create what isn't there, one process at a time. The caller commits."""
    take_turns(connection, ADVISORY_LOCK)
    IssuerBase.metadata.create_all(connection)
