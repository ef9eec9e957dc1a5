"""The days of a batch: each a context of the log, the batch sealed in between.

Lives here: opening, closing, carrying over, and taking up what was open when the power went. Not
here: what is done to a card (`handover_book`), what events come to (`handover`). Under the book's
lock.

A batch runs for weeks, and a context's key lives for 30 days at most. So each day of handing over
is a context of its own, with the cards that were left that morning; the batch itself is carried
from day to day sealed under a key of its own, as the roster is, with what the day left of it
(docs/adr/0014). The log decides where the two differ: the sealed batch is written after it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from edge.errors import EdgeError, HandoverRefused, KeyDestroyed, RecordingLocked
from edge.log.append import EventLog
from edge.log.fault import LogFault
from edge.meeting.sheet_parts import local
from edge.procedure import handover_batch_json as forms
from edge.procedure.handover import Fact, Standing, carried, fold
from edge.procedure.handover_batch import Batch
from edge.procedure.handover_facts import fact_of, progress_body
from edge.procedure.handover_progress import progress
from edge.sealed import SealedFile
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from verify.moment import Moment

log = logging.getLogger("tramthe.handover")


@dataclass(slots=True)
class Day:
    """One day of handing over, as its events have made it."""

    context: str
    on: date
    batch: Batch
    """As the day found it."""
    facts: list[Fact] = field(default_factory=list)
    _folded: Mapping[str, Standing] | None = None

    def take(self, fact: Fact) -> None:
        """Take the next fact."""
        self.facts.append(fact)
        self._folded = None

    def standings(self) -> Mapping[str, Standing]:
        """Return how each card stands, by id, the same value until something happens."""
        if self._folded is None:
            self._folded = fold(self.batch, self.facts)
        return self._folded

    def left(self) -> Batch:
        """Return the batch as the day leaves it so far."""
        return carried(self.batch, self.standings(), self.on)


class BatchDays:
    """The batch of one terminal and its open day, in the log and in its sealed file."""

    def __init__(self, event_log: EventLog, file: SealedFile) -> None:
        self._log = event_log
        self._file = file
        self.resting: Batch | None = None
        """The batch as the last day left it; None where none runs."""
        self.day: Day | None = None
        self.trouble: EdgeError | None = None
        """Why the batch on this terminal cannot be used; None where it can, or where none is."""

    @property
    def batch(self) -> Batch | None:
        """Return the batch as the open day found it, else as it rests."""
        return self.resting if self.day is None else self.day.batch

    def standings(self) -> Mapping[str, Standing]:
        """Return how each card stands, by id; nothing where no batch runs."""
        if self.day is not None:
            return self.day.standings()
        return {} if self.resting is None else fold(self.resting, ())

    # Days

    def begin(self, batch: Batch, at: Moment, by: str | None) -> None:
        """Begin a batch, or go on with another list: the day that is open ends.

        Raises RecordingLocked; then the batch before goes on.
        """
        self.end_day(at, by)
        try:
            self._file.keep(forms.to_bytes(batch))
        except OSError as error:
            raise not_kept() from error
        self.resting, self.trouble = batch, None
        self._open(batch, at, by)

    def today(self, at: Moment, by: str | None) -> Day:
        """Return the open day, after the one before was ended; a clock set back ends none.

        Raises HandoverRefused where no batch runs, RecordingLocked.
        """
        if self.batch is None:
            raise no_batch()
        if self.day is not None and local(at.at).date() > self.day.on:
            self.end_day(at, None)
        return self.day or self._open(self.batch, at, by)

    def end_day(self, at: Moment, by: str | None) -> None:
        """End the open day, with its progress in the log. Raises RecordingLocked."""
        day = self.day
        if day is not None:
            found = progress(day.batch, day.standings(), day.on)
            self._log.close_context(day.context, at, body=progress_body(found, by))
            self._leave(day)

    def forget(self, at: Moment, by: str | None) -> None:
        """End the day, and forget the batch. Raises RecordingLocked."""
        self.end_day(at, by)
        try:
            self._file.forget()
        except OSError as error:
            raise not_kept() from error
        self.resting = None

    def drop(self, contexts: Collection[str]) -> None:
        """Let the day go where it is one of these, which the log ended by itself."""
        if self.day is not None and self.day.context in contexts:
            self._leave(self.day)

    def append(
        self,
        kind: EventKind,
        at: Moment,
        *,
        outcome: str | None = None,
        reason: str | None = None,
        key: str | None,
        body: Mapping[str, object],
    ) -> int:
        """Write an event of the open day and return its place. Raises RecordingLocked."""
        day = self.day
        if day is None:
            raise AssertionError("an event of a batch is written on one of its days")
        event = self._log.append(
            kind,
            context=day.context,
            at=at,
            outcome=outcome,
            reason=reason,
            person_key=key,
            body=body,
        )
        self._take(day, event, body)
        return self._log.place(event)

    def keep(self) -> None:
        """Seal what the day leaves so far. The log has it: a disk that refuses is asked again."""
        if self.day is not None:
            try:
                self._file.keep(forms.to_bytes(self.day.left()))
            except OSError as error:
                log.error("the batch of cards cannot be kept: %s", error.strerror)

    def reference(self, place: int) -> dict[str, object]:
        """Return how a body names the event at a place."""
        return self._log.reference(place)

    # After a power cut

    def resume(self, at: Moment) -> None:
        """Take up the day that the log still has open, else the batch as it was left."""
        kept = self.resting = self._sealed()
        try:
            for day in self._open_days(kept):
                self.end_day(at, None)  # the power went between one day and the next
                self.day, self.resting = day, day.batch
        except EdgeError as error:
            self.trouble = error
            log.error("an open day of cards cannot be taken up: %s", error.message)
        if self.day is not None:
            self.trouble = None
            self.keep()

    def _sealed(self) -> Batch | None:
        try:
            data = self._file.read()
            return None if data is None else forms.from_bytes(data)
        except EdgeError as error:
            self.trouble = error
            log.error("the batch of cards cannot be used: %s", error.message)
        except OSError as error:
            self.trouble = not_kept()
            log.error("the batch of cards cannot be read: %s", error.strerror)
        return None

    def _open_days(self, kept: Batch | None) -> Iterator[Day]:
        for context in self._log.open_contexts():
            opening, *later = self._log.events(context=context)
            try:
                body = self._log.body(opening)
            except KeyDestroyed:
                continue  # the log ends it by itself
            if body.get("kind") != forms.KIND:
                continue
            batch = forms.from_day(body, self._log.roster(context), kept)
            day = Day(context, local(opening.moment.at).date(), batch)
            for event in later:
                self._take(day, event, self._log.body(event))
            yield day

    # Steps

    def _open(self, batch: Batch, at: Moment, by: str | None) -> Day:
        context = self._log.open_context(forms.opening(batch) | {"by": by}, at, forms.people(batch))
        self.day = Day(context, local(at.at).date(), batch)
        return self.day

    def _leave(self, day: Day) -> None:
        """Go on with what the day leaves of the batch."""
        self.keep()
        self.resting, self.day = day.left(), None

    def _take(self, day: Day, event: Event, body: Mapping[str, object]) -> None:
        fact = fact_of(event, body, self._log.place(event), self._log.referred(body.get("of")))
        if fact is not None:
            day.take(fact)


def no_batch() -> HandoverRefused:
    """Return the error for an act on a batch where none runs."""
    return HandoverRefused("No batch of cards runs.", next_step="Load the list of cards first.")


def not_kept() -> RecordingLocked:
    """Return the error for a disk that refuses the sealed batch."""
    return RecordingLocked(
        "The list of cards cannot be kept.",
        next_step="Free space on the disk, or replace it, then do it again.",
        fault=LogFault.DISK_FAILING.value,
    )
