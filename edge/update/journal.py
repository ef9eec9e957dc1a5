"""What is under way, and what became of it: two small files that are replaced whole.

Lives here: their form. Not here: what follows from them (`install`).

The journal is there while an update is under way. Its phase says what a start after a pulled plug
has to do: COPYING, give it up; TRYING, go on with the new version and count; RETURNING, finish the
way back. The record says which version is the floor, and how the last update ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum, unique
from pathlib import Path
from typing import Any

from edge.deb_version import DebVersion, is_version
from edge.files import replace_file, sync_folder

MAX_FILE = 64 * 1024  # bytes
MAX_LEFT = 20
"""Versions remembered as tried and left; the oldest go."""


@unique
class Phase(StrEnum):
    """How far an update is."""

    COPYING = "copying"
    TRYING = "trying"
    RETURNING = "returning"


@unique
class Outcome(StrEnum):
    """How an update ended."""

    INSTALLED = "installed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Journal:
    """An update under way, from one version to another.

    `before`: what a health check compares with. `starts`: how often the new version was started.
    """

    phase: Phase
    version: str
    previous: str
    before: Mapping[str, Any]
    starts: int = 0
    why: str | None = None

    def save(self, path: Path) -> None:
        """Write it durably. Raises OSError."""
        _save(path, asdict(self))


@dataclass(frozen=True, slots=True)
class Last:
    """How the last update ended. `at` in UTC, RFC 3339; `why`: a code of what was amiss."""

    outcome: Outcome
    version: str
    previous: str
    at: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered for good. `floor`: the highest version that was ever kept here."""

    floor: str | None = None
    previous: str | None = None
    """The version that ran before this one; None where there was none."""
    left: tuple[str, ...] = ()
    last: Last | None = field(default=None)

    def save(self, path: Path) -> None:
        """Write it durably, for everybody to read. Raises OSError."""
        _save(path, asdict(self), mode=0o644)

    def after(self, last: Last) -> Record:
        """Return the record with how an update ended; what was left is remembered."""
        if last.outcome is Outcome.INSTALLED:
            return replace(self, last=last, left=tuple(v for v in self.left if v != last.version))
        left = (*(v for v in self.left if v != last.version), last.version)[-MAX_LEFT:]
        return replace(self, last=last, left=left)


def read_journal(path: Path) -> Journal | None:
    """Return what is under way, None for nothing, and for a file that says nothing. OSError."""
    found = _load(path)
    try:
        journal = Journal(**{**found, "phase": Phase(found["phase"])})
    except (KeyError, TypeError, ValueError):
        return None
    whole = is_version(journal.version) and isinstance(journal.before, dict)
    return journal if whole and type(journal.starts) is int else None


def read_record(path: Path) -> Record:
    """Return what is remembered; an empty record where there is none, or none that reads."""
    try:
        found = _load(path)
        last = found.get("last")
        if last is not None:
            last = Last(**{**last, "outcome": Outcome(last["outcome"])})
        record = Record(**{**found, "last": last, "left": tuple(found.get("left", ()))})
        named = [*record.left, *(one for one in (record.floor, record.previous) if one is not None)]
        return record if all(is_version(one) for one in named) else Record()
    except (KeyError, TypeError, ValueError, OSError):
        return Record()


def drop_journal(path: Path) -> None:
    """Note that nothing is under way any more. Raises OSError."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def highest(*versions: str | None) -> str:
    """Return the highest of some versions, of which one at least is there."""
    return max((one for one in versions if one is not None), key=DebVersion)


def _save(path: Path, document: Mapping[str, Any], mode: int = 0o600) -> None:
    replace_file(path, json.dumps(document, indent=1).encode(), mode=mode)


def _load(path: Path) -> dict[str, Any]:
    """Return the object in a file; an empty one for none, or for something else. OSError."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_FILE))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
