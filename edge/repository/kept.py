"""What this terminal has accepted of the repository: the metadata, its versions, what is done.

Lives here: a folder and a small database beside it. Not here: what metadata means (`client`).

Two memories of one thing, on purpose. The metadata files alone would not do: after a power cut on
a bad medium one may come back empty, and the TUF client takes an empty file for a first start,
so that an older set would pass. The versions alone would not do either: without the files nothing
is left to go on with where the newer set on offer is bad. The database is written first. So a cut
between the two leaves files that are older than what is remembered: they are still good to go on
from, and nothing below the memory is ever taken again.

Layout of the folder: `root.json` (the first root, put there at provisioning), `accepted.sqlite`,
`metadata/` (the accepted set, with every later root), `parts/` (files being fetched), `lock`.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.errors import RepositoryBusy
from edge.files import replace_file, sync_folder
from edge.repository.names import (
    LISTS_ROLE,
    METADATA,
    ROOT_ROLE,
    SNAPSHOT_ROLE,
    TARGETS_ROLE,
    TIMESTAMP_ROLE,
)

FIRST_ROOT = "root.json"
HISTORY = "root_history"
"""Folder of later roots below the metadata, as the TUF client names it."""
PLAIN = (LISTS_ROLE, TARGETS_ROLE, SNAPSHOT_ROLE, TIMESTAMP_ROLE)
"""Roles with one current file each, in the order of writing: what names the others comes last."""
MAX_KEPT = 1024 * 1024  # bytes of a file that is read back

_DATABASE = "accepted.sqlite"
_PARTS = "parts"
_LOCK = "lock"
_ROOT_NAME = re.compile(r"([1-9][0-9]{0,8})\.root\.json")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS role (name TEXT PRIMARY KEY, version TEXT NOT NULL, keys TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS done (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A role's accepted version. `keys`: digest of the keys and threshold it was accepted under.

    A root that changes the keys of timestamp or snapshot starts their counting anew (TUF
    specification section 5.3.11): that is how an office recovers from a stolen key that signed
    the highest number there is.
    """

    number: int
    keys: str


class Kept:
    """The folder of one terminal. `exclusive` is held around everything that writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._metadata = folder / METADATA

    def first_root(self) -> bytes | None:
        """Return the root metadata of provisioning, None where there is none. Raises OSError."""
        return _read(self._folder / FIRST_ROOT)

    @property
    def parts(self) -> Path:
        """Return the folder of files that are being fetched."""
        return self._folder / _PARTS

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes out, and make the folders. Raises RepositoryBusy, OSError."""
        for folder in (self._folder, self._metadata, self._metadata / HISTORY, self.parts):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise RepositoryBusy(
                "Another process takes from the repository at this moment.",
                next_step="Wait until it has ended, then try again.",
            ) from error
        finally:
            os.close(handle)

    # The accepted set

    def versions(self) -> Mapping[str, Version]:
        """Return what the database remembers, by role; nothing where it was lost."""
        with self._database() as database:
            rows = database.execute("SELECT name, version, keys FROM role").fetchall()
        return {name: Version(int(version, 16), keys) for name, version, keys in rows}

    def file(self, role: str) -> bytes | None:
        """Return a role's accepted metadata, None where it is absent. Raises OSError."""
        return _read(self._metadata / f"{role}.json")

    def roots(self) -> dict[int, bytes]:
        """Return the later roots by version. Raises OSError."""
        found: dict[int, bytes] = {}
        for path in (self._metadata / HISTORY).glob("*.root.json"):
            match = _ROOT_NAME.fullmatch(path.name)
            data = _read(path) if match else None
            if match and data is not None:
                found[int(match[1])] = data
        return found

    def accept_roots(self, roots: Mapping[int, bytes], newest: Version) -> None:
        """Keep later roots: their chain was verified. Raises OSError, sqlite3.Error."""
        self._remember({ROOT_ROLE: newest})
        held = self.roots()
        for number, data in sorted(roots.items()):
            if held.get(number) != data:
                replace_file(self._metadata / HISTORY / f"{number}.root.json", data, mode=0o644)

    def accept(self, files: Mapping[str, bytes], versions: Mapping[str, Version]) -> None:
        """Keep a verified set of metadata. Raises OSError, sqlite3.Error.

        Versions first, then the files that changed; each is on the medium before the next.
        """
        self._remember(versions)
        for role in PLAIN:
            path = self._metadata / f"{role}.json"
            if role in files and _read(path) != files[role]:
                replace_file(path, files[role], mode=0o644)

    # Targets

    def done(self, path: str) -> str | None:
        """Return the SHA-256 (hex) of the target last taken under a path."""
        with self._database() as database:
            row = database.execute("SELECT sha256 FROM done WHERE path = ?", (path,)).fetchone()
        return None if row is None else str(row[0])

    def set_done(self, path: str, sha256: str) -> None:
        """Remember that the target of a path was taken. Raises sqlite3.Error."""
        with self._database() as database, database:
            database.execute("INSERT OR REPLACE INTO done VALUES (?, ?)", (path, sha256))

    def tidy(self, wanted: Iterable[str]) -> None:
        """Remove the parts of files that nobody wants any more; `wanted`: their SHA-256 (hex)."""
        names = set(wanted)
        removed = False
        for path in self.parts.iterdir():
            if path.name not in names:
                path.unlink(missing_ok=True)
                removed = True
        if removed:
            sync_folder(self.parts)

    def _remember(self, versions: Mapping[str, Version]) -> None:
        known = self.versions()
        changed = {role: one for role, one in versions.items() if known.get(role) != one}
        if not changed:
            return
        rows = [(role, f"{one.number:x}", one.keys) for role, one in changed.items()]
        with self._database() as database, database:
            database.executemany("INSERT OR REPLACE INTO role VALUES (?, ?, ?)", rows)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """Open the database; one that is damaged is begun anew, since the files remember too."""
        path = self._folder / _DATABASE
        try:
            database = _connected(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # the disk, not what lies on it
            path.unlink(missing_ok=True)
            path.with_name(path.name + "-journal").unlink(missing_ok=True)
            database = _connected(path)
        with closing(database):
            yield database


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=5.0)
    try:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA synchronous = EXTRA")
        database.executescript(_SCHEMA)
        if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
    except BaseException:
        database.close()
        raise
    return database


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEPT)
    except FileNotFoundError:
        return None
