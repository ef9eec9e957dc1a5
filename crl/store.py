"""The lists in force on disk: taken over atomically, checked when loaded, looked up in memory.

Lives here: files. Not here: their form (`parse`, `state`), the rules of replacement (`rules`),
signatures (the `ListAuthority` that the caller hands in).

On disk: one DER file per list, named by the digest of its key and the start of its own, and
`state.json`, which says which file is in force and remembers the last number per key. A new
list is written beside the old one; replacing `state.json` is the one step that puts it in
force. So whenever the power fails, the old list or the new one is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from crl import parse, rules, state
from crl.errors import ListMalformed, ListRefused, ListTooLarge, StoreDamaged, StoreUnwritable
from crl.rules import ListAuthority, ListHeader, ListKey, Remembered
from crl.status import Answer, Purpose, ReasonCode, Status

_STATE = "state.json"
_LOCK = "lock"
_LIST = ".crl"
_TEMPORARY = ".tmp"


@dataclass(frozen=True, slots=True)
class _Loaded:
    """One list in memory. Revoked serials are few against those that are asked for."""

    header: ListHeader
    revoked: Mapping[int, tuple[ReasonCode, datetime]] = field(repr=False)


class ListStore:
    """Revocation lists in one folder; every method may be called from any thread.

    Making one touches no file. A list that another process imports is seen at the next call.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._importing = threading.Lock()
        self._lock = threading.RLock()  # guards the three below
        self._seen: tuple[int, int, int] | None = None
        self._memory: Mapping[ListKey, Remembered] = {}
        self._loaded: dict[bytes, _Loaded] = {}

    def import_list(
        self,
        data: bytes,
        purpose: Purpose,
        authority: ListAuthority,
        at: datetime,
        scope: str | None = None,
    ) -> ListHeader:
        """Take over a list (DER) and return its header.

        `scope` is the one expected; None for a list without a distribution point. The checks in
        order: form, `rules.accept`, every entry, signature; then the disk. Importing the list
        in force again changes nothing, or mends its file. Raises ListTooLarge, ListMalformed,
        ListRefused, StoreDamaged, StoreUnwritable; after any of them the list before is still
        in force.
        """
        new = parse.parse(data)
        key = ListKey(purpose, authority.name_key(new.header.issuer), scope)
        with self._importing:  # look-ups go on meanwhile
            rules.accept(new.header, self._remembered().get(key), key, at)
            hasher = authority.hasher(new.header.signature_algorithm)
            for _ in new.entries(hasher):
                pass  # each is checked as it is reached
            authority.check(key, new.header, hasher.digest())
            with self._exclusive():
                # Another process may have imported since: ask again, now alone.
                memory = self._remembered()
                rules.accept(new.header, memory.get(key), key, at)
                taken = Remembered(key, new.header.number, new.header.fingerprint)
                self._take_over(taken, data, memory)
        return new.header

    def lookup(self, key: ListKey, serial: int, at: datetime, fresh_for: timedelta) -> Answer:
        """Answer whether `serial` is revoked by the list of `key`.

        REVOKED however old the list is. A serial that is not named: GOOD up to nextUpdate and
        while the list is at most `fresh_for` old, STALE after either; how long after is to be
        read from the answer's age. Raises StoreDamaged.
        """
        loaded = self._list(key)
        if loaded is None:
            return Answer(Status.NOT_COVERED)
        header = loaded.header
        age = at - header.this_update
        found = loaded.revoked.get(serial)
        if found is not None:
            status = Status.REVOKED
        elif at > header.next_update or age > fresh_for:
            status = Status.STALE
        else:
            status = Status.GOOD
        reason, since = found if found is not None else (None, None)
        return Answer(
            status, reason, since, header.number, header.this_update, header.next_update, age
        )

    def keys(self) -> tuple[ListKey, ...]:
        """Return the keys of all lists in force. Raises StoreDamaged."""
        return tuple(self._remembered())

    def header(self, key: ListKey) -> ListHeader | None:
        """Return the header of the list of `key`, None where none is held. Raises StoreDamaged."""
        loaded = self._list(key)
        return None if loaded is None else loaded.header

    def headers(self) -> Mapping[ListKey, ListHeader]:
        """Return the headers of all lists in force. Raises StoreDamaged if one is damaged."""
        found = {key: self.header(key) for key in self.keys()}
        return {key: header for key, header in found.items() if header is not None}

    def path(self, key: ListKey) -> Path | None:
        """Return the DER file of the list in force, None where none is held."""
        held = self._remembered().get(key)
        return None if held is None else self._folder / _file_name(held)

    # -- reading

    def _remembered(self) -> Mapping[ListKey, Remembered]:
        """Return the state file's memory, read again only where the file is another one."""
        path = self._folder / _STATE
        with self._lock:
            try:
                stat = path.stat()
                stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
                if stamp != self._seen:
                    self._memory = state.decode(path.read_bytes())
                    self._seen = stamp
            except (FileNotFoundError, NotADirectoryError):
                if any(self._folder.glob("*" + _LIST)):
                    raise state.damaged("its state file is missing") from None
                self._memory, self._seen = {}, None
            except OSError as error:
                raise state.damaged(f"its state file cannot be read ({error.strerror})") from error
            return self._memory

    def _list(self, key: ListKey) -> _Loaded | None:
        with self._lock:
            held = self._remembered().get(key)
            if held is None:
                return None
            loaded = self._loaded.get(held.fingerprint)
            if loaded is None:
                loaded = self._load(held)
                in_force = {item.fingerprint for item in self._memory.values()}
                self._loaded = {k: v for k, v in self._loaded.items() if k in in_force}
                self._loaded[loaded.header.fingerprint] = loaded
            return loaded

    def _load(self, held: Remembered) -> _Loaded:
        try:
            data = (self._folder / _file_name(held)).read_bytes()
        except OSError as error:
            newer = self._remembered().get(held.key)
            if newer is not None and newer != held:  # replaced between the two reads
                return self._load(newer)
            raise _list_damaged(f"its file cannot be read ({error.strerror})") from error
        if hashlib.sha256(data).digest() != held.fingerprint:
            raise _list_damaged("its file fails its checksum")
        try:
            stored = parse.parse(data)
            revoked: dict[int, tuple[ReasonCode, datetime]] = {}
            for entry in stored.entries():
                revoked.setdefault(entry.serial, (entry.reason, entry.since))
        except (ListMalformed, ListTooLarge, ListRefused) as error:
            raise _list_damaged(f"it is no longer readable ({error.message})") from error
        return _Loaded(stored.header, revoked)

    # -- writing

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Keep other processes from importing into this folder meanwhile."""
        with _writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with _writing():
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _take_over(
        self, new: Remembered, data: bytes, before: Mapping[ListKey, Remembered]
    ) -> None:
        if before.get(new.key) == new and self._intact(new):
            return
        memory = {**before, new.key: new}
        with _writing():
            for leftover in self._folder.glob("*" + _TEMPORARY):
                leftover.unlink(missing_ok=True)
            if not before:  # list files without a state file mean a lost memory: state first
                self._replace(_STATE, state.encode([]))
            self._replace(_file_name(new), data)
            self._replace(_STATE, state.encode(memory.values()))
        in_force = {_file_name(item) for item in memory.values()}
        for old in self._folder.glob("*" + _LIST):
            if old.name not in in_force:
                with suppress(OSError):  # harmless where it stays: nothing names it
                    old.unlink()

    def _intact(self, held: Remembered) -> bool:
        try:
            self._load(held)
        except StoreDamaged:
            return False
        return True

    def _replace(self, name: str, data: bytes) -> None:
        temporary = self._folder / (name + _TEMPORARY)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._folder / name)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnwritable(
            f"The revocation list could not be stored ({error.strerror}).",
            next_step="Free space on the disk or make it writable, then import the list again.",
        ) from error


def _file_name(held: Remembered) -> str:
    key = held.key
    parts = (
        key.purpose.value.encode(),
        key.issuer,
        b"" if key.scope is None else key.scope.encode(),
    )
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return f"{digest.hexdigest()}-{held.fingerprint.hex()[:16]}{_LIST}"


def _list_damaged(why: str) -> StoreDamaged:
    return StoreDamaged(
        f"A stored revocation list is damaged: {why}.",
        next_step="Import the latest list again; until then nothing is said about its entries.",
    )
