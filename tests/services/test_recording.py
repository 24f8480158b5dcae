"""An inspection is recorded once for each key, whole or not at all, and only where it belongs."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from service_kit import READ, WRITE, bearer, held_writer, running, told
from sqlalchemy import func, select, text, update

from labkit.clock import Clock
from labkit.database.tables import DailyStatistic, IdempotencyKey, Inspection
from labkit.services import idempotency

NEW = {
    "line_id": "A4",
    "camera_id": "A4-1",
    "lot_id": 88,
    "model_version_id": "v2.0",
    "inspected_at": "2026-03-01T21:59:00Z",
    "score": 0.25,
}
KEY = "Idempotency-Key"
FROM_SOMEBODY_ELSE = {"line_id": "B1", "camera_id": "B1-1", "lot_id": 89}


@pytest.fixture
def record(send_as):
    """Return an awaitable POST of NEW with *changes*, by default with a key of its own."""

    def send(key=None, user="quality-lead", *, without=(), scopes=(READ, WRITE), **changes):
        body = {name: value for name, value in {**NEW, **changes}.items() if name not in without}
        headers = {KEY: key or str(uuid.uuid4()), "Content-Type": "application/json"}
        content = json.dumps(body)  # httpx2 would refuse to send half a character.
        return send_as(
            "POST", "/inspections", user, scopes=scopes, headers=headers, content=content
        )

    return send


async def rows_of(app, table=Inspection):
    async with app.state.database.session() as session:
        return await session.scalar(select(func.count()).select_from(table))


async def statistic(app, line="A4", day="2026-03-01"):
    async with app.state.database.session() as session:
        row = await session.get(DailyStatistic, (line, datetime.fromisoformat(day).date()))
        return (row.inspected, row.defective) if row else None


# What is recorded


async def test_an_inspection_is_recorded_and_found_where_the_answer_says(app, record, as_user):
    response = await record()
    assert response.status_code == 201
    shown = response.json()
    assert shown == {**NEW, "id": 27_030, "defective": False}
    assert response.headers["location"] == "/inspections/27030"
    assert (await as_user(response.headers["location"])).json() == shown
    assert (await as_user("/inspections", limit=1)).json()["items"] == [shown]


@pytest.mark.parametrize(
    ("score", "version", "defective"),
    [(0, "v2.0", False), (0.599, "v2.0", False), (0.6, "v2.0", True), (1, "v2.0", True),
     (0.55, "v1.1", True), (0.549, "v1.1", False)],
)  # fmt: skip
async def test_whether_a_part_is_defective_is_for_the_version_to_say(
    record, score, version, defective
):
    shown = (await record(score=score, model_version_id=version)).json()
    assert (shown["score"], shown["defective"]) == (score, defective)


async def test_the_day_counts_it_and_a_day_without_a_row_gets_one(app, record):
    inspected, defective = await statistic(app)
    await record()
    await record(score=0.9)
    assert await statistic(app) == (inspected + 2, defective + 1)
    assert await statistic(app, day="2026-03-02") is None
    # An hour later in UTC than where it was written: the day is the one in UTC.
    await record(inspected_at="2026-03-01T23:30:00-01:00", score=0.9)
    assert await statistic(app, day="2026-03-02") == (1, 1)


# Once for each key


async def test_the_same_key_and_body_again_is_one_row_and_the_same_answer(app, record):
    before, counted = await rows_of(app), (await statistic(app))[0]
    first = await record("one")
    for changes in ({}, {}, {"inspected_at": "2026-03-01T22:59:00+01:00"}):  # The same moment.
        again = await record("one", **changes)
        assert again.status_code == 201
        assert again.content == first.content
        assert again.headers["location"] == first.headers["location"]
    assert await rows_of(app) == before + 1
    assert (await statistic(app))[0] == counted + 1


@pytest.mark.parametrize("change", [{"score": 0.3}, {"lot_id": 81}, {"camera_id": "A4-2"}])
async def test_the_same_key_with_another_body_is_refused_and_does_nothing(app, record, change):
    first = await record("one")
    before = await rows_of(app)
    refused = await record("one", **change)
    assert refused.status_code == 422
    assert "stands for another request" in refused.json()["detail"]
    assert await rows_of(app) == before
    assert (await record("one")).content == first.content


async def test_the_same_key_of_somebody_else_is_another_key(app, record):
    before = await rows_of(app)
    ids = {(await record("one", user)).json()["id"] for user in ("quality-lead", "operator-a")}
    assert len(ids) == 2
    assert await rows_of(app) == before + 2


async def test_fifty_at_once_with_one_key_are_one_row_and_one_answer(app, record):
    before, counted = await rows_of(app), (await statistic(app))[0]
    answers = await asyncio.gather(*(record("one") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await rows_of(app) == before + 1
    assert (await statistic(app))[0] == counted + 1


async def test_fifty_at_once_with_a_key_each_are_fifty_rows_all_counted(app, record):
    before, (inspected, defective) = await rows_of(app), await statistic(app)
    answers = await asyncio.gather(*(record(score=0.9) for _ in range(50)))
    assert len({answer.json()["id"] for answer in answers}) == 50
    assert await rows_of(app) == before + 50
    assert await statistic(app) == (inspected + 50, defective + 50)


async def test_two_bodies_at_once_with_one_key_are_one_row(app, record):
    before = await rows_of(app)
    answers = await asyncio.gather(*(record("one", score=n / 10) for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 5
    assert await rows_of(app) == before + 1


async def test_a_request_that_failed_used_no_key(app, record):
    assert (await record("one", camera_id="A1-1")).status_code == 422
    assert await rows_of(app, IdempotencyKey) == 0
    assert (await record("one")).status_code == 201


async def test_quotes_around_a_key_are_as_the_draft_has_them_and_make_no_difference(app, record):
    before = await rows_of(app)
    assert (await record('"one"')).content == (await record("one")).content
    assert await rows_of(app) == before + 1


async def test_a_key_is_forgotten_after_its_time_and_not_before(app, record):
    first = await record("one")
    await record("other")
    soon = datetime.now(UTC) + idempotency.KEPT - timedelta(minutes=1)
    async with app.state.database.transaction() as session:
        assert (await session.get_one(IdempotencyKey, ("quality-lead", "one"))).forget_at > soon
        expired = update(IdempotencyKey).values(forget_at=datetime.now(UTC))
        await session.execute(expired.where(IdempotencyKey.key == "one"))
    assert await rows_of(app, IdempotencyKey) == 2
    again = await record("one", score=0.5)  # Anything: the key is free again.
    assert again.status_code == 201
    assert again.json()["id"] != first.json()["id"]
    assert await rows_of(app, IdempotencyKey) == 2


async def test_what_is_too_old_is_forgotten_whoevers_it_was(app, record):
    for user in ("quality-lead", "operator-a"):
        await record("one", user)
    async with app.state.database.transaction() as session:
        await session.execute(update(IdempotencyKey).values(forget_at=datetime.now(UTC)))
    await record("two", "operator-a")
    async with app.state.database.session() as session:
        assert (await session.scalars(select(IdempotencyKey.key))).all() == ["two"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {KEY: ""},
        {KEY: '""'},
        {KEY: '"one'},
        {KEY: "two words"},
        {KEY: "canary\xe9"},
        {KEY: "canary" * 30},
        [(KEY, "canary"), (KEY, "canary")],
    ],
)
async def test_without_a_usable_key_nothing_is_recorded(app, client, token_of, headers):
    before = await rows_of(app)
    given = [*(headers.items() if isinstance(headers, dict) else headers)]
    given = [(name, value.encode("latin-1")) for name, value in given]
    given += list(bearer(token_of(scopes=[WRITE])).items())
    response = await client.post("/inspections", json=NEW, headers=given)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "send one Idempotency-Key" in response.json()["detail"]
    assert "canary" not in response.text
    assert await rows_of(app) == before


@pytest.mark.parametrize(
    ("key", "status"), [("canary\x01", 400), ("canary\x7f", 400), ("canary" * 170_000, 431)]
)
async def test_a_key_that_can_be_no_header_is_refused_before_it_is_read(
    app, client, token_of, key, status
):
    before = await rows_of(app)
    headers = {KEY: key, **bearer(token_of(scopes=[WRITE]))}
    response = await client.post("/inspections", json=NEW, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert "canary" not in response.text
    assert await rows_of(app) == before


# Bad input


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"canary": 1}, "body"),
        ({"id": 7}, "body"),
        ({"defective": True}, "body"),
        *(({"without": [name]}, f"body.{name}") for name in NEW),
        *(({"score": wrong}, "body.score")
          for wrong in (-0.001, 1.001, 10**30, 10**400, "0.5", "canary", True, None, [0.5], {})),
        *(({"lot_id": wrong}, "body.lot_id")
          for wrong in (0, -1, 2**63, 10**400, "88", True, 88.0, 88.5, None, "canary")),
        *(({name: wrong}, f"body.{name}") for name in ("line_id", "camera_id", "model_version_id")
          for wrong in ("", "canary*", "x" * 65, 7, True, None, ["A4"])),
        *(({name: wrong}, "body") for name in ("line_id", "camera_id", "model_version_id")
          for wrong in ("A4\x00", "\ud800")),  # No JSON that all parsers read alike.
        *(({"inspected_at": wrong}, "body.inspected_at")
          for wrong in ("2026-03-01T21:59:00", "2026-03-01", "canary", "", 1772402340, 1772402340.5,
                        "1772402340", True, None, "2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z",
                        "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00",
                        "9999-12-31T23:59:59Z", "2026-02-22T23:59:59Z")),
        # What doesn't exist, what is another line's, what is another plant's: one answer for all.
        *(({"camera_id": wrong}, "body.camera_id") for wrong in ("A4-9", "A1-1", "B1-1")),
        *(({"lot_id": wrong}, "body.lot_id") for wrong in (987_654_321, 85, 89)),
        *(({"model_version_id": wrong}, "body.model_version_id") for wrong in ("v9", "V2.0")),
    ],
)  # fmt: skip
async def test_bad_input_is_a_422_that_says_where_and_repeats_nothing(app, record, changes, where):
    before = await rows_of(app)
    response = await record(**changes)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [fault["where"] for fault in response.json()["errors"]] == [where]
    assert "canary" not in response.text
    assert await rows_of(app) == before
    assert await rows_of(app, IdempotencyKey) == 0


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
async def test_a_score_is_a_number_between_0_and_1_whatever_python_reads(send_as, number):
    body = b'{"line_id": "A4", "camera_id": "A4-1", "lot_id": 88, "model_version_id": "v2.0", '
    body += b'"inspected_at": "2026-03-01T21:59:00Z", "score": ' + number + b"}"
    headers = {KEY: "one", "Content-Type": "application/json"}
    response = await send_as("POST", "/inspections", headers=headers, content=body)
    assert response.status_code == 422
    assert [fault["where"] for fault in response.json()["errors"]] == ["body"]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"[]", 422), (b'"canary"', 422), (b"{canary", 422), (b" " * 1_000_000, 413)],
)
async def test_a_body_that_is_no_object_of_json_is_refused(app, send_as, content, status):
    before = await rows_of(app)
    headers = {KEY: "one", "Content-Type": "application/json"}
    response = await send_as("POST", "/inspections", headers=headers, content=content)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert "canary" not in response.text
    assert await rows_of(app) == before


async def test_all_that_is_wrong_is_said_at_once(record):
    response = await record(**FROM_SOMEBODY_ELSE, user="operator-a", model_version_id="v9")
    assert [fault["where"] for fault in response.json()["errors"]] == [
        "body.line_id", "body.camera_id", "body.lot_id", "body.model_version_id",
    ]  # fmt: skip


async def test_another_plants_line_is_as_absent_as_one_that_nobody_has(app, record):
    before = await rows_of(app)
    absent = await record(line_id="Z9", camera_id="Z9-1", lot_id=987_654_321)
    for user, changes in (
        ("operator-a", FROM_SOMEBODY_ELSE),
        ("operator-b", {}),
        ("operator-a", {"line_id": "Z9", "camera_id": "B1-1", "lot_id": 89}),
    ):
        refused = await record(user=user, **changes)
        assert (refused.status_code, told(refused)) == (422, told(absent))
    assert await rows_of(app) == before


async def test_a_token_that_may_only_read_is_told_which_scope_it_lacks(app, record):
    before = await rows_of(app)
    response = await record(scopes=[READ])
    assert response.status_code == 403
    assert f'scope="{WRITE}"' in response.headers["www-authenticate"]
    assert await rows_of(app) == before


async def test_the_future_begins_after_the_leeway_of_two_clocks(
    inspections_config, token_of, monkeypatch
):
    now = datetime(2026, 3, 2, 8, tzinfo=UTC)
    async with running(inspections_config) as (app, client):
        token = bearer(token_of(scopes=[WRITE]))
        policy = app.state.gate.policy
        admitted = await app.state.gate.admit(token["Authorization"].removeprefix("Bearer "))
        monkeypatch.setattr(type(policy), "verify", lambda *_: admitted)
        object.__setattr__(policy, "clock", Clock(now.timestamp()))
        for ahead_s, status in ((30, 201), (31, 422)):
            moment = (now + timedelta(seconds=ahead_s)).isoformat()
            response = await client.post(
                "/inspections",
                json={**NEW, "inspected_at": moment},
                headers={**token, KEY: str(ahead_s)},
            )
            assert response.status_code == status


# When the database doesn't play along


async def test_a_commit_that_fails_keeps_neither_row_nor_count_nor_key(app, record):
    async with app.state.database.transaction() as session:
        for statement in (
            "CREATE TABLE promises (id INTEGER REFERENCES lots(id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TRIGGER promise AFTER INSERT ON inspections BEGIN "
            "INSERT INTO promises VALUES (-1); END",
        ):
            await session.execute(text(statement))
    before = await rows_of(app), await statistic(app)
    response = await record("one")
    assert response.status_code == 500
    assert (await rows_of(app), await statistic(app)) == before
    assert await rows_of(app, IdempotencyKey) == 0
    async with app.state.database.transaction() as session:
        await session.execute(text("DROP TRIGGER promise"))
    assert (await record("one")).status_code == 201
    assert await rows_of(app) == before[0] + 1


async def test_who_waits_too_long_for_another_writer_can_ask_again_with_the_same_key(
    inspections_config, token_of, monkeypatch
):
    monkeypatch.setattr("labkit.database.engine.BUSY_TIMEOUT_MS", 1)
    headers = {**bearer(token_of(scopes=[WRITE])), KEY: "one"}
    async with running(inspections_config) as (app, client):
        before = await rows_of(app)
        async with held_writer(app.state.database):
            busy = await client.post("/inspections", json=NEW, headers=headers)
        assert busy.status_code == 503
        assert int(busy.headers["retry-after"]) > 0
        assert (await client.post("/inspections", json=NEW, headers=headers)).status_code == 201
        assert await rows_of(app) == before + 1
