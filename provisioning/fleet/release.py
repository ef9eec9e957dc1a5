"""Letting go what was held back of a terminal: a person looked at it and believes it.

Lives here: putting records in their places, with all that follows from it. Not here: holding back
(`provisioning.centre.held_back`, `verbs`). One epoch at a time and whole, in order of the numbers:
a number that meanwhile has another event keeps it, and the one that was held back stays aside as a
clash; where one does not follow from the record before it, the alarm for that is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from edge.wire.ack import AlarmCode
from edge.wire.event import Event, timestamp
from provisioning.centre.batch import Batch, EventRow
from provisioning.centre.database import INSERTS
from provisioning.centre.insert import insert_events
from provisioning.centre.office_tables import DOOR, TALLIED
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, EVENT
from provisioning.errors import FleetRefused
from provisioning.fleet.history import Verb, note

HELD_BACK = frozenset({AlarmCode.TERMINAL_LOST, AlarmCode.TERMINAL_RETIRED})
AT_ONCE = 500
"""Records put in their places with one statement."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is held back of one epoch."""

    epoch: str
    first: int
    last: int
    records: int
    since: str


@dataclass(frozen=True, slots=True)
class Released:
    """What came of it."""

    records: int
    """In their places now."""
    clashes: int
    """Their numbers have another event; they stay aside."""


def held(connection: sa.Connection, terminal: str) -> tuple[Held, ...]:
    """Return what is held back of a terminal, by epoch."""
    seq = ASIDE.c.seq
    query = (
        sa.select(
            ASIDE.c.epoch,
            sa.func.min(seq),
            sa.func.max(seq),
            sa.func.count(),
            sa.func.min(ASIDE.c.received_at),
        )
        .where(ASIDE.c.terminal == terminal, ASIDE.c.why.in_(HELD_BACK))
        .group_by(ASIDE.c.epoch)
        .order_by(ASIDE.c.epoch)
    )
    return tuple(Held(*row) for row in connection.execute(query))


def release(
    connection: sa.Connection, terminal: str, epoch: str, operator: str, at: datetime
) -> Released:
    """Put what is held back of an epoch in its place. Raises FleetRefused where there is none."""
    own = sa.and_(EPOCH.c.terminal == terminal, EPOCH.c.epoch == epoch)
    connection.execute(sa.select(EPOCH.c.events).where(own).with_for_update())
    query = (
        sa.select(ASIDE.c.seq, ASIDE.c.digest, ASIDE.c.data)
        .where(*_of(ASIDE, terminal, epoch), ASIDE.c.why.in_(HELD_BACK))
        .order_by(ASIDE.c.seq, ASIDE.c.received_at, ASIDE.c.digest)
    )
    rows = connection.execute(query).all()
    if not rows:
        raise FleetRefused(
            f"Nothing of this epoch of {terminal} is held back.",
            next_step=f"Look at what is: tramthe fleet show FOLDER {terminal}",
        )
    there = {row.seq: bytes(row.hash) for row in connection.execute(
        sa.select(EVENT.c.seq, EVENT.c.hash).where(
            *_of(EVENT, terminal, epoch), EVENT.c.seq.between(rows[0].seq - 1, rows[-1].seq + 1)
        )
    )}  # fmt: skip
    chosen: list[EventRow] = []
    gone: list[tuple[int, bytes]] = []
    clashing: list[tuple[int, bytes]] = []
    alarms: list[tuple[int, AlarmCode]] = []
    for row in rows:
        event = EventRow.of(Event.from_bytes(bytes(row.data)))
        place = (row.seq, bytes(row.digest))
        if there.setdefault(row.seq, event.hash) != event.hash:
            clashing.append(place)
            alarms.append((row.seq, AlarmCode.SEQ_REUSED))
            continue
        gone.append(place)
        chosen.append(event)
        before = there.get(row.seq - 1)
        if before is not None and before != event.prev:
            alarms.append((row.seq, AlarmCode.CHAIN_FORKED))
    added = sum(
        insert_events(
            connection, _batch(terminal, epoch, chosen[i : i + AT_ONCE]), timestamp(at), fresh=False
        )
        for i in range(0, len(chosen), AT_ONCE)
    )
    for seq, digest in gone:
        connection.execute(sa.delete(ASIDE).where(*_one(terminal, epoch, seq, digest)))
    for seq, digest in clashing:
        connection.execute(
            sa.update(ASIDE)
            .where(*_one(terminal, epoch, seq, digest))
            .values(why=AlarmCode.SEQ_REUSED.value)
        )
    raised = sum(_raise(connection, terminal, epoch, *alarm, at) for alarm in alarms)
    head = sa.select(EVENT.c.hash).where(
        *_of(EVENT, terminal, epoch), EVENT.c.seq == EPOCH.c.high_water
    )
    connection.execute(
        sa.update(EPOCH)
        .where(own)
        .values(
            events=EPOCH.c.events + added,
            aside=EPOCH.c.aside - len(gone),
            alarms=EPOCH.c.alarms + raised,
            head=head.scalar_subquery(),
        )
    )
    for table in (DOOR, TALLIED):  # the figures of its meetings are counted anew, from the start
        connection.execute(sa.delete(table).where(*_of(table, terminal, epoch)))
    note(connection, at, operator, Verb.RELEASED, terminal, f"{added} records of {epoch}")
    return Released(added, len(clashing))


def _of(table: sa.Table, terminal: str, epoch: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.terminal == terminal, table.c.epoch == epoch)


def _one(terminal: str, epoch: str, seq: int, digest: bytes) -> tuple[sa.ColumnElement[bool], ...]:
    return (*_of(ASIDE, terminal, epoch), ASIDE.c.seq == seq, ASIDE.c.digest == digest)


def _batch(terminal: str, epoch: str, rows: list[EventRow]) -> Batch:
    return Batch(terminal, epoch, rows[0].seq, rows[-1].seq, rows[0].prev, rows)


def _raise(
    connection: sa.Connection, terminal: str, epoch: str, seq: int, code: AlarmCode, at: datetime
) -> int:
    statement = (
        INSERTS[connection.dialect.name](ALARM)
        .values(terminal=terminal, epoch=epoch, seq=seq, code=code.value, raised_at=timestamp(at))
        .on_conflict_do_nothing()
        .returning(ALARM.c.seq)
    )
    return len(connection.execute(statement).all())
