"""What counts in a publisher's folder: which metadata has its signatures, and whose are missing.

Lives here: questions only. Not here: acts (`ceremony`), files (`workshop`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuf.api.metadata import Metadata, Root, Targets, VerificationResult

from edge.repository.names import LISTS_ROLE, ROOT_ROLE, TARGETS_ROLE
from provisioning.publish.keys import owner_of
from provisioning.publish.workshop import ROLES, Workshop


@dataclass(frozen=True, slots=True)
class Waiting:
    """A role's metadata that is not published yet. `missing`: signatures; `owners`: whose."""

    role: str
    version: int
    missing: int
    owners: tuple[str, ...]


class Standing:
    """How far the metadata of one folder is signed; asked anew each time."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop

    def waiting(self) -> list[Waiting]:
        """Return what is not published yet and whose signatures it waits for."""
        found: list[Waiting] = []
        for role in ROLES:
            metadata = self._shop.staged(role)
            if metadata is None:
                continue
            owners: dict[str, str] = {}
            missing = 0
            for result in self._results(role, metadata):
                missing = max(missing, result.missing)
                if result.missing:
                    owners |= {keyid: owner_of(key) for keyid, key in result.unsigned.items()}
            found.append(Waiting(role, metadata.signed.version, missing, tuple(owners.values())))
        return found

    def effective(self, role: str, delegator: Root | Targets | None) -> Metadata[Any] | None:
        """Return what waits where it has its signatures, else what is published and verifies."""
        staged = self._shop.staged(role)
        if staged is not None and all(r.verified for r in self._results(role, staged, delegator)):
            return staged
        published = self._shop.published(role)
        if published is None or delegator is None:
            return published
        return published if verified(delegator, role, published) else None

    def _results(
        self, role: str, metadata: Metadata[Any], delegator: Root | Targets | None = None
    ) -> list[VerificationResult]:
        """Return how far a role's metadata is signed; a root under the one before it too."""
        payload, signatures = metadata.signed_bytes, metadata.signatures
        if role == ROOT_ROLE:
            before = self._shop.published(ROOT_ROLE)
            previous = None if before is None else before.signed
            both = metadata.signed.get_root_verification_result(previous, payload, signatures)
            return [both.first, both.second]
        by = delegator or self._delegator(role)
        return [] if by is None else [by.get_verification_result(role, payload, signatures)]

    def _delegator(self, role: str) -> Root | Targets | None:
        """Return whose keys a role's next metadata will be verified with."""
        newest = self._shop.newest(TARGETS_ROLE if role == LISTS_ROLE else ROOT_ROLE)
        return None if newest is None else newest.signed

    def signers(self, role: str) -> set[str]:
        """Return the ids of the keys whose signature helps a role's staged metadata."""
        metadata = self._shop.staged(role)
        results = [] if metadata is None else self._results(role, metadata)
        return {keyid for result in results for keyid in (*result.signed, *result.unsigned)}


def verified(delegator: Root | Targets, role: str, one: Metadata[Any]) -> bool:
    """Whether metadata of a role is signed by enough of the keys that its delegator names."""
    result = delegator.get_verification_result(role, one.signed_bytes, one.signatures)
    return bool(result.verified)


def waits(shop: Workshop, role: str, chosen: Metadata[Any]) -> bool:
    """Whether the metadata chosen is that which waits."""
    staged = shop.staged(role)
    return staged is not None and staged.signed == chosen.signed
