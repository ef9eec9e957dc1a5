"""The repository's names: its files, its roles, and what a target is by its path.

Lives here: what office and terminal must spell alike. Not here: signatures and versions (`client`),
what becomes of a target (`apply`).
Source: The Update Framework specification 1.0.33 (sections 3 and 4); DESIGN sections 5 and 11.

A target's path says what it is, so that a role is bound to kinds of things by its paths: `lists`,
whose key is online, is believed for revocation lists only, whatever a delegation might say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TypeGuard

from edge.repository.release import Release

METADATA = "metadata"
TARGETS = "targets"
"""The two folders below the repository's address."""

ROOT_ROLE = "root"
TIMESTAMP_ROLE = "timestamp"
SNAPSHOT_ROLE = "snapshot"
TARGETS_ROLE = "targets"
LISTS_ROLE = "lists"
"""Delegated by `targets`: terminating, online, for LIST_PATTERNS only."""

LIST_PATTERNS = ("lists/certificate/*", "lists/card-status/*")
LISTS_PROBE = "lists/certificate/-"
"""A path of that role which no target has: asking for it loads the role."""

MAX_PATH = 160  # characters
MAX_TARGETS = 2048  # of one role
_PART = r"[A-Za-z0-9][A-Za-z0-9._+~-]*"
_PATH = re.compile(rf"{_PART}(?:/{_PART}){{0,3}}")
_HEX = re.compile(r"[0-9a-f]{1,40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@unique
class Kind(StrEnum):
    """What a target is; in the order in which targets are taken: who is believed comes first."""

    TRUST_LIST = "trust-list"
    POLICY = "policy"
    CERTIFICATE_LIST = "certificate-list"
    CARD_STATUS = "card-status"
    PROFILE = "profile"
    CATALOGUE = "catalogue"
    SOFTWARE = "software"


_KINDS = {
    Kind.TRUST_LIST: re.compile(r"trust/trust-list\.jws"),
    Kind.POLICY: re.compile(r"trust/policy\.jws"),
    Kind.CERTIFICATE_LIST: re.compile(r"lists/certificate/[^/]+\.crl"),
    Kind.CARD_STATUS: re.compile(r"lists/card-status/[^/]+\.crl"),
    Kind.PROFILE: re.compile(r"profiles/[a-z][a-z0-9-]{0,39}\.toml"),
    Kind.CATALOGUE: re.compile(r"procedures/[a-z0-9][a-z0-9-]{0,59}\.toml"),
    Kind.SOFTWARE: re.compile(r"software/[^/]+"),
}
_OF_LISTS = frozenset({Kind.CERTIFICATE_LIST, Kind.CARD_STATUS})


@dataclass(frozen=True, slots=True)
class StatusList:
    """What a card status list's target says of it beside its bytes, so that one can be chosen.

    `signer`: SHA-256 (hex) of the issuer's `name_key`. `base`: BaseCRLNumber, None for a complete
    list. Only a hint: the list itself is checked by its own rules.
    """

    scope: str
    signer: str
    number: int
    base: int | None

    def to_custom(self) -> dict[str, str | None]:
        """Return the target's `custom` object; numbers are hex."""
        return {
            "scope": self.scope,
            "signer": self.signer,
            "number": f"{self.number:x}",
            "base": None if self.base is None else f"{self.base:x}",
        }

    @classmethod
    def from_custom(cls, custom: object) -> StatusList | None:
        """Return what a target's `custom` object says, None where it has not that form."""
        if not isinstance(custom, dict):
            return None
        scope, signer = custom.get("scope"), custom.get("signer")
        number, base = custom.get("number"), custom.get("base")
        if not isinstance(scope, str) or not _is(signer, _SHA256) or not _is(number, _HEX):
            return None
        if base is not None and not _is(base, _HEX):
            return None
        return cls(scope, signer, int(number, 16), None if base is None else int(base, 16))


@dataclass(frozen=True, slots=True)
class Target:
    """A file that the repository vouches for. `path` is its name, `length` in bytes."""

    path: str
    kind: Kind
    length: int
    sha256: str
    status: StatusList | None = field(default=None)
    """CARD_STATUS only."""
    release: Release | None = field(default=None)
    """SOFTWARE that a terminal may install by itself only."""

    @property
    def place(self) -> str:
        """Return where it lies below TARGETS (a consistent snapshot's name)."""
        folder, _, name = self.path.rpartition("/")
        return f"{folder}/{self.sha256}.{name}"


def kind_of(path: str, role: str) -> Kind | None:
    """Return what a target of this path is; None for a path that this role is not believed for."""
    if len(path) > MAX_PATH or not _PATH.fullmatch(path):
        return None
    kind = next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(path)), None)
    return None if kind is None or (role != TARGETS_ROLE and kind not in _OF_LISTS) else kind


def _is(value: object, pattern: re.Pattern[str]) -> TypeGuard[str]:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
