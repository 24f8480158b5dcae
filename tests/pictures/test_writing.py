"""Text of strangers can be read and can't act."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.pictures.writing import counted, escape, plain, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("quality-lead", "quality-lead"),
        ("é漢 ✓ $x$", "é漢 ✓ $x$"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[2J\x00\x7f\x85", "\\x1b[2J\\x00\\x7f\\x85"),
        ("\u202e\u2066\u200b\ufeff\u2028", "\\u202e\\u2066\\u200b\\ufeff\\u2028"),
        ("\u05d0\u0627\u0661", "\\u05d0\\u0627\\u0661"),
        ("e\u0301", "e\\u0301"),
        ("\ud800\U000e0041", "\\ud800\\U000e0041"),
        ("\xa0", "\\xa0"),
    ],
)
def test_whatever_could_act_is_shown_as_an_escape(text, shown):
    assert plain(text) == shown


@given(st.text())
def test_plain_text_is_one_printable_line_from_left_to_right(text):
    shown = plain(text)
    assert shown.isprintable()
    assert not {unicodedata.bidirectional(char) for char in shown} & {"R", "AL", "AN", "RLO"}
    assert plain(shown) == shown


def test_plain_text_is_bounded():
    assert plain("a" * 5000) == "a" * 4000 + "…"
    assert plain("abc", limit=2) == "ab…"


@pytest.mark.parametrize(
    ("char", "shown"), [("\n", "\\n"), ("A", "\\x41"), ("é", "\\xe9"), ("😀", "\\U0001f600")]
)
def test_an_escape_is_pythons(char, shown):
    assert escape(char) == shown
    assert shown.encode("ascii").decode("unicode_escape") == char


@pytest.mark.parametrize(
    ("length", "tail", "shown"),
    [(10, 0, "abcdefghij"), (9, 0, "abcdefgh…"), (5, 2, "ab…ij"), (2, 9, "a…"), (1, 9, "…")],
)
def test_a_text_is_shortened_to_a_length_with_its_tail(length, tail, shown):
    assert shorten("abcdefghij", length, tail=tail) == shown
    assert len(shown) == length


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 spans"), (1, "1 span"), (2, "2 spans"), (1200, "1,200 spans")]
)
def test_a_count_is_told_in_words(count, words):
    assert counted(count, "span") == words
