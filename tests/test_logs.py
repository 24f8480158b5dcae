"""The buffer that a service's thread logs to; how it gets there is tested with the server."""

import logging

from labkit import logs


def test_the_buffer_keeps_the_newest_records():
    buffer = logs.LogBuffer()
    for number in range(logs.BUFFER_RECORDS + 3):
        buffer.add(str(number))
    assert buffer.text().splitlines()[0] == "3"
    assert len(buffer.text().splitlines()) == logs.BUFFER_RECORDS


def test_the_access_log_of_an_own_process_shows_paths_without_queries(caplog):
    access = logging.getLogger("uvicorn.access")
    try:
        logs.hide_queries()
        logs.hide_queries()
        with caplog.at_level(logging.INFO, "uvicorn.access"):
            access.info('%s - "%s %s" %d', "127.0.0.1:1", "GET", "/lines?access_token=x?y", 200)
            access.info("no arguments?")
    finally:
        access.removeFilter(logs._cut_query)
    assert caplog.messages == ['127.0.0.1:1 - "GET /lines" 200', "no arguments?"]
    assert logs._cut_query not in access.filters
