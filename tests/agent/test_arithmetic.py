"""The calculator: right, bounded, and deaf to everything that isn't arithmetic."""

import math
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.agent.toolbox import arithmetic
from labkit.agent.toolbox.arithmetic import MAX_CHARACTERS, MAX_DEPTH, MAX_DIGITS, evaluated
from labkit.errors import UsageError


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(9 + 12) / 700", 0.03),
        (" 2 ** 10 - 1 ", 1023),
        ("7 // 2 + 7 % 2", 4),
        ("-3 + +5", 2),
        ("1.5e3 * .5", 750.0),
        ("sqrt(16)", 4.0),
        ("abs(-2) + min(3, 1, 2) * max(1, 4)", 6),
        ("round(2.345, 1)", 2.3),
        ("round(12.6)", 13),
        ("round(1234, -2)", 1200),
        ("2 ** -1", 0.5),
        ("0 ** 0", 1),
        ("10 ** 99", 10**99),
        ("+".join(["1"] * 60), 60),
    ],
)
def test_arithmetic_is_worked_out(expression, value):
    assert evaluated(expression) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')", "().__class__", "[1]", "{1}", "'a' * 3", "b'a'",
        "lambda: 1", "1 if 2 else 3", "1 < 2", "True", "None", "x", "x := 1", "print(1)",
        "pow(2, 3)", "1; 2", "1\n2", "", " ", "(", "1 +", "f''", "2 ^ 3", "1 & 2", "~1", "1 @ 2",
        "1j", "0x10", "1_000", "sqrt", "sqrt()", "sqrt(*(1, 2))", "sqrt(x=1)", "(1, 2)", "1,",
        "min(1)", "min((1, 2), 3)", "sqrt.real", "\u0661 + \u0661", "not 1", "1 and 2",
        "2min(1, 2)", "#", "\\", "0or 1", "max(1, *2)",
    ],
)  # fmt: skip
def test_anything_else_is_refused_as_data(expression):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UsageError):
            evaluated(expression)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("1 / 0", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("5 % 0", "divides by zero"),
        ("sqrt(-1)", "no value"),
        ("(-8) ** 0.5", "no value"),
        ("9 ** 9 ** 9", "exponent is"),
        ("99999 ** 999", "digits"),
        ("10 ** 60 * 10 ** 60", "digits"),
        ("1e999", "digits"),
        ("1" * (MAX_DIGITS + 1), "digits"),
        ("0.5 ** 1000 * 2 ** 300", None),
        ("round(1.5, 0.5)", "round takes"),
        ("round(1.5, 1000)", "round takes"),
        ("round(1, 2, 3)", "no value"),
        ("-" * (MAX_DEPTH + 1) + "1", "nested too deeply"),
        ("(" * 210 + "1" + ")" * 210, "can't be read"),
        ("-" * 499 + "1", "too long"),
        ("+".join(["1"] * 120), "too long"),
        ("1 " * MAX_CHARACTERS, "over 500 characters"),
    ],
)
def test_each_bound_says_what_it_is(expression, says):
    if says is None:
        assert evaluated(expression) > 0
        return
    with pytest.raises(UsageError, match=says):
        evaluated(expression)


def test_no_step_is_made_with_a_number_beyond_the_bound(monkeypatch):
    """A bound that is checked afterwards would come too late for a power."""
    seen = []

    class Watched(int):
        def __pow__(self, other):
            seen.append(other)
            return 1

    with pytest.raises(UsageError):
        arithmetic._power(Watched(10), 999)
    assert seen == []


ATOMS = st.one_of(
    st.integers(0, 10**6).map(str), st.floats(0, 1e6, allow_nan=False).map(lambda x: f"{x:f}")
)


def grown(parts):
    pair = st.tuples(parts, st.sampled_from(["+", "-", "*"]), parts)
    return pair.map(lambda three: f"({' '.join(three)})")


@given(st.recursive(ATOMS, grown, max_leaves=8))
def test_it_agrees_with_python(expression):
    wanted = eval(expression)
    assert evaluated(expression) == pytest.approx(wanted)


@given(st.text(alphabet="0123456789.+-*/%() ,eEsqrtabmixn_[]{}'\"\\\n", max_size=60))
def test_whatever_is_typed_gives_a_number_or_a_reason(expression):
    try:
        value = evaluated(expression)
    except UsageError:
        return
    assert math.isfinite(value)
    assert abs(value) < 10**MAX_DIGITS
