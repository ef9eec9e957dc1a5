"""Versions of the program side by side on the disk, and which of them runs.

Lives here: unpacking a package to a tree of its own, the one link that says which tree runs,
removing trees. Not here: whether a package may be unpacked (`taking`), in what order (`install`).

A tree is there whole or not at all: it is unpacked under another name, brought to the disk, and
renamed. The link is replaced by one rename. Where there is no link, the program runs that dpkg
installed: it never changes by itself, and is what is left when all else is lost.
Source: dpkg-deb(1); rename(2), which is atomic.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from edge.deb_version import is_version
from edge.errors import UpdateFailed
from edge.files import sync_folder
from edge.update.places import PROGRAM, Software

UNPACK_SECONDS = 600.0
_DPKG_DEB = "/usr/bin/dpkg-deb"


def unpack(package: Path, version: str, software: Software) -> Path:
    """Unpack a verified package to the tree of its version, unless it is there; return the tree.

    Raises UpdateFailed where it holds no program or cannot be unpacked, OSError.
    """
    tree = software.tree(version)
    if tree.is_dir():
        return tree
    half = _half(tree)
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        _dpkg_deb(package, half)
        for folder in (half, half.parent):  # whoever's umask it was: the terminal reads it
            folder.chmod(0o755)
        if not (half / PROGRAM).is_dir():
            raise UpdateFailed(
                f"The package holds no program at /{PROGRAM}.",
                next_step="Tell the office: another package was published under this name.",
                fault="NO_PROGRAM",
            )
        _to_the_disk(half)
        half.rename(tree)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    sync_folder(tree.parent)
    return tree


def _dpkg_deb(package: Path, folder: Path) -> None:
    try:
        subprocess.run(  # noqa: S603 -- a program of the system, and a file that was verified
            [_DPKG_DEB, "--extract", str(package), str(folder)],
            check=True,
            capture_output=True,
            timeout=UNPACK_SECONDS,
        )
    except (subprocess.SubprocessError, FileNotFoundError) as error:
        raise UpdateFailed(
            "The package cannot be unpacked.",
            next_step="Check the free space on the disk and that dpkg is installed, try again.",
            fault="NOT_UNPACKED",
        ) from error


def running_tree(software: Software) -> str | None:
    """Return the version whose tree runs, None where the base does."""
    try:
        name = software.current.readlink().name
    except OSError:
        return None
    return name if is_version(name) and software.tree(name).is_dir() else None


def program(software: Software, base: Path) -> Path:
    """Return where the program lies that runs: of the current tree, else the base."""
    version = running_tree(software)
    return base if version is None else software.tree(version) / PROGRAM


def switch(version: str, software: Software) -> None:
    """Let a version run from the next start on; one without a tree is the base. Raises OSError."""
    tree = software.tree(version)
    if not tree.is_dir():
        software.current.unlink(missing_ok=True)
    elif running_tree(software) != version:
        new = software.root / ".current.new"
        new.unlink(missing_ok=True)
        new.symlink_to(tree.relative_to(software.root))
        new.replace(software.current)
    sync_folder(software.root)


def sweep(software: Software, *keep: str | None) -> None:
    """Remove the trees of all versions but these, and what was left half unpacked."""
    for tree in software.tree("x").parent.glob("*"):
        if tree.name not in keep and tree.name != running_tree(software):
            shutil.rmtree(tree, ignore_errors=True)


def _half(tree: Path) -> Path:
    return tree.with_name(f".{tree.name}.new")


def _to_the_disk(folder: Path) -> None:
    """Bring every file and folder of a tree to the medium. Raises OSError."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = os.path.join(place, name)
            if os.path.islink(path):
                continue
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(place))
