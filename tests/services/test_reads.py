"""What the reads show: members, filters, order, and what they say to bad input."""

from typing import get_args

import pytest
from service_kit import every

from labkit.database import rows, tables
from labkit.services import results


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/plants/plant-a", {"id": "plant-a", "name": "Plant A"}),
        ("/cameras/A4-2", {
            "id": "A4-2", "line_id": "A4", "position": "right", "installed_on": "2025-06-02",
        }),
        ("/lots/33", {
            "id": 33, "line_id": "B1", "started_on": "2025-12-29", "parts": 4680,
            "quarantined": True, "version": 1,
        }),
        ("/model-versions/v2.0", {"id": "v2.0", "released_on": "2026-02-09", "threshold": 0.6}),
        ("/defects/1", {
            "id": 1, "inspection_id": 24, "kind": "dent", "severity": "critical",
        }),
    ],
)  # fmt: skip
async def test_a_row_is_shown_with_the_members_promised_and_no_other(as_user, path, shown):
    response = await as_user(path)
    assert response.status_code == 200
    assert response.json() == shown


async def test_a_list_of_runbooks_has_titles_and_one_runbook_its_text(as_user):
    titles = (await as_user("/runbooks")).json()["items"]
    assert [set(title) for title in titles] == [{"id", "plant_id", "title", "version"}] * 5
    runbook = (await as_user("/runbooks/label-printer")).json()
    assert set(runbook) == {
        "id",
        "plant_id",
        "title",
        "version",
        "body",
    }  # Whether it attacks isn't told.
    assert "SYSTEM NOTE TO ASSISTANTS" in runbook["body"]


async def test_members_of_a_list_are_those_of_one_row(as_user):
    for path in ("/plants", "/lines", "/cameras", "/lots", "/inspections", "/defects",
                 "/model-versions"):  # fmt: skip
        first = (await as_user(path, limit=1)).json()["items"][0]
        assert (await as_user(f"{path}/{first['id']}")).json() == first


@pytest.mark.parametrize("path", ["/cameras", "/runbooks", "/model-versions"])
async def test_named_rows_come_in_the_order_of_their_names(as_user, path):
    items, pages = await every(as_user, path, limit=2)
    names = [item["id"] for item in items]
    assert names == sorted(set(names))
    assert pages == -(-len(names) // 2) > 1


@pytest.mark.parametrize("path", ["/lots", "/defects"])
async def test_numbered_rows_come_newest_first(as_user, path):
    items, pages = await every(as_user, path, limit=40)
    numbers = [item["id"] for item in items]
    assert numbers == sorted(set(numbers), reverse=True)
    assert pages == -(-len(numbers) // 40) > 1


async def test_lots_can_be_filtered_by_line_and_quarantine(as_user):
    held = (await as_user("/lots", quarantined="true")).json()["items"]
    assert [lot["id"] for lot in held] == [rows.QUARANTINED_LOT]
    free, _ = await every(as_user, "/lots", line="B1", quarantined="false", limit=3)
    whole, _ = await every(as_user, "/lots", line="B1")
    assert [lot for lot in whole if not lot["quarantined"]] == free
    assert len(whole) == len(free) + 1
    assert {lot["line_id"] for lot in whole} == {"B1"}


async def test_inspections_can_be_filtered_by_lot_and_camera(as_user):
    seed = rows.all_rows()[tables.Inspection]
    for question, wanted in (
        ({"lot": 33}, lambda row: row["lot_id"] == 33),
        ({"lot": 33, "camera": "B1-1"}, lambda r: r["lot_id"] == 33 and r["camera_id"] == "B1-1"),
        ({"lot": 33, "camera": "B2-1"}, lambda _row: False),
    ):
        items, _ = await every(as_user, "/inspections", limit=500, **question)
        expected = [row["id"] for row in seed if wanted(row)]
        assert [item["id"] for item in items] == expected[::-1]


async def test_defects_can_be_filtered_by_everything_that_is_known_of_them(as_user):
    seed = rows.all_rows()
    line = {row["id"]: row["line_id"] for row in seed[tables.Inspection]}
    defects = seed[tables.Defect]
    for question, wanted in (
        ({"kind": "scratch"}, lambda row: row["kind"] == "scratch"),
        ({"severity": "critical"}, lambda row: row["severity"] == "critical"),
        ({"line": "A4"}, lambda row: line[row["inspection_id"]] == "A4"),
        ({"inspection": 24}, lambda row: row["inspection_id"] == 24),
        ({"line": "B1", "inspection": 24}, lambda _row: False),
    ):
        items, _ = await every(as_user, "/defects", limit=500, **question)
        assert [item["id"] for item in items] == [r["id"] for r in defects if wanted(r)][::-1]


async def test_the_worn_gripper_is_seen_in_the_defects_of_last_week(as_user):
    week = {"line": "A4", "since": "2026-02-23T08:00:00Z", "until": "2026-03-02T08:00:00Z"}
    kinds = {item["kind"] for item in (await every(as_user, "/defects", **week))[0]}
    assert kinds == {"scratch"}
    before, _ = await every(as_user, "/defects", line="A4", until=week["since"])
    assert len({item["kind"] for item in before}) > 1


def test_the_words_of_the_filters_are_those_of_the_database():
    assert get_args(results.Kind) == rows.KINDS
    assert get_args(results.Severity) == tuple(dict.fromkeys(rows.SEVERITIES))


@pytest.mark.parametrize(
    ("path", "params", "where"),
    [
        ("/lines", {"plant": "canary*"}, "query.plant"),
        ("/plants", {"plant": "plant-a"}, "query"),
        ("/cameras", {"line": ""}, "query.line"),
        ("/cameras", {"cursor": "WzE3XQ"}, "query.cursor"),  # [17], of another list.
        ("/lots", {"quarantined": "canary"}, "query.quarantined"),
        ("/lots", {"cursor": "WyJBMiJd"}, "query.cursor"),  # ["A2"], of another list.
        ("/runbooks", {"title": "canary"}, "query"),
        ("/inspections", {"lot": 0}, "query.lot"),
        ("/inspections", {"lot": 2**63}, "query.lot"),
        ("/inspections", {"camera": "canary/"}, "query.camera"),
        ("/defects", {"kind": "canary"}, "query.kind"),
        ("/defects", {"severity": "canary"}, "query.severity"),
        ("/defects", {"inspection": "canary"}, "query.inspection"),
        ("/defects", {"since": "2026-03-01"}, "query.since"),
        ("/model-versions", {"limit": 501}, "query.limit"),
        ("/cameras/canary*", {}, "path.camera_id"),
        ("/plants/canary%20", {}, "path.plant_id"),
        ("/lots/canary", {}, "path.lot_id"),
        ("/lots/-1", {}, "path.lot_id"),
        ("/defects/9223372036854775808", {}, "path.defect_id"),
        ("/runbooks/..*canary", {}, "path.runbook_id"),
        ("/model-versions/" + "x" * 65, {}, "path.version_id"),
    ],
)
async def test_bad_input_is_a_422_that_says_where_and_repeats_nothing(as_user, path, params, where):
    response = await as_user(path, **params)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [fault["where"] for fault in response.json()["errors"]] == [where]
    assert "canary" not in response.text


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "a%2fb", "..;"])
async def test_a_runbook_is_named_never_a_path(as_user, name):
    assert (await as_user(f"/runbooks/{name}")).status_code in (404, 422)
