"""The rules by which one list replaces another, as a pure function.

Lives here: what a list says about itself (`ListHeader`), by what it is filed (`ListKey`), what
is remembered of the one before, the reasons of a refusal and what the caller supplies
(`ListAuthority`). Not here: octets (`parse`), files (`store`), signatures (`verify.lists`).
Source: RFC 5280 sections 5.1 to 5.3 and 6.3.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum, unique
from typing import Protocol

from crl.errors import ListRefused
from crl.limits import MAX_AHEAD
from crl.status import Purpose


@unique
class RefusalReason(StrEnum):
    """Stable codes of `ListRefused.reason`; the last four are for the `ListAuthority`."""

    DELTA_NOT_SUPPORTED = "DELTA_NOT_SUPPORTED"
    INDIRECT_NOT_SUPPORTED = "INDIRECT_NOT_SUPPORTED"
    SCOPE_NOT_A_URI = "SCOPE_NOT_A_URI"
    PARTIAL_LIST = "PARTIAL_LIST"
    UNKNOWN_CRITICAL_EXTENSION = "UNKNOWN_CRITICAL_EXTENSION"
    NOT_NEWER = "NOT_NEWER"
    SAME_NUMBER_OTHER_BYTES = "SAME_NUMBER_OTHER_BYTES"
    ISSUER_DIFFERS = "ISSUER_DIFFERS"
    SCOPE_DIFFERS = "SCOPE_DIFFERS"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    ISSUER_UNKNOWN = "ISSUER_UNKNOWN"
    WRONG_SIGNER = "WRONG_SIGNER"
    ALGORITHM_NOT_ALLOWED = "ALGORITHM_NOT_ALLOWED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"


@unique
class Coverage(Enum):
    """Which of its issuer's entries a list names (issuingDistributionPoint, section 5.2.5)."""

    ALL = "all"
    USER_CERTIFICATES = "user certificates"
    CA_CERTIFICATES = "CA certificates"
    ATTRIBUTE_CERTIFICATES = "attribute certificates"
    SOME_REASONS = "some reasons"


@dataclass(frozen=True, slots=True)
class ListKey:
    """By what a list is filed and its number remembered.

    `issuer` is the authority's `name_key`: opaque, equal for equal names. `scope` is the URI of
    the distribution point, None for a list without one.
    """

    purpose: Purpose
    issuer: bytes = field(repr=False)
    scope: str | None


@dataclass(frozen=True, slots=True)
class ListHeader:
    """Everything a list says besides its entries. Times are in UTC, octets are DER."""

    number: int
    """cRLNumber."""
    issuer: bytes = field(repr=False)
    """Name."""
    this_update: datetime
    next_update: datetime
    scope: str | None
    """The URI of the distribution point's fullName."""
    coverage: Coverage
    indirect: bool
    base_number: int | None
    """BaseCRLNumber of a delta, None for a complete list."""
    authority_key_id: bytes | None = field(repr=False)
    """keyIdentifier octets of the authority key identifier."""
    signature_algorithm: bytes = field(repr=False)
    """AlgorithmIdentifier."""
    signature: bytes = field(repr=False)
    """Octets of the BIT STRING."""
    fingerprint: bytes = field(repr=False)
    """SHA-256 over the whole list."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What stays known of the last accepted list, even if its file is lost."""

    key: ListKey
    number: int
    fingerprint: bytes = field(repr=False)


class Hasher(Protocol):
    """A running digest, as `hashlib` makes them."""

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
        """Return if a signer who may sign lists of `key` signed `digest`, the TBSCertList's hash.

        Raises ListRefused (ISSUER_UNKNOWN, WRONG_SIGNER, ALGORITHM_NOT_ALLOWED or
        SIGNATURE_INVALID).
        """


def accept(new: ListHeader, previous: Remembered | None, key: ListKey, at: datetime) -> None:
    """Return if `new` may take the place of `previous` under `key` at `at`; else ListRefused.

    In this order: the list is of a kind we take, its number is newer, issuer and scope are the
    same, it is not from the future. Whether it is correctly signed comes after, by
    `ListAuthority.check`. The remembered list itself (same number, same octets) passes: taking
    it again changes nothing.
    """
    _take_only_complete(new)
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
    if new.this_update - at > MAX_AHEAD:
        raise ListRefused(
            f"The list is dated {new.this_update:%Y-%m-%d}, more than {MAX_AHEAD.days} days ahead.",
            next_step="Set this terminal's clock, then import the list again.",
            reason=RefusalReason.FROM_THE_FUTURE,
        )


def _take_only_complete(new: ListHeader) -> None:
    if new.base_number is not None:
        raise ListRefused(
            "This is a delta list; only complete lists are taken.",
            next_step="Fetch the complete list from the same place.",
            reason=RefusalReason.DELTA_NOT_SUPPORTED,
        )
    if new.indirect:
        raise ListRefused(
            "This list speaks for other issuers than its own (indirect CRL).",
            next_step="Fetch the list that the issuer itself signs.",
            reason=RefusalReason.INDIRECT_NOT_SUPPORTED,
        )
    if new.coverage is not Coverage.ALL:
        raise ListRefused(
            f"This list names {new.coverage.value} only, so its silence would prove nothing.",
            next_step="Fetch the issuer's full list.",
            reason=RefusalReason.PARTIAL_LIST,
        )


def _newer(new: ListHeader, previous: Remembered) -> None:
    if new.number < previous.number:
        raise ListRefused(
            f"List number {new.number:x} is older than number {previous.number:x}, already held.",
            next_step="Nothing is lost: the newer list stays in force. Fetch the latest one.",
            reason=RefusalReason.NOT_NEWER,
        )
    if new.number == previous.number and new.fingerprint != previous.fingerprint:
        raise ListRefused(
            f"Another list with the same number {new.number:x} is already held.",
            next_step="Report it to the office that signs the lists: a number is used once.",
            reason=RefusalReason.SAME_NUMBER_OTHER_BYTES,
        )


def _scope(scope: str | None) -> str:
    return "no particular scope" if scope is None else f"scope {scope!r}"
