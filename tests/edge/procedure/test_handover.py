"""How a card of the batch stands after what happened, and when it may be handed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from edge.procedure.handover import (
    Fact,
    Refusal,
    Standing,
    State,
    exceptions,
    fold,
    refusal,
    waiting,
)
from edge.procedure.handover_batch import Earlier, Field
from edge.procedure.handover_match import Shown
from edge.wire.kinds import EventKind, HandoverOutcome, HandoverReason

from .batch_made import AT, AYUN, DO, MAI, TODAY, batch

ANOTHER = frozenset({Field.PERSONAL_NUMBER})


def chip(
    place: int,
    outcome: str = "ACCEPTED",
    differs: frozenset[Field] = frozenset(),
    shown: Shown = Shown.NEW_CARD,
) -> Fact:
    """Return that Ayŭn's new card, or with `shown` his citizen card, was laid."""
    at = AT + timedelta(minutes=place)
    return Fact(place, EventKind.VERIFICATION, at, AYUN.id, outcome, shown=shown, differs=differs)


def said(place: int, outcome: HandoverOutcome, card: str = AYUN.id) -> Fact:
    """Return what was said of a card."""
    return Fact(place, EventKind.HANDED_OVER, AT, card, outcome)


def undone(place: int, of: int) -> Fact:
    """Return that a fact was taken back."""
    return Fact(place, EventKind.ANNULLED, AT, AYUN.id, reason="BY_MISTAKE", of=of)


def ayun(*facts: Fact) -> Standing:
    """Return how Ayŭn's card stands after these."""
    return fold(batch(), facts)[AYUN.id]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((), State.LEFT),
        ((chip(1),), State.READY),
        ((chip(1, "REJECTED"),), State.LEFT),
        ((chip(1, differs=frozenset({Field.NAME})),), State.DATA_DIFFER),
        ((chip(1), said(2, HandoverOutcome.DELIVERED)), State.DELIVERED),
        ((said(1, HandoverOutcome.ABSENT), chip(2)), State.READY),
        ((said(1, HandoverOutcome.CHIP_DEFECTIVE), chip(2)), State.READY),
        ((chip(1), said(2, HandoverOutcome.POSTPONED)), State.POSTPONED),
        ((chip(1), said(2, HandoverOutcome.DELIVERED), chip(3)), State.DELIVERED),
        ((said(1, HandoverOutcome.ABSENT), chip(2, "REJECTED")), State.ABSENT),
    ],
)
def test_state(facts: tuple[Fact, ...], state: State) -> None:
    """The last that was said or seen decides, and nothing after the handing over."""
    assert ayun(*facts).state is state


def test_taken_back() -> None:
    """The word before stands again; a chip that was judged stays judged."""
    facts = (
        said(1, HandoverOutcome.ABSENT), chip(2), said(3, HandoverOutcome.DELIVERED), undone(4, 3),
    )  # fmt: skip
    assert ayun(*facts).state is State.READY
    assert ayun(*facts, undone(5, 1)).state is State.READY
    assert ayun(said(1, HandoverOutcome.ABSENT), undone(2, 1)).state is State.LEFT


def test_wrong_citizen_card_taken_back() -> None:
    """A laying that was a slip no longer speaks against anybody."""
    facts = (chip(1), chip(2, differs=ANOTHER, shown=Shown.CITIZEN_CARD), undone(3, 2))
    assert ayun(*facts).identity is None


def test_any_order() -> None:
    """Facts count by their places, however they arrive."""
    facts = (chip(1), said(2, HandoverOutcome.DELIVERED), undone(3, 2))
    assert len({ayun(*order).state for order in permutations(facts)}) == 1


def test_day_before() -> None:
    """What was said days ago holds until today says or sees another thing."""
    card = replace(AYUN, earlier=Earlier("DATA_DIFFER", TODAY, frozenset({Field.BIRTH})))
    before = fold(batch(card), ())[card.id]
    assert (before.state, before.differs) == (State.DATA_DIFFER, frozenset({Field.BIRTH}))
    after = fold(batch(card), [chip(1)])[card.id]
    assert (after.state, after.differs) == (State.READY, frozenset())


def test_outcome_of_a_later_program() -> None:
    """A code that is not known leaves the card on the list."""
    assert (
        ayun(replace(said(1, HandoverOutcome.ABSENT), outcome="SENT_BY_POST")).state is State.LEFT
    )


def ready(**other: object) -> dict[str, object]:
    """Return how a card is handed over where nothing is wrong but `other`."""
    return {
        "citizen_card": False,
        "papers": True,
        "old": HandoverReason.COLLECTED,
        "report": "",
    } | other


GOOD_IDENTITY = chip(2, shown=Shown.CITIZEN_CARD)


@pytest.mark.parametrize(
    ("facts", "how", "why"),
    [
        ((), {}, Refusal.CHIP_NOT_LAID),
        ((chip(1, "REJECTED"),), {}, Refusal.CHIP_NOT_ACCEPTED),
        ((chip(1, "INDETERMINATE"),), {}, Refusal.CHIP_NOT_ACCEPTED),
        ((chip(1, differs=frozenset({Field.NAME})),), {}, Refusal.CHIP_DIFFERS),
        ((chip(1),), {"papers": False}, Refusal.IDENTITY_NOT_SHOWN),
        ((chip(1),), {"citizen_card": True}, Refusal.IDENTITY_NOT_SHOWN),
        (
            (chip(1), chip(2, "INDETERMINATE", shown=Shown.CITIZEN_CARD)),
            {"papers": False},
            Refusal.IDENTITY_NOT_SHOWN,
        ),
        (
            (chip(1), chip(2, differs=ANOTHER, shown=Shown.CITIZEN_CARD)),
            {},
            Refusal.IDENTITY_DIFFERS,
        ),
        ((chip(1),), {"old": None}, Refusal.OLD_CARD_UNSAID),
        ((chip(1),), {"old": HandoverReason.NO_OLD_CARD}, Refusal.OLD_CARD_KNOWN),
        (
            (chip(1),),
            {"old": HandoverReason.OLD_CARD_LOST, "report": "  "},
            Refusal.REPORT_MISSING,
        ),
        ((chip(1), said(2, HandoverOutcome.DELIVERED)), {}, Refusal.DELIVERED_ALREADY),
    ],
)
def test_card_that_is_not_handed_over_yet(
    facts: tuple[Fact, ...], how: dict[str, object], why: Refusal
) -> None:
    """Each step has its refusal, and the first one that stands in the way is said."""
    assert refusal(ayun(*facts), **ready(**how)) is why  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "how"),
    [
        ((chip(1),), {}),
        ((chip(1), GOOD_IDENTITY), {"papers": False, "citizen_card": True}),
        ((GOOD_IDENTITY, chip(3)), {"papers": False}),
        ((chip(1),), {"old": HandoverReason.OLD_CARD_LOST, "report": "12/BC"}),
        ((chip(1),), {"old": HandoverReason.OLD_CARD_DAMAGED}),
        ((said(1, HandoverOutcome.ABSENT), chip(2)), {}),
        ((chip(1, "REJECTED"), said(2, HandoverOutcome.CHIP_DEFECTIVE), chip(3)), {}),
    ],
)
def test_card_that_is_handed_over(facts: tuple[Fact, ...], how: dict[str, object]) -> None:
    """Chip sound and agreeing, person shown, old card accounted for: nothing stands in the way."""
    assert refusal(ayun(*facts), **ready(**how)) is None  # type: ignore[arg-type]


def test_no_old_card_where_the_list_knows_none() -> None:
    """Somebody of whom no paper card is known may have none."""
    laid = replace(chip(1), card=DO.id)
    standing = fold(batch(), [laid])[DO.id]
    assert (
        refusal(
            standing, citizen_card=False, papers=True, old=HandoverReason.NO_OLD_CARD, report=""
        )
        is None
    )


def test_who_is_next_and_who_needs_somebody() -> None:
    """Begun before left before put off, by given name; exceptions apart, the gravest first."""
    facts = [said(1, HandoverOutcome.POSTPONED), replace(chip(2), card=MAI.id)]
    everybody = fold(batch(), facts).values()
    assert [one.card.name for one in waiting(batch(), everybody)] == [MAI.name, DO.name, AYUN.name]
    facts = [
        said(1, HandoverOutcome.ABSENT),
        said(2, HandoverOutcome.DATA_DIFFER, DO.id),
        said(3, HandoverOutcome.CHIP_DEFECTIVE, MAI.id),
    ]
    everybody = fold(batch(), facts).values()
    assert [one.card.name for one in exceptions(batch(), everybody)] == [
        DO.name,
        MAI.name,
        AYUN.name,
    ]
    assert waiting(batch(), everybody) == ()
