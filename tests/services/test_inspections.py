"""What the inspections API shows, and to whom."""

import dataclasses
from datetime import UTC, datetime

import pytest
from service_kit import HERE, ISSUER, READ, WRITE, bearer, client_of, every, running
from sqlalchemy import exc, insert, text

from labkit.clock import LESSON_CLOCK
from labkit.database import tables
from labkit.errors import StorageError, UsageError
from labkit.services import inspections
from labkit.services.inspections import InspectionsConfig
from labkit.settings import Settings

ALL_LINES = ["A1", "A2", "A3", "A4", "B1", "B2", "B3"]


# What is shown


async def test_a_line_is_shown_with_the_members_promised_and_no_other(as_user):
    assert (await as_user("/lines/A4")).json() == {
        "id": "A4", "plant_id": "plant-a", "name": "Line A4", "product": "turbine blades",
    }  # fmt: skip


async def test_an_inspection_is_shown_with_its_time_in_utc(as_user):
    assert (await as_user("/inspections/1")).json() == {
        "id": 1, "line_id": "A3", "camera_id": "A3-2", "lot_id": 3, "model_version_id": "v1.0",
        "inspected_at": "2025-12-02T08:04:04Z", "score": 0.202, "defective": False,
    }  # fmt: skip


async def test_the_statistics_of_last_week_are_the_default_and_show_the_rate(as_user):
    rate, count = {}, {}
    for line in ALL_LINES:
        days = (await as_user(f"/lines/{line}/statistics")).json()["items"]
        assert [day["day"] for day in days] == [f"2026-02-{n}" for n in range(23, 29)] + [
            "2026-03-01"
        ]
        count[line] = sum(day["defective"] for day in days)
        rate[line] = count[line] / sum(day["inspected"] for day in days)
    assert max(rate, key=rate.get) == "A4"
    assert max(count, key=count.get) == "A1"


async def test_the_statistics_go_back_as_far_as_the_data(as_user):
    days = (await as_user("/lines/A1/statistics", days=90)).json()["items"]
    assert (len(days), days[0]["day"], days[-1]["day"]) == (90, "2025-12-02", "2026-03-01")


async def test_inspections_can_be_filtered_by_line_verdict_and_time(as_user):
    week = {"since": "2026-02-23T08:00:00Z", "until": "2026-03-02T08:00:00Z", "limit": 500}
    found, _ = await every(as_user, "/inspections", **week)
    assert len(found) == 2125
    bad = (await as_user("/inspections", line="A4", defective="true", **week)).json()["items"]
    assert bad == [item for item in found if item["line_id"] == "A4" and item["defective"]]
    assert len(bad) == 9
    good, _ = await every(as_user, "/inspections", line="A4", defective="false", **week)
    assert len(bad) + len(good) == 55


async def test_since_includes_its_moment_and_until_does_not(as_user):
    moment = (await as_user("/inspections/100")).json()["inspected_at"]
    from_then = (await as_user("/inspections", until="2025-12-03T00:00:00Z", since=moment)).json()
    before = (await as_user("/inspections", until=moment, limit=1)).json()
    assert before["items"][0]["id"] == 99
    until_id = [i["id"] for i in (await every(as_user, from_then["next"]))[0]]
    assert until_id[-1] == 100


async def test_a_time_may_be_given_in_any_zone(as_user):
    utc = await as_user("/inspections", since="2026-03-01T12:00:00Z", limit=500)
    tokyo = await as_user("/inspections", since="2026-03-01T21:00:00+09:00", limit=500)
    assert utc.json() == tokyo.json()
    assert utc.json()["items"]


# Paging


async def test_plants_come_in_pages_too(as_user):
    items, pages = await every(as_user, "/plants", limit=1)
    assert ([item["id"] for item in items], pages) == (["plant-a", "plant-b"], 2)


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 500])
async def test_pages_joined_are_the_whole_list_in_order(as_user, limit):
    items, pages = await every(as_user, "/lines", limit=limit)
    assert [item["id"] for item in items] == ALL_LINES
    assert pages == -(-len(ALL_LINES) // limit)


async def test_inspections_come_newest_first_each_exactly_once(as_user):
    query = {"since": "2026-03-01T00:00:00Z", "limit": 37, "defective": "false"}
    items, pages = await every(as_user, "/inspections", **query)
    ids = [item["id"] for item in items]
    assert ids == sorted(set(ids), reverse=True)
    assert pages == -(-len(ids) // 37) > 3


async def test_rows_inserted_while_somebody_pages_shift_nothing(app, as_user):
    query = {"since": "2026-03-01T00:00:00Z", "limit": 50}
    before, _ = await every(as_user, "/inspections", **query)
    first = (await as_user("/inspections", **query)).json()
    async with app.state.database.transaction() as session:
        row = {
            "line_id": "A1", "camera_id": "A1-1", "lot_id": 85, "model_version_id": "v2.0",
            "inspected_at": datetime(2026, 3, 1, 23, tzinfo=UTC), "score": 0.1, "defective": False,
        }  # fmt: skip
        await session.execute(insert(tables.Inspection), [row] * 60)
    rest, _ = await every(as_user, first["next"])
    assert first["items"] + rest == before


@pytest.mark.parametrize(
    ("path", "params", "where"),
    [
        ("/lines", {"limit": 0}, "query.limit"),
        ("/lines", {"limit": 501}, "query.limit"),
        ("/lines", {"limit": "canary"}, "query.limit"),
        ("/lines", {"cursor": "canary"}, "query.cursor"),
        ("/lines", {"cursor": "WzE3XQ"}, "query.cursor"),  # [17], of another list.
        ("/lines", {"cursor": "WyJBXHUwMDAwIl0"}, "query.cursor"),  # ["A\u0000"]
        ("/lines", {"cursor": "W10"}, "query.cursor"),  # []
        ("/lines", {"cursor": "W1tdXQ"}, "query.cursor"),  # [[]]
        ("/lines", {"cursor": "WzEsMl0"}, "query.cursor"),  # [1,2]
        ("/lines", {"cursor": "x" * 121}, "query.cursor"),
        ("/lines", {"canary": "1"}, "query"),
        ("/plants", {"canary": "1"}, "query"),
        ("/inspections", {"cursor": "WyJBMiJd"}, "query.cursor"),  # ["A2"], of another list.
        ("/inspections", {"cursor": "W3RydWVd"}, "query.cursor"),  # [true]
        ("/inspections", {"cursor": "Wy0xXQ"}, "query.cursor"),  # [-1]
        ("/inspections", {"cursor": "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd"}, "query.cursor"),  # [2**63]
        ("/inspections", {"cursor": "W05hTl0"}, "query.cursor"),  # [NaN]
        ("/inspections", {"cursor": "WzE3XQ=="}, "query.cursor"),  # Padded.
        ("/inspections", {"since": "2026-03-01"}, "query.since"),
        ("/inspections", {"since": "1547"}, "query.since"),
        ("/inspections", {"since": "2026-03-01T00:00:00"}, "query.since"),
        ("/inspections", {"since": "0001-01-01T00:00:00+10:00"}, "query.since"),
        ("/inspections", {"until": "9999-12-31T23:59:59-10:00"}, "query.until"),
        ("/inspections", {"line": "A4; DROP TABLE lines"}, "query.line"),
        ("/inspections", {"line": ""}, "query.line"),
        ("/inspections", {"defective": "canary"}, "query.defective"),
        ("/lines/A4/statistics", {"days": 0}, "query.days"),
        ("/lines/A4/statistics", {"days": 91}, "query.days"),
        ("/lines/canary%20x", {}, "path.line_id"),
        ("/lines/" + "x" * 65, {}, "path.line_id"),
        ("/inspections/canary", {}, "path.inspection_id"),
        ("/inspections/0", {}, "path.inspection_id"),
        ("/inspections/9223372036854775808", {}, "path.inspection_id"),
    ],
)
async def test_bad_input_is_a_422_that_says_where_and_repeats_nothing(as_user, path, params, where):
    response = await as_user(path, **params)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [fault["where"] for fault in response.json()["errors"]] == [where]
    assert "canary" not in response.text
    assert "DROP" not in response.text


# When the database doesn't play along


async def test_a_pool_in_use_is_answered_with_later(app, as_user, monkeypatch):
    monkeypatch.setattr("labkit.database.engine.POOL_TIMEOUT_S", 0.01)
    database = app.state.database
    database.engine.pool._timeout = 0.01
    sessions = [database.session() for _ in range(4)]
    for session in sessions:
        await session.execute(text("SELECT 1"))
    response = await as_user("/lines")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert response.headers["content-type"] == "application/problem+json"
    for session in sessions:
        await session.close()
    assert (await as_user("/lines")).status_code == 200


async def test_each_answer_gives_its_connection_back(app, as_user):
    for path in ("/lines", "/lines/B9", "/inspections", "/lines?limit=0", "/lines/A1/statistics"):
        await as_user(path)
        assert app.state.database.engine.pool.checkedout() == 0


async def test_the_connection_is_back_in_the_pool_before_the_answer_leaves(app, token_of):
    held = []

    async def watched(scope, receive, send):
        async def sending(message):
            held.append(app.state.database.engine.pool.checkedout())
            await send(message)

        await app(scope, receive, sending)

    async with client_of(watched, HERE) as client:
        response = await client.get("/inspections", headers=bearer(token_of()))
    assert response.status_code == 200
    assert set(held) == {0}


async def test_a_fault_of_ours_is_a_500_that_tells_nothing(app, as_user, monkeypatch):
    async def broken(*_args):
        raise RuntimeError("canary")

    monkeypatch.setattr("labkit.services.paging.PageQuery.page", broken)
    response = await as_user("/lines")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "canary" not in response.text


async def test_a_database_that_breaks_down_is_answered_with_later(as_user, monkeypatch, caplog):
    async def broken(*_args):
        raise exc.OperationalError("SELECT canary", {"a": "canary"}, Exception("disk I/O error"))

    monkeypatch.setattr("labkit.services.paging.PageQuery.page", broken)
    response = await as_user("/lines")
    assert response.status_code == 503
    assert "disk" not in response.text
    assert "canary" not in response.text + caplog.text
    assert response.json()["detail"] == "the database can't be used now; try again soon"
    assert "the database can't be used: disk I/O error" in caplog.text


async def test_a_database_that_cannot_be_opened_stops_the_start(inspections_config, tmp_path):
    broken = dataclasses.replace(inspections_config, database_url=f"sqlite:///{tmp_path}/no/x.db")
    with pytest.raises(StorageError, match="is its folder there"):
        async with running(broken):
            pytest.fail("it started")


async def test_an_empty_database_is_filled_at_the_start(inspections_config, tmp_path, token_of):
    empty = dataclasses.replace(inspections_config, database_url=f"sqlite:///{tmp_path}/new.db")
    async with running(empty) as (_app, client):
        response = await client.get("/lines", headers=bearer(token_of()))
    assert len(response.json()["items"]) == 7


# Around it


async def test_the_metadata_says_whom_to_ask_for_which_scopes(client):
    response = await client.get("/.well-known/oauth-protected-resource")
    assert response.json() == {
        "resource": HERE,
        "authorization_servers": [ISSUER],
        "scopes_supported": [READ, WRITE],
        "bearer_methods_supported": ["header"],
        "resource_name": "inspections",
    }


async def test_health_answers_without_a_token(client):
    assert (await client.get("/health")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/lines", 405), ("DELETE", "/lines/A1", 405), ("GET", "/canary", 404),
     ("GET", "/lines/", 404), ("GET", "//lines", 404)],
)  # fmt: skip
async def test_what_is_not_there_is_a_problem_too(client, method, path, status):
    response = await client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] in ("Not Found", "Method Not Allowed")
    assert "canary" not in response.text
    assert ("allow" in response.headers) == (status == 405)


@pytest.mark.parametrize(
    "changes",
    [{"issuer": ""}, {"issuer": None}, {"jwks_url": 7}, {"database_url": ""}, {"audience": ""},
     {"profile": "public"}, {"profile": "exposed", "clock": LESSON_CLOCK}],
)  # fmt: skip
def test_a_configuration_that_cannot_work_is_refused(changes):
    good = {"issuer": ISSUER, "jwks_url": f"{ISSUER}/jwks.json", "database_url": "sqlite:///x"}
    assert InspectionsConfig(**good).audience == "inspections"
    with pytest.raises(UsageError):
        InspectionsConfig(**{**good, **changes})


@pytest.mark.parametrize("config", ["x", 7, {}])
def test_create_app_takes_a_configuration(config):
    with pytest.raises(UsageError, match="InspectionsConfig"):
        inspections.create_app(config)


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "LABKIT_ISSUER_URL and DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///x"}, "LABKIT_ISSUER_URL"),
        ({"LABKIT_ISSUER_URL": ISSUER}, "DATABASE_URL"),
    ],
)
def test_what_is_missing_in_the_environment_is_named(environ, missing):
    with pytest.raises(UsageError, match=f"set {missing} before"):
        InspectionsConfig.from_settings(Settings.from_environment(environ))


def test_without_a_configuration_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("LABKIT_ISSUER_URL", ISSUER)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///x")
    assert inspections.create_app().title == "Inspections"


def test_the_password_of_the_database_is_in_no_repr():
    config = InspectionsConfig(
        issuer=ISSUER, jwks_url=ISSUER, database_url="postgresql://lab:hunter2@127.0.0.1/lab"
    )
    assert "hunter2" not in repr(config)
