"""Is a segment from one of our terminals, and which of its events can be believed.

Lives here: the segment's signature, each event against its own hash and its neighbours. Not here:
whose certificate it is (`provisioning.terminals`), what is held already (`store`), HTTP (`app`).

Numbered as done:
1. the signature holds under a certificate that a terminal authority issued, now valid;
2. that certificate names the terminal that the segment speaks for;
3. each event is well-formed, of this terminal, epoch and number, and its hash fits;
   one that is not is set aside alone;
4. each follows from the one before; where not, both stay and an alarm is raised.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import WireMalformed
from edge.wire.ack import Alarm, AlarmCode
from edge.wire.event import Event
from edge.wire.segment import Segment, open_segment
from provisioning import terminals
from provisioning.centre.store import Batch, SetAside
from provisioning.errors import SegmentRefused, TerminalUnknown
from verify import jws
from verify.errors import VerifyError


def examine(compact: str, anchors: Sequence[bytes], at: datetime) -> Batch:
    """Return what a segment brings, sorted into events, things set aside and alarms.

    `anchors` are the terminal authorities' certificates, DER. Raises SegmentRefused.
    """
    signer: list[bytes] = []

    def key_for(header: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
        if len(header.x5c) != 1:
            raise _refused("A segment carries its terminal's certificate and no other.")
        terminals.check(header.x5c[0], anchors, at)
        signer.append(header.x5c[0])
        return jws.certificate_key(header.x5c[0])

    try:
        segment = open_segment(compact, key_for)
        named = terminals.name_of(signer[0])
    except (VerifyError, WireMalformed, TerminalUnknown) as error:
        raise _refused(error.message) from error
    if named != segment.terminal:
        raise _refused("A segment speaks for another terminal than its signer.")
    return _sort(segment)


def _sort(segment: Segment) -> Batch:
    events: list[Event] = []
    aside: list[SetAside] = []
    alarms: list[Alarm] = []
    before: bytes | None = segment.prev
    for seq, fields in enumerate(segment.events, start=segment.first):
        event = _believe(segment, seq, fields)
        if isinstance(event, AlarmCode):
            aside.append(SetAside(seq, event, _raw(fields)))
            before = None
            continue
        if before is not None and event.prev != before:
            alarms.append(Alarm(seq, AlarmCode.CHAIN_FORKED))
        events.append(event)
        before = event.hash
    if before is not None and before != segment.head:
        alarms.append(Alarm(segment.last, AlarmCode.SEGMENT_HEAD_DIFFERS))
    return Batch(
        terminal=segment.terminal,
        epoch=segment.epoch,
        first=segment.first,
        prev=segment.prev,
        events=events,
        aside=aside,
        alarms=alarms,
    )


def _believe(segment: Segment, seq: int, fields: Mapping[str, Any]) -> Event | AlarmCode:
    """Return the event, or the code of what is wrong with it."""
    try:
        event = Event.from_object(fields)
    except WireMalformed:
        return AlarmCode.EVENT_MALFORMED
    if (event.terminal, event.epoch, event.seq) != (segment.terminal, segment.epoch, seq):
        return AlarmCode.EVENT_MISPLACED
    if event.computed_hash() != event.hash:
        return AlarmCode.EVENT_HASH_DIFFERS
    return event


def _raw(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True).encode()


def _refused(message: str) -> SegmentRefused:
    return SegmentRefused(
        message, next_step="Look at the terminal's enrolment; its records stay with it until then."
    )
