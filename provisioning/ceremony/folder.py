"""The folder of one authority: its ledger, its files, and acts that are done whole or not at all.

Lives here: the lock, what is written in which order, and what a power cut leaves. Not here: what an
act does (`csca`, `document_signer` and their like).

    ledger.jsonl    every act, in order (`ledger`)
    records/        one text for each act, to print and sign (`record`)
    keys/           private keys, encrypted (`office.key_file`)
    staged/         an act's files while they are written; empty afterwards
    and the folders that acts name: certificates/, issued/, lists/

An act first writes its files below `staged/`, then its line into the ledger, durably: from then on
it is done. Then the files take their places. What a power cut interrupts before the line never
happened and is cleared away; after it, the next opening finishes it. So no number, and no count of
cards, is ever used without standing in the ledger.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from edge.files import erase_file, sync_folder
from provisioning.ceremony import record
from provisioning.ceremony.ledger import MAX_LEDGER, Entry, Ledger, damaged
from provisioning.errors import OfficeInputInvalid
from provisioning.office import key_file

LEDGER = "ledger.jsonl"
RECORDS = "records"
KEYS = "keys"
STAGED = "staged"
DROPPED = "no longer kept"
"""Fact: files of earlier acts that an act removed."""
ROLE = "role"
"""Fact of the first entry: what kind of authority the folder is."""
_BLOCK = 1024 * 1024  # bytes

Content = bytes | Callable[[BinaryIO], None]
"""A file's bytes, or what writes them."""


@dataclass(frozen=True, slots=True)
class Made:
    """What an act made: facts that were not known before it, files by path inside the folder."""

    files: Mapping[str, Content] = field(repr=False)
    facts: Mapping[str, str] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    """Files of earlier acts that are kept no longer; the ledger says so."""
    keys: Mapping[str, PrivateKeyTypes] = field(default_factory=dict, repr=False)
    """New keys by path, which the folder keeps under the passphrase that the act was given."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something about to be done. `shown` is what people see and agree to first.

    `perform` takes the passphrase of the authority's keys and does the work; it touches no file.
    """

    name: str
    shown: Mapping[str, str]
    perform: Callable[[str], Made] = field(repr=False)
    keyed: bool = True
    """Whether it needs the passphrase; else `perform` is given an empty one."""


class AuthorityFolder:
    """One authority's folder, locked while it is open. Made by `opened` and `begun`."""

    def __init__(self, path: Path, ledger: Ledger, cost: int) -> None:
        self.path = path
        self.ledger = ledger
        self._cost = cost

    @property
    def role(self) -> str:
        """Return what kind of authority this is, empty before its first act."""
        return self.first.get(ROLE, "")

    @property
    def first(self) -> Mapping[str, str]:
        """Return the facts of the act that began the folder."""
        return self.ledger.entries[0].facts if self.ledger.entries else {}

    def require_role(self, *roles: str) -> None:
        """Raise OfficeInputInvalid for a folder of another kind."""
        if self.role not in roles:
            raise OfficeInputInvalid(
                f"{self.path} is the folder of a {self.role}.",
                next_step=f"Name the folder of a {' or a '.join(roles)}.",
            )

    def names(self) -> dict[str, str]:
        """Return every file that an act made and that is kept, with its SHA-256 (hex)."""
        found: dict[str, str] = {}
        for entry in self.ledger.entries:
            found |= entry.files
            for name in _dropped(entry):
                found.pop(name, None)
        return found

    def read(self, name: str) -> bytes:
        """Return a file as an act made it. Raises OfficeInputInvalid where it is another now."""
        expected = self.names().get(name)
        try:
            data = (self.path / name).read_bytes()
        except FileNotFoundError:
            data = None
        if data is None or hashlib.sha256(data).hexdigest() != expected:
            raise OfficeInputInvalid(
                f"{self.path / name} is missing, or not as it was made.",
                next_step="Use nothing of this folder; restore it from its copy.",
            )
        return data

    def carry_out(self, act: Act, passphrase: str, at: datetime) -> Entry:
        """Do an act, at a time in UTC, and return its entry. Raises OfficeInputInvalid, OSError."""
        self.ledger.next(act.name, act.shown, {}, at)  # a clock gone back is told before any work
        made = act.perform(passphrase)
        kept = {name: self.at_rest(key, passphrase) for name, key in made.keys.items()}
        contents: dict[str, Content] = {**kept, **made.files}
        facts = {**act.shown, **made.facts}
        if made.drops:
            facts[DROPPED] = " ".join(made.drops)
        number = len(self.ledger.entries) + 1
        staged = self.path / STAGED / str(number)
        shutil.rmtree(self.path / STAGED, ignore_errors=True)
        files = {name: self._stage(staged, name, content) for name, content in contents.items()}
        text = _record(self.ledger.next(act.name, facts, files, at))
        name = _record_name(number, act.name)
        files[name] = self._stage(staged, name, text)
        entry = self.ledger.next(act.name, facts, files, at)
        self._append(entry)
        self._place(staged)
        return entry

    def at_rest(self, key: PrivateKeyTypes, passphrase: str) -> bytes:
        """Return a key as a file of this folder. Raises OfficeInputInvalid."""
        return key_file.encrypt(key, passphrase, cost=self._cost)

    def _stage(self, staged: Path, name: str, content: Content) -> str:
        """Write one file durably; return its SHA-256 (hex)."""
        if (self.path / name).exists():
            raise OfficeInputInvalid(
                f"{self.path / name} stands already, and nothing here is overwritten.",
                next_step="Move it away: no act in the ledger made it.",
            )
        path = staged / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w+b") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)
            file.flush()
            os.fsync(handle)
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _append(self, entry: Entry) -> None:
        path = self.path / LEDGER
        line = entry.to_line() + b"\n"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            os.ftruncate(handle, self.ledger.whole)  # an act that never counted
            os.lseek(handle, self.ledger.whole, os.SEEK_SET)
            with os.fdopen(os.dup(handle), "wb") as file:
                file.write(line)
                file.flush()
            os.fsync(handle)
        finally:
            os.close(handle)
        sync_folder(self.path)
        self.ledger = Ledger((*self.ledger.entries, entry), self.ledger.whole + len(line))

    def _place(self, staged: Path) -> None:
        """Move the files of the last act to their places."""
        for path in sorted(staged.rglob("*")):
            if path.is_file():
                place = self.path / path.relative_to(staged)
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.replace(place)
                sync_folder(place.parent)
        for name in _dropped(self.ledger.entries[-1]):
            if name.startswith(f"{KEYS}/"):  # by a passphrase of before nobody shall open it again
                erase_file(self.path / name)
            (self.path / name).unlink(missing_ok=True)
        shutil.rmtree(self.path / STAGED)
        sync_folder(self.path)

    def finish(self) -> None:
        """Finish or clear away what a power cut interrupted. Raises OSError."""
        last = self.path / STAGED / str(len(self.ledger.entries))
        if last.is_dir():
            self._place(last)
        shutil.rmtree(self.path / STAGED, ignore_errors=True)


def is_authority(path: Path) -> bool:
    """Whether a folder is an authority's."""
    return (path / LEDGER).is_file()


@contextmanager
def opened(path: Path, *, cost: int = key_file.COST) -> Iterator[AuthorityFolder]:
    """Give an authority's folder and keep every other process out of it.

    `cost`: of keys to come, `office.key_file`'s. Raises OfficeInputInvalid where there is none, it
    is in use, or its ledger was changed; OSError.
    """
    if not is_authority(path):
        raise OfficeInputInvalid(
            f"{path} is no authority's folder.",
            next_step="Make one: tramthe pki --help",
        )
    with _locked(path):
        folder = AuthorityFolder(path, _ledger(path), cost)
        folder.finish()
        yield folder


@contextmanager
def begun(path: Path, *, cost: int = key_file.COST) -> Iterator[AuthorityFolder]:
    """Give a new folder for an authority, without any act yet; `cost` as above.

    An act that fails leaves nothing but an empty folder. Raises OfficeInputInvalid, OSError.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(path):
        if _ledger(path).entries or any(one.name not in (STAGED, LEDGER) for one in path.iterdir()):
            raise OfficeInputInvalid(
                f"{path} is not empty, and keys are never overwritten.",
                next_step="Use the authority that lies there, or name a new folder.",
            )
        shutil.rmtree(path / STAGED, ignore_errors=True)
        yield AuthorityFolder(path, _ledger(path), cost)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OfficeInputInvalid(
                f"{path} is in use by another process.",
                next_step="Wait until it has ended, then try again.",
            ) from error
        yield
    finally:
        os.close(handle)


def _ledger(path: Path) -> Ledger:
    file = path / LEDGER
    if not file.exists():
        return Ledger((), 0)
    if file.stat().st_size > MAX_LEDGER:
        raise OfficeInputInvalid(
            f"{file} is larger than any ledger.", next_step="Restore the folder from its copy."
        )
    found = Ledger.parse(file.read_bytes())
    for last in found.entries[-1:]:
        # Nothing comes after it that would bind its line; its record does.
        name = _record_name(last.number, last.act)
        if last.files.get(name) != hashlib.sha256(_record(last)).hexdigest():
            raise damaged(last.number)
    return found


def _dropped(entry: Entry) -> list[str]:
    return entry.facts.get(DROPPED, "").split()


def _record_name(number: int, act: str) -> str:
    return f"{RECORDS}/{number:04d}-{act}.txt"


def _record(entry: Entry) -> bytes:
    """Return the record of an entry, which names every file but itself."""
    own = _record_name(entry.number, entry.act)
    return record.render(
        number=entry.number,
        act=entry.act,
        at=entry.at,
        facts=entry.facts,
        files={name: digest for name, digest in entry.files.items() if name != own},
        before=entry.previous,
    )
