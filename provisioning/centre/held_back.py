"""What of a segment is held back because of its terminal's state, though it is well-formed.

Lives here: sorting one batch by the registry's answer. Not here: that answer (`fleet.admission`),
putting aside (`store`), letting go (`release`).

Of a terminal that is lost, nothing beyond the last acknowledged head is believed, whatever its
time: whoever has the key sets the clock too. So nothing new is put in its place. Of one that was
retired, what it had written until then is taken, however late it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from edge.wire.ack import AlarmCode
from provisioning.centre.batch import Batch, EventRow, SetAside
from provisioning.centre.door import Door
from provisioning.centre.tables import EVENT
from provisioning.errors import SegmentRefused
from provisioning.fleet.admission import Trust, admission, turned_away


def held_back(
    connection: sa.Connection, batch: Batch, *, connected: bool
) -> tuple[Batch, list[SetAside]]:
    """Return the batch without what is held back, and that.

    `connected`: it came by the door that asks for a certificate. Raises SegmentRefused,
    CertificateEnded where nothing of it is taken.
    """
    found = admission(connection, batch.terminal, batch.key)
    if found.connects:
        return batch, []
    if found.trust is Trust.NONE or connected:
        door = Door.MUTUAL if connected else Door.LAPSED
        raise turned_away(found, door, SegmentRefused)
    if found.trust is Trust.PAST:
        until = found.until or ""
        return _sort(batch, AlarmCode.TERMINAL_RETIRED, lambda row: row.at <= until)
    held = _held(connection, batch)
    return _sort(batch, AlarmCode.TERMINAL_LOST, lambda row: row.seq in held)


def _sort(
    batch: Batch, why: AlarmCode, believed: Callable[[EventRow], bool]
) -> tuple[Batch, list[SetAside]]:
    events = [row for row in batch.events if believed(row)]
    back = [SetAside(row.seq, why, row.data) for row in batch.events if not believed(row)]
    return replace(batch, events=events), back


def _held(connection: sa.Connection, batch: Batch) -> frozenset[int]:
    """Return the numbers that have an event in their place: one that differs is a clash (`store`).

    All up to the last acknowledged head are among them, or set aside.
    """
    query = sa.select(EVENT.c.seq).where(
        EVENT.c.terminal == batch.terminal,
        EVENT.c.epoch == batch.epoch,
        EVENT.c.seq.between(batch.first, batch.last),
    )
    return frozenset(connection.execute(query).scalars())
