"""A question and the card that answers it: what is recorded, signed, handed over, and when not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.errors import RecordingLocked, SessionOver
from edge.log.fault import LogFault, locked
from edge.procedure.catalogue import Catalogue, PhotoShown, builtin_procedures
from edge.procedure.sessions import Ended, Session, State
from edge.tap.admit import AdmitReason
from edge.tap.fault import Fault
from edge.tap.scene import SceneState
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from provisioning.receipts import Given, Standing, examine
from reader.evidence import NeedsPassword
from reader.read import Reading, read
from tests.docs.schemas import check_log
from tests.edge.procedure.conftest import NONCE, ORIGIN, OTHER, CounterMaker, CounterRig
from verify import receipt_jws
from verify.reasons import Reason
from verify.receipt import handed_digest
from verify.verdict import Outcome


def events(counter: CounterRig, *kinds: EventKind) -> list[Event]:
    """Return what the log holds of these kinds."""
    return [event for event in counter.rig.log.events() if event.kind in kinds]


def test_a_genuine_card_answers_with_the_fields_asked_for_and_a_receipt(
    counter: CounterRig,
) -> None:
    """The asker gets what it asked for and may know, and a receipt that its own check proves."""
    session = counter.ask(can=counter.can("member-1"))
    counter.lay("member-1")
    ended = counter.of(session)
    assert (ended.state, ended.why) == (State.DONE, None)
    answer = ended.answer
    assert answer is not None
    assert answer.salt is not None
    assert answer.verdict.outcome is Outcome.ACCEPTED
    assert set(answer.fields) == {"name", "number"}
    found = examine(
        answer.receipt,
        Given(
            authorities=[counter.rig.stage.pilot.terminal_ca.certificate],
            nonce=NONCE,
            handed=(answer.fields, answer.salt),
        ),
    )
    assert found.standing is Standing.SIGNED
    claims = found.receipt
    assert (claims.request.origin, claims.request.dossier) == (ORIGIN, "CSH-2026-0147")
    assert claims.handed == handed_digest(answer.fields, answer.salt)


def test_the_receipt_names_the_event_that_stands_in_the_log(counter: CounterRig) -> None:
    """Both are there, in their order: the verification, whose hash the receipt gives, then it."""
    session = counter.ask(can=counter.can("member-1"))
    counter.lay("member-1")
    answer = counter.of(session).answer
    assert answer is not None
    verified, kept = events(counter, EventKind.VERIFICATION, EventKind.RECEIPT)
    claims = receipt_jws.unproven(answer.receipt)
    assert (claims.place.epoch, claims.place.seq) == (verified.epoch, verified.seq)
    assert claims.place.head == verified.hash
    assert kept.tag == receipt_jws.digest(answer.receipt)
    assert counter.rig.log.body(kept)["receipt"] == answer.receipt
    assert (verified.outcome, verified.reason) == ("ACCEPTED", None)


def test_a_revoked_card_is_answered_without_any_field(counter: CounterRig) -> None:
    """The receipt tells of the refusal; nobody learns whose card it is."""
    session = counter.ask(can=counter.can("lost"))
    counter.lay("lost")
    answer = counter.of(session).answer
    assert answer is not None
    assert (answer.verdict.outcome, answer.verdict.reason) == (
        Outcome.REJECTED,
        Reason.CARD_REPORTED_LOST,
    )
    assert (dict(answer.fields), answer.salt) == ({}, None)
    claims = receipt_jws.unproven(answer.receipt)
    assert (claims.outcome, claims.handed) == (Outcome.REJECTED, None)
    assert counter.rig.scene.state is SceneState.REFUSED


@pytest.mark.parametrize("key", ["clone", "quiet-clone", "changed-name", "forged-cardaccess"])
def test_a_forged_card_is_refused_and_recorded(counter: CounterRig, key: str) -> None:
    """No forged card hands anything over, and each stands in the log."""
    session = counter.ask(can=counter.can(key))
    counter.lay(key)
    answer = counter.of(session).answer
    assert answer is not None
    assert (answer.verdict.outcome, dict(answer.fields)) == (Outcome.REJECTED, {})
    (verified,) = events(counter, EventKind.VERIFICATION)
    assert verified.outcome == "REJECTED"


def test_a_citizen_card_for_a_procedure_of_party_cards(counter: CounterRig) -> None:
    """It is recorded and answers nothing; the party card laid next does."""
    session = counter.ask()
    card = counter.rig.cast("citizen")
    counter.rig.inputs.scanned(card.scanner_line or "")
    counter.lay("citizen")
    waiting = counter.of(session)
    assert (waiting.state, waiting.hint) == (State.WAITING, AdmitReason.PROFILE_NOT_EXPECTED)
    assert counter.rig.scene.state is SceneState.UNEXPECTED
    (verified,) = events(counter, EventKind.VERIFICATION, EventKind.RECEIPT)
    assert (verified.outcome, verified.reason) == ("NOT_TAKEN", AdmitReason.PROFILE_NOT_EXPECTED)
    counter.rig.lift()
    counter.rig.inputs.typed(counter.can("member-1"))
    counter.lay("member-1")
    assert counter.of(session).state is State.DONE


def test_every_event_has_its_published_form(counter: CounterRig) -> None:
    """Also that of a card which the procedure does not take: other programs read them all."""
    counter.ask()
    counter.rig.inputs.scanned(counter.rig.cast("citizen").scanner_line or "")
    counter.lay("citizen")
    counter.rig.lift()
    counter.rig.inputs.typed(counter.can("member-1"))
    counter.lay("member-1")
    written = events(counter, EventKind.VERIFICATION, EventKind.RECEIPT)
    assert [event.outcome for event in written] == ["NOT_TAKEN", "ACCEPTED", None]
    assert check_log(counter.rig.log) == 1 + len(written)


def test_the_test_card_answers_nothing_and_is_not_recorded(make_counter: CounterMaker) -> None:
    """It is for trying the terminal out, at the counter too."""
    known = make_counter()
    asked = known.ask(can=known.can("member-1"), fields=("number",))
    known.lay("member-1")
    answer = known.of(asked).answer
    assert answer is not None
    known.rig.log.close()
    counter = make_counter(test_card=answer.fields["number"], path=known.rig.path.with_name("two"))
    session = counter.ask(can=counter.can("member-1"))
    counter.lay("member-1")
    assert counter.of(session).hint == AdmitReason.TEST_CARD
    assert events(counter, EventKind.VERIFICATION) == []


def test_a_number_that_is_wrong_is_tried_once(counter: CounterRig) -> None:
    """A second laying does not spend another try: it asks for the number at the terminal."""
    session = counter.ask(can="000000")
    counter.lay("member-1")
    assert counter.of(session).hint == Fault.PASSWORD_WRONG
    counter.rig.lift()
    chip = counter.rig.chip("member-1")
    counter.rig.lay(chip)
    waiting = counter.of(session)
    assert (waiting.state, waiting.hint) == (State.WAITING, Fault.PASSWORD_NEEDED)
    counter.rig.inputs.typed(counter.can("member-1"))
    counter.rig.settle()
    assert counter.of(session).state is State.DONE


def test_a_card_that_is_torn_away_leaves_the_question_open(counter: CounterRig) -> None:
    """Nothing is recorded of half a card; the same question takes it when it is laid again."""
    session = counter.ask(can=counter.can("member-1"))
    counter.lay("member-1", tear_after=6)
    waiting = counter.of(session)
    assert (waiting.state, waiting.hint) == (State.WAITING, Fault.CARD_REMOVED)
    assert events(counter, EventKind.VERIFICATION) == []
    counter.rig.lift()
    counter.lay("member-1")
    assert counter.of(session).state is State.DONE


def test_nobody_but_the_asker_sees_the_answer(counter: CounterRig) -> None:
    """To another page a question is as if it were not there."""
    session = counter.ask(can=counter.can("member-1"))
    counter.lay("member-1")
    assert counter.sessions.of(session.id, OTHER.owner) is None


def test_a_question_cancelled_before_the_card_lay(counter: CounterRig) -> None:
    """A card laid afterwards is not read for it: nothing is recorded."""
    session = counter.ask(can=counter.can("member-1"))
    counter.sessions.cancel(session.id, session.question.owner, Ended.BY_ASKER)
    counter.lay("member-1")
    assert counter.of(session).state is State.CANCELLED
    assert events(counter, EventKind.VERIFICATION) == []
    assert counter.rig.scene.reason == AdmitReason.NO_MEETING


@pytest.mark.parametrize("key", ["member-1", "citizen"])
def test_a_question_cancelled_as_its_card_is_read(make_counter: CounterMaker, key: str) -> None:
    """Whatever the card is, it is too late for it: nothing is recorded."""
    asked: list[Session] = []

    def cancelled(*given: Any, **options: Any) -> Reading | NeedsPassword:
        got = read(*given, **options)
        counter.sessions.cancel(asked[0].id, None, Ended.BY_HOLDER)
        return got

    counter = make_counter(read_card=cancelled)
    asked.append(counter.ask())
    if key == "citizen":
        counter.rig.inputs.scanned(counter.rig.cast(key).scanner_line or "")
    else:
        counter.rig.inputs.typed(counter.can(key))
    counter.lay(key)
    assert counter.of(asked[0]).state is State.CANCELLED
    assert counter.rig.scene.reason == AdmitReason.QUESTION_OVER
    assert events(counter, EventKind.VERIFICATION) == []


def test_the_holder_says_no(counter: CounterRig) -> None:
    """The asker learns that the holder did not agree."""
    session = counter.ask()
    counter.counter.decline()
    ended = counter.of(session)
    assert (ended.state, ended.why) == (State.CANCELLED, Ended.BY_HOLDER)


def test_a_question_that_nobody_answers_ends_by_itself(counter: CounterRig) -> None:
    """After 90 seconds the reader is free again."""
    session = counter.ask()
    counter.rig.wait(89.0)
    assert counter.of(session).state is State.WAITING
    counter.rig.wait(2.0)
    ended = counter.of(session)
    assert (ended.state, ended.why) == (State.EXPIRED, Ended.NO_CARD)
    counter.ask(asker=OTHER)


def test_the_log_takes_nothing_as_the_card_is_judged(
    counter: CounterRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question fails, and neither field nor receipt is handed over."""
    session = counter.ask(can=counter.can("member-1"))

    def full(*_: object, **__: object) -> Event:
        raise locked(LogFault.DISK_FULL)

    monkeypatch.setattr(counter.rig.log, "append", full)
    counter.lay("member-1")
    ended = counter.of(session)
    assert (ended.state, ended.why, ended.answer) == (State.FAILED, LogFault.DISK_FULL, None)
    assert counter.rig.scene.state is SceneState.LOCKED


def test_the_power_goes_between_the_verification_and_its_receipt(
    counter: CounterRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is there, nothing was handed over, and the day shows it without a receipt."""
    session = counter.ask(can=counter.can("member-1"))

    def cut(*_: object, **__: object) -> Event:
        raise RecordingLocked("gone", next_step="-", fault=LogFault.DISK_FAILING)

    monkeypatch.setattr(counter.day, "keep", cut)
    counter.lay("member-1")
    assert counter.of(session).answer is None
    ((context, _),) = counter.day.days()
    (verified,) = counter.day.of(context)
    assert (verified.outcome, verified.receipt) == ("ACCEPTED", None)


def test_cancelling_while_the_card_is_written_down(
    counter: CounterRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is too late then: the asker is told to wait for the result."""
    session = counter.ask(can=counter.can("member-1"))
    said: list[Exception] = []
    record = counter.day.record

    def slow(*given: object, **more: object) -> Event:
        try:
            counter.sessions.cancel(session.id, session.question.owner, Ended.BY_ASKER)
        except SessionOver as error:
            said.append(error)
        return record(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(counter.day, "record", slow)
    counter.lay("member-1")
    assert (len(said), counter.of(session).state) == (1, State.DONE)


def test_a_procedure_that_shows_the_photo(make_counter: CounterMaker) -> None:
    """The officer sees the face; it is in no receipt and in nothing that is handed over."""
    counter = make_counter(catalogue=_showing_photos())
    session = counter.ask(can=counter.can("member-1"))
    counter.lay("member-1")
    answer = counter.of(session).answer
    assert answer is not None
    assert answer.photo is not None
    assert answer.photo.startswith(b"\xff\xd8")
    assert set(answer.fields) == {"name", "number"}


def test_a_photo_that_was_changed_where_it_is_shown(make_counter: CounterMaker) -> None:
    """The card is refused before anything is handed over, and the false face is not shown."""
    counter = make_counter(catalogue=_showing_photos())
    session = counter.ask(can=counter.can("changed-photo"))
    counter.lay("changed-photo")
    answer = counter.of(session).answer
    assert answer is not None
    assert (answer.verdict.outcome, answer.verdict.reason) == (
        Outcome.REJECTED,
        Reason.LATE_FILE_MISMATCH,
    )
    assert (answer.photo, dict(answer.fields)) == (None, {})
    assert receipt_jws.unproven(answer.receipt).outcome is Outcome.REJECTED


def test_a_card_that_slips_after_its_answer(counter: CounterRig) -> None:
    """Put back at once it is the same card, and says nothing new."""
    session = counter.ask(can=counter.can("member-1"))
    chip = counter.rig.chip("member-1")
    counter.rig.lay(chip)
    counter.rig.reader.lift()
    counter.rig.settle()
    counter.rig.wait(0.3)
    counter.rig.lay(chip)
    assert counter.rig.scene.state is SceneState.ACCEPTED
    assert counter.of(session).state is State.DONE
    assert len(events(counter, EventKind.VERIFICATION)) == 1


def _showing_photos() -> Catalogue:
    return Catalogue(tuple(replace(one, photo=PhotoShown.SHOW) for one in builtin_procedures()))
