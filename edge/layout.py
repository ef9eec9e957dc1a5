"""Where things lie in the terminal's state folder. Names only; nothing is opened here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PAIRINGS = "pairings.sealed"
"""In the identity folder: the back offices' pages that may ask."""


@dataclass(frozen=True, slots=True)
class StateLayout:
    """The state folder (`Config.state`), mode 0700."""

    root: Path

    @property
    def floor(self) -> Path:
        """Return the file of the clock's floor."""
        return self.root / "floor"

    @property
    def holdings(self) -> Path:
        """Return the folder of trust list, revocation lists and sealed roster."""
        return self.root / "holdings"

    @property
    def identity(self) -> Path:
        """Return the folder of the terminal's own keys."""
        return self.root / "identity"

    @property
    def log(self) -> Path:
        """Return the database of events."""
        return self.root / "log.sqlite"

    @property
    def inbox(self) -> Path:
        """Return the database of what was taken of the inbox."""
        return self.root / "inbox.sqlite"

    @property
    def repository(self) -> Path:
        """Return the folder of what was accepted of the repository."""
        return self.root / "repository"

    @property
    def delivered(self) -> Path:
        """Return the folder of software and catalogues that the repository delivered."""
        return self.root / "delivered"

    @property
    def support(self) -> Path:
        """Return the file of a support bundle that waits for the centre."""
        return self.root / "support.jws"

    @property
    def courier(self) -> Path:
        """Return the ledger of sticks."""
        return self.root / "courier.sqlite"
