"""The one adapter around the TUF client (python-tuf, `ngclient`).

Lives here: one refresh of the metadata, from whichever source, and what may be taken of it. Not
here: bytes of targets (`fetch`, `update`), what becomes of them (`apply`), the disk (`kept`).
Source: The Update Framework specification 1.0.33, section 5.

What is done otherwise than `ngclient` does by itself:
1. its reference time is the terminal's floor, not the system clock. Metadata is refused as
   expired only where that is proved; a clock that is years off, either way, changes nothing. How
   old a revocation list may be is judged at each card, by the list's own dates;
2. it works on a copy. What it found is compared with the remembered versions, so that a damaged
   file never lets an older set pass, and only then kept;
3. where what is offered is not taken (expired, say), the set accepted before is gone on with;
4. a target is taken from `lists` only if it is a revocation list.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum, unique
from pathlib import Path
from typing import BinaryIO

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from edge.errors import EdgeError, RepositoryRefused, RepositoryUnreachable
from edge.repository.fetch import MAX_METADATA, Source
from edge.repository.kept import HISTORY, PLAIN, Kept, Version
from edge.repository.names import (
    LISTS_PROBE,
    ROOT_ROLE,
    SNAPSHOT_ROLE,
    TIMESTAMP_ROLE,
    Target,
)
from edge.repository.staged import Offer, Staged, keys_of, parsed, signed_by, versions_of_files

_BASE = "repository:/"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_CONFIG = UpdaterConfig(
    max_root_rotations=256,
    max_delegations=4,
    root_max_length=MAX_METADATA,
    timestamp_max_length=16 * 1024,
    snapshot_max_length=MAX_METADATA,
    targets_max_length=MAX_METADATA,
)


@unique
class Fault(StrEnum):
    """Stable codes of a refusal of the metadata."""

    EXPIRED = "METADATA_EXPIRED"
    OLDER = "METADATA_OLDER"
    """A version below one that was accepted, or versions that do not go together."""
    SIGNATURE = "METADATA_SIGNATURE"
    ALTERED = "METADATA_ALTERED"
    TOO_LARGE = "METADATA_TOO_LARGE"
    MISSING = "METADATA_MISSING"
    MALFORMED = "METADATA_MALFORMED"
    FIRST_ROOT = "FIRST_ROOT_UNUSABLE"


class Client:
    """Refreshes what is kept. `root`: the root metadata of provisioning."""

    def __init__(self, kept: Kept, root: bytes) -> None:
        self._kept = kept
        self._root = root

    def offer(self, source: Source, floor: datetime) -> tuple[Offer | None, EdgeError | None]:
        """Return what may be taken, and why it is not what `source` offers.

        `floor`: the time before which it cannot be. Without an error the set is the source's,
        and kept. With one, the set is the one accepted before, None where that does not hold
        either. Raises OSError, sqlite3.Error, and RepositoryRefused for a first root that is none.
        """
        try:
            return self._refreshed(source, floor, keep=True), None
        except (RepositoryRefused, RepositoryUnreachable) as error:
            if isinstance(error, RepositoryRefused) and error.fault == Fault.FIRST_ROOT:
                raise
            return self.held(floor), error

    def held(self, floor: datetime) -> Offer | None:
        """Return the set accepted before, as far as it still holds.

        Raises OSError, sqlite3.Error.
        """
        try:
            return self._refreshed(_KeptSource(self._kept), floor, keep=False)
        except (RepositoryRefused, RepositoryUnreachable):
            return None

    def _refreshed(self, source: Source, floor: datetime, *, keep: bool) -> Offer:
        with tempfile.TemporaryDirectory(prefix="tramthe-repository-") as name:
            folder = Path(name)
            self._lay_out(folder)
            updater = self._updater(folder, source)
            # The one thing that ngclient has no argument for; a test holds it to that.
            updater._trusted_set.reference_time = floor
            try:
                updater.refresh()
                updater.get_targetinfo(LISTS_PROBE)
            except (exceptions.DownloadError, exceptions.RepositoryError) as error:
                raise _refusal(error) from error
            finally:
                self._keep_roots(folder)
            found = Staged.read(folder)
            self._require_not_older(found)
            if keep:
                self._kept.accept(found.files, found.versions)
            return found.offer(updater)

    def _lay_out(self, folder: Path) -> None:
        """Copy what is kept to where the TUF client looks for it."""
        (folder / HISTORY).mkdir()
        for number, data in self._kept.roots().items():
            (folder / HISTORY / f"{number}.root.json").write_bytes(data)
        for role in PLAIN:
            held = self._kept.file(role)
            if held is not None:
                (folder / f"{role}.json").write_bytes(held)

    def _updater(self, folder: Path, source: Source) -> Updater:
        try:
            return Updater(
                str(folder), _BASE, fetcher=_Fetcher(source), config=_CONFIG, bootstrap=self._root
            )
        except exceptions.RepositoryError as error:
            raise RepositoryRefused(
                "The root metadata that this terminal was provisioned with cannot be used.",
                next_step="Provision this terminal again: the metadata comes with its image.",
                fault=Fault.FIRST_ROOT,
            ) from error

    def _keep_roots(self, folder: Path) -> None:
        """Keep every root that the chain led to, whatever became of the rest."""
        root = Metadata[Root].from_bytes((folder / "root.json").read_bytes()).signed
        remembered = self._remembered().get(ROOT_ROLE)
        if remembered is None or root.version >= remembered.number:
            found = {
                int(path.name.partition(".")[0]): path for path in (folder / HISTORY).iterdir()
            }
            # What lies beyond the chain was not verified: a damaged copy of an earlier pass.
            roots = {n: path.read_bytes() for n, path in found.items() if n <= root.version}
            self._kept.accept_roots(roots, Version(root.version, keys_of(root, ROOT_ROLE)))

    def _remembered(self) -> Mapping[str, Version]:
        """Return the versions accepted so far: of the database and of the files, the higher."""
        known = dict(self._kept.versions())
        for role, version in versions_of_files(self._kept).items():
            if role not in known or version.number > known[role].number:
                known[role] = version
        return known

    def _require_not_older(self, found: Staged) -> None:
        """Refuse a set below the memory; new keys of timestamp or snapshot begin a new count."""
        known, new = self._remembered(), found.versions
        if _below(new, known, (ROOT_ROLE,)):
            raise _older()
        counted = (TIMESTAMP_ROLE, SNAPSHOT_ROLE)
        rotated = any(role in known and known[role].keys != new[role].keys for role in counted)
        if not rotated and _below(new, known, PLAIN):
            raise _older()


def require_root(data: bytes) -> int:
    """Return the version of root metadata that a terminal may be given. Raises RepositoryRefused.

    That its own keys signed it says only that it is whole: whose it is, the one who gives it knows.
    """
    found = parsed(data, Root)
    if found is None or not signed_by(found.signed, ROOT_ROLE, found):
        raise RepositoryRefused(
            "This is no root metadata, or not whole.",
            next_step="Get metadata/1.root.json from the office's repository again.",
            fault=Fault.FIRST_ROOT,
        )
    return int(found.signed.version)


class _Fetcher(FetcherInterface):
    """Hands the TUF client a source's metadata, read to its end before it is handed on."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = url.removeprefix(_BASE)
        data = self._source.metadata(name) if _NAME.fullmatch(name) else None
        if data is None:
            raise exceptions.DownloadHTTPError(f"{name} is not there", 404)
        return iter((data,))


class _KeptSource:
    """The accepted set, as if it were offered again."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def metadata(self, name: str) -> bytes | None:
        """Return the accepted file of a role; there is no newer root."""
        role = name.removesuffix(".json").rpartition(".")[2]
        return self._kept.file(role) if role in PLAIN else None

    def target(self, target: Target, out: BinaryIO) -> None:
        """Hold no targets. Raises RepositoryUnreachable."""
        raise RepositoryUnreachable(
            f"{target.path} is not kept.", next_step="Reach the repository again."
        )

    def close(self) -> None:
        """Nothing is held open."""


def _below(
    new: Mapping[str, Version], known: Mapping[str, Version], roles: tuple[str, ...]
) -> bool:
    both = [role for role in roles if role in new and role in known]
    return any(new[role].number < known[role].number for role in both)


_FAULTS: tuple[tuple[type[Exception], Fault, str], ...] = (
    (exceptions.ExpiredMetadataError, Fault.EXPIRED, "is proved to be out of date"),
    (exceptions.BadVersionNumberError, Fault.OLDER, "is older than what is held, or mixed"),
    (exceptions.UnsignedMetadataError, Fault.SIGNATURE, "is not signed by those who may sign it"),
    (exceptions.LengthOrHashMismatchError, Fault.ALTERED, "was altered"),
    (exceptions.DownloadLengthMismatchError, Fault.TOO_LARGE, "is larger than it may be"),
    (exceptions.DownloadHTTPError, Fault.MISSING, "is not whole: a file is missing"),
)


def _refusal(error: Exception) -> RepositoryRefused | RepositoryUnreachable:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RepositoryRefused | RepositoryUnreachable):
            return cause
        cause = cause.__cause__
    for kind, fault, what in _FAULTS:
        if isinstance(error, kind):
            return _refused(fault, what)
    return _refused(Fault.MALFORMED, "has not its documented form")


def _older() -> RepositoryRefused:
    return _refused(Fault.OLDER, "is older than what was accepted before")


def _refused(fault: Fault, what: str) -> RepositoryRefused:
    return RepositoryRefused(
        f"What the repository offers {what}.",
        next_step="What is held stays in force. Tell the office; it is tried again by itself.",
        fault=fault,
    )
