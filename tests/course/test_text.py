"""Whatever a learner's code returns, raises or prints is shown short, on one line, harmless."""

import pytest

from labkit.course.text import MAX_LINE, MAX_LINES, MAX_SHOWN, Note, bounded, sentence, shown


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no repr for you")


class Long:
    def __repr__(self) -> str:
        return "<" + "x" * 10_000 + ">"


class RudeError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no str for you")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5"),
        ("a\nb", r"'a\nb'"),
        ({"sub": "ann"}, "{'sub': 'ann'}"),
        ({3, 1, 2}, "{1, 2, 3}"),
        (Rude(), "<Rude instance>"),
        ("\u202eevil", r"'\u202eevil'"),
        (None, "None"),
    ],
)
def test_a_value_is_shown_as_code_would_write_it(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    "value", ["x" * 10_000, Long(), list(range(10_000)), {i: i for i in range(10_000)}, 2**500]
)
def test_a_long_value_is_cut(value: object) -> None:
    assert len(shown(value)) <= MAX_SHOWN


def test_a_number_too_long_for_python_to_write_is_shown_as_its_type() -> None:
    assert shown(10**5000) in ("<int>", "<int instance>")


def test_an_address_is_left_out_so_that_the_text_is_the_same_each_run() -> None:
    assert shown(object()) == "<object object>"
    assert sentence(ValueError(f"bad {object()}")) == "ValueError: bad <object object>"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("two\nlines"), r"ValueError: two\nlines"),
        (KeyError("sub"), "KeyError: 'sub'"),
        (StopIteration(), "StopIteration"),
        (RudeError(), "RudeError"),
    ],
)
def test_an_error_is_one_sentence(error: BaseException, text: str) -> None:
    assert sentence(error) == text
    assert len(sentence(ValueError("x" * 10_000))) == MAX_SHOWN


def test_printed_text_is_bounded_and_cannot_move_a_cursor() -> None:
    text = bounded("\x1b[2Jgone\n" + "x" * 500 + "\n" + "line\n" * 100)
    lines = text.splitlines()
    assert lines[0] == r"\x1b[2Jgone"
    assert len(lines[1]) == MAX_LINE
    assert len(lines) == MAX_LINES + 1
    assert lines[-1] == "... and more"


def test_a_note_shows_itself_without_quotes() -> None:
    assert repr(Note("it's so")) == str(Note("it's so")) == "it's so"
