"""The counter's days in the log: one context a day, beside meetings and never taken for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from edge.meeting.book import MeetingBook
from edge.meeting.sheet_jws import SignedSheet, terminal_signer
from edge.meeting.sheets import Sheets
from edge.procedure.day import CounterDay
from edge.wire.kinds import EventKind, HandReason
from provisioning.demo import prepare
from tests.edge.meeting.evening import KNOWLEDGE
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


@pytest.fixture
def sheets(counter: CounterRig) -> Sheets:
    """Return the sheets of the terminal's meetings."""
    rig = counter.rig
    signer = terminal_signer(ec.generate_private_key(ec.SECP256R1()))
    return Sheets(rig.log, rig.book, prepare.TERMINAL, signer, rig.now)


def meet(counter: CounterRig) -> str:
    """Hold a meeting and return it."""
    counter.rig.wait(60.0)
    counter.rig.open()
    context = counter.rig.book.require().context
    counter.rig.book.close(counter.rig.now())
    return context


def running(signed: SignedSheet) -> int:
    """Return the number of the day that a sheet gives its meeting."""
    return signed.sheet.meeting.running


def test_a_days_verifications_give_no_meeting_another_number(
    counter: CounterRig, sheets: Sheets
) -> None:
    """The first meeting of a day is its first, whatever happened at the counter before it."""
    verify(counter)
    first, second = meet(counter), meet(counter)
    assert [running(sheets.sign(one, KNOWLEDGE)) for one in (first, second)] == [1, 2]
    assert [running(sheets.get(one, 0)) for one in (first, second)] == [1, 2]


def test_a_meeting_of_the_day_that_the_terminal_forgot(counter: CounterRig, sheets: Sheets) -> None:
    """It still counts: no two meetings of a day have one number."""
    meeting = meet(counter)
    counter.rig.log.destroy_key(meeting)
    assert running(sheets.sign(meet(counter), KNOWLEDGE)) == 2


def test_a_supplement_after_the_day_was_forgotten(counter: CounterRig, sheets: Sheets) -> None:
    """It names its meeting by the number that the closing sheet was signed with."""
    verify(counter)
    meeting = meet(counter)
    sheets.sign(meeting, KNOWLEDGE)
    (day,) = counter.rig.log.open_contexts()
    counter.rig.log.close_context(day, counter.rig.now())
    counter.rig.log.destroy_key(day)
    late = counter.rig.book.after_the_end(meeting)
    someone = late.require_list().people[0].id
    late.hand_entry(someone, HandReason.FORGOTTEN, counter.rig.now(), late=True)
    assert running(sheets.sign(meeting, KNOWLEDGE)) == 1


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
