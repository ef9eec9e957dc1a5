"""Who signs what, and when what is signed may be published.

Lives here: beginning a repository, changing targets, changing keys, signing, and settling what
follows. Not here: whose signatures are missing (`standing`), files (`workshop`), keys (`keys`),
which lists to offer (`card_status`).
Source: The Update Framework specification 1.0.33, sections 4 and 6.

Five roles. `root` and `targets` are for thresholds of people and offline keys. `targets` vouches
for trust list, policy, profiles, catalogues and software, and delegates `lists/` to the role
`lists`, for those paths only and with the last word on them (terminating). `lists`, `snapshot` and
`timestamp` are the publishing machine's own, for daily work. So whoever takes that machine can
withhold lists, or repeat those of before; it can deliver no trust list and no program.

An offline ceremony may take days, and daily lists go on meanwhile: what waits for signatures
counts only once it has enough of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from edge.repository.names import (
    LIST_PATTERNS,
    LISTS_ROLE,
    ROOT_ROLE,
    SNAPSHOT_ROLE,
    TARGETS_ROLE,
    TIMESTAMP_ROLE,
    Kind,
    kind_of,
)
from provisioning.errors import OfficeInputInvalid
from provisioning.publish.keys import owner_of
from provisioning.publish.standing import Standing, verified, waits
from provisioning.publish.workshop import ROLES, Workshop

VALID = {
    ROOT_ROLE: timedelta(days=5 * 365),
    TARGETS_ROLE: timedelta(days=2 * 365),
    LISTS_ROLE: timedelta(days=90),
    SNAPSHOT_ROLE: timedelta(days=90),
    TIMESTAMP_ROLE: timedelta(days=30),
}
"""How long each role's metadata holds. A terminal proves that it is over by its floor alone."""
_TOP = (ROOT_ROLE, TARGETS_ROLE, SNAPSHOT_ROLE, TIMESTAMP_ROLE)
_LISTS = frozenset({Kind.CERTIFICATE_LIST, Kind.CARD_STATUS})


@dataclass(frozen=True, slots=True)
class Holders:
    """The keys of one role and how many of them must sign."""

    keys: tuple[SSlibKey, ...]
    threshold: int = 1


class Ceremony:
    """Every act on one publisher's folder, at one time (UTC)."""

    def __init__(self, workshop: Workshop, at: datetime) -> None:
        self._shop = workshop
        self._standing = Standing(workshop)
        self._at = at.replace(microsecond=0)

    def begin(self, holders: dict[str, Holders]) -> None:
        """Stage the first metadata; `holders` names all five ROLES. Raises OfficeInputInvalid."""
        for role, held in holders.items():
            _require_threshold(role, len(held.keys), held.threshold)
        self._shop.create()
        root = Root(expires=self._until(ROOT_ROLE), consistent_snapshot=True)
        for role in _TOP:
            root.roles[role] = Role([], holders[role].threshold)
            for key in holders[role].keys:
                root.add_key(key, role)
        lists = holders[LISTS_ROLE]
        delegated = DelegatedRole(
            LISTS_ROLE, [], lists.threshold, terminating=True, paths=list(LIST_PATTERNS)
        )
        targets = Targets(
            expires=self._until(TARGETS_ROLE),
            delegations=Delegations({}, {LISTS_ROLE: delegated}),
        )
        for key in lists.keys:
            targets.add_key(key, LISTS_ROLE)
        self._shop.stage(ROOT_ROLE, Metadata(root))
        self._shop.stage(TARGETS_ROLE, Metadata(targets))
        self._shop.stage(LISTS_ROLE, Metadata(Targets(expires=self._until(LISTS_ROLE))))

    def add(self, path: str, file: Path, custom: dict[str, Any] | None = None) -> str:
        """Stage a target under a path; return the role that has to sign for it.

        Raises OfficeInputInvalid for a path that says no kind of target, OSError.
        """
        kind = kind_of(path, TARGETS_ROLE)
        if kind is None:
            raise OfficeInputInvalid(
                f"{path} does not say what the target is.",
                next_step="Use trust/trust-list.jws, trust/policy.jws, profiles/NAME.toml, "
                "procedures/NAME.toml, software/NAME, lists/certificate/NAME.crl or "
                "lists/card-status/NAME.crl.",
            )
        role = LISTS_ROLE if kind in _LISTS else TARGETS_ROLE
        target = TargetFile.from_file(path, str(file), ["sha256"])
        if custom is not None:
            target.unrecognized_fields["custom"] = custom
        self._shop.store_target(target.get_prefixed_paths()[0], file)
        self._change(role, lambda signed: signed.targets.__setitem__(path, target))
        return role

    def remove(self, path: str) -> str:
        """Stage a set without a target; return the role. Raises OfficeInputInvalid."""
        for role in (TARGETS_ROLE, LISTS_ROLE):
            newest = self._shop.newest(role)
            if newest is not None and path in newest.signed.targets:
                self._change(role, lambda signed: signed.targets.pop(path))
                return role
        raise OfficeInputInvalid(
            f"There is no target {path}.", next_step="See: tramthe centre publish show FOLDER"
        )

    def renew(self, role: str) -> None:
        """Stage a role's metadata again, unchanged, with its full time to run."""
        self._change(role, lambda _: None)

    def rotate(
        self, role: str, add: Sequence[SSlibKey], remove: Sequence[str], threshold: int | None
    ) -> None:
        """Stage other keys for a role; `remove`: owners or key ids. Raises OfficeInputInvalid.

        The role's own metadata is staged too, so that the new keys sign it.
        """
        delegator = TARGETS_ROLE if role == LISTS_ROLE else ROOT_ROLE

        def change(signed: Any) -> None:
            held = signed.get_delegated_role(role)
            for name in remove:
                signed.revoke_key(_key_named(signed, held, name), role)
            for key in add:
                signed.add_key(key, role)
            held.threshold = held.threshold if threshold is None else threshold
            _require_threshold(role, len(held.keyids), held.threshold)

        self._change(delegator, change)
        if role in (TARGETS_ROLE, LISTS_ROLE):
            self.renew(role)

    def sign(self, signer: CryptoSigner) -> list[tuple[str, int]]:
        """Sign whatever waits for this key, and what follows; return roles and versions signed."""
        signed: list[tuple[str, int]] = []
        again = True
        while again:
            again = False
            for role in ROLES:
                metadata = self._shop.staged(role)
                if metadata is None or signer.public_key.keyid not in self._standing.signers(role):
                    continue
                if signer.public_key.keyid in metadata.signatures:
                    continue
                metadata.sign(signer, append=True)
                self._shop.stage(role, metadata)
                signed.append((role, metadata.signed.version))
                again = True
            self.settle()
        return signed

    def settle(self) -> tuple[str, ...]:
        """Stage what follows from what has its signatures; publish a set that is whole.

        Returns the roles that were published.
        """
        root = self._standing.effective(ROOT_ROLE, None)
        targets = None if root is None else self._standing.effective(TARGETS_ROLE, root.signed)
        lists = None if targets is None else self._standing.effective(LISTS_ROLE, targets.signed)
        if root is None or targets is None or lists is None:
            return ()
        meta = {
            "targets.json": MetaFile(targets.signed.version),
            "lists.json": MetaFile(lists.signed.version),
        }
        snapshot = self._following(
            SNAPSHOT_ROLE,
            root.signed,
            lambda signed: bool(signed.meta == meta),
            lambda version: Snapshot(version, expires=self._until(SNAPSHOT_ROLE), meta=meta),
        )
        named = MetaFile(snapshot.signed.version)
        timestamp = self._following(
            TIMESTAMP_ROLE,
            root.signed,
            lambda signed: bool(signed.snapshot_meta == named),
            lambda version: Timestamp(
                version, expires=self._until(TIMESTAMP_ROLE), snapshot_meta=named
            ),
        )
        whole = all(
            verified(root.signed, role, one)
            for role, one in ((SNAPSHOT_ROLE, snapshot), (TIMESTAMP_ROLE, timestamp))
        )
        chosen = (root, targets, lists, snapshot, timestamp)
        staged = [
            role for role, one in zip(ROLES, chosen, strict=True) if waits(self._shop, role, one)
        ]
        if whole and staged:
            before = self._places()
            self._shop.publish(staged)
            self._shop.keep_targets(before | self._places() | self._waiting_places())
            return tuple(staged)
        return ()

    def _following(
        self,
        role: str,
        root: Root,
        fits: Callable[[Any], bool],
        make: Callable[[int], Snapshot | Timestamp],
    ) -> Metadata[Any]:
        """Return a role's metadata that fits the set: what waits, what is published, or new."""
        staged, published = self._shop.staged(role), self._shop.published(role)
        if staged is not None and fits(staged.signed):
            return staged
        good = published is not None and verified(root, role, published)
        if good and staged is None and published is not None and fits(published.signed):
            return published
        made = Metadata[Any](make(1 if published is None else published.signed.version + 1))
        self._shop.stage(role, made)
        return made

    def _change(self, role: str, change: Callable[[Any], object]) -> None:
        """Stage a role's metadata, changed, with the next version and no signature."""
        newest, published = self._shop.newest(role), self._shop.published(role)
        if newest is None:
            raise OfficeInputInvalid(
                "This repository has not begun.",
                next_step="Make it: tramthe centre publish init FOLDER --help",
            )
        signed = deepcopy(newest.signed)
        change(signed)
        signed.version = 1 if published is None else published.signed.version + 1
        signed.expires = self._until(role)
        self._shop.stage(role, Metadata(signed))

    def _places(self) -> set[str]:
        return self._named(self._shop.published)

    def _waiting_places(self) -> set[str]:
        return self._named(self._shop.staged)

    def _named(self, of: Callable[[str], Metadata[Any] | None]) -> set[str]:
        found = [one for role in (TARGETS_ROLE, LISTS_ROLE) if (one := of(role)) is not None]
        return {
            target.get_prefixed_paths()[0]
            for one in found
            for target in one.signed.targets.values()
        }

    def _until(self, role: str) -> datetime:
        return self._at + VALID[role]


def _key_named(delegator: Root | Targets, role: Role, name: str) -> str:
    keys: list[Key] = [delegator.get_key(keyid) for keyid in role.keyids]
    found = [key.keyid for key in keys if key.keyid == name or owner_of(key) == name]
    if len(found) != 1:
        raise OfficeInputInvalid(
            f"{name} is not the name of one key of this role.",
            next_step=f"Name one of: {', '.join(owner_of(key) for key in keys)}.",
        )
    return found[0]


def _require_threshold(role: str, keys: int, threshold: int) -> None:
    if not 1 <= threshold <= keys:
        raise OfficeInputInvalid(
            f"The role {role} would have {keys} keys, of which {threshold} must sign.",
            next_step="Give it at least as many keys as must sign.",
        )
