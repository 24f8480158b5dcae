"""What the checks of notebook 10 say of other wrong answers, and that they run nothing of them."""

import ast
import builtins
import re

import pandas as pd
import pytest

from labkit.course import Exercise, Progress
from labkit.course.lessons import find_task
from labkit.course.lessons.tools.calculator import _unbounded, calculate
from labkit.course.lessons.tools.rates import worst_lines
from labkit.course.lessons.tools.search import search


def evaluated(expression, names=None):
    try:
        return {"value": eval(expression, names)}
    except Exception as error:
        return {"error": f"{error!r}"}


def eval_behind_a_list_of_bad_words(expression):
    if "__" in expression or "import" in expression:
        return {"error": "no"}
    return evaluated(expression)


def eval_of_nothing_but_digits(expression):
    if not re.fullmatch(r"[\d+\-*/(). e]{1,200}", expression):
        return {"error": "no"}
    return evaluated(expression)


def eval_without_names_or_underscores(expression):
    if "__" in expression:
        return {"error": "no"}
    return evaluated(expression, {"__builtins__": {}})


def literal(expression):
    try:
        return {"value": ast.literal_eval(expression)}
    except Exception as error:
        return {"error": f"{error!r}"}


def numbers_made_first_and_refused_then(expression):
    if len(expression) > 200:
        return {"error": "too long"}
    try:
        value = _unbounded(ast.parse(expression, mode="eval").body)
    except Exception as error:
        return {"error": f"{error!r}"}
    digits = abs(value) < 10**100 if isinstance(value, int | float) else False
    return {"value": value} if digits else {"error": "too large"}


def a_limit_of_more_characters(expression):
    return calculate(expression if len(expression) > 300 else expression.replace(" ", ""))


def as_text(expression):
    found = calculate(expression)
    return {"value": str(found["value"])} if "value" in found else found


def without_a_reason(expression):
    return calculate(expression) if "value" in calculate(expression) else {"error": ""}


def quotes_doubled_by_hand(db, plant, limit):
    statement = (
        "SELECT line, sum(inspected), sum(defective), 1.0 * sum(defective) / sum(inspected)"
        f" FROM daily WHERE plant = '{plant.replace(chr(39), chr(39) * 2)}'"
        " GROUP BY line ORDER BY 4 DESC"
    )
    rows, few = db.execute(statement).fetchall(), max(1, min(20, limit))
    names = ("line", "inspected", "defective", "rate")
    return {
        "lines": [dict(zip(names, row, strict=True)) for row in rows[:few]],
        "more": len(rows) > few,
    }


def statement_by_format(db, plant, limit):
    db.executescript(f"SELECT * FROM daily WHERE plant = '{plant}'")
    return worst_lines(db, plant, limit)


def with_pandas_and_a_string(db, plant, limit):
    pd.read_sql(f"SELECT * FROM daily WHERE plant = '{plant}'", db)
    return worst_lines(db, plant, limit)


def with_nan_for_an_idle_line(db, plant, limit):
    found = worst_lines(db, plant, limit)
    for line in found["lines"]:
        line["rate"] = float("nan") if line["rate"] is None else line["rate"]
    return found


def failing_where_there_is_nothing(db, plant, limit):
    found = worst_lines(db, plant, limit)
    return {**found, "lines": [found["lines"][0], *found["lines"][1:]]}


def without_group_by(db, plant, limit):
    row = db.execute(
        "SELECT line, sum(inspected), sum(defective), 1.0 * sum(defective) / sum(inspected)"
        " FROM daily WHERE plant = ?",
        (plant,),
    ).fetchone()
    line = dict(zip(("line", "inspected", "defective", "rate"), row, strict=True))
    return {"lines": [line], "more": False}


def nothing_for_a_small_limit(db, plant, limit):
    return worst_lines(db, plant, limit) if limit > 0 else {"lines": [], "more": True}


def none_found(documents, query):
    found = search(documents, query)
    return found if found["matches"] else None


def words_by_blanks(documents, query):
    fits = [d for d in documents if set(query.split()) & set(d["body"].split())]
    return search(fits, query)


def excerpt_of_the_query(documents, query):
    found = search(documents, query)
    for match in found["matches"]:
        match["excerpt"] = query
    return found


def excerpt_of_all_queries(documents, query):
    found = search(documents, query)
    for match in found["matches"]:
        match["excerpt"] = f"about {query}"
    return found


WRONG = [
    ("10.1", evaluated, "uses-eval"),
    ("10.1", eval_behind_a_list_of_bad_words, "uses-eval"),
    ("10.1", eval_without_names_or_underscores, "not-arithmetic"),
    ("10.1", eval_of_nothing_but_digits, "unbounded-power"),
    ("10.1", numbers_made_first_and_refused_then, "unbounded-power"),
    ("10.1", literal, "wrong-value"),
    ("10.1", a_limit_of_more_characters, "no-length-limit"),
    ("10.1", as_text, "wrong-type"),
    ("10.1", without_a_reason, "other-shape"),
    ("10.2", statement_by_format, "string-sql"),
    ("10.2", with_pandas_and_a_string, "string-sql"),
    ("10.2", with_nan_for_an_idle_line, "nothing-inspected"),
    ("10.2", failing_where_there_is_nothing, "raises"),
    ("10.2", without_group_by, "other-rows"),
    ("10.2", nothing_for_a_small_limit, "negative-limit"),
    ("10.3", none_found, "no-empty-result"),
    ("10.3", words_by_blanks, "other-match"),
    ("10.3", excerpt_of_the_query, "excerpt-without-the-word"),
    ("10.3", excerpt_of_all_queries, "excerpt-without-the-word"),
]


async def outcome_of(exercise, submission, home):
    return await Exercise(find_task(exercise), Progress(home)).check(submission)


@pytest.mark.parametrize(("exercise", "submission", "code"), WRONG)
async def test_the_check_names_the_mistake_that_was_made(exercise, submission, code, tmp_path):
    outcome = await outcome_of(exercise, submission, tmp_path)
    assert outcome.code == code, outcome


async def test_a_statement_whose_values_are_quoted_well_by_hand_is_right(tmp_path):
    assert (await outcome_of("10.2", quotes_doubled_by_hand, tmp_path)).correct


async def test_no_canary_is_left_behind(tmp_path):
    before = set(dir(builtins))
    await outcome_of("10.1", evaluated, tmp_path)
    assert set(dir(builtins)) == before
