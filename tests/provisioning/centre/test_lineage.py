"""An epoch follows what is held of its terminal, or somebody is told; on both engines."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest

from edge.wire.ack import Ack, AlarmCode
from edge.wire.event import genesis
from edge.wire.kinds import EpochReason, EventKind
from provisioning.centre.alarms import AlarmRow, alarms, settle
from provisioning.centre.epoch_links import AGAIN, catch_up
from provisioning.centre.fleet import EpochRow
from provisioning.centre.lineage import EPOCH_UNLINKED, GRACE, Standing
from provisioning.conformance.identity import Identity, enrol
from provisioning.conformance.run import Run
from tests.edge.log.made import START
from tests.provisioning.centre.made import Centre
from tests.provisioning.centre.test_segments import acked

NAME = "99-0417"
SECOND = timedelta(seconds=1)
STRANGE = bytes(range(32))
_epochs = (f"{number:032x}" for number in count(1))


@pytest.fixture
def who(centre: Centre) -> Identity:
    """Return a terminal whose certificate lasts as long as these tests."""
    return enrol(centre.ca, NAME, START, days=400)


def first(who: Identity, size: int = 3) -> Run:
    """Return an epoch that begins from nothing."""
    return Run.make(who, next(_epochs), size, START)


def following(who: Identity, prev: bytes, size: int = 2) -> Run:
    """Return an epoch that says that it follows something."""
    begun = {"kind": EventKind.EPOCH_BEGUN, "reason": EpochReason.RESTORED, "prev": prev}
    return first(who, size).rechained({1: begun})


def bring(centre: Centre, *runs: Run) -> list[Ack]:
    """Let runs arrive whole, a second apart, and have them looked at; return the answers."""
    answers = []
    for run in runs:
        answers.append(acked(centre, run.signed(1, len(run.events))))
        centre.now += SECOND
    look(centre)
    return answers


def look(centre: Centre, later: timedelta = timedelta()) -> None:
    """Let time pass, and have looked at whatever wants it."""
    centre.now += later
    while catch_up(centre.store.database, centre.now):
        pass


def rows(centre: Centre) -> dict[str, EpochRow]:
    """Return what is said of each epoch."""
    return {row.epoch: row for row in centre.epochs()}


def standing(centre: Centre, run: Run) -> tuple[str | None, str | None, int | None]:
    """Return how an epoch stands, and behind what."""
    row = rows(centre)[run.epoch]
    return row.standing, row.after_epoch, row.after_seq


def unlinked(centre: Centre, *, settled: bool = False) -> list[AlarmRow]:
    """Return the alarms about epochs that follow nothing."""
    found = alarms(centre.store.database, settled=settled)
    return [one for one in found if one.code == EPOCH_UNLINKED]


def test_epochs_that_follow_each_other(centre: Centre, who: Identity) -> None:
    """By any event of another one, its last or not, or by its genesis hash: no alarm."""
    root = first(who, 5)
    middle = following(who, root.hash_of(2))
    last = following(who, middle.hash_of(2))
    bare = following(who, genesis(NAME, last.epoch))
    bring(centre, root, middle, last, bare)
    look(centre, GRACE)
    assert standing(centre, root) == ("first", None, None)
    assert standing(centre, middle) == ("linked", root.epoch, 2)
    assert standing(centre, last) == ("linked", middle.epoch, 2)
    assert standing(centre, bare) == ("linked", last.epoch, 0)
    assert unlinked(centre) == []


def test_epoch_out_of_nothing(centre: Centre, who: Identity) -> None:
    """Waits for what may be on its way, then is an alarm on its first event, once."""
    forged = following(who, STRANGE)
    (before,) = bring(centre, first(who))[:1]
    bring(centre, forged)
    look(centre, GRACE - 2 * SECOND)
    assert (standing(centre, forged)[0], unlinked(centre)) == ("waiting", [])
    for _ in range(3):
        look(centre, AGAIN)
    (alarm,) = unlinked(centre)
    assert (alarm.terminal, alarm.epoch, alarm.seq) == (NAME, forged.epoch, 1)
    assert (standing(centre, forged)[0], rows(centre)[forged.epoch].alarms) == ("unlinked", 1)
    assert centre.store.totals().alarms == 1
    assert before.alarms == ()


def test_answer_to_a_segment_stays_the_same(centre: Centre, who: Identity) -> None:
    """It speaks of one epoch alone: what was found beside others is told to people."""
    forged = following(who, STRANGE)
    said = bring(centre, first(who), forged)[-1]
    look(centre, GRACE)
    assert len(unlinked(centre)) == 1
    assert acked(centre, forged.signed(1, 2)) == said


def test_what_was_missing_comes_late(centre: Centre, who: Identity) -> None:
    """The alarm stays and says by itself that it is over, and which event came."""
    lost, root = first(who, 4), first(who)
    lost = following(who, root.hash_of(1), 4)
    late = following(who, lost.hash_of(3))
    bring(centre, root, late)
    look(centre, GRACE)
    assert len(unlinked(centre)) == 1
    bring(centre, lost)
    look(centre, AGAIN)
    assert standing(centre, late) == ("linked", lost.epoch, 3)
    assert unlinked(centre) == []
    (alarm,) = unlinked(centre, settled=True)
    assert (alarm.operator, alarm.linked_after) == ("console", (lost.epoch, 3))


def test_somebody_looked_before_it_came(centre: Centre, who: Identity) -> None:
    """What that person wrote stays; the epoch's own line says what it follows."""
    root = first(who)
    lost = following(who, root.hash_of(1))
    late = following(who, lost.hash_of(2))
    bring(centre, root, late)
    look(centre, GRACE)
    key = (NAME, late.epoch, 1, EPOCH_UNLINKED)
    settle(centre.store.database, key, "lan", "Đã gọi trạm", centre.now)
    bring(centre, lost)
    look(centre, AGAIN)
    (alarm,) = unlinked(centre, settled=True)
    assert (alarm.operator, alarm.note, alarm.linked_after) == ("lan", "Đã gọi trạm", None)
    assert standing(centre, late) == ("linked", lost.epoch, 2)


def test_it_comes_in_time(centre: Centre, who: Identity) -> None:
    """Segments arrive in any order: no alarm, not even one that is over."""
    root = first(who)
    lost = following(who, root.hash_of(1))
    late = following(who, lost.hash_of(2))
    bring(centre, late)
    bring(centre, lost)
    bring(centre, root)
    look(centre, AGAIN)
    look(centre, GRACE)
    assert [standing(centre, run)[0] for run in (root, lost, late)] == ["first", "linked", "linked"]
    assert alarms(centre.store.database) == ()


def test_second_epoch_from_nothing(centre: Centre, who: Identity) -> None:
    """At once: a terminal has one, so its log was lost, or somebody else has its key."""
    root, other = first(who), first(who)
    bring(centre, root, other)
    (alarm,) = unlinked(centre)
    assert alarm.epoch == other.epoch
    look(centre, GRACE)
    assert len(unlinked(centre)) == 1
    assert standing(centre, root)[0] == "first"


def test_epoch_that_follows_itself(centre: Centre, who: Identity) -> None:
    """Shows in its own segment, and is an alarm at once."""
    epoch = next(_epochs)
    begun = {"kind": EventKind.EPOCH_BEGUN, "reason": "RESTORED", "prev": genesis(NAME, epoch)}
    forged = Run.make(who, epoch, 2, START).rechained({1: begun})
    ack = bring(centre, first(who), forged)[-1]
    assert [(one.seq, one.code) for one in ack.alarms] == [(1, AlarmCode.CHAIN_FORKED)]
    assert [one.epoch for one in unlinked(centre)] == [epoch]
    assert acked(centre, forged.signed(1, 2)) == ack


def test_two_that_name_each_other(centre: Centre, who: Identity) -> None:
    """Genesis hashes can be computed beforehand: a ring of epochs hangs on nothing."""
    one, two = next(_epochs), next(_epochs)
    ring = [
        Run.make(who, epoch, 2, START).rechained(
            {
                1: {
                    "kind": EventKind.EPOCH_BEGUN,
                    "reason": "RESTORED",
                    "prev": genesis(NAME, other),
                }
            }
        )
        for epoch, other in ((one, two), (two, one))
    ]
    bring(centre, first(who), *ring)
    look(centre, GRACE)
    assert {alarm.epoch for alarm in unlinked(centre)} == {one, two}


def test_event_of_another_terminal(centre: Centre, who: Identity) -> None:
    """Is none of this one's, whatever its hash."""
    neighbour = first(enrol(centre.ca, "99-0512", START, days=400))
    forged = following(who, neighbour.hash_of(3))
    bring(centre, neighbour, first(who), forged)
    look(centre, GRACE)
    assert [alarm.epoch for alarm in unlinked(centre)] == [forged.epoch]


def test_event_that_a_copy_wrote(centre: Centre, who: Identity) -> None:
    """It was set aside, with an alarm of its own, and is held all the same."""
    root = first(who)
    clone = root.rechained({3: {"reason": "CLONE"}})
    after = following(who, clone.hash_of(3))
    bring(centre, root, clone, after)
    assert standing(centre, after) == ("linked", root.epoch, 3)


def test_event_that_a_copy_wrote_comes_late(centre: Centre, who: Identity) -> None:
    """It adds nothing to what is in its place, and is looked for all the same."""
    root = first(who)
    clone = root.rechained({3: {"reason": "CLONE"}})
    after = following(who, clone.hash_of(3))
    bring(centre, root, after)
    assert standing(centre, after)[0] == "waiting"
    bring(centre, clone)
    look(centre, AGAIN)
    assert standing(centre, after) == ("linked", root.epoch, 3)


def test_first_event_that_is_not_here(centre: Centre, who: Identity) -> None:
    """Nothing is said of its epoch until it comes."""
    root, forged = first(who), first(who)
    bring(centre, root)
    acked(centre, forged.signed(2, 3))
    look(centre, GRACE)
    assert standing(centre, forged) == (None, None, None)
    bring(centre, forged)
    assert [alarm.epoch for alarm in unlinked(centre)] == [forged.epoch]


def test_nothing_is_looked_at_without_need(centre: Centre, who: Identity) -> None:
    """What is found stays found; what waits is looked for once in a while."""
    bring(centre, first(who), following(who, STRANGE))
    database = centre.store.database
    assert not catch_up(database, centre.now)
    assert not catch_up(database, centre.now + AGAIN - SECOND)
    assert catch_up(database, centre.now + AGAIN)
    assert not catch_up(database, centre.now + AGAIN)


def test_several_processes_look_at_once(centre: Centre, who: Identity) -> None:
    """One alarm, counted once, whoever is first."""
    acked(centre, first(who).signed(1, 3))
    acked(centre, first(who).signed(1, 3))
    several = 6
    ready = threading.Barrier(several)

    def turn(_: int) -> None:
        ready.wait()
        while catch_up(centre.store.database, centre.now):
            pass

    with ThreadPoolExecutor(several) as pool:
        list(pool.map(turn, range(several)))
    assert len(unlinked(centre)) == 1
    assert sorted(stands(centre)) == [Standing.FIRST, Standing.UNLINKED]
    assert centre.store.totals().alarms == 1


def stands(centre: Centre) -> Iterable[str]:
    """Return how the epochs stand."""
    return [row.standing or "" for row in centre.epochs()]


def test_many_terminals(centre: Centre) -> None:
    """A few in a turn, until all were looked at."""
    for number in range(5):
        run = first(enrol(centre.ca, f"99-{number:04}", START, days=400), 1)
        acked(centre, run.signed(1, 1))
    turns = 0
    while catch_up(centre.store.database, centre.now, at_once=2):
        turns += 1
    assert turns == 3
    assert stands(centre) == ["first"] * 5
