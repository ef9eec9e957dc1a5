"""Real receipts in a terminal's log, and what a centre says of them."""

from __future__ import annotations

from dataclasses import replace

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.event import Event
from edge.wire.segment_answer import SegmentAnswer
from tests.edge.log.made import moment, receipt, verification
from tests.provisioning.centre.made import Centre
from tests.provisioning.test_receipts import RECEIPT
from verify import jws, receipt_jws
from verify.receipt import Place
from verify.receipt_anchor import Anchored


def open_day(log: EventLog) -> str:
    """Open a counter's day and return it."""
    return log.open_context({"kind": "counter"}, moment())


def hand_out(log: EventLog, identity: TerminalIdentity, day: str, number: int = 0) -> Event:
    """Judge a card, sign the receipt for it as a terminal does, and record both."""
    of = verification(log, day, number)
    place = Place(log.terminal, of.epoch, of.seq, of.hash)
    made = replace(RECEIPT, place=place, moment=of.moment)
    assert identity.certificate is not None
    compact = jws.sign(
        receipt_jws.to_payload(made),
        typ=receipt_jws.TYP,
        key=identity.key,
        x5c=(identity.certificate,),
    )
    return receipt(log, day, of, compact)


def said(centre: Centre, compact: str) -> tuple[Anchored, ...]:
    """Send a segment that is taken, and return the anchors that came, their signatures checked."""
    status, body = centre.post(compact)
    assert status == 200, body
    lines = SegmentAnswer.from_bytes(body.encode()).anchors
    return tuple(
        Anchored.from_compact(line, lambda _: centre.sign_key.public_key()) for line in lines
    )
