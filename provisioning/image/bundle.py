"""The offline bundle: a folder with the terminal's Debian package and what it needs besides.

Lives here: looking at it, and copying it so that what lies on the card is what was meant. Not
here: making it, installing it (setup.sh).
Sources: deb(5) and Debian policy section 5.6 (NAME_VERSION_ARCHITECTURE.deb); Debian's repository
format, "Packages" indices, here in the flat form that apt takes as `deb file:/FOLDER ./`.
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
INDEX = "Packages"
MAX_PACKAGES = 1000
MAX_INDEX = 8 * 1024 * 1024  # bytes
BROWSERS = ("chromium", "chromium-browser")
SCREEN = "cage"
_OFTEN = ("nftables", "fonts-noto-core", "fonts-dejavu-core")
_DEB = re.compile(r"([a-z0-9][a-z0-9+.-]+)_([0-9][A-Za-z0-9.+~%:-]*)_(all|arm64|armhf|amd64)\.deb")
_FIELD = re.compile(r"(Filename|SHA256): *(?:\./)?(\S+)")
_BLOCK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder of packages. `sums`: SHA-256 by file name, hexadecimal, the index's own too."""

    folder: Path
    sums: dict[str, str]
    version: str
    architecture: str
    size: int
    """Bytes of them all."""

    @property
    def has_screen(self) -> bool:
        """Whether it holds what shows the pages on the machine's own screen."""
        return self.has(SCREEN) and any(self.has(browser) for browser in BROWSERS)

    def wanted(self, *, kiosk: bool) -> list[str]:
        """Return the packages to name; what they stand on comes by itself."""
        screen = [SCREEN, *[one for one in BROWSERS if self.has(one)][:1]] if kiosk else []
        return [PACKAGE, *[one for one in _OFTEN if self.has(one)], *screen]

    def has(self, package: str) -> bool:
        """Whether a package of this name is there."""
        return any(name.startswith(f"{package}_") for name in self.sums)


def open_bundle(folder: Path) -> Bundle:
    """Return the bundle in a folder, every package of it as its index says.

    Raises OfficeInputInvalid for a folder that would make no terminal, OSError.
    """
    names = sorted(path.name for path in folder.glob("*.deb"))
    ours = [match for name in names if (match := _DEB.fullmatch(name)) and match[1] == PACKAGE]
    odd = [name for name in names if not _DEB.fullmatch(name)]
    if odd or len(names) > MAX_PACKAGES:
        raise _unfit(folder, f"{odd[0]} has no package's name" if odd else "there are too many")
    if len(ours) != 1:
        wanted = f"{PACKAGE}_VERSION_ARCHITECTURE.deb"
        has = f"{len(ours)} {wanted}, not one" if ours else f"no {wanted}"
        raise _unfit(folder, f"it has {has}")
    architecture = ours[0][3]
    other = [name for name in names if not name.endswith((f"_{architecture}.deb", "_all.deb"))]
    if other:
        raise _unfit(folder, f"{other[0]} is for another machine than {architecture}")
    sums = {name: digest(folder / name) for name in names}
    listed = _listed(folder)
    differing = sorted(name for name in {*names, *listed} if listed.get(name) != sums.get(name))
    if differing:
        raise _unfit(folder, f"{differing[0]} is not what its {INDEX} says")
    sums[INDEX] = digest(folder / INDEX)
    size = sum((folder / name).stat().st_size for name in sums)
    return Bundle(folder, sums, ours[0][2], architecture, size)


def copy(bundle: Bundle, to: Path, tell: Callable[[str], None] = lambda _: None) -> None:
    """Copy the packages into a folder and read each back from the medium.

    One that lies there already and is whole is left. Raises OSError, OfficeInputInvalid for a
    medium that gives back other bytes than were written.
    """
    to.mkdir(parents=True, exist_ok=True)
    for old in to.iterdir():
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
    """Return the sum of each file by the index, which has a paragraph for each package."""
    try:
        with (folder / INDEX).open("rb") as file:
            data = file.read(MAX_INDEX + 1)
    except FileNotFoundError as error:
        raise _unfit(folder, f"it has no {INDEX}") from error
    if len(data) > MAX_INDEX:
        raise _unfit(folder, f"its {INDEX} is too large")
    found = {}
    for paragraph in data.decode("utf-8", errors="replace").split("\n\n"):
        matches = [_FIELD.fullmatch(line) for line in paragraph.splitlines()]
        fields = {match[1]: match[2] for match in matches if match}
        if len(fields) == len(("Filename", "SHA256")):
            found[fields["Filename"]] = fields["SHA256"]
    return found


def _unfit(folder: Path, why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"{folder} is no bundle of the terminal's packages: {why}.",
        next_step="Take the folder that `make bundle` fills, whole; docs/package.md says how.",
    )
