"""What the checks of notebook 04 say of other answers, right ones and wrong ones."""

import asyncio
import threading
from contextvars import copy_context

import pytest
from fastapi import BackgroundTasks, Depends, Header, Request
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request as AsgiRequest

from labkit.course import TODO, Exercise, Progress
from labkit.course.lessons import find_task
from labkit.course.lessons.request_lifecycle.ids import with_request_id
from labkit.course.lessons.request_lifecycle.timing import timed


def reads_the_body_first(app, new_id, log):
    layer = with_request_id(app, new_id, log)

    async def wrapped(scope, receive, send):
        if scope["type"] == "http":
            assert await AsgiRequest(scope, receive).body() == b""
        await layer(scope, receive, send)

    return wrapped


def returns_todo_inside(app, new_id, log):
    async def wrapped(scope, receive, send):
        return TODO

    return wrapped


def uses_todo_inside(app, new_id, log):
    async def wrapped(scope, receive, send):
        log.append((TODO.encode(), 200))

    return wrapped


def raises_its_own(app, new_id, log):
    async def wrapped(scope, receive, send):
        raise KeyError("typo")

    return wrapped


def answers_nothing(app, new_id, log):
    async def wrapped(scope, receive, send):
        return

    return wrapped


def logs_at_the_start_of_the_answer(app, new_id, log):
    async def wrapped(scope, receive, send):
        request_id = new_id()

        async def sending(message):
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-request-id", request_id.encode()))
                log.append((request_id, message["status"]))
            await send(message)

        await app(scope, receive, sending)

    return wrapped


def logs_failures_as_200(app, new_id, log):
    class Kind(list):
        def append(self, entry):
            log.append((entry[0], 201))

    return with_request_id(app, new_id, Kind())


def id_from_a_header_parameter(app, current_id, say, shrink):
    @app.get("/report")
    async def report(x_request_id: str = Header()):
        current_id.set(x_request_id)
        say("begin")
        await asyncio.to_thread(shrink)
        say("end")


def id_from_a_middleware(app, current_id, say, shrink):
    @app.middleware("http")
    async def remember(request, call_next):
        current_id.set(request.headers["x-request-id"])
        return await call_next(request)

    @app.get("/report")
    async def report():
        say("begin")
        thread = threading.Thread(target=copy_context().run, args=[shrink])
        thread.start()
        await asyncio.to_thread(thread.join)
        say("end")


def all_in_a_def_handler(app, current_id, say, shrink):
    @app.get("/report")
    def report(request: Request):
        current_id.set(request.headers["x-request-id"])
        say("begin")
        shrink()
        say("end")


def set_and_reset_in_a_def_dependency(app, current_id, say, shrink):
    def remember(request: Request):
        before = current_id.set(request.headers["x-request-id"])
        yield
        current_id.reset(before)  # Raises: another copy of the context.

    @app.get("/report", dependencies=[Depends(remember)])
    async def report():
        say("begin")
        await asyncio.to_thread(shrink)
        say("end")


def joins_the_thread_on_the_loop(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request):
        current_id.set(request.headers["x-request-id"])
        say("begin")
        thread = threading.Thread(target=copy_context().run, args=[shrink])
        thread.start()
        thread.join()
        say("end")


def shrinks_after_the_answer(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request, later: BackgroundTasks):
        current_id.set(request.headers["x-request-id"])
        say("begin")
        later.add_task(shrink)
        say("end")


def forgets_the_annotation(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request):
        say("begin")


def timed_until_the_answer_begins(app, clock, note):
    async def dispatch(request, call_next):
        begin = clock()
        response = await call_next(request)
        note(request.url.path, clock() - begin)
        return response

    return BaseHTTPMiddleware(app, dispatch)


def passes_everything_on(app, clock, note):
    return app


def keeps_the_lifespan(app, clock, note):
    async def wrapped(scope, receive, send):
        if scope["type"] != "http":
            return
        begin = clock()
        try:
            await app(scope, receive, send)
        finally:
            note(scope["path"], clock() - begin)

    return wrapped


def one_start_in_a_variable_for_all(app, clock, note):
    begin = 0.0

    async def wrapped(scope, receive, send):
        nonlocal begin
        begin = clock()
        try:
            await app(scope, receive, send)
        finally:
            note(scope["path"], clock() - begin)

    return wrapped


def in_milliseconds(app, clock, note):
    return timed(app, clock, lambda path, seconds: note(path, 1000 * seconds))


def all_calls_by_their_path(app, clock, note):
    async def wrapped(scope, receive, send):
        begin = clock()
        try:
            await app(scope, receive, send)
        finally:
            note(scope["path"], clock() - begin)

    return wrapped


def id_in_the_text_only(app, current_id, say, shrink):
    @app.get("/report")
    async def report(request: Request):
        request_id = request.headers["x-request-id"]
        say(f"{request_id} begin")
        await asyncio.to_thread(shrink)
        say(f"{request_id} end")


@pytest.mark.parametrize(
    ("exercise", "submission", "said"),
    [
        ("04.1", reads_the_body_first, "correct"),
        ("04.1", returns_todo_inside, "not attempted"),
        ("04.1", uses_todo_inside, "not attempted"),
        ("04.1", raises_its_own, "raises"),
        ("04.1", answers_nothing, "not-returned"),
        ("04.1", logs_at_the_start_of_the_answer, "no-finally"),
        ("04.1", logs_failures_as_200, "other-entry"),
        ("04.2", id_from_a_header_parameter, "correct"),
        ("04.2", id_from_a_middleware, "correct"),
        ("04.2", all_in_a_def_handler, "correct"),
        ("04.2", set_and_reset_in_a_def_dependency, "set-in-sync-dependency"),
        ("04.2", joins_the_thread_on_the_loop, "blocks-the-loop"),
        ("04.2", shrinks_after_the_answer, "other-lines"),
        ("04.2", forgets_the_annotation, "no-route"),
        ("04.3", timed_until_the_answer_begins, "times-only-handler"),
        ("04.3", passes_everything_on, "other-note"),
        ("04.3", keeps_the_lifespan, "lifespan-too"),
        ("04.3", one_start_in_a_variable_for_all, "one-start-for-all"),
        ("04.3", in_milliseconds, "other-clock"),
        ("04.3", all_calls_by_their_path, "lifespan-too"),
        ("04.2", id_in_the_text_only, "id-in-the-text"),
    ],
)
async def test_the_check_tells_a_right_layer_from_a_wrong_one(exercise, submission, said, tmp_path):
    outcome = await Exercise(find_task(exercise), Progress(tmp_path)).check(submission)
    assert (outcome.code or outcome.state) == said, outcome
