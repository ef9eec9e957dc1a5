"""One tap from the laying to the lamp: the order of things, and every way it can end."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.errors import MeetingState
from edge.log.chain import verify_file
from edge.tap.access import PasswordSource
from edge.tap.admit import Admission, AdmitReason
from edge.tap.fault import Fault
from edge.tap.flow import CHOICE_SECONDS, LINGER_SECONDS
from edge.tap.scene import Scene, SceneState
from edge.wire.kinds import EventKind
from provisioning import people
from provisioning.softcard.chip import Chip
from reader.errors import CardRemoved
from reader.evidence import PasswordKind
from reader.lds import dg2
from reader.lds.files import FileId
from reader.read import read
from reader.watch import ReaderReady, WaitingFor
from tests.edge.conftest import AT
from tests.edge.tap.conftest import Counting, Rig, RigMaker, power_cut
from verify.reasons import Reason


def test_a_member(rig: Rig) -> None:
    """Green with name and category; one event; counted; the photo follows without another end."""
    scene = rig.tap("member-1")
    assert rig.states == [SceneState.IDLE, SceneState.HOLD, SceneState.ACCEPTED]
    assert (scene.person, scene.category) == (people.NGOC.person.name, "official")
    assert scene.photo is not None
    assert scene.photo.startswith(b"\xff\xd8")
    assert rig.present == 1
    (event,) = rig.recorded()
    (result,) = rig.results
    assert result.decision is not None
    assert result.decision.admission is Admission.ADMITTED
    assert result.source is PasswordSource.CHOICE
    assert (result.seq, scene.seq, event.outcome) == (event.seq, event.seq, "ADMITTED")
    assert result.apdus > 0


def test_the_event_is_durable_before_the_lamp_is_green(rig: Rig, tmp_path: Path) -> None:
    """A power cut at the moment of green finds the presence on the disk."""
    cuts: list[Path] = []

    def pull_the_plug(scene: Scene) -> None:
        if scene.state is SceneState.ACCEPTED and not cuts:
            cuts.append(power_cut(rig.path, tmp_path / "cut"))

    rig.screen.listen(pull_the_plug)
    before = rig.log.head().seq
    rig.tap("member-1")
    assert verify_file(cuts[0]).events == before + 1


def test_the_same_person_again(rig: Rig) -> None:
    """Said kindly with the first time, and counted once."""
    first = rig.tap("member-1").at
    rig.lift()
    rig.wait(300)
    scene = rig.tap("member-1")
    assert (scene.state, scene.first_at) == (SceneState.ALREADY, first)
    assert scene.person == people.NGOC.person.name
    assert rig.present == 1


def test_the_citizen_card_of_a_member_who_is_here(rig: Rig) -> None:
    """Another card, the same person: ALREADY, counted once."""
    rig.tap("member-1")
    rig.lift()
    rig.inputs.scanned(rig.cast("citizen").scanner_line or "")
    scene = rig.lay(rig.chip("citizen"))
    assert (scene.state, scene.person) == (SceneState.ALREADY, people.NGOC.person.name)
    assert rig.present == 1


def test_the_citizen_card_of_a_member_who_is_not(rig: Rig) -> None:
    """It only tells who this is; nobody is present by it."""
    rig.inputs.scanned(rig.cast("citizen").scanner_line or "")
    scene = rig.lay(rig.chip("citizen"))
    assert scene.state is SceneState.UNEXPECTED
    assert scene.reason == AdmitReason.IDENTIFIED_FOR_HAND_ENTRY
    assert rig.present == 0


def test_a_genuine_passport(rig: Rig) -> None:
    """Genuine is not expected: never green."""
    rig.inputs.scanned(rig.cast("passport").scanner_line or "")
    scene = rig.lay(rig.chip("passport"))
    assert (scene.state, scene.reason) == (
        SceneState.UNEXPECTED,
        AdmitReason.PROFILE_NOT_EXPECTED,
    )
    assert scene.person is None
    assert SceneState.ACCEPTED not in rig.states


@pytest.mark.parametrize(
    "key",
    [
        "lost", "withdrawn", "signer-revoked", "expired", "clone", "quiet-clone",
        "forged-cardaccess", "changed-name", "stranger",
    ],
)  # fmt: skip
def test_a_bad_card(rig: Rig, key: str) -> None:
    """Refused with its reason, nobody named on the scene, one event, never green."""
    card = rig.cast(key)
    rig.inputs.typed(card.image.can or "")
    scene = rig.lay(rig.chip(key))
    assert (scene.state, scene.reason, scene.person) == (SceneState.REFUSED, card.reason, None)
    assert [event.outcome for event in rig.recorded()] == ["REFUSED"]
    assert SceneState.ACCEPTED not in rig.states
    assert rig.present == 0


def test_laid_without_a_password(rig: Rig) -> None:
    """A state, not an error: the card waits 30 s for a touched name, and then opens."""
    scene = rig.lay(rig.chip("member-1"))
    assert scene.state is SceneState.CHOOSE
    assert scene.kinds == {PasswordKind.CAN, PasswordKind.MRZ}
    assert scene.deadline == AT + timedelta(seconds=CHOICE_SECONDS)
    assert not scene.wrong
    assert rig.recorded() == []
    rig.wait(CHOICE_SECONDS - 1)
    assert rig.shows(SceneState.CHOOSE)
    rig.choose("member-1")
    rig.settle()
    assert rig.shows(SceneState.ACCEPTED)


def test_nobody_chose_in_time(rig: Rig) -> None:
    """After 30 s the card loses power; it has to be laid again, and then works."""
    rig.reader.lay(rig.chip("member-1"))
    rig.settle()
    laid = rig.loop._laying
    assert laid is not None
    rig.wait(CHOICE_SECONDS)
    assert (rig.scene.state, rig.scene.card_present) == (SceneState.IDLE, True)
    with pytest.raises(CardRemoved):
        laid.connection.transmit(b"\x00\xb0\x9c\x00\x00")
    rig.choose("member-1")
    rig.settle()
    assert rig.recorded() == []
    rig.lift()
    assert rig.tap("member-1").state is SceneState.ACCEPTED


def test_lifted_before_anybody_chose(rig: Rig) -> None:
    """The board invites the next card; nothing is recorded."""
    rig.lay(rig.chip("member-1"))
    rig.lift()
    assert rig.shows(SceneState.IDLE)
    assert rig.recorded() == []


def test_a_wrong_number(rig: Rig) -> None:
    """One guess only; the tries left are shown; no other is tried before the card is laid again."""
    card = Counting(rig.chip("member-1"))
    rig.inputs.typed("000000")
    scene = rig.lay(card)
    assert (scene.state, scene.wrong) == (SceneState.CHOOSE, True)
    assert scene.reason == Fault.PASSWORD_WRONG
    assert scene.tries_left == 2
    assert scene.deadline is None
    asked = card.asked
    rig.choose("member-1")
    rig.wait(1.0)
    assert card.asked == asked
    assert rig.recorded() == []
    rig.lift()
    rig.choose("member-1")
    assert rig.lay(card).state is SceneState.ACCEPTED
    assert [result.fault for result in rig.results] == [Fault.PASSWORD_WRONG, None]


def test_a_wrong_number_is_not_kept(rig: Rig) -> None:
    """The number that did not open serves no second laying."""
    chip = rig.chip("member-1")
    rig.inputs.typed("000000")
    rig.lay(chip)
    rig.lift()
    scene = rig.lay(chip)
    assert (scene.state, scene.wrong) == (SceneState.CHOOSE, False)


def test_too_few_tries(rig: Rig) -> None:
    """A card near its end is not guessed at: the terminal stops at the profile's minimum."""
    chip = rig.chip("member-1")
    tries = []
    for _ in range(4):
        rig.inputs.typed("000000")
        tries.append(rig.lay(chip).tries_left)
        rig.lift()
    assert tries == [2, 1, 1, 1]
    assert [result.fault for result in rig.results[-2:]] == [Fault.PASSWORD_TRIES_LOW] * 2
    rig.choose("member-1")
    assert rig.lay(chip).reason == Fault.PASSWORD_TRIES_LOW


def test_a_password_of_a_kind_that_the_card_has_not(rig: Rig) -> None:
    """The card is asked once and then waits for the other kind, without being asked again."""
    image = rig.cast("passport").image
    passport = Counting(Chip(replace(image, access=replace(image.access, can=None))))
    rig.inputs.typed("123456")
    scene = rig.lay(passport)
    assert (scene.state, scene.wrong) == (SceneState.CHOOSE, False)
    asked = passport.asked
    rig.wait(1.0)
    assert passport.asked == asked
    rig.inputs.scanned(rig.cast("passport").scanner_line or "")
    rig.settle()
    assert rig.shows(SceneState.UNEXPECTED)


def test_the_next_persons_line_comes_while_a_card_is_read(make_rig: RigMaker) -> None:
    """What is scanned during a reading is for the next card, and is not forgotten with this one."""
    rig = make_rig()
    rig.open()
    whole, calls = rig.read_card, []

    def reading(*given: object, **options: object) -> object:
        calls.append(1)
        rig.inputs.scanned(rig.cast("member-2").scanner_line or "")
        return whole(*given, **options)

    rig.read_card = reading  # type: ignore[assignment]
    rig.tap("member-1")
    rig.lift()
    assert rig.lay(rig.chip("member-2")).person == people.NIE.person.name
    assert len(calls) == 2


def test_torn_at_any_moment(rig: Rig) -> None:
    """A clear end wherever the card left; the same card laid again is read whole."""
    card = rig.cast("member-1")
    chip = rig.chip("member-1")
    for after in range(100):
        rig.inputs.typed(card.image.can or "")
        rig.reader.lay(chip, tear_after=after)
        rig.loop.step(0)
        rig.loop.step(0)
        if not rig.shows(SceneState.HOLD):
            break
        assert rig.scene.reason == Fault.CARD_REMOVED
        assert rig.recorded() == []
        rig.settle()
        assert not rig.scene.card_present
        rig.wait(LINGER_SECONDS)
        assert rig.shows(SceneState.IDLE)
    assert after > 10
    assert rig.shows(SceneState.ACCEPTED)
    assert len(rig.recorded()) == rig.present == 1
    rig.lift()
    assert rig.tap("member-1").state is SceneState.ALREADY


def test_swapped_at_any_moment(make_rig: RigMaker, tmp_path: Path) -> None:
    """Another card in its place: never the data of two cards in one event."""
    for after in range(0, 14, 3):
        rig = make_rig(path=tmp_path / f"{after}.sqlite")
        rig.open()
        rig.inputs.typed(rig.cast("member-1").image.can or "")
        rig.reader.lay(rig.chip("member-1"), tear_after=after)
        rig.loop.step(0)
        rig.loop.step(0)
        rig.choose("member-2")
        rig.lay(rig.chip("member-2"))
        (event,) = rig.recorded()
        body = rig.log.body(event)
        party = people.NIE.person.party
        assert party is not None
        assert (body["person"], body["number"]) == (people.NIE.id, party.number)
        assert rig.scene.person == people.NIE.person.name
        assert rig.present == 1


def test_laid_over_a_card_that_waits(rig: Rig) -> None:
    """The name touched afterwards opens the card that lies there now."""
    rig.lay(rig.chip("member-2"))
    rig.reader.lay(rig.chip("member-1"))
    rig.settle()
    rig.choose("member-1")
    rig.settle()
    assert rig.scene.person == people.NGOC.person.name


def test_a_changed_photo(rig: Rig, tmp_path: Path) -> None:
    """Accepted, then withdrawn: both events stay, the face is in no scene."""
    scene = rig.tap("changed-photo")
    assert rig.states[-2:] == [SceneState.ACCEPTED, SceneState.REFUSED]
    assert scene.reason == Reason.LATE_FILE_MISMATCH
    assert scene.person is None
    assert [event.kind for event in rig.recorded()] == [EventKind.CHECK_IN, EventKind.WITHDRAWN]
    assert rig.present == 0
    assert all(shown.photo is None for shown in rig.scenes)
    (face,) = dg2.parse(rig.cast("changed-photo").image.app_files[FileId.DG2.fid])
    disk = power_cut(rig.path, tmp_path / "disk")
    assert all(face.data[:64] not in file.read_bytes() for file in disk.parent.iterdir())
    assert rig.results[0].late is not None


def test_a_photo_that_never_came(rig: Rig) -> None:
    """Lifted after the verdict: the presence stands, no photo is shown."""
    rig.choose("member-1")
    rig.lay(rig.chip("member-1"))
    needed = rig.results[0].apdus
    rig.lift()
    rig.choose("member-2")
    scene = rig.lay(rig.chip("member-2"), tear_after=needed - 1)
    assert (scene.state, scene.photo) == (SceneState.ACCEPTED, None)
    assert rig.present == 2


def test_no_meeting_is_open(make_rig: RigMaker) -> None:
    """The card is not even asked."""
    rig = make_rig()
    card = Counting(rig.chip("member-1"))
    rig.inputs.typed(rig.cast("member-1").image.can or "")
    scene = rig.lay(card)
    assert (scene.state, scene.reason) == (SceneState.UNEXPECTED, AdmitReason.NO_MEETING)
    assert card.asked == 0
    assert rig.log.head().seq == 0


def test_the_meeting_is_closed_while_a_card_is_read(rig: Rig) -> None:
    """The tap comes too late: said so, nothing recorded, the next meeting works."""
    whole = rig.read_card

    def reading(*given: object, **options: object) -> object:
        got = whole(*given, **options)
        rig.book.close(rig.now())
        return got

    rig.read_card = reading  # type: ignore[assignment]
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (SceneState.UNEXPECTED, AdmitReason.NO_MEETING)
    assert rig.recorded() == []
    rig.lift()
    rig.read_card = whole
    rig.open()
    assert rig.tap("member-1").state is SceneState.ACCEPTED


def test_the_lists_are_old(make_rig: RigMaker) -> None:
    """Age alone: to be confirmed with one touch, which counts the person once."""
    rig = make_rig(start=AT + timedelta(days=20))
    rig.open()
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (SceneState.UNCONFIRMED, Reason.SIGNER_STATUS_STALE)
    assert rig.present == 0
    assert scene.seq is not None
    assert rig.book.confirm(scene.seq, rig.now()) is not None
    assert rig.present == 1
    assert rig.book.confirm(scene.seq, rig.now()) is None
    assert [event.kind for event in rig.recorded()] == [EventKind.CHECK_IN, EventKind.CONFIRMED]
    rig.lift()
    assert rig.tap("member-1").state is SceneState.ALREADY


def test_a_confirmed_presence_that_was_withdrawn(make_rig: RigMaker) -> None:
    """One touch does not bring back what was taken back."""
    rig = make_rig(start=AT + timedelta(days=20))
    rig.open()
    seq = rig.tap("member-1").seq
    assert seq is not None
    confirmed = rig.book.confirm(seq, rig.now())
    assert confirmed is not None
    rig.book.withdraw(confirmed.seq, rig.now(), Reason.LATE_FILE_MISMATCH)
    assert rig.present == 0
    with pytest.raises(MeetingState):
        rig.book.confirm(seq, rig.now())
    assert rig.present == 0


def test_the_reader_leaves_and_comes_back(rig: Rig) -> None:
    """Says what is missing; afterwards taps work as before."""
    rig.lay(rig.chip("member-1"))
    for event, reason in (("reader", Fault.READER_ABSENT), ("pcsc", Fault.PCSC_ABSENT)):
        rig.reader._events.put(WaitingFor(event))  # type: ignore[arg-type]
        rig.settle()
        assert (rig.scene.state, rig.scene.reason) == (SceneState.FAULT, reason)
        assert (rig.loop.reader, rig.loop.waiting_for) == (None, event)
    rig.reader._events.put(ReaderReady("another"))
    rig.settle()
    assert (rig.scene.state, rig.loop.reader) == (SceneState.IDLE, "another")
    assert rig.tap("member-1").state is SceneState.ACCEPTED


def test_power_cut_in_a_meeting(rig: Rig, make_rig: RigMaker, tmp_path: Path) -> None:
    """The meeting is open again with the same attendance, and takes taps."""
    rig.tap("member-1")
    rig.lift()
    rig.tap("changed-photo")
    before = rig.book.require()
    again = make_rig(path=power_cut(rig.path, tmp_path / "after"))
    again.book.resume()
    after = again.book.require()
    assert after.attendance == before.attendance
    assert after.entries == before.entries
    assert (after.kind, after.opened_at, after.roster) == (
        before.kind,
        before.opened_at,
        before.roster,
    )
    assert again.tap("member-1").state is SceneState.ALREADY
    again.lift()
    assert again.tap("member-2").state is SceneState.ACCEPTED
    assert again.present == 2
    assert verify_file(again.path).ok


def test_one_card_is_one_tap(rig: Rig) -> None:
    """A card that stays on the reader is read once."""
    rig.tap("member-1")
    rig.wait(60)
    assert len(rig.recorded()) == len(rig.results) == 1
    assert rig.shows(SceneState.ACCEPTED)


def test_an_outcome_lingers(rig: Rig) -> None:
    """It stays a moment after the card is lifted, a refusal longer, and then invites."""
    rig.tap("member-1")
    rig.reader.lift()
    rig.settle()
    rig.wait(LINGER_SECONDS - 0.1)
    assert (rig.scene.state, rig.scene.card_present) == (SceneState.ACCEPTED, False)
    rig.wait(0.1)
    assert rig.shows(SceneState.IDLE)
    rig.inputs.typed(rig.cast("lost").image.can or "")
    rig.lay(rig.chip("lost"))
    rig.reader.lift()
    rig.settle()
    rig.wait(LINGER_SECONDS)
    assert rig.shows(SceneState.REFUSED)


def test_something_else_changed(rig: Rig) -> None:
    """A refresh wakes the pages and never brings an old scene back or signals twice."""
    rig.tap("member-1")
    scene, heard = rig.scene, len(rig.scenes)
    rig.screen.refresh()
    assert rig.screen.wait(scene.version, 0) == replace(scene, version=scene.version + 1)
    assert len(rig.scenes) == heard


def test_run_until_told_to_stop(rig: Rig) -> None:
    """The thread's end lets go of the card."""
    stop = threading.Event()
    rig.screen.listen(lambda scene: stop.set() if scene.state is SceneState.CHOOSE else None)
    rig.reader.lay(rig.chip("member-1"))
    rig.loop.run(stop)
    assert not rig.reader.occupied


def test_photo_is_withheld(rig: Rig) -> None:
    """A chip that lists its photo and will not give it is treated like a changed one."""
    image = rig.cast("member-1").image
    rig.choose("member-1")
    rig.lay(Chip(replace(image, hidden=frozenset({FileId.DG2.fid}))))
    assert rig.scene.reason == Reason.LATE_FILE_MISMATCH
    assert rig.shows(SceneState.REFUSED)
    assert rig.present == 0


def test_card_lifted_before_its_photo_and_laid_again(rig: Rig) -> None:
    """The second laying finds the changed photo and takes back what the first one gave."""
    rig.choose("changed-photo")
    rig.lay(rig.chip("changed-photo"), tear_after=14)
    assert rig.present == 1
    rig.lift()
    rig.tap("changed-photo")
    assert rig.scene.reason == Reason.LATE_FILE_MISMATCH
    assert rig.present == 0


def test_forged_photo_of_somebody_who_is_here_by_a_genuine_card(rig: Rig) -> None:
    """A forged card takes back what it gave itself, never what the genuine card gave."""
    rig.tap("member-1")
    rig.lift()
    other = rig.cast("changed-photo").image.app_files[FileId.DG2.fid]
    genuine = rig.cast("citizen").image
    files = {**genuine.app_files, FileId.DG2.fid: other}
    line = rig.cast("citizen").scanner_line
    assert line is not None
    rig.inputs.scanned(line)
    rig.lay(Chip(replace(genuine, app_files=files)))
    assert rig.scene.reason == Reason.LATE_FILE_MISMATCH
    assert rig.present == 1


def test_unforeseen_error_while_a_card_lies(rig: Rig) -> None:
    """A slip of ours ends this laying with a sentence; the thread goes on to the next card."""
    stop = threading.Event()
    ended = threading.Event()

    def slip(*_given: Any, **_options: Any) -> Any:
        rig.read_card = read
        raise ZeroDivisionError

    def watch(scene: Scene) -> None:
        if scene.reason == Fault.INTERNAL:
            rig.reader.lift()
            rig.choose("member-1")
            rig.reader.lay(rig.chip("member-1"))
        elif scene.state is SceneState.ACCEPTED:
            ended.set()

    rig.read_card = slip
    rig.screen.listen(watch)
    rig.choose("member-1")
    rig.reader.lay(rig.chip("member-1"))
    serving = threading.Thread(target=rig.loop.run, args=(stop,))
    serving.start()
    try:
        assert ended.wait(10)
    finally:
        stop.set()
        serving.join()
    faults = {scene.reason for scene in rig.scenes if scene.state is SceneState.FAULT}
    assert faults == {Fault.INTERNAL}
