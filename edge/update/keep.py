"""The terminal's databases before a version that may change them, and their way back.

Lives here: copies, and carrying what was recorded since over into the form of before. Not here:
when that is due (`install`). It runs as the terminal's own user: root never opens a database.

Before an update each database is kept twice: whole, and as its *form*, the same tables without
rows. On the way back nothing is undone: a new file is made in the old form, and takes every row
that the newer one holds, in the columns that both know. So what was recorded by the new version is
there, event by event with the hashes that it had, and the chain goes on in the same epoch. Only
where a database cannot be read so does the whole copy come in: the log then by `restore`, which
begins an epoch of its own and sets the newer file aside for `tramthe log rescue`.

What a version may change, so that this holds, stands in docs/updates.md.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.errors import CopyFailed, LogDamaged, UpdateFailed
from edge.files import sync_folder
from edge.layout import StateLayout
from edge.log import wal
from edge.log.backup import back_up
from edge.log.chain import NEWEST, verify_file
from edge.log.fault import SQLITE_ERRORS, locked
from edge.log.file import of_os, take_lock
from edge.log.reading import open_any_form
from edge.log.restore import restore
from edge.update.forms import InForm, keep_form, same_form, to_the_disk
from edge.update.places import Handed

SUFFIX = ".sqlite"
FORM = ".form"


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one database on the way back. `whole`: every row that it had is there."""

    name: str
    changed: bool
    whole: bool = True


def databases(state: Path) -> tuple[Path, ...]:
    """Return the databases of a state folder, but for copies of them."""
    update = Handed(state).root
    found = (path for path in state.rglob(f"*{SUFFIX}") if update not in path.parents)
    return tuple(sorted(path for path in found if path.is_file() and path.stat().st_size))


def size(state: Path) -> int:
    """Return how many bytes the databases take."""
    return sum(path.stat().st_size for path in databases(state))


def keep(state: Path, at: datetime) -> None:
    """Keep every database as it is now. The terminal does not run.

    Raises RecordingLocked where it does, UpdateFailed, OSError.
    """
    folder = Handed(state).kept
    os.close(_lock(StateLayout(state).log))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        for path in databases(state):
            place = folder / path.relative_to(state)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            keep_form(path, place.with_name(place.name + FORM))
            if path == StateLayout(state).log:
                if not back_up(path, folder / "log", at).whole:
                    raise LogDamaged("The log is not whole.", next_step="")
            else:
                _copy(path, place)
    except (*SQLITE_ERRORS, LogDamaged, CopyFailed) as error:
        raise UpdateFailed(
            f"The databases could not be kept ({error}).",
            next_step="Free space on the disk; look at the log: tramthe log verify.",
            fault="NOT_KEPT",
        ) from error
    for path in [*folder.rglob("*"), folder]:
        to_the_disk(path)


def forget_copies(state: Path) -> None:
    """Remove the whole copies, once a version is there to stay; forms are small, and stay."""
    folder = Handed(state).kept
    shutil.rmtree(folder / "log", ignore_errors=True)
    for path in (*folder.rglob(f"*{SUFFIX}"), *state.rglob(f"*{SUFFIX}.newer")):
        path.unlink(missing_ok=True)


def carry_back(state: Path) -> tuple[Carried, ...]:
    """Bring every database back into the form that was kept; done before, it changes nothing.

    The terminal does not run. Raises RecordingLocked where it does, UpdateFailed, OSError.
    """
    folder, log = Handed(state).kept, StateLayout(state).log
    os.close(_lock(log))
    done = []
    for form in sorted(folder.rglob(f"*{FORM}")):
        path = state / form.relative_to(folder).with_suffix("")
        if not path.exists() or same_form(path, form):
            done.append(Carried(path.name, changed=False))
        elif path == log:
            done.append(_carry_log(path, form, folder / "log"))
        else:
            done.append(_carry_other(path, form, folder / path.relative_to(state)))
    return tuple(done)


def _carry_log(path: Path, form: Path, copies: Path) -> Carried:
    lock = _lock(path)
    try:
        whole = _carried_log(path, form)
    finally:
        os.close(lock)
    if not whole:
        copy = max(copies.glob(f"*{SUFFIX}"), default=None, key=lambda one: one.stat().st_mtime)
        if copy is None:
            raise UpdateFailed(
                "The log cannot be read as the version before left it, and no copy is there.",
                next_step="Keep log.sqlite as it is and run `tramthe log rescue`.",
                fault="LOG_NOT_CARRIED",
            )
        restore(copy, path)
    return Carried(path.name, changed=True, whole=whole)


def _lock(log: Path) -> int:
    """Take the one writer's lock. Raises RecordingLocked where a terminal holds it."""
    try:
        return take_lock(log)
    except OSError as error:
        raise locked(of_os(error)) from error


def _carried_log(path: Path, form: Path) -> bool:
    """Carry the log over; False, and nothing changed, where it does not hold every event."""
    try:
        if wal.lost_commits(path):
            return False
        _fold(path)
        side = path.with_name(f"{path.name}-wal")
        if side.exists() and side.stat().st_size:
            return False
        end = _end(path)
        with InForm(path, form) as new:
            if _end(new) != end or not verify_file(new).ok:
                return False
            _put(new, path)
    except (*SQLITE_ERRORS, LogDamaged):
        return False
    return True


def _carry_other(path: Path, form: Path, copy: Path) -> Carried:
    try:
        _fold(path)
        with InForm(path, form) as new:
            _put(new, path)
    except SQLITE_ERRORS:
        if not copy.exists():
            raise UpdateFailed(
                f"{path.name} cannot be read as the version before left it.",
                next_step="Call the technician; the newer version can be installed again by hand.",
                fault="NOT_CARRIED",
            ) from None
        fresh = path.with_name(f".{path.name}.back")
        shutil.copyfile(copy, fresh)
        fresh.chmod(0o600)
        to_the_disk(fresh)
        _put(fresh, path)
        return Carried(path.name, changed=True, whole=False)
    return Carried(path.name, changed=True)


def _copy(path: Path, place: Path) -> None:
    with closing(open_any_form(path)) as source, closing(sqlite3.connect(place)) as target:
        source.backup(target)


def _fold(path: Path) -> None:
    """Take what stands in the write-ahead log into the database; the side files go."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _end(path: Path) -> tuple[int, bytes, int]:
    """Return place and hash of the newest event, and how many there are."""
    with closing(open_any_form(path)) as connection:
        (newest,) = connection.execute(NEWEST).fetchone()
        (count,) = connection.execute("SELECT COUNT(*) FROM event").fetchone()
        if newest is None:
            return 0, b"", count
        (digest,) = connection.execute(
            "SELECT hash FROM event WHERE place = ?", (newest,)
        ).fetchone()
        return newest, digest, count


def _put(new: Path, path: Path) -> None:
    """Put a file in a database's place by one rename; the newer one stays beside it till then.

    A second name for it is made first, so that at no moment there is no database.
    """
    aside = path.with_name(f"{path.name}.newer")
    aside.unlink(missing_ok=True)
    os.link(path, aside)
    new.replace(path)
    sync_folder(path.parent)
