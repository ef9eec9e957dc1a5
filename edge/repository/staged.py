"""What a refreshed set of TUF metadata says: versions, keys, and the targets it vouches for.

Lives here: reading metadata that `client` has had verified. Not here: the refresh. With `client`
the only importer of python-tuf in the terminal.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient import Updater

from edge.repository.kept import PLAIN, Kept, Version
from edge.repository.names import (
    LISTS_ROLE,
    MAX_TARGETS,
    ROOT_ROLE,
    SNAPSHOT_ROLE,
    TARGETS_ROLE,
    TIMESTAMP_ROLE,
    Kind,
    StatusList,
    Target,
    kind_of,
)
from edge.repository.release import read_release

_KINDS: Mapping[str, type[Timestamp | Snapshot | Targets]] = {
    TIMESTAMP_ROLE: Timestamp,
    SNAPSHOT_ROLE: Snapshot,
    TARGETS_ROLE: Targets,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What the accepted set vouches for. `version` is the timestamp's.

    `set_aside`: paths that the online role names and is not believed for.
    """

    version: int
    targets: tuple[Target, ...]
    set_aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staged:
    """What a refresh left: each role's file, its version, and the targets it names."""

    files: Mapping[str, bytes]
    versions: Mapping[str, Version]
    targets: Targets
    lists: Targets | None

    @classmethod
    def read(cls, folder: Path) -> Staged:
        """Read what the TUF client left in `folder`, verified."""
        root = Metadata[Root].from_bytes((folder / "root.json").read_bytes()).signed
        files = {
            role: path.read_bytes() for role in PLAIN if (path := folder / f"{role}.json").exists()
        }
        timestamp = Metadata[Timestamp].from_bytes(files[TIMESTAMP_ROLE]).signed
        snapshot = Metadata[Snapshot].from_bytes(files[SNAPSHOT_ROLE]).signed
        targets = Metadata[Targets].from_bytes(files[TARGETS_ROLE]).signed
        versions = {
            ROOT_ROLE: Version(root.version, keys_of(root, ROOT_ROLE)),
            TIMESTAMP_ROLE: Version(timestamp.version, keys_of(root, TIMESTAMP_ROLE)),
            SNAPSHOT_ROLE: Version(snapshot.version, keys_of(root, SNAPSHOT_ROLE)),
            TARGETS_ROLE: Version(targets.version, keys_of(root, TARGETS_ROLE)),
        }
        lists: Targets | None = None
        if targets.delegations is not None and LISTS_ROLE in (targets.delegations.roles or ()):
            # Loaded by the probe, or the refresh would have failed.
            lists = Metadata[Targets].from_bytes(files[LISTS_ROLE]).signed
            versions[LISTS_ROLE] = Version(lists.version, keys_of(targets, LISTS_ROLE))
        else:
            files.pop(LISTS_ROLE, None)
        return cls(files, versions, targets, lists)

    def offer(self, updater: Updater) -> Offer:
        """Return what may be taken: each path from the role that the delegations lead to."""
        found: dict[str, Target] = {}
        set_aside: list[str] = []
        named = ((TARGETS_ROLE, self.targets), (LISTS_ROLE, self.lists))
        for role, signed in named:
            for path in list(signed.targets)[:MAX_TARGETS] if signed is not None else ():
                if path in found and kind_of(path, role) is not None:
                    continue  # the role above has spoken
                info = updater.get_targetinfo(path)
                target = None if info is None else _target(info, role)
                if target is None:
                    set_aside.append(path)
                else:
                    found[path] = target
        order = {kind: place for place, kind in enumerate(Kind)}
        targets = sorted(found.values(), key=lambda one: (order[one.kind], one.path))
        return Offer(self.versions[TIMESTAMP_ROLE].number, tuple(targets), tuple(set_aside))


def _target(info: TargetFile, role: str) -> Target | None:
    kind = kind_of(info.path, role)
    sha256 = info.hashes.get("sha256", "")
    if kind is None or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        return None
    status = StatusList.from_custom(info.custom) if kind is Kind.CARD_STATUS else None
    if kind is Kind.CARD_STATUS and status is None:
        return None
    release = read_release(info.path, info.custom) if kind is Kind.SOFTWARE else None
    return Target(info.path, kind, info.length, sha256, status, release)


def versions_of_files(kept: Kept) -> dict[str, Version]:
    """Return what the kept files say of their versions.

    One that is damaged, or not signed under the newest root, says nothing.
    """
    roots = [found for data in kept.roots().values() if (found := parsed(data, Root)) is not None]
    if not roots:
        return {}
    root = max((one.signed for one in roots), key=lambda signed: signed.version)
    versions = {ROOT_ROLE: Version(root.version, keys_of(root, ROOT_ROLE))}
    for role, kind in _KINDS.items():
        held = parsed(kept.file(role) or b"", kind)
        if held is not None and signed_by(root, role, held):
            versions[role] = Version(held.signed.version, keys_of(root, role))
    return versions


def parsed(data: bytes, kind: type[Root | Timestamp | Snapshot | Targets]) -> Metadata[Any] | None:
    """Return metadata of this kind, unverified; None where it cannot be read as such."""
    try:
        found = Metadata[Any].from_bytes(data)
    except exceptions.RepositoryError:
        return None
    return found if isinstance(found.signed, kind) else None


def signed_by(root: Root, role: str, found: Metadata[Any]) -> bool:
    """Whether metadata of a role is signed by enough of the keys that `root` names."""
    try:
        root.verify_delegate(role, found.signed_bytes, found.signatures)
    except exceptions.RepositoryError:
        return False
    return True


def keys_of(delegator: Root | Targets, role: str) -> str:
    """Return a digest of the keys and the threshold that a role is verified with."""
    found = delegator.get_delegated_role(role)
    text = "\n".join([str(found.threshold), *sorted(found.keyids)])
    return hashlib.sha256(text.encode()).hexdigest()
