"""Bringing the log to the centre on a stick: what goes on it at the terminal.

Not here: what the centre says back (`courier_down`), the layout (`edge.wire.bundle`), wary files
(`edge.stick`), the whole act with ledger and repository (`edge.carry`).

The same bytes as over HTTP, and the same checks. A segment that lies on the stick already, signed
by this terminal and ending in the hash that the log has there, is not written again: so an export
that was cut short goes on where it was. Removed from the stick is only what the centre signed for;
a segment that this log does not know stays, for it may be all that is left of a disk that died.
What the centre holds goes once more where a receipt in it lacks the centre's word, behind all else.
"""

from __future__ import annotations

from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import ConfigInvalid, InboxNotKept, StickFailed
from edge.identity.key import TerminalIdentity
from edge.log.epochs import Epoch, place
from edge.log.view import LogView
from edge.stick import StickFolder
from edge.sync import plan
from edge.sync.anchors import again
from edge.sync.ask_inbox import make_call
from edge.sync.centre_key import UNBELIEVED, CentreKey, believed
from edge.sync.courier_outcome import Exported
from edge.sync.inbox import InboxState
from edge.wire.ack import Ack
from edge.wire.bundle import (
    CALL,
    MANIFEST,
    MAX_BUNDLE,
    MAX_FILES,
    Bundle,
    Entry,
    SegmentName,
    Way,
    describe,
    open_bundle,
    place_of,
    read_segment_name,
    segment_name,
    sign_bundle,
)
from edge.wire.segment import MAX_EVENTS, MAX_SEGMENT, gather, open_segment, sign_segment
from verify.errors import BadSignature
from verify.jws import JwsHeader
from verify.moment import Moment


class TerminalExport:
    """Puts one terminal's log on a stick. `key`: the centre's, None where none is known."""

    def __init__(
        self,
        log: LogView,
        identity: TerminalIdentity,
        key: CentreKey | None,
        inbox: InboxState | None = None,
    ) -> None:
        pair = identity.pair
        if pair.certificate is None:
            raise ConfigInvalid(
                "This terminal has no certificate yet.",
                next_step="Enrol the terminal; what waits is copied afterwards.",
            )
        self._log = log
        self._key = key
        self._inbox = inbox
        self._signer = pair.key
        self._certificate = pair.certificate

    def run(self, root: StickFolder, at: Moment) -> Exported:
        """Bring this terminal's bundle up to date. Raises StickFailed, LogDamaged."""
        with (
            root.existing(Way.UP.value) as up,
            up.existing(place_of(self._log.terminal)) as folder,
            folder.held(),
        ):
            folder.tidy()
            done = _Writing(self, folder).run(at)
            if self._inbox is not None and done.stopped is None:
                with suppress(InboxNotKept):  # the status page says so; records go all the same
                    call, _ = make_call(self._inbox, self._signer, self._certificate, at)
                    folder.write(CALL, call.encode())
            return done

    @property
    def log(self) -> LogView:
        """Return the log that is copied."""
        return self._log

    def believed(self, epoch: Epoch) -> Ack | None:
        """Return what the centre signed for of an epoch."""
        return believed(self._log, epoch, self._key)

    def segment(self, epoch: Epoch, run: plan.Run) -> tuple[SegmentName, bytes] | None:
        """Return the next segment of a run, signed; None where the log ends before it."""
        limit = min(run.last - run.first + 1, MAX_EVENTS)
        segment = gather(self._log.events(after=place(epoch.number, run.first - 1), limit=limit))
        if segment is None or (segment.epoch, segment.first) != (epoch.id, run.first):
            return None
        compact = sign_segment(segment, self._signer, self._certificate)
        return SegmentName(epoch.id, segment.first, segment.last), compact.encode()

    def is_ours(self, epoch: Epoch, name: SegmentName, data: bytes) -> bool:
        """Return whether a file holds these events of this log as we sign them today."""
        try:
            segment = open_segment(data.decode("ascii", "replace"), self.key_for)
        except UNBELIEVED:
            return False
        if (segment.terminal, segment.epoch) != (self._log.terminal, epoch.id):
            return False
        if (segment.first, segment.last) != (name.first, name.last):
            return False
        last = self._log.events(after=place(epoch.number, name.last - 1), limit=1)
        return bool(last) and last[0].seq == name.last and last[0].hash == segment.head

    def key_for(self, header: JwsHeader) -> ec.EllipticCurvePublicKey:
        """Return our own key for what carries our certificate of today. Raises BadSignature."""
        if header.x5c != (self._certificate,):
            raise BadSignature("Another certificate.", next_step="It is signed anew.")
        return self._signer.public_key()

    def sign(self, bundle: Bundle) -> bytes:
        """Return the signed manifest."""
        return sign_bundle(bundle, self._signer, certificate=self._certificate).encode()


class _Writing:
    """One pass over the folder of one terminal."""

    def __init__(self, terminal: TerminalExport, folder: StickFolder) -> None:
        self._terminal = terminal
        self._folder = folder
        self._entries: dict[str, Entry] = {}
        self._lying: list[SegmentName] = []
        self._events = self._waiting = self._written = self._receipts = 0

    def run(self, at: Moment) -> Exported:
        """Remove what was acknowledged, add what waits, then say what there is."""
        log = self._terminal.log
        acks = {epoch.id: self._terminal.believed(epoch) for epoch in log.epochs}
        again = self._again(acks)
        self._look(acks, {(epoch.id, run.first) for epoch, run in again})
        runs = [
            (epoch, run)
            for epoch in log.epochs
            for run in plan.runs(acks[epoch.id], log.last_seq(epoch))
        ]
        self._waiting = sum(run.last - run.first + 1 for _, run in runs)
        stopped: StickFailed | None = None
        try:
            for epoch, run in runs:
                self._run(epoch, run)
            for epoch, run in again:
                self._run(epoch, run, waits=False)
        except StickFailed as error:
            stopped = error
        bundle: Bundle | None = None
        try:
            bundle = self._manifest(at)
        except StickFailed as error:
            stopped = stopped or error
        return Exported(bundle, self._events, self._waiting, self._written, stopped, self._receipts)

    def _again(self, acks: dict[str, Ack | None]) -> list[tuple[Epoch, plan.Run]]:
        """Return what goes once more, for receipts that lack the centre's word."""
        found: list[tuple[Epoch, plan.Run]] = []
        for epoch in self._terminal.log.epochs:
            ack = acks[epoch.id]
            if ack is not None:
                runs, receipts = again(self._terminal.log, epoch, ack.high_water)
                self._receipts += receipts
                found += [(epoch, run) for run in runs]
        return found

    def _look(self, acks: dict[str, Ack | None], again: set[tuple[str, int]]) -> None:
        for text in self._folder.names():
            name = read_segment_name(text)
            if name is None:
                continue
            ack = acks.get(name.epoch)
            held = ack is not None and 1 <= name.first <= name.last <= ack.high_water
            if held and (name.epoch, name.first) not in again:
                with suppress(StickFailed):  # a stick that is locked is found out soon enough
                    self._folder.remove(text)
            else:
                self._lying.append(name)

    def _run(self, epoch: Epoch, run: plan.Run, *, waits: bool = True) -> None:
        """Bring a run onto the stick. One that does not wait goes for its first receipts.

        So it begins with them: an answer anchors the first receipts of a segment and no more.
        """
        seq = run.first
        while seq <= run.last and len(self._entries) < MAX_FILES:
            lies = self._lies_there(epoch, seq, begins=not waits)
            found = lies or self._write(epoch, plan.Run(seq, run.last))
            if found is None:
                return
            if waits:
                self._events += min(found.last, run.last) - seq + 1
            seq = found.last + 1

    def _lies_there(self, epoch: Epoch, seq: int, *, begins: bool = False) -> SegmentName | None:
        """Return what lies on the stick already and carries event `seq`, or begins with it."""
        for name in self._lying:
            if name.epoch != epoch.id or not name.first <= seq <= name.last:
                continue
            if begins and name.first != seq:
                continue
            text = segment_name(name.epoch, name.first, name.last)
            if text in self._entries:
                return name
            with suppress(StickFailed):  # something else of that name: another file is written
                data = self._folder.read(text, MAX_SEGMENT)
                if data is not None and self._terminal.is_ours(epoch, name, data):
                    self._entries[text] = Entry.of(text, data)
                    return name
        return None

    def _write(self, epoch: Epoch, run: plan.Run) -> SegmentName | None:
        made = self._terminal.segment(epoch, run)
        if made is None:
            return None
        name, data = made
        text = segment_name(name.epoch, name.first, name.last)
        self._folder.write(text, data)
        self._written += 1
        self._entries[text] = Entry.of(text, data)
        return name

    def _manifest(self, at: Moment) -> Bundle | None:
        bundle = describe(self._terminal.log.terminal, Way.UP, at.at, self._entries)
        held = self._held_manifest()
        if held is not None and (held.terminal, held.files) == (bundle.terminal, bundle.files):
            return held if bundle.files else None
        if bundle.files or held is not None:
            self._folder.write(MANIFEST, self._terminal.sign(bundle))
        return bundle if bundle.files else None

    def _held_manifest(self) -> Bundle | None:
        try:
            data = self._folder.read(MANIFEST, MAX_BUNDLE)
            if data is None:
                return None
            return open_bundle(data.decode("ascii", "replace"), self._terminal.key_for)
        except (*UNBELIEVED, StickFailed):
            return None
