"""A log as it is read: events, bodies of living contexts, what the centre said of them.

Lives here: everything that changes nothing. Not here: recording (`append`), queries (`read`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge.errors import LogDamaged, MeetingState
from edge.log.compose import roster_people
from edge.log.due import ContextState
from edge.log.epochs import Epoch, epoch_number, place, seq_of
from edge.log.keys import Keyring
from edge.log.read import ContextRow, KeptReceipt, LogReader
from edge.wire import seal
from edge.wire.ack import Ack
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from edge.wire.seal import ContextKeys


class LogView:
    """Reads the log of one terminal; safe from any thread."""

    def __init__(self, terminal: str, ring: Keyring, reader: LogReader) -> None:
        self.terminal = terminal
        self._ring = ring
        self._read = reader

    @property
    def epochs(self) -> Sequence[Epoch]:
        """Return every epoch, oldest first."""
        return self._read.epochs

    @property
    def epoch(self) -> str:
        """Return the random id of the newest epoch, which is written to."""
        return self.epochs[-1].id

    def events(
        self, context: str | None = None, after: int = 0, limit: int | None = None
    ) -> tuple[Event, ...]:
        """Return events beyond the place `after`, oldest first, of one context or of all.

        In a log of one epoch an event's place is its number. Raises LogDamaged.
        """
        if context is None:
            return self._read.events(after, limit)
        row = self._read.context(context)
        return () if row is None else self._read.of_context(row, after, limit)

    def body(self, event: Event) -> dict[str, Any]:
        """Return what the event's body says, {} where it has none.

        Raises SealBroken for altered bytes, KeyDestroyed where the key is destroyed.
        """
        if event.body is None or event.context is None:
            return {}
        keys = self._keys(self._context(event.context), event.epoch)
        return seal.open_body(keys, event.header, event.body)

    def roster(self, context: str) -> tuple[dict[str, Any], ...]:
        """Return the people with whom a context opened.

        Raises LogDamaged, SealBroken, KeyDestroyed; MeetingState for an unknown context.
        """
        row = self._context(context)
        bodies: list[dict[str, Any]] = []
        while not bodies or len(bodies) != bodies[0].get("parts"):
            found = self._read.of_context(row, row.opened + len(bodies), 1)
            if not found or found[0].kind is not EventKind.ROSTER_PART:
                break
            bodies.append(self.body(found[0]))
        return roster_people(bodies)

    def person_tag(self, context: str, person_key: str) -> bytes:
        """Return the person's pseudonym in a context. Raises MeetingState, SealBroken."""
        keys = self._keys(self._context(context), self.epoch)
        return seal.person_tag(keys.tag_key, context, person_key)

    def open_contexts(self) -> tuple[str, ...]:
        """Return the contexts not closed yet, oldest first. Raises LogDamaged."""
        return tuple(row.context for row in self._read.open_contexts())

    def openings(self, context: str, most: int) -> tuple[Event, ...]:
        """Return the first events of a context and of those before it, `most` in all.

        The latest first. Raises LogDamaged; MeetingState for an unknown one.
        """
        rows = self._read.opened_up_to(self._context(context), most)
        found = (self._read.at(row.opened) for row in rows)
        return tuple(event for event in found if event is not None)

    def contexts(self) -> tuple[ContextState, ...]:
        """Return the contexts that are open or whose key lives, oldest first. Raises LogDamaged."""
        try:
            with_key = self._ring.files.contexts()
        except OSError as error:
            raise unreadable("The keys of the records cannot be read.") from error
        rows = {row.context: row for row in self._read.open_contexts()}
        for context in with_key - rows.keys():
            row = self._read.context(context)
            if row is not None:
                rows[context] = row
        in_order = sorted(rows.values(), key=lambda row: row.opened)
        return tuple(self._state(row, row.context in with_key) for row in in_order)

    def _state(self, row: ContextRow, has_key: bool) -> ContextState:
        opening = self._read.at(row.opened)
        if opening is None:
            raise unreadable("The opening of a meeting is missing from the log.")
        exported = None if row.exported is None else self._read.at(row.exported)
        return ContextState(
            context=row.context,
            opened=opening.moment,
            closed=row.closed is not None,
            exported=None if exported is None else exported.moment,
            has_key=has_key,
            counted=row.counted,
            in_use=self._in_use(row.context),
        )

    def _in_use(self, _context: str) -> bool:
        """Return whether a context was written to lately; nobody writes who only reads."""
        return False

    def place(self, event: Event) -> int:
        """Return where an event of this log stands: unique in it, ascending as recorded."""
        return place(self._number(event.epoch), event.seq)

    def reference(self, at: int) -> dict[str, Any]:
        """Return how a body names the event at a place."""
        return {"epoch": self.epochs[epoch_number(at)].id, "seq": seq_of(at)}

    def referred(self, value: Any) -> int | None:
        """Return the place of the event that a body names, None for none of this log."""
        if not isinstance(value, Mapping) or type(value.get("seq")) is not int:
            return None
        number = next((e.number for e in self.epochs if e.id == value.get("epoch")), None)
        return None if number is None else place(number, value["seq"])

    def last_ack(self, epoch: Epoch | None = None) -> Ack | None:
        """Return the centre's newest acknowledgement of an epoch, by default the newest one.

        Raises LogDamaged.
        """
        return self._read.last_ack(epoch or self.epochs[-1])

    def last_seq(self, epoch: Epoch) -> int:
        """Return the number of an epoch's last event, 0 for none. Raises LogDamaged."""
        return self._read.last_seq(epoch)

    def acknowledged(self) -> int:
        """Return up to which number of the newest epoch the centre said it holds everything.

        Raises LogDamaged.
        """
        ack = self.last_ack()
        return 0 if ack is None else ack.high_water

    def unsent(self) -> int:
        """Return how many events wait for their acknowledgement. Raises LogDamaged."""
        waiting = 0
        for epoch in self.epochs:
            ack = self.last_ack(epoch)
            waiting += max(0, self.last_seq(epoch) - (0 if ack is None else ack.high_water))
        return waiting

    def anchor(self, digest: bytes) -> str | None:
        """Return the centre's word on the receipt of this SHA-256, a compact JWS.

        None where it has not come, and where no receipt of this log is meant. Raises LogDamaged.
        """
        return self._read.anchor(digest)

    def receipts(self) -> tuple[KeptReceipt, ...]:
        """Return every receipt of this log, oldest first. Raises LogDamaged."""
        return self._read.receipts()

    def unanchored(self, after: int = 0, limit: int | None = None) -> tuple[int, ...]:
        """Return the places beyond `after` of receipts that lack the centre's word, ascending.

        Raises LogDamaged.
        """
        return self._read.unanchored(after, limit)

    # Steps

    def _context(self, context: str) -> ContextRow:
        row = self._read.context(context)
        if row is None:
            raise no_context("The context is unknown.")
        return row

    def _keys(self, row: ContextRow, epoch: str) -> ContextKeys:
        opened_in = self.epochs[epoch_number(row.opened)].id
        try:
            return self._ring.keys(row.context, opened_in, epoch)
        except OSError as error:
            raise unreadable("The key of these records cannot be read.") from error

    def _number(self, epoch: str) -> int:
        for known in reversed(self.epochs):
            if known.id == epoch:
                return known.number
        raise ValueError("this log has no such epoch")


def no_context(message: str) -> MeetingState:
    """Return the error for a context that is not in the state that the act needs."""
    return MeetingState(message, next_step="Reload the page and choose the open meeting.")


def unreadable(message: str) -> LogDamaged:
    """Return the error for something of the log that is missing or does not read."""
    return LogDamaged(message, next_step="Keep the files as they are and run `tramthe log verify`.")
