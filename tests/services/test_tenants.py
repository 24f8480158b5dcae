"""Another plant's rows are as absent as rows that nobody has: on every route, however one asks."""

import pytest
from fastapi.routing import iter_route_contexts
from service_kit import READ, every, told
from sqlalchemy import delete, event, select

from labkit.database import rows, tables
from labkit.services import insight, reads, recording, results, tenants, writes
from labkit.services.routes import required_scopes
from labkit.tokens import Claims

LAST_WEEK = {"since": "2026-02-23T00:00:00Z"}
# Query parameters that name no row, so they can't name another plant's.
HARMLESS = {
    "limit", "cursor", "days", "since", "until", "defective", "quarantined", "kind", "severity",
}  # fmt: skip

# Each route with a key in its path, with a row of plant A and one of plant B.
ONES = {
    "/plants/{plant_id}": ("plant-a", "plant-b"),
    "/lines/{line_id}": ("A1", "B1"),
    "/lines/{line_id}/statistics": ("A1", "B1"),
    "/cameras/{camera_id}": ("A1-1", "B1-1"),
    "/lots/{lot_id}": (1, 5),
    "/runbooks/{runbook_id}": ("scratches", "lens-cleaning"),
    "/inspections/{inspection_id}": (1, 2),
    "/defects/{defect_id}": (1, 2),
}
# Each list, with a narrower question where the whole is long.
LISTS = {
    "/plants": {},
    "/lines": {},
    "/cameras": {},
    "/lots": {},
    "/runbooks": {},
    "/inspections": LAST_WEEK,
    "/defects": {},
}
# Each filter that names a row, with one of plant A and one of plant B.
FILTERS = {
    ("/lines", "plant"): ("plant-a", "plant-b"),
    ("/cameras", "line"): ("A1", "B1"),
    ("/lots", "line"): ("A1", "B1"),
    ("/runbooks", "plant"): ("plant-a", "plant-b"),
    ("/inspections", "line"): ("A1", "B1"),
    ("/inspections", "camera"): ("A1-1", "B1-1"),
    ("/inspections", "lot"): (1, 5),
    ("/defects", "line"): ("A1", "B1"),
    ("/defects", "inspection"): (24, 28),
}
# Each write, with what it takes, for something of plant A, of plant B, and of none.
WRITES = {
    ("PUT", "/lots/{lot_id}/quarantine"): {
        plant: {"path": f"/lots/{lot}/quarantine", "json": {"quarantined": True, "version": 1}}
        for plant, lot in (("a", 1), ("b", 5), ("none", 987_654_321))
    },
    ("PUT", "/runbooks/{runbook_id}"): {
        plant: {"path": f"/runbooks/{name}", "json": {"title": "x", "body": "x", "version": 1}}
        for plant, name in (("a", "scratches"), ("b", "lens-cleaning"), ("none", "nowhere"))
    },
    ("POST", "/inspections"): {
        plant: {
            "path": "/inspections",
            "headers": {"Idempotency-Key": plant},
            "json": {
                "line_id": line,
                "camera_id": f"{line}-1",
                "lot_id": lot,
                "score": 0.25,
                "model_version_id": "v2.0",
                "inspected_at": "2026-03-01T21:59:00Z",
            },
        }
        for plant, line, lot in (("a", "A1", 85), ("b", "B1", 89), ("none", "Z1", 987_654_321))
    },
}
TOGETHER = {"/line-totals", "/runbook-matches"}  # Several rows in one: see test_insight.
OF_ALL_PLANTS = {"/model-versions", "/model-versions/{version_id}"}
PLANTS = {
    "quality-lead": "ab",
    "operator-a": "a",
    "operator-b": "b",
    "nightly-report": "ab",
    "nobody-we-know": "",
}


@pytest.fixture(scope="module")
def owner():
    """Tell which plant, "a" or "b", a row of a list belongs to: as the seed has it."""
    plant = {"/plants": {"plant-a": "a", "plant-b": "b"}}
    seed = rows.all_rows()
    lines = {row["id"]: row["plant_id"][-1] for row in seed[tables.Line]}
    plant["/lines"] = lines
    plant["/runbooks"] = {row["id"]: row["plant_id"][-1] for row in seed[tables.Runbook]}
    for path, table in (("/cameras", tables.Camera), ("/lots", tables.Lot)):
        plant[path] = {row["id"]: lines[row["line_id"]] for row in seed[table]}
    plant["/inspections"] = {row["id"]: lines[row["line_id"]] for row in seed[tables.Inspection]}
    plant["/defects"] = {
        row["id"]: plant["/inspections"][row["inspection_id"]] for row in seed[tables.Defect]
    }
    return plant


async def test_no_route_and_no_filter_is_forgotten_here(app):
    protected = {
        (*route.methods, route.path)
        for route in iter_route_contexts(app.routes)
        if required_scopes(route)
    }
    reads = {*ONES, *LISTS, *OF_ALL_PLANTS, *TOGETHER}
    assert protected == {("GET", path) for path in reads} | set(WRITES)
    named = {
        (path, parameter["name"])
        for path, methods in app.openapi()["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if parameter["in"] == "query" and parameter["name"] not in HARMLESS and path not in TOGETHER
    }
    assert named == set(FILTERS)


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_shows_all_rows_of_ones_plants_and_no_other(as_user, owner, path):
    of_last_week = max(owner["/inspections"]) - 2125
    for user, plants in PLANTS.items():
        items, _ = await every(as_user, path, user, limit=500, **LISTS[path])
        expected = {key for key, plant in owner[path].items() if plant in plants}
        if path == "/inspections":
            expected = {key for key in expected if key > of_last_week}
        assert {item["id"] for item in items} == expected
        assert len(items) == len(expected)
        assert bool(items) == bool(plants)


@pytest.mark.parametrize("path", ONES)
async def test_what_another_plant_has_is_as_absent_as_what_nobody_has(as_user, path):
    in_a, in_b = (_filled(path, key) for key in ONES[path])
    nowhere = _filled(path, "z9" if isinstance(ONES[path][0], str) else 987_654_321)
    absent = await as_user(nowhere, "quality-lead")
    assert absent.status_code == 404
    for user, plants in PLANTS.items():
        for asked, plant in ((in_a, "a"), (in_b, "b")):
            response = await as_user(asked, user)
            assert response.status_code == (200 if plant in plants else 404), (user, asked)
            if plant not in plants:
                same = {"request_id": absent.json()["request_id"]}
                assert {**response.json(), **same} == absent.json()
                assert response.headers.keys() == absent.headers.keys()


def _filled(path, key):
    return f"{path[: path.index('{')]}{key}{path[path.index('}') + 1 :]}"


@pytest.mark.parametrize(("path", "name"), FILTERS)
async def test_filtering_by_what_another_plant_has_finds_nothing(as_user, path, name):
    for value, plant in zip(FILTERS[path, name], "ab", strict=True):
        for user, plants in PLANTS.items():
            body = (await as_user(path, user, **{name: value})).json()
            assert bool(body["items"]) == (plant in plants), (user, value)
            if plant not in plants:
                assert body == {"items": [], "next": None}


@pytest.mark.parametrize("path", [path for path in LISTS if path != "/plants"])
async def test_a_cursor_of_another_plant_shows_nothing_of_it(as_user, owner, path):
    for writer, reader, plant in (
        ("operator-b", "operator-a", "a"),
        ("operator-a", "operator-b", "b"),
    ):
        cursor = (await as_user(path, writer, limit=1)).json()["next"]
        items = (await as_user(cursor.replace("limit=1", "limit=500"), reader)).json()["items"]
        assert {owner[path][item["id"]] for item in items} <= {plant}
    everything = (await as_user(path, "quality-lead", limit=1)).json()["next"]
    assert (await as_user(everything, "operator-a")).status_code == 200


async def test_versions_of_the_model_are_shown_to_all_staff_and_to_no_stranger(as_user):
    versions = [version.id for version in rows.VERSIONS]
    for user, plants in PLANTS.items():
        items = (await as_user("/model-versions", user)).json()["items"]
        assert [item["id"] for item in items] == (versions if plants else [])
        one = await as_user("/model-versions/v2.0", user)
        assert one.status_code == (200 if plants else 404)


async def test_the_filter_is_part_of_every_statement(app, as_user):
    seen = []
    event.listen(
        app.state.database.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: seen.append(statement),
    )
    ones = [_filled(path, keys[0]) for path, keys in ONES.items()]
    for path in (*LISTS, *ones, "/model-versions", "/model-versions/v2.0"):
        seen.clear()
        assert (await as_user(path)).status_code == 200
        selects = [statement for statement in seen if "SELECT" in statement]
        assert len(selects) == (2 if path.endswith("statistics") else 1)
        assert all("staff.subject = ?" in statement for statement in selects)


async def test_who_leaves_the_staff_sees_nothing_from_the_next_request_on(app, as_user):
    async with app.state.database.transaction() as session:
        await session.execute(delete(tables.Staff).where(tables.Staff.subject == "operator-a"))
    for path in LISTS:
        assert (await as_user(path, "operator-a")).json()["items"] == []


async def test_claims_of_another_kind_widen_nothing(as_user, token_of, client):
    """A client that calls itself quality-lead, or an actor that is, isn't the subject."""
    for changes in ({"client_id": "quality-lead"}, {"actor": {"sub": "quality-lead"}}):
        headers = {"Authorization": f"Bearer {token_of('operator-a', **changes)}"}
        assert (await client.get("/lines/B1", headers=headers)).status_code == 404
        assert (await client.get("/lines/A1", headers=headers)).status_code == 200


@pytest.mark.parametrize("subject", ["quality-lead' OR '1'='1", "%", "operator-_", "OPERATOR-A"])
async def test_a_subject_is_compared_as_it_is(as_user, subject):
    for path in LISTS:
        assert (await as_user(path, subject)).json()["items"] == []


def test_no_statement_is_made_without_the_subject():
    claims = Claims(
        issuer="i", subject="canary", audience="a", client_id="c", scopes=frozenset({READ}),
        issued_at=0, expires_at=1, token_id="t", actor=None,
    )  # fmt: skip
    statements = [
        tenants.plants_of(claims),
        *(tenants.of_plants(table, claims) for table in (tables.Line, tables.Runbook)),
        *(
            tenants.of_lines(table, claims)
            for table in (tables.Camera, tables.Lot, tables.Inspection, tables.DailyStatistic)
        ),
        tenants.defects_of(claims),
        tenants.model_versions_for(claims),
    ]
    for statement in statements:
        assert "canary" in statement.compile().params.values()


# The filters, broken on purpose: would anybody notice?

UNFILTERED = {
    "plants_of": lambda _claims: select(tables.Plant),
    "of_plants": lambda table, _claims: select(table),
    "of_lines": lambda table, _claims: select(table),
    "defects_of": lambda _claims: select(tables.Defect).join(tables.Inspection),
    "model_versions_for": lambda _claims: select(tables.ModelVersion),
}
LEAKING = {
    "plants_of": {"/plants", "/plants/{plant_id}"},
    "of_plants": {
        "/lines", "/lines/{line_id}", "/lines/{line_id}/statistics", "/runbooks",
        "/runbooks/{runbook_id}", "PUT /runbooks/{runbook_id}", *TOGETHER,
    },
    "of_lines": {
        "/cameras", "/cameras/{camera_id}", "/lots", "/lots/{lot_id}", "/inspections",
        "/inspections/{inspection_id}", "PUT /lots/{lot_id}/quarantine",
    },
    "defects_of": {"/defects", "/defects/{defect_id}"},
    "model_versions_for": OF_ALL_PLANTS,
}  # fmt: skip


async def leaks(as_user, send_as, owner):
    """Return the routes on which operator-a gets at plant B, or a stranger at anything."""
    found = set()
    for path in LISTS:
        items = (await as_user(path, "operator-a", limit=500)).json()["items"]
        found |= {path for item in items if owner[path][item["id"]] != "a"}
    for path, (_, in_b) in ONES.items():
        if (await as_user(_filled(path, in_b), "operator-a")).status_code != 404:
            found.add(path)
    if (await as_user("/model-versions", "nobody-we-know")).json()["items"]:
        found.add("/model-versions")
    if (await as_user("/model-versions/v2.0", "nobody-we-know")).status_code != 404:
        found.add("/model-versions/{version_id}")
    totals = (await as_user("/line-totals", "operator-a")).json()["items"]
    found |= {"/line-totals" for total in totals if owner["/lines"][total["line_id"]] != "a"}
    matches = (await as_user("/runbook-matches", "operator-a", q="lens")).json()["items"]
    found |= {"/runbook-matches" for match in matches if match["plant_id"] != "plant-a"}
    for (method, path), of_plant in WRITES.items():
        if (await send_as(method, user="operator-a", **of_plant["b"])).is_success:
            found.add(f"{method} {path}")
    return found


async def test_nothing_leaks(as_user, send_as, owner):
    assert await leaks(as_user, send_as, owner) == set()


@pytest.mark.parametrize("name", UNFILTERED)
async def test_a_filter_that_forgets_who_asks_is_found_on_every_route_that_relies_on_it(
    as_user, send_as, owner, monkeypatch, name
):
    for module in (insight, reads, recording, results, writes):
        monkeypatch.setattr(module, name, UNFILTERED[name], raising=False)
    assert await leaks(as_user, send_as, owner) == LEAKING[name]


async def test_all_routes_rely_on_one_line_that_knows_who_asks(
    as_user, send_as, owner, monkeypatch
):
    everybody = select(tables.Staff.plant_id)
    monkeypatch.setattr(tenants, "_plant_ids", lambda _claims: everybody)
    assert await leaks(as_user, send_as, owner) == {
        *ONES, *LISTS, *OF_ALL_PLANTS, *TOGETHER, *(f"{method} {path}" for method, path in WRITES),
    }  # fmt: skip


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_a_write_reaches_what_is_in_ones_plants_and_nothing_else(send_as, method, path):
    requests = WRITES[method, path]
    for user, plants in PLANTS.items():
        absent = await send_as(method, user=user, **requests["none"])
        # What a path names is the thing itself, what a body names only has to be right.
        assert absent.status_code == (404 if "{" in path else 422)
        for plant in "ab":
            response = await send_as(method, user=user, **requests[plant])
            if plant in plants:  # Whoever was faster than they were: it's theirs to see.
                assert response.status_code in (200, 201, 409), (user, plant)
            else:
                refused = (response.status_code, told(response))
                assert refused == (absent.status_code, told(absent))
