"""Writing a file so that a plug pulled at any moment leaves the old or the new one; erasing one.

Not here: what is written.
"""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by `data`: new file in the same folder, fsync, rename, fsync of the folder.

    Written by root on the console, it belongs to the folder's owner: the service must read it.
    Raises OSError; then the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            if os.geteuid() == 0:
                owner = path.parent.stat()
                os.fchown(handle, owner.st_uid, owner.st_gid)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def erase_file(path: Path) -> None:
    """Overwrite a small file where it lies, then remove it. One that is absent is no error.

    What a power cut leaves is a file of zeros of the same size, or none. A flash medium may keep
    the old block all the same, out of reach of the file system. Raises OSError.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        size = os.fstat(handle).st_size
        written = 0
        while written < size:
            written += os.pwrite(handle, bytes(size - written), written)
        os.fsync(handle)
    finally:
        os.close(handle)
    path.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in a folder durable. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
