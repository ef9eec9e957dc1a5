"""The centre's word on receipts: each that it holds, as of when it first held it, and no other."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.sync.uplink import UplinkState
from edge.wire.ack import AlarmCode
from edge.wire.segment import Segment, gather, sign_segment
from edge.wire.segment_answer import MAX_ANCHORS, MAX_ANSWER, SegmentAnswer
from provisioning.receipts import Given, Standing, examine
from tests.edge.log.made import (
    START,
    check_in,
    copy_log,
    fill,
    make_log,
    moment,
    receipt,
    verification,
)
from tests.provisioning.centre.made import Centre, signed
from tests.provisioning.centre.receipts_made import hand_out, open_day, said
from tests.provisioning.centre.test_segments import acked
from verify.receipt_anchor import Anchored

DAY = timedelta(days=1)


def part(log: EventLog, identity: TerminalIdentity, first: int, last: int) -> str:
    """Return the events `first` to `last` as a signed segment."""
    segment = gather(log.events(after=first - 1, limit=last - first + 1))
    assert segment is not None
    return sealed(segment, identity)


def sealed(segment: Segment, identity: TerminalIdentity) -> str:
    """Return a segment as its terminal signs it."""
    assert identity.certificate is not None
    return sign_segment(segment, identity.key, identity.certificate)


def test_receipt_is_anchored(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """What `tramthe receipt verify --ack` is given then says `anchored`."""
    event = hand_out(log, identity, open_day(log))
    assert event.tag is not None
    status, body = centre.post(signed(log, identity))
    answer = SegmentAnswer.from_bytes(body.encode())
    (compact,) = answer.anchors
    assert status == 200
    key = centre.sign_key.public_key()
    assert Anchored.from_compact(compact, lambda _: key) == Anchored(event.tag, START)
    given = Given(authorities=[centre.ca.certificate], anchor=compact, centre=[key])
    assert examine(log.body(event)["receipt"], given).standing is Standing.ANCHORED


def test_there_and_back(
    centre: Centre, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """A terminal's own way up brings the word home; lost with the log, it comes again as it was."""
    day = open_day(log)
    events = [hand_out(log, identity, day, number) for number in range(3)]
    copy = make_log(copy_log(log.path, tmp_path / "copy.db"))
    assert centre.uplink(log, identity).run_once(moment(10)).state is UplinkState.UP_TO_DATE
    centre.now += DAY
    assert centre.uplink(copy, identity).run_once(moment(20)).state is UplinkState.UP_TO_DATE
    key = centre.sign_key.public_key()
    for event in events:
        words = [one.anchor(event.tag or b"") or "" for one in (log, copy)]
        assert {Anchored.from_compact(word, lambda _: key).at for word in words} == {START}
    assert (log.unanchored(), copy.unanchored()) == ((), ())
    copy.close()


def test_without_a_receipt_nothing_follows(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """The answer is the acknowledgement alone, byte for byte as a compact JWS."""
    verification(log, open_day(log), 1)
    response = centre.app.test_client().post("/v1/segments", data=signed(log, identity))
    assert response.mimetype == "application/jose"
    assert b"\n" not in response.data
    hand_out(log, identity, log.open_contexts()[-1])
    response = centre.app.test_client().post("/v1/segments", data=signed(log, identity))
    assert response.mimetype == "application/jose-lines"
    assert response.data.count(b"\n") == 2


def test_as_of_when_it_first_came(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """However late and with whatever else it comes again, after a restart too."""
    day = open_day(log)
    first = hand_out(log, identity, day)
    before = said(centre, signed(log, identity))
    centre.now += DAY
    centre.stop()
    centre.start()
    second = hand_out(log, identity, day, 1)
    both = said(centre, part(log, identity, first.seq, second.seq))
    assert [one.receipt for one in both] == [first.tag, second.tag]
    assert [one.at for one in both] == [START, START + DAY]
    assert both[:1] == before
    centre.now += DAY
    assert said(centre, signed(log, identity)) == both
    assert said(centre, part(log, identity, second.seq, second.seq)) == both[1:]


def test_had_it_for_certain(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """An anchor names whole seconds: the first one at which the event was held."""
    centre.now += timedelta(milliseconds=1)
    hand_out(log, identity, open_day(log))
    (one,) = said(centre, signed(log, identity))
    assert one.at == START + timedelta(seconds=1)


def test_later_events_first(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """A receipt behind a gap is in its place, and anchored."""
    event = hand_out(log, identity, open_day(log))
    (one,) = said(centre, part(log, identity, event.seq, event.seq))
    assert one.receipt == event.tag


def test_set_aside_then_whole(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """What cannot be believed gets no word; when it comes whole, as of then."""
    day = open_day(log)
    spoilt, good = hand_out(log, identity, day), hand_out(log, identity, day, 1)
    segment = gather(log.events())
    assert segment is not None
    events = [
        {**one, "tag": "A" * 43} if one["seq"] == spoilt.seq else one for one in segment.events
    ]
    broken = sealed(replace(segment, events=tuple(events)), identity)
    assert [one.receipt for one in said(centre, broken)] == [good.tag]
    centre.now += DAY
    found = said(centre, sealed(segment, identity))
    assert [(one.receipt, one.at) for one in found] == [
        (spoilt.tag, START + DAY),
        (good.tag, START),
    ]
    assert [one.receipt for one in said(centre, broken)] == [good.tag]


def test_another_receipt_under_a_number(
    centre: Centre, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """A clone's receipt gets no word; the first one keeps its own."""
    day = open_day(log)
    copy = make_log(copy_log(log.path, tmp_path / "clone.db"))
    mine = hand_out(log, identity, day)
    theirs = hand_out(copy, identity, day, 5)
    assert mine.seq == theirs.seq
    assert [one.receipt for one in said(centre, signed(log, identity))] == [mine.tag]
    assert said(centre, signed(copy, identity)) == ()
    ack = acked(centre, signed(log, identity))
    assert AlarmCode.SEQ_REUSED in {alarm.code for alarm in ack.alarms}
    assert [one.receipt for one in said(centre, signed(log, identity))] == [mine.tag]
    copy.close()


def test_more_than_one_answer_carries(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """The lowest numbers come first, within the answer's limit; asked for, the others too."""
    day = open_day(log)
    of = verification(log, day, 1)
    events = [receipt(log, day, of, f"e30.{number}.AAAA") for number in range(MAX_ANCHORS + 5)]
    status, body = centre.post(signed(log, identity))
    assert status == 200
    assert len(body) < MAX_ANSWER
    first = said(centre, signed(log, identity))
    assert [one.receipt for one in first] == [event.tag for event in events[:MAX_ANCHORS]]
    left = said(centre, part(log, identity, events[MAX_ANCHORS].seq, events[-1].seq))
    assert [one.receipt for one in left] == [event.tag for event in events[MAX_ANCHORS:]]


def test_tags_of_people_are_nobodys_receipts(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """Whatever else carries a tag is not anchored."""
    check_in(log, fill(log, 2), 7)
    verification(log, open_day(log), 1)
    assert said(centre, signed(log, identity)) == ()


def test_refused_is_not_anchored(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """Nothing is said of a segment that is not from one of our terminals."""
    hand_out(log, identity, open_day(log))
    centre.now += timedelta(days=4000)
    status, body = centre.post(signed(log, identity))
    assert status == 403
    assert "receipt-anchor" not in body
    assert json.loads(body)["next_step"]
