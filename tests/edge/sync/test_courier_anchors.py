"""The centre's word on receipts goes home on the stick, and is asked for on it."""

from __future__ import annotations

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.sync.anchors import MAX_AGAIN
from edge.sync.uplink import Uplink
from edge.wire.bundle import (
    ANCHORS,
    MAX_ANCHORS_FILE,
    MAX_STICK_ANCHORS,
    anchor_lines,
    read_anchor_lines,
)
from edge.wire.event import Event
from edge.wire.segment import MAX_EVENTS
from edge.wire.segment_answer import MAX_ANCHORS
from tests.edge.log.made import fill, moment, receipt, verification
from tests.edge.sync.carried import Stick
from tests.edge.sync.test_anchors import only_the_acknowledgement
from tests.provisioning.centre.made import Centre
from tests.provisioning.centre.receipts_made import hand_out, open_day
from verify.receipt_anchor import Anchored


def test_there_and_back(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """The word comes home beside the acknowledgement; what was carried leaves the stick then."""
    day = open_day(log)
    events = [hand_out(log, identity, day, number) for number in range(3)]
    stick.export(log, identity)
    stick.at_centre()
    home = stick.take(log).down
    assert home is not None
    assert (home.acks, home.anchors, home.refused) == (1, 3, ())
    key = centre.sign_key.public_key()
    for event in events:
        word = log.anchor(event.tag or b"") or ""
        assert Anchored.from_compact(word, lambda _: key).at == centre.now
    again = stick.take(log).down
    assert again is not None
    assert again.anchors == 0
    assert stick.export(log, identity).again == 0
    assert stick.segments() == []


def test_word_that_was_lost_on_the_way(
    stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """Acknowledged and not anchored: the receipt's event goes once more, as often as it takes."""
    event = hand_out(log, identity, open_day(log))
    fill(log, 2)
    stick.export(log, identity)
    stick.at_centre()
    (stick.down() / ANCHORS).unlink()
    home = stick.take(log).down
    assert home is not None
    assert (home.acks, home.anchors, home.missing, log.unsent()) == (1, 0, (), 0)
    done = stick.export(log, identity)
    assert (done.waiting, done.again, done.written, len(stick.segments())) == (0, 1, 1, 1)
    done = stick.export(log, identity)
    assert (done.again, done.written, len(stick.segments())) == (1, 0, 1)
    assert stick.at_centre().refused == []
    home = stick.take(log).down
    assert home is not None
    assert (home.anchors, log.unanchored()) == (1, ())
    assert log.anchor(event.tag or b"")


def test_word_that_a_line_did_not_bring(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """What the network acknowledged is asked for by stick too: the receipts' events alone."""
    fill(log, 20)
    hand_out(log, identity, open_day(log))
    fill(log, 20)
    centre.rewrite = only_the_acknowledgement
    uplink.run_once(moment(10))
    done = stick.export(log, identity)
    assert (done.events, done.waiting, done.again, done.written) == (0, 0, 1, 1)
    taken = stick.at_centre()
    assert (taken.segments, taken.refused, taken.missing) == (1, [], [])
    home = stick.take(log).down
    assert home is not None
    assert (home.anchors, log.unanchored()) == (1, ())


def far_apart(log: EventLog, count: int) -> list[Event]:
    """Record receipts of which no two fit into one segment."""
    day = open_day(log)
    of = verification(log, day, 1)
    found: list[Event] = []
    for number in range(count):
        found.append(receipt(log, day, of, f"e30.{number}.AAAA"))
        fill(log, MAX_EVENTS)
    return found


def test_a_stick_carries_so_many_again(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """The first ones go; the others with the next stick."""
    far_apart(log, MAX_AGAIN + 2)
    centre.rewrite = only_the_acknowledgement
    uplink.run_once(moment(10))
    assert log.unsent() == 0
    assert stick.export(log, identity).again == MAX_AGAIN
    stick.at_centre()
    stick.take(log)
    assert len(log.unanchored()) == 2
    assert stick.export(log, identity).again == 2
    assert len(stick.segments()) == 2


def test_what_strangers_write_there(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """Lines that are not the centre's are passed over, those between them are taken."""
    hand_out(log, identity, open_day(log))
    stick.export(log, identity)
    stick.at_centre()
    file = stick.down() / ANCHORS
    (line,) = file.read_text("ascii").splitlines()
    file.write_bytes(b"\xff\n\na.b.c\n" + line.encode() + b"\n" + line[:-20].encode())
    home = stick.take(log).down
    assert home is not None
    assert (home.anchors, home.refused) == (1, ())


def test_file_larger_than_it_may_be(
    stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """It is refused by name, and the acknowledgement beside it is taken."""
    hand_out(log, identity, open_day(log))
    stick.export(log, identity)
    stick.at_centre()
    (stick.down() / ANCHORS).write_bytes(b"x" * (MAX_ANCHORS_FILE + 1))
    home = stick.take(log).down
    assert home is not None
    assert (home.acks, home.anchors) == (1, 0)
    assert [one.name for one in home.refused] == [ANCHORS]


def test_more_than_an_answer_anchors(
    stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """A segment full of receipts needs a stick more than once."""
    day = open_day(log)
    of = verification(log, day, 1)
    for number in range(MAX_ANCHORS + 5):
        receipt(log, day, of, f"e30.{number}.AAAA")
    stick.export(log, identity)
    stick.at_centre()
    stick.take(log)
    assert len(log.unanchored()) == 5
    stick.export(log, identity)
    stick.at_centre()
    stick.take(log)
    assert log.unanchored() == ()


def test_file_holds_so_many() -> None:
    """By number and by size; what is left out is asked for again."""
    short = ["a.b.c"] * (MAX_STICK_ANCHORS + 5)
    assert len(read_anchor_lines(anchor_lines(short))) == MAX_STICK_ANCHORS
    assert len(read_anchor_lines(b"a.b.c\n" * (MAX_STICK_ANCHORS + 5))) == MAX_STICK_ANCHORS
    long = anchor_lines(["x" * 1023] * MAX_STICK_ANCHORS)
    assert len(long) == MAX_ANCHORS_FILE
