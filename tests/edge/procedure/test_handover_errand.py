"""The page of a batch is open and a card is laid: software cards through the tap loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from edge.errors import HandoverRefused
from edge.procedure.handover import Refusal, State
from edge.procedure.handover_batch import Card, Field, Organisation
from edge.procedure.handover_book import HandoverBook
from edge.procedure.handover_errand import WATCHED_SECONDS, HandoverDoor, HandoverErrand
from edge.procedure.handover_list import ListPreview
from edge.procedure.handover_match import Match, Shown
from edge.procedure.handover_view import HandoverView
from edge.sealed import batch_file
from edge.tap.access import PasswordSource
from edge.tap.admit import AdmitReason
from edge.tap.errand import Errand
from edge.tap.fault import Fault
from edge.tap.photo import portrait
from edge.tap.scene import SceneState
from edge.wire.kinds import EventKind, HandoverReason
from provisioning import forge, people
from provisioning.demo.prepare import Stage
from provisioning.people import Member
from tests.docs.schemas import check_log
from tests.edge.tap.conftest import Rig, RigMaker
from verify.pipeline import verify_file
from verify.reasons import Reason
from verify.verdict import Outcome

CELL = Organisation("o1", people.ORGANISATION, "99168053000001", date(2026, 12, 31))
BY = "pin:officer"


def card_of(member: Member, *, can: bool = True) -> Card:
    """Return the list's row for somebody of the cast."""
    entry = member.entry
    return Card(
        member.id,
        entry.number or "",
        entry.name,
        CELL.id,
        entry.birth,
        entry.personal_number,
        can=entry.can if can else None,
    )


NGOC = card_of(people.NGOC)


@dataclass
class BatchRig:
    """A terminal on which a batch runs and its page is open."""

    rig: Rig
    book: HandoverBook
    door: HandoverDoor

    @property
    def view(self) -> HandoverView:
        view = self.book.view()
        assert view is not None
        return view

    def state(self, card: Card = NGOC) -> State:
        return self.view.standings[card.id].state

    def lay(self, key: str, *, turn: str | None = None) -> SceneState:
        """Lay the cast's card, at somebody's turn."""
        if turn is not None:
            self.book.turn(turn)
        return self.rig.lay(self.rig.chip(key)).state


Maker = Callable[..., BatchRig]


@pytest.fixture
def make(make_rig: RigMaker, tmp_path: Path) -> Maker:
    """Return a maker of terminals with a batch of these cards."""

    def maker(*cards: Card, test_card: str | None = None) -> BatchRig:
        made: list[BatchRig] = []

        def asking() -> Errand | None:
            if not made or not made[0].door.open:
                return None
            found = made[0]
            return HandoverErrand(
                book=found.book,
                door=found.door,
                stage=found.rig.screen,
                profiles=found.rig.holdings.profiles,
                check_late=verify_file,
                photo=portrait,
                now=found.rig.now,
                monotonic=lambda: found.rig.seconds,
                test_card=test_card,
            )

        rig = make_rig(others=lambda _: (asking,))
        book = HandoverBook(rig.log, batch_file(tmp_path), rig.now)
        made.append(BatchRig(rig, book, HandoverDoor(lambda: rig.seconds)))
        book.begin("Đợt 2", ListPreview((CELL,), cards or (NGOC,), (), ()), by=BY)
        made[0].door.look(BY)
        return made[0]

    return maker


def test_steps_fill_by_laying_two_cards(make: Maker) -> None:
    """Whose turn it is opens the new chip, then the citizen card; nobody types anything."""
    batch = make()
    assert batch.lay("member-1", turn=NGOC.id) is SceneState.ACCEPTED
    assert batch.state() is State.READY
    assert batch.view.seen is not None
    assert batch.view.seen.photo is not None
    assert batch.view.seen.photo.startswith(b"\xff\xd8")
    assert batch.rig.results[-1].source is PasswordSource.CHOICE
    batch.rig.lift()
    assert batch.lay("citizen") is SceneState.ACCEPTED
    standing = batch.view.standings[NGOC.id]
    assert standing.identity is not None
    assert standing.identity.good
    batch.book.hand_over(NGOC.id, HandoverReason.COLLECTED, by=BY)
    assert batch.state() is State.DELIVERED
    assert check_log(batch.rig.log) == 5
    assert [e.outcome for e in batch.rig.log.events() if e.kind is EventKind.VERIFICATION] == [
        "ACCEPTED", "ACCEPTED",
    ]  # fmt: skip


def test_chip_laid_first_says_whose_it_is(make: Maker) -> None:
    """Scanned by its own code, without anybody's turn: the steps of its holder come up."""
    nie = card_of(people.NIE, can=False)
    batch = make(NGOC, nie)
    batch.rig.inputs.scanned(forge.party_qr(people.NIE))
    assert batch.lay("member-2") is SceneState.ACCEPTED
    assert batch.view.at_hand == nie.id


def test_chip_without_a_password_at_hand(make: Maker) -> None:
    """The list has none: the screen asks, and six digits typed open it where it lies."""
    batch = make(card_of(people.NGOC, can=False))
    assert batch.lay("member-1", turn=NGOC.id) is SceneState.CHOOSE
    batch.rig.inputs.typed(people.NGOC.can)
    batch.rig.settle()
    assert batch.rig.shows(SceneState.ACCEPTED)
    assert batch.state() is State.READY


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"name": "Nguyễn Thị Hồng Phương Thảo Ngoc"}, Field.NAME),
        ({"birth": "1991-08-03"}, Field.BIRTH),
        ({"personal_number": "099191000000"}, Field.PERSONAL_NUMBER),
    ],
)
def test_chip_that_differs_from_the_list(make: Maker, other: dict[str, str], field: Field) -> None:
    """An exception at once; the lamp is not green."""
    listed = replace(NGOC, **other)  # type: ignore[arg-type]
    batch = make(listed)
    assert batch.lay("member-1", turn=listed.id) is SceneState.UNEXPECTED
    assert batch.state(listed) is State.DATA_DIFFER
    assert batch.view.standings[listed.id].differs == frozenset({field})


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("clone", Reason.CHIP_AUTH_WITHHELD),
        ("withdrawn", Reason.CARD_WITHDRAWN),
        ("changed-photo", Reason.LATE_FILE_MISMATCH),
    ],
)
def test_chip_that_is_not_genuine_or_in_force(
    make: Maker, stage: Stage, key: str, reason: Reason
) -> None:
    """Refused; never handed over; a changed photo is seen before anything is green."""
    holder = next(card for card in stage.cast.cards if card.key == key).roster_person_id
    listed = card_of(next(one for one in people.MEMBERS if one.id == holder))
    batch = make(listed)
    assert batch.lay(key, turn=listed.id) is SceneState.REFUSED
    (event,) = [e for e in batch.rig.log.events() if e.kind is EventKind.VERIFICATION]
    assert (event.outcome, event.reason) == ("REJECTED", reason)
    assert SceneState.ACCEPTED not in batch.rig.states
    judged = batch.rig.results[-1].verdict
    assert judged is not None
    assert (judged.outcome, judged.reason) == (Outcome.REJECTED, reason)
    with pytest.raises(HandoverRefused) as caught:
        batch.book.hand_over(listed.id, HandoverReason.COLLECTED, papers=True)
    assert caught.value.code == Refusal.CHIP_NOT_ACCEPTED


def test_citizen_card_of_another(make: Maker) -> None:
    """It is another person: red, and the step says so."""
    nie = card_of(people.NIE)
    batch = make(nie, NGOC)
    batch.lay("member-2", turn=nie.id)
    batch.rig.lift()
    batch.rig.inputs.typed(_citizen_can())
    assert batch.lay("citizen", turn=nie.id) is SceneState.UNEXPECTED
    standing = batch.view.standings[nie.id]
    assert standing.identity is not None
    assert standing.identity.differs == frozenset({Field.PERSONAL_NUMBER})
    assert batch.view.at_hand == nie.id


def _citizen_can() -> str:
    return (NGOC.personal_number or "")[-6:]


def test_citizen_card_laid_first(make: Maker) -> None:
    """With nobody's turn it brings its holder's steps up."""
    batch = make()
    batch.rig.inputs.typed(_citizen_can())
    assert batch.lay("citizen") is SceneState.ACCEPTED
    assert batch.view.at_hand == NGOC.id


def test_card_of_nobody_on_the_list(make: Maker) -> None:
    """Genuine, and not of this batch: recorded, not green."""
    batch = make(card_of(people.THUY))
    batch.rig.inputs.typed(people.NGOC.can)
    assert batch.lay("member-1") is SceneState.UNEXPECTED
    assert batch.view.seen is not None
    assert batch.view.seen.match == Match(Shown.NEW_CARD, None)


def test_passport(make: Maker) -> None:
    """A card of another family is no part of this."""
    batch = make()
    line = batch.rig.cast("passport").scanner_line
    assert line is not None
    batch.rig.inputs.scanned(line)
    assert batch.lay("passport") is SceneState.UNEXPECTED
    assert batch.view.seen is not None
    assert batch.view.seen.match is None


def test_card_for_trying_out(make: Maker) -> None:
    """Never counts: nothing is recorded of it."""
    batch = make(test_card=NGOC.number)
    count = len(batch.rig.log.events())
    assert batch.lay("member-1", turn=NGOC.id) is SceneState.UNEXPECTED
    assert batch.rig.scene.reason == AdmitReason.TEST_CARD
    assert len(batch.rig.log.events()) == count
    assert batch.state() is State.LEFT


def test_wrong_number_for_the_chip(make: Maker) -> None:
    """One guess at a laying; the card keeps its tries, the page says why."""
    batch = make(replace(NGOC, can="000000"))
    assert batch.lay("member-1", turn=NGOC.id) is SceneState.CHOOSE
    assert batch.rig.scene.reason == Fault.PASSWORD_WRONG
    assert batch.state() is State.LEFT


def test_page_that_nobody_looks_at(make: Maker) -> None:
    """After a while, or once it is left, a card is laid for something else again."""
    batch = make()
    batch.rig.wait(WATCHED_SECONDS + 1)
    assert batch.lay("member-1", turn=NGOC.id) is not SceneState.ACCEPTED
    assert batch.state() is State.LEFT
    batch.door.look(BY)
    batch.door.leave()
    assert not batch.door.open
    assert batch.door.by is None


def test_batch_that_ended_under_an_open_page(make: Maker) -> None:
    """The card is not read, and nothing recorded."""
    batch = make()
    batch.book.finish()
    count = len(batch.rig.log.events())
    assert batch.rig.lay(batch.rig.chip("member-1")).state is not SceneState.ACCEPTED
    assert len(batch.rig.log.events()) == count


def test_log_that_takes_nothing(make: Maker) -> None:
    """No green without the event."""
    batch = make()
    batch.rig.log.close()
    assert batch.lay("member-1", turn=NGOC.id) is SceneState.LOCKED
