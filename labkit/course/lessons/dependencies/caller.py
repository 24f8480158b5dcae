"""
05.1 Who calls: a dependency that finds out, or refuses with 401.

Floor 4: knows FastAPI, the dependency graph, and the kit.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

from labkit.course.findings import TODO, Finding
from labkit.course.lessons.dependencies.asking import Answer, ask, build, expect_app
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence
from labkit.instruments import dependencies_of

PEOPLE = {"Bearer 17": "ann", "Bearer 18": "bob"}
ROUTE = "GET /me"


def _starter(read_token):
    return TODO


def make_me(read_token):
    def current_caller(authorization: Annotated[str, Header()] = ""):
        try:
            return read_token(authorization)
        except ValueError:
            raise HTTPException(401, "sign in first") from None

    app = FastAPI()

    @app.get("/me")
    def me(caller: Annotated[str, Depends(current_caller)]):
        return {"caller": caller}

    return app


# Wrong answers: each an app whose dependency makes one mistake.


def _app_with(dependency):
    app = FastAPI()

    @app.get("/me")
    def me(caller: Annotated[str, Depends(dependency)]):
        return {"caller": caller}

    return app


def _depends_called(read_token):
    def current_caller(authorization=""):
        try:
            return read_token(authorization)
        except ValueError:
            raise HTTPException(401) from None

    return _app_with(current_caller())


def _in_the_handler(read_token):
    app = FastAPI()

    @app.get("/me")
    def me(authorization: Annotated[str, Header()] = ""):
        try:
            return {"caller": read_token(authorization)}
        except ValueError:
            raise HTTPException(401) from None

    return app


def _swallowing(read_token):
    def current_caller(authorization: Annotated[str, Header()] = ""):
        try:
            try:
                return read_token(authorization)
            except ValueError:
                raise HTTPException(401) from None
        except Exception:
            return "anonymous"

    return _app_with(current_caller)


def _letting_in(read_token):
    def current_caller(authorization: Annotated[str, Header()] = ""):
        try:
            return read_token(authorization) if authorization else "anonymous"
        except ValueError:
            raise HTTPException(401) from None

    return _app_with(current_caller)


def _header_required(read_token):
    def current_caller(authorization: Annotated[str, Header()]):
        try:
            return read_token(authorization)
        except ValueError:
            raise HTTPException(401) from None

    return _app_with(current_caller)


def _uncaught(read_token):
    def current_caller(authorization: Annotated[str, Header()] = ""):
        return read_token(authorization)

    return _app_with(current_caller)


def _forbidding(read_token):
    def current_caller(authorization: Annotated[str, Header()] = ""):
        if authorization not in PEOPLE:
            raise HTTPException(403)
        return read_token(authorization)

    return _app_with(current_caller)


def _from_the_query(read_token):
    def current_caller(authorization: str = ""):
        try:
            return read_token(authorization)
        except ValueError:
            raise HTTPException(401) from None

    return _app_with(current_caller)


def _without_bearer(read_token):
    def current_caller(authorization: Annotated[str, Header()] = ""):
        try:
            return read_token(authorization.removeprefix("Bearer "))
        except ValueError:
            raise HTTPException(401) from None

    return _app_with(current_caller)


def _echoing(read_token):
    def current_caller(authorization: Annotated[str, Header()] = ""):
        try:
            read_token(authorization)
        except ValueError:
            raise HTTPException(401) from None
        return authorization

    return _app_with(current_caller)


# The check.


async def _check(submission: Submission, _room: Room | None) -> None:
    seen: list[object] = []

    def read_token(authorization: object) -> str:
        seen.append(authorization)
        try:
            return PEOPLE[authorization]  # type: ignore[index]  # Whatever it is: see below.
        except (KeyError, TypeError):
            raise ValueError("this token is no good") from None

    app = expect_app(_built(submission, read_token, seen))
    for authorization, name in PEOPLE.items():
        seen.clear()
        answer = await ask(app, "GET", "/me", authorization=authorization)
        _read_well(answer, authorization, seen)
        _good(answer, name)
    if len(dependencies_of(app, ROUTE)) == 1:
        says = "The handler of GET /me has no dependency: it finds out by itself who calls."
        raise Finding("no-dependency", says)
    _refused(await ask(app, "GET", "/me", authorization="Bearer 99"), "a bad token")
    _refused(await ask(app, "GET", "/me"), "no token")


def _built(submission: Submission, read_token: Submission, seen: list[object]) -> object:
    app, error = build(submission, read_token)
    # A learner's own function, called by hand and without what a request would bring.
    by_hand = isinstance(error, TypeError) and "<locals>" in str(error).partition("(")[0]
    if seen or isinstance(error, HTTPException) or by_hand:
        says = "The caller was looked for while the app was being built: no request was there yet."
        raise Finding("depends-called", says, sentence(error) if error else None)
    return submission(read_token) if error else app  # Again: the kit shows where it raised.


def _read_well(answer: Answer, authorization: str, seen: list[object]) -> None:
    """Expect the route to be there, and `read_token` to have got the header as it came."""
    if answer.status in (404, 405):
        raise Finding("no-route", f"GET /me is answered with {answer.status}.", f"{answer}")
    if answer.status == 422 or (answer.status != 200 and seen and not seen[-1]):
        says = "The header Authorization came with the request and didn't reach your parameter."
        evidence = f"read_token got {seen[-1]!r}" if seen else f"{answer}"
        raise Finding("not-from-the-header", says, evidence)
    if answer.status != 200 and seen and seen[-1] != authorization:
        says = "read_token wants the header as it came, and got another text."
        raise Finding("other-token", says, f"sent {authorization!r}, read_token got {seen[-1]!r}")


def _good(answer: Answer, name: str) -> None:
    if answer.status != 200 or answer.body != {"caller": name}:
        says = f"GET /me with the token of {name} should answer 200 and the name."
        raise Finding("other-answer", says, f"{answer}")


def _refused(answer: Answer, what: str) -> None:
    if answer.status == 401:
        return
    code = {
        200: "swallows-http-exception" if what == "a bad token" else "lets-anybody-in",
        422: "422-for-missing-token",
        500: "500-for-bad-token",
    }.get(answer.status, "not-401")
    raise Finding(code, f"GET /me with {what} should answer 401.", f"{answer}")


CALLER = Task(
    id="05.1",
    title="who calls",
    task="Write make_me(read_token): return a FastAPI app with GET /me, which answers "
    '{"caller": name}. A dependency passes the header Authorization to read_token and gets the '
    "name; a token that is bad (ValueError) or missing is answered with 401.",
    starter=_starter,
    check=_check,
    solution=make_me,
    wrong={
        "depends-called": _depends_called,
        "no-dependency": _in_the_handler,
        "swallows-http-exception": _swallowing,
        "lets-anybody-in": _letting_in,
        "422-for-missing-token": _header_required,
        "500-for-bad-token": _uncaught,
        "not-401": _forbidding,
        "no-route": lambda read_token: FastAPI(),
        "not-from-the-header": _from_the_query,
        "other-token": _without_bearer,
        "other-answer": _echoing,
    },
    hints={
        "depends-called": (
            "Who calls a dependency, and when: you while you write the app, or FastAPI when a "
            "request comes?",
            "Depends takes the function itself, as ex.check does. With parentheses you call it "
            "once, now, and hand over what it gave.",
            "Depends(your_dependency)          # not Depends(your_dependency())",
        ),
        "no-dependency": (
            "If a second handler needs the caller too, how much of your code would you copy?",
            "What several handlers need is found in one function of its own, with the header as "
            "its parameter. A handler says that it needs the value, and not how to find it.",
            "def current_caller(authorization: ...): ...   and in the handler "
            "caller: Annotated[str, Depends(...)]",
        ),
        "swallows-http-exception": (
            "What becomes of the request after your code has noticed that the token is bad?",
            "Only an HTTPException that is raised, and leaves the dependency, ends the request. "
            "One that is caught or returned is an ordinary value, and the handler goes on.",
            "except ValueError: raise HTTPException(...)   with no except around it that takes all",
        ),
        "lets-anybody-in": (
            "Who is the caller if no token came?",
            "A missing token proves as little as a bad one. Give both to read_token: it refuses "
            "an empty text too.",
            "call read_token whatever the header holds, also if it is empty",
        ),
        "422-for-missing-token": (
            "What does FastAPI do with a parameter that is required and doesn't come?",
            "It answers 422 before any of your code runs. A parameter with a default is optional, "
            "and then your code decides.",
            'authorization: Annotated[str, Header()] = <a default, such as "">',
        ),
        "500-for-bad-token": (
            "Which error does read_token raise, and who catches it?",
            "500 means that the service failed. A bad token is the caller's failure, so turn the "
            "ValueError into the error that says so.",
            "try: ... except ValueError: raise HTTPException(<the status>)",
        ),
        "not-401": (
            "Does the service know this caller and refuse, or does it not know who calls?",
            "401 asks the caller to prove who they are; 403 says that they may not, whoever they "
            "are. Here nobody was proved.",
            "HTTPException(401)",
        ),
        "no-route": (
            "Which method and which path does a handler of your app answer?",
            "A handler that no route leads to is never called, and the client gets 404.",
            '@app.get("/me") above the handler; and return the app that has it',
        ),
        "not-from-the-header": (
            "Where does FastAPI look for a parameter that is only called authorization?",
            "A plain parameter is read from the query, what stands behind ? in the address. "
            "Header() in its type says: from the request's headers.",
            "authorization: Annotated[str, Header()]   # Header is called",
        ),
        "other-token": (
            'Does read_token want "Bearer 17", or "17"?',
            "Whoever reads a token also knows how it is written. Pass the header on as it came.",
            "read_token(authorization)         # the whole text",
        ),
        "other-answer": (
            "Which value does your dependency return, and which one does the handler send?",
            "What a dependency returns is what the handler's parameter gets. read_token gives the "
            "name.",
            'return the name from the dependency; in the handler return {"caller": ...}',
        ),
    },
)
