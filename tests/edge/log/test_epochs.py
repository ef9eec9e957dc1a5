"""No number is ever given twice: a copy goes on in an epoch of its own, linked to what was."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.log.append import EventLog
from edge.log.chain import verify_file
from edge.log.epochs import place
from edge.wire import seal
from edge.wire.ack import Ack
from edge.wire.event import genesis
from edge.wire.kinds import EpochReason, EventKind
from tests.edge.log.made import (
    NAME,
    NUMBER,
    SEAL,
    TERMINAL,
    check_in,
    fill,
    make_log,
    moment,
    tamper,
)


def test_new_epoch_follows_the_last_event(log: EventLog) -> None:
    """Numbers begin again at 1 under another id; the first event carries the last hash before."""
    context = fill(log, 2)
    old, last = log.epoch, log.events()[-1]
    new = log.begin_epoch(EpochReason.ACK_AHEAD, moment(9))
    assert (log.epoch, new != old, log.head().seq) == (new, True, 1)
    begun = log.events(after=place(1, 0))[0]
    assert (begun.epoch, begun.seq, begun.prev) == (new, 1, last.hash)
    assert (begun.kind, begun.reason) == (EventKind.EPOCH_BEGUN, "ACK_AHEAD")
    assert check_in(log, context, 7).seq == 2
    assert log.unsent() == 5
    report = log.verify()
    assert (report.ok, report.events, report.epochs) == (True, 5, 2)


def test_new_epoch_follows_an_earlier_event(log: EventLog) -> None:
    """Where the centre shares only a part, the link goes to its last event; the rest stays."""
    fill(log, 4)
    common = log.events()[1]
    log.begin_epoch(EpochReason.SEQ_REUSED, moment(9), common.seq)
    assert log.events()[-1].prev == common.hash
    assert len(log.events()) == 6
    assert log.verify().ok


def test_new_epoch_with_nothing_in_common(log: EventLog) -> None:
    """Then the link is the genesis hash of the epoch before."""
    fill(log, 1)
    old = log.epoch
    log.begin_epoch(EpochReason.ACK_HEAD_DIFFERS, moment(9), 0)
    assert log.events()[-1].prev == genesis(TERMINAL, old)
    assert log.verify().ok


@pytest.mark.parametrize("common", [-1, 99])
def test_link_to_an_event_that_is_not_there(log: EventLog, common: int) -> None:
    """It is refused, and nothing changes."""
    fill(log, 1)
    with pytest.raises(ValueError, match="not in this epoch"):
        log.begin_epoch(EpochReason.ACK_AHEAD, moment(9), common)
    assert len(log.epochs) == 1


def test_open_meeting_goes_on(log: EventLog, path: Path) -> None:
    """The same person is known again under the same tag, and every body opens, after a restart."""
    context = fill(log, 1)
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(9))
    again = check_in(log, context, 0)
    log.close()
    restarted = make_log(path)
    assert restarted.open_contexts() == (context,)
    events = restarted.events(context)
    assert [event.seq for event in events] == [1, 2, 2]
    assert events[1].tag == again.tag == events[2].tag
    assert restarted.body(events[2]) == {"name": NAME, "number": f"{NUMBER}0"}
    assert [restarted.place(event) for event in events] == [1, 2, place(1, 2)]
    restarted.close_context(context, moment(20))
    assert restarted.verify().ok
    restarted.close()


def test_the_centre_opens_bodies_of_a_later_epoch(log: EventLog) -> None:
    """With the key that the opening carried in the epoch before."""
    context = fill(log, 0)
    opening = log.events()[0]
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(9))
    event = check_in(log, context, 3)
    assert opening.sealed is not None
    assert event.body is not None
    key = seal.open_context_key(opening.sealed, SEAL.private, header=opening.header)
    keys = seal.derive_keys(key, TERMINAL, event.epoch)
    assert seal.open_body(keys, event.header, event.body)["name"] == NAME


def test_event_is_named_across_epochs(log: EventLog) -> None:
    """A body names an event by epoch and number, and the log finds it; anything else is none."""
    context = fill(log, 2)
    early = log.events()[1]
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(9))
    late = check_in(log, context, 3)
    assert early.seq == late.seq
    for event in (early, late):
        named = log.reference(log.place(event))
        assert named == {"epoch": event.epoch, "seq": event.seq}
        assert log.referred(named) == log.place(event)
    for other in (None, 5, {}, {"epoch": "00" * 16, "seq": 1}, {"epoch": log.epoch, "seq": "1"}):
        assert log.referred(other) is None


def test_acknowledgements_are_kept_by_epoch(log: EventLog) -> None:
    """What the centre holds of one epoch says nothing about another."""
    fill(log, 3)
    old, head = log.epochs[0], log.head()
    log.record_ack(Ack(TERMINAL, old.id, 4, (), head.hash, (), ()))
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(9))
    assert (log.acknowledged(), log.unsent()) == (0, 1)
    acked = log.last_ack(old)
    assert acked is not None
    assert acked.high_water == 4
    with pytest.raises(ValueError, match="no such epoch"):
        log.record_ack(Ack(TERMINAL, "00" * 16, 4, (), head.hash, (), ()))


def test_centre_ahead_of_an_epoch_that_ended(log: EventLog, path: Path) -> None:
    """Beyond the last common event the centre may hold other events: that is no broken chain."""
    fill(log, 3)
    old = log.epochs[0]
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(9), 2)
    log.record_ack(Ack(TERMINAL, old.id, 99, (), bytes(32), (), ()))
    assert log.verify().ok
    log.record_ack(Ack(TERMINAL, old.id, 2, (), bytes(32), (), ()))
    log.close()
    report = verify_file(path)
    assert (report.ok, report.first_bad_seq, report.epoch) == (False, 2, old.id)


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE epoch SET after = 3 WHERE number = 1", 1),
        ("UPDATE epoch SET after = NULL WHERE number = 1", 1),
        ("UPDATE epoch SET after = 99 WHERE number = 1", 1),
        ("DELETE FROM epoch WHERE number = 1", 1),
        ("DELETE FROM epoch", 1),
        ("UPDATE epoch SET number = 5 WHERE number = 1", 1),
        ("DELETE FROM event WHERE place = 1 << 40 | 1", 1),
        ("UPDATE event SET kind = 'fault' WHERE place = 1 << 40 | 1", 1),
        ("UPDATE event SET outcome = 'REFUSED' WHERE place = 1 << 40 | 2", 2),
        ("DELETE FROM event WHERE place = 2", 2),
    ],
    ids=[
        *("other-link", "no-link", "link-to-nothing", "one-forgotten", "all-forgotten"),
        *("numbers", "beginning-removed", "beginning-altered", "altered", "before-the-link"),
    ],
)
def test_altered_epochs_are_found(path: Path, statement: str, first_bad: int) -> None:
    """Chain and link are checked for each epoch."""
    log = make_log(path)
    context = fill(log, 3)
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(9))
    check_in(log, context, 4)
    log.close()
    tamper(path, "PRAGMA foreign_keys = OFF", statement)
    report = verify_file(path)
    assert (report.ok, report.first_bad_seq) == (False, first_bad)


def test_first_epoch_did_not_begin_from_another(log: EventLog, path: Path) -> None:
    """An epoch's beginning in the first epoch, or none in a later one, breaks the chain."""
    fill(log, 1)
    log.begin_epoch(EpochReason.ACK_AHEAD, moment(9))
    log.close()
    tamper(
        path,
        "DELETE FROM event WHERE place < 1 << 40",
        "DELETE FROM context",
        "UPDATE event SET place = 1",
        "DELETE FROM epoch WHERE number = 0",
        "UPDATE epoch SET number = 0, after = NULL",
    )
    report = verify_file(path)
    assert (report.ok, report.first_bad_seq) == (False, 1)
