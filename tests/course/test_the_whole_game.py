"""What the checks of notebook 00 say of other wrong answers."""

import pytest

from labkit.course import Exercise, Progress
from labkit.course.lessons import find_task


def all_that_is_inside(spans, covered):
    def inside(span_id):
        mine = spans[spans.parent_id == span_id]
        return mine.duration_ms.sum() + sum(map(inside, mine.span_id))

    own = {row.span_id: row.duration_ms - inside(row.span_id) for row in spans.itertuples()}
    return max(own, key=own.__getitem__)


def the_row(spans, covered):
    return spans.loc[spans.duration_ms.idxmax()]


def less_the_longest_child(spans, covered):
    longest = spans.span_id.map(spans.groupby("parent_id").duration_ms.max()).fillna(0)
    return spans.loc[(spans.duration_ms - longest).idxmax(), "span_id"]


def less_all_from_the_first_child_to_the_last(spans, covered):
    ends = spans.assign(end_ms=spans.start_ms + spans.duration_ms).groupby("parent_id")
    between = spans.span_id.map(ends.end_ms.max() - ends.start_ms.min()).fillna(0)
    return spans.loc[(spans.duration_ms - between).idxmax(), "span_id"]


def made_up(spans, covered):
    return "x1"


def by_a_column_of_the_whole_trace(spans, covered):
    return spans.loc[spans.own_ms.idxmax(), "span_id"]


def a_line_that_divides_by_nothing(days):
    return days.groupby("line").apply(lambda mine: int(mine.defective.sum()) / mine.inspected.sum())


def drops_who_ever_stood_still(days):
    still = days[days.inspected == 0].line
    totals = days[~days.line.isin(still)].groupby("line")[["inspected", "defective"]].sum()
    return totals.defective / totals.inspected


def only_rates_above_zero(days):
    totals = days.groupby("line")[["inspected", "defective"]].sum()
    rates = totals.defective / totals.inspected
    return rates[rates > 0]


def rounded_to_three_decimals(days):
    totals = days.groupby("line")[["inspected", "defective"]].sum()
    return (totals.defective / totals.inspected).dropna().round(3)


def by_hand(days):
    worked = days[days.inspected > 0].groupby("line")
    return {line: mine.defective.sum() / mine.inspected.sum() for line, mine in worked}


def texts(days):
    totals = days.groupby("line")[["inspected", "defective"]].sum()
    return totals.defective.astype(str) + "/" + totals.inspected.astype(str)


def plain_numbers(days):
    rates = {}
    for line in sorted(set(days.line)):
        mine = days[days.line == line]
        rates[line] = sum(mine.defective.tolist()) / sum(mine.inspected.tolist())
    return rates


@pytest.mark.filterwarnings("ignore")  # NumPy warns of 0 / 0; in a kernel that stops nobody.
@pytest.mark.parametrize(
    ("exercise", "submission", "code", "seen"),
    [
        ("00.1", all_that_is_inside, "counts-children-twice", "own_ms"),
        ("00.1", the_row, "wrong-type", ""),
        ("00.1", less_the_longest_child, "picks-root", "own_ms"),
        ("00.1", less_all_from_the_first_child_to_the_last, "leaves-only", "own_ms"),
        ("00.1", made_up, "another-span", "x1"),
        ("00.1", by_a_column_of_the_whole_trace, "raises", ""),
        ("00.2", a_line_that_divides_by_nothing, "ignores-zero-inspections", "X3"),
        ("00.2", drops_who_ever_stood_still, "ignores-zero-inspections", "X1"),
        ("00.2", plain_numbers, "ignores-zero-inspections", "division"),
        ("00.2", only_rates_above_zero, "leaves-out-no-defects", "X4 0.02667"),
        ("00.2", rounded_to_three_decimals, "other-rates", "X4 0.027"),
        ("00.2", by_hand, "wrong-type", ""),
        ("00.2", texts, "wrong-type", "14/100"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_another_wrong_answer_gets_the_finding_that_fits(
    exercise, submission, code, seen, tmp_path
):
    outcome = await Exercise(find_task(exercise), Progress(tmp_path)).check(submission)
    assert outcome.code == code
    assert seen in outcome.evidence


async def test_a_column_that_was_added_to_the_table_changes_nothing(tmp_path):
    """As pandas users do: the table belongs to the submission."""

    def adds_a_column(spans, covered):
        spans["own"] = [
            span.duration_ms - covered(span, spans[spans.parent_id == span.span_id])
            for span in spans.itertuples()
        ]
        return spans.set_index("span_id").own.idxmax()

    assert (await Exercise(find_task("00.1"), Progress(tmp_path)).check(adds_a_column)).correct
