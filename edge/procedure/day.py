"""The counter's day, written down: each card that was judged, and each receipt that was signed.

Lives here: the contexts of the log that are no meetings: one a day, opened with the day's first
card and closed when the next day's comes. Not here: what a receipt says (`verify.receipt`), the
question (`sessions`), the log itself (`edge.log`).

A day is a date in Vietnam. Its names are readable here as long as its key lives (DESIGN section
8): the receipts of a day can be printed again until then.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from edge.errors import KeyDestroyed, SealBroken
from edge.log.append import EventLog
from edge.meeting.sheet_parts import local
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from verify.moment import Moment

KIND = "counter"
"""What the opening of such a context says it is."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One card judged at the counter, as the log tells of it. Names nobody."""

    place: int
    at: datetime
    outcome: str
    reason: str | None
    procedure: str
    dossier: str = field(repr=False)
    origin: str
    asker: str = field(repr=False)
    receipt: str | None = field(default=None, repr=False)
    """Compact JWS; None where the power went before it was signed, or none is given."""


class CounterDay:
    """The counter's days of one terminal; safe from any thread."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._today: tuple[str, date] | None = None

    def record(
        self,
        at: Moment,
        *,
        outcome: str,
        reason: str | None,
        person_key: str | None,
        body: Mapping[str, Any],
    ) -> Event:
        """Write down that a card was judged; durable when it returns.

        Raises RecordingLocked; MeetingState where the centre's key is not known.
        """
        with self._lock:
            return self._log.append(
                EventKind.VERIFICATION,
                context=self._context(at),
                at=at,
                outcome=outcome,
                reason=reason,
                person_key=person_key,
                body=body,
            )

    def keep(self, of: Event, receipt: str, at: Moment) -> Event:
        """Write down the receipt of a verification. Raises RecordingLocked."""
        with self._lock:
            body = {"of": self._log.reference(self._log.place(of)), "receipt": receipt}
            return self._log.append(EventKind.RECEIPT, context=of.context, at=at, body=body)

    def place(self, event: Event) -> int:
        """Return where an event stands in the log."""
        return self._log.place(event)

    def anchor(self, receipt: bytes) -> str | None:
        """Return the centre's word on the receipt of this SHA-256, a compact JWS.

        None while it has not come. Raises LogDamaged.
        """
        return self._log.anchor(receipt)

    def days(self) -> tuple[tuple[str, date], ...]:
        """Return the days whose names are readable here, the latest first. Raises LogDamaged."""
        found = []
        for state in self._log.contexts():
            if state.has_key and self._is_ours(state.context):
                found.append((state.context, local(state.opened.at).date()))
        return tuple(reversed(found))

    def of(self, context: str) -> tuple[Verified, ...]:
        """Return what happened on a day, in order.

        Raises LogDamaged, SealBroken; KeyDestroyed where only the centre can read it.
        """
        found: dict[int, Verified] = {}
        for event in self._log.events(context=context):
            match event.kind:
                case EventKind.VERIFICATION:
                    place = self._log.place(event)
                    found[place] = _verified(place, event, self._log.body(event))
                case EventKind.RECEIPT:
                    body = self._log.body(event)
                    of = self._log.referred(body.get("of"))
                    if of in found:
                        found[of] = replace(found[of], receipt=body["receipt"])
        return tuple(found.values())

    # Steps

    def _context(self, at: Moment) -> str:
        """Return the context of the day, opening it, and closing the one before."""
        day = local(at.at).date()
        if self._today is None:
            self._today = self._left_open()
        if self._today is not None and self._today[1] != day:
            if self._today[0] in self._log.open_contexts():
                self._log.close_context(self._today[0], at)
            self._today = None
        if self._today is None:
            self._today = (self._log.open_context({"kind": KIND, "by": None}, at), day)
        return self._today[0]

    def _left_open(self) -> tuple[str, date] | None:
        """Return the day that was open when the power went."""
        for context in reversed(self._log.open_contexts()):
            if self._is_ours(context):
                (opening,) = self._log.events(context=context, limit=1)
                return context, local(opening.moment.at).date()
        return None

    def _is_ours(self, context: str) -> bool:
        opening = self._log.events(context=context, limit=1)
        try:
            return bool(opening) and self._log.body(opening[0]).get("kind") == KIND
        except (KeyDestroyed, SealBroken):
            return False


def _verified(place: int, event: Event, body: Mapping[str, Any]) -> Verified:
    return Verified(
        place,
        event.moment.at,
        event.outcome or "",
        event.reason,
        str(body.get("procedure", "")),
        str(body.get("dossier", "")),
        str(body.get("origin", "")),
        str(body.get("asker", "")),
    )
