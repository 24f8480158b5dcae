"""What the checks of notebooks 02 and 03 say of other wrong answers."""

import json

import pytest

from labkit.course import Exercise, Progress
from labkit.course.lessons import find_task
from labkit.course.lessons.from_bytes_to_asgi.paging import page
from labkit.course.lessons.from_bytes_to_asgi.router_answers import route


async def says_that_two_methods_are_there(routes, scope, receive, send):
    async def sending(message):
        if message.get("status") == 405:
            message = {**message, "headers": [(b"allow", b"GET, POST")]}
        await send(message)

    await route(routes, scope, receive, sending)


async def takes_the_beginning_of_a_path(routes, scope, receive, send):
    known = [path for _, path in routes if path.startswith(scope["path"])]
    path = known[0] if known else scope["path"]
    await route(routes, {**scope, "path": path}, receive, send)


async def forgets_to_await_receive(routes, scope, receive, send):
    body = receive()["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def makes_json_in_its_own_way(routes, scope, receive, send):
    json.dumps(routes[scope["method"], scope["path"]](b""))


async def adds_a_number_to_a_text(routes, scope, receive, send):
    return "" + 1


def names_a_next_page_whenever_there_are_rows(rows, limit, cursor):
    items = page(rows, limit, cursor)["items"]
    return {"items": items, "next": items[-1]["id"] if items else None}


def ends_where_the_limit_cut(rows, limit, cursor):
    found = page(rows, limit, cursor)
    return {**found, "next": None if limit > 100 else found["next"]}


def removes_rows(rows, limit, cursor):
    return page([rows.pop() for _ in range(len(rows))], limit, cursor)


def waits_with_two_looks_outside(sign_in, now, cache, lock):
    def is_old():
        return cache.get("expires", now) - now < 30

    if is_old() and is_old():
        lock.acquire()
        answer = sign_in()
        cache.update(token=answer["access_token"], expires=now + answer["expires_in"])
        lock.release()
    return cache["token"]


@pytest.mark.parametrize(
    ("exercise", "answer", "code"),
    [
        ("02.2", waits_with_two_looks_outside, "looks-before-the-lock"),
        ("03.1", says_that_two_methods_are_there, "other-allow"),
        ("03.1", takes_the_beginning_of_a_path, "prefix-for-path"),
        ("03.1", forgets_to_await_receive, "forgotten-await"),
        ("03.1", makes_json_in_its_own_way, "json-of-bytes"),
        ("03.1", adds_a_number_to_a_text, "raises"),
        ("03.3", names_a_next_page_whenever_there_are_rows, "empty-last-page"),
        ("03.3", ends_where_the_limit_cut, "row-lost"),
        ("03.3", removes_rows, "changes-the-table"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_another_wrong_answer_gets_its_code(exercise, answer, code, tmp_path) -> None:
    outcome = await Exercise(find_task(exercise), Progress(tmp_path)).check(answer)
    assert outcome.code == code
