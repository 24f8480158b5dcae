"""Times keep their zone; the schema is one that SQLite and PostgreSQL both take."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from labkit.database.tables import Base, Inspection, UtcDateTime
from labkit.errors import UsageError

MOMENT = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_a_moment_goes_in_and_out_unchanged(dialect):
    column = UtcDateTime()
    tokyo = MOMENT.astimezone(timezone(timedelta(hours=9)))
    stored = column.process_bind_param(tokyo, dialect)
    assert column.process_result_value(stored, dialect) == MOMENT
    assert column.process_result_value(stored, dialect).tzinfo is UTC
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None


def test_a_time_without_zone_is_refused():
    with pytest.raises(UsageError, match="time zone"):
        UtcDateTime().process_bind_param(MOMENT.replace(tzinfo=None), sqlite.dialect())


def test_moments_sort_in_the_database_as_they_do_in_python():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    times = [MOMENT, MOMENT - timedelta(days=1), MOMENT + timedelta(microseconds=1)]
    with engine.begin() as connection:
        connection.execute(
            insert(Inspection),
            [
                {"id": n, "line_id": "A1", "camera_id": "A1-1", "lot_id": 1, "score": 0.1,
                 "model_version_id": "v1.0", "inspected_at": time, "defective": False}
                for n, time in enumerate(times)
            ],
        )  # fmt: skip
        found = connection.scalars(
            select(Inspection.inspected_at).order_by(Inspection.inspected_at)
        )
        assert found.all() == sorted(times)
    engine.dispose()


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_each_table_can_be_made_in_postgresql(table):
    assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))
