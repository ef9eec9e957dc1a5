"""A stick that goes to and fro between terminals and a centre."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.carried import Received
from edge.carry import Courier
from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.repository.outcome import RepositoryResult, RepositoryState
from edge.stick import open_folder
from edge.sync.centre_key import CentreKey
from edge.sync.courier import TerminalExport
from edge.sync.courier_ledger import CourierLedger
from edge.sync.courier_outcome import Exported
from edge.sync.inbox import Inbox
from edge.wire.bundle import ROOT, Way, place_of
from provisioning.centre.app import Signer
from provisioning.centre.courier import Taken, open_courier
from tests.edge.log.made import TERMINAL, moment
from tests.provisioning.centre.made import KID, Centre


def passes_over(_: Path) -> RepositoryResult:
    """Return what a repository that has nothing new says."""
    return RepositoryResult(RepositoryState.UP_TO_DATE, moment().at)


@dataclass
class Stick:
    """A stick at `path`, and the centre that it travels to."""

    path: Path
    centre: Centre

    @property
    def key(self) -> CentreKey:
        """Return the centre's key as the trust list would name it."""
        return CentreKey(KID, self.centre.sign_key.public_key())

    def courier(self, log: EventLog) -> Courier:
        """Return a terminal's acts; its ledger lies beside its log."""
        return Courier(CourierLedger(log.path.with_suffix(".courier")), lambda: moment(500))

    def export(
        self, log: EventLog, identity: TerminalIdentity, inbox: Inbox | None = None
    ) -> Exported:
        """Copy what waits at a terminal."""
        terminal = TerminalExport(log, identity, self.key, inbox)
        return self.courier(log).export(terminal, self.path, stick="GÓI-XÃ")

    def take(self, log: EventLog, inbox: Inbox | None = None) -> Received:
        """Take at a terminal what lies there."""
        return self.courier(log).take(
            log,
            lambda: self.key,
            passes_over,
            self.path,
            stick="GÓI-XÃ",
            by="technician",
            inbox=inbox,
        )

    def at_centre(self) -> Taken:
        """Take at the centre what lies there."""
        centre = self.centre
        signer = Signer(centre.sign_key, KID)
        courier = open_courier(centre.store, [centre.ca.certificate], signer, lambda: centre.now)
        with open_folder(self.path) as stick, stick.existing(ROOT) as root:
            return courier.take(root)

    def up(self, terminal: str = TERMINAL) -> Path:
        """Return the folder of a terminal's way up."""
        return self.path / ROOT / Way.UP.value / place_of(terminal)

    def down(self, terminal: str = TERMINAL) -> Path:
        """Return the folder of the way down to a terminal."""
        return self.path / ROOT / Way.DOWN.value / place_of(terminal)

    def segments(self, terminal: str = TERMINAL) -> list[Path]:
        """Return a terminal's segments, in order."""
        return sorted(path for path in self.up(terminal).glob("*-*.jws"))

    def files(self) -> dict[str, bytes]:
        """Return all that lies on the stick."""
        return {
            str(path.relative_to(self.path)): path.read_bytes()
            for path in self.path.rglob("*")
            if path.is_file()
        }
