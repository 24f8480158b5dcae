"""The buffer that a service's thread logs to; how it gets there is tested with the server."""

from labkit import logs


def test_the_buffer_keeps_the_newest_records():
    buffer = logs.LogBuffer()
    for number in range(logs.BUFFER_RECORDS + 3):
        buffer.add(str(number))
    assert buffer.text().splitlines()[0] == "3"
    assert len(buffer.text().splitlines()) == logs.BUFFER_RECORDS
