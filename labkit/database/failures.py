"""
Why a database couldn't be used, in words that may be shown.

Floor 1: knows SQLAlchemy.
"""

import logging
import sqlite3

from sqlalchemy import exc

LOG = logging.getLogger("labkit.database")
"""What the people of a service read when their database can't be used."""


def log_cause(error: Exception) -> None:
    """Log why a request couldn't use its database; its sender only learns when to retry."""
    LOG.error("the database can't be used: %s", cause_of(error))


def cause_of(error: Exception) -> str:
    """Say what the system or the database said, without the statement and its values."""
    if isinstance(error, OSError):  # A server that isn't there, too.
        return error.strerror or "nobody answers"
    if isinstance(error, exc.DBAPIError):
        return str(error.orig)
    return str(error) if isinstance(error, sqlite3.Error) else type(error).__name__
