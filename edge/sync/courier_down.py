"""Taking from a stick what the centre says back to one terminal.

Lives here: acknowledgements, anchors and the manifest; finding the messages. Not here: the way up
(`courier`), what a message does (`take_inbox`), what the repository on the stick holds
(`edge.repository`), the whole act (`edge.carry`).

An acknowledgement may have lain in a drawer while newer ones came by network. One that says less
than what is held changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.errors import StickFailed
from edge.log.append import EventLog
from edge.log.epochs import Epoch
from edge.stick import StickFolder
from edge.sync import plan
from edge.sync.acks import LogCopied, take_ack
from edge.sync.anchors import keep_anchors
from edge.sync.centre_key import UNBELIEVED, CentreKey, believed
from edge.sync.courier_outcome import Imported, Refused
from edge.wire.ack import MAX_ACK
from edge.wire.bundle import (
    ANCHORS,
    INBOX,
    MANIFEST,
    MAX_ANCHORS_FILE,
    MAX_BUNDLE,
    Bundle,
    Way,
    open_bundle,
    place_of,
    read_ack_name,
    read_anchor_lines,
)
from edge.wire.inbox_call import MAX_ANSWER, split
from verify.moment import Moment


def read_inbox(terminal: str, root: StickFolder) -> tuple[str, tuple[str, ...]] | None:
    """Return head and messages that lie on a stick for a terminal, unverified; None for none.

    Raises StickFailed, WireMalformed.
    """
    with root.folder(Way.DOWN.value) as down:
        if down is None:
            return None
        with down.folder(place_of(terminal)) as folder:
            data = None if folder is None else folder.read(INBOX, MAX_ANSWER)
            return None if data is None else split(data)


@dataclass(slots=True)
class _Found:
    acks: int = 0
    anchors: int = 0
    refused: list[Refused] = field(default_factory=list)
    copied: LogCopied | None = None


def take_down(log: EventLog, key: CentreKey, root: StickFolder, at: Moment) -> Imported | None:
    """Take what lies on a stick for this terminal; None where there is nothing.

    Raises StickFailed, RecordingLocked, LogDamaged; a file that is not in order stops no other.
    """
    with root.folder(Way.DOWN.value) as down:
        if down is None:
            return None
        with down.folder(place_of(log.terminal)) as folder:
            if folder is None:
                return None
            return _take(log, key, folder, at)


def _take(log: EventLog, key: CentreKey, folder: StickFolder, at: Moment) -> Imported:
    found = _Found()
    known = {epoch.id: epoch for epoch in log.epochs}
    names = folder.names()
    for name in names:
        epoch = known.get(read_ack_name(name) or "")
        if epoch is None:
            continue
        try:
            _take_one(log, key, folder, name, epoch, at, found)
        except LogCopied as error:
            found.copied = error
            found.acks += 1
        except (*UNBELIEVED, StickFailed) as error:
            found.refused.append(Refused(name, error.message))
    _take_anchors(log, key, folder, found)
    bundle, missing = _check_manifest(log, key, folder, found)
    return Imported(
        bundle=bundle,
        acks=found.acks,
        anchors=found.anchors,
        high_water=log.acknowledged(),
        refused=tuple(found.refused),
        missing=missing,
        copied=found.copied,
    )


def _take_one(
    log: EventLog,
    key: CentreKey,
    folder: StickFolder,
    name: str,
    epoch: Epoch,
    at: Moment,
    found: _Found,
) -> None:
    data = folder.read(name, MAX_ACK)
    if data is None:
        return
    ack = key.ack(data)
    if (ack.terminal, ack.epoch) != (log.terminal, epoch.id):
        found.refused.append(Refused(name, "It speaks of another terminal or epoch."))
        return
    before = believed(log, epoch, key)
    if plan.says_less(ack, before):
        return
    take_ack(log, epoch, ack, before, at)
    found.acks += 1


def _take_anchors(log: EventLog, key: CentreKey, folder: StickFolder, found: _Found) -> None:
    try:
        data = folder.read(ANCHORS, MAX_ANCHORS_FILE)
    except StickFailed as error:
        found.refused.append(Refused(ANCHORS, error.message))
        return
    if data is not None:
        found.anchors = keep_anchors(log, read_anchor_lines(data), key)


def _check_manifest(
    log: EventLog, key: CentreKey, folder: StickFolder, found: _Found
) -> tuple[Bundle | None, tuple[str, ...]]:
    """Return the bundle, and which of its files are not there as it says."""
    try:
        data = folder.read(MANIFEST, MAX_BUNDLE)
        if data is None:
            return None, ()
        bundle = open_bundle(data.decode("ascii", "replace"), key)
    except (*UNBELIEVED, StickFailed) as error:
        found.refused.append(Refused(MANIFEST, error.message))
        return None, ()
    if (bundle.terminal, bundle.way) != (log.terminal, Way.DOWN):
        found.refused.append(Refused(MANIFEST, "It is of another terminal, or of the other way."))
        return None, ()
    missing = (one.name for one in bundle.files if not folder.holds(one.name, one.size, one.sha256))
    return bundle, tuple(missing)
