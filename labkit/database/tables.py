"""
The tables of the running example: visual inspection on production lines.

::

    Plant ─┬─ Staff              who may see it
           ├─ Runbook            what to do when ...
           └─ Line ─┬─ Camera
                    ├─ Lot
                    ├─ DailyStatistic
                    └─ Inspection ── Defect      (with camera, lot and model version)

    IdempotencyKey           what was answered to whom, so that asking again does nothing twice

Classes here are ORM classes, one row each. The word "model" is kept for what judges the pictures,
and for language models.

Floor 1: knows errors. Times are UTC everywhere.
"""

from datetime import UTC, date, datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Dialect, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from labkit.errors import UsageError


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so one is demanded going in and put back out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """
        Turn a moment into UTC on its way in.

        Raises:
            UsageError: It has no time zone, so nobody knows which moment it is.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise UsageError("a time needs a time zone: datetime(..., tzinfo=UTC)")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: object, _dialect: Dialect) -> datetime | None:
        """Give a moment its time zone back on its way out."""
        if value is None:
            return None
        assert isinstance(value, datetime)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables: ``Base.metadata``."""

    type_annotation_map = {  # noqa: RUF012 - as SQLAlchemy has it.
        datetime: UtcDateTime,
        str: String(64),
        # 64 bits everywhere; SQLite's have them under this name only.
        int: BigInteger().with_variant(Integer(), "sqlite"),
    }


Name = Annotated[str, mapped_column(String(64), primary_key=True)]
"""A readable primary key such as ``"A4"``."""
LineRef = Annotated[str, mapped_column(ForeignKey("lines.id"))]
Version = Annotated[int, mapped_column(default=1)]
"""Grows with each change, so that who changes a row can say which state of it they saw."""
PlantRef = Annotated[str, mapped_column(ForeignKey("plants.id"))]


class Plant(Base):
    """A factory with its own staff: the tenant. Nobody sees another plant's rows."""

    __tablename__ = "plants"

    id: Mapped[Name]
    name: Mapped[str]


class Staff(Base):
    """Who may see a plant: the ``sub`` of a user or of a service."""

    __tablename__ = "staff"

    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    plant_id: Mapped[str] = mapped_column(ForeignKey("plants.id"), primary_key=True)


class Line(Base):
    """A production line, which makes one product."""

    __tablename__ = "lines"

    id: Mapped[Name]
    plant_id: Mapped[PlantRef]
    name: Mapped[str]
    product: Mapped[str]


class Camera(Base):
    """A camera above a line."""

    __tablename__ = "cameras"

    id: Mapped[Name]
    line_id: Mapped[LineRef]
    position: Mapped[str]
    installed_on: Mapped[date]


class ModelVersion(Base):
    """A version of the vision model; a part is defective from ``threshold`` on."""

    __tablename__ = "model_versions"

    id: Mapped[Name]
    released_on: Mapped[date]
    threshold: Mapped[float]  # Score from 0 (sound) to 1 (defective).


class Lot(Base):
    """The parts that a line makes in one week; a lot with too many defects is quarantined."""

    __tablename__ = "lots"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[LineRef]
    started_on: Mapped[date]
    parts: Mapped[int]  # How many it holds.
    quarantined: Mapped[bool]
    version: Mapped[Version]


class Inspection(Base):
    """One part under one camera, judged by one version of the model."""

    __tablename__ = "inspections"
    __table_args__ = (Index("ix_inspections_line", "line_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)  # Grows with time.
    line_id: Mapped[LineRef]
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    model_version_id: Mapped[str] = mapped_column(ForeignKey("model_versions.id"))
    inspected_at: Mapped[datetime]
    score: Mapped[float]  # What the model said, 0 (sound) to 1 (defective).
    defective: Mapped[bool]


class Defect(Base):
    """One fault found on a defective part; a part can have two."""

    __tablename__ = "defects"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspections.id"), index=True)
    kind: Mapped[str]
    severity: Mapped[str]


class DailyStatistic(Base):
    """What a line did on one day: counts. A rate is theirs to make who know what to divide by."""

    __tablename__ = "daily_statistics"

    line_id: Mapped[str] = mapped_column(ForeignKey("lines.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    inspected: Mapped[int]
    defective: Mapped[int]


class Runbook(Base):
    """What to do when something goes wrong. Everybody on the staff can write one."""

    __tablename__ = "runbooks"

    id: Mapped[Name]
    plant_id: Mapped[PlantRef]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[Version]
    is_attack: Mapped[bool]  # Teaching material: its text tries to give orders to its reader.


class IdempotencyKey(Base):
    """A key that somebody sent with a request, and what they were answered; kept for a while."""

    __tablename__ = "idempotency_keys"

    subject: Mapped[str] = mapped_column(String(255), primary_key=True)  # Whose key: their `sub`.
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    fingerprint: Mapped[str]  # SHA-256 of what was asked, hexadecimal.
    answer: Mapped[str] = mapped_column(Text)  # JSON.
    forget_at: Mapped[datetime] = mapped_column(index=True)
