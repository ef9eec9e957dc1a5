"""What the examiner sends: epochs of made events, and segments of them, good and spoilt.

Lives here: values. Not here: sending (`bench`), what a centre should say (the rules).

The events are faults that nothing happened to: no person, and no body that means anything to a
centre that opens them. They stay at the centre for ever, under the examiner's terminal.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from edge.wire import canonical
from edge.wire.canonical import to_base64url
from edge.wire.event import HASH_SIZE, Event, genesis, timestamp
from edge.wire.kinds import EventKind
from edge.wire.segment import TYP, Segment, sign_segment
from provisioning.conformance.identity import Identity
from verify.jws import COORDINATE
from verify.moment import TimeQuality

REASON = "CENTRE_CHECK"
"""The code that the examiner's events carry."""
NOWHERE = bytes(HASH_SIZE)
"""A hash that no event has."""
CONTEXT = "0" * 32
_BLANK = Event(
    terminal="x",
    epoch=CONTEXT,
    seq=1,
    kind=EventKind.FAULT,
    at="2026-01-01T00:00:00.000Z",
    quality=TimeQuality.FLOOR_ONLY,
    context=None,
    outcome=None,
    reason=REASON,
    tag=None,
    body=None,
    sealed=None,
    prev=NOWHERE,
    hash=NOWHERE,
)


def chained(event: Event, **changes: object) -> Event:
    """Return the event with fields changed and a hash that fits."""
    changed: Event = replace(event, **changes)  # type: ignore[arg-type]
    return replace(changed, hash=changed.computed_hash())


@dataclass(frozen=True, slots=True)
class Run:
    """Events 1, 2, … of one epoch, each following from the one before."""

    who: Identity
    epoch: str
    events: tuple[Event, ...] = field(repr=False)

    @classmethod
    def make(cls, who: Identity, epoch: str, count: int, at: datetime) -> Run:
        """Return a run of `count` events, a second apart."""
        made: list[Event] = []
        prev = genesis(who.terminal, epoch)
        for seq in range(1, count + 1):
            made.append(
                chained(
                    _BLANK,
                    terminal=who.terminal,
                    epoch=epoch,
                    seq=seq,
                    at=timestamp(at + timedelta(seconds=seq)),
                    prev=prev,
                )
            )
            prev = made[-1].hash
        return cls(who, epoch, tuple(made))

    def rechained(self, changes: Mapping[int, Mapping[str, object]]) -> Run:
        """Return the run with some events changed, by number, and all hashes fitting again.

        An event whose own `prev` is changed stays as it is given: there the chain forks.
        """
        made: list[Event] = []
        for event in self.events:
            changed = dict(changes.get(event.seq, {}))
            if made:
                changed.setdefault("prev", made[-1].hash)
            made.append(chained(event, **changed))
        return replace(self, events=tuple(made))

    def hash_of(self, seq: int) -> bytes:
        """Return the hash of an event."""
        return self.events[seq - 1].hash

    def segment(self, first: int, last: int) -> Segment:
        """Return the events `first` to `last` as a segment."""
        chosen = self.events[first - 1 : last]
        return Segment(
            terminal=self.who.terminal,
            epoch=self.epoch,
            first=first,
            prev=chosen[0].prev,
            head=chosen[-1].hash,
            events=tuple(event.to_object() for event in chosen),
        )

    def signed(self, first: int, last: int) -> str:
        """Return the same, signed by its terminal."""
        return signed(self.segment(first, last), self.who)


def signed(segment: Segment, who: Identity) -> str:
    """Return a segment as it is sent."""
    return sign_segment(segment, who.key, who.certificate)


def spoilt(segment: Segment, changes: Mapping[int, Mapping[str, Any]]) -> Segment:
    """Return the segment with members of some events changed, by number, their hashes as before."""
    events: Sequence[Mapping[str, Any]] = [
        {**event, **changes.get(seq, {})}
        for seq, event in enumerate(segment.events, start=segment.first)
    ]
    return replace(segment, events=tuple(events))


def by_hand(
    who: Identity,
    payload: bytes,
    *,
    typ: str = TYP,
    alg: str = "ES256",
    x5c: tuple[bytes, ...] | None = None,
    more: Mapping[str, Any] | None = None,
) -> str:
    """Return a compact JWS with anything in it, rightly signed; of algorithm none: not at all."""
    shown = (who.certificate,) if x5c is None else x5c
    header: dict[str, Any] = {"alg": alg, "typ": typ, **(more or {})}
    if shown:
        header["x5c"] = [base64.b64encode(der).decode() for der in shown]
    text = f"{to_base64url(canonical.encode(header))}.{to_base64url(payload)}"
    if alg == "none":
        return f"{text}."
    r, s = decode_dss_signature(who.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{to_base64url(r.to_bytes(COORDINATE, 'big') + s.to_bytes(COORDINATE, 'big'))}"
