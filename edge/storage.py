"""Does what is written to a folder outlive a power cut: which file system it lies on.

Lives here: reading the kernel's table of mounts. Not here: what follows from it (`edge.log`).
Source: proc(5), /proc/pid/mountinfo.
"""

from __future__ import annotations

from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
PASSING = frozenset({"tmpfs", "ramfs", "overlay", "aufs", "squashfs"})
"""File systems that live in memory, or whose upper layer does on a terminal with a root that is
read only."""

_ESCAPED = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}
_MOUNT_POINT = 4  # field of a line, from 0
_SEPARATOR = "-"  # the field before the file system's type


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
    for line in mountinfo.splitlines():
        fields = line.split(" ")
        if len(fields) <= _MOUNT_POINT or _SEPARATOR not in fields:
            continue
        point = Path(_unescaped(fields[_MOUNT_POINT]))
        kind = "".join(fields[fields.index(_SEPARATOR) + 1 :][:1])
        depth = len(point.parts)
        if kind and path.is_relative_to(point) and (found is None or depth >= found[0]):
            found = depth, kind
    return None if found is None else found[1]


def _unescaped(field: str) -> str:
    for written, meant in _ESCAPED.items():
        field = field.replace(written, meant)
    return field
