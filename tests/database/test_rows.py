"""The rows: the same everywhere, and with the story in them."""

import hashlib
import json
from collections import Counter
from datetime import timedelta

import pytest

from labkit.clock import LAB_NOW
from labkit.database import rows, tables
from labkit.database.rows import all_rows

SAME_EVERYWHERE = "e0de4ede7278e62ad0a3ebc737e1b9c15153f50c588fb29f6ae34366d7e4a1f0"


@pytest.fixture(scope="module")
def data():
    return all_rows()


def rate_by_line(data, days=rows.DAYS):
    inspected, defective = Counter(), Counter()
    for row in data[tables.DailyStatistic]:
        if row["day"] > rows.LAST_DAY - timedelta(days=days):
            inspected[row["line_id"]] += row["inspected"]
            defective[row["line_id"]] += row["defective"]
    return {line: defective[line] / inspected[line] for line in inspected}, defective


def test_the_rows_are_the_same_on_every_machine(data):
    plain = {table.__tablename__: found for table, found in data.items()}
    text = json.dumps(plain, default=str, sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest() == SAME_EVERYWHERE


def test_a_second_run_makes_the_same_rows(data):
    assert all_rows() == data


def test_there_is_enough_to_look_at(data):
    assert len(data[tables.Plant]) == 2
    assert len(data[tables.Line]) >= 6
    assert len(data[tables.Inspection]) >= 20_000
    assert len({row["day"] for row in data[tables.DailyStatistic]}) == 90


def test_last_week_the_highest_rate_is_on_the_slowest_line_and_the_highest_count_elsewhere(data):
    rate, count = rate_by_line(data, days=7)
    worst, *others = sorted(rate, key=rate.get, reverse=True)
    assert worst == "A4"
    assert rate["A4"] > 3 * rate[others[0]]
    assert max(count, key=count.get) == "A1"
    assert count["A1"] > 1.5 * count["A4"]
    per_day = {story.id: story.per_day for story in rows.LINES}
    assert min(per_day, key=per_day.get) == "A4"


def test_before_last_week_line_a4_was_like_the_others(data):
    rate, _ = rate_by_line(data)
    last_week, _ = rate_by_line(data, days=7)
    assert rate["A4"] < last_week["A4"] / 3


def test_seven_days_and_the_calendar_week_are_the_same_rows(data):
    moments = [row["inspected_at"] for row in data[tables.Inspection]]
    monday = LAB_NOW - timedelta(days=7)
    assert monday.isoweekday() == 1
    assert max(moments) < LAB_NOW
    assert {m for m in moments if m >= monday} == {m for m in moments if m.date() >= monday.date()}
    assert moments == sorted(moments)


def test_some_days_have_no_inspection_and_so_no_rate(data):
    idle = [row for row in data[tables.DailyStatistic] if row["inspected"] == 0]
    assert {row["line_id"] for row in idle} == {"A4", "B3"}
    assert all(row["day"].isoweekday() == 7 and row["defective"] == 0 for row in idle)


def test_the_daily_statistics_are_the_counts_of_the_inspections(data):
    inspected, defective = Counter(), Counter()
    for row in data[tables.Inspection]:
        key = row["line_id"], row["inspected_at"].date()
        inspected[key] += 1
        defective[key] += row["defective"]
    for row in data[tables.DailyStatistic]:
        key = row["line_id"], row["day"]
        assert (row["inspected"], row["defective"]) == (inspected[key], defective[key])


def test_a_part_is_defective_exactly_from_the_threshold_of_its_model_version_on(data):
    threshold = {row["id"]: row["threshold"] for row in data[tables.ModelVersion]}
    for row in data[tables.Inspection]:
        assert row["defective"] == (row["score"] >= threshold[row["model_version_id"]])
        assert 0 <= row["score"] <= 1


def test_every_defective_part_has_one_or_two_defects_and_no_other_has_any(data):
    defects = Counter(row["inspection_id"] for row in data[tables.Defect])
    bad = {row["id"] for row in data[tables.Inspection] if row["defective"]}
    assert set(defects) == bad
    assert set(defects.values()) == {1, 2}


def test_the_parts_of_a_lot_are_ten_times_its_inspections(data):
    inspected = Counter(row["lot_id"] for row in data[tables.Inspection])
    for lot in data[tables.Lot]:
        assert lot["parts"] == 10 * inspected[lot["id"]] > 0
    assert [lot["id"] for lot in data[tables.Lot] if lot["quarantined"]] == [rows.QUARANTINED_LOT]


def test_every_reference_leads_to_a_row_of_the_same_line(data):
    camera_line = {row["id"]: row["line_id"] for row in data[tables.Camera]}
    lot_line = {row["id"]: row["line_id"] for row in data[tables.Lot]}
    for row in data[tables.Inspection]:
        assert row["line_id"] == camera_line[row["camera_id"]] == lot_line[row["lot_id"]]


def test_the_staff_of_the_plants_is_separate_but_for_the_lead_and_the_report(data):
    plants = {}
    for row in data[tables.Staff]:
        plants.setdefault(row["subject"], []).append(row["plant_id"])
    assert plants["operator-a"] == ["plant-a"]
    assert plants["operator-b"] == ["plant-b"]
    assert plants["quality-lead"] == plants["nightly-report"] == ["plant-a", "plant-b"]


def test_exactly_one_runbook_is_an_attack_and_says_so(data):
    attacks = [row for row in data[tables.Runbook] if row["is_attack"]]
    assert len(attacks) == 1
    assert "SYSTEM NOTE" in attacks[0]["body"]
    assert not any("SYSTEM" in r["body"] for r in data[tables.Runbook] if not r["is_attack"])


def test_the_dice_use_raw_bits_that_numpy_keeps_for_ever():
    assert rows.Dice(1).roll(5, 100).tolist() == [51, 95, 14, 94, 31]
