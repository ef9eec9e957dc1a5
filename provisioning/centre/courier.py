"""Taking what a stick brings to the centre, and writing back what the centre holds now.

Lives here: one pass over a stick, terminal by terminal. Not here: judging and keeping a segment,
which is the same act as over HTTP (`Centre.take`); the layout (`edge.wire.bundle`); the ledger's
table (`ledger`).

A stick may have lain in a drawer: a terminal's certificate that has run out since still brings its
records home, as it would by the door for such terminals. Each file is judged by itself. One that
is refused, absent or cut short keeps no other back, and a stick that is taken again changes
nothing but the acknowledgements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from edge.errors import StickFailed, WireMalformed
from edge.stick import StickFolder
from edge.wire.ack import MAX_ACK, Ack, open_ack
from edge.wire.bundle import (
    ANCHORS,
    CALL,
    INBOX,
    MANIFEST,
    MAX_BUNDLE,
    MAX_FILES,
    MAX_TERMINALS,
    Entry,
    Way,
    ack_name,
    anchor_lines,
    describe,
    is_place,
    open_bundle,
    place_of,
    read_ack_name,
    read_segment_name,
    sign_bundle,
)
from edge.wire.inbox_call import MAX_CALL, open_head, split
from edge.wire.segment import MAX_SEGMENT
from provisioning.centre.app import Centre, Front, Signer
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.database import Database
from provisioning.centre.door import Door
from provisioning.centre.gate import Gate
from provisioning.centre.inbox import CentreInbox
from provisioning.centre.ledger import Ledger
from provisioning.centre.speaker import Speaker
from provisioning.centre.store import CentreStore
from provisioning.errors import InboxRefused, SegmentRefused, TerminalUnknown
from verify.errors import VerifyError

_UNBELIEVED = (VerifyError, WireMalformed, TerminalUnknown)


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken. `place`: its folder's name."""

    place: str
    name: str
    why: str


@dataclass(slots=True)
class Taken:
    """What one pass took."""

    segments: int = 0
    terminals: set[str] = field(default_factory=set)
    bundles: int = 0
    """Manifests that hold."""
    known: int = 0
    """Of these: taken before."""
    refused: list[Refused] = field(default_factory=list)
    missing: list[Refused] = field(default_factory=list)
    """Files that a manifest has and the stick has not, or otherwise."""
    unanswered: set[str] = field(default_factory=set)
    """Terminals whose acknowledgement could not be written to the stick."""
    stopped: StickFailed | None = None
    """Why the pass ended early, None where it did not."""


class CentreCourier:
    """Takes sticks for one centre. `clock`: the time in UTC."""

    def __init__(
        self,
        centre: Centre,
        authorities: TerminalAuthorities,
        signer: Signer,
        database: Database,
        clock: Callable[[], datetime],
    ) -> None:
        self._centre = centre
        self._authorities = authorities
        self._signer = signer
        self._ledger = Ledger(database)
        self._clock = clock
        self._inbox = CentreInbox(database, signer.key, signer.kid)

    def take(self, root: StickFolder) -> Taken:
        """Take all that a stick has, and write back what is held of it.

        Raises CentreStoreUnavailable; what was kept before stays kept.
        """
        taken = Taken()
        try:
            with root.folder(Way.UP.value) as up:
                for name in () if up is None else up.folders()[:MAX_TERMINALS]:
                    if up is not None and is_place(name):
                        self._terminal(root, up, name, taken)
        except StickFailed as error:
            taken.stopped = error
        return taken

    def _terminal(self, root: StickFolder, up: StickFolder, place: str, taken: Taken) -> None:
        acks: dict[tuple[str, str], str] = {}
        anchors: dict[str, list[str]] = {}
        answered: tuple[str, bytes] | None = None
        try:
            with up.folder(place) as folder:
                if folder is None:
                    return
                names = [name for name in folder.names() if read_segment_name(name) is not None]
                for name in names:
                    self._segment(folder, place, name, taken, acks, anchors)
                answered = self._call(folder, place, taken)
                self._manifest(folder, place, taken)
        except StickFailed as error:
            taken.refused.append(Refused(place, "", error.message))
        terminals = {terminal for terminal, _ in acks}
        if answered is not None:
            terminals.add(answered[0])
        for terminal in sorted(terminals):
            taken.terminals.add(terminal)
            own = {epoch: compact for (of, epoch), compact in acks.items() if of == terminal}
            try:
                mail = answered[1] if answered and answered[0] == terminal else None
                self._answer(root, terminal, own, anchors.get(terminal, ()), mail)
            except StickFailed:
                taken.unanswered.add(terminal)

    def _segment(
        self,
        folder: StickFolder,
        place: str,
        name: str,
        taken: Taken,
        acks: dict[tuple[str, str], str],
        anchors: dict[str, list[str]],
    ) -> None:
        try:
            data = folder.read(name, MAX_SEGMENT)
            if data is None:
                return
            answer = self._centre.take(data.decode("ascii", "replace"), Door.LAPSED, None)
        except (SegmentRefused, StickFailed) as error:
            taken.refused.append(Refused(place, name, error.message))
            return
        ack = self._own(answer.ack)
        acks[ack.terminal, ack.epoch] = answer.ack
        anchors.setdefault(ack.terminal, []).extend(answer.anchors)
        taken.segments += 1

    def _call(self, folder: StickFolder, place: str, taken: Taken) -> tuple[str, bytes] | None:
        """Return who called for its inbox, and the answer."""
        try:
            data = folder.read(CALL, MAX_CALL)
            if data is None:
                return None
            call = data.decode("ascii", "replace")
            answer = self._inbox.answer(call, self._authorities, self._clock(), Door.LAPSED)
        except (InboxRefused, StickFailed) as error:
            taken.refused.append(Refused(place, CALL, error.message))
            return None
        head = open_head(split(answer)[0], lambda _: self._signer.key.public_key())
        return head.terminal, answer

    def _own(self, compact: str) -> Ack:
        """Return what we have just signed."""
        return open_ack(compact, lambda _: self._signer.key.public_key())

    def _manifest(self, folder: StickFolder, place: str, taken: Taken) -> None:
        at = self._clock()
        speaker = Speaker(self._authorities, at, lapsed=True)
        try:
            data = folder.read(MANIFEST, MAX_BUNDLE)
            if data is None:
                return
            bundle = open_bundle(data.decode("ascii", "replace"), speaker.key_for)
            speaker.check(bundle.terminal)
        except (*_UNBELIEVED, StickFailed) as error:
            taken.refused.append(Refused(place, MANIFEST, error.message))
            return
        if bundle.way is not Way.UP or place_of(bundle.terminal) != place:
            taken.refused.append(Refused(place, MANIFEST, "It belongs elsewhere."))
            return
        taken.bundles += 1
        missing = [
            Refused(place, one.name, "It is absent, or cut short.")
            for one in bundle.files
            if not folder.holds(one.name, one.size, one.sha256)
        ]
        taken.missing += missing
        if not self._ledger.enter(bundle, at, missing=len(missing)):
            taken.known += 1

    def _answer(
        self,
        root: StickFolder,
        terminal: str,
        acks: dict[str, str],
        anchors: Sequence[str],
        mail: bytes | None,
    ) -> None:
        """Write the acknowledgements and anchors of one terminal, and the manifest of the first.

        Anchors beyond what one file holds are asked for again by the terminal.
        """
        with (
            root.existing(Way.DOWN.value) as down,
            down.existing(place_of(terminal)) as folder,
            folder.held(),
        ):
            folder.tidy()
            for epoch, compact in acks.items():
                folder.write(ack_name(epoch), compact.encode())
            if anchors:
                folder.write(ANCHORS, anchor_lines(anchors))
            if mail is not None:
                folder.write(INBOX, mail)
            self._describe(folder, terminal)

    def _describe(self, folder: StickFolder, terminal: str) -> None:
        """Write the manifest of what we signed and lies there for a terminal."""
        at = self._clock()
        files: dict[str, bytes | Entry] = {}
        for name in folder.names():
            data = self._ours(folder, name, terminal)
            if data is not None and len(files) < MAX_FILES:
                files[name] = data
        bundle = describe(terminal, Way.DOWN, at, files)
        compact = sign_bundle(bundle, self._signer.key, kid=self._signer.kid)
        folder.write(MANIFEST, compact.encode())
        self._ledger.enter(bundle, at)

    def _ours(self, folder: StickFolder, name: str, terminal: str) -> bytes | None:
        if read_ack_name(name) is None:
            return None
        try:
            data = folder.read(name, MAX_ACK)
            ack = None if data is None else self._own(data.decode("ascii", "replace"))
        except (*_UNBELIEVED, StickFailed):
            return None
        return data if ack is not None and ack.terminal == terminal else None


def open_courier(
    store: CentreStore,
    anchors: Sequence[bytes],
    signer: Signer,
    clock: Callable[[], datetime],
) -> CentreCourier:
    """Return what takes sticks over an open store. `anchors`: as `create_app`."""
    authorities = TerminalAuthorities(anchors)
    centre = Centre(store, authorities, signer, clock, Front.NOTHING, Gate())
    return CentreCourier(centre, authorities, signer, store.database, clock)
