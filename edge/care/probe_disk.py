"""The disk under the state folder: its kind, its room, and a small file written to it.

Not here: what to make of it (`judge_machine`). Source: statvfs(3), proc(5).
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from edge.care.facts import Disk, Written
from edge.files import sync_folder
from edge.storage import MOUNTS, PASSING, file_system

WRITTEN = 64 * 1024  # bytes; some pages of the log's journal


def disk(folder: Path, table: Path = MOUNTS) -> Disk:
    """Return the file system of a folder. `table`: the kernel's mounts. Raises OSError."""
    space = os.statvfs(folder)
    kind = file_system(table.read_text("utf-8", "surrogateescape"), folder.resolve())
    return Disk(
        kind=kind,
        passing=kind in PASSING,
        read_only=bool(space.f_flag & os.ST_RDONLY),
        total=space.f_blocks * space.f_frsize,
        free=space.f_bavail * space.f_frsize,
        files_free=space.f_favail / space.f_files if space.f_files else 1.0,
    )


def write(folder: Path) -> Written:
    """Write a small file, bring it and its name to the disk, remove it; say how long that took."""
    started = time.monotonic()
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".diagnose-") as file:
            file.write(os.urandom(WRITTEN))
            file.flush()
            os.fsync(file.fileno())
            sync_folder(folder)
    except OSError as error:
        return Written(time.monotonic() - started, error.strerror or type(error).__name__)
    return Written(time.monotonic() - started)
