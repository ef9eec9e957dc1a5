"""The publisher's folder: what is published, and what waits for signatures.

Lives here: which file is which, reading them, and publishing in the one order that never shows a
half set. Not here: who has to sign (`ceremony`).

`public/` is what a web server serves or a stick carries: `metadata/` and `targets/`, both with
consistent names, so that every file but `timestamp.json` never changes once it is there. `staged/`
holds metadata that waits; it is what travels to the machine where an offline key signs.
`archive/` holds earlier card status lists, from which deltas are made.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata

from edge.files import replace_file, sync_folder
from edge.repository.names import (
    LISTS_ROLE,
    METADATA,
    ROOT_ROLE,
    SNAPSHOT_ROLE,
    TARGETS,
    TARGETS_ROLE,
    TIMESTAMP_ROLE,
)
from provisioning.errors import OfficeInputInvalid

ROLES = (ROOT_ROLE, TARGETS_ROLE, LISTS_ROLE, SNAPSHOT_ROLE, TIMESTAMP_ROLE)
"""In the order of publishing: what names the others comes last."""
KEPT_VERSIONS = 30
"""Of each role's metadata; roots are kept for ever: a terminal follows them one by one."""
_VERSIONED = re.compile(r"([1-9][0-9]{0,8})\.([a-z]+)\.json")


class Workshop:
    """One publisher's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = folder / "public"
        self.metadata = self.public / METADATA
        self.targets = self.public / TARGETS
        self.staging = folder / "staged"
        self.archive = folder / "archive"

    def create(self) -> None:
        """Make the folders. Raises OfficeInputInvalid where a repository is there, OSError."""
        if self.staging.exists() or self.metadata.exists():
            raise OfficeInputInvalid(
                f"{self.folder} already holds a repository.",
                next_step="Name an empty folder, or go on with the one that is there.",
            )
        for folder in (self.metadata, self.targets, self.staging):
            folder.mkdir(parents=True)

    def require(self) -> None:
        """Raise OfficeInputInvalid where there is no repository."""
        if not self.staging.is_dir() or not self.metadata.is_dir():
            raise OfficeInputInvalid(
                f"{self.folder} holds no repository.",
                next_step="Make one: tramthe centre publish init FOLDER --help",
            )

    def published(self, role: str) -> Metadata[Any] | None:
        """Return a role's newest published metadata. Raises OfficeInputInvalid."""
        if role == TIMESTAMP_ROLE:
            return _load(self.metadata / f"{role}.json")
        numbers = self._numbers(role)
        return _load(self.metadata / f"{numbers[-1]}.{role}.json") if numbers else None

    def staged(self, role: str) -> Metadata[Any] | None:
        """Return a role's metadata that waits. Raises OfficeInputInvalid."""
        return _load(self.staging / f"{role}.json")

    def newest(self, role: str) -> Metadata[Any] | None:
        """Return what waits, else what is published. Raises OfficeInputInvalid."""
        return self.staged(role) or self.published(role)

    def stage(self, role: str, metadata: Metadata[Any]) -> None:
        """Keep metadata until it is signed by enough. Raises OSError."""
        replace_file(self.staging / f"{role}.json", metadata.to_bytes(), mode=0o644)

    def publish(self, staged: Iterable[str]) -> None:
        """Move these roles' metadata to where it is served, the timestamp last. Raises OSError."""
        moved = [role for role in ROLES if role in set(staged)]
        for role in moved:
            path = self.staging / f"{role}.json"
            metadata = _load(path)
            if metadata is None:
                raise ValueError(f"{role} does not wait")
            version = "" if role == TIMESTAMP_ROLE else f"{metadata.signed.version}."
            replace_file(self.metadata / f"{version}{role}.json", metadata.to_bytes(), mode=0o644)
        for role in moved:
            (self.staging / f"{role}.json").unlink()
        sync_folder(self.staging)
        self._thin_out()

    def store_target(self, place: str, file: Path) -> None:
        """Copy a target to its consistent name below `targets/`. Raises OSError."""
        path = self.targets / place
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        shutil.copyfile(file, new)
        new.replace(path)
        sync_folder(path.parent)

    def keep_targets(self, places: Iterable[str]) -> None:
        """Remove every target file but these. Raises OSError."""
        kept = {self.targets / place for place in places}
        for path in self.targets.rglob("*"):
            if path.is_file() and path not in kept:
                path.unlink()

    def _numbers(self, role: str) -> list[int]:
        matches = (_VERSIONED.fullmatch(path.name) for path in self.metadata.iterdir())
        return sorted(int(found[1]) for found in matches if found and found[2] == role)

    def _thin_out(self) -> None:
        for role in (TARGETS_ROLE, LISTS_ROLE, SNAPSHOT_ROLE):
            for number in self._numbers(role)[:-KEPT_VERSIONS]:
                (self.metadata / f"{number}.{role}.json").unlink()


def _load(path: Path) -> Metadata[Any] | None:
    try:
        return Metadata[Any].from_bytes(path.read_bytes())
    except FileNotFoundError:
        return None
    except RepositoryError as error:
        raise OfficeInputInvalid(
            f"{path} is not the repository's metadata.",
            next_step="Restore the publisher's folder from its copy.",
        ) from error
