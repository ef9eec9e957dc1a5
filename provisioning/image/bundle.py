"""The offline bundle: a folder with the terminal's Debian package and what it needs besides.

Lives here: looking at it, and copying it so that what lies on the card is what was meant. Not
here: making it, installing it (setup.sh).
Source: Debian policy section 5.6, deb(5) (names NAME_VERSION_ARCHITECTURE.deb); sha256sum(1).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from provisioning.errors import OfficeInputInvalid

PACKAGE = "tramthe"
SUMS = "SHA256SUMS"
MAX_PACKAGES = 400
MAX_SUMS = 256 * 1024  # bytes
_DEB = re.compile(r"([a-z0-9][a-z0-9+.-]+)_([0-9][A-Za-z0-9.+~%:-]*)_(all|arm64|armhf|amd64)\.deb")
_SUM = re.compile(r"([0-9a-f]{64}) [ *](?:\./)?(.+)")
_BLOCK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder of packages. `sums`: SHA-256 by file name, hexadecimal; `size` in bytes."""

    folder: Path
    sums: dict[str, str]
    version: str
    architecture: str
    size: int

    def has(self, package: str) -> bool:
        """Whether a package of this name is there."""
        return any(name.startswith(f"{package}_") for name in self.sums)


def open_bundle(folder: Path) -> Bundle:
    """Return the bundle in a folder, every package of it as its list of sums says.

    Raises OfficeInputInvalid; where the folder has no SHA256SUMS the sums are those of the files.
    """
    names = sorted(path.name for path in folder.glob("*.deb"))
    ours = [match for name in names if (match := _DEB.fullmatch(name)) and match[1] == PACKAGE]
    odd = [name for name in names if not _DEB.fullmatch(name)]
    if odd or len(names) > MAX_PACKAGES:
        raise _unfit(folder, f"{odd[0]} has no package's name" if odd else "there are too many")
    if len(ours) != 1:
        wanted = f"{PACKAGE}_VERSION_ARCHITECTURE.deb"
        raise _unfit(folder, f"it has {len(ours) or 'no'} {wanted}, not one")
    architecture = ours[0][3]
    other = [name for name in names if not name.endswith((f"_{architecture}.deb", "_all.deb"))]
    if other:
        raise _unfit(folder, f"{other[0]} is for another machine than {architecture}")
    sums = {name: digest(folder / name) for name in names}
    if (folder / SUMS).exists():
        listed = _listed(folder)
        differing = [name for name in names if listed.get(name) != sums[name]]
        missing = [name for name in listed if name.endswith(".deb") and name not in sums]
        if differing or missing:
            raise _unfit(folder, f"{(differing + missing)[0]} is not what {SUMS} says")
    size = sum((folder / name).stat().st_size for name in names)
    return Bundle(folder, sums, ours[0][2], architecture, size)


def copy(bundle: Bundle, to: Path, tell: Callable[[str], None] = lambda _: None) -> None:
    """Copy the packages into a folder and read each back from the medium.

    One that lies there already and is whole is left. Raises OSError, OfficeInputInvalid for a
    medium that gives back other bytes than were written.
    """
    to.mkdir(parents=True, exist_ok=True)
    for old in to.glob("*.deb"):
        if old.name not in bundle.sums:
            old.unlink()
    for name, wanted in bundle.sums.items():
        target = to / name
        if target.exists() and digest(target) == wanted:
            continue
        tell(name)
        _copy(bundle.folder / name, target)
        if digest(target) != wanted:
            raise OfficeInputInvalid(
                f"{target} reads back other bytes than were written.",
                next_step="The card is failing: take another.",
            )


def digest(path: Path) -> str:
    """Return a file's SHA-256, read from the medium and not from memory where the system can."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as write:
        while block := read.read(_BLOCK):
            write.write(block)
        write.flush()
        os.fsync(write.fileno())


def _listed(folder: Path) -> dict[str, str]:
    with (folder / SUMS).open("rb") as file:
        text = file.read(MAX_SUMS + 1).decode("utf-8", errors="replace")
    rows = [_SUM.fullmatch(line) for line in text.splitlines() if line.strip()]
    if len(text) > MAX_SUMS or not all(rows):
        raise _unfit(folder, f"its {SUMS} is no list of sums")
    return {row[2]: row[1] for row in rows if row}


def _unfit(folder: Path, why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"{folder} is no bundle of the terminal's packages: {why}.",
        next_step="Take the folder that `make deb` fills, whole; docs/technician.md says how.",
    )
