"""The index of the runbooks finds what stands there, whatever was done to the file."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select

from labkit.database import Database, prepare, seeded_database
from labkit.database.fulltext import matching
from labkit.database.tables import Runbook
from labkit.errors import StorageError


@pytest.fixture
def path(cache, tmp_path):
    return seeded_database(cache, tmp_path / "lab.sqlite")


def changed(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


async def found(path, question):
    """Return the ids and snippets that fit, the best first."""
    database = Database(f"sqlite:///{path}")
    query = matching(select(Runbook.id), question, dialect="sqlite")
    async with database.session() as session:
        rows = (await session.execute(query)).all()
    await database.close()
    return [(row.id, row.snippet) for row in rows]


async def test_rows_that_are_numbered_anew_are_found_as_before(path):
    """VACUUM is free to number them anew (sqlite.org/lang_vacuum.html); no trigger hears of it."""
    before = await found(path, "label printer")
    changed(
        path,
        "DROP TRIGGER runbooks_text_changed",
        "UPDATE runbooks SET rowid = rowid + 1000",
        "VACUUM",
    )
    assert await found(path, "label printer") == before
    assert before[0][0] == "label-printer"


async def test_what_was_deleted_or_replaced_is_not_found_any_more(path):
    changed(path, "UPDATE runbooks SET title = 'x', body = 'zebra' WHERE id = 'scratches'")
    assert "scratches" not in dict(await found(path, "scratches"))
    changed(path, "DELETE FROM runbooks WHERE id = 'scratches'")
    assert await found(path, "zebra") == []


async def test_an_id_is_no_text_to_search(path):
    changed(path, "UPDATE runbooks SET title = 'x', body = 'y' WHERE id = 'label-printer'")
    assert "label-printer" not in dict(await found(path, "label printer"))


async def test_an_index_of_an_older_labkit_is_refused_with_what_to_do(path):
    changed(
        path,
        "DROP TABLE runbooks_text",
        "CREATE VIRTUAL TABLE runbooks_text USING fts5(title, body, content='runbooks')",
    )
    database = Database(f"sqlite:///{path}")
    with pytest.raises(StorageError, match="older labkit: runbooks_text has no id"):
        await prepare(database)
    await database.close()
