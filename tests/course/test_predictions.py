"""A guess is recorded before the code runs, and compared with what came."""

from pathlib import Path

import pytest

from labkit.course import Prediction, predict
from labkit.course.record import progress_for
from labkit.errors import UsageError
from labkit.settings import Settings

OPTIONS = [2, 9, 10, "an error"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, cache=tmp_path)


def test_without_a_choice_the_default_stands_in(settings: Settings) -> None:
    guess = predict("08.stock", OPTIONS, 2, settings=settings)
    assert (guess.choice, guess.own) == (2, False)
    assert repr(guess) == (
        "no prediction yet: add choice=... to the call   (of: 2 | 9 | 10 | an error)"
    )
    assert progress_for(settings).read().predictions["08.stock"].own is False


def test_a_choice_is_recorded_as_the_learners_own(settings: Settings) -> None:
    guess = predict("08.stock", OPTIONS, 2, choice=9, settings=settings)
    assert repr(guess) == "you predicted: 9   (of: 2 | 9 | 10 | an error)"
    entry = progress_for(settings).read().predictions["08.stock"]
    assert (entry.choice, entry.own) == (9, True)


def test_falsy_choices_are_choices(settings: Settings) -> None:
    assert predict("08.a", [0, 1], 1, choice=0, settings=settings).choice == 0
    assert predict("08.b", [True, False], True, choice=False, settings=settings).choice is False


class Rude:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __repr__(self) -> str:
        return "<rude>"

    __hash__ = None


@pytest.mark.parametrize(
    ("choice", "own", "actual", "text"),
    [
        (9, True, 9, "you predicted 9, and so it is"),
        (9, True, 2, "you predicted 9; it is 2"),
        (2, False, 9, "no prediction; it is 9"),
        (9, False, 9, "no prediction; it is 9"),
        (1, True, True, "you predicted 1; it is True"),
        ("an error", True, "an error", "you predicted an error, and so it is"),
        (9, True, Rude(), "you predicted 9; it is <rude>"),
    ],
)
def test_a_prediction_is_compared(choice, own, actual, text) -> None:
    assert Prediction("08.stock", (1, 2, 9, "an error"), choice, own).compare(actual) == text


@pytest.mark.parametrize("bad", ["", "stock", "8.stock", "08", "08.Stock", "99.stock", None, 8])
def test_an_id_of_another_form_is_refused(settings: Settings, bad: object) -> None:
    with pytest.raises(UsageError, match=r"08\.stock|no notebook"):
        predict(bad, OPTIONS, 2, settings=settings)


@pytest.mark.parametrize(
    "bad",
    [
        [],
        [2],
        "29",
        None,
        {2, 9},
        [2, None],
        [2, [9]],
        2,
        [1, ""],
        [1, float("nan")],
        [1, float("inf")],
        [1, 10**400],
        [1, "\ud800"],
        [1, "two\nlines"],
    ],
)
def test_options_that_offer_no_choice_are_refused(settings: Settings, bad: object) -> None:
    with pytest.raises(UsageError, match="options"):
        predict("08.stock", bad, 2, settings=settings)


@pytest.mark.parametrize("given", [{"default": 3}, {"default": None}, {"default": 2, "choice": 3}])
def test_what_is_none_of_the_options_is_refused(settings: Settings, given) -> None:
    name = "choice" if "choice" in given else "default"
    with pytest.raises(UsageError, match=f"{name}=.* choose from: 2, 9, 10, 'an error'"):
        predict("08.stock", OPTIONS, settings=settings, **given)


def test_true_is_not_one(settings: Settings) -> None:
    with pytest.raises(UsageError, match="choice=True"):
        predict("08.stock", [1, 2], 1, choice=True, settings=settings)
