"""One spelling per byte string, one meaning per JSON object."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.tokens.encoding import MAX_JSON_DEPTH, b64url_decode, b64url_encode, json_object

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


@given(st.binary())
def test_every_byte_string_comes_back(data: bytes) -> None:
    assert b64url_decode(b64url_encode(data)) == data


@given(st.text(alphabet="AQgw_-+/=\n .é", max_size=12))
def test_a_text_that_decodes_is_the_one_spelling_of_its_bytes(text: str) -> None:
    try:
        data = b64url_decode(text)
    except ValueError:
        return
    assert b64url_encode(data) == text


@pytest.mark.parametrize("text", ["A", "AA==", "AB", "A+/A", "AAAA\n", "\uff21A", "AA A"])
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64url|unused bits"):
        b64url_decode(text)


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=4))
def test_plain_objects_are_read_as_the_json_library_reads_them(value: dict) -> None:
    data = json.dumps(value).encode()
    try:
        assert json_object(data) == value
    except ValueError as error:
        assert "deeper" in str(error)  # noqa: PT017 - the only honest reason here.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1",
        b"[]",
        b'"text"',
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b"{'a':1}",
        b'{"a":1}{"a":1}',
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_what_can_be_read_two_ways_or_none_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        json_object(data)


def test_depth_is_bounded_before_the_parser_recurses() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' * depth + b"1" + b"}" * depth

    assert json_object(nested(MAX_JSON_DEPTH))
    with pytest.raises(ValueError, match="deeper"):
        json_object(nested(MAX_JSON_DEPTH + 1))
    with pytest.raises(ValueError, match="deeper"):
        json_object(nested(100_000))


def test_brackets_inside_strings_are_no_depth() -> None:
    assert json_object(b'{"a":"[[[[[[[[[[[[\\"[[[["}') == {"a": '[[[[[[[[[[[["[[[['}
