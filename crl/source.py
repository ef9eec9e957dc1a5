"""Octets that are read where they lie: a file on disk or what is in memory already.

Lives here: reading at an offset, the same for both, from any thread. Not here: what is read.
Nothing is mapped, for mapped pages count as this process's memory.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from crl.errors import ListUnreadable, StoreDamaged

SMALL = 64 * 1024
"""Octets up to which `open_held` reads a file whole: hundreds of small lists need no open files."""


class Source(Protocol):
    """Some octets. Reading past their end gives fewer."""

    @property
    def size(self) -> int:
        """Return how many octets there are."""

    def at(self, offset: int, size: int) -> bytes:
        """Return `size` octets from `offset` on. Raises OSError."""

    def into(self, view: memoryview, offset: int) -> int:
        """Fill `view` from `offset` on and return how many octets there were. Raises OSError."""


class Memory:
    """Octets in memory."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._view = memoryview(data)

    @property
    def size(self) -> int:
        """Return how many octets there are."""
        return len(self._view)

    def at(self, offset: int, size: int) -> bytes:
        """Return `size` octets from `offset` on."""
        return bytes(self._view[offset : offset + size])

    def into(self, view: memoryview, offset: int) -> int:
        """Fill `view` from `offset` on."""
        part = self._view[offset : offset + len(view)]
        view[: len(part)] = part
        return len(part)


class OpenFile:
    """A file, open until nobody holds this object any more, even if it is deleted meanwhile."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._descriptor).st_size

    def __del__(self) -> None:
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is not None:
            os.close(descriptor)

    @property
    def size(self) -> int:
        """Return how many octets there were when it was opened."""
        return self._size

    def at(self, offset: int, size: int) -> bytes:
        """Return `size` octets from `offset` on. Raises OSError."""
        return os.pread(self._descriptor, size, offset)

    def into(self, view: memoryview, offset: int) -> int:
        """Fill `view` from `offset` on. Raises OSError."""
        done = 0
        while done < len(view):
            got = os.preadv(self._descriptor, [view[done:]], offset + done)
            if got == 0:
                break
            done += got
        return done


def open_held(path: Path) -> Source:
    """Return a file of the store to be read again and again. Raises StoreDamaged."""
    try:
        found = OpenFile(path)
        if found.size > SMALL:
            return found
        return Memory(found.at(0, found.size))
    except OSError as error:
        raise StoreDamaged(
            f"A file of the store of revocation lists cannot be read ({error.strerror}).",
            next_step="Import the latest list again; until then nothing is said about its entries.",
        ) from error


def unreadable(error: OSError) -> ListUnreadable:
    """Return the error for a list to be imported that cannot be read."""
    return ListUnreadable(
        f"The file with the revocation list cannot be read ({error.strerror}).",
        next_step="Copy it again, or use another stick; the list held before stays in force.",
    )
