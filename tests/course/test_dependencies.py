"""What the checks of notebook 05 say of other wrong answers."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException

from labkit.course import Exercise, Progress
from labkit.course.lessons import find_task


def me_with(current_caller, method="GET"):
    app = FastAPI()

    @app.api_route("/me", methods=[method])
    def me(caller: Annotated[str, Depends(current_caller)]):
        return {"caller": caller}

    return app


def text_without_header(read_token):
    def current_caller(authorization: str):
        return read_token(authorization)

    return me_with(current_caller)


def header_of_another_name(read_token):
    def current_caller(token: Annotated[str, Header()] = ""):
        try:
            return read_token(token)
        except ValueError:
            raise HTTPException(401) from None

    return me_with(current_caller)


def stripped_and_uncaught(read_token):
    def current_caller(authorization: Annotated[str, Header()] = ""):
        return read_token(authorization.split()[1])

    return me_with(current_caller)


def me_by_post(read_token):
    return me_with(lambda authorization=Header(""): read_token(authorization), "POST")  # noqa: B008


def an_instance_without_scope(current_caller):
    class Require:
        def __call__(self, caller: Annotated[dict, Depends(current_caller)]):
            return caller

    return Require()


def a_part_of_the_scope_will_do(current_caller):
    def require(scope):
        def check(caller: Annotated[dict, Depends(current_caller)]):
            if not any(each in scope for each in caller["scopes"]):
                raise HTTPException(403)
            return caller

        return check

    return require


def the_lot_is_read_as_text(get_notes):
    app = FastAPI()

    @app.post("/lots/{lot}/notes")
    def add(lot: int, text: str, notes: Annotated[object, Depends(get_notes)]):
        notes.add(lot, text)

    @app.get("/lots/{lot}/notes")
    def read(lot: str, notes: Annotated[object, Depends(get_notes)]):
        return {"notes": notes.of(lot)}

    return app


@pytest.mark.parametrize(
    ("exercise", "submission", "said"),
    [
        ("05.1", text_without_header, "not-from-the-header"),
        ("05.1", header_of_another_name, "not-from-the-header"),
        ("05.1", stripped_and_uncaught, "other-token"),
        ("05.1", me_by_post, "no-route"),
        ("05.2", an_instance_without_scope, "instance-returned"),
        ("05.2", a_part_of_the_scope_will_do, "substring-scope"),
        ("05.3", the_lot_is_read_as_text, "lot-as-text"),
    ],
)
async def test_the_check_names_the_mistake_that_was_made(exercise, submission, said, tmp_path):
    outcome = await Exercise(find_task(exercise), Progress(tmp_path)).check(submission)
    assert outcome.code == said, outcome
