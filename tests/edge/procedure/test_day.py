"""The counter's days in the log: one context a day, beside meetings and never taken for one."""

from __future__ import annotations

from datetime import timedelta

from edge.meeting.book import MeetingBook
from edge.procedure.day import CounterDay
from edge.wire.kinds import EventKind
from tests.edge.procedure.conftest import CounterRig

A_DAY = timedelta(days=1).total_seconds()


def verify(counter: CounterRig) -> None:
    """Ask, and lay the member's card."""
    counter.ask(can=counter.can("member-1"))
    counter.lay("member-1")
    counter.rig.lift()


def test_two_cards_of_one_day_and_one_of_the_next(counter: CounterRig) -> None:
    """A day is one context; the next day's first card closes it."""
    verify(counter)
    verify(counter)
    counter.rig.wait(A_DAY)
    verify(counter)
    (later, _), (earlier, _) = counter.day.days()
    assert [len(counter.day.of(context)) for context in (earlier, later)] == [2, 1]
    assert counter.rig.log.open_contexts() == (later,)


def test_the_day_goes_on_after_the_power_was_gone(counter: CounterRig) -> None:
    """The same context takes what comes after it."""
    verify(counter)
    again = CounterDay(counter.rig.log)
    at = counter.rig.now()
    again.record(at, outcome="REJECTED", reason=None, person_key=None, body={})
    assert len(again.days()) == 1
    ((context, _),) = again.days()
    assert [one.outcome for one in again.of(context)] == ["ACCEPTED", "REJECTED"]


def test_a_day_is_taken_for_no_meeting(counter: CounterRig) -> None:
    """A terminal that starts with a counter's day open has no meeting open."""
    verify(counter)
    book = MeetingBook(counter.rig.log, counter.rig.stage.cast.roster)
    book.resume()
    assert book.sitting is None


def test_a_meeting_beside_a_counters_day_is_taken_up(counter: CounterRig) -> None:
    """Whichever was opened last, the meeting is the one that goes on."""
    counter.rig.open()
    meeting = counter.rig.book.require().context
    counter.day.record(counter.rig.now(), outcome="REJECTED", reason=None, person_key=None, body={})
    book = MeetingBook(counter.rig.log, counter.rig.stage.cast.roster)
    book.resume()
    assert book.require().context == meeting


def test_no_name_or_number_stands_in_the_clear(counter: CounterRig) -> None:
    """The log's file holds neither the holder nor the dossier."""
    session = counter.ask(can=counter.can("member-1"))
    counter.lay("member-1")
    answer = counter.of(session).answer
    assert answer is not None
    held = b"".join(
        path.read_bytes() for path in counter.rig.path.parent.iterdir() if path.is_file()
    )
    for text in (*answer.fields.values(), "CSH-2026-0147", answer.receipt):
        assert text.encode() not in held
        assert text.encode("utf-16-le") not in held
    assert EventKind.RECEIPT.value.encode() in held
