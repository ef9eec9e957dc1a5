"""The lists in force on disk: taken over atomically, checked when opened, looked up in place.

Lives here: the store as its users see it. Not here: what a list must be like (`parse`, `rules`),
the pass over it (`ingest`), one stored list (`held`), files and their order (`folder`),
signatures (the `ListAuthority` that the caller hands in).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from crl import delta, parse, rules
from crl.errors import CrlError, IndexDamaged, StoreDamaged
from crl.folder import Folder, Made
from crl.held import HeldList, list_damaged, open_index, open_list
from crl.parse import Outline
from crl.rules import ListAuthority, ListHeader, ListKey, Part, Remembered
from crl.source import Memory, OpenFile, Source, unreadable
from crl.status import Answer, Purpose, Status


class ListStore:
    """Revocation lists in one folder; every method may be called from any thread.

    Making one touches no file. A list that another process imports is seen at the next call.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self._importing = threading.Lock()
        self._lock = threading.RLock()  # guards the two below
        self._opened: dict[bytes, HeldList] = {}
        self._stacks: dict[ListKey, tuple[Mapping[ListKey, Remembered], list[HeldList]]] = {}

    def import_list(
        self,
        data: bytes | Path,
        purpose: Purpose,
        authority: ListAuthority,
        at: datetime,
        scope: str | None = None,
    ) -> ListHeader:
        """Take over a list (DER, or a file of it), complete or delta, and return its header.

        `scope` is the one expected; None for a list without a distribution point. The checks in
        order: form, `rules.accept`, every entry, signature; then the disk. Importing a list in
        force again changes nothing, or mends its files. Raises ListUnreadable, ListTooLarge,
        ListMalformed, ListRefused, StoreDamaged, StoreUnwritable; after any of them the lists
        before are still in force.
        """
        source = _given(data)
        found = _outline(source)
        header = found.header
        key = ListKey(purpose, authority.name_key(header.issuer), scope)
        with self._importing:  # look-ups go on meanwhile
            rules.accept(header, self._folder.remembered().get(key), key, at)
            hasher = authority.hasher(header.signature_algorithm)
            with self._folder.exclusive():
                # Another process may have imported since: ask again, now alone.
                memory = self._folder.remembered()
                rules.accept(header, memory.get(key), key, at)
                with self._folder.make(found, source, hasher) as made:
                    authority.check(key, header, hasher.digest())
                    self._take_over(made, hasher, key, memory)
        return header

    def forget(self, key: ListKey, number: int) -> None:
        """Remember no more than `number` for `key`, so that the next list may follow on it.

        For an office's slip with a number, by word of the root only. The lists in force stay;
        a lower memory stays too. Raises StoreDamaged, StoreUnwritable.
        """
        with self._importing, self._folder.exclusive():
            memory = self._folder.remembered()
            held = memory.get(key)
            if held is not None and any(part.number > number for part in held.parts):
                self._folder.remember({**memory, key: delta.lowered(held, number)})

    def lookup(
        self,
        key: ListKey,
        serial: int,
        at: datetime,
        fresh_for: timedelta,
        believed: Callable[[Sequence[HeldList]], bool] = lambda _: True,
    ) -> Answer:
        """Answer whether `serial` is revoked by the lists of `key`.

        REVOKED however old they are. A serial that is not named: GOOD up to nextUpdate and
        while the newest list is at most `fresh_for` old, STALE after either; how long after is
        to be read from the answer's age. Lists that are not `believed` (oldest first) are as if
        they were not there. Raises StoreDamaged.
        """
        try:
            lists = self._lists(key)
            if not lists or not believed(lists):
                return Answer(Status.NOT_COVERED)
            found = delta.decide(serial, lists)
        except IndexDamaged:
            lists = self._mended(key)
            if not believed(lists):
                return Answer(Status.NOT_COVERED)
            found = delta.decide(serial, lists)
        except StoreDamaged:
            self._forget()
            raise
        newest = lists[-1].header
        age = at - newest.this_update
        if found is not None:
            status = Status.REVOKED
        elif at > newest.next_update or age > fresh_for:
            status = Status.STALE
        else:
            status = Status.GOOD
        reason, since = (None, None) if found is None else (found.reason, found.since)
        return Answer(
            status, reason, since, newest.number, newest.this_update, newest.next_update, age
        )

    def keys(self) -> tuple[ListKey, ...]:
        """Return the keys of all lists in force. Raises StoreDamaged."""
        return tuple(self._folder.remembered())

    def numbers(self) -> Mapping[ListKey, int]:
        """Return what is remembered of each key: a list must have a higher number than this.

        Raises StoreDamaged.
        """
        return {key: held.number for key, held in self._folder.remembered().items()}

    def header(self, key: ListKey) -> ListHeader | None:
        """Return the header of the newest list of `key`, a delta's where there is one.

        None where none is held. Raises StoreDamaged.
        """
        headers = self.stack(key)
        return headers[-1] if headers else None

    def stack(self, key: ListKey) -> tuple[ListHeader, ...]:
        """Return the headers of all lists of `key`: the complete one, then deltas, oldest first.

        Raises StoreDamaged.
        """
        return tuple(one.header for one in self.held(key))

    def held(self, key: ListKey) -> Sequence[HeldList]:
        """Return all lists of `key`, opened: the complete one, then deltas, oldest first.

        The same object as long as nothing else comes into force. Raises StoreDamaged.
        """
        try:
            return self._lists(key)
        except IndexDamaged:
            return self._mended(key)

    def headers(self) -> Mapping[ListKey, ListHeader]:
        """Return `header` of every key. Raises StoreDamaged if one list is damaged."""
        found = {key: self.header(key) for key in self.keys()}
        return {key: header for key, header in found.items() if header is not None}

    def path(self, key: ListKey) -> Path | None:
        """Return the DER file of the complete list in force, None where none is held."""
        held = self._folder.remembered().get(key)
        return None if held is None else self._folder.list_path(key, held.complete)

    # -- opened lists

    def _lists(self, key: ListKey) -> Sequence[HeldList]:
        """Return the lists of `key` in force, opened, oldest first. Raises StoreDamaged."""
        memory = self._folder.remembered()
        known = self._stacks.get(key)
        if known is not None and known[0] is memory:
            return known[1]
        held = memory.get(key)
        if held is None:
            return ()
        with self._lock:
            try:
                lists = [self._open(key, part) for part in held.parts]
            except StoreDamaged:
                if self._folder.remembered() is memory:
                    raise
                return self._lists(key)  # replaced while its files were opened
            in_force = {part.fingerprint for item in memory.values() for part in item.parts}
            kept = {name: one for name, one in self._opened.items() if name in in_force}
            fresh = {part.fingerprint: one for part, one in zip(held.parts, lists, strict=True)}
            self._opened = {**kept, **fresh}
            stacks = {key: known for key, known in self._stacks.items() if known[0] is memory}
            self._stacks = {**stacks, key: (memory, lists)}
        return lists

    def _open(self, key: ListKey, part: Part) -> HeldList:
        known = self._opened.get(part.fingerprint)
        if known is not None:
            return known
        outline, source = open_list(self._folder.list_path(key, part), part)
        index = open_index(self._folder.index_path(key, part), part)
        return HeldList(outline.header, part.digest, source, index)

    def _forget(self) -> None:
        """Open every list anew at the next call: its files may have been mended."""
        with self._lock:
            self._opened, self._stacks = {}, {}

    def _mended(self, key: ListKey) -> Sequence[HeldList]:
        """Return the lists in force after their indexes were made again. Raises StoreDamaged."""
        with self._importing, self._lock:
            self._forget()
            held = self._folder.remembered()[key]
            try:
                with self._folder.exclusive():
                    for part in held.parts:
                        self._mend(key, part)
            except CrlError as error:
                raise list_damaged(f"its index cannot be made again ({error.message})") from error
            return self._lists(key)

    def _mend(self, key: ListKey, part: Part) -> None:
        """Make an index again from its list, which must still be what was taken."""
        outline, source = open_list(self._folder.list_path(key, part), part)
        with self._folder.make(outline, source, hashlib.new(part.hash), copy=False) as made:
            if made.finish().digest != part.index:
                raise list_damaged("its index comes out different")
            made.put(self._folder.list_path(key, part), self._folder.index_path(key, part))

    # -- taking over

    def _take_over(
        self,
        made: Made,
        hasher: rules.Hasher,
        key: ListKey,
        memory: Mapping[ListKey, Remembered],
    ) -> None:
        header = made.outline.header
        new = Part(
            number=header.number,
            base_number=header.base_number,
            authority_key_id=header.authority_key_id,
            fingerprint=header.fingerprint,
            hash=hasher.name,
            digest=hasher.digest(),
            index=made.finish().digest,
        )
        held = delta.taken(new, memory.get(key), key)
        if memory.get(key) == held and self._intact(key, new):
            return
        self._forget()
        self._folder.take_over(made, key, new, {**memory, key: held})

    def _intact(self, key: ListKey, part: Part) -> bool:
        try:
            open_list(self._folder.list_path(key, part), part)
            index = open_index(self._folder.index_path(key, part), part)
            index.check()
        except StoreDamaged:
            return False
        return True


def read_header(data: bytes | Path) -> ListHeader:
    """Return what a list (DER, or a file of it) says besides its entries; nothing is trusted yet.

    Raises ListUnreadable, ListTooLarge, ListMalformed, ListRefused.
    """
    return _outline(_given(data)).header


def _given(data: bytes | Path) -> Source:
    if isinstance(data, bytes):
        return Memory(data)
    try:
        return OpenFile(data)
    except OSError as error:
        raise unreadable(error) from error


def _outline(source: Source) -> Outline:
    try:
        return parse.outline(source)
    except OSError as error:
        raise unreadable(error) from error
