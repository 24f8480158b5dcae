"""
Full-text search over the runbooks: the words of a question in, the best matching texts out.

SQLite keeps an index of its own beside the table (FTS5), brought up to date by triggers, so every
write is found at once, whoever made it. It knows a runbook by its id: the number of a row, by which
an *external content* index would know it, may be another one after a ``VACUUM``. PostgreSQL reads
the few texts there are and needs none.

Glossary:
    word: letters or digits in a row; all else in a question separates words. Nothing of the
        question is syntax: not quotes, not ``NEAR``, not ``*``.
    score: how well a text fits, larger is better; BM25 in SQLite, ``ts_rank`` in PostgreSQL. Good
        for an order, not for comparing two questions.
    snippet: the part of a text around the words that were found.

Any word of the question may match, the more the better: people ask in sentences.

Floor 1: knows the tables.
"""

import re
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    column,
    event,
    func,
    literal_column,
    table,
    text,
)

from labkit.database.tables import Runbook

MAX_WORDS = 16  # Our choice: a sentence. More would only cost time.
SNIPPET_WORDS = 24  # Our choice: two lines.

_WORD = re.compile(r"[^\W_]+")
INDEX = "runbooks_text"
INDEX_COLUMNS = ("id", "title", "body")
# `porter` takes endings off English words: "scratched" finds "scratches".
_CREATE = """
CREATE VIRTUAL TABLE runbooks_text
USING fts5(id UNINDEXED, title, body, tokenize='porter unicode61');

CREATE TRIGGER runbooks_text_added AFTER INSERT ON runbooks BEGIN
  INSERT INTO runbooks_text(id, title, body) VALUES (new.id, new.title, new.body); END;

CREATE TRIGGER runbooks_text_removed AFTER DELETE ON runbooks BEGIN
  DELETE FROM runbooks_text WHERE id = old.id; END;

CREATE TRIGGER runbooks_text_changed AFTER UPDATE ON runbooks BEGIN
  DELETE FROM runbooks_text WHERE id = old.id;
  INSERT INTO runbooks_text(id, title, body) VALUES (new.id, new.title, new.body); END;
"""


@event.listens_for(Runbook.__table__, "after_create")
def _make_index(_table: object, connection: Connection, **_: object) -> None:
    if connection.dialect.name == "sqlite":
        for statement in _CREATE.strip().split("\n\n"):
            connection.exec_driver_sql(statement.removesuffix(";"))


def words_of(question: str) -> tuple[str, ...]:
    """Return the first `MAX_WORDS` different words of *question*, in lower case."""
    return different_words(question)[:MAX_WORDS]


def different_words(written: str) -> tuple[str, ...]:
    """Return the different words of any text, in lower case, in their order."""
    return tuple(dict.fromkeys(_WORD.findall(written.lower())))


def matching(rows: Select[Any], question: str, *, dialect: str) -> Select[Any]:
    """
    Return *rows* of runbooks that hold a word of *question*, the best first.

    Two columns are added: ``score`` and ``snippet``.

    Args:
        rows: A select of `Runbook`, filtered by who asks.
        question: Anything that somebody types.
        dialect: "sqlite" or "postgresql".
    """
    words = words_of(question)
    if not words:  # Nothing can match; both databases would call it an error.
        return rows.add_columns(*_NOTHING).where(literal_column("1 = 0"))
    found = _in_sqlite if dialect == "sqlite" else _in_postgresql
    return found(rows, words)


_NOTHING: tuple[ColumnElement[Any], ...] = (
    literal_column("0.0").label("score"),
    literal_column("''").label("snippet"),
)


def _in_sqlite(rows: Select[Any], words: tuple[str, ...]) -> Select[Any]:
    index = table(INDEX, column("id"))
    whole: ColumnElement[str] = literal_column(INDEX)
    query = " OR ".join(f'"{word}"' for word in words)  # In quotes, a word is never an operator.
    score = (-func.bm25(whole, 0.0, 2.0, 1.0)).label("score")  # A word in the title counts twice.
    body = INDEX_COLUMNS.index("body")
    snippet = func.snippet(whole, body, "", "", " ... ", SNIPPET_WORDS).label("snippet")
    joined = rows.join(index, index.c.id == Runbook.id)
    chosen = joined.add_columns(score, snippet).where(whole.op("MATCH")(query))
    return chosen.order_by(text("score DESC"), Runbook.id)


def _in_postgresql(rows: Select[Any], words: tuple[str, ...]) -> Select[Any]:
    query = func.to_tsquery("english", " | ".join(words))
    whole = func.concat(Runbook.title, " ", Runbook.body)
    score = func.ts_rank(func.to_tsvector("english", whole), query).label("score")
    options = f"StartSel='', StopSel='', MaxWords={SNIPPET_WORDS}, MinWords=8"
    snippet = func.ts_headline("english", Runbook.body, query, options).label("snippet")
    chosen = rows.add_columns(score, snippet)
    chosen = chosen.where(func.to_tsvector("english", whole).bool_op("@@")(query))
    return chosen.order_by(text("score DESC"), Runbook.id)
