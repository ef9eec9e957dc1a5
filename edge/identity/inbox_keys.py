"""The terminal's inbox keys: a new one each month, old ones destroyed.

Lives here: the files, and the rule when a key is made and when one goes. Not here: what is sealed
to them (`edge.wire.inbox`), how the centre hears of one (`edge.wire.inbox_call`).
Design: DESIGN section 8. Files in the identity folder: `inbox-N.key` is the private key of
generation N (96 bytes, `edge.wire.hybrid`), `inbox-keys.json` says when each was made and since
when the centre is known to seal to it.

A key is followed by the next one after a month, but only once the centre seals to it: a terminal
without any way to the centre does not pile up keys of which nobody knows. A key is destroyed
KEPT_FOR after the centre was seen to seal to a later one; until then a stick that lay about still
opens. Both count by a clock that is known to be right, and stand still by any other.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.files import erase_file, replace_file
from edge.wire import hybrid
from edge.wire.inbox import key_id
from edge.wire.inbox_call import PublicKey
from verify.moment import Moment, TimeQuality

LIFE = timedelta(days=30)
"""How long new messages are sealed to one key."""
KEPT_FOR = timedelta(days=90)
"""How long a key is kept after the centre was seen to seal to a later one."""

INDEX_FILE = "inbox-keys.json"
MAX_FILE = 64 * 1024  # bytes
_KEY_FILES = "inbox-*.key"
_GOOD = frozenset({TimeQuality.SYNCHRONISED, TimeQuality.HELD})


@dataclass(frozen=True, slots=True)
class Kept:
    """One key's dates. None: not known, or not yet."""

    generation: int
    made: datetime | None = None
    known: datetime | None = None
    """Since when the centre was seen to seal to it."""


def must_renew(newest: Kept | None, now: Moment) -> bool:
    """Return whether another key is due."""
    if newest is None:
        return True
    if newest.known is None or newest.made is None or now.quality not in _GOOD:
        return False
    return now.at - newest.made >= LIFE


def outlived(keys: tuple[Kept, ...], now: Moment) -> tuple[int, ...]:
    """Return the generations that are to be destroyed; never the newest."""
    if now.quality not in _GOOD:
        return ()
    since = {key.generation: key.known for key in keys}
    return tuple(
        key.generation
        for key in keys
        if any(
            later > key.generation and known is not None and now.at - known >= KEPT_FOR
            for later, known in since.items()
        )
    )


@dataclass(frozen=True, slots=True)
class _Key:
    dates: Kept
    seed: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.dates.generation, hybrid.public_bytes(self.seed))


class InboxKeys:
    """The inbox keys in one identity folder; safe from any thread.

    Raises OSError where the disk refuses; a file that is damaged is as one that is absent.
    """

    def __init__(self, folder: Path, rng: Callable[[int], bytes] = os.urandom) -> None:
        self._folder = folder
        self._rng = rng
        self._lock = threading.Lock()
        self._keys: list[_Key] | None = None
        self._ids: dict[str, int] = {}

    def current(self, now: Moment) -> PublicKey:
        """Return the key to seal to from now on, made at this moment where one is due."""
        with self._lock:
            keys = self._held()
            if keys and keys[-1].dates.made is None and now.quality in _GOOD:
                self._keep(len(keys) - 1, replace(keys[-1].dates, made=now.at))
            if must_renew(keys[-1].dates if keys else None, now):
                self._make(now)
            self._destroy(now)
            return keys[-1].public

    def renew(self, kid: str, now: Moment) -> PublicKey:
        """Make another key in the place of `kid` before its time; once, however often asked.

        Nothing is made where that is not the newest: of a newer one the centre has yet to hear.
        """
        with self._lock:
            keys = self._held(kid)
            if keys and keys[-1].dates.generation == self._ids.get(kid):
                self._make(now)
            return keys[-1].public

    def centre_seals_to(self, generation: int, kid: str, now: Moment) -> bool:
        """Take note of the key that the centre seals to; return whether it is held here.

        One that is not, though its generation is ours or beyond, shows that this folder was lost
        or copied: another key is made that counts from there.
        """
        with self._lock:
            keys = self._held(kid)
            for place, key in enumerate(keys):
                if key.dates.generation == self._ids.get(kid):
                    if key.dates.known is None and now.quality in _GOOD:
                        self._keep(place, replace(key.dates, known=now.at))
                    return True
            if not keys or keys[-1].dates.generation <= generation:
                self._make(now, after=generation)
            return False

    def private(self, kid: str) -> MLKEM768X25519PrivateKey | None:
        """Return the private key of this id, None for one that is destroyed or foreign."""
        with self._lock:
            held = {key.dates.generation: key for key in self._held(kid)}
            found = held.get(self._ids.get(kid, 0))
            return None if found is None else hybrid.private_key(found.seed)

    def dates(self) -> tuple[Kept, ...]:
        """Return the dates of the keys that are held, oldest first."""
        with self._lock:
            return tuple(key.dates for key in self._held())

    def _held(self, kid: str | None = None) -> list[_Key]:
        """Return the keys; looked for anew where `kid` is none: a command may have made it."""
        if self._keys is None or (kid is not None and kid not in self._ids):
            dates = self._read_index()
            found = []
            for path in self._folder.glob(_KEY_FILES):
                number, seed = path.stem.removeprefix("inbox-"), path.read_bytes()
                if number.isascii() and number.isdigit() and _whole(seed):
                    kept = dates.get(int(number), Kept(int(number)))
                    found.append(_Key(kept, seed))
            self._keys = sorted(found, key=lambda key: key.dates.generation)
            self._ids = {key_id(key.public.public): key.dates.generation for key in self._keys}
        return self._keys

    def _make(self, now: Moment, after: int = 0) -> None:
        keys = self._held()
        held = (key.dates.generation for key in keys)
        generation = max([after, *self._read_index(), *held]) + 1
        key = _Key(Kept(generation, made=now.at), self._rng(hybrid.SEED_SIZE))
        replace_file(self._path(generation), key.seed)
        keys.append(key)
        self._ids[key_id(key.public.public)] = generation
        self._write_index()

    def _keep(self, place: int, dates: Kept) -> None:
        keys = self._held()
        keys[place] = _Key(dates, keys[place].seed)
        self._write_index()

    def _destroy(self, now: Moment) -> None:
        keys = self._held()
        gone = frozenset(outlived(tuple(key.dates for key in keys), now))
        for generation in gone:
            erase_file(self._path(generation))
        if gone:
            keys[:] = [key for key in keys if key.dates.generation not in gone]
            self._ids = {kid: number for kid, number in self._ids.items() if number not in gone}
            self._write_index()

    def _path(self, generation: int) -> Path:
        return self._folder / f"inbox-{generation}.key"

    def _read_index(self) -> dict[int, Kept]:
        try:
            with (self._folder / INDEX_FILE).open("rb") as file:
                rows = json.loads(file.read(MAX_FILE))
            found = [
                Kept(int(number), _date(row["made"]), _date(row["known"]))
                for number, row in rows.items()
            ]
        except (FileNotFoundError, AttributeError, KeyError, TypeError, ValueError, RecursionError):
            return {}
        return {kept.generation: kept for kept in found}

    def _write_index(self) -> None:
        rows = {
            str(key.dates.generation): {
                "made": None if key.dates.made is None else key.dates.made.isoformat(),
                "known": None if key.dates.known is None else key.dates.known.isoformat(),
            }
            for key in self._held()
        }
        replace_file(self._folder / INDEX_FILE, json.dumps(rows, indent=1).encode())


def _whole(seed: bytes) -> bool:
    """Return whether this is a key, and not what a power cut left of one being erased."""
    return len(seed) == hybrid.SEED_SIZE and any(seed)


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC)
