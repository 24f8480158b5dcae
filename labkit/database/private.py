"""
A SQLite file that only its owner may read, where the platform has such rights.

Floor 1: imports nothing of labkit.
"""

import os
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600  # Read and write for the owner, nothing for anybody else.


def create_private(path: Path) -> None:
    """
    Make an empty file at *path* for its owner alone; one that is there is left as it is.

    SQLite gives the files that it puts beside it the same rights. One that it has open must not be
    opened here: closing it would let go of SQLite's locks (https://sqlite.org/howtocorrupt.html,
    section 2.2). Windows has lists of rights instead, inherited from the folder.

    Raises:
        OSError: It can't be made there.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
