"""Is a segment from one of our terminals, and which of its events can be believed.

Lives here: the segment's signature, each event against its own hash and its neighbours. Not here:
whose signature it is (`speaker`), the quick way through a payload in which nothing is amiss
(`read_payload`), what is held already (`store`), HTTP (`app`).

Numbered as done:
1. the signature holds under a certificate that a terminal authority issued, now valid;
2. that certificate names the terminal that the segment speaks for, and the certificate of the
   connection, where there was one, names it too;
3. each event is well-formed, of this terminal, epoch and number, and its hash fits;
   one that is not is set aside alone;
4. each follows from the one before; where not, both stay and an alarm is raised.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from edge.errors import WireMalformed
from edge.wire.ack import Alarm, AlarmCode
from edge.wire.event import Event
from edge.wire.segment import MAX_SEGMENT, TYP, Segment
from provisioning.centre import base64url
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.batch import Batch, EventRow, SetAside
from provisioning.centre.door import Door
from provisioning.centre.read_payload import begins_rightly, read_payload
from provisioning.centre.speaker import Speaker
from provisioning.errors import SegmentRefused, TerminalUnknown
from verify import jws
from verify.errors import VerifyError

NEXT_STEP = "Look at the terminal's enrolment; its records stay with it until then."


def examine(
    compact: str,
    authorities: TerminalAuthorities,
    at: datetime,
    door: Door = Door.PLAIN,
    caller: str | None = None,
) -> Batch:
    """Return what a segment brings, sorted into events, things set aside and alarms.

    `caller`: the terminal that the connection's certificate names. Raises SegmentRefused.
    """
    speaker = Speaker(authorities, at, lapsed=door is Door.LAPSED)
    try:
        payload = jws.verify_bytes(
            compact, typ=TYP, key_for=speaker.key_for, max_size=MAX_SEGMENT, decode=base64url.decode
        )
        batch = read_payload(payload)
        if batch is None:
            batch = _sort(Segment.from_payload(jws.payload_object(payload)))
        speaker.check(batch.terminal, caller)
    except (VerifyError, WireMalformed, TerminalUnknown) as error:
        raise SegmentRefused(error.message, next_step=NEXT_STEP) from error
    return replace(batch, key=speaker.key)


def _sort(segment: Segment) -> Batch:
    events: list[EventRow] = []
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
        if seq == 1 and not begins_rightly(event.kind, event.prev, segment.terminal, segment.epoch):
            alarms.append(Alarm(seq, AlarmCode.CHAIN_FORKED))
        events.append(EventRow.of(event))
        before = event.hash
    if before is not None and before != segment.head:
        alarms.append(Alarm(segment.last, AlarmCode.SEGMENT_HEAD_DIFFERS))
    return Batch(
        terminal=segment.terminal,
        epoch=segment.epoch,
        first=segment.first,
        last=segment.last,
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
