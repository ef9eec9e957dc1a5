"""A card laid while the page of a batch is open: judged, written down, and then shown there.

Lives here: the errand, what opens such a card, and whether the page is open. Not here: what the
card means to the batch (`handover_book`), the laying (`edge.tap.flow`).

Nobody types where the list has what is needed: whose turn it is tells the password of the new
chip, and once that has held, of the citizen card, whose number follows from the personal number.
One of the two is tried at a laying, never both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge.procedure.handover_book import HandoverBook
from edge.procedure.handover_days import no_batch
from edge.procedure.handover_match import CITIZEN_CARD, NEW_CARD
from edge.procedure.handover_view import Seen
from edge.procedure.shown_photo import with_photo
from edge.tap import access, late
from edge.tap.access import Access, Inputs, PasswordSource
from edge.tap.admit import AdmitReason, is_test_card
from edge.tap.errand import JudgedCard, Served, at_counter
from edge.tap.scene import Scene, SceneState, Stage
from reader.evidence import Password, PasswordKind
from reader.profile import CardProfile, derive_password
from verify.moment import Moment
from verify.verdict import Outcome

WATCHED_SECONDS = 120.0
"""How long after a look at the batch's page a card is taken to be laid for it."""


class HandoverDoor:
    """Whether somebody looks at the page of the batch, and who; safe from any thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._looked: tuple[float, str | None] | None = None

    def look(self, by: str | None) -> None:
        """Take note that the page is looked at."""
        self._looked = (self._monotonic(), by)

    def leave(self) -> None:
        """Take note that the page was left for good."""
        self._looked = None

    @property
    def open(self) -> bool:
        """Whether a card laid now is laid for the batch."""
        looked = self._looked
        return looked is not None and self._monotonic() - looked[0] <= WATCHED_SECONDS

    @property
    def by(self) -> str | None:
        """Return who looked last, as events say it."""
        return None if self._looked is None else self._looked[1]


@dataclass(frozen=True, slots=True)
class HandoverErrand:
    """The batch, for whose page a card is laid."""

    book: HandoverBook
    door: HandoverDoor
    stage: Stage
    profiles: Sequence[CardProfile]
    check_late: late.CheckLate
    photo: Callable[[bytes], bytes | None]
    now: Callable[[], Moment]
    monotonic: Callable[[], float]
    test_card: str | None

    def ready(self) -> None:
        """Raise HandoverRefused where no batch runs."""
        if self.book.batch is None:
            raise no_batch()

    def find(self, inputs: Inputs, now: float) -> Access | None:
        """Return what opens the card: scanned, chosen or typed, else by whose turn it is."""
        batch = self.book.batch
        roster = None if batch is None else batch.roster
        return access.find(inputs, now, roster, self.profiles) or self._by_turn()

    def in_vain(self, code: str) -> None:
        """Do nothing: the page shows why, and goes on waiting."""

    def serve(self, card: JudgedCard) -> Served:
        """Record the card and show what it came to."""
        if is_test_card(card.verdict, self.test_card):
            self._show(SceneState.UNEXPECTED, AdmitReason.TEST_CARD, None)
            why = AdmitReason.TEST_CARD
            return at_counter(card, self.monotonic(), None, place=None, why=why)
        verdict, picture = with_photo(card, self.check_late, self.photo)
        seen = self.book.laid(verdict, photo=picture, by=self.door.by)
        self._show(_state(seen), seen.reason, seen.place)
        return at_counter(card, self.monotonic(), verdict, place=seen.place, why=None)

    # Steps

    def _by_turn(self) -> Access | None:
        view = self.book.view()
        hand = None if view is None else view.hand
        if hand is None:
            return None
        if hand.chip is None or not hand.chip.good:
            can = hand.card.can
            if can is None:
                return None
            password = Password(PasswordKind.CAN, can)
            return Access(password, PasswordSource.CHOICE, NEW_CARD, hand.card.id)
        personal = hand.personal_number
        profile = next((one for one in self.profiles if one.name == CITIZEN_CARD), None)
        if personal is None or profile is None:
            return None
        derived = derive_password(profile, PasswordKind.CAN, {"number": personal})
        if derived is None:
            return None
        return Access(derived, PasswordSource.CHOICE, CITIZEN_CARD, hand.card.id)

    def _show(self, state: SceneState, reason: str | None, seq: int | None) -> None:
        at = self.now().at
        self.stage.show(Scene(state, at, reason=reason, seq=seq, card_present=True, counter=True))


def _state(seen: Seen) -> SceneState:
    """Return what lamp and screen say of the card."""
    if seen.outcome is Outcome.REJECTED:
        return SceneState.REFUSED
    if seen.match is None or seen.match.card is None or seen.match.differs:
        return SceneState.UNEXPECTED
    if seen.outcome is Outcome.INDETERMINATE:
        return SceneState.UNCONFIRMED
    return SceneState.ACCEPTED
