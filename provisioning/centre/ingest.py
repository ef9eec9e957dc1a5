"""Is a segment from one of our terminals, and which of its events can be believed.

Lives here: the signature's chain to a terminal authority, each event against its own hash and
its neighbours. Not here: what is held already (`store`), HTTP (`app`).

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

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge.errors import WireMalformed
from edge.wire.ack import Alarm, AlarmCode
from edge.wire.event import Event
from edge.wire.segment import Segment, open_segment
from provisioning.centre.store import Batch, SetAside
from provisioning.errors import SegmentRefused
from verify import certificate, jws, path
from verify.certificate import Certificate
from verify.errors import VerifyError

_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"  # RFC 5280 section 4.2.1.12


def examine(compact: str, anchors: Sequence[bytes], at: datetime) -> Batch:
    """Return what a segment brings, sorted into events, things set aside and alarms.

    `anchors` are the terminal authorities' certificates, DER. Raises SegmentRefused.
    """
    signer: list[bytes] = []

    def key_for(header: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
        if len(header.x5c) != 1:
            raise _refused("A segment carries its terminal's certificate and no other.")
        _check_certificate(header.x5c[0], anchors, at)
        signer.append(header.x5c[0])
        return jws.certificate_key(header.x5c[0])

    try:
        segment = open_segment(compact, key_for)
    except (VerifyError, WireMalformed) as error:
        raise _refused(error.message) from error
    if terminal_name(signer[0]) != segment.terminal:
        raise _refused("A segment speaks for another terminal than its signer.")
    return _sort(segment)


def terminal_name(der: bytes) -> str:
    """Return the terminal's id: the one common name of its certificate. Raises SegmentRefused."""
    try:
        names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(
            NameOID.COMMON_NAME
        )
    except ValueError as error:
        raise _refused("The terminal's certificate cannot be read.") from error
    if len(names) != 1 or not isinstance(names[0].value, str):
        raise _refused("The terminal's certificate does not name one terminal.")
    return names[0].value


def _check_certificate(der: bytes, anchors: Sequence[bytes], at: datetime) -> None:
    """Check issuer, dates and uses (RFC 5280 section 6.1, one certificate below the anchor)."""
    terminal = certificate.parse(der)
    authorities = [certificate.parse(anchor) for anchor in anchors]
    chains = path.find(terminal, (), authorities).chains
    if not any(_may_issue(chain.anchor, at) for chain in chains):
        raise _refused("No terminal authority known here issued the terminal's certificate.")
    if not terminal.not_before <= at <= terminal.not_after:
        raise _refused("The terminal's certificate is not valid at this time.")
    if terminal.is_ca or terminal.unknown_critical:
        raise _refused("The terminal's certificate is not one for a terminal.")
    if terminal.key_usage is None or "digital_signature" not in terminal.key_usage:
        raise _refused("The terminal's certificate is not for signatures.")
    if terminal.extended_key_usage is None or _CLIENT_AUTH not in terminal.extended_key_usage:
        raise _refused("The terminal's certificate is not for a terminal's connections.")


def _may_issue(anchor: Certificate, at: datetime) -> bool:
    return (
        anchor.is_ca is True
        and anchor.key_usage is not None
        and "key_cert_sign" in anchor.key_usage
        and not anchor.unknown_critical
        and anchor.not_before <= at <= anchor.not_after
    )


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
