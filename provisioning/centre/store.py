"""Keeping what segments bring: each event once, for ever, and the answer of what is held.

Lives here: the transaction that a segment is, and the arithmetic of high water and gaps over the
tables. Not here: whether an event is to be believed (`ingest`), the insertion itself (`insert`),
the answer's lists (`held`) and form (`edge.wire.ack`), what operators look at (`fleet`).

(terminal, epoch, seq) is unique for ever. The first event under a number stays; another one
under the same number goes beside it with an alarm, because that is how a clone shows. Nothing
is ever deleted. What cannot be believed is set aside, counts as held, and blocks nothing.

A segment first takes the row of its epoch, and with it the lock on the epoch: segments of one
terminal come one after the other, those of different terminals side by side. That row says what
is held, so that nothing is counted or walked, however many events there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from edge.wire.ack import Ack, Alarm, AlarmCode
from edge.wire.event import Event, timestamp
from edge.wire.segment import MAX_EVENTS
from provisioning.centre import schema
from provisioning.centre.batch import Batch, SetAside
from provisioning.centre.database import INSERTS, Database
from provisioning.centre.held import alarms_of, aside_of, gaps_of
from provisioning.centre.held_back import held_back
from provisioning.centre.insert import clashes, insert_events
from provisioning.centre.spans import Span, arrive
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, EVENT, GAP


@dataclass(frozen=True, slots=True)
class _Held:
    """What the epoch's row says before a segment."""

    high_water: int
    highest: int
    head: bytes | None
    events: int
    aside: int
    alarms: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How much the database holds of everybody."""

    epochs: int
    events: int
    aside: int
    alarms: int


class CentreStore:
    """The centre's store over a database whose schema is brought up to date here.

    Safe from any thread. Raises CentreStoreUnavailable, and at the start OfficeInputInvalid for an
    address that cannot be used and CentreSchemaNewer for a database of a later version.
    """

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        try:
            schema.bring_up_to_date(self.database)
        except BaseException:
            self.database.close()
            raise

    def close(self) -> None:
        """Let the database go."""
        self.database.close()

    def keep(self, batch: Batch, at: datetime, *, connected: bool = False) -> Ack:
        """Keep what a segment brought, durably and once, and return what is held now.

        `connected`: it came by the door that asks for a certificate. What the registry does not
        believe is held back (`held_back`). Raises SegmentRefused, CertificateEnded for a terminal
        that it does not know, or whose certificate it no longer takes.
        """
        with self.database.writing() as connection:
            return _Keeping(connection, batch, timestamp(at), connected=connected).keep()

    def check(self, *, writes: bool = False) -> None:
        """Raise CentreStoreUnavailable unless the database answers, or takes a writer too."""
        if writes:
            with self.database.writing() as connection:
                connection.execute(sa.delete(GAP).where(sa.false()))
        else:
            with self.database.reading() as connection:
                connection.execute(sa.select(sa.literal(1)))

    def totals(self) -> Totals:
        """Return how much is held; no event is counted, the epochs' rows are summed."""
        sums = (
            sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)
            for column in (EPOCH.c.events, EPOCH.c.aside, EPOCH.c.alarms)
        )
        query = sa.select(sa.func.count(), *sums).select_from(EPOCH)
        with self.database.reading() as connection:
            row = connection.execute(query).one()
        return Totals(epochs=row[0], events=row[1], aside=row[2], alarms=row[3])

    def events(self, terminal: str, epoch: str) -> tuple[Event, ...]:
        """Return the events in their place, oldest first, as they came."""
        query = sa.select(EVENT.c.data).where(*_is(EVENT, terminal, epoch)).order_by(EVENT.c.seq)
        with self.database.reading() as connection:
            return tuple(Event.from_bytes(bytes(row[0])) for row in connection.execute(query))


def _is(table: sa.Table, terminal: str, epoch: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.terminal == terminal, table.c.epoch == epoch)


_HELD = ("high_water", "highest", "head", "events", "aside", "alarms")


def _take_epoch(insert: Callable[[sa.Table], Any]) -> sa.Executable:
    statement = insert(EPOCH)
    taken: sa.Executable = statement.on_conflict_do_update(
        index_elements=("terminal", "epoch"), set_={"last_seen": statement.excluded.last_seen}
    ).returning(*(EPOCH.c[name] for name in _HELD))
    return taken


# Made once: the library builds a statement for longer than the database works on it.
_TAKE_EPOCH = {dialect: _take_epoch(insert) for dialect, insert in INSERTS.items()}
_NOTHING = {"high_water": 0, "highest": 0, "events": 0, "aside": 0, "alarms": 0}
_SAY_HELD = (
    sa.update(EPOCH)
    .where(
        EPOCH.c.terminal == sa.bindparam("of_terminal"),
        EPOCH.c.epoch == sa.bindparam("of_epoch", type_=EPOCH.c.epoch.type),
    )
    .values({EPOCH.c[name]: sa.bindparam(name) for name in _HELD})
)


class _Keeping:
    """One segment within its transaction."""

    def __init__(
        self, connection: sa.Connection, batch: Batch, at: str, *, connected: bool
    ) -> None:
        self._connection = connection
        self._batch = batch
        self._at = at
        self._connected = connected
        self._dialect = connection.dialect.name
        self._place = {"terminal": batch.terminal, "epoch": batch.epoch}

    def keep(self) -> Ack:
        """Keep it; see the module for the order of things."""
        held = self._take_epoch()
        self._batch, back = held_back(self._connection, self._batch, connected=self._connected)
        batch = self._batch
        fresh = batch.first > held.highest
        inserted = insert_events(self._connection, batch, self._at, fresh=fresh)
        aside, alarms = list(batch.aside), list(batch.alarms)
        if inserted < len(batch.events):
            for row in clashes(self._connection, batch):
                aside.append(SetAside(row.seq, AlarmCode.SEQ_REUSED, row.data))
        alarms += [Alarm(item.seq, item.why) for item in aside]
        alarms += [Alarm(item.seq, item.why) for item in back[:1] if not self._said(item.why)]
        aside += back
        alarms += self._seams(held)
        more_aside = self._put_aside(aside)
        more_alarms = self._raise(alarms)
        high_water, gaps = self._gaps(held)
        head = self._head(held, high_water)
        self._connection.execute(
            _SAY_HELD,
            {
                "of_terminal": batch.terminal,
                "of_epoch": batch.epoch,
                "high_water": high_water,
                "highest": max(held.highest, batch.last),
                "head": head,
                "events": held.events + inserted,
                "aside": held.aside + more_aside,
                "alarms": held.alarms + more_alarms,
            },
        )
        return Ack(
            terminal=batch.terminal,
            epoch=batch.epoch,
            high_water=high_water,
            gaps=gaps,
            head=head,
            set_aside=aside_of(self._connection, **self._place) if held.aside + more_aside else (),
            alarms=alarms_of(self._connection, **self._place) if held.alarms + more_alarms else (),
        )

    def _of(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return _is(table, self._batch.terminal, self._batch.epoch)

    def _take_epoch(self) -> _Held:
        """Lock the epoch's row, made now where there is none, and return what it says."""
        row = self._connection.execute(
            _TAKE_EPOCH[self._dialect], {**self._place, **_NOTHING, "last_seen": self._at}
        ).one()
        return _Held(*row)

    def _said(self, code: AlarmCode) -> bool:
        """Return whether the epoch has an alarm of this code: a terminal's state is said once."""
        query = sa.select(ALARM.c.seq).where(*self._of(ALARM), ALARM.c.code == code.value).limit(1)
        return self._connection.execute(query).first() is not None

    def _seams(self, held: _Held) -> list[Alarm]:
        """Return the alarms where the segment does not fit what stands before and behind it."""
        batch = self._batch
        alarms: list[Alarm] = []
        if batch.first > 1 and batch.first <= held.highest + 1:
            before = (
                held.head if batch.first == held.high_water + 1 else self._hash(batch.first - 1)
            )
            if before is not None and bytes(before) != batch.prev:
                alarms.append(Alarm(batch.first, AlarmCode.CHAIN_FORKED))
        if batch.last < held.highest and batch.events and batch.events[-1].seq == batch.last:
            after = self._connection.execute(
                sa.select(EVENT.c.prev).where(*self._of(EVENT), EVENT.c.seq == batch.last + 1)
            ).scalar()
            if after is not None and bytes(after) != batch.events[-1].hash:
                alarms.append(Alarm(batch.last + 1, AlarmCode.CHAIN_FORKED))
        return alarms

    def _put_aside(self, aside: Sequence[SetAside]) -> int:
        rows = [
            {
                **self._place,
                "seq": item.seq,
                "digest": hashlib.sha256(item.data).digest(),
                "why": item.why.value,
                "data": item.data,
                "received_at": self._at,
            }
            for item in aside
        ]
        return self._add(ASIDE, rows)

    def _raise(self, alarms: Iterable[Alarm]) -> int:
        rows = [
            {**self._place, "seq": alarm.seq, "code": str(alarm.code), "raised_at": self._at}
            for alarm in dict.fromkeys(alarms)
        ]
        return self._add(ALARM, rows)

    def _add(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> int:
        """Insert what is not there yet; return how many rows that were.

        They are counted as they come back: an insertion's own count is -1 under PostgreSQL.
        """
        statement = INSERTS[self._dialect](table).on_conflict_do_nothing()
        counted = statement.returning(table.c.seq)
        return sum(len(self._connection.execute(counted, row).all()) for row in rows)

    def _gaps(self, held: _Held) -> tuple[int, tuple[Span, ...]]:
        """Take the segment's run off what is missing; return high water and the first gaps."""
        batch = self._batch
        if held.high_water == held.highest and batch.first <= held.highest + 1:
            return max(held.highest, batch.last), ()
        touched = gaps_of(
            self._connection, batch.terminal, batch.epoch, behind=batch.first, limit=MAX_EVENTS + 1
        )
        change = arrive(touched, held.highest, batch.first, batch.last)
        if change.closed:
            self._connection.execute(
                sa.delete(GAP).where(
                    *self._of(GAP), GAP.c.last.in_([last for _, last in change.closed])
                )
            )
        if change.opened:
            self._connection.execute(
                sa.insert(GAP),
                [{**self._place, "first": first, "last": last} for first, last in change.opened],
            )
        gaps = gaps_of(self._connection, batch.terminal, batch.epoch)
        return gaps[0][0] - 1 if gaps else max(held.highest, batch.last), gaps

    def _head(self, held: _Held, high_water: int) -> bytes | None:
        """Return the hash of event `high_water`; None where it is set aside or nothing is held."""
        last = self._batch.events[-1] if self._batch.events else None
        if last is not None and last.seq == high_water > held.highest:
            return last.hash
        if high_water == held.high_water and held.head is not None:
            return bytes(held.head)
        return self._hash(high_water)

    def _hash(self, seq: int) -> bytes | None:
        """Return the hash of the event in this place; None where there is none."""
        found = self._connection.execute(
            sa.select(EVENT.c.hash).where(*self._of(EVENT), EVENT.c.seq == seq)
        ).scalar()
        return None if found is None else bytes(found)
