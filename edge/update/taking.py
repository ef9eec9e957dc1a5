"""Taking the program's next version, verified: what root believes of what it is handed.

Lives here: the metadata followed from root's own first root and held against root's own memory,
the choice, the bytes. Not here: unpacking (`trees`), the order of an update (`install`).

Whoever hands it over, the terminal or a stick, is believed for nothing. Expiry is judged by the
time this version was built alone: the terminal's clock is the terminal's. One that was taken over
can keep the program as it is, or choose among versions that were signed for, never a lower one.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from edge.errors import UpdateFailed
from edge.floor import BUILD_TIME
from edge.repository.apply import MAX_TARGET
from edge.repository.client import Client
from edge.repository.delivered import require_package
from edge.repository.fetch import Source
from edge.repository.kept import Kept
from edge.repository.names import Target
from edge.repository.part import fetched
from edge.repository.release import Release
from edge.update.offer import SPARE, Installed, No, choose, why_not
from edge.update.places import Software

NOT_PROVISIONED = "NOT_PROVISIONED"
NOTHING = "NOTHING_ON_OFFER"
NO_ROOM = "NO_ROOM"


@dataclass(frozen=True, slots=True)
class Taken:
    """A verified package, among root's parts."""

    release: Release
    package: Path


def take(source: Source, software: Software, here: Installed) -> Taken:
    """Return the package to go to.

    Raises UpdateFailed where there is none, or no room; RepositoryRefused, RepositoryUnreachable,
    RepositoryBusy, OSError, sqlite3.Error.
    """
    kept = Kept(software.repository)
    root = kept.first_root()
    if root is None:
        raise UpdateFailed(
            "Nobody told this machine whose software to install.",
            next_step="Give it the repository's first root: tramthe update trust --help",
            fault=NOT_PROVISIONED,
        )
    with kept.exclusive():
        offer, error = Client(kept, root).offer(source, BUILD_TIME)
        if error is not None:
            raise error
        targets = {} if offer is None else _releases(offer.targets)
        chosen = choose(targets, here)
        if chosen is None:
            raise _nothing(targets, here)
        target = targets[chosen]
        require_room(software.root, target.length + chosen.unpacked + SPARE)
        kept.tidy({target.sha256})
        package = fetched(source, target, kept.parts, MAX_TARGET)
        require_package(package, Path(target.path).name)
    return Taken(chosen, package)


def require_room(folder: Path, size: int) -> None:
    """Raise UpdateFailed unless so many bytes are free at a folder. OSError."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise UpdateFailed(
            f"The disk has not room for it: {size} bytes are needed, {free} are free.",
            next_step="Free space on the disk; nothing was changed.",
            fault=NO_ROOM,
        )


def _releases(targets: tuple[Target, ...]) -> dict[Release, Target]:
    return {one.release: one for one in targets if one.release is not None}


def _nothing(targets: dict[Release, Target], here: Installed) -> UpdateFailed:
    whys = {one.version: why_not(one, here) for one in targets}
    said = ", ".join(f"{version}: {why}" for version, why in whys.items() if why is not None)
    ours = [why for why in whys.values() if why not in (No.OTHER_SUITE, No.OTHER_ARCHITECTURE)]
    return UpdateFailed(
        f"No version to go to is on offer ({said or 'none at all'}).",
        next_step="There is nothing to do." if ours else "Tell the office which machine this is.",
        fault=NOTHING,
    )
