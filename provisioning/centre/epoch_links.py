"""What each epoch of a terminal follows, kept: the row that says it, the alarm and its end.

Lives here: looking at the terminals whose epochs want it. Not here: the rules (`lineage`), when it
is done (`quiet_work`), pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from edge.wire.ack import AlarmCode
from edge.wire.canonical import to_base64url
from edge.wire.event import timestamp
from edge.wire.kinds import EventKind
from provisioning.centre.database import Database
from provisioning.centre.lineage import (
    EPOCH_UNLINKED,
    FOLLOWS,
    GRACE,
    Begun,
    Place,
    Standing,
    Verdict,
    judge,
)
from provisioning.centre.office_tables import EPOCH_LINK, SETTLED
from provisioning.centre.people.audit import CONSOLE
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, EVENT, POSTGRESQL

AGAIN = timedelta(hours=1)
"""Between two looks for what is missing; its terminal's events are read for each."""
AT_ONCE = 100
"""Terminals looked at in one turn."""
LOCK = 0x7472616D6C696E
"""Key of PostgreSQL's advisory lock, held while what was found is written."""


def catch_up(database: Database, at: datetime, at_once: int = AT_ONCE) -> bool:
    """Look at the next terminals whose epochs want it; return whether there may be more.

    Several processes may do it at the same time. Raises CentreStoreUnavailable.
    """
    with database.reading() as connection:
        changes = [
            change
            for terminal in _due(connection, at, at_once)
            for change in _changes(database, connection, terminal, at)
        ]
    if not changes:
        return False
    with database.writing() as connection:
        if connection.dialect.name == POSTGRESQL:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        for change in changes:
            _keep(connection, database, change, at)
    return True


@dataclass(frozen=True, slots=True)
class _Change:
    """A verdict on its way to the epoch's row. `seen`: events of other epochs when it was made."""

    terminal: str
    begun: Begun
    verdict: Verdict
    seen: int

    @property
    def raises(self) -> bool:
        """Return whether an alarm is raised by it."""
        return Standing.UNLINKED is self.verdict.standing is not self.begun.standing

    @property
    def mends(self) -> bool:
        """Return whether what was missing has come."""
        return (self.begun.standing, self.verdict.standing) == (Standing.UNLINKED, Standing.LINKED)

    def look_at(self, at: datetime) -> str | None:
        """Return when to look again, None where that is never."""
        if self.verdict.certain:
            return None
        soon = at + AGAIN
        if self.verdict.standing is Standing.WAITING:
            soon = min(soon, datetime.fromisoformat(self.begun.since) + GRACE)
        return timestamp(soon)


def _due(connection: sa.Connection, at: datetime, at_once: int) -> list[str]:
    """Return terminals with an epoch that was never looked at, or is to be looked at again."""
    fresh = (
        sa.select(EPOCH.c.terminal)
        .outerjoin(EPOCH_LINK, _same_epoch(EPOCH_LINK))
        .join(EVENT, sa.and_(_same_epoch(EVENT), EVENT.c.seq == 1))
        .where(EPOCH_LINK.c.terminal.is_(None))
        .limit(at_once)
    )
    again = (
        sa.select(EPOCH_LINK.c.terminal)
        .where(EPOCH_LINK.c.look_at <= timestamp(at))
        .order_by(EPOCH_LINK.c.look_at)
        .limit(at_once)
    )
    both = {name for query in (fresh, again) for name in connection.execute(query).scalars()}
    return sorted(both)


def _changes(
    database: Database, connection: sa.Connection, terminal: str, at: datetime
) -> list[_Change]:
    """Return what a look at a terminal's epochs finds."""
    rows = connection.execute(_BEGUN, {"terminal": terminal}).all()
    held = {row.epoch: row.events + row.aside for row in rows}
    total = sum(held.values())
    begun: list[Begun] = []
    for row in rows:
        if row.kind is None:
            continue
        one = Begun(
            row.epoch, row.kind, bytes(row.prev), row.received_at,
            None if row.standing is None else Standing(row.standing),
        )  # fmt: skip
        more = row.seen is None or row.seen != total - held[row.epoch]
        if one.kind == EventKind.EPOCH_BEGUN and one.standing not in FOLLOWS and more:
            after = _event_before(database, connection, terminal, one, rows)
            one = replace(one, after=after)
        begun.append(one)
    known = {one.epoch: one for one in begun}
    settled = {row.epoch for row in rows if row.standing is not None and row.look_at is None}
    return [
        _Change(terminal, known[epoch], verdict, total - held[epoch])
        for epoch, verdict in judge(terminal, begun, at).items()
        if epoch not in settled
    ]


def _event_before(
    database: Database,
    connection: sa.Connection,
    terminal: str,
    one: Begun,
    rows: Iterable[sa.Row[Any]],
) -> Place | None:
    """Return the event of another epoch that this one begins from, in its place or beside it.

    Newest first: that is where an epoch is left. One beside its place was written by a copy of the
    log that somebody put back, and has its alarm.
    """
    for row in rows:
        if row.epoch == one.epoch:
            continue
        if row.head is not None and bytes(row.head) == one.prev:
            return row.epoch, row.high_water
        seq = connection.execute(
            sa.select(EVENT.c.seq)
            .where(
                EVENT.c.terminal == terminal, EVENT.c.epoch == row.epoch, EVENT.c.hash == one.prev
            )
            .order_by(EVENT.c.seq.desc())
            .limit(1)
        ).scalar()
        if seq is not None:
            return row.epoch, int(seq)
    reused = connection.execute(
        sa.select(ASIDE.c.epoch, ASIDE.c.seq)
        .where(
            ASIDE.c.terminal == terminal,
            ASIDE.c.epoch != one.epoch,
            ASIDE.c.why == AlarmCode.SEQ_REUSED.value,
            database.containing(ASIDE.c.data, f'"hash":"{to_base64url(one.prev)}"'.encode()),
        )
        .limit(1)
    ).one_or_none()
    return None if reused is None else (reused.epoch, int(reused.seq))


def _keep(connection: sa.Connection, database: Database, change: _Change, at: datetime) -> None:
    """Say in the epoch's row what was found, and raise or end its alarm.

    Nothing where another process has said something meanwhile: the next turn looks again.
    """
    place = {"terminal": change.terminal, "epoch": change.begun.epoch}
    if not _say(connection, database, place, change, at):
        return
    if change.raises:
        # The epoch's row is locked first, as a segment does.
        of = sa.and_(*(EPOCH.c[name] == value for name, value in place.items()))
        connection.execute(sa.update(EPOCH).where(of).values(alarms=EPOCH.c.alarms + 1))
        alarm = {**place, "seq": 1, "code": EPOCH_UNLINKED}
        connection.execute(sa.insert(ALARM).values(**alarm, raised_at=timestamp(at)))
    if change.mends and change.verdict.after is not None:
        ended = {**place, "seq": 1, "code": EPOCH_UNLINKED, "at": timestamp(at)}
        note = " ".join(str(part) for part in change.verdict.after)
        settled = database.insert(SETTLED).values(**ended, operator=CONSOLE, note=note)
        connection.execute(settled.on_conflict_do_nothing())


def _say(
    connection: sa.Connection,
    database: Database,
    place: dict[str, str],
    change: _Change,
    at: datetime,
) -> bool:
    """Write the epoch's row; False where it is not as it was when the epoch was looked at."""
    verdict, before = change.verdict, change.begun.standing
    if (
        verdict.standing is Standing.FIRST
        and connection.execute(
            sa.select(EPOCH_LINK.c.epoch).where(
                EPOCH_LINK.c.terminal == change.terminal,
                EPOCH_LINK.c.standing == Standing.FIRST.value,
            )
        ).first()
    ):
        return False
    after_epoch, after_seq = verdict.after or (None, None)
    values = {
        "standing": verdict.standing.value,
        "after_epoch": after_epoch,
        "after_seq": after_seq,
        "seen": change.seen,
        "look_at": change.look_at(at),
    }
    if before is None:
        fresh = database.insert(EPOCH_LINK).values(**place, **values).on_conflict_do_nothing()
        return connection.execute(fresh.returning(EPOCH_LINK.c.epoch)).first() is not None
    as_read = (*(EPOCH_LINK.c[name] == value for name, value in place.items()),
               EPOCH_LINK.c.standing == before.value)  # fmt: skip
    return connection.execute(sa.update(EPOCH_LINK).where(*as_read).values(**values)).rowcount == 1


def _same_epoch(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.terminal == EPOCH.c.terminal, table.c.epoch == EPOCH.c.epoch)


_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    EPOCH.c.epoch,
    EPOCH.c.events,
    EPOCH.c.aside,
    EPOCH.c.high_water,
    EPOCH.c.head,
    EVENT.c.kind,
    EVENT.c.prev,
    EVENT.c.received_at,
    EPOCH_LINK.c.standing,
    EPOCH_LINK.c.seen,
    EPOCH_LINK.c.look_at,
)
_BEGUN = (
    sa.select(*_COLUMNS)
    .select_from(
        EPOCH.outerjoin(EVENT, sa.and_(_same_epoch(EVENT), EVENT.c.seq == 1)).outerjoin(
            EPOCH_LINK, _same_epoch(EPOCH_LINK)
        )
    )
    .where(EPOCH.c.terminal == sa.bindparam("terminal"))
    .order_by(EPOCH.c.last_seen.desc(), EPOCH.c.epoch)
)
"""A terminal's epochs, the newest first: event 1 where it is held, what was found out before."""
