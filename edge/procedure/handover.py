"""Phát thẻ: from what happened to how each card of the batch stands, and what may be done next.

Lives here: the fold over facts, the state of each card, the rule for handing one over. Not here:
the list (`handover_batch`), whose card was laid (`handover_match`), the pace (`handover_progress`),
writing (`handover_book`). Source: DESIGN section 10; 06-QĐ/TW (loss is reported at once).

A fact is never changed. The last word about a card stands until it is taken back, and then the
one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum, unique

from edge.procedure.handover_batch import Batch, Card, Delivered, Earlier, Field
from edge.procedure.handover_match import Shown
from edge.wire.kinds import EventKind, HandoverOutcome, HandoverReason, VerificationOutcome

MAX_REPORT = 60  # characters of a lost card's report number


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of a day. `place`: where it stands in the log; `of`: the event it takes back."""

    place: int
    kind: EventKind
    """VERIFICATION, HANDED_OVER or ANNULLED."""
    at: datetime
    card: str | None
    """Id of the batch's card."""
    outcome: str | None = None
    reason: str | None = None
    shown: Shown | None = None
    """Of a verification: which of the two cards was laid."""
    differs: frozenset[Field] = frozenset()
    of: int | None = None
    note: str = field(default="", repr=False)
    report: str = field(default="", repr=False)
    personal_number: str | None = field(default=None, repr=False)
    """Of a new chip whose entry in the list has none."""


@dataclass(frozen=True, slots=True)
class Laid:
    """The last laying of a new chip, or of the holder's citizen card."""

    place: int
    at: datetime
    outcome: str
    reason: str | None
    differs: frozenset[Field]
    personal_number: str | None = field(default=None, repr=False)

    @property
    def good(self) -> bool:
        """Whether the card was accepted and says what the list says."""
        return self.outcome == VerificationOutcome.ACCEPTED and not self.differs


@dataclass(frozen=True, slots=True)
class Word:
    """What became of a card, as it was recorded last."""

    place: int
    at: datetime
    outcome: str
    reason: str | None
    note: str = field(repr=False)
    report: str = field(repr=False)


@unique
class State(StrEnum):
    """How a card stands."""

    LEFT = "left"
    """Nothing was said of it yet."""
    READY = "ready"
    """Its chip is sound and agrees with the list; it is not handed over yet."""
    DELIVERED = "delivered"
    CHIP_DEFECTIVE = "chip-defective"
    DATA_DIFFER = "data-differ"
    ABSENT = "absent"
    POSTPONED = "postponed"


EXCEPTIONS = (State.DATA_DIFFER, State.CHIP_DEFECTIVE, State.ABSENT)
"""What somebody has to see to, the gravest first."""
_STATES: Mapping[str, State] = {
    HandoverOutcome.DELIVERED: State.DELIVERED,
    HandoverOutcome.CHIP_DEFECTIVE: State.CHIP_DEFECTIVE,
    HandoverOutcome.DATA_DIFFER: State.DATA_DIFFER,
    HandoverOutcome.ABSENT: State.ABSENT,
    HandoverOutcome.POSTPONED: State.POSTPONED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One card of the batch today."""

    card: Card
    chip: Laid | None = None
    identity: Laid | None = None
    word: Word | None = None

    @property
    def state(self) -> State:
        """Return how the card stands: by the last that was said or seen of it, also days ago."""
        chip, word = self.chip, self.word
        said = word.outcome if word is not None else None
        if said is None and self.card.earlier is not None:
            said = self.card.earlier.outcome
        newer = chip is not None and (word is None or chip.place > word.place)
        if said != HandoverOutcome.DELIVERED and newer and chip is not None:
            if chip.good:
                return State.READY
            if chip.outcome == VerificationOutcome.ACCEPTED:
                return State.DATA_DIFFER
        return State.LEFT if said is None else _STATES.get(said, State.LEFT)

    @property
    def personal_number(self) -> str | None:
        """Return the person's number as the list has it, else as the new chip says."""
        said = None if self.chip is None else self.chip.personal_number
        return self.card.personal_number or said

    @property
    def differs(self) -> frozenset[Field]:
        """Return in what the chip and the list differ, as it was seen last."""
        if self.chip is not None:
            return self.chip.differs
        return frozenset() if self.card.earlier is None else self.card.earlier.differs


@unique
class Refusal(StrEnum):
    """Why a card is not handed over yet. Stable codes."""

    DELIVERED_ALREADY = "DELIVERED_ALREADY"
    CHIP_NOT_LAID = "CHIP_NOT_LAID"
    CHIP_NOT_ACCEPTED = "CHIP_NOT_ACCEPTED"
    """Rejected, or not certain: a list that is too old, for instance."""
    CHIP_DIFFERS = "CHIP_DIFFERS"
    IDENTITY_NOT_SHOWN = "IDENTITY_NOT_SHOWN"
    IDENTITY_DIFFERS = "IDENTITY_DIFFERS"
    """The citizen card laid last is another person's."""
    OLD_CARD_UNSAID = "OLD_CARD_UNSAID"
    OLD_CARD_KNOWN = "OLD_CARD_KNOWN"
    """The list has an old card of this person: it is collected, lost or damaged."""
    REPORT_MISSING = "REPORT_MISSING"
    """An old card that is lost has the number of a report."""


def refusal(
    standing: Standing,
    *,
    citizen_card: bool,
    papers: bool,
    old: HandoverReason | None,
    report: str,
) -> Refusal | None:
    """Return what still stands in the way of handing the card over, the first step first.

    `citizen_card`: the batch wants one; else the officer's word that papers and face were
    compared (`papers`) is enough.
    """
    chip, identity = standing.chip, standing.identity
    if standing.state is State.DELIVERED:
        return Refusal.DELIVERED_ALREADY
    if chip is None:
        return Refusal.CHIP_NOT_LAID
    if chip.outcome != VerificationOutcome.ACCEPTED:
        return Refusal.CHIP_NOT_ACCEPTED
    if chip.differs:
        return Refusal.CHIP_DIFFERS
    if identity is not None and identity.differs:
        return Refusal.IDENTITY_DIFFERS
    shown = identity is not None and identity.good
    if not shown and (citizen_card or not papers):
        return Refusal.IDENTITY_NOT_SHOWN
    if old is None:
        return Refusal.OLD_CARD_UNSAID
    if old is HandoverReason.NO_OLD_CARD and standing.card.old_number is not None:
        return Refusal.OLD_CARD_KNOWN
    if old is HandoverReason.OLD_CARD_LOST and not report.strip():
        return Refusal.REPORT_MISSING
    return None


def fold(batch: Batch, facts: Iterable[Fact]) -> Mapping[str, Standing]:
    """Return how each card stands, by id, in the batch's order.

    Facts count by their places, in whatever order they come; those of no card of the batch are
    passed over.
    """
    ordered = sorted(facts, key=lambda fact: fact.place)
    undone = {fact.of for fact in ordered if fact.kind is EventKind.ANNULLED}
    chips: dict[str, Laid] = {}
    shown: dict[str, Laid] = {}
    words: dict[str, Word] = {}
    for fact in ordered:
        if fact.card is None or fact.outcome is None or fact.place in undone:
            continue
        if fact.kind is EventKind.VERIFICATION:
            laid = Laid(
                fact.place, fact.at, fact.outcome, fact.reason, fact.differs, fact.personal_number
            )
            (chips if fact.shown is Shown.NEW_CARD else shown)[fact.card] = laid
        elif fact.kind is EventKind.HANDED_OVER:
            words[fact.card] = Word(
                fact.place, fact.at, fact.outcome, fact.reason, fact.note, fact.report
            )
    return {
        card.id: Standing(card, chips.get(card.id), shown.get(card.id), words.get(card.id))
        for card in batch.cards
    }


def delivered_today(standings: Iterable[Standing], today: date) -> tuple[Delivered, ...]:
    """Return the cards handed over today, as later days know them."""
    return tuple(
        Delivered(one.card.number, one.card.organisation, today)
        for one in standings
        if one.state is State.DELIVERED
    )


def carried(batch: Batch, standings: Mapping[str, Standing], today: date) -> Batch:
    """Return the batch as the day leaves it: what was handed over, and the last word of the rest.

    Of a card that has become sound again, or of which nothing is left to say, nothing is carried.
    """
    left = {one.card.id: _carried(one, today) for one in standings.values()}
    return batch.after(delivered_today(standings.values(), today), left)


def _carried(standing: Standing, today: date) -> Earlier | None:
    word = standing.word
    if standing.state in (State.LEFT, State.READY):
        return None
    if word is not None:
        return Earlier(word.outcome, today, standing.differs, word.note)
    if standing.chip is not None and standing.chip.differs:
        return Earlier(HandoverOutcome.DATA_DIFFER, today, standing.differs)
    return standing.card.earlier


def waiting(batch: Batch, standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """Return the cards that may be handed over next: those begun, those left, those put off.

    Within each by the order of names.
    """
    return _in_turn(batch, standings, (State.READY, State.LEFT, State.POSTPONED))


def exceptions(batch: Batch, standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """Return the cards that somebody has to see to, the gravest first, then by name."""
    return _in_turn(batch, standings, EXCEPTIONS)


def _in_turn(
    batch: Batch, standings: Iterable[Standing], states: Sequence[State]
) -> tuple[Standing, ...]:
    turn = {state: place for place, state in enumerate(states)}
    found = [
        (turn[state], batch.by_name[one.card.id], one)
        for one in standings
        if (state := one.state) in turn
    ]
    return tuple(one for *_, one in sorted(found, key=lambda item: item[:2]))
