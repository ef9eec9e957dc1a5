"""The centre's word on receipts at the terminal: it comes, is kept, and is asked for until then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.net.http import HttpAnswer
from edge.sync.anchors import LONGEST, SOON, Asking
from edge.sync.centre_key import CentreKey
from edge.sync.uplink import MAX_ASKED, Uplink, UplinkState
from edge.wire.event import Event
from edge.wire.kinds import EpochReason
from edge.wire.segment import MAX_EVENTS
from edge.wire.segment_answer import MAX_ANCHORS, SegmentAnswer
from provisioning.office.pki import new_key
from provisioning.receipts import Given, Standing, examine
from tests.edge.log.made import check_in, fill, make_log, moment, receipt, verification
from tests.provisioning.centre.made import KID, Centre
from tests.provisioning.centre.receipts_made import hand_out, open_day
from verify import jws
from verify.receipt_anchor import TYP, Anchored


def only_the_acknowledgement(answer: HttpAnswer) -> HttpAnswer:
    """Return an answer as of a centre that anchors nothing, or whose anchors got lost."""
    return replace(answer, body=SegmentAnswer.from_bytes(answer.body).ack.encode())


def send_in_vain(centre: Centre, uplink: Uplink) -> None:
    """Let a pass bring everything to the centre, and no anchor home."""
    centre.rewrite = only_the_acknowledgement
    uplink.run_once(moment(10))
    centre.rewrite = lambda answer: answer


class Clock:
    """Seconds that only go forward, as fast as the test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def asking(
    centre: Centre, log: EventLog, identity: TerminalIdentity, clock: Clock, segments: int = 200
) -> Uplink:
    """Return a way to the centre that asks by a clock of the test's."""
    key = CentreKey(KID, centre.sign_key.public_key())
    return Uplink(
        log,
        identity,
        centre.http,
        "http://centre/",
        key,
        segments=segments,
        asking=Asking(clock),
    )


def several(log: EventLog, count: int) -> list[Event]:
    """Record so many receipts of one verification."""
    day = open_day(log)
    of = verification(log, day, 1)
    return [receipt(log, day, of, f"e30.{number}.AAAA") for number in range(count)]


def test_it_comes_with_the_answer(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """Kept over a restart; with it the receipt is `anchored`."""
    event = hand_out(log, identity, open_day(log))
    result = uplink.run_once(moment(10))
    assert (result.state, log.unanchored(), centre.requests) == (UplinkState.UP_TO_DATE, (), 1)
    compact = log.body(event)["receipt"]
    log.close()
    again = make_log(log.path)
    word = again.anchor(event.tag or b"")
    again.close()
    key = centre.sign_key.public_key()
    given = Given(authorities=[centre.ca.certificate], anchor=word, centre=[key])
    assert examine(compact, given).standing is Standing.ANCHORED


def test_acknowledged_and_not_anchored(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """The power went before the word was kept: after the next start it is asked for, and comes.

    Sending again is no sending: what was sent is as before.
    """
    first = hand_out(log, identity, open_day(log))
    fill(log, 3)
    last = hand_out(log, identity, open_day(log))
    centre.rewrite = only_the_acknowledgement
    uplink.run_once(moment(10))
    assert log.unsent() == 0
    assert len(log.unanchored()) == 2
    centre.rewrite = lambda answer: answer
    log.close()
    again = make_log(log.path)
    requests = centre.requests
    result = centre.uplink(again, identity).run_once(moment(20))
    assert (result.state, result.sent, result.heard) == (UplinkState.UP_TO_DATE, 0, True)
    assert (again.unanchored(), centre.requests) == ((), requests + 1)
    assert again.anchor(first.tag or b"")
    assert again.anchor(last.tag or b"")
    again.close()


def test_anchored_and_not_acknowledged(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """The power went between the two: the segment goes again, the first word stays."""
    event = hand_out(log, identity, open_day(log))
    word: list[str] = []

    def keep(answer: HttpAnswer) -> HttpAnswer:
        word.extend(SegmentAnswer.from_bytes(answer.body).anchors)
        return replace(answer, status=500)

    centre.rewrite = keep
    uplink.run_once(moment(10))
    log.record_anchors({event.tag or b"": word[0]})
    centre.rewrite = lambda answer: answer
    assert uplink.run_once(moment(20)).sent == 3
    assert log.anchor(event.tag or b"") == word[0]


def test_a_centre_that_says_no_such_word(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """It is asked ever more seldom, at last once a day; when it begins to, soon again."""
    clock = Clock()
    uplink = asking(centre, log, identity, clock)
    hand_out(log, identity, open_day(log))
    centre.rewrite = only_the_acknowledgement
    uplink.run_once(moment(10))
    waited = [SOON]
    while waited[-1] < LONGEST:
        waited.append(min(waited[-1] * 2, LONGEST))
    for wait in [*waited, LONGEST]:
        requests = centre.requests
        clock.now += wait - 1
        uplink.run_once(moment(20))
        assert centre.requests == requests
        clock.now += 1
        uplink.run_once(moment(20))
        assert centre.requests == requests + 1
    centre.rewrite = lambda answer: answer
    clock.now += LONGEST
    uplink.run_once(moment(30))
    assert log.unanchored() == ()
    hand_out(log, identity, open_day(log), 1)
    centre.rewrite = only_the_acknowledgement
    uplink.run_once(moment(40))
    assert len(log.unanchored()) == 1
    centre.rewrite = lambda answer: answer
    clock.now += SOON
    uplink.run_once(moment(50))
    assert log.unanchored() == ()


def test_events_that_wait_go_first(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """Nothing is asked for while something is still to be sent."""
    hand_out(log, identity, open_day(log))
    send_in_vain(centre, uplink)
    fill(log, MAX_EVENTS + 50)
    slow = asking(centre, log, identity, Clock(), segments=1)
    result = slow.run_once(moment(20))
    assert (result.sent, result.more, len(log.unanchored())) == (MAX_EVENTS, True, 1)
    slow.run_once(moment(30))
    assert (log.unsent(), log.unanchored()) == (0, ())


def test_many_are_asked_for_in_turn(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """As many at once as an answer carries, and so many times in a pass; the rest in the next."""
    events = several(log, MAX_ANCHORS * (MAX_ASKED + 1))
    send_in_vain(centre, uplink)
    after_a_start = asking(centre, log, identity, Clock())
    requests = centre.requests
    after_a_start.run_once(moment(20))
    assert centre.requests == requests + MAX_ASKED
    assert len(log.unanchored()) == MAX_ANCHORS
    after_a_start.run_once(moment(30))
    assert log.unanchored() == ()
    assert all(log.anchor(event.tag or b"") for event in events)


def test_more_receipts_than_one_answer_anchors(
    centre: Centre, log: EventLog, uplink: Uplink
) -> None:
    """A segment full of receipts is anchored in part; the rest is asked for in the same pass."""
    several(log, MAX_ANCHORS * 2 + 50)
    assert uplink.run_once(moment(10)).state is UplinkState.UP_TO_DATE
    assert (log.unanchored(), centre.requests) == ((), 3)


def test_receipts_of_an_epoch_that_ended(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """They are asked for in their epoch."""
    old = hand_out(log, identity, open_day(log))
    centre.rewrite = only_the_acknowledgement
    uplink.run_once(moment(10))
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(15))
    new = hand_out(log, identity, open_day(log), 1)
    uplink.run_once(moment(20))
    centre.rewrite = lambda answer: answer
    centre.uplink(log, identity).run_once(moment(30))
    assert log.anchor(old.tag or b"")
    assert log.anchor(new.tag or b"")


def test_centre_goes_away_while_it_is_asked(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """The pass says so, and the next one asks again."""
    hand_out(log, identity, open_day(log))
    send_in_vain(centre, uplink)
    centre.stop()
    after_a_start = asking(centre, log, identity, Clock())
    assert after_a_start.run_once(moment(20)).state is UplinkState.UNREACHABLE
    centre.start()
    assert after_a_start.run_once(moment(30)).state is UplinkState.UP_TO_DATE
    assert log.unanchored() == ()


def test_centre_that_lost_its_newest_days(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """What it says when asked for an anchor is an acknowledgement too: all goes again."""
    hand_out(log, identity, open_day(log))
    send_in_vain(centre, uplink)
    with centre.store.database.writing() as connection:
        for emptied in ("DELETE FROM event", "DELETE FROM epoch"):
            connection.exec_driver_sql(emptied)
    check_in(log, log.open_contexts()[0], 9)
    centre.uplink(log, identity).run_once(moment(20))
    assert (log.unsent(), log.unanchored()) == (0, ())
    assert centre.store.events(log.terminal, log.epoch) == log.events()


@pytest.mark.parametrize(
    "line", ["no signed object", "other key", "other type", "of nothing here", "no hash"]
)
def test_what_is_no_word_of_the_centre(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink, line: str
) -> None:
    """It is not taken, keeps no other back, and the pass is a good one."""
    day = open_day(log)
    first, second = hand_out(log, identity, day), hand_out(log, identity, day, 1)
    assert first.tag is not None
    payload = Anchored(first.tag, centre.now).to_payload()
    false = {
        "no signed object": "a.b.c",
        "other key": jws.sign(payload, typ=TYP, key=new_key(), kid=KID),
        "other type": jws.sign(payload, typ="tramthe-ack+jws", key=centre.sign_key, kid=KID),
        "of nothing here": jws.sign(
            payload | {"receipt": "00" * 32}, typ=TYP, key=centre.sign_key, kid=KID
        ),
        "no hash": jws.sign(payload | {"receipt": "00"}, typ=TYP, key=centre.sign_key, kid=KID),
    }

    def rewrite(answer: HttpAnswer) -> HttpAnswer:
        found = SegmentAnswer.from_bytes(answer.body)
        return replace(
            answer, body=replace(found, anchors=(false[line], *found.anchors[1:])).to_bytes()
        )

    centre.rewrite = rewrite
    result = asking(centre, log, identity, Clock(), segments=1).run_once(moment(10))
    assert result.state is UplinkState.UP_TO_DATE
    assert log.anchor(second.tag or b"")
    centre.rewrite = lambda answer: answer
    uplink.run_once(moment(20))
    word = Anchored.from_compact(
        log.anchor(first.tag) or "", lambda _: centre.sign_key.public_key()
    )
    assert word.receipt == first.tag


def test_answer_that_was_cut_short(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """Nothing of it is taken: neither acknowledgement nor anchor; it comes again whole."""
    hand_out(log, identity, open_day(log))
    centre.rewrite = lambda answer: replace(answer, body=answer.body[:-30])
    assert uplink.run_once(moment(10)).state is UplinkState.REFUSED
    assert (log.acknowledged(), len(log.unanchored())) == (0, 1)
    centre.rewrite = lambda answer: answer
    assert uplink.run_once(moment(20)).state is UplinkState.UP_TO_DATE
    assert log.unanchored() == ()
