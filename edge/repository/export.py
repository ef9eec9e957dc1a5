"""What was accepted of the repository, laid out as a repository again, with one target.

Lives here: the folder that another program of this machine takes the target from, and verifies by
itself. Not here: who that is (`edge.update`).
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from edge.errors import RepositoryRefused
from edge.files import replace_file, sync_folder
from edge.repository.client import Fault
from edge.repository.kept import PLAIN, Kept
from edge.repository.names import METADATA, TARGETS, TIMESTAMP_ROLE, Target


def export(kept: Kept, target: Target, file: Path, folder: Path) -> None:
    """Lay the accepted metadata and one target's file into `folder`, which is made anew.

    `file` lies on the same file system and is not copied. Raises RepositoryRefused where nothing
    was accepted, RepositoryBusy, OSError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    metadata = folder / METADATA
    place = folder / TARGETS / target.place
    for one in (metadata, place.parent):
        one.mkdir(mode=0o700, parents=True)
    with kept.exclusive():
        for number, data in kept.roots().items():
            replace_file(metadata / f"{number}.root.json", data)
        for role in PLAIN:
            held = kept.file(role)
            if held is not None:
                replace_file(metadata / f"{_version(role, held)}{role}.json", held)
    os.link(file, place)
    sync_folder(place.parent)


def _version(role: str, data: bytes) -> str:
    """Return what a role's file begins with where it is served."""
    if role == TIMESTAMP_ROLE:
        return ""
    try:
        return f"{int(json.loads(data)['signed']['version'])}."
    except (ValueError, KeyError, TypeError) as error:
        raise RepositoryRefused(
            "What was accepted of the repository is damaged.",
            next_step="Take it again: tramthe repository update --help",
            fault=Fault.MALFORMED,
        ) from error
