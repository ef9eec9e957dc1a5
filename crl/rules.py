"""The rules by which one list replaces or supplements another, as pure functions.

Lives here: what a list says about itself (`ListHeader`), by what it is filed (`ListKey`), what
is remembered of those in force (`Remembered`), the reasons of a refusal and what the caller
supplies (`ListAuthority`). Not here: which lists stay in force beside a new one (`delta`), octets
(`parse`), files (`store`), signatures (`verify.lists`).
Source: RFC 5280 sections 5.1 to 5.3 and 6.3.3.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from typing import NamedTuple, Protocol

from crl.errors import ListRefused
from crl.limits import MAX_AHEAD, MAX_DELTAS
from crl.point import Coverage, DistributionPoint
from crl.status import Purpose


@unique
class RefusalReason(StrEnum):
    """Stable codes of `ListRefused.reason`; the last five are for the `ListAuthority`."""

    INDIRECT_NOT_SUPPORTED = "INDIRECT_NOT_SUPPORTED"
    SCOPE_NOT_A_URI = "SCOPE_NOT_A_URI"
    PARTIAL_LIST = "PARTIAL_LIST"
    UNKNOWN_CRITICAL_EXTENSION = "UNKNOWN_CRITICAL_EXTENSION"
    NOT_NEWER = "NOT_NEWER"
    SAME_NUMBER_OTHER_BYTES = "SAME_NUMBER_OTHER_BYTES"
    ISSUER_DIFFERS = "ISSUER_DIFFERS"
    SCOPE_DIFFERS = "SCOPE_DIFFERS"
    WRONG_BASE = "WRONG_BASE"
    OTHER_KEY = "OTHER_KEY"
    TOO_MANY_DELTAS = "TOO_MANY_DELTAS"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    ISSUER_UNKNOWN = "ISSUER_UNKNOWN"
    WRONG_SIGNER = "WRONG_SIGNER"
    NUMBER_WITHDRAWN = "NUMBER_WITHDRAWN"
    ALGORITHM_NOT_ALLOWED = "ALGORITHM_NOT_ALLOWED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"


@dataclass(frozen=True, slots=True)
class ListKey:
    """By what a list is filed and its number remembered.

    `issuer` is the authority's `name_key`: opaque, equal for equal names. `scope` is the URI of
    the distribution point, None for a list without one.
    """

    purpose: Purpose
    issuer: bytes = field(repr=False)
    scope: str | None


class ListHeader(NamedTuple):
    """Everything a list says besides its entries. Times are in UTC, octets are DER."""

    number: int
    """cRLNumber."""
    issuer: bytes
    """Name."""
    this_update: datetime
    next_update: datetime
    point: DistributionPoint
    """issuingDistributionPoint; `DistributionPoint()` for a list without one."""
    base_number: int | None
    """BaseCRLNumber of a delta, None for a complete list."""
    authority_key_id: bytes | None
    """keyIdentifier octets of the authority key identifier."""
    signature_algorithm: bytes
    """AlgorithmIdentifier."""
    signature: bytes
    """Octets of the BIT STRING."""

    def __repr__(self) -> str:
        """Show no octets."""
        return f"ListHeader(number={self.number:x}, this_update={self.this_update})"

    @property
    def fingerprint(self) -> bytes:
        """Return what names this list: SHA-256 over its signature algorithm and signature.

        Known before the entries are read; the signature, once checked, vouches for them.
        """
        return hashlib.sha256(self.signature_algorithm + self.signature).digest()

    @property
    def scope(self) -> str | None:
        """Return the distribution point's URI, None where it is not named by one URI."""
        return self.point.uri


@dataclass(frozen=True, slots=True)
class Part:
    """One list in force, complete or delta: what is known of it even if its files are lost."""

    number: int
    base_number: int | None
    authority_key_id: bytes | None = field(repr=False)
    fingerprint: bytes = field(repr=False)
    """`ListHeader.fingerprint`."""
    hash: str
    """Name of the hash that `digest` was made by, the signature's own."""
    digest: bytes = field(repr=False)
    """Over the TBSCertList."""
    index: bytes = field(repr=False)
    """`crl.index.Table.digest`."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The lists in force under one key: a complete one, and deltas on top, oldest first."""

    key: ListKey
    complete: Part
    deltas: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return all of them, the complete list first."""
        return (self.complete, *self.deltas)

    @property
    def number(self) -> int:
        """Return the number of the newest: how far what is held reaches."""
        return self.parts[-1].number


class Hasher(Protocol):
    """A running digest, as `hashlib` makes them."""

    @property
    def name(self) -> str:
        """Return the name by which `hashlib.new` makes such a digest."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take in more octets."""

    def digest(self) -> bytes:
        """Return the digest of all octets taken in."""


class ListAuthority(Protocol):
    """What `crl` does not know itself: names, algorithms and who may sign which list."""

    def name_key(self, der_name: bytes) -> bytes:
        """Return an opaque key, equal for Names that RFC 5280 section 7.1 calls equal.

        Raises ListRefused (ISSUER_UNKNOWN) where the Name cannot be read.
        """

    def hasher(self, algorithm_identifier_der: bytes) -> Hasher:
        """Return a fresh digest for this signature algorithm.

        Raises ListRefused (ALGORITHM_NOT_ALLOWED).
        """

    def check(self, key: ListKey, header: ListHeader, digest: bytes) -> None:
        """Return if a list that a signer who may do so signed may come into force under `key`.

        `digest` is the TBSCertList's hash. Raises ListRefused (ISSUER_UNKNOWN, WRONG_SIGNER,
        NUMBER_WITHDRAWN, ALGORITHM_NOT_ALLOWED or SIGNATURE_INVALID).
        """


def accept(new: ListHeader, previous: Remembered | None, key: ListKey, at: datetime) -> None:
    """Return if `new` may come into force beside or in place of `previous`; else ListRefused.

    In this order: the list is of a kind we take, its number is newer, issuer and scope are the
    same, a delta fits what it builds on, it is not from the future. Whether it is correctly
    signed comes after, by `ListAuthority.check`. A list in force (same number, same signature)
    passes: taking it again changes nothing.
    """
    _take_only_whole(new)
    if previous is not None:
        _newer(new, previous)
        if previous.key.issuer != key.issuer or previous.key.purpose is not key.purpose:
            raise ListRefused(
                "The list comes from another issuer than the one it would replace.",
                next_step="Fetch the list of the same issuer.",
                reason=RefusalReason.ISSUER_DIFFERS,
            )
    if new.scope != key.scope or (previous is not None and previous.key.scope != key.scope):
        raise ListRefused(
            f"The list is for {_scope(new.scope)}; expected was {_scope(key.scope)}.",
            next_step="Import it for the scope it was made for, or fetch the right list.",
            reason=RefusalReason.SCOPE_DIFFERS,
        )
    if new.base_number is not None:
        _builds_on(new, new.base_number, previous)
    if new.this_update - at > MAX_AHEAD:
        raise ListRefused(
            f"The list is dated {new.this_update:%Y-%m-%d}, more than {MAX_AHEAD.days} days ahead.",
            next_step="Set this terminal's clock, then import the list again.",
            reason=RefusalReason.FROM_THE_FUTURE,
        )


def _take_only_whole(new: ListHeader) -> None:
    if new.point.indirect:
        raise ListRefused(
            "This list speaks for other issuers than its own (indirect CRL).",
            next_step="Fetch the list that the issuer itself signs.",
            reason=RefusalReason.INDIRECT_NOT_SUPPORTED,
        )
    if new.point.coverage is not Coverage.ALL:
        raise ListRefused(
            f"This list names {new.point.coverage.value} only, so its silence would prove nothing.",
            next_step="Fetch the issuer's full list.",
            reason=RefusalReason.PARTIAL_LIST,
        )
    if new.point.named and new.scope is None:
        raise ListRefused(
            "The list's distribution point is not named by one URI.",
            next_step="Fetch the issuer's list that is meant for everybody.",
            reason=RefusalReason.SCOPE_NOT_A_URI,
        )


def _newer(new: ListHeader, previous: Remembered) -> None:
    """Raise unless `new` is newer than what it would replace, or is in force itself.

    A complete list replaces the complete one: it may be as old as a delta on top, which then
    stays. A delta must reach further than all that is held.
    """
    if any(part.fingerprint == new.fingerprint for part in previous.parts):
        return
    is_delta = new.base_number is not None
    held = previous.number if is_delta else previous.complete.number
    if new.number < held or (is_delta and new.number == held):
        raise ListRefused(
            f"List number {new.number:x} is not newer than number {held:x}, already held.",
            next_step="Nothing is lost: the newer list stays in force. Fetch the latest one.",
            reason=RefusalReason.NOT_NEWER,
        )
    if new.number == held:
        raise ListRefused(
            f"Another list with the same number {new.number:x} is already held.",
            next_step="Report it to the office that signs the lists: a number is used once.",
            reason=RefusalReason.SAME_NUMBER_OTHER_BYTES,
        )


def _builds_on(new: ListHeader, base: int, previous: Remembered | None) -> None:
    """Raise unless a delta fits what is held (section 5.2.4)."""
    if previous is None or not base <= previous.number or base >= new.number:
        held = "no list is held" if previous is None else f"number {previous.number:x} is held"
        raise ListRefused(
            f"This delta list builds on number {base:x}; {held}.",
            next_step="Fetch a delta that begins further back, or the complete list.",
            reason=RefusalReason.WRONG_BASE,
        )
    if new.authority_key_id != previous.complete.authority_key_id:
        raise ListRefused(
            "This delta list names another key than the complete list it builds on.",
            next_step="Fetch the complete list that the new key signed.",
            reason=RefusalReason.OTHER_KEY,
        )
    if len(previous.deltas) >= MAX_DELTAS and base > previous.complete.number:
        raise ListRefused(
            f"There are {MAX_DELTAS} delta lists on top of the complete list already.",
            next_step="Fetch the complete list, or a delta that begins at the one held.",
            reason=RefusalReason.TOO_MANY_DELTAS,
        )


def _scope(scope: str | None) -> str:
    return "no particular scope" if scope is None else f"scope {scope!r}"
