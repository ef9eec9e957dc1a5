"""The event log: what happened, durably, before anything is shown.

Lives here: the one writer, and reading with the keys of living contexts. Not here: forms and
cryptography (`edge.wire`), the file and its transactions (`file`, `write`), what an event means
(`edge.meeting`).

An event is on the disk when `append` returns (WAL, synchronous=FULL). A log that cannot take one
says so by RecordingLocked and stays whole. Constructing never fails: `fault` says what is wrong.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from edge.errors import MeetingState, SealBroken
from edge.log import chain
from edge.log.chain import Head, LogReport
from edge.log.fault import LogFault
from edge.log.keys import KeyWrap
from edge.log.read import LogReader
from edge.log.write import LogWriter
from edge.wire import canonical, seal
from edge.wire.ack import Ack
from edge.wire.event import ID_SIZE, Event, EventKind, Header, event_hash, timestamp
from edge.wire.seal import ContextKeys
from verify.moment import Moment

_INSERT_ACK = "INSERT INTO acknowledgement (high_water, head, payload, compact) VALUES (?, ?, ?, ?)"


class EventLog:
    """The log of one terminal; safe from any thread, one process at a time.

    `wrap_key`: the terminal's own 32 bytes, None where they are lost (then nothing is recorded:
    LOG_KEY_MISSING); `centre_key`: id and public seal key of the centre,
    None where none is known yet (then no context opens). A file that cannot be read stands in as
    an empty log with `fault` set. Raises SealBroken for a wrap key of another size.
    """

    def __init__(
        self,
        path: Path,
        terminal: str,
        wrap_key: bytes | None,
        centre_key: tuple[str, bytes] | None,
        rng: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.path = path
        self.terminal = terminal
        self._wrap_key = wrap_key
        self._centre_key = centre_key
        self._rng = rng
        self._lock = threading.RLock()
        self._keys: dict[str, ContextKeys] = {}
        self._write = LogWriter(path, terminal, rng)
        self._take_over()

    def _take_over(self) -> None:
        """Read from the file that the writer has opened, and see whether its keys open."""
        self._read = LogReader(self._write.reader, self.terminal, self.epoch)
        self._wrap = (
            None if self._wrap_key is None else KeyWrap(self._wrap_key, self.terminal, self.epoch)
        )
        self._keys.clear()
        if self._wrap is None:
            self._write.fault = self._write.fault or LogFault.KEY_MISSING
        if self._write.fault is None:
            try:
                for context in self._read.open_contexts():
                    self._context_keys(context)
            except SealBroken:
                self._write.fault = LogFault.KEY_MISSING

    def close(self) -> None:
        """Let the file go; nothing is lost by not calling this."""
        with self._lock:
            self._write.close()

    @property
    def epoch(self) -> str:
        """Return the random id of this log's epoch."""
        return self._write.epoch

    @property
    def fault(self) -> str | None:
        """Return the code (`LogFault`) for which recording is locked, None while it is not."""
        fault = self._write.fault
        return None if fault is None else fault.value

    def recheck(self) -> str | None:
        """Open the file anew, e.g. after somebody freed space, and return the fault left."""
        with self._lock:
            self._write.close()
            self._write.reopen()
            self._take_over()
            return self.fault

    def head(self) -> Head:
        """Return number and hash of the last event."""
        return self._write.head

    # Writing

    def open_context(self, info: Mapping[str, Any], at: Moment) -> str:
        """Open a context (a meeting, a counter's day) and return its id.

        `info` becomes the body of its first event, which also carries the new context key sealed
        to the centre. Raises RecordingLocked; MeetingState where no centre key is known.
        """
        with self._lock:
            self._ready()
            if self._centre_key is None:
                raise MeetingState(
                    "The centre's key is not known to this terminal.",
                    next_step="Import the trust list first.",
                )
            kid, public = self._centre_key
            context, key = self._rng(ID_SIZE).hex(), self._rng(seal.CONTEXT_KEY_SIZE)
            keys = seal.derive_keys(key, self.terminal, self.epoch)
            header = self._header(EventKind.CONTEXT_OPENED, context, at, None, None)
            event = self._event(
                header,
                tag=None,
                body=seal.seal_body(keys, header, info, self._rng),
                sealed=seal.seal_context_key(key, public, kid=kid, header=header),
            )
            wrapped = self._own_key().wrap(context, key, self._rng)
            row = (context, event.seq, wrapped)
            self._write.commit(
                event, ("INSERT INTO context (context, opened, wrapped) VALUES (?, ?, ?)", row)
            )
            self._keys[context] = keys
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

        Contexts open and close by their own methods. Only an event in a context may have a
        person or a body. Raises RecordingLocked; MeetingState for a context that is unknown or
        whose key is destroyed; WireMalformed for codes or a body outside the event's form.
        """
        if kind in (EventKind.CONTEXT_OPENED, EventKind.CONTEXT_CLOSED):
            raise ValueError("use open_context and close_context")
        with self._lock:
            self._ready()
            event = self._sealed_event(kind, context, at, outcome, reason, person_key, body)
            self._write.commit(event)
            return event

    def close_context(self, context: str, at: Moment) -> Event:
        """Record that the context is closed. Its key lives on until `destroy_key`.

        Raises RecordingLocked; MeetingState where the context is unknown or closed already.
        """
        with self._lock:
            self._ready()
            if context not in self._read.open_contexts():
                raise _no_context("The context is not open.")
            event = self._sealed_event(
                EventKind.CONTEXT_CLOSED, context, at, None, None, None, None
            )
            self._write.commit(
                event, ("UPDATE context SET closed = ? WHERE context = ?", (event.seq, context))
            )
            return event

    def destroy_key(self, context: str) -> None:
        """Forget the key of a closed context: from now on only the centre reads its bodies.

        Raises RecordingLocked; MeetingState where the context is open or unknown.
        """
        with self._lock:
            self._ready()
            state = self._read.context(context)
            if state is None or not state[0]:
                raise _no_context("Only a closed context's key is destroyed.")
            self._write.run(("UPDATE context SET wrapped = NULL WHERE context = ?", (context,)))
            # The write-ahead log still holds the page with the key.
            self._write.run(("PRAGMA wal_checkpoint(TRUNCATE)", ()))
            self._keys.pop(context, None)

    def record_ack(self, ack: Ack) -> None:
        """Keep an acknowledgement that `edge.sync.plan` accepted. Raises RecordingLocked."""
        with self._lock:
            self._ready()
            payload = canonical.encode(ack.to_payload()).decode()
            row = (ack.high_water, ack.head, payload, ack.compact)
            self._write.run((_INSERT_ACK, row))

    # Reading

    def events(
        self, context: str | None = None, after: int = 0, limit: int | None = None
    ) -> tuple[Event, ...]:
        """Return events above number `after`, oldest first, of one context or of all.

        Raises LogDamaged.
        """
        return self._read.events(context, after, limit)

    def body(self, event: Event) -> dict[str, Any]:
        """Return what the event's body says, {} where it has none.

        Raises SealBroken for altered bytes, MeetingState where the key is destroyed.
        """
        if event.body is None or event.context is None:
            return {}
        return seal.open_body(self._context_keys(event.context), event.header, event.body)

    def person_tag(self, context: str, person_key: str) -> bytes:
        """Return the person's pseudonym in a context. Raises MeetingState, SealBroken."""
        return seal.person_tag(self._context_keys(context).tag_key, context, person_key)

    def has_tag(self, context: str, tag: bytes) -> Event | None:
        """Return the first event of a person in a context, None for none. Raises LogDamaged."""
        found = self._read.events(context, 0, 1, tag)
        return found[0] if found else None

    def open_contexts(self) -> tuple[str, ...]:
        """Return the contexts not closed yet, oldest first. Raises LogDamaged."""
        return self._read.open_contexts()

    def last_ack(self) -> Ack | None:
        """Return the newest acknowledgement of the centre. Raises LogDamaged."""
        return self._read.last_ack()

    def acknowledged(self) -> int:
        """Return up to which number the centre said it holds everything. Raises LogDamaged."""
        ack = self._read.last_ack()
        return 0 if ack is None else ack.high_water

    def unsent(self) -> int:
        """Return how many events wait for their acknowledgement. Raises LogDamaged."""
        return max(0, self._write.head.seq - self.acknowledged())

    def verify(self) -> LogReport:
        """Check every event of the file. Locks recording where the chain is broken."""
        report = chain.verify_file(self.path)
        if not report.ok:
            with self._lock:
                self._write.fault = self._write.fault or LogFault.CHAIN_BROKEN
        return report

    # Steps

    def _ready(self) -> None:
        if self._write.passing:
            self.recheck()
        self._write.require()

    def _header(
        self,
        kind: EventKind,
        context: str | None,
        at: Moment,
        outcome: str | None,
        reason: str | None,
    ) -> Header:
        return Header(
            terminal=self.terminal,
            epoch=self.epoch,
            seq=self._write.head.seq + 1,
            kind=kind,
            at=timestamp(at.at),
            quality=at.quality,
            context=context,
            outcome=outcome,
            reason=reason,
        )

    def _sealed_event(
        self,
        kind: EventKind,
        context: str | None,
        at: Moment,
        outcome: str | None,
        reason: str | None,
        person_key: str | None,
        body: Mapping[str, Any] | None,
    ) -> Event:
        header = self._header(kind, context, at, outcome, reason)
        if context is None:
            if person_key is not None or body is not None:
                raise ValueError("an event outside every context has neither person nor body")
            return self._event(header, tag=None, body=None, sealed=None)
        keys = self._context_keys(context)
        return self._event(
            header,
            tag=None if person_key is None else seal.person_tag(keys.tag_key, context, person_key),
            body=None if body is None else seal.seal_body(keys, header, body, self._rng),
            sealed=None,
        )

    def _event(
        self, header: Header, *, tag: bytes | None, body: bytes | None, sealed: bytes | None
    ) -> Event:
        digest = event_hash(header, tag, body, sealed, self._write.head.hash)
        return Event(
            terminal=header.terminal,
            epoch=header.epoch,
            seq=header.seq,
            kind=header.kind,
            at=header.at,
            quality=header.quality,
            context=header.context,
            outcome=header.outcome,
            reason=header.reason,
            tag=tag,
            body=body,
            sealed=sealed,
            prev=self._write.head.hash,
            hash=digest,
        )

    def _own_key(self) -> KeyWrap:
        if self._wrap is None:
            raise SealBroken(
                "The terminal's own key is lost, so its records do not open.",
                next_step="Restore the terminal's identity folder, or call the technician.",
            )
        return self._wrap

    def _context_keys(self, context: str) -> ContextKeys:
        keys = self._keys.get(context)
        if keys is None:
            state = self._read.context(context)
            if state is None or state[1] is None:
                raise _no_context("The context is unknown or its key is destroyed.")
            key = self._own_key().unwrap(context, state[1])
            keys = seal.derive_keys(key, self.terminal, self.epoch)
            self._keys[context] = keys
        return keys


def _no_context(message: str) -> MeetingState:
    return MeetingState(message, next_step="Reload the page and choose the open meeting.")
