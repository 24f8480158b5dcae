"""Lots are quarantined and released: by whom, from which version, and what becomes of the rest."""

import asyncio

import pytest
from service_kit import READ, WRITE, bearer, held_writer, running, told
from sqlalchemy import exc, text

from labkit.database import rows

LOT, LOT_OF_B, NO_LOT = 1, 5, 987_654_321
QUARANTINE = f"/lots/{LOT}/quarantine"


@pytest.fixture
def put(send_as):
    """Return an awaitable PUT of *body* as JSON, or of whatever *options* say."""

    def send(path, body, user="quality-lead", **options):
        content = {"json": body} if body is not None else {}
        return send_as("PUT", path, user, **content, **options)

    return send


async def lot_of(as_user, lot=LOT):
    return (await as_user(f"/lots/{lot}")).json()


# What a change does


async def test_a_lot_goes_into_quarantine_and_out_again(put, as_user):
    before = await lot_of(as_user)
    assert (before["quarantined"], before["version"]) == (False, 1)
    for version, quarantined in enumerate([True, False, True], start=1):
        response = await put(QUARANTINE, {"quarantined": quarantined, "version": version})
        assert response.status_code == 200
        wanted = {**before, "quarantined": quarantined, "version": version + 1}
        assert response.json() == wanted == await lot_of(as_user)
    held = (await as_user("/lots", quarantined="true")).json()["items"]
    assert [lot["id"] for lot in held] == [rows.QUARANTINED_LOT, LOT]


async def test_nothing_changes_where_nothing_is_to_do(put, as_user):
    for _ in range(2):
        response = await put(
            f"/lots/{rows.QUARANTINED_LOT}/quarantine", {"quarantined": True, "version": 1}
        )
        assert response.status_code == 200
        assert response.json() == await lot_of(as_user, rows.QUARANTINED_LOT)
        assert response.json()["version"] == 1


@pytest.mark.parametrize("quarantined", [True, False])
@pytest.mark.parametrize("version", [1, 3, 2**53 - 1])
async def test_another_version_is_a_409_that_shows_the_lot_as_it_is(
    put, as_user, version, quarantined
):
    await put(QUARANTINE, {"quarantined": True, "version": 1})
    now = await lot_of(as_user)
    response = await put(QUARANTINE, {"quarantined": quarantined, "version": version})
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["current"] == now == await lot_of(as_user)
    assert now["version"] == 2


async def test_of_many_at_once_one_wins_and_the_others_see_what_it_did(put, as_user):
    body = {"quarantined": True, "version": 1}
    users = ["quality-lead", "operator-a"] * 10
    responses = await asyncio.gather(*(put(QUARANTINE, body, user) for user in users))
    assert sorted(response.status_code for response in responses) == [200] + [409] * 19
    now = await lot_of(as_user)
    for response in responses:
        shown = response.json()
        assert shown.get("current", shown) == now
    assert (now["quarantined"], now["version"]) == (True, 2)


# Who may


async def test_another_plants_lot_is_as_absent_as_one_that_nobody_has(put, as_user):
    absent = await put(f"/lots/{NO_LOT}/quarantine", {"quarantined": True, "version": 1})
    assert absent.status_code == 404
    for user, lot in (("operator-a", LOT_OF_B), ("operator-b", LOT), ("nobody-we-know", LOT)):
        for version in (1, 2):  # Whether the version is right isn't told either.
            body = {"quarantined": True, "version": version}
            response = await put(f"/lots/{lot}/quarantine", body, user)
            assert (response.status_code, told(response)) == (404, told(absent))
        assert (await lot_of(as_user, lot))["version"] == 1


@pytest.mark.parametrize("scopes", [[READ], [], ["inspections:writer"], ["inspections"]])
async def test_a_token_that_may_only_read_is_told_which_scope_it_lacks(put, as_user, scopes):
    response = await put(QUARANTINE, {"quarantined": True, "version": 1}, scopes=scopes)
    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]
    assert f'scope="{WRITE}"' in response.headers["www-authenticate"]
    assert (await lot_of(as_user))["version"] == 1


async def test_a_token_that_may_only_write_reads_nothing(put, client, token_of):
    body = {"quarantined": True, "version": 1}
    assert (await put(QUARANTINE, body, scopes=[WRITE])).status_code == 200
    response = await client.get("/lots", headers=bearer(token_of(scopes=[WRITE])))
    assert response.status_code == 403


# Bad input


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"quarantined": True, "version": 1, "canary": 1}, "body"),
        ({"quarantined": True, "version": 1, "id": 2}, "body"),
        ({"quarantined": True, "version": 1, "parts": 0}, "body"),
        ({"quarantined": True}, "body.version"),
        ({"version": 1}, "body.quarantined"),
        *(({"quarantined": True, "version": wrong}, "body.version")
          for wrong in ("1", 0, -1, 2**63, 10**400, 1.0, 1.5, True, None, [1], {"canary": 1})),
        *(({"quarantined": wrong, "version": 1}, "body.quarantined")
          for wrong in ("true", "canary", 1, 0, None, [True])),
        *((wrong, "body") for wrong in ([], [{"quarantined": True, "version": 1}], "canary", 7)),
    ],
)  # fmt: skip
async def test_bad_input_is_a_422_that_says_where_and_repeats_nothing(put, as_user, body, where):
    response = await put(QUARANTINE, body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [fault["where"] for fault in response.json()["errors"]] == [where]
    assert "canary" not in response.text
    assert (await lot_of(as_user))["version"] == 1


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"", "application/json", 422),
        (b"null", "application/json", 422),
        (b"{canary", "application/json", 422),
        (b'{"quarantined": true, "version": NaN}', "application/json", 422),
        (b'{"quarantined": true, "version": 1}', "text/plain", 422),
        (b'{"quarantined": true, "version": 1}', None, 422),
        (b'{"canary": "\xff"}', "application/json", 422),
        (b'{"quarantined": true, "version": ' + b"9" * 5000 + b"}", "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b" " * 1_000_000 + b"{}", "application/json", 413),
        (b'{"version": "' + b"canary" * 200_000 + b'"}', "application/json", 413),
    ],
)
async def test_a_body_that_is_no_object_of_json_is_refused(
    put, as_user, content, content_type, status
):
    headers = {"Content-Type": content_type} if content_type else {}
    response = await put(QUARANTINE, None, content=content, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert "canary" not in response.text
    assert (await lot_of(as_user))["version"] == 1


@pytest.mark.parametrize("lot", ["0", "-1", "canary", "1.5", str(2**53)])
async def test_a_lot_is_named_by_its_number(put, lot):
    response = await put(f"/lots/{lot}/quarantine", {"quarantined": True, "version": 1})
    assert response.status_code == 422
    assert [fault["where"] for fault in response.json()["errors"]] == ["path.lot_id"]


# When the database doesn't play along


async def test_a_commit_that_fails_is_a_500_and_nothing_was_promised_before(
    app, put, as_user, caplog
):
    """The change itself goes through; a promise made with it can't be kept when it's committed."""
    async with app.state.database.transaction() as session:
        await session.execute(
            text(
                "CREATE TABLE promises (lot INTEGER REFERENCES lots(id) "
                "DEFERRABLE INITIALLY DEFERRED)"
            )
        )
        await session.execute(
            text(
                "CREATE TRIGGER promise AFTER UPDATE ON lots BEGIN "
                "INSERT INTO promises VALUES (-1); END"
            )
        )
    response = await put(QUARANTINE, {"quarantined": True, "version": 1})
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "promise" not in response.text
    assert "FOREIGN KEY" not in response.text
    lot = await lot_of(as_user)
    assert (lot["quarantined"], lot["version"]) == (False, 1)
    assert app.state.database.engine.pool.checkedout() == 0
    async with app.state.database.transaction() as session:
        await session.execute(text("DROP TRIGGER promise"))
    assert (await put(QUARANTINE, {"quarantined": True, "version": 1})).status_code == 200


async def test_who_waits_too_long_for_another_writer_is_asked_to_come_back(
    inspections_config, token_of, monkeypatch
):
    monkeypatch.setattr("labkit.database.engine.BUSY_TIMEOUT_MS", 1)
    headers = bearer(token_of(scopes=[READ, WRITE]))
    body = {"quarantined": True, "version": 1}
    async with running(inspections_config) as (app, client):
        async with held_writer(app.state.database):
            busy = await client.put(QUARANTINE, json=body, headers=headers)
            assert (await client.get("/lots/1", headers=headers)).json()["version"] == 1
        assert busy.status_code == 503
        assert int(busy.headers["retry-after"]) > 0
        assert busy.headers["content-type"] == "application/problem+json"
        assert (await client.put(QUARANTINE, json=body, headers=headers)).status_code == 200


async def test_the_connection_is_back_whatever_the_answer(app, put):
    for path, body in (
        (QUARANTINE, {"quarantined": True, "version": 1}),
        (QUARANTINE, {"quarantined": True, "version": 1}),
        (f"/lots/{NO_LOT}/quarantine", {"quarantined": True, "version": 1}),
        (QUARANTINE, {}),
    ):
        await put(path, body)
        assert app.state.database.engine.pool.checkedout() == 0


async def test_a_database_that_fails_at_the_commit_is_answered_with_later(
    app, put, as_user, monkeypatch
):
    async def broken(*_args):
        raise exc.OperationalError("COMMIT", {}, Exception("canary"))

    monkeypatch.setattr("sqlalchemy.ext.asyncio.AsyncSessionTransaction.__aexit__", broken)
    response = await put(QUARANTINE, {"quarantined": True, "version": 1})
    monkeypatch.undo()
    assert response.status_code == 503
    assert "canary" not in response.text
