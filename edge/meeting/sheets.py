"""The sheets of a closed meeting: signed at its end, made again the same while its names live.

Lives here: what of a signing the log keeps so that the same sheet comes out of it later, and the
sheets of late entries. Not here: what a sheet says (`sheet_build`), its signature (`sheet_jws`),
its pages (`edge.web`).

No sheet is kept on disk. The event of a signing carries, sealed with the meeting's key, the time,
the meeting's number of the day and what was known; all else is in the events before it. Made
again, a sheet must have the hash that was recorded, or it is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edge.errors import KeyDestroyed, LogDamaged, MeetingState, SealBroken
from edge.log.append import EventLog
from edge.meeting.attendance import FactKind
from edge.meeting.book import MeetingBook
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_build import Confirmation, Ending, build
from edge.meeting.sheet_json import knowledge_from, knowledge_object
from edge.meeting.sheet_jws import SignedSheet, Signer, digest, sign
from edge.meeting.sheet_parts import (
    MAX_RUNNING,
    Knowledge,
    Later,
    MeetingId,
    ReadAloud,
    Supplement,
    local,
)
from edge.meeting.sitting import Entry, Sitting
from edge.wire.event import Event
from edge.wire.kinds import EventKind, ExportOutcome, SheetOutcome
from verify.moment import Moment


@dataclass(frozen=True, slots=True)
class Signing:
    """What the event of a signing says: which sheet, when, in what knowledge."""

    place: int
    number: int
    digest: bytes
    signed: datetime
    running: int
    knowledge: Knowledge


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed meeting whose key lives. `pending`: events that no sheet carries yet."""

    context: str
    sitting: Sitting
    signings: tuple[Signing, ...]
    pending: int
    taken: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """In which forms each sheet left the terminal (`ExportOutcome`)."""

    @property
    def all_taken(self) -> bool:
        """Whether everything is signed, and each sheet left in some form."""
        signed = bool(self.signings) and not self.pending
        return signed and all(self.taken.get(one.number) for one in self.signings)


class Sheets:
    """The sheets of one terminal's meetings. `signer` None: the terminal's key is lost."""

    def __init__(
        self,
        log: EventLog,
        book: MeetingBook,
        terminal: str,
        signer: Signer | None,
        now: Callable[[], Moment],
    ) -> None:
        self._log = log
        self._book = book
        self._terminal = terminal
        self._signer = signer
        self._now = now

    def closed(self) -> tuple[Closed, ...]:
        """Return the closed meetings whose names the terminal still has, the latest first."""
        states = [s for s in self._log.contexts() if s.closed and s.has_key]
        meetings = (s.context for s in reversed(states) if self._book.is_meeting(s.context))
        return tuple(self.of(context) for context in meetings)

    def of(self, context: str) -> Closed:
        """Return a closed meeting. Raises MeetingState, KeyDestroyed, LogDamaged."""
        sitting = self._book.past(context)
        if sitting.closed_at is None:
            raise MeetingState(
                "This meeting is still open.", next_step="Close it first; then its sheet is made."
            )
        signings = tuple(self._signings(context))
        pending = len(self._later(sitting, context, signings))
        return Closed(context, sitting, signings, pending, self._taken(context))

    def preview(self, knowledge: Knowledge) -> Sheet:
        """Return the closing sheet of the open meeting as it would be signed now.

        Raises MeetingState where none is open.
        """
        sitting, at = self._book.require(), self._now().at
        signing = Signing(0, 0, b"", at, self._running(sitting.context), knowledge)
        return self._make(sitting, sitting.context, signing, ())

    def sign(self, context: str, knowledge: Knowledge, *, by: str | None = None) -> SignedSheet:
        """Sign the closing sheet, or the supplement for what came since the last one.

        Raises MeetingState where nothing is left to sign, RecordingLocked.
        """
        closed = self.of(context)
        last = closed.signings[-1] if closed.signings else None
        number = 0 if last is None else last.number + 1
        if last is not None and not closed.pending:
            raise MeetingState(
                "Nothing came after the last sheet.", next_step="Record the late entry first."
            )
        moment = self._now()
        running = self._running(context) if last is None else last.running
        signing = Signing(0, number, b"", moment.at, running, knowledge)
        made = self._make(closed.sitting, context, signing, closed.signings)
        signed = sign(made, self._sign)
        body = {
            "signed": made.signed.isoformat(timespec="seconds"),
            "running": signing.running,
            "knowledge": knowledge_object(knowledge),
        }
        outcome = SheetOutcome.SUPPLEMENT if number else SheetOutcome.CLOSING
        self._book.record_sheet(context, outcome, number, signed.digest, moment, by=by, more=body)
        return signed

    def get(self, context: str, number: int) -> SignedSheet:
        """Return a sheet as it was signed. Raises MeetingState, KeyDestroyed, LogDamaged."""
        signings = tuple(self._signings(context))
        wanted = next((one for one in signings if one.number == number), None)
        if wanted is None:
            raise MeetingState(
                "There is no such sheet.", next_step="Choose one of the list of closed meetings."
            )
        before = tuple(one for one in signings if one.place < wanted.place)
        made = self._make(self._book.past(context, wanted.place), context, wanted, before)
        if digest(made) != wanted.digest:
            raise LogDamaged(
                "The sheet made again is not the one that was signed.",
                next_step="Ask the centre for the sheet; have a technician check the log.",
            )
        return sign(made, self._sign)

    def exported(
        self, context: str, number: int, outcome: ExportOutcome, *, by: str | None = None
    ) -> SignedSheet:
        """Record that a sheet leaves the terminal, and return it."""
        signed = self.get(context, number)
        self._book.record_export(context, outcome, number, signed.digest, self._now(), by=by)
        return signed

    def forget(self, context: str) -> None:
        """Destroy the meeting's key: the secretary has taken all along, and says so.

        Raises MeetingState while a sheet is unsigned or was never taken along, RecordingLocked
        where the disk refuses.
        """
        if not self.of(context).all_taken:
            raise MeetingState(
                "Something of this meeting was not taken along yet.",
                next_step="Sign what is not signed, and take each sheet along first.",
            )
        self._log.destroy_key(context)

    # Steps

    def _taken(self, context: str) -> Mapping[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        for event in self._log.events(context=context):
            if event.kind is EventKind.EXPORTED:
                number = int(self._log.body(event).get("number", 0))
                found[number] = found.get(number, frozenset()) | {event.outcome or ""}
        return found

    def _sign(self, payload: Mapping[str, Any], typ: str) -> str:
        if self._signer is None:
            raise MeetingState(
                "The terminal's own key is lost, so it cannot sign.",
                next_step="Copy the figures by hand; have a technician enrol the terminal anew.",
            )
        return self._signer(payload, typ)

    def _signings(self, context: str) -> Iterator[Signing]:
        for event in self._log.events(context=context):
            if event.kind is EventKind.SHEET:
                yield self._signing(event)

    def _signing(self, event: Event) -> Signing:
        body = self._log.body(event)
        try:
            return Signing(
                place=self._log.place(event),
                number=int(body["number"]),
                digest=bytes.fromhex(body["sha256"]),
                signed=datetime.fromisoformat(body["signed"]),
                running=int(body["running"]),
                knowledge=knowledge_from(body["knowledge"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise LogDamaged(
                "A sheet of the log was signed by another program.",
                next_step="Install the version that signed it, or ask the centre for the sheet.",
            ) from error

    def _later(
        self, sitting: Sitting, context: str, signings: tuple[Signing, ...]
    ) -> tuple[Entry, ...]:
        """Return the entries since the last sheet; before the first one there are none late."""
        if not signings:
            return ()
        return tuple(entry for entry in sitting.entries if entry.seq > signings[-1].place)

    def _make(
        self, sitting: Sitting, context: str, signing: Signing, before: tuple[Signing, ...]
    ) -> Sheet:
        supplement = None
        if signing.number:
            later = tuple(
                Later(entry.at, entry.kind, entry.name, _code(entry))
                for entry in self._later(sitting, context, before)
            )
            supplement = Supplement(signing.number, before[-1].digest, later)
        announced, confirmed = sitting.announced, sitting.confirmed
        ending = Ending(
            opened=sitting.opened_at,
            closed=sitting.closed_at or signing.signed,
            signed=signing.signed,
            announced=None
            if announced is None
            else ReadAloud(announced.at, dict(announced.figures)),
            confirmed=None
            if confirmed is None
            else Confirmation(confirmed.at, confirmed.by, confirmed.entries),
        )
        day = local(sitting.opened_at).date()
        return build(
            MeetingId(self._terminal, context, day, signing.running),
            sitting.opening,
            sitting.roster,
            sitting.attendance,
            ending,
            signing.knowledge,
            supplement=supplement,
            practice=sitting.practice,
        )

    def _running(self, context: str) -> int:
        """Return the how-manieth meeting of its local day this one is.

        A counter's day and a batch of cards are none. What the terminal cannot read any more
        counts as one: a number may be left out, and none is given twice.
        """
        own, *before = self._log.openings(context, MAX_RUNNING)
        day = local(own.moment.at).date()
        same_day = (one for one in before if local(one.moment.at).date() == day)
        return 1 + sum(map(self._may_be_meeting, same_day))

    def _may_be_meeting(self, opening: Event) -> bool:
        try:
            return self._book.opens_meeting(opening)
        except (KeyDestroyed, SealBroken):
            return True


def _code(entry: Entry) -> str | None:
    """Return why by hand, why annulled or how absent; nothing of any other event."""
    match entry.kind:
        case FactKind.HAND_ENTRY | FactKind.DEPARTURE | FactKind.ANNULLED:
            return entry.reason
        case FactKind.ABSENCE:
            return entry.outcome
        case _:
            return None
