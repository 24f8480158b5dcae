"""
03.3, keyset paging: a list that changes between two pages, and is read once all the same.

Floor 4: knows the kit.
"""

from functools import partial
from typing import Any

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.task import Room, Submission, Task
from labkit.course.text import sentence

MAX_ROWS = 100  # The most that 03.3 lets a page have.
_LIMIT = 3
_IDS = (4, 9, 1, 7, 10, 2, 6, 3, 8, 5)  # In no order, as a table without ORDER BY gives them.

Rows = list[dict[str, Any]]


def _page_starter(rows, limit, cursor):
    return TODO


def page(rows, limit, cursor):
    newest_first = sorted(rows, key=lambda row: row["id"], reverse=True)
    if cursor is not None:
        newest_first = [row for row in newest_first if row["id"] < cursor]
    size = min(limit, 100)
    items = newest_first[:size]
    more = len(newest_first) > size
    return {"items": items, "next": items[-1]["id"] if more else None}


def _by_offset(rows, limit, cursor):
    start, size = cursor or 0, min(limit, MAX_ROWS)
    items = sorted(rows, key=lambda row: -row["id"])[start : start + size]
    return {"items": items, "next": start + size if start + size < len(rows) else None}


def _without_limit(rows, limit, cursor):
    left = sorted(rows, key=lambda row: -row["id"])
    left = [row for row in left if cursor is None or row["id"] < cursor]
    return {"items": left[:limit], "next": left[limit - 1]["id"] if len(left) > limit else None}


def _as_they_come(rows, limit, cursor):
    left = [row for row in rows if cursor is None or row["id"] < cursor]
    items = left[: min(limit, MAX_ROWS)]
    return {"items": items, "next": items[-1]["id"] if len(left) > len(items) else None}


def _from_the_cursor(shift, rows, limit, cursor):
    """Begin *shift* ids away from where the reference begins."""
    return page(rows, limit, None if cursor is None else cursor + shift)


def _without_end(rows, limit, cursor):
    found = page(rows, limit, cursor)
    return {**found, "next": found["items"][-1]["id"] if found["items"] else cursor or 0}


def _behind_the_last_row(rows, limit, cursor):
    ordered = sorted(rows, key=lambda row: -row["id"])
    start = 0 if cursor is None else [row["id"] for row in ordered].index(cursor) + 1
    items = ordered[start : start + min(limit, MAX_ROWS)]
    return {"items": items, "next": items[-1]["id"] if ordered[start + len(items) :] else None}


def _of_some_rows(rows, limit, cursor):
    left = [row for row in rows if cursor is None or row["id"] < cursor]
    items = sorted(left, key=lambda row: -row["id"])[: min(limit, MAX_ROWS)]
    last = items[-1]["id"]
    return {"items": items, "next": last if last > min(row["id"] for row in rows) else None}


def _until_a_page_is_short(rows, limit, cursor):
    size = min(limit, MAX_ROWS)
    items = page(rows, limit, cursor)["items"]
    return {"items": items, "next": items[-1]["id"] if items and len(items) == size else None}


def _sorting_in_place(rows, limit, cursor):
    rows.sort(key=lambda row: -row["id"])
    return page(rows, limit, cursor)


def _rows(ids: Any) -> Rows:
    return [{"id": number, "line": f"A{number % 4 + 1}"} for number in ids]


def _check_page(submission: Submission, _room: Room | None) -> None:
    first, cursor = _asked(submission, _rows(_IDS), _LIMIT, None)
    if first != [10, 9, 8]:
        says = "The first page of 3 has to have the rows with the highest ids."
        raise Finding("no-order", says, f"ids in the table: {list(_IDS)}\nids you gave: {first}")
    _walk(submission)
    many, behind = _asked(submission, _rows(range(1, 5001)), 1_000_000, None)
    if len(many) > MAX_ROWS:
        raise Finding("no-limit", f"Asked for a million rows, your page gave {len(many):,}.")
    if behind is None:
        says = f"A page with {len(many)} of 5,000 rows said that none is left."
        raise Finding("row-lost", says)
    _expect_no_empty_page(submission)
    _expect_no_drift(submission, first, cursor)
    _expect_no_anchor(submission, first, cursor)
    _expect_an_end(submission)


def _asked(submission, rows, limit, cursor) -> tuple[list[int], Any]:
    """Return the ids of one page, and its cursor for the next."""
    before = list(rows)
    found = submission(rows, limit, cursor)
    expect_type(found, dict)
    if rows != before:
        says = "Your function changed the list that it was given; others use it too."
        raise Finding("changes-the-table", says, f"ids now: {_ids(rows)}")
    if not isinstance(found.get("items"), list) or "next" not in found:
        says = 'A page is a dict with "items", a list of rows, and "next".'
        raise Finding("other-shape", says, found)
    if not all(isinstance(row, dict) and "id" in row for row in found["items"]):
        raise Finding("other-shape", 'The "items" of a page are rows as they came.', found)
    return [row["id"] for row in found["items"]], found["next"]


def _ids(rows) -> object:
    return [row.get("id") if isinstance(row, dict) else row for row in rows[:12]]


def _walk(submission) -> None:
    """Go from page to page over rows that stay as they are."""
    seen, cursor = [], None
    for _ in range(len(_IDS) + 1):
        ids, cursor = _asked(submission, _rows(_IDS), _LIMIT, cursor)
        seen += ids
        if cursor is None:
            break
    twice = sorted({number for number in seen if seen.count(number) > 1})
    evidence = f"ids in order: {seen[:12]}"
    if twice and cursor is None:
        says = f"Rows came twice, though nothing had changed: {twice}."
        raise Finding("row-twice", says, evidence)
    if cursor is not None:
        says = f"After {len(_IDS) + 1} pages of {len(_IDS)} rows there was still a next one."
        raise Finding("row-twice" if twice else "never-ends", says, evidence)
    if len(seen) < len(_IDS):
        lost = sorted(set(_IDS) - set(seen))
        raise Finding("row-lost", f"Rows were on no page: {lost}.", evidence)


def _expect_no_empty_page(submission) -> None:
    """Read tables whose last page is exactly full, or has one row."""
    for ids, limit in (((2, 1), 2), ((5, 2, 6, 1, 3, 4), 3), ((3, 1, 2), 2)):
        given: list[list[int]] = []
        cursor = None
        for _ in range(len(ids) + 1):
            items, cursor = _asked(submission, _rows(ids), limit, cursor)
            given.append(items)
            if not items:
                says = "A page said that there is a next one, and on that there was no row."
                evidence = f"ids in the table: {list(ids)}\nids on each page: {given}"
                raise Finding("empty-last-page", says, evidence)
            if cursor is None:
                break


def _expect_no_drift(submission, first, cursor) -> None:
    second, _ = _asked(submission, _rows((*_IDS, 12, 11)), _LIMIT, cursor)
    if second != [7, 6, 5]:
        says = "Two new rows came between page 1 and page 2, and page 2 moved."
        evidence = f"ids on page 1: {first}\nnew ids: [12, 11]\nids on page 2: {second}"
        raise Finding("offset-drift", says, evidence)


def _expect_no_anchor(submission, first, cursor) -> None:
    rows = _rows(number for number in _IDS if number != first[-1])
    says = f"Row {first[-1]}, the last of page 1, was deleted before page 2 was asked for."
    try:
        second, _ = _asked(submission, rows, _LIMIT, cursor)
    except Finding:
        raise
    except Exception as error:
        raise Finding("needs-the-last-row", says, sentence(error)) from error
    if second != [7, 6, 5]:
        raise Finding("needs-the-last-row", says, f"ids on page 2: {second}")


def _expect_an_end(submission) -> None:
    says = "An empty table has one page, without rows and without a next one."
    try:
        found = _asked(submission, [], _LIMIT, None)
    except Finding:
        raise
    except Exception as error:
        raise Finding("no-rows", says, sentence(error)) from error
    if found != ([], None):
        raise Finding("no-rows", says, found)


PAGING = Task(
    id="03.3",
    title="pages of a list that changes",
    task="Write page(rows, limit, cursor): return {'items': rows with the highest ids first, at "
    "most limit and never more than 100, 'next': the cursor of the page after this, or None}.",
    starter=_page_starter,
    check=_check_page,
    solution=page,
    call=lambda _room: (_rows((2, 4, 1, 3)), 2, None),
    wrong={
        "offset-drift": _by_offset,
        "no-limit": _without_limit,
        "no-order": _as_they_come,
        "row-twice": partial(_from_the_cursor, 1),
        "row-lost": partial(_from_the_cursor, -1),
        "never-ends": _without_end,
        "needs-the-last-row": _behind_the_last_row,
        "no-rows": _of_some_rows,
        "empty-last-page": _until_a_page_is_short,
        "changes-the-table": _sorting_in_place,
        "other-shape": lambda rows, limit, cursor: {"rows": page(rows, limit, cursor)["items"]},
    },
    hints={
        "offset-drift": (
            "Your cursor counts rows. Which rows does that number mean after two were added?",
            "A number of rows is a place that moves whenever something is inserted before it. The "
            "key of the last row that was seen doesn't move.",
            'the next page: rows whose "id" is less than the last one of this page',
        ),
        "no-limit": (
            "Who chooses limit, and what does a million rows cost you?",
            "limit is the caller's wish. Memory and time are yours, so the service has a highest "
            "limit of its own.",
            "min(limit, 100)",
        ),
        "no-order": (
            "In which order do the rows come to you?",
            "A table has no order unless somebody asks for one, and pages without one mean "
            "nothing.",
            'sorted(rows, key=lambda row: row["id"], reverse=True), before anything is cut off',
        ),
        "row-twice": (
            "Is the last row of page 1 also the first of page 2?",
            "A cursor is the last row that was seen, or the first that wasn't. Take one meaning "
            "and compare accordingly.",
            "with the last row seen as the cursor: less than, not less than or equal",
        ),
        "row-lost": (
            "Which row stands between the last of page 1 and the first of page 2?",
            "A cursor is the last row that was seen, or the first that wasn't. Take one meaning "
            "and compare accordingly.",
            "with the first row not seen as the cursor: less than or equal",
        ),
        "never-ends": (
            "What does a caller do who follows next until there is none?",
            "None is the only sign that the list is over. A caller without it asks for ever.",
            "next is None unless there are more rows behind those of this page",
        ),
        "needs-the-last-row": (
            "What does your function look for, and what if it is gone?",
            "A cursor is a value to compare with, not a row to be found. Comparing works whether "
            "the row is still there or not.",
            'keep the rows whose "id" is less than cursor; look up nothing',
        ),
        "no-rows": (
            "Which line fails, or lies, when the page has no row?",
            "The last row of an empty page is no row. A list that is empty today is no error.",
            "take the last id only if more rows follow",
        ),
        "empty-last-page": (
            "Six rows, three on a page: how does page 2 know that it is the last?",
            "A full page says nothing about what comes behind it, and a row on it neither. Whether "
            "rows are left shows only in the rows themselves.",
            "more rows behind the cursor than fit on this page: there is a next one",
        ),
        "changes-the-table": (
            "Whose list is rows, and who else is reading it?",
            "list.sort, append and del change the list that the caller still holds. sorted(...) "
            "and a slice make a new one.",
            "sorted(rows, ...) in place of rows.sort(...)",
        ),
        "other-shape": (
            "Which two names does a page have?",
            "The caller reads items and next. The rows in items are those of the table, unchanged.",
            'return {"items": [...], "next": ...}',
        ),
    },
)
