"""The centre's tables, one definition for both engines.

Lives here: columns and the types whose form depends on the engine. Not here: making and changing
the tables in a database (`schema`, `migrations`), reading and writing rows (`store`).

Epoch ids are 16 bytes in PostgreSQL and 32 digits in SQLite; times are `timestamptz` there and
RFC 3339 text here. Text that only names something compares bytewise (collation C): faster, and
the same on every machine.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from edge.wire.event import timestamp

POSTGRESQL = "postgresql"
SQLITE = "sqlite"

METADATA = sa.MetaData()


class EpochId(TypeDecorator[str]):
    """32 hexadecimal digits; `bytea` in PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the engine's own type."""
        return dialect.type_descriptor(
            sa.LargeBinary(16) if dialect.name == POSTGRESQL else sa.Text()
        )

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Return what the engine keeps."""
        if value is None or dialect.name != POSTGRESQL:
            return value
        return bytes.fromhex(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return the digits."""
        return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value


class Instant(TypeDecorator[str]):
    """A time as RFC 3339 text in UTC with milliseconds and `Z`; `timestamptz` in PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the engine's own type."""
        return dialect.type_descriptor(
            sa.DateTime(timezone=True) if dialect.name == POSTGRESQL else sa.Text()
        )

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Return what the engine keeps."""
        if value is None or dialect.name != POSTGRESQL:
            return value
        return datetime.fromisoformat(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return the text."""
        return timestamp(value.astimezone(UTC)) if isinstance(value, datetime) else value


NAME = sa.Text().with_variant(sa.Text(collation="C"), POSTGRESQL)
"""Text that is compared, never read aloud."""


def _place(*, key: bool = True) -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("terminal", NAME, primary_key=key),
        sa.Column("epoch", EpochId, primary_key=key),
    )


def _identity() -> tuple[sa.Column[Any], ...]:
    return (*_place(), sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False))


EVENT = sa.Table(
    "event",
    METADATA,
    *_identity(),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("prev", sa.LargeBinary, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("kind", NAME, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
"""Believable events; `data` is the canonical form, byte for byte."""

ASIDE = sa.Table(
    "set_aside",
    METADATA,
    *_identity(),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("why", NAME, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
)

ALARM = sa.Table(
    "alarm",
    METADATA,
    *_identity(),
    sa.Column("code", NAME, primary_key=True),
    sa.Column("raised_at", Instant, nullable=False),
)

EPOCH = sa.Table(
    "epoch",
    METADATA,
    *_place(),
    sa.Column("high_water", sa.BigInteger, nullable=False),
    sa.Column("last_seen", Instant, nullable=False),
    sa.Column("highest", sa.BigInteger, nullable=False),
    sa.Column("head", sa.LargeBinary),
    sa.Column("events", sa.BigInteger, nullable=False),
    sa.Column("aside", sa.BigInteger, nullable=False),
    sa.Column("alarms", sa.BigInteger, nullable=False),
)
"""What is held of an epoch, so that nothing is counted or walked when a segment comes.

`highest`: the highest number held; `head`: hash of event `high_water`, null where that one is set
aside; `events`, `aside`, `alarms`: how many there are in the tables of these names.
"""

GAP = sa.Table(
    "gap",
    METADATA,
    *_place(),
    sa.Column("last", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first", sa.BigInteger, nullable=False),
)
"""Runs that are missing between `high_water` and `highest`, disjoint, never adjacent."""

COURIER = sa.Table(
    "courier",
    METADATA,
    sa.Column("bundle", NAME, primary_key=True),
    sa.Column("terminal", NAME, nullable=False),
    sa.Column("way", NAME, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("first_at", Instant, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
    sa.Column("files", sa.BigInteger, nullable=False),
    sa.Column("missing", sa.BigInteger, nullable=False),
)
"""Every bundle that a stick brought or took along, for ever (`edge.wire.bundle`).

`made_at` by the clock of whoever made it; `first_at` and `last_at`: when it was taken here;
`missing`: files of it that were not there the last time.
"""
