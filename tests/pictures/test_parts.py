"""Taking a token apart: each fault is named, and nothing is raised."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.pictures.parts import MAX_ENCODED, take_apart


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


GOOD = encode(b'{"alg":"RS256"}')


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (GOOD, None),
        ("", "it is empty"),
        ("A" * (MAX_ENCODED + 1), "its 8,193 characters are too many to be decoded here"),
        ("ab+/", "its character 3 (+) isn't base64url"),
        ("ab\n", "its character 3 (\\n) isn't base64url"),
        ("\u202eab", "its character 1 (\\u202e) isn't base64url"),
        ("ab cd", "its character 3 ( ) isn't base64url"),
        ("a=b", "its character 2 (=) isn't base64url"),
        ("abcde", "5 characters are no possible length of base64"),
        (encode(b'{"alg":1}') + "==", "it is padded with =, which a token never is"),
        (encode(b"{}")[:-1] + "1", "its last character has bits that stand for nothing"),
        (encode(b"\xff\xfe{\x00"), "its bytes aren't UTF-8 text"),
        (encode(b"\xef\xbb\xbf{}"), "its text isn't JSON"),
        (encode(b"{'alg':1}"), "its text isn't JSON"),
        (encode(b"1" * 5000), "its text isn't JSON"),
        (
            encode(b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}"),
            "its JSON is nested too deeply to be read",
        ),
        (encode(b"[1]"), "its JSON is no object in braces"),
        (encode(b'"text"'), "its JSON is no object in braces"),
        (encode(b'{"alg":1,"alg":2}'), "a name appears twice in it"),
    ],
)
def test_a_fault_of_a_part_is_named(header, fault):
    assert take_apart(f"{header}.{GOOD}.AA").parts[0].fault == fault


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        ("", "the text is empty"),
        ("a", "it has 1 part, not 3"),
        ("a.b", "it has 2 parts, not 3"),
        ("a.b.c", None),
        ("a.b.c.d", "it has 4 parts, not 3"),
        ("a.b.c.d.e", "it has 5 parts, the shape of an encrypted token (JWE)"),
        ("." * 5000, "it has 5,001 parts, not 3"),
    ],
)
def test_a_fault_of_the_whole_is_named(token, fault):
    assert take_apart(token).fault == fault


def test_whatever_follows_the_third_part_is_one_extra_part():
    names = [part.name for part in take_apart("a.b.c.d.e.f").parts]
    assert names == ["header", "payload", "signature", "extra"]
    assert take_apart("a.b.c.d.e.f").parts[3].encoded == "d.e.f"


def test_members_keep_their_order_and_both_of_a_pair_of_twins():
    part = take_apart(encode(b'{"b":[{"c":1}],"a":{"d":{"e":2}},"b":null}') + "..").parts[0]
    assert [(m.name, m.value, m.text, m.repeated) for m in part.members] == [
        ("b", [{"c": 1}], '[{"c": 1}]', True),
        ("a", {"d": {"e": 2}}, '{"d": {"e": 2}}', False),
        ("b", None, "null", True),
    ]


def test_a_signature_is_bytes_and_has_no_members():
    part = take_apart(f"{GOOD}.{GOOD}.{GOOD}").parts[2]
    assert (part.members, part.size, part.fault) == ((), 15, None)


def test_faults_are_listed_in_reading_order():
    assert take_apart(f"{GOOD}..AA.x").faults == [
        "it has 4 parts, not 3",
        "Payload: it is empty",
        "Extra: no signed token has a part here",
    ]


def test_a_value_is_found_by_part_and_name():
    anatomy = take_apart(f"{GOOD}.{GOOD}")
    found = [anatomy.value("header", "alg"), anatomy.value("header", "kid")]
    assert [*found, anatomy.value("signature", "alg")] == ["RS256", None, None]


@given(st.text() | st.binary().map(encode) | st.binary().map(lambda raw: encode(raw) + ".."))
def test_no_text_makes_it_raise(token):
    anatomy = take_apart(token)
    assert "".join(f".{part.encoded}" for part in anatomy.parts)[1:] == token
