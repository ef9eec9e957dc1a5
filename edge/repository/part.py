"""One target's bytes: fetched where they end, whole and verified, or not there.

Lives here: a file among the parts. Not here: which targets are wanted (`update`), where bytes come
from (`fetch`).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from edge.errors import RepositoryRefused
from edge.repository.client import Fault
from edge.repository.fetch import Source
from edge.repository.names import Target


def fetched(source: Source, target: Target, parts: Path, limit: int) -> Path:
    """Return the whole, verified file of a target of at most `limit` bytes, on the medium.

    What is there of it already is gone on with. Raises RepositoryUnreachable, RepositoryRefused,
    OSError.
    """
    if target.length > limit:
        raise RepositoryRefused(
            f"It is larger than a target of its kind may be: {target.length} bytes.",
            next_step="Tell the office; what is held stays in force.",
            fault=Fault.TOO_LARGE,
        )
    path = parts / target.sha256
    begun = path.exists()
    if _filled(source, target, path):
        return path
    # A beginning that was spoilt by a power cut, or came from elsewhere: once more from zero.
    if begun and _filled(source, target, path):
        return path
    raise RepositoryRefused(
        "Its bytes are not those that were signed for.",
        next_step="Tell the office, or copy the stick anew; what is held stays in force.",
        fault=Fault.ALTERED,
    )


def _filled(source: Source, target: Target, path: Path) -> bool:
    """Fetch what is missing; whether the whole is right. What is wrong is removed."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+b") as file:
        if file.seek(0, 2) != target.length:
            source.target(target, file)
            file.flush()
        file.seek(0)
        if hashlib.file_digest(file, "sha256").hexdigest() == target.sha256:
            os.fsync(handle)
            return True
    path.unlink()
    return False
