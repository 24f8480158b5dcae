"""
A guess, written down before the code runs.

A learner makes it by adding ``choice=`` to the call; until then the default stands in, so that a
notebook runs from top to bottom untouched.

Floor 4: knows where progress is kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labkit.course.path import stop_of
from labkit.course.record import Choice, progress_for
from labkit.course.text import Note, shown
from labkit.errors import UsageError
from labkit.settings import Settings

MIN_OPTIONS = 2  # One option is no guess.
MAX_NUMBER = 2**53  # From here on, not every JSON reader keeps a number (RFC 8259 section 6).
_ID = re.compile(r"\d\d\.[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Prediction:
    """
    A guess and what there was to choose from.

    Attributes:
        id: The notebook's number and a name, such as "08.stock".
        options: What could be chosen.
        choice: What was.
        own: False while the default stands in for the learner.
    """

    id: str
    options: tuple[Choice, ...]
    choice: Choice
    own: bool

    def compare(self, actual: object) -> Note:
        """Return one line that puts what really came beside the guess."""
        if not self.own:
            return Note(f"no prediction; it is {_word(actual)}")
        if _same(self.choice, actual):
            return Note(f"you predicted {_word(self.choice)}, and so it is")
        return Note(f"you predicted {_word(self.choice)}; it is {_word(actual)}")

    def __repr__(self) -> str:
        of = f"of: {' | '.join(map(_word, self.options))}"
        if self.own:
            return f"you predicted: {_word(self.choice)}   ({of})"
        return f"no prediction yet: add choice=... to the call   ({of})"


def predict(
    prediction_id: str,
    options: Sequence[Choice],
    default: Choice,
    *,
    choice: Choice | None = None,
    settings: Settings | None = None,
) -> Prediction:
    """
    Record a guess and return it.

    Args:
        prediction_id: The notebook's number and a name, such as "08.stock".
        options: Two or more texts or numbers to choose from.
        default: The option that stands in while there is no choice.
        choice: The learner's option.
        settings: Says where progress is kept; None reads the environment.

    Raises:
        UsageError: The id isn't of that form, or *default* or *choice* is none of *options*.
    """
    if not isinstance(prediction_id, str) or not _ID.fullmatch(prediction_id):
        raise UsageError('the id of a prediction looks like "08.stock"')
    stop_of(prediction_id)
    allowed = _checked(options)
    for name, value in (("default", default), ("choice", default if choice is None else choice)):
        if not any(_same(value, option) for option in allowed):
            listed = ", ".join(map(shown, allowed))
            raise UsageError(f"{name}={shown(value)} is none of the options; choose from: {listed}")
    own = choice is not None
    made = Prediction(prediction_id, allowed, default if choice is None else choice, own)
    progress_for(settings).note_prediction(made.id, made.choice, own=own)
    return made


def _checked(options: Sequence[Choice]) -> tuple[Choice, ...]:
    if not isinstance(options, list | tuple) or len(options) < MIN_OPTIONS:
        raise UsageError("options is a list of two or more things to choose from")
    if not all(map(_can_be_kept, options)):
        raise UsageError("each of options is a word or a line, a number, True or False")
    return tuple(options)


def _can_be_kept(option: object) -> bool:
    """Tell whether *option* comes back from a JSON file as it went in, which NaN doesn't."""
    if isinstance(option, str):
        return bool(option) and option.isprintable()
    return isinstance(option, int | float) and -MAX_NUMBER < option < MAX_NUMBER


def _same(one: object, other: object) -> bool:
    """Tell whether two values are equal, where True isn't 1 and nothing raises."""
    try:
        return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
    except Exception:  # The comparison of an array, or of a learner's class.
        return False


def _word(value: object) -> str:
    return value if isinstance(value, str) else shown(value)
