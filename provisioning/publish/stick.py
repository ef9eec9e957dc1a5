"""Copying what is published onto a stick, so that a terminal without network takes it there.

Lives here: which files belong to the set of today, and the one order that never shows a half
set. Not here: publishing (`workshop`), taking (`edge.repository`). The bytes are those that the
web server gives; nothing is signed or checked anew, for every terminal does that itself.

A stick that is pulled half way holds the set that it held before: everything but `timestamp.json`
has a name that is of its content or version alone, and that one file comes last.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Snapshot, Targets, Timestamp

from edge.repository.names import METADATA, SNAPSHOT_ROLE, TARGETS, TIMESTAMP_ROLE
from edge.stick import StickFolder
from edge.wire.bundle import REPOSITORY
from provisioning.errors import OfficeInputInvalid

_ROOT = re.compile(r"[1-9][0-9]{0,8}\.root\.json")
_LAST = f"{TIMESTAMP_ROLE}.json"
MAX_DEPTH = 6  # folders within each other


@dataclass(frozen=True, slots=True)
class Copied:
    """What was done: files `written`, files that were there `already`, old ones `removed`."""

    written: int
    already: int
    removed: int


def copy_repository(public: Path, root: StickFolder) -> Copied:
    """Bring the set of today, as it is served from `public`, onto a stick; old files go after.

    Raises OfficeInputInvalid where `public` holds no repository, StickFailed, OSError.
    """
    places = _places(public)
    written = already = 0
    with root.existing(REPOSITORY) as repository, repository.held():
        for place in places:
            if _bring(repository, place, public / place):
                written += 1
            else:
                already += 1
        removed = _thin_out(repository, "", frozenset(places))
    return Copied(written, already, removed)


def _places(public: Path) -> tuple[str, ...]:
    """Return the set's files below `public`, in the order of copying."""
    timestamp = _load(public, _LAST).signed
    if not isinstance(timestamp, Timestamp):
        raise _no_repository(public)
    name = f"{timestamp.snapshot_meta.version}.{SNAPSHOT_ROLE}.json"
    snapshot = _load(public, name).signed
    if not isinstance(snapshot, Snapshot):
        raise _no_repository(public)
    metadata = [p.name for p in (public / METADATA).iterdir() if _ROOT.fullmatch(p.name)]
    targets: list[str] = []
    for file, meta in snapshot.meta.items():
        metadata.append(f"{meta.version}.{file}")
        found = _load(public, metadata[-1]).signed
        if not isinstance(found, Targets):
            raise _no_repository(public)
        for path, info in found.targets.items():
            folder, _, base = path.rpartition("/")
            targets.append(f"{TARGETS}/{folder}/{info.hashes['sha256']}.{base}")
    in_order = (*sorted(metadata), name, _LAST)
    return (*sorted(targets), *(f"{METADATA}/{one}" for one in in_order))


def _load(public: Path, name: str) -> Metadata[Any]:
    try:
        return Metadata[Any].from_bytes((public / METADATA / name).read_bytes())
    except (FileNotFoundError, NotADirectoryError, RepositoryError) as error:
        raise _no_repository(public) from error


def _bring(repository: StickFolder, place: str, source: Path) -> bool:
    """Copy one file unless it is there already; return whether it was written."""
    *folders, name = place.split("/")
    with ExitStack() as stack, source.open("rb") as file:
        inside = repository
        for folder in folders:
            inside = stack.enter_context(inside.existing(folder))
        digest = hashlib.file_digest(file, "sha256").digest()
        if inside.holds(name, file.seek(0, os.SEEK_END), digest):
            return False
        file.seek(0)
        inside.copy(name, file)
    return True


def _thin_out(folder: StickFolder, below: str, wanted: frozenset[str], depth: int = 0) -> int:
    """Remove what belongs to no set of today; return how many files that were."""
    removed = 0
    for name in folder.names():
        if f"{below}{name}" not in wanted:
            folder.remove(name)
            removed += 1
    for name in folder.folders() if depth < MAX_DEPTH else ():
        with folder.folder(name) as inside:
            if inside is not None:
                removed += _thin_out(inside, f"{below}{name}/", wanted, depth + 1)
    return removed


def _no_repository(public: Path) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"{public} is no repository as it is served.",
        next_step="Name the folder `public` of the publisher's folder, or a whole copy of it.",
    )
