"""
05.4 When it counts: a transaction that is committed before the answer, or not at all.

The check lends connections to a real SQLite file from a pool of one. The commit fails for a lot
that doesn't exist: its foreign key is deferred, so the database looks at it no sooner than that
(SQLite, "Foreign Key Support", section 4.2).

Floor 4: knows FastAPI and the kit.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

from labkit.course.findings import TODO, Finding
from labkit.course.lessons.dependencies.asking import Answer, ask, expect_app
from labkit.course.task import Room, Submission, Task

TABLES = """
CREATE TABLE lots (id INTEGER PRIMARY KEY);
CREATE TABLE holds (lot INTEGER REFERENCES lots (id) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO lots VALUES (17), (18), (19);
"""
GOOD, REFUSED, NEXT, UNKNOWN = 17, 18, 19, 999


def _starter(connect, work):
    return TODO


def make_holds(connect, work):
    def transaction():
        db = connect()
        try:
            yield db
            db.commit()
        except BaseException:
            db.rollback()
            raise
        finally:
            db.close()

    app = FastAPI()

    @app.post("/lots/{lot}/hold")
    def hold(lot: int, db: Annotated[object, Depends(transaction, scope="function")]):
        work(db, lot)
        return {"lot": lot}

    return app


# Wrong answers: the transaction is what differs.


def _app_in(transaction, work, scope="function"):
    app = FastAPI()

    @app.post("/lots/{lot}/hold")
    def hold(lot: int, db: Annotated[object, Depends(transaction, scope=scope)]):
        work(db, lot)
        return {"lot": lot}

    return app


def _after_the_answer(connect, work):
    return _app_in(_right(connect), work, scope="request")


def _right(connect):
    def transaction():
        db = connect()
        try:
            yield db
            db.commit()
        except BaseException:
            db.rollback()
            raise
        finally:
            db.close()

    return transaction


def _without_rollback(connect, work):
    def transaction():
        db = connect()
        try:
            yield db
            db.commit()
        finally:
            db.close()

    return _app_in(transaction, work)


def _whatever_happens(connect, work):
    def transaction():
        db = connect()
        try:
            yield db
        finally:
            db.commit()
            db.close()

    return _app_in(transaction, work)


def _without_commit(connect, work):
    def transaction():
        with closing(connect()) as db:
            yield db
            db.rollback()

    return _app_in(transaction, work)


def _without_close(connect, work):
    def transaction():
        db = connect()
        try:
            yield db
            db.commit()
        except BaseException:
            db.rollback()
            raise

    return _app_in(transaction, work)


def _swallowing(connect, work):
    def transaction():
        db = connect()
        try:
            yield db
            db.commit()
        except Exception:
            db.rollback()
        finally:
            db.close()

    return _app_in(transaction, work)


# The check.


class Pool:
    """
    One connection, lent again and again, as it was left.

    Attributes:
        lent: Whether somebody has it.
    """

    def __init__(self, path: Path) -> None:
        self.lent = False
        self._path = path
        pool = self

        class Lent(sqlite3.Connection):
            def close(self) -> None:
                """Give it back to the pool; an open transaction stays open."""
                pool.lent = False

            def really_close(self) -> None:
                super().close()

        # Plain functions run on whichever thread FastAPI has free, one at a time here.
        self._db = sqlite3.connect(path, check_same_thread=False, factory=Lent)
        self._db.executescript(TABLES)
        self._db.execute("PRAGMA foreign_keys = ON")

    def connect(self) -> sqlite3.Connection:
        """Lend the connection."""
        if self.lent:
            raise RuntimeError("the pool is empty: its connection wasn't given back with close()")
        self.lent = True
        return self._db

    def rows(self) -> list[int]:
        """Return the lots that are on hold, as anybody else sees it."""
        with closing(sqlite3.connect(self._path)) as other:
            return [lot for (lot,) in other.execute("SELECT lot FROM holds ORDER BY rowid")]

    def end(self) -> None:
        """Close the connection."""
        self._db.really_close()


@contextmanager
def _pool() -> Iterator[Pool]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        pool = Pool(Path(folder) / "holds.sqlite")
        try:
            yield pool
        finally:
            pool.end()


def work(db: sqlite3.Connection, lot: int) -> None:
    """Put a lot on hold; refuse one that is, after it was written."""
    db.execute("INSERT INTO holds (lot) VALUES (?)", (lot,))
    if lot == REFUSED:
        raise HTTPException(409, "this lot is on its way to the customer")


async def _check(submission: Submission, _room: Room | None) -> None:
    with _pool() as pool:
        app = expect_app(submission(pool.connect, work))
        await _good(app, pool, GOOD)
        await _refused(app, pool)
        await _good(app, pool, NEXT)
        await _failing_commit(app, pool)
        await _good(app, pool, GOOD)


async def _hold(app: FastAPI, pool: Pool, lot: int) -> Answer:
    answer = await ask(app, "POST", f"/lots/{lot}/hold")
    if pool.lent:
        says = "The connection wasn't given back: the next request will find the pool empty."
        raise Finding("never-closed", says, f"POST /lots/{lot}/hold answered {answer}")
    return answer


async def _good(app: FastAPI, pool: Pool, lot: int) -> None:
    """Expect one more row, of this lot; a leftover of another request is committed with it."""
    before = pool.rows()
    answer = await _hold(app, pool, lot)
    added = pool.rows()[len(before) :]
    if REFUSED in added or (not answer.good and before):
        says = (
            f"After a request that failed, POST /lots/{lot}/hold began in the transaction that "
            "the failed one had left open in the connection."
        )
        raise Finding("no-rollback", says, f"{answer}; rows added: {added}")
    if not answer.good:
        raise Finding("other-answer", f"POST /lots/{lot}/hold should answer 200.", f"{answer}")
    if added != [lot]:
        says = f"POST /lots/{lot}/hold answered {answer.status}, and its row isn't in the database."
        raise Finding("never-commits", says, f"rows added: {added}")


async def _refused(app: FastAPI, pool: Pool) -> None:
    answer = await _hold(app, pool, REFUSED)
    if REFUSED in pool.rows():
        says = f"work wrote a row and then raised 409, and the row of lot {REFUSED} was kept."
        raise Finding("commits-on-error", says, f"answer {answer}")
    if answer.status != 409:
        says = "work raised an HTTPException with 409; the client should get that."
        raise Finding("swallows-error", says, f"{answer}")


async def _failing_commit(app: FastAPI, pool: Pool) -> None:
    answer = await _hold(app, pool, UNKNOWN)
    if answer.good:
        says = (
            f"There is no lot {UNKNOWN}, so the commit failed. The client was told "
            f"{answer.status}, as if its row were saved."
        )
        raise Finding("commit-after-response", says, f"{answer}")


TRANSACTION = Task(
    id="05.4",
    title="a transaction",
    task="Write make_holds(connect, work): return a FastAPI app with POST /lots/{lot}/hold. It "
    "gets a connection from connect(), calls work(db, lot), and answers 200 only if all that work "
    "wrote is committed. If work or the commit raises, nothing stays written, and the client gets "
    "the error. The connection is given back with db.close(), always.",
    starter=_starter,
    check=_check,
    solution=make_holds,
    wrong={
        "commit-after-response": _after_the_answer,
        "no-rollback": _without_rollback,
        "commits-on-error": _whatever_happens,
        "never-commits": _without_commit,
        "never-closed": _without_close,
        "swallows-error": _swallowing,
        "other-answer": lambda connect, work: FastAPI(),
    },
    hints={
        "commit-after-response": (
            "Which comes first: the commit, or the answer?",
            "In request scope, which is the default, the code after yield runs when the answer is "
            "on its way. In function scope it runs when the handler has ended, and the answer "
            "waits for it.",
            'Depends(<your dependency>, scope=...)   with the scope whose name isn\'t "request"',
        ),
        "no-rollback": (
            "What is still in the connection when it's given back after an error?",
            "A transaction stays open until it's committed or rolled back. close() only gives the "
            "connection back to the pool, and whoever gets it next goes on in your transaction.",
            "except BaseException: <undo what was written>; raise",
        ),
        "commits-on-error": (
            "On which ways out of the try block does your commit run?",
            "finally runs always, also after an error. A commit belongs where the code comes only "
            "if all went well.",
            "directly after yield, inside of try: <commit>",
        ),
        "never-commits": (
            "Who but your own connection can see what was written so far?",
            "What a connection writes is seen by others only once it's committed. Without that it "
            "is lost.",
            "after yield: db.<the method that makes it last>()",
        ),
        "never-closed": (
            "Which line gives the connection back, and does it run after an error too?",
            "What was borrowed has to be given back on every way out, and finally is on all of "
            "them.",
            "finally: <give it back>",
        ),
        "swallows-error": (
            "What does your dependency do with an error after it has rolled back?",
            "FastAPI passes the handler's error to the dependency, at its yield, so that it can "
            "clean up. Then the error has to go on, or FastAPI has neither an answer nor an error.",
            "except ...: db.rollback(); raise        # raise alone lets the same error go on",
        ),
        "other-answer": (
            "Does your app have POST /lots/{lot}/hold, and does its handler call work(db, lot)?",
            "The handler gets the connection through Depends and passes it on.",
            '@app.post("/lots/{lot}/hold")   def hold(lot: int, db: ...): work(db, lot); ...',
        ),
    },
)
