"""
Why a database couldn't be used, in words that may be shown.

Floor 1: knows SQLAlchemy.
"""

import sqlite3

from sqlalchemy import exc


def cause_of(error: Exception) -> str:
    """Say what the system or the database said, without the statement and its values."""
    if isinstance(error, OSError):  # A server that isn't there, too.
        return error.strerror or "nobody answers"
    if isinstance(error, exc.DBAPIError):
        return str(error.orig)
    return str(error) if isinstance(error, sqlite3.Error) else type(error).__name__
