"""What one segment brings, between its examination (`ingest`) and its keeping (`store`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from edge.wire.ack import Alarm, AlarmCode
from edge.wire.event import Event


class EventRow(NamedTuple):
    """A believable event as it is kept: `data` is its canonical form."""

    seq: int
    hash: bytes
    prev: bytes
    kind: str
    at: str
    data: bytes

    @classmethod
    def of(cls, event: Event) -> EventRow:
        """Return the row of an event."""
        return cls(event.seq, event.hash, event.prev, event.kind, event.at, event.to_bytes())


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something under number `seq` that is no believable event, and why not."""

    seq: int
    why: AlarmCode
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Numbers `first` to `last` of one epoch, each either in `events` or in `aside`.

    `prev` is the hash before `first`.
    """

    terminal: str
    epoch: str
    first: int
    last: int
    prev: bytes = field(repr=False)
    events: Sequence[EventRow] = field(repr=False)
    aside: Sequence[SetAside] = field(default=(), repr=False)
    alarms: Sequence[Alarm] = ()
    key: str = ""
    """Fingerprint of the key that signed it (`fleet.registry.key_fingerprint`)."""
