"""The way up as a whole: runs of any size, in any order, any number of times, poison among them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.ack import Alarm, AlarmCode
from edge.wire.kinds import EpochReason
from edge.wire.segment import Segment, sign_segment
from tests.edge.log.made import TERMINAL, check_in, moment
from tests.provisioning.centre.made import Centre, signed
from tests.provisioning.centre.test_segments import acked, edit, objects

SEEDS = range(4)


def run(log: EventLog, identity: TerminalIdentity, first: int, last: int) -> str:
    """Return events `first` to `last` of the log's newest epoch as a signed segment."""
    events = [event for event in log.events() if event.epoch == log.epoch][first - 1 : last]
    return of(identity, [event.to_object() for event in events], events[0].prev, events[-1].hash)


def of(
    identity: TerminalIdentity, events: Sequence[Mapping[str, Any]], prev: bytes, head: bytes
) -> str:
    """Return these events, the first of which is in its place, as a signed segment."""
    first = events[0]
    segment = Segment(first["terminal"], first["epoch"], first["seq"], prev, head, tuple(events))
    assert identity.certificate is not None
    return sign_segment(segment, identity.key, identity.certificate)


def numbers(seed: int) -> Iterator[int]:
    """Give numbers without any order, the same ones for a seed."""
    block = seed.to_bytes(4, "big")
    while True:
        block = hashlib.sha256(block).digest()
        yield int.from_bytes(block[:4], "big")


@pytest.mark.parametrize("seed", SEEDS)
def test_any_runs_in_any_order_any_number_of_times(
    centre: Centre, log: EventLog, identity: TerminalIdentity, seed: int
) -> None:
    """However the log is cut, and whatever comes twice, each event is held exactly once."""
    context = log.open_contexts()[0]
    for number in range(10, 40):
        check_in(log, context, number)
    last, drawn = log.head().seq, numbers(seed)
    spans = [(n, n) for n in range(1, last + 1)]
    for _ in range(12):
        first = next(drawn) % last + 1
        spans.append((first, first + next(drawn) % (last + 1 - first)))
    spans += [spans[next(drawn) % len(spans)] for _ in range(8)]
    spans.sort(key=lambda _: next(drawn))
    held: set[int] = set()
    for first, end in spans:
        ack = acked(centre, run(log, identity, first, end))
        held |= set(range(first, end + 1))
        missing = {n for n in range(1, max(held) + 1) if n not in held}
        assert {n for a, b in ack.gaps for n in range(a, b + 1)} == missing
        assert ack.high_water == min(missing, default=max(held) + 1) - 1
        assert (ack.set_aside, ack.alarms) == ((), ())
    assert (ack.high_water, ack.head) == (last, log.head().hash)
    assert centre.store.events(TERMINAL, log.epoch) == log.events()


def test_poison_again_is_one_poison(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """The same poison sent again counts once; the same event whole is kept beside it."""
    poisoned = objects(log)
    edit(poisoned[1])
    compact = signed(log, identity, events=tuple(poisoned))
    first = acked(centre, compact)
    assert acked(centre, compact) == first
    (row,) = centre.epochs()
    assert (row.set_aside, row.events) == (1, 3)
    whole = acked(centre, signed(log, identity))
    assert (whole.high_water, whole.gaps, whole.set_aside) == (4, (), (2,))
    assert centre.store.events(TERMINAL, log.epoch) == log.events()


def test_nothing_but_poison_blocks_nothing(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A segment of which no event can be believed is acknowledged, and what follows is taken."""
    events = log.events()
    poisoned = [event.to_object() for event in events[:2]]
    for fields in poisoned:
        fields["outcome"] = "NONSENSE"
    ack = acked(centre, of(identity, poisoned, events[0].prev, events[1].hash))
    assert (ack.high_water, ack.head, ack.set_aside) == (2, None, (1, 2))
    ack = acked(centre, run(log, identity, 3, 4))
    assert (ack.high_water, ack.head) == (4, events[3].hash)


def test_event_of_another_epoch_is_set_aside(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """An event that names another epoch than its segment is not believed in its place."""
    events = objects(log)
    events[2]["epoch"] = "f" * 32
    ack = acked(centre, signed(log, identity, events=tuple(events)))
    assert ack.set_aside == (3,)
    assert Alarm(3, AlarmCode.EVENT_MISPLACED) in ack.alarms
    assert [one.epoch for one in centre.epochs()] == [log.epoch]


def test_epochs_are_acknowledged_apart(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """The later epoch may come first; each has numbers, gaps and alarms of its own."""
    old, before = log.epoch, log.events()
    log.begin_epoch(EpochReason.RESTORED, moment(90))
    check_in(log, log.open_contexts()[0], 50)
    new = log.epoch
    later = acked(centre, run(log, identity, 2, 2))
    assert (later.epoch, later.high_water, later.gaps) == (new, 0, ((1, 1),))
    objects_before = [event.to_object() for event in before]
    earlier = acked(centre, of(identity, objects_before, before[0].prev, before[-1].hash))
    assert (earlier.epoch, earlier.high_water, earlier.alarms) == (old, 4, ())
    assert acked(centre, run(log, identity, 1, 2)).high_water == 2
    assert centre.store.events(TERMINAL, old) == before
    assert len(centre.store.events(TERMINAL, new)) == 2
