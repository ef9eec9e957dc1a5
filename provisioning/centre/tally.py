"""Meetings and attendance as figures, counted from what events say in the clear.

Lives here: the count of one meeting (a pure fold), and keeping the table `meeting` up with the
events. Not here: when it is done (`quiet_work`), the pages (`pages.meetings`), the questions
(`meetings`).

No body is opened: kind, outcome, tag and time stand in an event's header, and a tag tells the same
person again within a meeting without saying who it is (docs/events.md, sections 5 and 7). So the
figures are what was recorded; who was summoned and did not come is known where the desk said so.
A practice meeting never comes here. The signed sheet of a meeting decides where the two differ.
A counter's day, or a batch of new cards, is a context too, and no meeting: the kinds of its events
tell. One in which nothing has happened yet cannot be told from a meeting to which nobody came.

Events are taken up to an epoch's high water, in order and once. A meeting that got new events is
counted anew from all of its own, which lie between two numbers at each of its doors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from edge.wire.kinds import AT_COUNTER, AbsenceOutcome, EventKind
from provisioning.centre.attendance import Attendance
from provisioning.centre.database import Database
from provisioning.centre.local_time import day_of
from provisioning.centre.office_tables import DOOR, MEETING, TALLIED
from provisioning.centre.tables import EPOCH, EVENT, POSTGRESQL

AT_ONCE = 2000
"""Events taken in one transaction."""
LOCK = 0x7472616D74616C
"""Key of PostgreSQL's advisory lock, held by the process that counts."""


@dataclass(frozen=True, slots=True)
class Header:
    """What one event says in the clear."""

    kind: str
    at: str
    context: str | None
    outcome: str | None
    tag: str | None
    terminal: str
    seq: int

    @classmethod
    def of(cls, data: bytes) -> Header:
        """Read the canonical form of a believable event."""
        found = json.loads(data)
        return cls(*(found[name] for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Figures(Attendance):
    """A meeting, counted."""

    terminal: str
    opened_at: str
    closed_at: str | None
    doors: int

    @property
    def day(self) -> str:
        """Return the day of its opening in Vietnam, as ISO text."""
        return day_of(self.opened_at)


# Outcomes of `check-in` (docs/events.md, section 5).
_ADMITTED, _UNCONFIRMED = "ADMITTED", "UNCONFIRMED"
_REFUSED = frozenset({"REFUSED", "NOT_EXPECTED", "NOT_ENTITLED"})


def is_meeting(headers: Iterable[Header]) -> bool:
    """Tell whether a context's events are a meeting's, and not a counter's or a batch's."""
    return all(one.kind not in AT_COUNTER for one in headers)


def count(headers: Iterable[Header]) -> Figures:
    """Return the figures of one meeting's events, from all of its doors. ValueError for none.

    The last word about a person holds: who was absent and came is present; whose entry was taken
    back is neither, until another one follows.
    """
    ordered = sorted(headers, key=lambda one: (one.at, one.terminal, one.seq))
    if not ordered:
        raise ValueError("a meeting has events")
    opening = next((one for one in ordered if one.kind == EventKind.CONTEXT_OPENED), ordered[0])
    closed = [one.at for one in ordered if one.kind == EventKind.CONTEXT_CLOSED]
    here: dict[str, bool] = {}
    """Tag to whether by hand."""
    away: dict[str, str | None] = {}
    undecided: set[str] = set()
    left: set[str] = set()
    refused = 0
    for one in ordered:
        tag = one.tag or ""
        match one.kind:
            case EventKind.CHECK_IN if one.outcome in _REFUSED:
                refused += 1
            case EventKind.CHECK_IN if one.outcome == _UNCONFIRMED:
                undecided.add(tag)
            case EventKind.CHECK_IN if one.outcome != _ADMITTED:
                continue
            case EventKind.CHECK_IN | EventKind.CONFIRMED | EventKind.HAND_ENTRY:
                here[tag] = one.kind == EventKind.HAND_ENTRY
                away.pop(tag, None)
                left.discard(tag)
            case EventKind.ABSENCE:
                away[tag] = one.outcome
            case EventKind.DEPARTURE:
                left.add(tag)
            case EventKind.WITHDRAWN | EventKind.ANNULLED:
                for known in (here, away):
                    known.pop(tag, None)
                left.discard(tag)
                undecided.discard(tag)
            case _:
                continue
    absent = [outcome for tag, outcome in away.items() if tag not in here]
    by_hand = sum(here.values())
    return Figures(
        terminal=opening.terminal,
        opened_at=opening.at,
        closed_at=max(closed) if closed else None,
        doors=len({one.terminal for one in ordered}),
        present=len(here),
        by_card=len(here) - by_hand,
        by_hand=by_hand,
        left_early=len(left & here.keys()),
        excused=absent.count(AbsenceOutcome.EXCUSED),
        unexcused=absent.count(AbsenceOutcome.UNEXCUSED),
        exempt=absent.count(AbsenceOutcome.EXEMPT),
        undecided=len(undecided - here.keys()),
        refused=refused,
    )


def catch_up(database: Database, at_once: int = AT_ONCE) -> bool:
    """Take the next events into the figures; return whether there may be more.

    One process of a centre does it at a time. Raises CentreStoreUnavailable.
    """
    with database.reading() as connection:
        if _pending(connection) is None:
            return False
    with database.writing() as connection:
        if (
            connection.dialect.name == POSTGRESQL
            and not connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))).scalar()
        ):
            return False
        pending = _pending(connection)
        if pending is None:
            return False
        _take(connection, pending, at_once)
    return True


def _pending(connection: sa.Connection) -> sa.RowMapping | None:
    """Return an epoch with events that the figures do not have yet."""
    done = sa.func.coalesce(TALLIED.c.seq, 0)
    query = (
        sa.select(EPOCH.c.terminal, EPOCH.c.epoch, EPOCH.c.high_water, done.label("done"))
        .outerjoin(
            TALLIED,
            sa.and_(TALLIED.c.terminal == EPOCH.c.terminal, TALLIED.c.epoch == EPOCH.c.epoch),
        )
        .where(EPOCH.c.high_water > done)
        .limit(1)
    )
    return connection.execute(query).mappings().one_or_none()


def _take(connection: sa.Connection, pending: sa.RowMapping, at_once: int) -> None:
    terminal, epoch = pending["terminal"], pending["epoch"]
    first = pending["done"] + 1
    last = min(pending["high_water"], pending["done"] + at_once)
    found: dict[str, list[int]] = {}
    for header in _headers(connection, terminal, epoch, first, last):
        if header.context is not None:
            span = found.setdefault(header.context, [header.seq, header.seq])
            span[1] = header.seq
    place = {"terminal": terminal, "epoch": epoch}
    for context, (start, end) in found.items():
        _put(connection, DOOR, {"context": context, **place}, {"last": end}, {"first": start})
        figures = _counted(connection, context)
        if figures is None:
            connection.execute(sa.delete(MEETING).where(MEETING.c.context == context))
        else:
            values = asdict(figures) | {"day": figures.day}
            _put(connection, MEETING, {"context": context}, values)
    _put(connection, TALLIED, place, {"seq": last})


def _headers(
    connection: sa.Connection, terminal: str, epoch: str, first: int, last: int
) -> Iterable[Header]:
    query = (
        sa.select(EVENT.c.data)
        .where(
            EVENT.c.terminal == terminal, EVENT.c.epoch == epoch, EVENT.c.seq.between(first, last)
        )
        .order_by(EVENT.c.seq)
    )
    return (Header.of(bytes(row[0])) for row in connection.execute(query))


def _counted(connection: sa.Connection, context: str) -> Figures | None:
    """Return a meeting's figures, counted from all of its events; None for no meeting."""
    doors = connection.execute(sa.select(*DOOR.c).where(DOOR.c.context == context)).all()
    headers = [
        header
        for door in doors
        for header in _headers(connection, door.terminal, door.epoch, door.first, door.last)
        if header.context == context
    ]
    return count(headers) if is_meeting(headers) else None


def _put(
    connection: sa.Connection,
    table: sa.Table,
    key: Mapping[str, str],
    values: Mapping[str, Any],
    at_first: Mapping[str, Any] | None = None,
) -> None:
    """Set values in the row of a key; where there is none, make it, with those `at_first` too."""
    of = (table.c[name] == value for name, value in key.items())
    if not connection.execute(sa.update(table).where(*of).values(**values)).rowcount:
        connection.execute(sa.insert(table).values({**key, **values, **(at_first or {})}))
