"""A publisher with real keys, and terminals that take from it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from edge.clock import Clock
from edge.holdings import Holdings
from edge.repository.apply import Rooms
from edge.repository.fetch import FolderSource, Source
from edge.repository.names import (
    LISTS_ROLE,
    ROOT_ROLE,
    SNAPSHOT_ROLE,
    TARGETS_ROLE,
    TIMESTAMP_ROLE,
)
from edge.repository.outcome import RepositoryResult
from edge.repository.update import update
from provisioning.publish.ceremony import Ceremony, Holders
from provisioning.publish.keys import OWNER
from provisioning.publish.workshop import Workshop

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PACKAGE = "software/tramthe.img"
OFFLINE = ("root-an", "root-binh", "root-chi", "targets-an", "targets-binh")
ONLINE = (LISTS_ROLE, SNAPSHOT_ROLE, TIMESTAMP_ROLE)


def new_signer(owner: str) -> CryptoSigner:
    """Return a fresh key that bears its owner's name."""
    signer = CryptoSigner.generate_ed25519()
    signer.public_key.unrecognized_fields[OWNER] = owner
    return signer


class Office:
    """A publisher's folder and every key of it. Times are given by the tests."""

    def __init__(self, folder: Path, at: datetime = AT) -> None:
        self.shop = Workshop(folder)
        self.keys = {name: new_signer(name) for name in (*OFFLINE, *ONLINE)}
        holders = {
            ROOT_ROLE: self._held("root-an", "root-binh", "root-chi", threshold=2),
            TARGETS_ROLE: self._held("targets-an", "targets-binh", threshold=2),
            **{role: self._held(role) for role in ONLINE},
        }
        self.at(at).begin(holders)
        self.sign(at)

    def _held(self, *names: str, threshold: int = 1) -> Holders:
        return Holders(tuple(self.keys[name].public_key for name in names), threshold)

    def copy(self, folder: Path) -> Office:
        """Return this publisher with the same keys, in a folder of its own."""
        made = object.__new__(Office)
        made.shop = Workshop(Path(shutil.copytree(self.shop.folder, folder)))
        made.keys = dict(self.keys)
        return made

    @property
    def public(self) -> Path:
        """Return what is served."""
        return self.shop.public

    @property
    def first_root(self) -> bytes:
        """Return what a terminal is provisioned with."""
        return (self.shop.metadata / "1.root.json").read_bytes()

    def at(self, at: datetime) -> Ceremony:
        """Return the acts of one time."""
        return Ceremony(self.shop, at)

    def sign(self, at: datetime, *names: str) -> None:
        """Sign with all keys, or with these."""
        for name in names or tuple(self.keys):
            self.at(at).sign(self.keys[name])

    def publish(self, path: str, data: bytes, at: datetime, scratch: Path) -> None:
        """Publish one target, signed by everybody."""
        scratch.mkdir(parents=True, exist_ok=True)
        file = scratch / "target"
        file.write_bytes(data)
        self.at(at).add(path, file)
        self.sign(at)


class Taker:
    """A terminal's folder, with a system clock that the test sets."""

    def __init__(self, state: Path, first_root: bytes, now: datetime = AT) -> None:
        self.state = state
        self.folder = state / "repository"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "root.json").write_bytes(first_root)
        self.now = now
        self.rooms = self.opened()

    def opened(self) -> Rooms:
        """Return what targets go into, as a service that starts now would have it."""
        clock = Clock(
            self.state / "floor",
            system=lambda: self.now,
            synchronised=lambda: True,
            held=lambda: True,
        )
        holdings = Holdings(self.state / "holdings", start_anyway=True)
        return Rooms(holdings, clock, self.state / "delivered")

    def take(self, source: Source | Path) -> RepositoryResult:
        """Pass once over a source, or a folder."""
        found = FolderSource(source) if isinstance(source, Path) else source
        return update(self.folder, found, self.rooms)

    def delivered(self, path: str) -> bytes | None:
        """Return what was delivered under a path."""
        place = self.rooms.delivered / path
        return place.read_bytes() if place.exists() else None
