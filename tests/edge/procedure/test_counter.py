"""Which questions are asked, and which are refused before any card is laid."""

from __future__ import annotations

import itertools
import os
import threading
from datetime import timedelta

import pytest

from edge.errors import QuestionRefused, ReaderHeld
from edge.log.fault import LogFault
from edge.procedure.counter import Asker, Held, Refusal, Wanted
from edge.procedure.sessions import KEPT_SECONDS, MAX_KEPT, WAIT_FOR_CARD, Ended, Sessions, State
from tests.edge.conftest import AT
from tests.edge.procedure.conftest import NONCE, OFFICE, OTHER, TRANSFER, CounterMaker, CounterRig

LAST_LOOK = 3
"""Of the clock, before `Sessions.wait` waits: at the start, for what is over, for what is left."""


def refused(counter: CounterRig, wanted: Wanted, asker: Asker = OFFICE) -> QuestionRefused:
    """Return why a question is not asked; nobody waits for a card afterwards."""
    with pytest.raises(QuestionRefused) as caught:
        counter.counter.ask(asker, wanted)
    assert counter.counter.waiting() is None
    return caught.value


def wanted(
    procedure: str = TRANSFER,
    dossier: str = "CSH-2026-0147",
    nonce: str = NONCE,
    fields: tuple[str, ...] = ("name",),
) -> Wanted:
    """Return a question with one thing changed."""
    return Wanted(procedure, dossier, nonce, fields)


def test_a_procedure_that_is_not_in_the_catalogue(counter: CounterRig) -> None:
    """Nobody asks for a purpose that the terminal cannot name."""
    assert refused(counter, wanted("xem-cho-biet")).fault == Refusal.PROCEDURE_UNKNOWN


def test_a_procedure_of_batches(counter: CounterRig) -> None:
    """Phát thẻ is done on the terminal itself."""
    assert refused(counter, wanted("phat-the", fields=())).fault == Refusal.NOT_AT_COUNTER


def test_fields_beyond_the_purpose(counter: CounterRig) -> None:
    """The refusal names them all, and nothing is asked for."""
    error = refused(counter, wanted(fields=("name", "hometown", "religion")))
    assert (error.fault, error.names) == (Refusal.FIELDS_NOT_ALLOWED, ("hometown", "religion"))


@pytest.mark.parametrize("dossier", ["", "x" * 65, "a\nb", "\x07"])
def test_a_dossier_that_no_receipt_can_carry(counter: CounterRig, dossier: str) -> None:
    """It is refused before the card rather than after."""
    assert refused(counter, wanted(dossier=dossier)).fault == Refusal.QUESTION_UNFIT


@pytest.mark.parametrize("nonce", ["", "short", "with space 1234", "x" * 89, "ü" * 12])
def test_a_nonce_without_its_form(counter: CounterRig, nonce: str) -> None:
    """RFC 9711 section 4.1: 8 to 88 characters of base64url."""
    assert refused(counter, wanted(nonce=nonce)).fault == Refusal.QUESTION_UNFIT


def test_a_terminal_without_a_certificate(make_counter: CounterMaker) -> None:
    """A receipt that nobody could check is not promised."""
    counter = make_counter(signs=False)
    assert refused(counter, wanted()).fault == Refusal.NO_CERTIFICATE


def test_a_terminal_that_cannot_record(
    counter: CounterRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No card is asked for that could not be written down."""
    monkeypatch.setattr(type(counter.rig.log), "fault", LogFault.DISK_FULL)
    assert refused(counter, wanted()).fault == Refusal.RECORDING_LOCKED


def test_a_second_question_while_one_waits(counter: CounterRig) -> None:
    """The one who comes second learns who has the reader, and since when."""
    first = counter.ask()
    with pytest.raises(ReaderHeld) as caught:
        counter.ask(asker=OTHER)
    assert (caught.value.holder, caught.value.since) == (OFFICE.name, first.asked)


def test_a_question_while_a_meeting_is_open(make_counter: CounterMaker) -> None:
    """The reader is the meeting's."""
    counter = make_counter(held=lambda: Held("Sinh hoạt thường kỳ", AT))
    with pytest.raises(ReaderHeld) as caught:
        counter.ask()
    assert caught.value.holder == "Sinh hoạt thường kỳ"


def test_a_meeting_that_opens_while_a_question_waits(make_counter: CounterMaker) -> None:
    """The question ends and says why; a card laid then is the meeting's."""
    held: list[Held] = []
    counter = make_counter(held=lambda: held[0] if held else None)
    session = counter.ask()
    held.append(Held("Sinh hoạt thường kỳ", session.asked))
    assert counter.counter.waiting() is None
    ended = counter.of(session)
    assert (ended.state, ended.why) == (State.CANCELLED, Ended.BY_MEETING)


def test_fields_asked_for_twice(counter: CounterRig) -> None:
    """Each stands once in the receipt, in order."""
    session = counter.ask(fields=("number", "name", "number"))
    assert session.question.request.fields == ("name", "number")


def test_the_deadline_that_is_told(counter: CounterRig) -> None:
    """It is the time until which the terminal waits."""
    session = counter.ask()
    assert session.deadline - session.asked == timedelta(seconds=WAIT_FOR_CARD)


def test_an_answer_that_nobody_fetches(counter: CounterRig) -> None:
    """It is forgotten: names are kept no longer than they are waited for."""
    session = counter.ask(can=counter.can("member-1"))
    counter.lay("member-1")
    counter.rig.lift()
    counter.rig.wait(KEPT_SECONDS)
    assert counter.sessions.of(session.id, OFFICE.owner) is None


def test_an_older_answer_while_the_next_question_runs_out(counter: CounterRig) -> None:
    """One ends for want of a card; what came before it is kept its own time."""
    older = counter.ask()
    counter.sessions.cancel(older.id, OFFICE.owner, Ended.BY_ASKER)
    later = counter.ask()
    counter.rig.wait(WAIT_FOR_CARD)
    assert counter.of(later).state is State.EXPIRED
    assert counter.of(older).state is State.CANCELLED
    counter.rig.wait(KEPT_SECONDS - WAIT_FOR_CARD)
    assert counter.sessions.of(older.id, OFFICE.owner) is None
    assert counter.of(later).state is State.EXPIRED


def test_a_page_that_asks_again_and_again(counter: CounterRig) -> None:
    """Only so many questions are kept: memory has an end."""
    for _ in range(MAX_KEPT + 5):
        session = counter.ask()
        counter.sessions.cancel(session.id, OFFICE.owner, Ended.BY_ASKER)
    assert len(counter.sessions._kept) <= MAX_KEPT


def test_another_page_cancels(counter: CounterRig) -> None:
    """It has no effect: a question is its asker's."""
    session = counter.ask()
    counter.sessions.cancel(session.id, OTHER.owner, Ended.BY_ASKER)
    assert counter.of(session).state is State.WAITING


def test_waiting_for_a_change(counter: CounterRig) -> None:
    """A change that came already is told at once; without one the question stands as it was."""
    session = counter.ask()
    assert counter.sessions.wait(session.id, OFFICE.owner, session.version, 0) == session
    counter.sessions.begin(session.id)
    told = counter.sessions.wait(session.id, OFFICE.owner, session.version, 30)
    assert told is not None
    assert told.state is State.READING


def test_waiting_for_a_question_that_is_over(counter: CounterRig) -> None:
    """Nothing comes any more, whatever version is waited for."""
    session = counter.ask()
    counter.sessions.cancel(session.id, OFFICE.owner, Ended.BY_ASKER)
    told = counter.sessions.wait(session.id, OFFICE.owner, 99, 30)
    assert told is not None
    assert told.state is State.CANCELLED


def test_a_change_between_looking_and_waiting(counter: CounterRig) -> None:
    """There is no such moment: who begins a reading then is heard by whoever waits."""
    session = counter.ask()
    shut_out: list[bool] = []
    looks = itertools.count(1)

    def clock() -> float:
        if next(looks) == LAST_LOOK:
            reading = threading.Thread(target=sessions.begin, args=(asked.id,))
            reading.start()
            reading.join(0.1)
            shut_out.append(reading.is_alive())
        return 0.0

    sessions = Sessions(lambda: 0.0, os.urandom)
    asked = sessions.ask(session.question, session.asked, session.deadline)
    sessions._monotonic = clock
    told = sessions.wait(asked.id, OFFICE.owner, asked.version, 30)
    assert shut_out == [True]
    assert told is not None
    assert told.state is State.READING


def test_a_reading_that_never_comes_to_an_end(counter: CounterRig) -> None:
    """The reader is free again, a while after the question's deadline."""
    session = counter.ask()
    counter.sessions.begin(session.id)
    counter.rig.wait(WAIT_FOR_CARD + 1)
    assert counter.of(session).state is State.READING
    counter.rig.wait(30.0)
    assert counter.of(session).state is State.EXPIRED
