"""The batch of cards, written down: every act goes through the log first, then is shown.

Lives here: what may be done to a batch, and the event that each act writes. Not here: its days
(`handover_days`), what the events come to (`handover`), their bodies (`handover_facts`), the card
on the reader (`handover_errand`), who may do what (`edge.people`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection

from edge.errors import EdgeError, HandoverRefused
from edge.log.append import EventLog
from edge.meeting.sheet_parts import local
from edge.procedure.handover import MAX_REPORT, Refusal, Standing, State, refusal
from edge.procedure.handover_batch import Batch
from edge.procedure.handover_correction import corrected
from edge.procedure.handover_days import BatchDays, Day, no_batch
from edge.procedure.handover_facts import handed_over_body, verification_body
from edge.procedure.handover_list import ListPreview
from edge.procedure.handover_match import Match, Shown, match
from edge.procedure.handover_view import HandoverView, Seen
from edge.sealed import SealedFile
from edge.tap.record import holder_key
from edge.wire.event import ID_SIZE
from edge.wire.kinds import AnnulReason, EventKind, HandoverOutcome, HandoverReason
from verify.moment import Moment
from verify.verdict import Outcome, Verdict

MAX_NOTE = 500  # characters of what somebody typed
MAX_TITLE = 80  # characters
SAID = frozenset(
    {
        HandoverOutcome.CHIP_DEFECTIVE,
        HandoverOutcome.DATA_DIFFER,
        HandoverOutcome.ABSENT,
        HandoverOutcome.POSTPONED,
    }
)
"""What may be said of a card that is not handed over."""


class HandoverBook:
    """Hands over the cards of one batch at a time; safe from any thread.

    `file` keeps the batch between days; `now` gives the terminal's time; `changed` is called once
    an act is written. Making one takes up the day that was open when the power went.
    """

    def __init__(
        self,
        event_log: EventLog,
        file: SealedFile,
        now: Callable[[], Moment],
        changed: Callable[[], None] = lambda: None,
        rng: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._now = now
        self._changed = changed
        self._rng = rng
        self._lock = threading.RLock()
        self._at_hand: str | None = None
        self._seen: Seen | None = None
        self._done: str | None = None
        self._days = BatchDays(event_log, file)
        self._days.resume(now())

    # Looking

    def view(self) -> HandoverView | None:
        """Return the batch as it stands, None where none runs."""
        with self._lock:
            batch = self._days.batch
            if batch is None:
                return None
            return HandoverView(
                batch=batch,
                today=local(self._now().at).date(),
                standings=self._days.standings(),
                at_hand=self._at_hand,
                seen=self._seen,
                done=self._done,
                day_open=self._days.day is not None,
            )

    @property
    def trouble(self) -> EdgeError | None:
        """Return why the batch that was kept cannot be used, None where it can."""
        return self._days.trouble

    @property
    def batch(self) -> Batch | None:
        """Return the batch, None where none runs; costs nothing."""
        return self._days.batch

    @property
    def at_hand(self) -> str | None:
        """Return the id of the card whose turn it is."""
        return self._at_hand

    def turn(self, card_id: str | None) -> None:
        """Say whose turn it is; None: nobody's. Raises HandoverRefused for no card of the batch."""
        with self._lock:
            if card_id is not None:
                self._standing(card_id)
            if card_id == self._at_hand:
                return
            self._clear()
            self._at_hand = card_id
        self._changed()

    # The batch

    def begin(
        self,
        title: str,
        found: ListPreview,
        *,
        citizen_card: bool = False,
        batch_id: str | None = None,
        by: str | None = None,
    ) -> None:
        """Begin a batch with the cards of a list, under a random id unless it has one.

        Raises HandoverRefused where one runs, it has no title or the list has problems;
        RecordingLocked.
        """
        with self._lock:
            if self._days.batch is not None:
                raise HandoverRefused(
                    "A batch runs already.", next_step="End it before another one begins."
                )
            if not found.ok or not 0 < len(title) <= MAX_TITLE:
                raise HandoverRefused(
                    "The list has rows that cannot be taken, or the batch no title.",
                    next_step="Correct the rows in the file, and choose it again.",
                )
            at = self._now()
            batch = Batch(
                batch_id or self._rng(ID_SIZE).hex(),
                title,
                local(at.at).date(),
                found.organisations,
                found.cards,
                citizen_card=citizen_card,
            )
            self._clear()
            self._days.begin(batch, at, by)
        self._changed()

    def correct(self, found: ListPreview, *, by: str | None = None) -> None:
        """Go on with a corrected list; one that changes nothing ends no day.

        Raises HandoverRefused, RecordingLocked.
        """
        with self._lock:
            day = self._days.day
            running = self._days.batch if day is None else day.left()
            if running is None:
                raise no_batch()
            batch = corrected(running, found)
            if batch == running:
                return
            self._clear()
            self._days.begin(batch, self._now(), by)
        self._changed()

    def end_day(self, *, by: str | None = None) -> None:
        """End the day; the batch goes on with the next act. Without an open day, do nothing.

        Raises RecordingLocked.
        """
        with self._lock:
            self._clear()
            self._days.end_day(self._now(), by)
        self._changed()

    def finish(self, *, by: str | None = None) -> None:
        """End the batch: the terminal forgets its list. Raises RecordingLocked."""
        with self._lock:
            self._clear()
            self._days.forget(self._now(), by)
        self._changed()

    def drop(self, contexts: Collection[str]) -> None:
        """Let the day go where it is one of these, which the log ended by itself."""
        with self._lock:
            self._days.drop(contexts)

    # Cards

    def laid(self, verdict: Verdict, *, photo: bytes | None = None, by: str | None = None) -> Seen:
        """Record that a card was judged, and say what it is to the batch.

        `photo`: JPEG to show beside the face, kept until the next card. A genuine chip that
        differs from the list is at once an exception. Raises HandoverRefused where no batch runs,
        RecordingLocked.
        """
        with self._lock:
            at = self._now()
            day = self._days.today(at, by)
            hand = day.standings().get(self._at_hand or "")
            found = match(
                verdict,
                day.batch,
                None if hand is None else hand.card,
                None if hand is None else hand.personal_number,
            )
            card = None if found is None else found.card
            place = self._days.append(
                EventKind.VERIFICATION,
                at,
                outcome=verdict.outcome.name,
                reason=verdict.reason,
                key=holder_key(verdict) if card is None else card.person_key,
                body=verification_body(verdict, found, by),
            )
            if found is not None and verdict.outcome is Outcome.ACCEPTED:
                self._differs(day, found, at, by)
            if card is not None:
                self._at_hand = card.id
            number = None if verdict.holder is None else verdict.holder.number
            gone = None if number is None else day.batch.delivered_before(number)
            before = None if gone is None else gone.on
            self._done = None
            seen = Seen(verdict.outcome, verdict.reason, found, place, before, photo)
            self._seen = seen
        self._changed()
        return seen

    def hand_over(
        self,
        card_id: str,
        old: HandoverReason | None,
        *,
        papers: bool = False,
        report: str = "",
        note: str = "",
        by: str | None = None,
    ) -> None:
        """Record that the card was given to its holder, and what became of the old one.

        `papers`: the officer compared face and papers, where no citizen card was laid. Raises
        HandoverRefused with the code of the step that is missing, RecordingLocked.
        """
        with self._lock:
            at = self._now()
            day = self._days.today(at, by)
            standing = self._standing(card_id)
            why = refusal(
                standing,
                citizen_card=day.batch.citizen_card,
                papers=papers,
                old=old,
                report=report,
            )
            if why is not None or old is None:
                raise HandoverRefused(
                    f"The card is not handed over yet: {why}.",
                    next_step="Do the step that is missing, or put it off.",
                    code=why,
                )
            lost = old is HandoverReason.OLD_CARD_LOST
            shown = standing.identity is not None and standing.identity.good
            self._say(
                day,
                standing,
                HandoverOutcome.DELIVERED,
                at,
                reason=old,
                note=note,
                by=by,
                report=_short(report, MAX_REPORT).strip() if lost else "",
                identity=Shown.CITIZEN_CARD.value if shown else "papers",
            )
            self._done = card_id
        self._changed()

    def say(
        self, card_id: str, outcome: HandoverOutcome, *, note: str = "", by: str | None = None
    ) -> None:
        """Record why the card is not handed over (`SAID`).

        Raises HandoverRefused, RecordingLocked; ValueError for DELIVERED, which is `hand_over`.
        """
        if outcome not in SAID:
            raise ValueError("a card is handed over by its own act")
        with self._lock:
            at = self._now()
            day = self._days.today(at, by)
            standing = self._standing(card_id)
            if standing.state is State.DELIVERED:
                raise HandoverRefused(
                    "This card was handed over.",
                    next_step="Take that back first, if it was a mistake.",
                    code=Refusal.DELIVERED_ALREADY,
                )
            self._say(day, standing, outcome, at, reason=None, note=note, by=by)
        self._changed()

    def annul(
        self, card_id: str, place: int, reason: AnnulReason, *, by: str | None = None
    ) -> None:
        """Take back today's last word about a card, or a citizen card that was a slip.

        What an ended day left stays. Raises HandoverRefused, RecordingLocked.
        """
        with self._lock:
            at = self._now()
            self._days.today(at, by)
            standing = self._standing(card_id)
            last = {one.place for one in (standing.word, standing.identity) if one is not None}
            if place not in last:
                raise HandoverRefused(
                    "There is nothing of today to take back.",
                    next_step="Reload the page, and look at what stands there now.",
                )
            self._days.append(
                EventKind.ANNULLED,
                at,
                reason=reason,
                key=standing.card.person_key,
                body={
                    "of": self._days.reference(place),
                    "person": card_id,
                    "name": standing.card.name,
                    "by": by,
                },
            )
            self._done = None
            self._days.keep()
        self._changed()

    # Steps

    def _clear(self) -> None:
        self._at_hand = self._seen = self._done = None

    def _standing(self, card_id: str) -> Standing:
        found = self._days.standings().get(card_id)
        if found is None:
            raise HandoverRefused(
                "This card is not one of the batch.", next_step="Choose one of the list."
            )
        return found

    def _differs(self, day: Day, found: Match, at: Moment, by: str | None) -> None:
        """Make an exception of a genuine chip that differs, unless it is one already."""
        if found.card is None or found.shown is not Shown.NEW_CARD or not found.differs:
            return
        standing = self._standing(found.card.id)
        said = None if standing.word is None else standing.word.outcome
        if said not in (HandoverOutcome.DATA_DIFFER, HandoverOutcome.DELIVERED):
            self._say(day, standing, HandoverOutcome.DATA_DIFFER, at, reason=None, by=by)

    def _say(
        self,
        day: Day,
        standing: Standing,
        outcome: HandoverOutcome,
        at: Moment,
        *,
        reason: HandoverReason | None,
        note: str = "",
        by: str | None,
        **more: str,
    ) -> None:
        chip = standing.chip
        self._days.append(
            EventKind.HANDED_OVER,
            at,
            outcome=outcome,
            reason=reason,
            key=standing.card.person_key,
            body=handed_over_body(
                day.batch,
                standing,
                None if chip is None else self._days.reference(chip.place),
                by=by,
                note=_short(note, MAX_NOTE),
                **more,
            ),
        )
        self._clear()
        self._days.keep()


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise HandoverRefused(
            f"This has up to {most} characters.", next_step="Say it in fewer words."
        )
    return text
