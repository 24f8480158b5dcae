"""How a signature is made and checked: the digests are real, and so is the verdict."""

import hashlib

import pytest
from matplotlib.text import Text

from labkit.errors import UsageError
from labkit.pictures import signature_flow

SIGNED = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJvcGVyYXRvci1hIn0"
CHANGED = SIGNED[:40] + "X" + SIGNED[41:]
LONG = "a title that is far too long to be read by anybody " * 4


def words_of(picture) -> list[str]:
    return [text.get_text() for text in picture.figure.findobj(Text)]


def test_what_arrives_as_it_was_signed_fits(legible):
    picture = signature_flow(SIGNED, SIGNED)
    assert repr(picture) == (
        "How a signature is made and checked\n"
        "  the issuer signs: text -> SHA-256 -> digest -> private key -> signature\n"
        "  anyone checks: text -> SHA-256 -> digest; signature -> public key -> digest\n"
        "  The digests are equal: this is what was signed, to the letter."
    )
    digest = hashlib.sha256(SIGNED.encode()).hexdigest()
    assert words_of(picture).count(f"{digest[:6]}…{digest[-6:]}") == 3
    legible(picture)


def test_a_changed_character_shows_in_the_text_and_in_the_digest(legible):
    picture = signature_flow(SIGNED, CHANGED)
    shown = words_of(picture)
    signed, changed = (hashlib.sha256(text.encode()).hexdigest() for text in (SIGNED, CHANGED))
    assert repr(picture).endswith("The digests differ: this isn't what was signed.")
    assert shown.count(f"{signed[:6]}…{signed[-6:]}") == 2
    assert shown.count(f"{changed[:6]}…{changed[-6:]}") == 1
    assert (SIGNED[40] in shown, "X" in shown) == (True, True)
    legible(picture)


@pytest.mark.parametrize(
    ("signed", "arrived"),
    [
        ("a", "b"),
        ("a", "ab"),
        ("ab" * 50, "ab"),
        ("\u202e" * 90, "\u202e" * 89 + "\U0001f600" * 9),
        ("$x^2$\n", "\x1b[2J\ud800"),
        ("x" * 100_000, "x" * 99_999 + "y"),
    ],
)
def test_any_two_texts_are_drawn_legibly(signed, arrived, legible):
    legible(signature_flow(signed, arrived, title=LONG))
    legible(signature_flow(signed, signed))


@pytest.mark.parametrize("wrong", ["", " ", None, b"a.b", 7, "x" * 100_001])
@pytest.mark.parametrize("name", ["signed", "arrived", "title"])
def test_what_is_no_text_is_refused(name, wrong):
    with pytest.raises(UsageError, match=name):
        signature_flow(**{"signed": "a", "arrived": "a", "title": "a", name: wrong})
