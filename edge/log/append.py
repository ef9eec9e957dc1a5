"""The event log: what happened, durably, before anything is shown.

Lives here: recording, in order. Not here: reading (`view`), forms and cryptography (`edge.wire`,
`compose`), the file and its transactions (`file`, `write`), what an event means (`edge.meeting`),
when a key is due to go (`due`).

An event is on the disk when `append` returns (WAL, synchronous=FULL). A log that cannot take one
says so by RecordingLocked and stays whole. Constructing never fails: `fault` says what is wrong.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.errors import KeyDestroyed, LogDamaged, MeetingState, SealBroken
from edge.log import chain
from edge.log.chain import Head, LogReport
from edge.log.compose import Fact, compose, roster_parts
from edge.log.epochs import Epoch, place
from edge.log.fault import LogFault
from edge.log.keys import KeyFiles, Keyring
from edge.log.read import ContextRow, LogReader
from edge.log.view import LogView, no_context
from edge.log.write import LogWriter, Statement
from edge.wire import canonical, seal
from edge.wire.ack import Ack
from edge.wire.event import ID_SIZE, Event, genesis, timestamp
from edge.wire.kinds import EpochReason, EventKind
from edge.wire.seal import ContextKeys
from verify.moment import Moment

IN_USE = 24 * 3600.0
"""Seconds after its last event in which no clock can make a meeting look forgotten."""

_INSERT_CONTEXT = "INSERT INTO context (context, opened) VALUES (?, ?)"
_CLOSE_CONTEXT = "UPDATE context SET closed = ?, last = ? WHERE context = ?"
_LATE = "UPDATE context SET last = ? WHERE context = ?"
_EXPORTED = "UPDATE context SET exported = coalesce(exported, ?) WHERE context = ?"
_COUNTED = "UPDATE context SET counted = ? WHERE context = ?"
_INSERT_ACK = (
    "INSERT INTO acknowledgement (epoch, high_water, head, payload, compact) VALUES (?, ?, ?, ?, ?)"
)
_INSERT_RECEIPT = "INSERT INTO receipt (place, hash) VALUES (?, ?)"
_ANCHOR = "UPDATE receipt SET anchor = ? WHERE hash = ? AND anchor IS NULL"
_OWN_WAYS = frozenset(
    {
        EventKind.CONTEXT_OPENED,
        EventKind.ROSTER_PART,
        EventKind.CONTEXT_CLOSED,
        EventKind.EPOCH_BEGUN,
    }
)


class EventLog(LogView):
    """The log of one terminal; safe from any thread, one process at a time.

    `wrap_key`: the terminal's own 32 bytes, None where they are lost (then nothing is recorded, for
    the reason `keyless`); `centre_key`: id and public seal key of the centre,
    None where none is known yet (then no context opens). `durable`: nothing is recorded where the
    file would not outlive a power cut (LOG_NOT_DURABLE). A file that cannot be read stands in as
    an empty log with `fault` set. Raises SealBroken for a wrap key of another size.
    """

    def __init__(
        self,
        path: Path,
        terminal: str,
        wrap_key: bytes | None,
        centre_key: tuple[str, bytes] | None,
        rng: Callable[[int], bytes] = os.urandom,
        *,
        durable: bool = False,
        keyless: LogFault = LogFault.KEY_MISSING,
    ) -> None:
        self.path = path
        self._keyless = keyless
        self._centre_key = centre_key
        self._rng = rng
        self._lock = threading.RLock()
        self._open: dict[str, ContextRow] = {}
        self._written: dict[str, float] = {}
        ring = Keyring(KeyFiles(path), wrap_key, terminal)
        self._write = LogWriter(path, terminal, rng, durable=durable)
        reader = LogReader(self._write.reader, self._write.terminal, self._write.epochs)
        super().__init__(terminal, ring, reader)
        self._take_over()

    def _take_over(self) -> None:
        """Take up what the file that the writer has opened has open, and see whether it opens."""
        self._open.clear()
        if not self._ring.usable:
            self._write.fault = self._write.fault or self._keyless
        if self._write.fault is not None:
            return
        try:
            for row in self._read.open_contexts():
                self._open[row.context] = row
                with suppress(KeyDestroyed):
                    self._keys(row, self.epoch)
        except SealBroken:
            self._write.fault = LogFault.KEY_MISSING
        except LogDamaged:
            self._write.fault = LogFault.CHAIN_BROKEN

    def close(self) -> None:
        """Let the file go; nothing is lost by not calling this."""
        with self._lock, self._read.resting():
            self._write.close()

    @property
    def fault(self) -> str | None:
        """Return the code (`LogFault`) for which recording is locked, None while it is not."""
        fault = self._write.fault
        return None if fault is None else fault.value

    def recheck(self) -> str | None:
        """Open the file anew, e.g. after somebody freed space, and return the fault left."""
        with self._lock:
            with self._read.resting():  # pages read meanwhile: they wait
                self._write.close()
                self._write.reopen()
                self._read.take(self._write.reader, self._write.epochs)
            self._take_over()
            return self.fault

    def head(self) -> Head:
        """Return number and hash of the last event of the newest epoch."""
        return self._write.head

    # Writing

    def open_context(
        self, info: Mapping[str, Any], at: Moment, people: Iterable[Mapping[str, Any]] = ()
    ) -> str:
        """Open a context (a meeting, a counter's day) and return its id.

        `info` becomes the body of its first event, which also carries the new context key sealed
        to the centre; `people`, however many, stand in roster parts right behind it. All of it is
        one transaction. Raises RecordingLocked, WireMalformed; MeetingState where no centre key
        is known.
        """
        with self._lock:
            self._ready(at)
            if self._centre_key is None:
                raise MeetingState(
                    "The centre's key is not known to this terminal.",
                    next_step="Import the trust list first.",
                )
            kid, public = self._centre_key
            context, key = self._rng(ID_SIZE).hex(), self._rng(seal.CONTEXT_KEY_SIZE)
            keys = seal.derive_keys(key, self.terminal, self.epoch)
            opening = compose(
                Fact(EventKind.CONTEXT_OPENED, at, context, body=info),
                self.terminal,
                self.epoch,
                self._write.head,
                keys=keys,
                seal_key=lambda header: seal.seal_context_key(key, public, kid=kid, header=header),
                rng=self._rng,
            )
            events = [opening]
            for body in roster_parts(people):
                part = Fact(EventKind.ROSTER_PART, at, context, body=body)
                events.append(self._composed(part, keys, Head(events[-1].seq, events[-1].hash)))
            try:
                self._ring.keep(context, key, self.epoch, self._rng)
            except OSError as error:
                raise self._write.failed(error) from error
            opened = self.place(opening)
            self._write.commit(events, (_INSERT_CONTEXT, (context, opened)))
            self._open[context] = ContextRow(context, opened, None, None, None, None)
            self._written[context] = time.monotonic()
            return context

    def append(
        self,
        kind: EventKind,
        *,
        context: str | None,
        at: Moment,
        outcome: str | None = None,
        reason: str | None = None,
        person_key: str | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Event:
        """Record an event; it is on the disk when this returns.

        Contexts and epochs begin and end by their own methods. A closed context takes events (for
        its supplement) while its key lives. Only an event in a context may have a person or a
        body. Raises RecordingLocked; MeetingState for a context that is unknown, KeyDestroyed for
        one whose key is destroyed; WireMalformed for what is outside the form of its kind.
        """
        if kind in _OWN_WAYS:
            raise ValueError("contexts and epochs have methods of their own")
        with self._lock:
            self._ready(at)
            return self._record(Fact(kind, at, context, outcome, reason, person_key, body))

    def close_context(
        self,
        context: str,
        at: Moment,
        *,
        reason: str | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Event:
        """Record that the context is closed. Its key lives on until it is due.

        Raises RecordingLocked; MeetingState where the context is unknown or closed already.
        """
        with self._lock:
            self._ready(at)
            if context not in self._open:
                raise no_context("The context is not open.")
            return self._record(
                Fact(EventKind.CONTEXT_CLOSED, at, context, reason=reason, body=body)
            )

    def begin_epoch(self, reason: EpochReason, at: Moment, common: int | None = None) -> str:
        """Begin a new epoch and return its id; open contexts go on in it.

        `common`: number of the last event of the newest epoch that all copies have in common,
        the last one by default. Raises RecordingLocked; ValueError for a number that is not there.
        """
        with self._lock:
            self._write.require()
            old, head = self._write.epoch, self._write.head
            common = head.seq if common is None else common
            if not 0 <= common <= head.seq:
                raise ValueError("the last common event is not in this epoch")
            prev = genesis(self.terminal, old.id)
            if common:
                event = self._read.at(place(old.number, common))
                if event is None:
                    raise ValueError("the last common event is not in this log")
                prev = event.hash
            epoch = Epoch(old.number + 1, self._rng(ID_SIZE).hex(), place(old.number, common))
            fact = Fact(EventKind.EPOCH_BEGUN, at, reason=reason.value)
            first = compose(fact, self.terminal, epoch.id, Head(0, prev), rng=self._rng)
            self._write.begin_epoch(epoch, first)
            self._read.know(self._write.epochs)
            return epoch.id

    def record_ack(self, ack: Ack) -> None:
        """Keep an acknowledgement that `edge.sync.plan` accepted.

        Raises RecordingLocked; ValueError for one of an epoch that this log has not.
        """
        with self._lock:
            self._usable()
            number = self._number(ack.epoch)
            payload = canonical.encode(ack.to_payload()).decode()
            row = (number, ack.high_water, ack.head, payload, ack.compact)
            self._write.run((_INSERT_ACK, row))

    def record_anchors(self, anchors: Mapping[bytes, str]) -> int:
        """Keep the centre's word on receipts, by their SHA-256, and return how many were new.

        What is of no receipt of this log is passed over, and a word that is there stays. Whether
        the centre signed each is the caller's question. Raises RecordingLocked, LogDamaged.
        """
        with self._lock:
            self._usable()
            new = [of for of in anchors if self._read.lacks_anchor(of)]
            if new:
                keep = ((_ANCHOR, (anchors[of], of)) for of in new)
                self._write.run(("BEGIN IMMEDIATE", ()), *keep, ("COMMIT", ()))
            return len(new)

    # Forgetting

    def destroy_key(self, context: str) -> None:
        """Forget the key of a closed context: from now on only the centre reads its bodies.

        Harmless when repeated. Raises RecordingLocked where the disk refuses; MeetingState where
        the context is open or unknown.
        """
        with self._lock:
            row = self._read.context(context)
            if row is None or row.closed is None:
                raise no_context("Only a closed context's key is destroyed.")
            try:
                self._ring.destroy(context)
            except OSError as error:
                raise self._write.failed(error) from error

    def count_age(self, context: str, at: datetime) -> None:
        """Remember from when a context's age counts. Raises RecordingLocked."""
        with self._lock:
            self._write.run((_COUNTED, (timestamp(at), context)))

    def verify(self, pause: Callable[[], None] = lambda: None) -> LogReport:
        """Check every event of the file. Locks recording where the chain is broken.

        `pause` is called between slices of the work, so that it need not be in anybody's way.
        """
        report = chain.verify_file(self.path, pause)
        if not report.ok:
            with self._lock:
                self._write.fault = self._write.fault or LogFault.CHAIN_BROKEN
        return report

    # Steps

    def _usable(self) -> None:
        if self._write.passing:
            self.recheck()
        self._write.require()

    def _ready(self, at: Moment) -> None:
        """Let nothing be written to a copy before it has an epoch of its own."""
        self._usable()
        if self._write.copied:
            self.begin_epoch(EpochReason.RESTORED, at)

    def _record(self, fact: Fact) -> Event:
        row = None if fact.context is None else self._context(fact.context)
        keys = None
        epoch = self._write.epochs[-1].id
        if row is not None and (fact.person_key is not None or fact.body is not None):
            keys = self._keys(row, epoch)
        event = compose(fact, self.terminal, epoch, self._write.head, keys=keys, rng=self._rng)
        if row is None:
            self._write.commit((event,))
            return event
        closes = fact.kind is EventKind.CONTEXT_CLOSED
        also = self._of_context(row, event) if closes or row.closed is not None else ()
        if event.kind is EventKind.RECEIPT:
            also = (*also, (_INSERT_RECEIPT, (self.place(event), event.tag)))
        self._write.commit((event,), *also)
        self._written[row.context] = time.monotonic()
        if closes:
            del self._open[row.context]
        return event

    def _of_context(self, row: ContextRow, event: Event) -> tuple[Statement, ...]:
        """Return what the table of contexts has to learn from an event that closes or is late."""
        at = self.place(event)
        if event.kind is EventKind.CONTEXT_CLOSED:
            return ((_CLOSE_CONTEXT, (at, at, row.context)),)
        late: Statement = (_LATE, (at, row.context))
        if event.kind is EventKind.EXPORTED:
            return (late, (_EXPORTED, (at, row.context)))
        return (late,)

    def _composed(self, fact: Fact, keys: ContextKeys | None, head: Head) -> Event:
        return compose(fact, self.terminal, self.epoch, head, keys=keys, rng=self._rng)

    def _context(self, context: str) -> ContextRow:
        return self._open.get(context) or super()._context(context)

    def _in_use(self, context: str) -> bool:
        since = self._written.get(context)
        return since is not None and time.monotonic() - since < IN_USE
