"""Who may sign which list, and is it signed: what `crl` does not know itself.

Lives here: `crl.rules.ListAuthority` over a trust list. Not here: a list's octets, its number
and its storage (`crl`).
Source: DESIGN sections 5 and 6; RFC 5280 sections 5 and 6.3.3(f).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crl.errors import ListRefused
from crl.rules import Hasher, ListHeader, ListKey, RefusalReason
from crl.status import Purpose
from verify import certificate, keys, names, signatures
from verify.algorithms import scheme
from verify.certificate import Certificate
from verify.errors import BadSignature, MalformedObject, VerifyError
from verify.identity import identity
from verify.policy import MINIMUM, Algorithms
from verify.trust import STATUS_SIGNER_EKU, Anchor, AnchorPurpose, Reset, TrustList


@dataclass(frozen=True, slots=True)
class TrustAuthority:
    """A trust list's opinion on lists.

    The list of a country authority's certificates is signed by a DOCUMENT anchor of the list's
    issuer name; a card status list by a CARD_STATUS anchor of that name and of the list's scope.
    Answers are asked for by name, so where several document anchors have one name, the signer
    must be trusted for every card family that any of them is: a foreign authority that took the
    name of another must not clear the other's document signers.
    """

    trust_list: TrustList
    algorithms: Algorithms = MINIMUM

    def name_key(self, der_name: bytes) -> bytes:
        """Return `names.name_key`. Raises ListRefused."""
        try:
            return names.name_key(der_name)
        except MalformedObject as error:
            raise _refused(error.message, RefusalReason.ISSUER_UNKNOWN) from error

    def hasher(self, algorithm_identifier_der: bytes) -> Hasher:
        """Return the running digest of a signature algorithm. Raises ListRefused."""
        try:
            used = scheme(algorithm_identifier_der)
            signatures.require_allowed(used, self.algorithms)
        except VerifyError as error:
            raise _refused(error.message, RefusalReason.ALGORITHM_NOT_ALLOWED) from error
        return hashlib.new(used.hash)

    def check(self, key: ListKey, header: ListHeader, digest: bytes) -> None:
        """Return if a list of this `digest` may come into force. Raises ListRefused.

        An anchor that may sign lists of `key` signed it, and its number is not withdrawn.
        """
        self.require_signer(key, header, digest)
        if any(self._withdraws(reset, key, header) for reset in self.trust_list.resets):
            raise _refused("Its number is withdrawn.", RefusalReason.NUMBER_WITHDRAWN)

    def require_signer(self, key: ListKey, header: ListHeader, digest: bytes) -> None:
        """Return if an anchor that may sign lists of `key` signed `digest`. Raises ListRefused.

        Also asked of a list in force: it stays there under a number that was withdrawn after it
        was taken, until the next one, but not without a signer who is trusted.
        """
        named = [
            (anchor, parsed)
            for anchor in self.trust_list.anchors
            if (parsed := certificate.parse(anchor.certificate)).subject == key.issuer
        ]
        if not named or self.name_key(header.issuer) != key.issuer:
            raise _refused("Its issuer is not in the trust list.", RefusalReason.ISSUER_UNKNOWN)
        fits = _FITS[key.purpose]
        signers = [one for anchor, one in named if fits(anchor, one, key, header)]
        if key.purpose is Purpose.CERTIFICATE:
            families = _union(anchor for anchor, _ in named)
            signers = [one for one in signers if self._profiles(one) >= families]
        if not signers:
            raise _refused(
                "Its issuer may not sign lists for this purpose and scope.",
                RefusalReason.WRONG_SIGNER,
            )
        self._signed(signers, header, digest)

    def _withdraws(self, reset: Reset, key: ListKey, header: ListHeader) -> bool:
        same = ListKey(reset.purpose, names.name_key(reset.issuer), reset.scope) == key
        return same and header.number >= reset.withdrawn

    def _profiles(self, signer: Certificate) -> frozenset[str]:
        """Return the card families that a key may sign for, by all anchors that carry it."""
        return _union(
            anchor
            for anchor in self.trust_list.anchors
            if identity(certificate.parse(anchor.certificate).spki) == identity(signer.spki)
        )

    def _signed(self, signers: list[Certificate], header: ListHeader, digest: bytes) -> None:
        wanted = header.authority_key_id
        failure: VerifyError | None = None
        for signer in sorted(signers, key=lambda one: one.subject_key_id != wanted):
            try:
                signatures.verify_prehashed(
                    keys.load_spki(signer.spki),
                    header.signature_algorithm,
                    header.signature,
                    digest,
                    allowed=self.algorithms,
                )
            except VerifyError as error:
                failure = failure or error
            else:
                return
        if failure is None or isinstance(failure, BadSignature):
            raise _refused("Its signature does not hold.", RefusalReason.SIGNATURE_INVALID)
        raise _refused(failure.message, RefusalReason.ALGORITHM_NOT_ALLOWED) from failure


def _union(anchors: Iterable[Anchor]) -> frozenset[str]:
    return frozenset(name for anchor in anchors for name in anchor.profiles)


def _signs_certificate_lists(
    anchor: Anchor, signer: Certificate, key: ListKey, header: ListHeader
) -> bool:
    return (
        anchor.purpose is AnchorPurpose.DOCUMENT
        and key.scope is None
        and signer.is_ca is not False
        and STATUS_SIGNER_EKU not in (signer.extended_key_usage or ())
        and _may_sign_lists(signer, header)
    )


def _signs_card_lists(
    anchor: Anchor, signer: Certificate, key: ListKey, header: ListHeader
) -> bool:
    return (
        anchor.purpose is AnchorPurpose.CARD_STATUS
        and anchor.scope == key.scope == header.scope
        and signer.extended_key_usage == frozenset({STATUS_SIGNER_EKU})
        and _may_sign_lists(signer, header)
    )


def _may_sign_lists(signer: Certificate, header: ListHeader) -> bool:
    """Whether key usage and validity allow this list (RFC 5280 section 4.2.1.3, cRLSign)."""
    usage = signer.key_usage
    in_time = signer.not_before <= header.this_update <= signer.not_after
    return usage is not None and "crl_sign" in usage and in_time and not signer.unknown_critical


_FITS: dict[Purpose, Callable[[Anchor, Certificate, ListKey, ListHeader], bool]] = {
    Purpose.CERTIFICATE: _signs_certificate_lists,
    Purpose.CARD_STATUS: _signs_card_lists,
}


def _refused(why: str, reason: RefusalReason) -> ListRefused:
    return ListRefused(
        f"This list is not taken. {why}",
        next_step="The list in force stays; get the list again from its issuer.",
        reason=reason,
    )
