"""
05.3 What is stored where: handlers that know what a store can do, and not which one it is.

*Notes*: what every store can do (a Protocol). The check lends the app two stores and notes what
each is asked for: one over a real SQLite file, and one in memory.

Floor 4: knows FastAPI and the kit.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any, Protocol

from fastapi import Depends, FastAPI

from labkit.course.findings import TODO, Finding
from labkit.course.lessons.dependencies.asking import ask, build, expect_app
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence

METHODS = {"add", "of"}


class Notes(Protocol):
    """What every store of notes can do."""

    def add(self, lot: int, text: str) -> None:
        """Keep one more note about *lot*."""

    def of(self, lot: int) -> list[str]:
        """Return the notes about *lot*, oldest first."""


class SqlNotes:
    """Notes in a table; `db` is its connection, which is nobody else's business."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, lot INTEGER, text TEXT)")

    def add(self, lot: int, text: str) -> None:
        """Keep one more note about *lot*."""
        self.db.execute("INSERT INTO notes (lot, text) VALUES (?, ?)", (lot, text))

    def of(self, lot: int) -> list[str]:
        """Return the notes about *lot*, oldest first."""
        rows = self.db.execute("SELECT text FROM notes WHERE lot = ? ORDER BY id", (lot,))
        return [text for (text,) in rows]


class MemoryNotes:
    """Notes in a dict, for tests."""

    def __init__(self) -> None:
        self.kept: defaultdict[int, list[str]] = defaultdict(list)

    def add(self, lot: int, text: str) -> None:
        """Keep one more note about *lot*."""
        self.kept[lot].append(text)

    def of(self, lot: int) -> list[str]:
        """Return the notes about *lot*, oldest first."""
        return list(self.kept[lot])


def _starter(get_notes):
    return TODO


def make_notes(get_notes):
    app = FastAPI()

    @app.post("/lots/{lot}/notes")
    def add(lot: int, text: str, notes: Annotated[Notes, Depends(get_notes)]):
        notes.add(lot, text)
        return {"lot": lot}

    @app.get("/lots/{lot}/notes")
    def read(lot: int, notes: Annotated[Notes, Depends(get_notes)]):
        return {"notes": notes.of(lot)}

    return app


# Wrong answers.


def _app_reading(read_notes):
    """Make a wrong answer that adds well, and reads in its own way."""

    def made(get_notes):
        app = FastAPI()

        @app.post("/lots/{lot}/notes")
        def add(lot: int, text: str, notes: Annotated[Notes, Depends(get_notes)]):
            notes.add(lot, text)

        @app.get("/lots/{lot}/notes")
        def read(lot: int, notes: Annotated[Notes, Depends(get_notes)]):
            return {"notes": read_notes(notes, lot)}

        return app

    return made


def _by_type(notes, lot):
    return notes.of(lot) if isinstance(notes, SqlNotes) else list(notes.of(lot))


def _through_the_connection(notes, lot):
    rows = notes.db.execute("SELECT text FROM notes WHERE lot = ?", (lot,))
    return [text for (text,) in rows]


def _without_int(get_notes):
    app = FastAPI()

    @app.post("/lots/{lot}/notes")
    def add(lot, text, notes: Annotated[Notes, Depends(get_notes)]):
        notes.add(lot, text)

    @app.get("/lots/{lot}/notes")
    def read(lot, notes: Annotated[Notes, Depends(get_notes)]):
        return {"notes": notes.of(lot)}

    return app


def _calling(get_notes):
    app = FastAPI()

    @app.post("/lots/{lot}/notes")
    def add(lot: int, text: str):
        get_notes().add(lot, text)

    @app.get("/lots/{lot}/notes")
    def read(lot: int):
        return {"notes": get_notes().of(lot)}

    return app


# The check.


class Watched:
    """A store that notes which of its attributes it is asked for; it has those of *store*."""

    def __init__(self, store: Notes, asked: set[str]) -> None:
        object.__setattr__(self, "_own", (store, asked))

    def __getattribute__(self, name: str) -> Any:
        store, asked = object.__getattribute__(self, "_own")
        asked.add(name)
        return getattr(store, name)


async def _check(submission: Submission, _room: Room | None) -> None:
    with _sql_notes() as sql:
        asked: set[str] = set()
        calls: list[str] = []

        def get_notes() -> Watched:
            calls.append("get_notes")
            return Watched(sql, asked)

        app = expect_app(_built(submission, get_notes, calls))
        await _keeps_notes(app, "the store over SQLite", asked)
        memory = MemoryNotes()
        app.dependency_overrides[get_notes] = lambda: Watched(memory, asked)
        calls.clear()
        answer = await ask(app, "POST", "/lots/18/notes?text=blue")
        await ask(app, "GET", "/lots/18/notes")
        if any(isinstance(lot, str) for lot in memory.kept):
            says = "The store got the lot as '18', a text: for a store that is another lot than 18."
            raise Finding("lot-as-text", says, f"in the store: {dict(memory.kept)}")
        if calls or sql.of(18) or (answer.good and memory.of(18) != ["blue"]):
            says = (
                "A test put another store in the place of get_notes, and its note went elsewhere."
            )
            raise Finding("override-ignored", says, f"in SQLite: {sql.of(18)}")
        await _keeps_notes(app, "the store in memory, put in by an override", asked)


def _built(submission: Submission, get_notes: Submission, calls: list[str]) -> object:
    app, error = build(submission, get_notes)
    if calls:
        says = "get_notes was called while the app was being built, so no test can put in another."
        raise Finding("override-ignored", says, sentence(error) if error else None)
    return submission(get_notes) if error else app  # Again: the kit shows where it raised.


@contextmanager
def _sql_notes() -> Iterator[SqlNotes]:
    # FastAPI runs handlers that are plain functions on other threads, one request at a time here.
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as db:
        yield SqlNotes(db)


async def _keeps_notes(app: FastAPI, which: str, asked: set[str]) -> None:
    """Expect two notes about one lot to come back in order, and none about another lot."""
    answers = [await ask(app, "POST", f"/lots/17/notes?text={text}") for text in ("red", "green")]
    got = [await ask(app, "GET", f"/lots/{lot}/notes") for lot in (17, 3)]
    if "__class__" in asked:
        says = f"With {which}, your handler asked of which class it is."
        raise Finding("isinstance-in-handler", says)
    if strange := sorted(asked - METHODS):
        says = f"With {which}, your handler asked for what not every store has."
        raise Finding("leaks-implementation", says, ", ".join(strange))
    expected = [{"notes": ["red", "green"]}, {"notes": []}]
    for answer in (*answers, *got):
        if not answer.good:
            raise Finding("other-answer", f"With {which}, a request failed.", f"{answer}")
    if [answer.body for answer in got] != expected:
        says = f"With {which}, GET /lots/17/notes should give what was added, in order."
        raise Finding("other-answer", says, f"{got[0]}")


STORE = Task(
    id="05.3",
    title="swap the store",
    task="Write make_notes(get_notes): return a FastAPI app with POST /lots/{lot}/notes?text=..., "
    'which adds a note, and GET /lots/{lot}/notes, which answers {"notes": [...]}. The value of '
    "the dependency get_notes is a store: it has add(lot, text) and of(lot), and a test may put "
    "another store in its place.",
    starter=_starter,
    check=_check,
    solution=make_notes,
    wrong={
        "isinstance-in-handler": _app_reading(_by_type),
        "leaks-implementation": _app_reading(_through_the_connection),
        "override-ignored": _calling,
        "lot-as-text": _without_int,
        "other-answer": _app_reading(lambda notes, lot: notes.of(lot)[:1]),
    },
    hints={
        "isinstance-in-handler": (
            "What will your handler do with a third kind of store, which doesn't exist today?",
            "A handler that looks at the class has to be changed for each new store. One that "
            "calls the methods that all stores have needs no change.",
            "notes.add(...) and notes.of(...), whichever class it is",
        ),
        "leaks-implementation": (
            "Does a store that keeps its notes in a dict have what you asked for?",
            "The Protocol is all that a handler may know of a store. What is inside, such as a "
            "connection, may differ from store to store.",
            "notes.of(lot) gives the texts; leave what is behind it alone",
        ),
        "override-ignored": (
            "Through whom does your handler get its store: FastAPI, or a call of yours?",
            "app.dependency_overrides changes what FastAPI passes to a parameter. A call that you "
            "write yourself always reaches the original.",
            "a parameter of the handler: notes: Annotated[object, Depends(<the function>)]",
        ),
        "lot-as-text": (
            "Of which type is the 18 that stands in an address?",
            "All of an address is text. FastAPI turns a part of it into a number if the handler's "
            "parameter says so; without a type it passes on the text.",
            "lot: int",
        ),
        "other-answer": (
            "Which address and method does each of your handlers answer, and with what?",
            "The lot stands in the path, the text in the query: a handler's parameter named lot "
            "gets the first, one named text the second.",
            '@app.get("/lots/{lot}/notes") returns {"notes": <all that the store has of this lot>}',
        ),
    },
)
