"""
10.1 A calculator that a stranger may type into.

*Canary*: something that rings when it is called. Arithmetic can't call anything, so if it rings,
the text that was passed as an expression has been run as a program.

Floor 4: knows the kit, and what the wrong answers do.
"""

import ast
import builtins
import math
import operator
import secrets
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.lessons.tools.calculator_hints import HINTS
from labkit.course.task import Room, Submission, Task
from labkit.course.text import shown

MAX_CHARACTERS = 200
LIMIT = 10**100


def _starter(expression):
    return TODO


def calculate(expression):
    def power(base, exponent):
        if base and math.log10(abs(base)) * exponent >= 100:
            raise ValueError("a power gets too large: work it out in parts")
        return base**exponent

    known = {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
    }

    def worked_out(node):
        match node:
            case ast.Constant(int() | float() as value) if type(value) is not bool:
                result = value
            case ast.BinOp(left, op, right) if type(op) in known:
                result = known[type(op)](worked_out(left), worked_out(right))
            case ast.BinOp(base, ast.Pow(), exponent):
                result = power(worked_out(base), worked_out(exponent))
            case ast.UnaryOp(ast.USub(), operand):
                result = -worked_out(operand)
            case ast.UnaryOp(ast.UAdd(), operand):
                result = worked_out(operand)
            case _:
                raise ValueError("only numbers, + - * / ** and parentheses are known")
        if isinstance(result, complex) or not abs(result) < 10**100:
            raise ValueError("a number on the way isn't real, or has more than 100 digits")
        return result

    if len(expression) > 200:
        return {"error": "over 200 characters: work it out in parts"}
    try:
        return {"value": worked_out(ast.parse(expression.strip(), mode="eval").body)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


# Wrong answers. Most of them are the right one but for what they let pass before.


def _by_eval_without_builtins(expression):
    try:
        return {"value": eval(expression, {"__builtins__": {}})}  # noqa: S307 - the mistake that this exercise is about.
    except Exception as error:
        return {"error": str(error) or "no"}


_KNOWN = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def _unbounded(node, most=math.inf):
    """Work out a node, with no limit to numbers but *most* for an exponent."""
    match node:
        case ast.Constant(value) if type(value) in (int, float):
            return value
        case ast.BinOp(left, op, right) if type(op) in _KNOWN:
            one, other = _unbounded(left, most), _unbounded(right, most)
            if isinstance(op, ast.Pow) and abs(other) > most:
                raise ValueError("the exponent is too large")
            return _KNOWN[type(op)](one, other)
        case ast.UnaryOp(ast.USub() | ast.UAdd() as op, operand):
            return _unbounded(operand, most) * (-1 if isinstance(op, ast.USub) else 1)
    raise ValueError("not known")


def _with_unbounded_power(expression):
    if len(expression) > MAX_CHARACTERS:
        return {"error": "too long"}
    try:
        value = _unbounded(ast.parse(expression, mode="eval").body, most=1000)
        return {"value": value} if not isinstance(value, complex) else {"error": "not real"}
    except Exception as error:
        return {"error": str(error) or "no"}


def _with_bounded_powers_alone(expression):
    if "**" in expression:
        return calculate(expression)
    try:
        return {"value": _unbounded(ast.parse(expression, mode="eval").body)}
    except Exception as error:
        return {"error": str(error) or "no"}


def _raising(expression):
    found = calculate(expression)
    if "error" in found:
        raise ValueError(found["error"])
    return found


def _of_any_length(expression):
    short = "0" if len(expression) > MAX_CHARACTERS else expression
    return calculate(short)


def _without_types(expression):
    if expression.startswith("'"):
        return {"value": expression}
    return calculate(expression)


def _from_left_to_right(expression):
    found = calculate(expression)
    return {"value": 20.0} if found.get("value") == 14 else found


# The check.

GOOD = {
    "(9 + 12) / 700": 0.03,
    "2 + 3 * 4": 14,
    "2 ** 10": 1024,
    "-2 ** 2": -4,
    "2 ** -1": 0.5,
    "2 ** 3 ** 2": 512,
    "10 - 4 - 3": 3,
    "+0.5 * -(1.5 - .5)": -0.5,
    "1e3/4": 250,
    "2 / 3": 2 / 3,
    "0 ** 5 + 7": 7,
}
STRANGE = ("'ab' * 3", "[7][0]", "1 < 2", "max(1, 2)", "lines", "3 if 1 else 4", "7 and 8")
OPERATORS = ("7 // 2", "7 % 4", "7 ^ 2", "1 << 3", "~7", "not 7")  # Others than those asked for.
TRUTHS = ("True", "2 * False")  # An int to isinstance and to a pattern; nobody would type them.
BROKEN = ("1 / 0", "", "2 +", "(1", "how many parts?", "1\x002", "0 ** -1", "\ud800")
POWERS = ("10 ** 100000", "(10 ** 90) ** 90", "2 ** 400 ** 2", "(-8) ** 0.5")
LARGE = (
    *("1" + "0" * 150, "10 ** 60 * 10 ** 60", f"{'9' * 80} * {'9' * 80}", "1e200 * 1e200"),
    # The result of these is small: only what is on the way isn't.
    *("1" + "0" * 150 + " * 0", "1e150 / 1e149", "10 ** 60 * 10 ** 60 / 10 ** 60"),
    "9e99 + 9e99 - 9e99",
)
HEAVY = "2 ** 8000000"
HEAVY_BYTES = 1_000_000  # Of that number: 8 million bits. It takes no second to make.
LONG = ("1 + " * 60 + "1", "(" * 300 + "1" + ")" * 300, " " * 100_000 + "1")


def _check(submission: Submission, _room: Room | None) -> None:
    for expression, expected in GOOD.items():
        _expect_value(submission, expression, expected)
    _expect_that_nothing_is_run(submission)
    for expression in STRANGE:
        _expect_error("not-arithmetic", submission, expression)
    for expression in BROKEN:
        _expect_error("error-raised", submission, expression)
    for expression in POWERS:
        _expect_error("unbounded-power", submission, expression)
    _expect_that_nothing_large_is_made(submission)
    for expression in (*OPERATORS, *TRUTHS):
        _expect_error("not-arithmetic", submission, expression)
    for expression in LARGE:
        _expect_error("unbounded-number", submission, expression)
    for expression in LONG:
        _expect_error("no-length-limit", submission, expression)


def _expect_value(submission: Submission, expression: str, expected: float) -> None:
    found = _asked(submission, expression)
    value = found.get("value")
    if "value" in found:
        expect_type(value, (int, float), f"for {expression!r} your function")
    if not isinstance(value, int | float) or not math.isclose(value, expected):
        says = f"{expression!r} is {expected:g}."
        raise Finding("wrong-value", says, f"you returned {shown(found)}")


def _asked(submission: Submission, expression: str) -> Any:
    found: Any = submission(expression)
    expect_type(found, dict)
    is_error = isinstance(found.get("error"), str) and bool(found["error"].strip())
    if set(found) != {"value"} and not (set(found) == {"error"} and is_error):
        says = 'A result is {"value": <a number>} or {"error": "<why>"}, and nothing else.'
        raise Finding("other-shape", says, f"for {shown(expression)}: {shown(found)}")
    return found


def _expect_that_nothing_is_run(submission: Submission) -> None:
    with _canary() as (name, rung):
        for attack in (
            f"{name}()",
            f"[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '{name}'][-1]()",
        ):
            try:
                submission(attack)
            except Exception as error:
                if not rung:
                    says = "Your function raised where a model should read why."
                    raise Finding("error-raised", says, f"for {attack!r}: {error}") from error
            if rung:
                says = "The text was run as a program: it called a function of this process."
                raise Finding("uses-eval", says, f"expression: {attack}")


@contextmanager
def _canary() -> Iterator[tuple[str, list[str]]]:
    """Lend a name that only this check knows, and the list of what came from calling it."""
    name, rung = f"canary_{secrets.token_hex(4)}", []

    def ring(self: object) -> None:
        rung.append("rung")

    setattr(builtins, name, type(name, (), {"__init__": ring}))
    try:
        yield name, rung
    finally:
        delattr(builtins, name)


def _expect_error(code: str, submission: Submission, expression: str) -> None:
    try:
        found = _asked(submission, expression)
    except Finding:
        raise
    except Exception as error:
        says = "Your function raised where a model should read why."
        evidence = f"for {shown(expression)}: {type(error).__name__}"
        raise Finding("error-raised", says, evidence) from error
    if "error" not in found:
        says = f"{SAYS[code]} {shown(expression)} should give an error."
        raise Finding(code, says, f"you returned {_short(found['value'])}")


def _expect_that_nothing_large_is_made(submission: Submission) -> None:
    """See that a power is refused before it is worked out: by the memory that it took."""
    was_tracing = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        _expect_error("unbounded-power", submission, HEAVY)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if not was_tracing:
            tracemalloc.stop()
    if peak - before > HEAVY_BYTES / 2:
        says = f"{HEAVY} was worked out first, and refused then."
        evidence = f"that number has {HEAVY_BYTES:,} bytes; 9 ** 9 ** 9 would stop your kernel"
        raise Finding("unbounded-power", says, evidence)


SAYS = {
    "not-arithmetic": "This isn't arithmetic, and your function worked it out:",
    "error-raised": "This has no value:",
    "unbounded-power": "This is no real number of up to 100 digits:",
    "unbounded-number": "A number on the way has more than 100 digits:",
    "no-length-limit": f"This is longer than {MAX_CHARACTERS} characters:",
}


def _short(value: object) -> str:
    """Return what *value* is; Python refuses to write out a number of over 4,300 digits."""
    if isinstance(value, int) and abs(value) >= LIMIT:
        return f"a whole number of {int(value.bit_length() * math.log10(2)) + 1:,} digits"
    return shown(value)


CALCULATOR = Task(
    id="10.1",
    title="a calculator",
    task='Write calculate(expression): return {"value": number} for arithmetic with + - * / ** and '
    'parentheses, {"error": why} for any other text. Nothing of the text is run, no text makes it '
    "raise. An error too: over 200 characters, and any number on the way that isn't real or has "
    "more than 100 digits.",
    starter=_starter,
    check=_check,
    solution=calculate,
    call=lambda _room: ("(9 + 12) / 700",),
    wrong={
        "uses-eval": _by_eval_without_builtins,
        "unbounded-power": _with_unbounded_power,
        "unbounded-number": _with_bounded_powers_alone,
        "no-length-limit": _of_any_length,
        "not-arithmetic": _without_types,
        "error-raised": _raising,
        "wrong-value": _from_left_to_right,
        "other-shape": lambda expression: {"result": calculate(expression).get("value")},
    },
    hints=HINTS,
)
