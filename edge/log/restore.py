"""Putting a copy of a log back, so that no number is given twice and nothing is lost.

Not here: making copies (`backup`, `rescue`), the new epoch in which one goes on (`append`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from edge.errors import CopyFailed, LogDamaged
from edge.files import sync_folder
from edge.log.backup import MAX_MANIFEST, TYPE, manifest_path
from edge.log.chain import read_epochs, verify_file
from edge.log.fault import SQLITE_ERRORS, locked
from edge.log.file import of_os, take_lock
from edge.log.keys import KeyFiles
from edge.log.reading import open_to_read


def restore(copy: Path, log: Path) -> Path | None:
    """Put a copy in a log's place and return where the log that was there is now, if any was.

    Nothing is deleted. `copy` comes from `back_up` or `rescue`. Raises RecordingLocked while the
    terminal runs; CopyFailed for a copy that is damaged or of another terminal; OSError.
    """
    _check_copy(copy, log)
    try:
        lock = take_lock(log)
    except OSError as error:
        raise locked(of_os(error)) from error
    try:
        fresh = log.with_name(f".{log.name}.new")
        shutil.copyfile(copy, fresh)
        fresh.chmod(0o600)
        _as_a_log(fresh)
        aside = _set_aside(log)
        fresh.replace(log)
        sync_folder(log.parent)
        for context in KeyFiles(copy).contexts():
            wrapped = KeyFiles(copy).read(context)
            if wrapped is not None and KeyFiles(log).read(context) is None:
                KeyFiles(log).keep(context, wrapped)
        return aside
    finally:
        os.close(lock)


def _as_a_log(fresh: Path) -> None:
    """Let a copy keep a write-ahead log, as a log does, before it stands in a log's place.

    A start that changed this by itself, and was killed, would leave a journal which whoever only
    reads the log cannot undo.
    """
    for left in fresh.parent.glob(f"{fresh.name}-*"):
        left.unlink()
    try:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
    except SQLITE_ERRORS as error:
        raise CopyFailed(
            f"The copy could not be made ready ({error}).",
            next_step="Free space on the terminal's disk, then try again. Nothing was changed.",
        ) from error
    with fresh.open("rb") as file:
        os.fsync(file.fileno())


def _check_copy(copy: Path, log: Path) -> None:
    manifest = manifest_path(copy)
    if manifest.is_file():
        with suppress(ValueError, RecursionError, AttributeError):
            claimed = json.loads(manifest.read_bytes()[:MAX_MANIFEST])
            if claimed.get("type") == TYPE and claimed.get("sha256") != _digest(copy):
                raise _refused("The copy is not the one that its manifest describes.")
    report = verify_file(copy)
    if not report.ok:
        raise _refused(f"The copy is not a whole log. {report.why}")
    with closing(open_to_read(copy)) as connection:
        if not connection.execute("SELECT copied FROM log").fetchone()[0]:
            raise _refused("This file was not made by `tramthe log backup` or `rescue`.")
    owner = _owner(log)
    if owner is not None and owner != _owner(copy):
        raise _refused("The copy is of another terminal's log.")


def _owner(path: Path) -> str | None:
    """Return the terminal that a log names, None where it cannot be read."""
    try:
        with closing(open_to_read(path)) as connection:
            named = read_epochs(connection)
            return None if named is None else named[0]
    except (*SQLITE_ERRORS, LogDamaged):
        return None


def _set_aside(log: Path) -> Path | None:
    """Rename a log and its write-ahead log; what is left of its index is worth nothing.

    The log goes first: where a power cut comes in between, the terminal finds none and locks,
    and does not go on without its newest events.
    """
    side = log.with_name(log.name + "-wal")
    if not log.exists() and not side.exists():
        return None
    number = 1
    while (aside := log.with_name(f"{log.name}.aside-{number}")).exists():
        number += 1
    if log.exists():
        log.rename(aside)
        sync_folder(log.parent)
    if side.exists():
        side.rename(aside.with_name(aside.name + "-wal"))
    log.with_name(log.name + "-shm").unlink(missing_ok=True)
    return aside


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refused(message: str) -> CopyFailed:
    return CopyFailed(message, next_step="Give the .sqlite file of a copy of this terminal's log.")
