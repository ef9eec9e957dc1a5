"""From a signer up to an anchor.

Lives here: finding chains by name and signature, and judging one by validity, constraints and
key usage. Not here: which anchor may vouch for what (`trust`, `passive`) and revocation
(`revocation`). What a country authority does not use (policies, name constraints) is not
processed: such an extension, where critical, refuses the chain.
Source: RFC 5280 section 6.1; Doc 9303-12 sections 4.4 (link certificates) and 7.1.1 (profiles).
Key identifiers only say which issuer to try first: real ones differ where the signature holds,
and the signature decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from verify import keys, signatures
from verify.certificate import Certificate
from verify.errors import BadSignature, VerifyError
from verify.moment import Moment, TimeQuality
from verify.policy import MINIMUM, Algorithms
from verify.reasons import Reason

MAX_DEPTH = 5  # certificates below the anchor
MAX_SIGNATURES = 32  # signatures checked in one search


@dataclass(frozen=True, slots=True)
class Chain:
    """Certificates whose names and signatures link: the signer first, the anchor apart."""

    certificates: tuple[Certificate, ...]
    anchor: Certificate


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found. `obstacles`: why anchors of the right name could not be tried."""

    chains: tuple[Chain, ...]
    obstacles: tuple[VerifyError, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a chain does not hold; `certain` is False where only the clock may be at fault."""

    reason: Reason
    detail: str
    certain: bool = True


def find(
    signer: Certificate,
    intermediates: Sequence[Certificate],
    anchors: Sequence[Certificate],
    *,
    allowed: Algorithms = MINIMUM,
) -> Search:
    """Return every chain from `signer` to one of `anchors` by names and signatures."""
    seeker = _Seeker(intermediates, anchors, allowed)
    return Search(tuple(seeker.climb((signer,))), tuple(seeker.obstacles))


@dataclass(slots=True)
class _Seeker:
    intermediates: Sequence[Certificate]
    anchors: Sequence[Certificate]
    allowed: Algorithms
    obstacles: list[VerifyError] = field(default_factory=list)
    tried: int = 0

    def climb(self, below: tuple[Certificate, ...]) -> Iterator[Chain]:
        top = below[-1]
        for anchor in _likely_first(self.anchors, top):
            if self._signed(top, anchor, is_anchor=True):
                yield Chain(below, anchor)
        if len(below) == MAX_DEPTH:
            return
        for issuer in _likely_first(self.intermediates, top):
            if issuer not in below and self._signed(top, issuer):
                yield from self.climb((*below, issuer))

    def _signed(
        self, certificate: Certificate, issuer: Certificate, *, is_anchor: bool = False
    ) -> bool:
        if self.tried == MAX_SIGNATURES:
            return False
        self.tried += 1
        try:
            signatures.verify(
                keys.load_spki(issuer.spki),
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


def _likely_first(issuers: Sequence[Certificate], below: Certificate) -> list[Certificate]:
    named = [issuer for issuer in issuers if issuer.subject == below.issuer]
    wanted = below.authority_key_id
    return sorted(named, key=lambda issuer: wanted is None or issuer.subject_key_id != wanted)


def judge(chain: Chain, moment: Moment) -> Fault | None:
    """Return what is wrong with a chain at `moment`, the certain before the doubtful, or None."""
    faults = [
        *_signer_faults(chain.certificates[0]),
        *_issuer_faults(chain),
        *_time_faults(chain, moment),
    ]
    return min(faults, key=lambda fault: not fault.certain, default=None)


def _signer_faults(signer: Certificate) -> Iterator[Fault]:
    """Judge by the document signer's profile, Doc 9303-12 table 6.

    Extended key usages mark other signers under the same authority (master lists, visas,
    terminals); an authority itself signs no documents.
    """
    if signer.is_ca:
        yield Fault(Reason.SIGNER_NOT_FOR_DOCUMENTS, "the signer is an authority")
    if signer.key_usage is not None and "digital_signature" not in signer.key_usage:
        yield Fault(Reason.SIGNER_NOT_FOR_DOCUMENTS, "the signer's key usage has no signatures")
    if signer.extended_key_usage is not None:
        yield Fault(Reason.SIGNER_NOT_FOR_DOCUMENTS, "the signer is for another use")
    if signer.unknown_critical:
        yield _unknown(signer)


def _issuer_faults(chain: Chain) -> Iterator[Fault]:
    issuers = (*chain.certificates[1:], chain.anchor)
    for count, issuer in enumerate(issuers):
        is_anchor = issuer is chain.anchor
        if issuer.is_ca is False or (issuer.is_ca is None and not is_anchor):
            yield Fault(Reason.CHAIN_INVALID, "an issuer is no authority")
        if issuer.key_usage is not None and "key_cert_sign" not in issuer.key_usage:
            yield Fault(Reason.CHAIN_INVALID, "an issuer may not sign certificates")
        if issuer.unknown_critical:
            yield _unknown(issuer)
        between = sum(not below.self_issued for below in issuers[:count])
        if issuer.path_length is not None and between > issuer.path_length:
            yield Fault(Reason.CHAIN_INVALID, "the chain is longer than an issuer allows")


def _unknown(certificate: Certificate) -> Fault:
    oids = ", ".join(sorted(certificate.unknown_critical))
    return Fault(Reason.CHAIN_INVALID, f"critical extension not understood: {oids}")


def _time_faults(chain: Chain, moment: Moment) -> Iterator[Fault]:
    for certificate in (*chain.certificates, chain.anchor):
        if moment.at > certificate.not_after:
            yield Fault(
                Reason.SIGNER_EXPIRED, f"a certificate ended {certificate.not_after:%Y-%m-%d}"
            )
        if moment.at < certificate.not_before:
            begins = f"a certificate begins {certificate.not_before:%Y-%m-%d}"
            if moment.quality is TimeQuality.FLOOR_ONLY:
                yield Fault(Reason.CLOCK_BEHIND, begins, certain=False)
            else:
                yield Fault(Reason.CHAIN_INVALID, begins)
