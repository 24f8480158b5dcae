"""A runbook gets another title and text: bounded, from the version that was seen, and no more."""

import asyncio

import pytest
from service_kit import READ, WRITE, told
from sqlalchemy import select

from labkit.database.tables import Runbook

PATH = "/runbooks/scratches"
TEXT = {
    "title": "More scratches",
    "body": "Look at the zebra gripper.\n\n\tThen clean it.",
    "version": 1,
}


@pytest.fixture
def edit(send_as):
    """Return an awaitable PUT of TEXT with *changes*."""

    def send(path=PATH, user="quality-lead", *, without=(), scopes=(READ, WRITE), **changes):
        body = {name: value for name, value in {**TEXT, **changes}.items() if name not in without}
        return send_as("PUT", path, user, scopes=scopes, json=body)

    return send


async def runbook(as_user, path=PATH):
    return (await as_user(path)).json()


async def test_title_and_text_are_replaced_and_nothing_else(app, edit, as_user):
    async def hidden():
        async with app.state.database.session() as session:
            return {row.id: row.is_attack for row in await session.scalars(select(Runbook))}

    before, marked = await runbook(as_user), await hidden()
    response = await edit()
    assert response.status_code == 200
    assert response.json() == {**before, **TEXT, "version": 2} == await runbook(as_user)
    assert (await edit("/runbooks/label-printer")).status_code == 200
    assert await hidden() == marked
    assert marked["label-printer"]


async def test_the_new_words_are_found_and_the_old_ones_are_not(edit, as_user):
    await edit(title="Zebras", body="A zebra.")
    found = (await as_user("/runbook-matches", q="zebra")).json()["items"]
    assert [(item["id"], item["version"]) for item in found] == [("scratches", 2)]
    found = (await as_user("/runbook-matches", q="gripper")).json()["items"]
    assert "scratches" not in [item["id"] for item in found]


async def test_the_same_text_again_changes_nothing(edit, as_user):
    now = (await edit()).json()
    again = await edit(version=2)
    assert (again.status_code, again.json()) == (200, now)


async def test_of_many_at_once_one_wins_and_the_others_see_what_it_wrote(edit, as_user):
    answers = await asyncio.gather(*(edit(title=f"Title {n}") for n in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    now = await runbook(as_user)
    assert [answer.json().get("current", answer.json()) for answer in answers] == [now] * 20
    assert now["version"] == 2


async def test_another_plants_runbook_is_as_absent_as_one_that_nobody_has(edit, as_user):
    absent = await edit("/runbooks/nowhere")
    assert absent.status_code == 404
    for user, name in (("operator-a", "lens-cleaning"), ("operator-b", "scratches")):
        for version in (1, 2):
            refused = await edit(f"/runbooks/{name}", user, version=version)
            assert (refused.status_code, told(refused)) == (404, told(absent))
        assert (await runbook(as_user, f"/runbooks/{name}"))["version"] == 1


async def test_a_token_that_may_only_read_is_told_which_scope_it_lacks(edit):
    response = await edit(scopes=[READ])
    assert response.status_code == 403
    assert f'scope="{WRITE}"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("title", ["x", "x" * 200, "Ü" * 200, "𝄞" * 200, " x "])
@pytest.mark.parametrize("body", ["x", "𝄞" * 10_000, "one\ntwo\tthree\n"])
async def test_what_is_within_the_bounds_comes_back_as_it_was_sent(edit, as_user, title, body):
    await edit(title=title, body=body)
    now = await runbook(as_user)
    assert (now["title"], now["body"]) == (title, body)


async def test_the_longest_runbook_fits_however_it_is_escaped(send_as):
    escaped = b"\\ud834\\udd1e"  # One character, twelve bytes.
    content = b'{"title": "%s", "body": "%s", "version": 1}' % (escaped * 200, escaped * 10_000)
    headers = {"Content-Type": "application/json"}
    response = await send_as("PUT", PATH, headers=headers, content=content)
    assert response.status_code == 200
    assert response.json()["body"] == "𝄞" * 10_000


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"is_attack": True}, "body"),
        ({"plant_id": "plant-b"}, "body"),
        ({"id": "canary"}, "body"),
        *(({"without": [name]}, f"body.{name}") for name in TEXT),
        *(({"version": wrong}, "body.version") for wrong in ("1", 0, -1, 2**63, 1.0, True, None)),
        *(({"title": wrong}, "body.title")
          for wrong in ("", " ", "canary" * 34, "a\nb", "a\tb", "canary\x1b[31m",
                        "canary\x9b31m", 7, None, True, ["canary"])),
        *(({"body": wrong}, "body.body")
          for wrong in ("", "x" * 10_001, "canary\x1b[2J", "canary\r\n", 7, None)),
        *(({name: "canary\x00"}, "body") for name in ("title", "body")),  # Refused while it's read.
    ],
)  # fmt: skip
async def test_bad_input_is_a_422_that_says_where_and_repeats_nothing(
    edit, as_user, changes, where
):
    response = await edit(**changes)
    assert response.status_code == 422
    assert [fault["where"] for fault in response.json()["errors"]] == [where]
    assert "canary" not in response.text
    assert (await runbook(as_user))["version"] == 1


@pytest.mark.parametrize("content", [b'"\\ud800"', b'"\\udfff"'])
@pytest.mark.parametrize("member", ["title", "body"])
async def test_half_a_character_is_refused(send_as, as_user, member, content):
    text = {"title": b'"x"', "body": b'"x"', member: content}
    body = b'{"version": 1, "title": %s, "body": %s}' % (text["title"], text["body"])
    headers = {"Content-Type": "application/json"}
    response = await send_as("PUT", PATH, headers=headers, content=body)
    assert response.status_code == 422
    assert [fault["where"] for fault in response.json()["errors"]] == ["body"]
