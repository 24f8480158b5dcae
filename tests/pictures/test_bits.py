"""Two values bit by bit: the count is right, and only what can be compared is."""

import hashlib

import pytest

from labkit.errors import UsageError
from labkit.pictures import compare_bits

LONG = "a label that is far too long to be read by anybody " * 4


def test_one_character_flips_about_half_of_a_digest():
    one, other = (hashlib.sha256(f"operator-{name}".encode()).digest() for name in "ab")
    flipped = sum((x ^ y).bit_count() for x, y in zip(one, other, strict=True))
    assert 96 < flipped < 160
    assert repr(compare_bits(one, other, labels=("a", "b"), title="SHA-256")) == (
        f"SHA-256\n  a\n  b\n  {flipped} of 256 bits flipped ({flipped / 256:.0%})"
    )


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (b"\x00", b"\x00", "0 of 8 bits flipped (0%)"),
        (b"\x00\x01", b"\xff\x01", "8 of 16 bits flipped (50%)"),
        (b"\x00" * 64, b"\xff" * 64, "512 of 512 bits flipped (100%)"),
    ],
)
def test_flipped_bits_are_counted_and_drawn(one, other, says, legible):
    picture = compare_bits(one, other, labels=(LONG, LONG), title=LONG)
    assert repr(picture).splitlines()[-1].strip() == says
    legible(picture)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "b"), (b"", b""), (b"a", b"ab"), (bytes(65), bytes(65)), (None, b"a"), (b"a", 1)],
)
def test_what_cant_be_compared_is_refused(one, other):
    with pytest.raises(UsageError, match="before and after"):
        compare_bits(one, other)


@pytest.mark.parametrize("labels", [None, "ab", ("a",), ("a", ""), ("a", 1), ["a", "b"]])
def test_labels_that_arent_two_texts_are_refused(labels):
    with pytest.raises(UsageError, match="labels"):
        compare_bits(b"a", b"b", labels=labels)


@pytest.mark.parametrize("title", ["", 3])
def test_a_title_that_is_none_is_refused(title):
    with pytest.raises(UsageError, match="title"):
        compare_bits(b"a", b"b", title=title)
