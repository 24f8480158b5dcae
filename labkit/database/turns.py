"""
One process at a time: for what may be done once only, such as making tables that aren't there.

SQLite needs nothing for it: a `labkit.database.Database.transaction` is alone from its first
statement on. PostgreSQL lets many make the same table, and all but one of them fail.

Floor 1: knows SQLAlchemy.
"""

from sqlalchemy import Connection, text


def take_turns(connection: Connection, lock: int) -> None:
    """
    Wait until no other transaction holds *lock*; hold it until this one ends.

    Args:
        lock: Any number under 2**63 that nothing else in the database locks.

    Source: PostgreSQL 18, section 13.3.5, "Advisory Locks".
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({lock})"))
