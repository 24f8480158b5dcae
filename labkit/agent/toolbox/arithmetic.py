"""
A calculator that a stranger may type into: never `eval`.

The expression is parsed, and only what is on the list below is worked out, node by node. Every
number on the way is bounded, so each step is quick, and the number of steps is bounded too: the
whole takes milliseconds, whatever is typed.

Floor 2: knows errors.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from labkit.agent.tools import tool
from labkit.errors import UsageError

MAX_CHARACTERS = 500  # All of these are our choice: no sum in a conversation comes near.
MAX_NODES = 200
MAX_DEPTH = 80
MAX_DIGITS = 100  # Of any number on the way.
MAX_EXPONENT = 1000
TIMEOUT_S = 2.0

Number = int | float

_OPERATORS: Mapping[type[ast.AST], Callable[..., Number]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
        ast.Pow: lambda base, exponent: _power(base, exponent),
        ast.UAdd: operator.pos,
        ast.USub: operator.neg,
    }
)
_FUNCTIONS: Mapping[str, Callable[..., Number]] = MappingProxyType(
    {"sqrt": math.sqrt, "abs": abs, "round": lambda *given: _round(*given), "min": min, "max": max}
)
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_KNOWN = "it takes numbers, + - * / // % ** and parentheses, and " + ", ".join(_FUNCTIONS)


@tool(timeout_s=TIMEOUT_S)
def calculate(expression: str) -> Number:
    """
    Work out an arithmetic expression such as (9 + 12) / 700, with numbers that are known.

    Args:
        expression: With + - * / // % ** and parentheses, and sqrt, abs, round, min, max.
    """
    return evaluated(expression)


def evaluated(expression: str) -> Number:
    """
    Return what *expression* comes to.

    Raises:
        UsageError: It's no arithmetic, or too much of it; the text says which.
    """
    tree = _parsed(expression)
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise UsageError("this is too long: work it out in parts")
    try:
        return _value(tree, MAX_DEPTH)
    except ZeroDivisionError:
        raise UsageError("this divides by zero") from None
    except (ValueError, OverflowError, TypeError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError("this has no value: a root of a negative number, or the like") from None


def _parsed(expression: str) -> ast.expr:
    if len(expression) > MAX_CHARACTERS:
        raise UsageError(f"over {MAX_CHARACTERS} characters: work it out in parts")
    # Before Python's parser sees it: it warns about what it finds odd, and knows many words.
    rest = _NUMBER.sub(" ", expression)
    strange = set(re.findall(r"[^\W\d]\w*", rest)) - _FUNCTIONS.keys()
    if strange or re.search(r"[^\w\s.,+*/%()-]", rest):
        raise UsageError(f"this is no arithmetic: {_KNOWN}")
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # The parser's own limits.
        raise UsageError(f"this can't be read as arithmetic: {_KNOWN}") from None


def _value(node: ast.expr, depth: int) -> Number:
    if depth == 0:
        raise UsageError("this is nested too deeply: work it out in parts")
    match node:
        case ast.Constant(value=int() | float() as value):
            return _bounded(value)
        case ast.BinOp(left, op, right):
            return _applied(_OPERATORS.get(type(op)), [left, right], depth)
        case ast.UnaryOp(op, operand):
            return _applied(_OPERATORS.get(type(op)), [operand], depth)
        case ast.Call(ast.Name(name), args, keywords=[]) if args:
            return _applied(_FUNCTIONS.get(name), args, depth)
    raise UsageError(f"this is no arithmetic: {_KNOWN}")


def _applied(
    function: Callable[..., Number] | None, operands: list[ast.expr], depth: int
) -> Number:
    if function is None:
        raise UsageError(f"this is no arithmetic: {_KNOWN}")
    return _bounded(function(*(_value(each, depth - 1) for each in operands)))


def _bounded(value: object) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError("this has no value among the real numbers")
    if abs(value) >= 10**MAX_DIGITS or math.isnan(value):
        raise UsageError(f"a number on the way has more than {MAX_DIGITS} digits")
    return value


def _power(base: Number, exponent: Number) -> Number:
    if abs(exponent) > MAX_EXPONENT:
        raise UsageError(f"an exponent is {MAX_EXPONENT} at most")
    size = math.log10(abs(base)) * exponent if base else 0.0
    if size > MAX_DIGITS:
        raise UsageError(f"a number on the way has more than {MAX_DIGITS} digits")
    result: Number = base**exponent
    return result


def _round(value: Number, digits: Number = 0) -> Number:
    if not isinstance(digits, int) or abs(digits) > MAX_DIGITS:
        raise UsageError("round takes a number and how many decimals: round(0.1234, 2)")
    return round(value, digits) if digits else round(value)
