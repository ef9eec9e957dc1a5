"""Is a certificate of a path revoked: the algorithm of RFC 5280 section 6.3.

Lives here: which lists speak for a certificate (distribution points, indirect lists, lists of
some certificates or some reasons), a complete list with its delta, who may sign a list, and what
they say together. Not here: a list's octets (`crl.parse`). The terminal's store is a thin subset
of this: it takes only complete lists that speak for all of their own issuer's certificates, so
that point, scope and reasons never come into question, and `lists` signs for them by anchors.
A list that revokes is believed however old it is; its silence counts until its nextUpdate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from crl import parse
from crl.columns import serial_octets
from crl.parse import Entry, RevocationList
from crl.rules import ListHeader
from crl.status import Answer, ReasonCode, Status
from verify import distribution, keys, names, signatures
from verify.building import Chain
from verify.certificate import Certificate
from verify.distribution import ALL_REASONS
from verify.errors import MalformedObject, VerifyError
from verify.extensions import DIRECTORY, GeneralName, Point, distribution_points
from verify.policy import MINIMUM, Algorithms

_GOOD, _REMOVE = Status.GOOD, ReasonCode.REMOVE_FROM_CRL
MAX_ENTRIES = 100_000  # of one list; the store serves longer ones


class CertificateList(NamedTuple):
    """A list that was read to its last entry and not judged."""

    header: ListHeader
    issuer: bytes
    """`names.name_key`."""
    tbs: bytes
    parsed: RevocationList
    plain: bytes | None
    """All entries' octets, where their form is known to be right without a look at each."""
    entries: Mapping[tuple[bytes, int], Entry]
    """Else each of them, by the certificate's issuer (`names.name_key`) and serial."""

    def __repr__(self) -> str:
        return f"CertificateList({self.parsed!r})"

    def entry(self, issuer: bytes, serial: int) -> Entry | None:
        """Return the last entry of a certificate, by its issuer (`names.name_key`) and serial."""
        if self.plain is None:
            return self.entries.get((issuer, serial))
        if issuer != self.issuer or serial_octets(serial) not in self.plain:
            return None
        return _by_certificate(self.parsed, self.issuer).get((issuer, serial))


def read(data: bytes) -> CertificateList:
    """Return a list (DER). Raises CrlError, or MalformedObject for a name."""
    parsed = parse.parse(data)
    issuer = names.name_key(parsed.header.issuer)
    plain = parsed.plain_entries()
    entries = {} if plain is not None else _by_certificate(parsed, issuer)
    return CertificateList(parsed.header, issuer, parsed.tbs, parsed, plain, entries)


def _by_certificate(parsed: RevocationList, issuer: bytes) -> dict[tuple[bytes, int], Entry]:
    found: dict[tuple[bytes, int], Entry] = {}
    for entry in parsed.entries(most=MAX_ENTRIES):
        whose = issuer if entry.issuer is None else names.name_key(entry.issuer)
        found[whose, entry.serial] = entry
    return found


class Signer(NamedTuple):
    """Who may have signed a list; `lender` as for `keys.load_spki`."""

    certificate: Certificate
    lender: bytes | None = None


Signers = Callable[[CertificateList, Chain, Certificate], Iterator[Signer]]
"""Yields who may have signed a list: in the chain above the certificate, and elsewhere. What is
yielded has a valid path to the chain's anchor (section 6.3.3 (f))."""


@dataclass(slots=True)
class Lists:
    """The lists at hand at a moment, and the signatures on them that were checked."""

    lists: Sequence[CertificateList]
    signers: Signers
    at: datetime
    allowed: Algorithms = MINIMUM
    _checked: dict[tuple[int, bytes], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the newest first: an older list's silence must not end the search before it."""
        self.lists = sorted(self.lists, key=lambda one: one.header.this_update, reverse=True)

    def answer(self, chain: Chain, certificate: Certificate) -> Answer:
        """Return whether `certificate`, one of the chain's, is revoked."""
        seen = _Seen()
        for point in _points(certificate):
            for one in self.lists:
                found = self._ask(one, point, chain, certificate, seen)
                if found is not None:
                    return found
                if seen.reasons >= ALL_REASONS:
                    return seen.silence(self.at)
        return seen.silence(self.at)

    def _ask(
        self,
        complete: CertificateList,
        point: Point,
        chain: Chain,
        certificate: Certificate,
        seen: _Seen,
    ) -> Answer | None:
        """Return REVOKED where one list (with its delta) says so; else note what it covers."""
        scope = distribution.scope(complete.header, complete.issuer, point, certificate)
        if complete.header.base_number is not None or scope is None or scope <= seen.reasons:
            return None
        signer = self._signer(complete, chain, certificate)
        if signer is None:
            return None
        delta = self._delta(complete, signer)
        newest = complete if delta is None else delta
        whose, serial = certificate.issuer, certificate.serial
        entry = newest.entry(whose, serial)
        if entry is None and delta is not None:
            entry = complete.entry(whose, serial)
        if entry is not None and entry.reason is not _REMOVE:
            return _answer(Status.REVOKED, newest.header, self.at, entry)
        if self._current(complete.header) or (delta and self._current(delta.header)):
            seen.cover(scope, newest.header)
        else:
            seen.stale = newest.header
        return None

    def _current(self, header: ListHeader) -> bool:
        return header.this_update <= self.at <= header.next_update

    def _signer(
        self, one: CertificateList, chain: Chain, certificate: Certificate
    ) -> Signer | None:
        for signer in self.signers(one, chain, certificate):
            if self._signed(one, signer):
                return signer
        return None

    def _signed(self, one: CertificateList, signer: Signer) -> bool:
        """Whether the list's signature holds (section 6.3.3 (g)) by a key that may sign lists."""
        if not signer.certificate.may("crl_sign"):
            return False
        memory = (id(one), signer.certificate.der)
        if memory not in self._checked:
            self._checked[memory] = _holds(one, signer, self.allowed)
        return self._checked[memory]

    def _delta(self, complete: CertificateList, signer: Signer) -> CertificateList | None:
        """Return the newest delta that may be combined with a complete list (section 5.2.4)."""
        number = complete.header.number
        fitting = [
            one
            for one in self.lists
            if one.header.base_number is not None
            and one.header.base_number <= number < one.header.number
            and one.issuer == complete.issuer
            and one.header.point == complete.header.point
            and one.header.authority_key_id == complete.header.authority_key_id
            and one.header.this_update <= self.at
        ]
        for one in sorted(fitting, key=lambda one: one.header.number, reverse=True):
            if self._signed(one, signer):
                return one
        return None


def _points(certificate: Certificate) -> Iterator[Point]:
    """Yield a certificate's distribution points, and the one that every certificate has."""
    with suppress(MalformedObject):
        yield from distribution_points(certificate)
    yield _implied(certificate.issuer_der)


@lru_cache(maxsize=512)
def _implied(issuer: bytes) -> Point:
    """Return the point of section 6.3.3 for lists that no point names: the issuer's own name."""
    return Point(full_name=(GeneralName(DIRECTORY, issuer),))


@dataclass(slots=True)
class _Seen:
    """What the lists asked so far cover, and the oldest of them."""

    reasons: frozenset[ReasonCode] = frozenset()
    oldest: ListHeader | None = None
    stale: ListHeader | None = None

    def cover(self, reasons: frozenset[ReasonCode], header: ListHeader) -> None:
        self.reasons |= reasons
        if self.oldest is None or header.this_update < self.oldest.this_update:
            self.oldest = header

    def silence(self, at: datetime) -> Answer:
        """Return what it means that no list named the certificate."""
        if self.oldest is not None and self.reasons >= ALL_REASONS:
            return _answer(_GOOD, self.oldest, at)
        if self.stale is not None:
            return _answer(Status.STALE, self.stale, at)
        return Answer(Status.NOT_COVERED)


def _answer(status: Status, header: ListHeader, at: datetime, entry: Entry | None = None) -> Answer:
    return Answer(
        status,
        reason=None if entry is None else entry.reason,
        since=None if entry is None else entry.since,
        number=header.number,
        this_update=header.this_update,
        next_update=header.next_update,
        age=at - header.this_update,
    )


def _holds(one: CertificateList, signer: Signer, allowed: Algorithms) -> bool:
    try:
        signatures.verify(
            keys.load_spki(signer.certificate.spki, signer.lender),
            one.header.signature_algorithm,
            one.header.signature,
            one.tbs,
            allowed=allowed,
        )
    except VerifyError:
        return False
    return True
