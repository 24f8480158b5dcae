"""Dates and times of day, relative ones counted from a Tuesday."""

from datetime import date

import pytest

from labkit.clock import LAB_NOW
from labkit.rehearsal.clocks import times
from labkit.rehearsal.moments import dates, today_of

TUESDAY = date(2025, 6, 10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 2025-12-24", ["2025-12-24"]), ("3 July 2025", ["2025-07-03"]),
        ("June 20 to June 22", ["2025-06-20", "2025-06-22"]),
        ("from the 4th to the 15th of August", ["2025-08-04", "2025-08-15"]),
        ("August 4-15", ["2025-08-04", "2025-08-15"]), ("tomorrow", ["2025-06-11"]),
        ("tomorrow and the day after", ["2025-06-11", "2025-06-12"]),
        ("yesterday", ["2025-06-09"]), ("next Monday, the 16th", ["2025-06-16"]),
        ("this Friday until Sunday", ["2025-06-13", "2025-06-15"]),
        ("last Monday", ["2025-06-09"]), ("on Tuesday", ["2025-06-17"]),
        ("Christmas Eve last year", ["2024-12-24"]), ("Halloween", ["2025-10-31"]),
        ("this weekend", ["2025-06-14", "2025-06-15"]),
        ("last week", ["2025-06-02", "2025-06-08"]), ("next month", ["2025-07-01", "2025-07-31"]),
        ("last year", ["2024-01-01", "2024-12-31"]), ("in 2023", ["2023-01-01", "2023-12-31"]),
        ("in February 2024", ["2024-02-01", "2024-02-29"]), ("in two weeks", ["2025-06-24"]),
        ("3 days ago", ["2025-06-07"]), ("eleven days ago", ["2025-05-30"]),
        ("the 5th", ["2025-07-05"]), ("the 12th", ["2025-06-12"]),
        ("4 January", ["2026-01-04"]), ("31 February", []), ("the 31st", []),
    ],
)  # fmt: skip
def test_a_date_is_found_as_iso_8601(text, expected):
    assert [each.value for each in dates(text, TUESDAY)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at 3 pm", "15:00"), ("12 am", "00:00"), ("at 8:20", "08:20"), ("noon", "12:00"),
        ("half past three in the afternoon", "15:30"), ("quarter to nine", "08:45"),
        ("quarter past 7", "07:15"), ("7.30 in the evening", "19:30"), ("at nine", "09:00"),
        ("at ten o'clock tomorrow", "10:00"), ("at 9 at night", "21:00"), ("midnight", "00:00"),
    ],
)  # fmt: skip
def test_a_time_of_day_is_found(text, expected):
    assert [each.value for each in times(text)] == [expected]


@pytest.mark.parametrize("text", ["at 30 percent", "version 7.30", "at least 5", "25:00"])
def test_what_is_no_time_of_day_is_none(text):
    assert list(times(text)) == []


def test_without_another_day_the_lab_s_counts():
    (found,) = dates("today")
    assert found.value == LAB_NOW.date().isoformat()


def test_today_is_read_from_what_a_system_message_says():
    assert today_of(["Be kind.", "Today is Tuesday, 2025-06-10."]) == TUESDAY
    assert today_of(["ID 2025-99-99"]) is None
