"""The terminal's part in an update: which version it wants, and handing it to root.

Lives here: what runs at the terminal, as its own user. Not here: rules (`offer`), what root makes
of it (`taking`, `install`). Handed over is a small repository in the state folder, with the
accepted metadata and one package, and a file whose appearance systemd waits for.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from edge.deb_version import is_version
from edge.errors import EdgeError, UpdateFailed
from edge.files import replace_file, sync_folder
from edge.floor import BUILD_TIME
from edge.layout import StateLayout
from edge.repository.apply import this_machine
from edge.repository.client import Client
from edge.repository.export import export
from edge.repository.kept import Kept
from edge.repository.names import Target
from edge.repository.release import Release
from edge.update.journal import highest, read_record
from edge.update.offer import Hour, Installed, choose, waits_for
from edge.update.places import Handed, Software
from edge.wire.event import timestamp

log = logging.getLogger("tramthe.update")


def installed(software: Software, version: str) -> Installed:
    """Return what runs here. Raises UpdateFailed for a version that Debian cannot order."""
    if not is_version(version):
        raise UpdateFailed(
            f"The version {version} has no place in Debian's order.",
            next_step="Install the package of a version that was released.",
            fault="NO_ORDER",
        )
    record = read_record(software.record)
    return Installed(this_machine(), version, highest(record.floor, version), record.left)


def chooser(software: Software, version: str) -> Callable[[Sequence[Release]], Release | None]:
    """Return what chooses among releases for a terminal that runs `version`, each time anew.

    One whose own version has no place in Debian's order takes none.
    """

    def chosen(offered: Sequence[Release]) -> Release | None:
        return choose(offered, installed(software, version)) if is_version(version) else None

    return chosen


def on_offer(state: Path) -> tuple[Target, ...]:
    """Return the releases of the set that this terminal accepted last.

    Raises RepositoryRefused, OSError, sqlite3.Error.
    """
    kept = Kept(StateLayout(state).repository)
    root = kept.first_root()
    offer = None if root is None else Client(kept, root).held(BUILD_TIME)
    return () if offer is None else tuple(one for one in offer.targets if one.release is not None)


def hand(state: Path, here: Installed) -> Release:
    """Lay the version to go to where root takes it; return it.

    Raises UpdateFailed where there is none, or it is not delivered yet; RepositoryRefused,
    RepositoryBusy, OSError, sqlite3.Error.
    """
    targets = {one.release: one for one in on_offer(state) if one.release is not None}
    chosen = choose(targets, here)
    if chosen is None:
        raise UpdateFailed(
            "There is no version to go to.",
            next_step="See what there is: tramthe update check --help",
            fault="NOTHING_ON_OFFER",
        )
    layout, target = StateLayout(state), targets[chosen]
    file = layout.delivered / target.path
    if not file.is_file():
        raise UpdateFailed(
            f"Version {chosen.version} is not fetched yet.",
            next_step="Wait for the next look there, or: tramthe repository update --help",
            fault="NOT_DELIVERED",
        )
    handed = Handed(state)
    handed.root.mkdir(mode=0o700, exist_ok=True)
    export(Kept(layout.repository), target, file, handed.request)
    return chosen


def ask_root(state: Path, here: Installed, at: datetime) -> Release | None:
    """Hand over the version to go to and ask for it; None where nothing new is there.

    Raises RepositoryRefused, RepositoryBusy, OSError, sqlite3.Error.
    """
    try:
        chosen = hand(state, here)
    except UpdateFailed:
        return None
    asked = {"version": chosen.version, "at": timestamp(at)}
    replace_file(Handed(state).go, json.dumps(asked).encode())
    return chosen


def take_request(state: Path) -> bool:
    """Remove the file that asks; whether it was there. Only its presence says anything. OSError."""
    go = Handed(state).go
    try:
        go.unlink()
    except FileNotFoundError:
        return False
    sync_folder(go.parent)
    return True


def consider(state: Path, software: Software, running: str, hour: Hour) -> Release | None:
    """Ask root for the version to go to, where there is one and this is a moment for it.

    Never raises an EdgeError, nor for the state of the disk: it is looked at again after the next
    look into the repository.
    """
    if software.journal.exists() or Handed(state).go.exists():
        return None  # root has it in hand
    wait = waits_for(hour)
    if wait is not None:
        log.info("update: not now: %s", wait.value)
        return None
    try:
        return ask_root(state, installed(software, running), hour.now)
    except (EdgeError, OSError, sqlite3.Error) as error:
        log.warning("update: %s", error)
        return None
