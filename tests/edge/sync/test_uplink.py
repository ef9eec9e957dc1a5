"""Bringing a log to a real centre, through everything that goes wrong on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.identity.key import TerminalIdentity, load_or_create
from edge.log.append import EventLog
from edge.net.http import HttpAnswer
from edge.sync.plan import AckMeaning
from edge.sync.repeat import UplinkLoop
from edge.sync.uplink import Uplink, UplinkResult, UplinkState
from edge.wire.ack import Ack, Alarm, AlarmCode, open_ack, sign_ack
from edge.wire.kinds import EpochReason, EventKind
from edge.wire.segment import MAX_EVENTS
from provisioning.office.pki import new_key
from tests.edge.log.made import TERMINAL, check_in, copy_log, fill, make_log, moment
from tests.provisioning.centre.made import KID, Centre


def held(centre: Centre, log: EventLog) -> tuple[int, ...]:
    """Return the event numbers at the centre."""
    return tuple(event.seq for event in centre.store.events(TERMINAL, log.epoch))


def test_log_arrives(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """Everything is sent and acknowledged; a second pass sends nothing."""
    fill(log, 3)
    assert log.unsent() == 4
    result = uplink.run_once(moment(100))
    assert (result.state, result.sent, result.high_water) == (UplinkState.UP_TO_DATE, 4, 4)
    assert (log.unsent(), log.acknowledged()) == (0, 4)
    assert centre.store.events(TERMINAL, log.epoch) == log.events()
    requests = centre.requests
    assert uplink.run_once(moment(200)).sent == 0
    assert centre.requests == requests


def test_centre_stopped_and_started_later(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """What was recorded while the centre was down arrives, every event once."""
    context = fill(log, 2)
    uplink.run_once(moment(10))
    centre.stop()
    check_in(log, context, 5)
    result = uplink.run_once(moment(20))
    assert result.state is UplinkState.UNREACHABLE
    assert result.next_step
    assert log.unsent() == 1
    check_in(log, context, 6)
    centre.start()
    assert uplink.run_once(moment(30)).sent == 2
    assert held(centre, log) == (1, 2, 3, 4, 5)
    assert log.unsent() == 0


def test_answer_lost_on_the_way(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """The centre kept it but its answer was cut: sent again, held once."""
    fill(log, 3)
    centre.rewrite = lambda answer: replace(answer, body=answer.body[:-20])
    assert uplink.run_once(moment(10)).state is UplinkState.REFUSED
    assert log.acknowledged() == 0
    centre.rewrite = lambda answer: answer
    assert uplink.run_once(moment(20)).state is UplinkState.UP_TO_DATE
    assert held(centre, log) == (1, 2, 3, 4)


def test_terminal_restarted_between_passes(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """The mark survives a restart: only what is new is sent."""
    context = fill(log, 3)
    uplink.run_once(moment(10))
    log.close()
    again = make_log(log.path)
    check_in(again, context, 9)
    result = centre.uplink(again, identity).run_once(moment(20))
    assert (result.sent, result.high_water) == (1, 5)
    again.close()


def test_long_log_goes_in_segments(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """More events than a segment takes are sent one segment after another in one pass."""
    fill(log, MAX_EVENTS + 20)
    result = uplink.run_once(moment(1000))
    assert (result.sent, result.state) == (MAX_EVENTS + 21, UplinkState.UP_TO_DATE)
    assert centre.requests == 2


def test_centre_that_lost_its_database(
    centre: Centre, log: EventLog, uplink: Uplink, tmp_path: Path
) -> None:
    """A centre put back to nothing is sent everything again, in the same pass."""
    context = fill(log, 3)
    uplink.run_once(moment(10))
    centre.stop()
    for file in tmp_path.glob("centre.db*"):
        file.unlink()
    centre.start()
    check_in(log, context, 9)
    result = uplink.run_once(moment(20))
    assert (result.state, result.high_water) == (UplinkState.UP_TO_DATE, 5)
    assert held(centre, log) == (1, 2, 3, 4, 5)


def forged(change: Callable[[Ack], Ack], centre: Centre, *, key: bool = False) -> None:
    """Have the centre's answers changed and signed again, by its own or by a stranger's key."""

    def rewrite(answer: HttpAnswer) -> HttpAnswer:
        ack = open_ack(answer.body.decode(), lambda _: centre.sign_key.public_key())
        signer = new_key() if key else centre.sign_key
        return replace(answer, body=sign_ack(change(ack), signer, KID).encode())

    centre.rewrite = rewrite


def test_forged_acknowledgement_is_refused(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """An answer that the centre's key did not sign moves no mark."""
    fill(log, 3)
    forged(lambda ack: ack, centre, key=True)
    result = uplink.run_once(moment(10))
    assert result.state is UplinkState.REFUSED
    assert (log.acknowledged(), log.unsent()) == (0, 4)


def test_acknowledgement_edited_on_the_disk(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """Only what the centre signed counts: an edited row does not stop what waits from going out."""
    fill(log, 3)
    edited = Ack(TERMINAL, log.epoch, 4, (), log.head().hash, (), (), compact="a.b.c")
    log.record_ack(edited)
    assert log.unsent() == 0
    result = uplink.run_once(moment(10))
    assert (result.state, result.sent) == (UplinkState.UP_TO_DATE, 4)
    assert held(centre, log) == (1, 2, 3, 4)


def test_acknowledgement_under_another_key_id_is_refused(
    centre: Centre, log: EventLog, uplink: Uplink
) -> None:
    """The key id is the one of the trust list, or the answer is not taken."""
    fill(log, 1)

    def rewrite(answer: HttpAnswer) -> HttpAnswer:
        ack = open_ack(answer.body.decode(), lambda _: centre.sign_key.public_key())
        return replace(answer, body=sign_ack(ack, centre.sign_key, "other").encode())

    centre.rewrite = rewrite
    assert uplink.run_once(moment(10)).state is UplinkState.REFUSED


def test_acknowledgement_for_another_terminal_is_refused(
    centre: Centre, log: EventLog, uplink: Uplink
) -> None:
    """A good answer to somebody else acknowledges nothing here."""
    fill(log, 1)
    forged(lambda ack: replace(ack, terminal="TT-0002"), centre)
    assert uplink.run_once(moment(10)).state is UplinkState.REFUSED
    assert log.acknowledged() == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda ack: replace(ack, high_water=99), AckMeaning.AHEAD),
        (lambda ack: replace(ack, head=bytes(32)), AckMeaning.HEAD_DIFFERS),
    ],
    ids=["ahead", "head"],
)
def test_acknowledgement_that_does_not_fit_this_log(
    centre: Centre,
    log: EventLog,
    uplink: Uplink,
    change: Callable[[Ack], Ack],
    fault: AckMeaning,
) -> None:
    """Ahead of the log, or another hash: an alarm with its code, and a new epoch, only once."""
    context = fill(log, 3)
    forged(change, centre)
    result = uplink.run_once(moment(10))
    assert (result.state, result.fault) == (UplinkState.ALARM, fault)
    assert result.next_step
    assert (log.acknowledged(), len(log.epochs)) == (0, 2)
    assert log.events(after=4)[0].reason == fault
    assert check_in(log, context, 9).seq == 2
    centre.rewrite = lambda answer: answer
    result = uplink.run_once(moment(20))
    assert (result.state, result.sent, log.unsent()) == (UplinkState.UP_TO_DATE, 2, 0)
    assert held(centre, log) == (1, 2)
    assert log.verify().ok


def test_copy_that_was_used_elsewhere(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink, tmp_path: Path
) -> None:
    """Two terminals over copies of one log: both go on apart, from the last event in common."""
    context = fill(log, 2)
    log.close()
    clone = make_log(copy_log(log.path, tmp_path / "clone.db"))
    log.recheck()
    check_in(log, context, 7)
    check_in(clone, context, 8)
    check_in(clone, context, 9)
    uplink.run_once(moment(10))
    result = centre.uplink(clone, identity).run_once(moment(20))
    assert (result.state, result.sent) == (UplinkState.UP_TO_DATE, 6)
    assert result.alarms == (Alarm(4, AlarmCode.SEQ_REUSED),)
    begun = clone.events()[5]
    assert (begun.kind, begun.reason) == (EventKind.EPOCH_BEGUN, EpochReason.SEQ_REUSED)
    assert begun.prev == log.events()[2].hash
    assert clone.verify().ok
    assert uplink.run_once(moment(30)).state is UplinkState.UP_TO_DATE
    check_in(log, context, 6)
    uplink.run_once(moment(40))
    assert (len(log.epochs), log.epochs[0]) == (2, clone.epochs[0])
    assert log.epoch != clone.epoch
    assert log.events(after=5)[0].prev == log.events()[3].hash
    clone.close()


def test_log_put_back_from_a_copy(
    centre: Centre, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """After a restore the centre is ahead: the alarm says so, nothing is overwritten there."""
    context = fill(log, 2)
    log.close()
    kept = log.path.read_bytes()
    log.recheck()
    check_in(log, context, 7)
    check_in(log, context, 8)
    uplink.run_once(moment(10))
    log.close()
    for file in log.path.parent.glob("events.db-*"):
        file.unlink()
    log.path.write_bytes(kept)
    restored = make_log(log.path)
    late = check_in(restored, context, 9)
    result = centre.uplink(restored, identity).run_once(moment(20))
    assert (result.state, result.fault) == (UplinkState.ALARM, AckMeaning.AHEAD)
    old, new = restored.epochs
    assert [e.seq for e in centre.store.events(TERMINAL, old.id)] == [1, 2, 3, 4, 5]
    assert check_in(restored, context, 10).seq == 2
    centre.uplink(restored, identity).run_once(moment(30))
    assert (held(centre, restored), restored.unsent()) == ((1, 2), 0)
    ack = restored.last_ack(old)
    assert ack is not None
    assert (ack.set_aside, restored.last_seq(new)) == ((late.seq,), 2)
    assert restored.verify().ok
    restored.close()


def test_centre_that_holds_nothing(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """A centre that answers but keeps nothing is told, not asked for ever."""
    fill(log, 1)
    forged(lambda ack: replace(ack, high_water=0, head=None, gaps=()), centre)
    assert uplink.run_once(moment(10)).state is UplinkState.REFUSED
    assert centre.requests == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (500, UplinkState.UNREACHABLE),
        (408, UplinkState.UNREACHABLE),
        (413, UplinkState.UNREACHABLE),
        (429, UplinkState.BUSY),
        (503, UplinkState.BUSY),
        (400, UplinkState.REFUSED),
        (302, UplinkState.REFUSED),
        (403, UplinkState.REFUSED),
        (404, UplinkState.REFUSED),
    ],
)
def test_answers_of_other_status(
    centre: Centre, log: EventLog, uplink: Uplink, status: int, state: UplinkState
) -> None:
    """Whatever the centre answers, nothing is deleted and the next step is said."""
    fill(log, 1)
    centre.rewrite = lambda answer: replace(answer, status=status)
    result = uplink.run_once(moment(10))
    assert result.state is state
    assert result.next_step
    assert log.unsent() == 2


def test_terminal_without_a_certificate(centre: Centre, log: EventLog, tmp_path: Path) -> None:
    """Before enrolment nothing is sent, and the result says why."""
    fill(log, 1)
    fresh = load_or_create(tmp_path / "other", TERMINAL)
    result = centre.uplink(log, fresh).run_once(moment(10))
    assert result.state is UplinkState.NOT_ENROLLED
    assert centre.requests == 0


def test_alarms_of_the_centre_are_reported(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """What the centre wants looked at comes back with the result; it changes nothing here."""
    fill(log, 1)
    forged(lambda ack: replace(ack, alarms=(Alarm(1, "NEW_KIND"),)), centre)
    result = uplink.run_once(moment(10))
    assert result.state is UplinkState.UP_TO_DATE
    assert result.alarms == (Alarm(1, "NEW_KIND"),)


class Waits:
    """A wait that takes no time: notes the seconds, acts, and stops the loop at the end."""

    def __init__(self, *acts: Callable[[], None]) -> None:
        self.seconds: list[float] = []
        self.loop: UplinkLoop | None = None
        self._acts = list(acts)

    def __call__(self, seconds: float) -> None:
        """Wait."""
        self.seconds.append(seconds)
        if self._acts:
            self._acts.pop(0)()
        elif self.loop is not None:
            self.loop.stop()


def test_loop_backs_off_and_recovers(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """Waits double after failures up to the longest, and fall back after a good pass."""
    fill(log, 1)
    centre.stop()
    waits = Waits(*[lambda: None] * 3, centre.start)
    results: list[UplinkResult] = []
    loop = UplinkLoop(uplink, moment, results.append, wait=waits, jitter=lambda: 0.5, longest=10.0)
    waits.loop = loop
    loop.run()
    assert waits.seconds == [1.0, 2.0, 4.0, 5.0, 7.5]
    assert [result.state for result in results] == [UplinkState.UNREACHABLE] * 4 + [
        UplinkState.UP_TO_DATE
    ]
    assert log.unsent() == 0


def test_jitter_is_full(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """With the least jitter a terminal may knock again at once."""
    fill(log, 1)
    centre.stop()
    waits = Waits()
    loop = UplinkLoop(uplink, moment, wait=waits, jitter=lambda: 0.0)
    waits.loop = loop
    loop.run()
    assert waits.seconds == [0.0]


def test_loop_is_woken_by_an_event(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """A nudge after a recorded event starts a pass at once, on the loop's real wait."""
    passes: list[UplinkResult] = []
    second = threading.Event()

    def on_result(result: UplinkResult) -> None:
        passes.append(result)
        if result.sent:
            second.set()

    ended = threading.Event()
    loop = UplinkLoop(uplink, moment, on_result, ended=ended.set)
    thread = threading.Thread(target=loop.run)
    thread.start()
    fill(log, 1)
    loop.nudge()
    assert second.wait(30)
    loop.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert ended.is_set()
    assert sum(result.sent for result in passes) == 2
