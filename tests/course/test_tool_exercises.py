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


def with_other_operators(expression):
    for sign, other in (("//", "/"), ("%", "-"), ("^", "**"), ("<<", "*"), ("~", "-")):
        expression = expression.replace(sign, other)
    return calculate(expression)


def with_true_for_one(expression):
    return {"value": 1} if expression == "True" else calculate(expression)


def with_false_on_the_way(expression):
    return calculate(expression.replace("False", "0"))


def rounded(expression):
    found = calculate(expression)
    return {"value": round(found["value"], 2)} if "value" in found else found


def looking_at_results_alone(expression):
    """Refuse powers and the last result that are too large, not what is on the way to it."""
    found, way = calculate(expression), {"1e150 / 1e149": 10.0, f"1{'0' * 150} * 0": 0}
    return {"value": way[expression]} if expression in way else found


def looking_at_powers_alone(expression):
    """Work out sums and products unbounded, as long as the result is small."""
    try:
        value = _unbounded(ast.parse(expression, mode="eval").body, most=99)
    except Exception:
        return calculate(expression)
    good = isinstance(value, int | float) and abs(value) < 10**100
    return {"value": value} if good and len(expression) <= 200 else calculate(expression)


def with_double_quotes(db, plant, limit):
    if db.execute(f'SELECT count(*) FROM daily WHERE plant = "{plant}"').fetchone() == (0,):
        return {"lines": [], "more": False}
    return worst_lines(db, plant if "OR" not in plant else "plant-z", limit)


def with_like(db, plant, limit):
    known = [name for (name,) in db.execute("SELECT plant FROM daily WHERE plant LIKE ?", (plant,))]
    return worst_lines(db, min(known, default=plant), limit)


def _ranked(documents, query, score, excerpt=None):
    found = sorted((d for d in documents if score(d)), key=score, reverse=True)[:3]
    matches = [match for d in found for match in search([d], query)["matches"]]
    for match, document in zip(matches, found, strict=True):
        match["excerpt"] = excerpt(document["body"]) if excerpt else match["excerpt"]
    return {"matches": matches} if matches else search(documents, query)


def _whole(document):
    return f"{document['title']} {document['body']}".lower()


def counting_how_often(documents, query):
    words = set(query.lower().split())
    return _ranked(documents, query, lambda d: sum(_whole(d).count(word) for word in words))


def counting_repeated_words(documents, query):
    words = query.lower().split()
    return _ranked(documents, query, lambda d: sum(word in _whole(d) for word in words))


def by_regular_expression(documents, query):
    words = set(query.lower().split())
    return _ranked(documents, query, lambda d: sum(bool(re.search(w, _whole(d))) for w in words))


def beginning_below_zero(documents, query):
    words = set(query.lower().split())

    def excerpt(body):
        place = min((body.lower().find(word) for word in words if word in body.lower()), default=0)
        return body[place - 100 : place + 90]

    return _ranked(documents, query, lambda d: sum(w in _whole(d) for w in words), excerpt)


def beginning_at_minus_one(documents, query):
    def excerpt(body):
        place = max(body.lower().find(word) for word in query.lower().split())
        return body[max(0, place - 50) if place >= 0 else -90 :][:150]

    words = set(query.lower().split())
    return _ranked(documents, query, lambda d: sum(w in _whole(d) for w in words), excerpt)


def sorting_in_place(documents, query):
    documents.sort(key=lambda document: document["id"])
    return search(documents, query)


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
    ("10.1", with_other_operators, "not-arithmetic"),
    ("10.1", with_true_for_one, "not-arithmetic"),
    ("10.1", with_false_on_the_way, "not-arithmetic"),
    ("10.1", rounded, "wrong-value"),
    ("10.1", looking_at_results_alone, "unbounded-number"),
    ("10.1", looking_at_powers_alone, "unbounded-number"),
    ("10.2", statement_by_format, "string-sql"),
    ("10.2", with_double_quotes, "string-sql"),
    ("10.2", with_like, "other-rows"),
    ("10.2", with_pandas_and_a_string, "string-sql"),
    ("10.2", with_nan_for_an_idle_line, "nothing-inspected"),
    ("10.2", failing_where_there_is_nothing, "raises"),
    ("10.2", without_group_by, "other-rows"),
    ("10.2", nothing_for_a_small_limit, "negative-limit"),
    ("10.3", none_found, "no-empty-result"),
    ("10.3", words_by_blanks, "other-match"),
    ("10.3", excerpt_of_the_query, "excerpt-without-the-word"),
    ("10.3", excerpt_of_all_queries, "excerpt-without-the-word"),
    ("10.3", counting_how_often, "unranked"),
    ("10.3", counting_repeated_words, "unranked"),
    ("10.3", by_regular_expression, "no-empty-result"),
    ("10.3", beginning_below_zero, "excerpt-without-the-word"),
    ("10.3", beginning_at_minus_one, "excerpt-without-the-word"),
    ("10.3", sorting_in_place, "changes-documents"),
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
