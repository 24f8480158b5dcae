"""Other right answers to the exercises of notebook 05, written differently."""
# ruff: noqa: B008 - a call in a parameter's default is FastAPI's older way, and a right one.

from contextlib import closing

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse


def caller_from_the_request(read_token):
    async def who(request: Request) -> str:
        try:
            return read_token(request.headers.get("authorization"))
        except ValueError as error:
            raise HTTPException(
                status_code=401, headers={"WWW-Authenticate": "Bearer"}, detail=str(error)
            ) from error

    router = APIRouter()

    @router.get("/me")
    async def me(name: str = Depends(who)):
        return JSONResponse({"caller": name})

    app = FastAPI()
    app.include_router(router)
    return app


class Refused(Exception):
    pass


def caller_by_a_class(read_token):
    class Caller:
        def __init__(self, request: Request) -> None:
            try:
                self.name = read_token(request.headers.get("authorization", ""))
            except ValueError:
                raise Refused from None

    app = FastAPI()
    app.exception_handler(Refused)(lambda request, error: Response(status_code=401))
    app.get("/me")(lambda caller=Depends(Caller): {"caller": caller.name})
    return app


def require_as_closures(current_caller):
    def require(scope):
        def check(caller: dict = Depends(current_caller)):
            if any(each == scope for each in caller["scopes"]):
                return caller
            raise HTTPException(status_code=403)

        return check

    return require


def require_with_yield(current_caller):
    class Require:
        def __init__(self, *scopes):
            self.needed = set(scopes)

        async def __call__(self, caller=Depends(current_caller)):
            if self.needed - set(caller["scopes"]):
                raise HTTPException(403, detail="no")
            yield caller

    return Require


def notes_by_router(get_notes):
    router = APIRouter(prefix="/lots/{lot}/notes")

    @router.post("", status_code=201)
    async def add(lot: int, text: str, store=Depends(get_notes)):
        store.add(lot, text)

    @router.get("")
    async def every(lot: int, store=Depends(get_notes)):
        return {"notes": store.of(lot)}

    app = FastAPI()
    app.include_router(router)
    return app


def notes_bound_to_a_lot(get_notes):
    class OfLot:
        def __init__(self, lot: int, notes=Depends(get_notes)):
            self.lot, self.notes = lot, notes

    app = FastAPI()

    def add(text: str, one: OfLot = Depends()):
        one.notes.add(one.lot, text)
        return Response(status_code=204)

    app.add_api_route("/lots/{lot}/notes", add, methods=["POST"], response_class=Response)
    app.add_api_route(
        "/lots/{lot}/notes",
        lambda one=Depends(OfLot): {"notes": [str(text) for text in one.notes.of(one.lot)]},
    )
    return app


def committed_in_the_handler(connect, work):
    def borrowed():
        with closing(connect()) as db:
            yield db

    app = FastAPI()

    @app.post("/lots/{lot}/hold")
    def hold(lot: int, db=Depends(borrowed)):
        with db:
            work(db, lot)
        return "held"

    return app


def committed_in_function_scope(connect, work):
    async def unit():
        connection = connect()
        done = False
        try:
            yield connection
            connection.commit()
            done = True
        finally:
            if not done:
                connection.rollback()
            connection.close()

    def perform(lot: int, connection=Depends(unit, scope="function")):
        work(connection, lot)

    app = FastAPI()
    app.post("/lots/{lot}/hold", dependencies=[Depends(perform, scope="function")])(
        lambda lot: {"lot": lot}
    )
    return app


RIGHT_ANSWERS = {
    "05.1": (caller_from_the_request, caller_by_a_class),
    "05.2": (require_as_closures, require_with_yield),
    "05.3": (notes_by_router, notes_bound_to_a_lot),
    "05.4": (committed_in_the_handler, committed_in_function_scope),
}
