"""The requests of a run: their order, their folding, and what is kept out."""

from types import SimpleNamespace

import pytest

from labkit.errors import UsageError
from labkit.pictures import RequestRow, request_table
from labkit.pictures.lanes import MAX_LINES

LONG = "/a/path/that/goes/on" * 9


def test_the_twin_is_the_table_in_order_with_equal_neighbours_folded():
    rows = [
        RequestRow("issuer", "POST", "/token", 200),
        RequestRow("inspections", "GET", "/lines", 401),
        RequestRow("inspections", "GET", "/lines", 401),
        RequestRow("issuer", "GET", "/jwks.json", 200, caller="inspections"),
        RequestRow("inspections", "GET", "/lines", None),
        RequestRow("inspections", "GET", "/lines", 599),
    ]
    assert repr(request_table(rows, title="Your run")) == (
        "Your run: 6\n"
        "  issuer                 POST  /token      200 OK\n"
        "  inspections            GET   /lines      401 Unauthorized  x 2\n"
        "  inspections -> issuer  GET   /jwks.json  200 OK\n"
        "  inspections            GET   /lines      no answer\n"
        "  inspections            GET   /lines      599"
    )


def test_a_query_string_is_never_shown():
    twin = repr(request_table([RequestRow("issuer", "GET", "/a?token=secret", 200)]))
    assert ("/a " in twin, "secret" in twin) == (True, False)


def test_any_object_with_the_four_attributes_is_a_request():
    row = SimpleNamespace(service="issuer", method="GET", path="?", status=204, caller=None)
    assert repr(request_table([row])) == "Requests: 1\n  issuer  GET  /  204 No Content"


def test_a_long_run_shows_its_ends_and_counts_the_middle():
    rows = [RequestRow("issuer", "GET", f"/{n}", (200, 404, None)[n % 3]) for n in range(500)]
    lines = repr(request_table(rows)).splitlines()
    assert len(lines) == 1 + MAX_LINES
    assert lines[1].split() == ["issuer", "GET", "/0", "200", "OK"]
    assert lines[16] == "  ... 477 more: 159 x 200, 159 x 404, 159 x no answer"
    assert lines[-1].split() == ["issuer", "GET", "/499", "404", "Not", "Found"]


@pytest.mark.parametrize(
    ("services", "count"), [(1, 1), (2, 24), (5, 24), (6, 24), (6, 500), (40, 500)]
)
def test_it_is_legible_with_any_number_of_services_and_rows(services, count, legible):
    statuses = [200, 201, 307, 401, 431, 500, 511, None]
    rows = [
        RequestRow(
            f"{n % services} service with a name",
            "PROPPATCH",
            f"{LONG}{n // 2}",
            statuses[n // 2 % len(statuses)],
            caller="1 service with a name" if n % 7 == 3 else "",
        )
        for n in range(count)
    ]
    picture = request_table(rows, title="A title that is much too long for its place " * 3)
    legible(picture)
    assert picture.figure.get_size_inches()[1] * 96 <= 900


def test_a_service_that_asks_itself_and_a_caller_without_a_lane_are_drawn(legible):
    legible(
        request_table(
            [
                RequestRow("issuer", "GET", "/", 200, caller="issuer"),
                RequestRow("issuer", "GET", "/", 200, caller="agent"),
            ]
        )
    )


def test_what_is_hostile_in_a_path_can_only_be_read():
    twin = repr(request_table([RequestRow("a\x1b", "G\n", "/\u202e<b>$x$", 200)]))
    assert twin.splitlines()[1] == "  a\\x1b  G\\n  /\\u202e<b>$x$  200 OK"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        None,
        7,
        "rows",
        [("issuer", "GET", "/", 200)],
        [RequestRow("", "GET", "/", 200)],
        [RequestRow("issuer", "", "/", 200)],
        [RequestRow("issuer", "GET", "", 200)],
        [RequestRow("issuer", "GET", 7, 200)],
        [RequestRow("issuer", "GET", "/", "200")],
        [RequestRow("issuer", "GET", "/", 99)],
        [RequestRow("issuer", "GET", "/", 600)],
        [RequestRow("issuer", "GET", "/", True)],
        [RequestRow("issuer", "GET", "/", 200, caller=7)],
    ],
)
def test_what_is_no_request_is_refused(rows):
    with pytest.raises(UsageError):
        request_table(rows)


@pytest.mark.parametrize("title", ["", None])
def test_a_title_that_is_none_is_refused(title):
    with pytest.raises(UsageError, match="title"):
        request_table([RequestRow("issuer", "GET", "/", 200)], title=title)
