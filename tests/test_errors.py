"""The error tree."""

import inspect
import pickle

import pytest

from labkit import errors

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value)]


@pytest.mark.parametrize("error", CLASSES, ids=lambda e: e.__name__)
def test_every_error_is_a_labkit_error_and_stands_in_the_drawing(error: type) -> None:
    assert issubclass(error, errors.LabkitError)
    assert error.__name__ in (errors.__doc__ or "")
    assert error.__doc__


def test_expired_and_unknown_key_are_invalid_tokens() -> None:
    assert issubclass(errors.ExpiredToken, errors.InvalidToken)
    assert issubclass(errors.UnknownKey, errors.InvalidToken)


def test_an_invalid_token_survives_pickling_with_its_reason() -> None:
    error = pickle.loads(pickle.dumps(errors.ExpiredToken("expired", "too late")))
    assert (type(error), error.reason, error.message) == (
        errors.ExpiredToken,
        "expired",
        "too late",
    )
    assert str(error) == "too late [expired]"
