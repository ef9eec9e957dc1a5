"""What is mounted where, and so whether what is written to a folder outlives a power cut.

Lives here: reading the kernel's table of mounts. Not here: what follows from it (`edge.log`,
`edge.plugged`).
Source: proc(5), /proc/pid/mountinfo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
PASSING = frozenset({"tmpfs", "ramfs", "overlay", "aufs", "squashfs"})
"""File systems that live in memory, or whose upper layer does on a terminal with a root that is
read only."""

_ESCAPED = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}
_MOUNT_POINT, _OPTIONS = 4, 5  # fields of a line, from 0
_SEPARATOR = "-"  # the field before the file system's type
_READ_ONLY = "ro"


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the kernel's table."""

    point: Path
    kind: str
    """The file system's type."""
    read_only: bool


def outlives_power_cut(folder: Path) -> bool:
    """Whether a folder, or the nearest that exists above it, lies on a disk.

    True where the table cannot be read: a terminal is not locked on a guess.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        table = MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return True
    return file_system(table, folder.resolve()) not in PASSING


def file_system(mountinfo: str, path: Path) -> str | None:
    """Return the type of the file system that holds an absolute path; None where no line says.

    Of the mounts above the path the deepest counts, and of several at one place the last.
    """
    found: tuple[int, str] | None = None
    for mount in mounts(mountinfo):
        depth = len(mount.point.parts)
        if path.is_relative_to(mount.point) and (found is None or depth >= found[0]):
            found = depth, mount.kind
    return None if found is None else found[1]


def mounts(mountinfo: str) -> Iterator[Mount]:
    """Yield what is mounted, in the table's order; a line of another form is passed over."""
    for line in mountinfo.splitlines():
        fields = line.split(" ")
        if len(fields) <= _OPTIONS or _SEPARATOR not in fields:
            continue
        after = fields[fields.index(_SEPARATOR) + 1 :]
        if not after or not after[0]:
            continue
        options = {*fields[_OPTIONS].split(","), *"".join(after[2:3]).split(",")}
        yield Mount(Path(_unescaped(fields[_MOUNT_POINT])), after[0], _READ_ONLY in options)


def _unescaped(field: str) -> str:
    for written, meant in _ESCAPED.items():
        field = field.replace(written, meant)
    return field
