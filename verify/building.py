"""From a certificate up to an anchor: every path whose names and signatures link.

Lives here: the search, and the only place where a `Chain` is made. Not here: whether a chain
holds (`validation`), and revocation (`crl_processing`).
Source: RFC 5280 section 6.1.3 (a)(1), (a)(4) and 6.1.4 (d) to (f) (parameters of a DSA key that
its issuer's key lends); Doc 9303-12 section 4.4 (link certificates). Key identifiers only say
which issuer to try first: real ones differ where the signature holds, and the signature decides.
Between authorities, where the caller allows it, a key identifier may stand for a name: a country
that changes its name signs the new key's certificate with the old one, and some certificates of
the German list lead to their issuer in no other way. A signer below them is found by name only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from verify import keys, signatures
from verify.certificate import Certificate
from verify.errors import BadSignature, VerifyError
from verify.policy import MINIMUM, Algorithms

MAX_DEPTH = 10  # certificates below the anchor
MAX_SIGNATURES = 64  # signatures checked in one search
MAX_CHAINS = 16  # found in one search


class Chain(NamedTuple):
    """Certificates whose names and signatures link: the signer first, the anchor apart."""

    certificates: tuple[Certificate, ...]
    anchor: Certificate

    def above(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Return the certificates above one of the chain's, the anchor last."""
        place = self.certificates.index(certificate)
        return (*self.certificates[place + 1 :], self.anchor)

    def lender(self, certificate: Certificate) -> bytes | None:
        """Return the key (SPKI) whose parameters one without its own takes, None for no need."""
        if certificate is self.anchor or not keys.lacks_parameters(certificate.spki):
            return None
        above = (one.spki for one in self.above(certificate))
        return next((spki for spki in above if not keys.lacks_parameters(spki)), None)


class Search(NamedTuple):
    """What a search found. `obstacles`: why anchors of the right name could not be tried."""

    chains: tuple[Chain, ...]
    obstacles: tuple[VerifyError, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a search goes, and whether links may be found by key identifier."""

    depth: int = MAX_DEPTH
    signatures: int = MAX_SIGNATURES
    links_by_key: bool = False


DEFAULT_LIMITS = Limits()


class Pool:
    """Certificates by subject and by key identifier, so that hundreds cost no more than one."""

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        self.certificates = tuple(certificates)
        by_name: dict[bytes, list[Certificate]] = {}
        by_key: dict[bytes, list[Certificate]] = {}
        for one in self.certificates:
            by_name.setdefault(one.subject, []).append(one)
            if one.subject_key_id is not None:
                by_key.setdefault(one.subject_key_id, []).append(one)
        self._by_name: Mapping[bytes, list[Certificate]] = by_name
        self._by_key: Mapping[bytes, list[Certificate]] = by_key

    def named(self, subject: bytes) -> Sequence[Certificate]:
        """Return the certificates of this subject (`names.name_key`)."""
        return self._by_name.get(subject, ())

    def issuers(self, below: Certificate, *, links_by_key: bool) -> list[Certificate]:
        """Return who may have issued `below`, the likely first."""
        named = self._by_name.get(below.issuer, ())
        found = list(named)
        wanted = below.authority_key_id
        if wanted is None:
            return found
        if len(found) > 1:
            found.sort(key=lambda issuer: issuer.subject_key_id != wanted)
        if links_by_key and below.is_ca:
            found += [one for one in self._by_key.get(wanted, ()) if one not in named]
        return found


def find(
    signer: Certificate,
    intermediates: Pool,
    anchors: Pool,
    *,
    allowed: Algorithms = MINIMUM,
    limits: Limits = DEFAULT_LIMITS,
) -> Search:
    """Return the chains from `signer` to one of `anchors`, the shorter before the longer.

    A certificate that stands among the anchors needs one above it all the same, which may be
    itself (self-signed).
    """
    seeker = _Seeker(intermediates, anchors, allowed, limits)
    chains: list[Chain] = []
    for chain in seeker.climb((signer,)):
        chains.append(chain)
        if len(chains) == MAX_CHAINS:
            break
    return Search(tuple(chains), tuple(seeker.obstacles))


@dataclass(slots=True)
class _Seeker:
    intermediates: Pool
    anchors: Pool
    allowed: Algorithms
    limits: Limits
    obstacles: list[VerifyError] = field(default_factory=list)
    tried: int = 0

    def climb(self, below: tuple[Certificate, ...]) -> Iterator[Chain]:
        top = below[-1]
        by_key = self.limits.links_by_key
        for anchor in self.anchors.issuers(top, links_by_key=by_key):
            if self._signed(top, anchor, is_anchor=True):
                chain = Chain(below, anchor)
                if self._lent(chain):
                    yield chain
        if len(below) == self.limits.depth:
            return
        for issuer in self.intermediates.issuers(top, links_by_key=by_key):
            if issuer not in below and self._signed(top, issuer):
                yield from self.climb((*below, issuer))

    def _signed(
        self, certificate: Certificate, issuer: Certificate, *, is_anchor: bool = False
    ) -> bool:
        """Whether the signature holds; one by a key without parameters is judged by `_lent`."""
        if not is_anchor and keys.lacks_parameters(issuer.spki):
            return True
        return self._holds(certificate, issuer.spki, None, is_anchor=is_anchor)

    def _lent(self, chain: Chain) -> bool:
        """Whether the signatures hold that waited for parameters from further up."""
        return len(chain.certificates) == 1 or all(
            self._holds(below, issuer.spki, chain.lender(issuer), is_anchor=False)
            for below, issuer in pairwise(chain.certificates)
            if keys.lacks_parameters(issuer.spki)
        )

    def _holds(
        self, certificate: Certificate, spki: bytes, lender: bytes | None, *, is_anchor: bool
    ) -> bool:
        if self.tried == self.limits.signatures:
            return False
        self.tried += 1
        try:
            signatures.verify(
                keys.load_spki(spki, lender),
                certificate.signature_algorithm,
                certificate.signature,
                certificate.tbs,
                allowed=self.allowed,
            )
        except BadSignature:
            return False
        except VerifyError as error:
            if is_anchor:
                self.obstacles.append(error)
            return False
        return True
