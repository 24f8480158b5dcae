"""
05.2 Who may: a class whose instances are dependencies, each with a scope of its own.

Floor 4: knows FastAPI and the kit.
"""

from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException

from labkit.course.findings import TODO, Finding
from labkit.course.lessons.dependencies.asking import Answer, ask
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence

READ, WRITE = "lots:read", "lots:write"
PEOPLE = {
    "ann": {"name": "ann", "scopes": [READ, WRITE]},
    "bob": {"name": "bob", "scopes": [READ]},
    # Scopes that have lots:write in them, or are in it: each is another scope.
    "eve": {"name": "eve", "scopes": ["lots", "lots:writedraft", "all-lots:write"]},
}
NOBODY = {"name": "nobody", "scopes": []}


def _starter(current_caller):
    return TODO


def make_require(current_caller):
    class Require:
        def __init__(self, scope):
            self.scope = scope

        def __call__(self, caller: Annotated[dict, Depends(current_caller)]):
            if self.scope not in caller["scopes"]:
                raise HTTPException(403, f"this needs the scope {self.scope}")
            return caller

    return Require


# Wrong answers.


def _checks_when_made(current_caller):
    class Require:
        def __init__(self, scope):
            self.caller = current_caller()
            self.allowed = scope in self.caller["scopes"]

        def __call__(self):
            if not self.allowed:
                raise HTTPException(403)
            return self.caller

    return Require


def _on_the_class(current_caller):
    class Require:
        scope = ""

        def __init__(self, scope):
            Require.scope = scope

        def __call__(self, caller: Annotated[dict, Depends(current_caller)]):
            if Require.scope not in caller["scopes"]:
                raise HTTPException(403)
            return caller

    return Require


def _without_call(current_caller):
    class Require:
        def __init__(self, scope):
            self.scope = scope

        def check(self, caller: Annotated[dict, Depends(current_caller)]):
            return caller

    return Require


def _without_scope(current_caller):
    class Require:
        def __call__(self, caller: Annotated[dict, Depends(current_caller)]):
            return caller

    return Require


def _from_the_request(current_caller):
    class Require:
        def __init__(self, scope):
            self.scope = scope

        def __call__(self, caller: dict):
            return caller

    return Require


def _deciding(decide):
    """Make a wrong answer whose instances do *decide* with the scope and the caller."""

    def made(current_caller):
        class Require:
            def __init__(self, scope):
                self.scope = scope

            def __call__(self, caller: Annotated[dict, Depends(current_caller)]):
                return decide(self.scope, caller)

        return Require

    return made


def _refuses_with_401(scope, caller):
    if scope not in caller["scopes"]:
        raise HTTPException(401)
    return caller


def _refuses_with_403(scope, caller):
    if scope not in caller["scopes"]:
        raise HTTPException(403)
    return caller


def _looks_in_the_text(scope, caller):
    if scope not in " ".join(caller["scopes"]):
        raise HTTPException(403)
    return caller


def _gives_nothing(scope, caller):
    if scope not in caller["scopes"]:
        raise HTTPException(403)


def _an_instance(current_caller):
    return make_require(current_caller)(WRITE)


def _calling(current_caller):
    class Require:
        def __init__(self, scope):
            self.scope = scope

        def __call__(self):
            return _refuses_with_403(self.scope, current_caller())

    return Require


# The check.


class _Callers:
    """A dependency that gives the caller named in a header, and notes when nobody has asked."""

    def __init__(self) -> None:
        self.asking = False
        self.too_early = 0
        self.by_hand = 0  # Calls that weren't FastAPI's: it fills in the header.

    def current(self, x_caller: Annotated[str, Header()] = "") -> dict[str, Any]:
        self.too_early += not self.asking
        self.by_hand += self.asking and x_caller not in PEOPLE
        return dict(PEOPLE.get(x_caller, NOBODY))

    async def ask(self, app: FastAPI, name: str) -> Answer:
        self.asking = True
        return await ask(app, "GET", "/", x_caller=name)


async def _check(submission: Submission, _room: Room | None) -> None:
    callers = _Callers()
    require: Any = submission(callers.current)
    if not callable(require):
        raise Finding("wrong-type", "Your function has to return a class, Require.", require)
    one = _app(_made(require, WRITE, callers))
    await _protects(one, callers)
    read, write = (_app(_made(require, scope, callers)) for scope in (READ, WRITE))
    for app, what, expected in ((read, READ, 200), (write, WRITE, 403), (one, WRITE, 403)):
        answer = await callers.ask(app, "bob")
        if answer.status != expected:
            says = (
                f"Three routes, made of Require({WRITE!r}), Require({READ!r}) and again "
                f"Require({WRITE!r}): bob, who has {READ}, came to one that asks for {what}. "
                f"It should answer {expected}."
            )
            raise Finding("shared-state", says, f"{answer}")


def _made(require: Callable[[str], object], scope: str, callers: _Callers) -> object:
    callers.asking = False
    try:
        made = require(scope)
        if not callable(made):
            _expect_no_instance(require)
    except Finding:
        raise
    except Exception as error:
        _expect_no_instance(require)
        early = isinstance(error, HTTPException) or "Depends" in str(error) or callers.too_early
        says = f"Require({scope!r}) raised an error where the route is declared."
        code = "checks-at-import" if early else "cannot-be-made"
        raise Finding(code, says, sentence(error)) from None
    if callers.too_early:
        says = f"Require({scope!r}) asked who calls, where the route is declared: nobody does yet."
        raise Finding("checks-at-import", says)
    if not callable(made):
        says = f"FastAPI can't call what Require({scope!r}) is."
        raise Finding("cannot-be-called", says, made)
    return made


def _expect_no_instance(require: object) -> None:
    """Name the likely cause, once *require* couldn't be called with a scope."""
    if not isinstance(require, type | FunctionType | MethodType):
        says = "Your function returned an instance: there is no class left to make others of."
        raise Finding("instance-returned", says, type(require).__name__)


def _app(dependency: object) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def handler(caller: Annotated[object, Depends(dependency)]) -> object:
        return {"caller": caller}

    return app


async def _protects(app: FastAPI, callers: _Callers) -> None:
    """Expect one route to refuse bob and to let ann in, whoever came before."""
    bob = await callers.ask(app, "bob")
    if bob.status == 422:
        says = "FastAPI looked for the caller in the request's own text, which its sender writes."
        raise Finding("caller-not-injected", says, f"{bob}")
    if bob.status != 403:
        code = "never-refuses" if bob.good else "not-403"
        says = f"bob has {READ}; a route that asks for {WRITE} should answer him 403."
        raise Finding(code, says, f"{bob}")
    ann = await callers.ask(app, "ann")
    if ann.status == 200 and ann.body == {"caller": None}:
        raise Finding("loses-caller", "ann was let in, and the handler got None for the caller.")
    if ann.status != 200 and callers.by_hand:
        says = "current_caller was called by your code and not by FastAPI: it got no request."
        raise Finding("caller-called", says, f"GET / by ann, who has {WRITE}: {ann}")
    if ann.status != 200 or ann.body != {"caller": PEOPLE["ann"]}:
        says = f"ann has {WRITE}: the handler should get her dict."
        raise Finding("other-answer", says, f"{ann}")
    eve = await callers.ask(app, "eve")
    if eve.status != 403:
        says = f"eve hasn't {WRITE}; a route that asks for it should answer her 403."
        raise Finding("substring-scope", says, f"{PEOPLE['eve']['scopes']}: {eve}")


REQUIRE = Task(
    id="05.2",
    title="who may",
    task="Write make_require(current_caller): return a class Require. Require(scope) is a "
    "dependency: its value is the caller's dict, which current_caller gives, if the scope is in "
    'the list caller["scopes"]; if not, the answer is 403.',
    starter=_starter,
    check=_check,
    solution=make_require,
    wrong={
        "checks-at-import": _checks_when_made,
        "shared-state": _on_the_class,
        "cannot-be-called": _without_call,
        "cannot-be-made": _without_scope,
        "caller-not-injected": _from_the_request,
        "caller-called": _calling,
        "instance-returned": _an_instance,
        "substring-scope": _deciding(_looks_in_the_text),
        "never-refuses": _deciding(lambda scope, caller: caller),
        "not-403": _deciding(_refuses_with_401),
        "loses-caller": _deciding(_gives_nothing),
        "other-answer": _deciding(lambda scope, caller: _refuses_with_403(scope, caller)["name"]),
    },
    hints={
        "checks-at-import": (
            "When does __init__ run: for each request, or once, in the line that declares a route?",
            "Two moments: the instance is made when the program starts and keeps what is the same "
            "for all requests. FastAPI calls it for each request: that is where there is a caller.",
            "__init__ keeps the scope and does nothing else; __call__ gets the caller and decides",
        ),
        "shared-state": (
            "How many copies of your scope are there, if there are two instances of Require?",
            "What belongs to one instance lives on self. What lives on the class, or outside of "
            "it, is one for all, and the last one to write it wins. What belongs to one request "
            "lives in a local variable.",
            "self.<name> = ... in __init__; nothing but local names in __call__",
        ),
        "cannot-be-called": (
            "With which method does Python call an instance, as in require(caller)?",
            "An instance can be called like a function if its class has the method __call__.",
            "def __call__(self, caller: ...): ...",
        ),
        "cannot-be-made": (
            "What does Require(scope) pass to your class, and which method receives it?",
            "The arguments of Require(...) arrive in __init__, after self.",
            "def __init__(self, scope): ...",
        ),
        "caller-not-injected": (
            "Where does your parameter caller say that it wants what current_caller gives?",
            "A parameter without Depends is read from the request: its query or its body. Then "
            "anybody can write themselves any scope.",
            "caller: Annotated[dict, Depends(<the function that you were given>)]",
        ),
        "caller-called": (
            "Who knows the request, and so can fill in the parameters of current_caller: you, or "
            "FastAPI?",
            "A dependency is named, not called. FastAPI reads the parameters of __call__ for each "
            "request, runs what Depends names there, and passes its value on.",
            "caller: Annotated[dict, Depends(<its name>)]   # and no parentheses behind the name",
        ),
        "instance-returned": (
            "How many scopes can a program ask for, if it has one instance?",
            "A class is a value like any other: it can be returned. Whoever has it makes an "
            "instance for each scope.",
            "return Require                    # the class itself, without parentheses",
        ),
        "substring-scope": (
            "Is lots:write one of the texts lots, lots:writedraft and all-lots:write?",
            "Between two texts, in looks for a part. Between a text and a list, it looks for an "
            "item that is equal. Scopes are equal or they aren't.",
            "<the scope> in <the list, as it is>",
        ),
        "never-refuses": (
            "Which line of yours ends the request of somebody without the scope?",
            "Returning a value, whichever, lets the handler run. Only an error that is raised "
            "stops it.",
            'if <the scope> not in caller["scopes"]: raise HTTPException(...)',
        ),
        "not-403": (
            "Does the service know who calls here?",
            "It does: 401 would ask them to sign in, which they have done. 403 says that they may "
            "not.",
            "HTTPException(403)",
        ),
        "loses-caller": (
            "What does a function give back if it ends without return?",
            "The value of a dependency is what its function returns. The handler wants the caller.",
            "return caller                     # the last line of __call__",
        ),
        "other-answer": (
            "Is what you return the dict that you got, whole?",
            "Pass on what you were given: the handler may need more of it than you looked at.",
            "return caller",
        ),
    },
)
