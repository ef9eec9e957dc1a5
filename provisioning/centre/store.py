"""What the centre holds, over SQLAlchemy Core on SQLite (an office, the demonstration).

Lives here: tables, the insertion that happens once, the arithmetic of high water and gaps. Not
here: whether an event is to be believed (`ingest`), the answer's form (`edge.wire.ack`).

(terminal, epoch, seq) is unique for ever. The first event under a number stays; another one
under the same number goes beside it with an alarm, because that is how a clone shows. Nothing
is ever deleted. What cannot be believed is set aside, counts as held, and blocks nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from edge.wire.ack import MAX_LISTED, Ack, Alarm, AlarmCode
from edge.wire.event import Event, timestamp
from provisioning.errors import CentreStoreUnavailable

BUSY_SECONDS = 30.0
"""How long one writer waits for another."""
MAX_LISTED_TERMINALS = 1000
"""On the operator's page."""

_WRITES = "tramthe_writes"
_METADATA = sa.MetaData()


def _identity() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    )


_EVENT = sa.Table(
    "event",
    _METADATA,
    *_identity(),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("prev", sa.LargeBinary, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
)
_ASIDE = sa.Table(
    "set_aside",
    _METADATA,
    *_identity(),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
)
_ALARM = sa.Table(
    "alarm",
    _METADATA,
    *_identity(),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("raised_at", sa.Text, nullable=False),
)
_EPOCH = sa.Table(
    "epoch",
    _METADATA,
    sa.Column("terminal", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Text, primary_key=True),
    sa.Column("high_water", sa.Integer, nullable=False),
    sa.Column("last_seen", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something under number `seq` that is no believable event, and why not."""

    seq: int
    why: AlarmCode
    data: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one segment brought, sorted by `ingest`. `prev` is the hash before `first`."""

    terminal: str
    epoch: str
    first: int
    prev: bytes
    events: Sequence[Event]
    aside: Sequence[SetAside]
    alarms: Sequence[Alarm]


@dataclass(frozen=True, slots=True)
class TerminalRow:
    """One line of the operator's page."""

    terminal: str
    epoch: str
    high_water: int
    events: int
    set_aside: int
    alarms: int
    last_seen: str


class CentreStore:
    """The centre's database. `url` is SQLAlchemy's, e.g. `sqlite:////var/lib/tramthe/centre.db`.

    Safe from any thread. Raises CentreStoreUnavailable.
    """

    def __init__(self, url: str) -> None:
        try:
            self._engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
            sa.event.listen(self._engine, "connect", _prepare)
            sa.event.listen(self._engine, "begin", _begin)
            _METADATA.create_all(self._engine)
        except SQLAlchemyError as error:
            raise _unavailable() from error

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def keep(self, batch: Batch, at: datetime) -> Ack:
        """Keep what a segment brought, durably and once, and return what is held now."""
        try:
            with self._engine.execution_options(**{_WRITES: True}).begin() as connection:
                return _keep(connection, batch, timestamp(at))
        except SQLAlchemyError as error:
            raise _unavailable() from error

    def check(self) -> None:
        """Raise CentreStoreUnavailable unless the database answers."""
        try:
            with self._engine.connect() as connection:
                connection.execute(sa.select(sa.literal(1))).scalar()
        except SQLAlchemyError as error:
            raise _unavailable() from error

    def terminals(self) -> tuple[TerminalRow, ...]:
        """Return every terminal and epoch with its counts, newest first."""
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(_overview()).all()
        except SQLAlchemyError as error:
            raise _unavailable() from error
        return tuple(TerminalRow(*row) for row in rows)

    def events(self, terminal: str, epoch: str) -> tuple[Event, ...]:
        """Return the events in their place, oldest first, as they came."""
        query = sa.select(_EVENT.c.data).where(*_is(_EVENT, terminal, epoch)).order_by(_EVENT.c.seq)
        try:
            with self._engine.connect() as connection:
                return tuple(Event.from_bytes(row[0]) for row in connection.execute(query))
        except SQLAlchemyError as error:
            raise _unavailable() from error


def _prepare(connection: Any, _: ConnectionPoolEntry) -> None:
    """Let us begin transactions ourselves; an acknowledged event survives a power cut."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: sa.Connection) -> None:
    """Begin; a writer takes its place at once, so that two segments never interleave."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is(table: sa.Table, terminal: str, epoch: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.terminal == terminal, table.c.epoch == epoch)


def _keep(connection: sa.Connection, batch: Batch, at: str) -> Ack:
    terminal, epoch = batch.terminal, batch.epoch
    clashes = _insert_events(connection, batch, at)
    aside = [*batch.aside, *(SetAside(e.seq, AlarmCode.SEQ_REUSED, e.to_bytes()) for e in clashes)]
    alarms = [*batch.alarms, *(Alarm(event.seq, AlarmCode.SEQ_REUSED) for event in clashes)]
    alarms += [Alarm(item.seq, item.why) for item in batch.aside]
    before = _hash(connection, terminal, epoch, batch.first - 1)
    if before is not None and before != batch.prev:
        alarms.append(Alarm(batch.first, AlarmCode.CHAIN_FORKED))
    _insert_aside(connection, batch, aside, at)
    _insert_alarms(connection, batch, alarms, at)
    return _take_stock(connection, terminal, epoch, at)


def _insert_events(connection: sa.Connection, batch: Batch, at: str) -> list[Event]:
    """Insert each event once; return those whose number another event has already."""
    if not batch.events:
        return []
    rows = [
        {
            "terminal": event.terminal,
            "epoch": event.epoch,
            "seq": event.seq,
            "hash": event.hash,
            "prev": event.prev,
            "data": event.to_bytes(),
            "received_at": at,
        }
        for event in batch.events
    ]
    connection.execute(insert(_EVENT).on_conflict_do_nothing(), rows)
    query = sa.select(_EVENT.c.seq, _EVENT.c.hash).where(
        *_is(_EVENT, batch.terminal, batch.epoch),
        _EVENT.c.seq.between(batch.events[0].seq, batch.events[-1].seq),
    )
    held = {row.seq: row.hash for row in connection.execute(query)}
    return [event for event in batch.events if held[event.seq] != event.hash]


def _insert_aside(
    connection: sa.Connection, batch: Batch, aside: Iterable[SetAside], at: str
) -> None:
    rows = [
        {
            "terminal": batch.terminal,
            "epoch": batch.epoch,
            "seq": item.seq,
            "digest": hashlib.sha256(item.data).digest(),
            "why": item.why,
            "data": item.data,
            "received_at": at,
        }
        for item in aside
    ]
    if rows:
        connection.execute(insert(_ASIDE).on_conflict_do_nothing(), rows)


def _insert_alarms(
    connection: sa.Connection, batch: Batch, alarms: Iterable[Alarm], at: str
) -> None:
    rows = [
        {
            "terminal": batch.terminal,
            "epoch": batch.epoch,
            "seq": alarm.seq,
            "code": alarm.code,
            "raised_at": at,
        }
        for alarm in alarms
    ]
    if rows:
        connection.execute(insert(_ALARM).on_conflict_do_nothing(), rows)


def _take_stock(connection: sa.Connection, terminal: str, epoch: str, at: str) -> Ack:
    known = connection.execute(
        sa.select(_EPOCH.c.high_water).where(*_is(_EPOCH, terminal, epoch))
    ).scalar()
    high_water, gaps = _walk(connection, terminal, epoch, known or 0)
    row = {"terminal": terminal, "epoch": epoch, "high_water": high_water, "last_seen": at}
    connection.execute(
        insert(_EPOCH)
        .values(row)
        .on_conflict_do_update(
            index_elements=("terminal", "epoch"),
            set_={"high_water": high_water, "last_seen": at},
        )
    )
    return Ack(
        terminal=terminal,
        epoch=epoch,
        high_water=high_water,
        gaps=gaps,
        head=_hash(connection, terminal, epoch, high_water),
        set_aside=_set_aside(connection, terminal, epoch),
        alarms=_alarms(connection, terminal, epoch),
    )


def _walk(
    connection: sa.Connection, terminal: str, epoch: str, known: int
) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return the high water, going on from `known`, and the first gaps above it."""
    above = [
        sa.select(table.c.seq).where(*_is(table, terminal, epoch), table.c.seq > known)
        for table in (_EVENT, _ASIDE)
    ]
    high_water, last = known, known
    gaps: list[tuple[int, int]] = []
    for (seq,) in connection.execute(sa.union(*above).order_by("seq")):
        if seq > last + 1:
            if len(gaps) == MAX_LISTED:
                break
            gaps.append((last + 1, seq - 1))
        last = seq
        high_water = high_water if gaps else seq
    return high_water, tuple(gaps)


def _hash(connection: sa.Connection, terminal: str, epoch: str, seq: int) -> bytes | None:
    """Return the hash of the event in this place; None where there is none."""
    query = sa.select(_EVENT.c.hash).where(*_is(_EVENT, terminal, epoch), _EVENT.c.seq == seq)
    found: bytes | None = connection.execute(query).scalar()
    return found


def _set_aside(connection: sa.Connection, terminal: str, epoch: str) -> tuple[int, ...]:
    query = (
        sa.select(_ASIDE.c.seq)
        .where(*_is(_ASIDE, terminal, epoch))
        .distinct()
        .order_by(_ASIDE.c.seq)
        .limit(MAX_LISTED)
    )
    return tuple(connection.execute(query).scalars())


def _alarms(connection: sa.Connection, terminal: str, epoch: str) -> tuple[Alarm, ...]:
    query = (
        sa.select(_ALARM.c.seq, _ALARM.c.code)
        .where(*_is(_ALARM, terminal, epoch))
        .order_by(_ALARM.c.seq, _ALARM.c.code)
        .limit(MAX_LISTED)
    )
    return tuple(Alarm(row.seq, row.code) for row in connection.execute(query))


def _overview() -> sa.Select[Any]:
    def count(table: sa.Table) -> sa.ScalarSelect[int]:
        return (
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.c.terminal == _EPOCH.c.terminal, table.c.epoch == _EPOCH.c.epoch)
            .correlate(_EPOCH)
            .scalar_subquery()
        )

    return (
        sa.select(
            _EPOCH.c.terminal,
            _EPOCH.c.epoch,
            _EPOCH.c.high_water,
            count(_EVENT),
            count(_ASIDE),
            count(_ALARM),
            _EPOCH.c.last_seen,
        )
        .order_by(_EPOCH.c.last_seen.desc(), _EPOCH.c.terminal)
        .limit(MAX_LISTED_TERMINALS)
    )


def _unavailable() -> CentreStoreUnavailable:
    return CentreStoreUnavailable(
        "The centre's database cannot be used.",
        next_step="Check its path, its permissions and the free space on its disk.",
    )
