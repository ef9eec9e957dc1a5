"""Root's part of `tramthe update`: composed from the terminal's configuration.

Not here: what is said (`update`), rules and steps (`edge.update`).
"""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from edge.clock import system_time
from edge.config.read import load
from edge.errors import UpdateFailed
from edge.repository.fetch import FolderSource
from edge.update.handing import installed, take_request
from edge.update.host import Host, SystemHost
from edge.update.install import Installer, Patience
from edge.update.journal import Last, Phase
from edge.update.keep import size
from edge.update.offer import SPARE
from edge.update.places import BASE, Handed, Software
from edge.update.taking import require_room, take
from edge.update.trees import program


class Root:
    """Updates of the terminal that `config` describes. `host`: another machine than systemd's."""

    def __init__(
        self,
        config: Path,
        software: Path,
        host: Host | None = None,
        *,
        base_at: Path = BASE,
        patience: Patience | None = None,
    ) -> None:
        settings = load(config, {})
        self._state = settings.state
        self._software = Software(software)
        self._base_at = base_at
        self._host = host or SystemHost(
            f"http://{settings.listen}:{settings.port}", settings.state, software
        )
        if not os.access(software, os.W_OK):
            raise UpdateFailed(
                f"{software} is not there, or cannot be written.",
                next_step="Do it as root, after `tramthe update trust`; on a terminal whose root is"
                " read only, give that folder a partition of its own.",
                fault="NO_FOLDER",
            )
        self._installer = Installer(
            self._software,
            self._host,
            version("tramthe"),
            system_time,
            base_at=base_at,
            patience=patience,
        )

    def install(self, source: Path | None, *, again: bool = False) -> Last:
        """Install what a folder offers, or what the terminal fetched. Raises EdgeError, OSError."""
        with self._installer.alone():
            self._require_idle()
            return self._install(source, again=again)

    def give_back(self) -> Last:
        """Go back to the version before. Raises UpdateFailed, OSError."""
        with self._installer.alone():
            self._require_idle()
            return self._installer.give_back()

    def run(self) -> Last | None:
        """Bring what is under way to its end, else do what the terminal asked for."""
        with self._installer.alone():
            last = self._installer.resume()
            if last is None and take_request(self._state):
                last = self._install(Handed(self._state).request, again=False)
            return last

    def settle(self) -> Phase | None:
        """Do what an update under way asks before a start; nothing while it is attended to."""
        with self._installer.alone(wait=False) as mine:
            return self._installer.settle() if mine else None

    def _install(self, source: Path | None, *, again: bool) -> Last:
        here = installed(self._software, self._installer.running)
        if again:
            here = type(here)(here.machine, here.version, here.floor)
        if source is None:
            self._host.data(program(self._software, self._base_at), "hand")
            source = Handed(self._state).request
        self._installer.tidy()
        require_room(self._state, 2 * size(self._state) + SPARE)
        taken = take(FolderSource(source), self._software, here)
        return self._installer.install(taken.package, taken.release.version)

    def _require_idle(self) -> None:
        if self._software.journal.exists():
            raise UpdateFailed(
                "An update is under way.",
                next_step="Wait for its end: tramthe update status",
                fault="UNDER_WAY",
            )
