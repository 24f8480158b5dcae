"""Several rows in one answer: totals of lines, runbooks that fit a question."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_kit import running
from sqlalchemy import update

from labkit.database import rows, tables
from labkit.database.fulltext import MAX_WORDS, words_of
from labkit.database.rows import DAYS, LAST_DAY

PLANTS = {"quality-lead": "AB", "operator-a": "A", "operator-b": "B", "nobody-we-know": ""}


def counted(days):
    """Add up the seed by hand: {line: (inspected, defective)}."""
    found = {}
    for row in rows.all_rows()[tables.DailyStatistic]:
        if (LAST_DAY - row["day"]).days < days:
            inspected, defective = found.get(row["line_id"], (0, 0))
            found[row["line_id"]] = (inspected + row["inspected"], defective + row["defective"])
    return found


def totals(answer):
    return {row["line_id"]: (row["inspected"], row["defective"]) for row in answer["items"]}


# Totals of lines


@pytest.mark.parametrize("days", [1, 7, 30, DAYS])
async def test_the_totals_are_the_seeds_own(as_user, days):
    answer = (await as_user("/line-totals", days=days)).json()
    assert totals(answer) == counted(days)
    assert [row["line_id"] for row in answer["items"]] == sorted(totals(answer))
    assert answer["last_day"] == LAST_DAY.isoformat()


async def test_by_default_last_week_is_counted_also_for_a_line_that_rests_on_sundays(as_user):
    answer = (await as_user("/line-totals")).json()
    assert totals(answer) == counted(7)
    assert answer["first_day"] == "2026-02-23"
    assert "A4" in totals(answer)


@pytest.mark.parametrize("user", PLANTS)
async def test_totals_are_those_of_ones_plants(as_user, user):
    answer = (await as_user("/line-totals", user, days=DAYS)).json()
    assert {line[0] for line in totals(answer)} == set(PLANTS[user])
    if not PLANTS[user]:
        assert answer == {"items": [], "first_day": None, "last_day": None}


@pytest.mark.parametrize("narrower", [{"plant": "plant-b"}, {"line": "B1"}, {"line": "Z9"}])
async def test_a_filter_shows_nothing_of_another_plant(as_user, narrower):
    assert (await as_user("/line-totals", "operator-a", **narrower)).json()["items"] == []


async def test_a_filter_keeps_what_it_names(as_user):
    assert set(totals((await as_user("/line-totals", line="A4")).json())) == {"A4"}
    of_b = (await as_user("/line-totals", plant="plant-b")).json()
    assert set(totals(of_b)) == {"B1", "B2", "B3"}


@pytest.mark.parametrize(
    "query", [{"days": 0}, {"days": DAYS + 1}, {"days": "x"}, {"plants": "a"}, {"line": "a b"}]
)
async def test_a_question_that_cannot_be_meant_is_refused(as_user, query):
    assert (await as_user("/line-totals", **query)).status_code == 422


# Runbooks that fit


async def fitting(as_user, question, user="quality-lead", **query):
    response = await as_user("/runbook-matches", user, q=question, **query)
    assert response.status_code == 200, response.text
    return response.json()["items"]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("scratches", "scratches"),
        ("Why is line A4 scratching its parts?", "scratches"),  # Another ending.
        ("how do I QUARANTINE a lot", "quarantine"),
        ("cleaning the lens", "lens-cleaning"),
        ("two versions of the model", "new-model-version"),
    ],
)
async def test_the_best_match_comes_first(as_user, question, best):
    items = await fitting(as_user, question)
    assert items[0]["id"] == best
    assert [item["score"] for item in items] == sorted((i["score"] for i in items), reverse=True)


async def test_a_match_shows_the_part_that_fits_on_one_line(as_user):
    (best,) = await fitting(as_user, "gripper pads", limit=1)
    assert "gripper" in best["snippet"]
    assert "\n" not in best["snippet"]


async def test_nothing_fits_is_an_empty_list(as_user):
    assert await fitting(as_user, "zzzz") == []
    assert await fitting(as_user, "?!") == []


@pytest.mark.parametrize("user", PLANTS)
async def test_only_the_runbooks_of_ones_plants_are_found(as_user, user):
    items = await fitting(as_user, "the a of line lens lot quarantine", user, limit=10)
    assert {item["plant_id"][-1].upper() for item in items} == set(PLANTS[user])


@pytest.mark.parametrize("question", ["x" * 301, ""])
async def test_an_empty_or_endless_question_is_refused(as_user, question):
    assert (await as_user("/runbook-matches", q=question)).status_code == 422


@pytest.mark.parametrize("question", ["\0", "a\0b", "\x1b[2J", "\x7f"])
async def test_a_question_with_a_control_character_is_refused(as_user, question):
    assert (await as_user("/runbook-matches", q=question)).status_code == 400


SYNTAX = ['"', "'", "NEAR(a b)", "a AND", "NOT", "a*", "^a", "title:", "-a", "{a b}", "a + b", "()"]


@pytest.mark.parametrize("question", [*SYNTAX, "' OR 1=1 --", "ä ö", "日本", "OR"])
async def test_nothing_that_is_typed_is_syntax(as_user, question):
    await fitting(as_user, question)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(
        st.characters(codec="utf-8", min_codepoint=0x20, exclude_characters="\x7f"),
        min_size=1,
        max_size=300,
    )
)
async def test_any_text_is_answered(inspections_service, question):
    await fitting(inspections_service, question)


@pytest.fixture
def inspections_service(as_user):
    return as_user


async def test_a_changed_runbook_is_found_by_its_new_words_only(inspections_config, as_user, app):
    async with app.state.database.transaction() as session:
        changed = update(tables.Runbook).where(tables.Runbook.id == "scratches")
        await session.execute(changed.values(body="Call the harbour master."))
    assert [item["id"] for item in await fitting(as_user, "harbour")] == ["scratches"]
    assert "scratches" not in {item["id"] for item in await fitting(as_user, "gripper")}


async def test_the_copy_of_the_cached_database_has_its_index(inspections_config, token_of):
    async with running(inspections_config) as (_, client):
        headers = {"Authorization": f"Bearer {token_of('operator-a')}"}
        response = await client.get("/runbook-matches", params={"q": "gripper"}, headers=headers)
        assert [item["id"] for item in response.json()["items"]] == ["scratches"]


def test_words_are_counted_once_and_there_is_an_end():
    assert words_of("A line, a LINE; the line!") == ("a", "line", "the")
    assert len(words_of(" ".join(map(str, range(100))))) == MAX_WORDS
