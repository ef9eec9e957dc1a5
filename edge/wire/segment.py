"""A segment: a run of consecutive events, signed by the terminal, on its way to the centre.

Lives here: the payload's form, its caps and its signature. Not here: which events go next
(`edge.sync.plan`), and whether the signer is one of our terminals (`provisioning.centre`).
Form: compact JWS (ES256, `x5c` the terminal's certificate) over {terminal, epoch, first, last,
count, prev, head, events}; `prev` is the hash before the first event, `head` that of the last.

Events stay JSON objects here: one that is malformed must not take its neighbours with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire import canonical
from edge.wire.canonical import from_base64url, malformed, to_base64url
from edge.wire.event import HASH_SIZE, Event, check_epoch, check_terminal
from verify import jws

TYP = "tramthe-segment+jws"
MAX_EVENTS = 500  # per segment
MAX_SEGMENT = 1024 * 1024  # bytes of compact JWS
MAX_EVENT_BYTES = 760_000  # bytes of all events as JSON: four thirds of it fit MAX_SEGMENT

_KEYS = frozenset({"terminal", "epoch", "first", "last", "count", "prev", "head", "events"})


@dataclass(frozen=True, slots=True)
class Segment:
    """Events `first` to `last` of one epoch; `events[i]` claims to be number first + i."""

    terminal: str
    epoch: str
    first: int
    prev: bytes = field(repr=False)
    head: bytes
    events: tuple[Mapping[str, Any], ...] = field(repr=False)

    @property
    def last(self) -> int:
        """Return the number of the last event."""
        return self.first + len(self.events) - 1

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that is signed."""
        return {
            "terminal": self.terminal,
            "epoch": self.epoch,
            "first": self.first,
            "last": self.last,
            "count": len(self.events),
            "prev": to_base64url(self.prev),
            "head": to_base64url(self.head),
            "events": [dict(event) for event in self.events],
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Segment:
        """Return the segment of a JSON object, its events unexamined. Raises WireMalformed."""
        if set(payload) != _KEYS:
            raise malformed("The segment has not exactly the documented fields.")
        events = payload["events"]
        if not isinstance(events, list) or not 1 <= len(events) <= MAX_EVENTS:
            raise malformed(f"A segment carries 1 to {MAX_EVENTS} events.")
        if not all(isinstance(event, dict) for event in events):
            raise malformed("The segment's events are not objects.")
        segment = cls(
            terminal=check_terminal(payload["terminal"]),
            epoch=check_epoch(payload["epoch"]),
            first=canonical.integer(payload["first"], what="The first number", least=1),
            prev=_hash(payload["prev"]),
            head=_hash(payload["head"]),
            events=tuple(events),
        )
        count = canonical.integer(payload["count"], what="The count")
        last = canonical.integer(payload["last"], what="The last number")
        if (count, last) != (len(events), segment.last):
            raise malformed("The segment's count and numbers do not agree.")
        return segment


def gather(events: Iterable[Event]) -> Segment | None:
    """Return a segment of as many of these consecutive events as the caps allow, None for none."""
    chosen: list[Event] = []
    size = 0
    for event in events:
        size += len(event.to_bytes()) + 1
        if chosen and (len(chosen) == MAX_EVENTS or size > MAX_EVENT_BYTES):
            break
        chosen.append(event)
    return _segment(chosen) if chosen else None


def _segment(events: Sequence[Event]) -> Segment:
    first = events[0]
    return Segment(
        terminal=first.terminal,
        epoch=first.epoch,
        first=first.seq,
        prev=first.prev,
        head=events[-1].hash,
        events=tuple(event.to_object() for event in events),
    )


def sign_segment(segment: Segment, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> str:
    """Return the compact JWS; `certificate` is the terminal's own, DER."""
    return jws.sign(segment.to_payload(), typ=TYP, key=key, x5c=(certificate,))


def open_segment(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> Segment:
    """Return the segment in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    return Segment.from_payload(jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_SEGMENT))


def _hash(value: object) -> bytes:
    data = from_base64url(value, max_size=HASH_SIZE, what="A hash")
    if len(data) != HASH_SIZE:
        raise malformed("A hash of the chain has not 32 bytes.")
    return data
