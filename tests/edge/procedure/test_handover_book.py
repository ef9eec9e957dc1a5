"""The book over a real log: what each act writes, refuses, and takes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import HandoverRefused, RecordingLocked
from edge.procedure.handover import MAX_REPORT, Refusal, State
from edge.procedure.handover_batch import Field
from edge.procedure.handover_book import MAX_NOTE, MAX_TITLE
from edge.procedure.handover_list import ListPreview
from edge.procedure.handover_match import Match, Shown
from edge.wire.kinds import AnnulReason, EventKind, HandoverOutcome, HandoverReason
from tests.docs.schemas import check_log
from verify.verdict import Outcome

from .batch_made import AYUN, DO, MAI, TARGET, TODAY
from .handover_desk import BY, HandoverDesk, listed

COLLECTED = HandoverReason.COLLECTED


def test_card_that_is_handed_over(desk: HandoverDesk) -> None:
    """Chip, citizen card, old card: three events, the last one says it all."""
    desk.lay(AYUN)
    assert desk.view.hand is not None
    assert desk.view.hand.card == AYUN
    desk.show(AYUN)
    desk.book.hand_over(AYUN.id, COLLECTED, note="Đã ký sổ", by=BY)
    event, body = desk.last()
    assert (event.kind, event.outcome, event.reason) == (
        EventKind.HANDED_OVER, "DELIVERED", "COLLECTED",
    )  # fmt: skip
    assert event.tag == desk.log.events()[-2].tag
    assert body["name"] == AYUN.name
    assert (body["organisation"], body["identity"]) == ("38168053000001", "citizen-card")
    assert (body["note"], body["by"]) == ("Đã ký sổ", BY)
    assert desk.log.referred(body["of"]) == desk.log.place(desk.log.events()[-3])
    assert desk.state(AYUN) is State.DELIVERED
    assert (desk.view.delivered, desk.view.left, desk.view.total) == (1, 2, 3)
    assert desk.view.hand is None


def test_every_event_is_as_published(desk: HandoverDesk) -> None:
    """Header and body of each act hold against the schemas."""
    desk.lay(AYUN, name="Y Ƀhiăo Ayun")
    desk.show(DO)
    desk.lay(DO, Outcome.REJECTED)
    desk.book.say(DO.id, HandoverOutcome.CHIP_DEFECTIVE, note="gãy", by=BY)
    desk.lay(DO)
    desk.book.hand_over(DO.id, HandoverReason.OLD_CARD_LOST, papers=True, report="12/BC", by=BY)
    desk.lay(MAI, personal_number="066090000001")
    desk.book.say(MAI.id, HandoverOutcome.ABSENT)
    desk.book.annul(MAI.id, word(desk, "c3"), AnnulReason.BY_MISTAKE, by=BY)
    desk.book.end_day(by=BY)
    desk.book.say(MAI.id, HandoverOutcome.POSTPONED)
    desk.book.finish(by=BY)
    kinds = {event.kind for event in desk.log.events()}
    assert kinds == {
        *(EventKind.CONTEXT_OPENED, EventKind.ROSTER_PART, EventKind.CONTEXT_CLOSED),
        *(EventKind.VERIFICATION, EventKind.HANDED_OVER, EventKind.ANNULLED),
    }
    assert check_log(desk.log) > 12


def word(desk: HandoverDesk, card_id: str) -> int:
    """Return where the last word about a card stands."""
    said = desk.view.standings[card_id].word
    assert said is not None
    return said.place


def test_opening_says_what_the_batch_is(desk: HandoverDesk) -> None:
    """Title, organisations and their dates; the cards stand behind it; nothing in the clear."""
    opening = desk.log.events()[0]
    body = desk.log.body(opening)
    assert (body["kind"], body["title"], body["by"]) == ("handover", "Đợt 2", BY)
    assert body["organisations"][0]["target"] == TARGET.isoformat()
    assert [row["name"] for row in desk.log.roster(opening.context or "")] == [
        AYUN.name, DO.name, MAI.name,
    ]  # fmt: skip
    assert (opening.outcome, opening.reason) == (None, None)


def test_chip_that_differs_is_an_exception_at_once(desk: HandoverDesk) -> None:
    """Which field stands in the sealed body; the clear code only says that some do."""
    seen = desk.lay(AYUN, birth="1979-04-03")
    assert seen.match == Match(Shown.NEW_CARD, AYUN, frozenset({Field.BIRTH}))
    event, body = desk.last()
    assert (event.kind, event.outcome) == (EventKind.HANDED_OVER, "DATA_DIFFER")
    assert body["differs"] == ["birth"]
    assert desk.state(AYUN) is State.DATA_DIFFER
    count = len(desk.log.events())
    desk.lay(AYUN, birth="1979-04-03")
    assert len(desk.log.events()) == count + 1
    with pytest.raises(HandoverRefused) as caught:
        desk.book.hand_over(AYUN.id, COLLECTED, papers=True)
    assert caught.value.code == Refusal.CHIP_DIFFERS


def test_chip_that_is_not_certain(desk: HandoverDesk) -> None:
    """Too old a list, for instance: recorded, and the card stays until it is certain."""
    desk.lay(AYUN, Outcome.INDETERMINATE)
    assert desk.last()[0].outcome == "INDETERMINATE"
    with pytest.raises(HandoverRefused) as caught:
        desk.book.hand_over(AYUN.id, COLLECTED, papers=True)
    assert caught.value.code == Refusal.CHIP_NOT_ACCEPTED
    assert desk.state(AYUN) is State.LEFT
    desk.deliver(AYUN)
    assert desk.state(AYUN) is State.DELIVERED


def test_card_of_nobody_on_the_list(desk: HandoverDesk) -> None:
    """Recorded, of nobody of the batch; whose turn it is stays so."""
    desk.book.turn(DO.id)
    seen = desk.lay(AYUN, number="991099999", personal_number="066099999999")
    assert seen.match == Match(Shown.NEW_CARD, None)
    event, body = desk.last()
    assert (event.kind, event.outcome, body["person"]) == (
        EventKind.VERIFICATION, "ACCEPTED", None,
    )  # fmt: skip
    assert desk.view.at_hand == DO.id


def test_chip_of_another_takes_the_turn(desk: HandoverDesk) -> None:
    """The page shows whose chip lies there, not whose was expected."""
    desk.book.turn(DO.id)
    desk.lay(AYUN)
    assert desk.view.at_hand == AYUN.id


def test_citizen_card_of_another(desk: HandoverDesk) -> None:
    """Nothing is handed over on it; taken back as a slip, the right one counts."""
    desk.lay(AYUN)
    desk.show(DO)
    with pytest.raises(HandoverRefused) as caught:
        desk.book.hand_over(AYUN.id, COLLECTED, papers=True)
    assert caught.value.code == Refusal.IDENTITY_DIFFERS
    shown = desk.standing(AYUN).identity
    assert shown is not None
    desk.book.annul(AYUN.id, shown.place, AnnulReason.CARD_OF_ANOTHER)
    desk.book.hand_over(AYUN.id, COLLECTED, papers=True)
    assert desk.state(AYUN) is State.DELIVERED


def test_citizen_card_of_somebody_whose_number_only_the_chip_says(desk: HandoverDesk) -> None:
    """The list has no personal number of hers: her new chip's signed one is compared."""
    desk.lay(MAI, personal_number=DO.personal_number or "")
    desk.show(DO)
    desk.book.hand_over(MAI.id, COLLECTED, by=BY)
    assert desk.last()[1]["identity"] == "citizen-card"


@pytest.mark.parametrize(
    ("old", "report"), [(HandoverReason.OLD_CARD_LOST, "12/BC"), (COLLECTED, "12/BC")]
)
def test_report_of_a_lost_card(desk: HandoverDesk, old: HandoverReason, report: str) -> None:
    """Its number stands in the sealed body, and only of a card that is lost."""
    desk.lay(AYUN)
    desk.book.hand_over(AYUN.id, old, papers=True, report=report)
    said = desk.last()[1].get("report")
    assert said == (report if old is HandoverReason.OLD_CARD_LOST else None)


def test_taken_back(desk: HandoverDesk) -> None:
    """Both events stay; the card is to be handed over again."""
    desk.deliver(AYUN)
    place = word(desk, AYUN.id)
    desk.book.annul(AYUN.id, place, AnnulReason.WRONG_PERSON, by=BY)
    event, body = desk.last()
    assert (event.kind, event.reason) == (EventKind.ANNULLED, "WRONG_PERSON")
    assert desk.log.referred(body["of"]) == place
    assert desk.state(AYUN) is State.READY
    with pytest.raises(HandoverRefused):
        desk.book.annul(AYUN.id, place, AnnulReason.WRONG_PERSON)


@pytest.mark.parametrize("outcome", [o for o in HandoverOutcome if o != "DELIVERED"])
def test_why_not(desk: HandoverDesk, outcome: HandoverOutcome) -> None:
    """Each reason is written, may be overtaken by another, and not after the handing over."""
    desk.book.say(AYUN.id, outcome, note="ghi chú")
    assert desk.standing(AYUN).word is not None
    assert desk.last()[0].outcome == outcome
    desk.deliver(DO)
    with pytest.raises(HandoverRefused):
        desk.book.say(DO.id, outcome)


def test_delivered_is_its_own_act(desk: HandoverDesk) -> None:
    """No way around the steps."""
    with pytest.raises(ValueError, match="its own act"):
        desk.book.say(AYUN.id, HandoverOutcome.DELIVERED)


def test_text_that_is_too_long(desk: HandoverDesk) -> None:
    """Refused before anything is written."""
    desk.lay(AYUN)
    count = len(desk.log.events())
    with pytest.raises(HandoverRefused):
        desk.book.say(AYUN.id, HandoverOutcome.ABSENT, note="x" * (MAX_NOTE + 1))
    with pytest.raises(HandoverRefused):
        desk.book.hand_over(
            AYUN.id, HandoverReason.OLD_CARD_LOST, papers=True, report="1" * (MAX_REPORT + 1)
        )
    assert len(desk.log.events()) == count


def test_card_that_the_batch_has_not(desk: HandoverDesk) -> None:
    """Refused by every act."""
    with pytest.raises(HandoverRefused):
        desk.book.turn("c9")
    with pytest.raises(HandoverRefused):
        desk.book.say("c9", HandoverOutcome.ABSENT)
    with pytest.raises(HandoverRefused):
        desk.book.hand_over("c9", COLLECTED, papers=True)
    with pytest.raises(HandoverRefused):
        desk.book.annul("c9", 1, AnnulReason.BY_MISTAKE)


def test_one_batch_at_a_time(desk: HandoverDesk) -> None:
    """Another begins when this one has ended; of that nothing is left to see."""
    with pytest.raises(HandoverRefused):
        desk.begin()
    desk.book.finish(by=BY)
    assert desk.book.view() is None
    with pytest.raises(HandoverRefused):
        desk.lay(AYUN)
    desk.begin(DO)
    assert [one.card.name for one in desk.view.waiting] == [DO.name]


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("", listed()),
        ("x" * (MAX_TITLE + 1), listed()),
        ("Đợt 2", ListPreview((), (), (), ())),
    ],
)
def test_batch_that_does_not_begin(tmp_path: Path, title: str, found: ListPreview) -> None:
    """No title, or no card to hand over."""
    desk = HandoverDesk(tmp_path)
    with pytest.raises(HandoverRefused):
        desk.book.begin(title, found)
    assert desk.book.view() is None
    assert desk.log.events() == ()
    desk.log.close()


def test_corrected_list(desk: HandoverDesk) -> None:
    """The day ends and goes on with the list as it is now; who got the card is not asked again."""
    desk.deliver(AYUN)
    desk.lay(DO, name="Lò Thị Dợi")
    desk.book.say(MAI.id, HandoverOutcome.ABSENT)
    right = replace(DO, name="Lò Thị Dợi")
    desk.book.correct(listed(AYUN, replace(right, id="x1"), MAI), by=BY)
    assert desk.standing(DO).card == right
    assert (desk.state(DO), desk.state(MAI)) == (State.LEFT, State.ABSENT)
    desk.deliver(right)
    assert (desk.view.delivered, desk.view.total) == (2, 3)


def test_pages_are_told(desk: HandoverDesk) -> None:
    """Each act once, after it is written; a turn that changes nothing tells nobody."""
    told = desk.told
    desk.book.turn(AYUN.id)
    desk.book.turn(AYUN.id)
    desk.lay(AYUN)
    desk.book.say(AYUN.id, HandoverOutcome.POSTPONED)
    assert desk.told == told + 3


def test_log_that_takes_nothing(desk: HandoverDesk) -> None:
    """Then nothing is shown as done either."""
    desk.lay(AYUN)
    desk.log.close()
    with pytest.raises(RecordingLocked):
        desk.book.hand_over(AYUN.id, COLLECTED, papers=True)
    assert desk.state(AYUN) is State.READY


def test_today(desk: HandoverDesk) -> None:
    """The day is the one on the calendar where the terminal stands."""
    assert desk.today == TODAY
    desk.wait(hours=15)
    assert desk.today == TODAY.replace(day=30)
