"""
Insert, unless the row is there: ``INSERT ... ON CONFLICT``, which SQLite and PostgreSQL share.

Asking first and inserting then leaves a gap between the two, in which somebody else inserts. Here
the primary key decides, and of two at once the second waits for the first.

Floor 1: knows SQLAlchemy.
"""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from labkit.database.tables import Base


def upsert(session: AsyncSession, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return an insert into *table* that knows ``on_conflict_do_nothing`` and its sibling."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
