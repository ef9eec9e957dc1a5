"""Copies of a log, made while it is written to.

Lives here: the copy and its manifest. Not here: putting it back (`restore`), saving what is left
of a damaged file (`rescue`).

A copy is one file and its manifest beside it. The keys of living contexts are not in it, so that
it does not keep names for longer than the terminal may; with `keys` they are copied too, for
moving a terminal to another disk. The copy is marked inside: whoever opens it to write begins a
new epoch first.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.errors import CopyFailed, LogDamaged
from edge.files import replace_file
from edge.log import wal
from edge.log.chain import read_epochs, verify_file
from edge.log.epochs import Epoch, seq_of, span
from edge.log.fault import SQLITE_ERRORS
from edge.log.keys import KeyFiles
from edge.log.reading import open_to_read
from edge.wire.event import timestamp

TYPE = "tramthe-log-copy"
VERSION = 1
MAX_MANIFEST = 1024 * 1024  # bytes
CHUNK = 1024 * 1024  # bytes read at once


@dataclass(frozen=True, slots=True)
class CopiedEpoch:
    """One epoch of a copy: its id, how many events, the hash of the last one in hex."""

    epoch: str
    events: int
    head: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy holds. `file` stands beside the manifest; `whole`: its chain held when made."""

    file: str
    terminal: str
    made_at: str
    epochs: tuple[CopiedEpoch, ...]
    whole: bool
    keys: int
    size: int
    sha256: str

    @property
    def events(self) -> int:
        """Return how many events the copy holds."""
        return sum(epoch.events for epoch in self.epochs)

    def to_object(self) -> dict[str, Any]:
        """Return the JSON object of the manifest."""
        return {
            "type": TYPE,
            "v": VERSION,
            "file": self.file,
            "terminal": self.terminal,
            "made_at": self.made_at,
            "events": self.events,
            "epochs": [
                {"epoch": one.epoch, "events": one.events, "head": one.head} for one in self.epochs
            ],
            "whole": self.whole,
            "keys": self.keys,
            "size": self.size,
            "sha256": self.sha256,
        }


def back_up(log: Path, folder: Path, at: datetime, *, keys: bool = False) -> Manifest:
    """Copy a log, also one that is written to just now, into `folder`; return its manifest.

    The copy counts once its manifest is there. Raises LogDamaged where the log cannot be read,
    CopyFailed where the copy cannot be written; OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{log.name}.new"
    try:
        damaged = _copy(log, half)
        terminal, epochs = _contents(half)
        name = f"{terminal}-{epochs[-1].epoch[:8]}-{epochs[-1].events}.sqlite"
        kept = _copy_keys(log, folder / name) if keys else 0
        with half.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        manifest = Manifest(
            file=name,
            terminal=terminal,
            made_at=timestamp(at),
            epochs=epochs,
            whole=not damaged and verify_file(half).ok,
            keys=kept,
            size=half.stat().st_size,
            sha256=digest,
        )
        half.replace(folder / name)
    finally:
        for left in folder.glob(f"{half.name}*"):
            left.unlink(missing_ok=True)
    text = json.dumps(manifest.to_object(), indent=2) + "\n"
    replace_file(manifest_path(folder / name), text.encode())
    return manifest


def _copy(log: Path, half: Path) -> bool:
    """Copy the database page by page, in one state; return whether its newest part is damaged."""
    try:
        with closing(open_to_read(log)) as source:
            read_epochs(source)
            damaged = wal.lost_commits(log) > 0
            half.unlink(missing_ok=True)
            os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(half, isolation_level=None)) as target:
                _backup(source, target)
    except SQLITE_ERRORS as error:
        raise LogDamaged(
            f"The log cannot be read ({error}).",
            next_step="Keep it as it is and run `tramthe log rescue`.",
        ) from error
    return damaged


def _backup(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE").fetchall()
        target.execute("UPDATE log SET copied = 1")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        raise CopyFailed(
            f"The copy could not be written ({error}).",
            next_step="Free space there, or name a folder on another disk.",
        ) from error


def _contents(copy: Path) -> tuple[str, tuple[CopiedEpoch, ...]]:
    with closing(open_to_read(copy)) as connection:
        named = read_epochs(connection)
        if named is None:
            raise LogDamaged(
                "The log names no terminal.", next_step="Give log.sqlite of a terminal."
            )
        terminal, epochs = named
        return terminal, tuple(_copied(connection, epoch) for epoch in epochs)


def _copied(connection: sqlite3.Connection, epoch: Epoch) -> CopiedEpoch:
    row = connection.execute(
        "SELECT place, hash FROM event WHERE place BETWEEN ? AND ? ORDER BY place DESC LIMIT 1",
        span(epoch.number),
    ).fetchone()
    return CopiedEpoch(epoch.id, seq_of(row[0]) if row else 0, row[1].hex() if row else None)


def _copy_keys(log: Path, copy: Path) -> int:
    source, target = KeyFiles(log), KeyFiles(copy)
    count = 0
    for context in source.contexts():
        wrapped = source.read(context)
        if wrapped is not None:
            target.keep(context, wrapped)
            count += 1
    return count


def manifest_path(copy: Path) -> Path:
    """Return where a copy's manifest stands."""
    return copy.with_suffix(".json")
