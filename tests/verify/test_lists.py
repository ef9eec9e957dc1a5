"""Who may sign which list: certificates' lists, card lists, and every mix-up of the two."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from crl.errors import ListRefused
from crl.point import DistributionPoint
from crl.rules import ListHeader, ListKey, RefusalReason
from crl.status import Purpose
from tests.verify.made import (
    AT,
    CA_EXTENSIONS,
    DAY,
    SCOPE,
    SIGNER_EXTENSIONS,
    Party,
    csca,
    issue,
    trust_list,
    usage,
)
from verify.lists import TrustAuthority
from verify.policy import Algorithms
from verify.trust import STATUS_SIGNER_EKU, Anchor, AnchorPurpose

OTHER_SCOPE = "urn:tramthe:card-status:other"
EKU = x509.ExtendedKeyUsage([x509.ObjectIdentifier(STATUS_SIGNER_EKU)])
STATUS_EXTENSIONS: tuple[tuple[x509.ExtensionType, bool], ...] = (
    (usage(crl_sign=True), True),
    (EKU, True),
)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.5"), b"")
PROFILES = frozenset({"test-card"})


def status_signer(extensions: Any = STATUS_EXTENSIONS, **changes: Any) -> Party:
    """Return a self-issued signer of card lists."""
    return issue("Card status", extensions=extensions, **changes)


def document(party: Party) -> Anchor:
    """Return it as a document anchor."""
    return Anchor(AnchorPurpose.DOCUMENT, party.certificate, PROFILES)


def status(party: Party, scope: str = SCOPE) -> Anchor:
    """Return it as a card status anchor."""
    return Anchor(AnchorPurpose.CARD_STATUS, party.certificate, scope=scope)


def _point(scope: str | None) -> DistributionPoint:
    if scope is None:
        return DistributionPoint()
    return DistributionPoint(full_name=(bytes([0x86, len(scope)]) + scope.encode(),))


def check(
    signer: Party,
    *anchors: Anchor,
    purpose: Purpose,
    key_scope: str | None = None,
    list_scope: str | None = None,
    at: datetime = AT,
    allowed: Algorithms | None = None,
    spoil: bool = False,
    algorithm: hashes.SHA256 | hashes.SHA512 | None = None,
) -> str | None:
    """Make a list with another library, have it checked; return the reason of a refusal."""
    name = x509.load_der_x509_certificate(signer.certificate).subject
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=name, last_update=at, next_update=at + DAY
    )
    made = builder.sign(signer.key, algorithm or hashes.SHA256())
    parsed = x509.load_der_x509_crl(made.public_bytes(Encoding.DER))
    trust = trust_list(*anchors)
    authority = TrustAuthority(trust, allowed) if allowed else TrustAuthority(trust)
    identifier = _identifier(parsed)
    header = ListHeader(
        number=1,
        issuer=name.public_bytes(),
        this_update=at,
        next_update=at + DAY,
        point=_point(list_scope),
        base_number=None,
        authority_key_id=None,
        signature_algorithm=identifier,
        signature=parsed.signature,
    )
    key = ListKey(purpose, authority.name_key(name.public_bytes()), key_scope)
    try:
        running = authority.hasher(identifier)
        running.update(parsed.tbs_certlist_bytes + (b"x" if spoil else b""))
        authority.check(key, header, running.digest())
    except ListRefused as refused:
        return refused.reason
    return None


def _identifier(parsed: x509.CertificateRevocationList) -> bytes:
    """Return the AlgorithmIdentifier, which follows the signed part."""
    data = parsed.public_bytes(Encoding.DER)
    start = data.index(parsed.tbs_certlist_bytes) + len(parsed.tbs_certlist_bytes)
    return data[start : start + 2 + data[start + 1]]


def test_authoritys_own_list() -> None:
    """A country authority signs the list of its certificates."""
    root = csca()
    assert check(root, document(root), purpose=Purpose.CERTIFICATE) is None


def test_card_status_list() -> None:
    """The status signer signs the list of its scope."""
    signer = status_signer()
    found = check(
        signer,
        status(signer),
        purpose=Purpose.CARD_STATUS,
        key_scope=SCOPE,
        list_scope=SCOPE,
    )
    assert found is None


def test_two_authorities_of_one_name() -> None:
    """After a key change both are there: one signature that holds is enough."""
    old, new = csca(), csca()
    for signer in (old, new):
        assert check(signer, document(old), document(new), purpose=Purpose.CERTIFICATE) is None


def test_unknown_issuer() -> None:
    """A name that is not on the trust list signs nothing."""
    root = csca()
    found = check(csca("CSCA Other"), document(root), purpose=Purpose.CERTIFICATE)
    assert found == RefusalReason.ISSUER_UNKNOWN


def test_strangers_list_under_a_known_name() -> None:
    """The name alone does not do."""
    found = check(csca(), document(csca()), purpose=Purpose.CERTIFICATE)
    assert found == RefusalReason.SIGNATURE_INVALID


def test_changed_list() -> None:
    """One byte more in what is signed, and the signature does not hold."""
    root = csca()
    found = check(root, document(root), purpose=Purpose.CERTIFICATE, spoil=True)
    assert found == RefusalReason.SIGNATURE_INVALID


def test_certificate_list_offered_as_card_list() -> None:
    """A country authority cannot say that cards are lost, or that none is."""
    root = csca()
    found = check(
        root, document(root), purpose=Purpose.CARD_STATUS, key_scope=SCOPE, list_scope=SCOPE
    )
    assert found == RefusalReason.WRONG_SIGNER


def test_card_list_offered_as_certificate_list() -> None:
    """A status signer cannot revoke document signers, nor clear them."""
    signer = status_signer()
    for scope in (None, SCOPE):
        found = check(
            signer,
            status(signer),
            purpose=Purpose.CERTIFICATE,
            key_scope=scope,
            list_scope=scope,
        )
        assert found == RefusalReason.WRONG_SIGNER


@pytest.mark.parametrize(
    ("key_scope", "list_scope"),
    [(SCOPE, None), (None, SCOPE), (None, None), (OTHER_SCOPE, OTHER_SCOPE), (SCOPE, OTHER_SCOPE)],
)
def test_card_list_of_another_scope(key_scope: str | None, list_scope: str | None) -> None:
    """Anchor, key and the list's own distribution point name one scope."""
    signer = status_signer()
    found = check(
        signer,
        status(signer),
        purpose=Purpose.CARD_STATUS,
        key_scope=key_scope,
        list_scope=list_scope,
    )
    assert found == RefusalReason.WRONG_SIGNER


@pytest.mark.parametrize(
    "extensions",
    [
        [(usage(crl_sign=True), True)],
        [(EKU, True)],
        [(usage(digital_signature=True), True), (EKU, True)],
        [
            (usage(crl_sign=True), True),
            (x509.ExtendedKeyUsage([*EKU, x509.ObjectIdentifier("2.23.136.1.1.3")]), True),
        ],
        [*STATUS_EXTENSIONS, (UNKNOWN, True)],
    ],
    ids=["no purpose", "no usage", "no cRLSign", "another purpose too", "unknown and critical"],
)
def test_status_signer_without_what_it_needs(extensions: Any) -> None:
    """CRLSign and its own extended key usage, alone."""
    signer = status_signer(extensions)
    found = check(
        signer, status(signer), purpose=Purpose.CARD_STATUS, key_scope=SCOPE, list_scope=SCOPE
    )
    assert found == RefusalReason.WRONG_SIGNER


@pytest.mark.parametrize(
    "extensions",
    [SIGNER_EXTENSIONS, (), [CA_EXTENSIONS[0], (usage(key_cert_sign=True), True)]],
    ids=["a document signer's", "none", "no cRLSign"],
)
def test_authority_without_crl_sign(extensions: Any) -> None:
    """An anchor without cRLSign vouches for documents, not for lists."""
    root = csca(extensions=extensions)
    found = check(root, document(root), purpose=Purpose.CERTIFICATE)
    assert found == RefusalReason.WRONG_SIGNER


@pytest.mark.parametrize("days", [-400, 4000])
def test_list_outside_the_signers_dates(days: int) -> None:
    """A list is made while its signer's certificate holds."""
    root = csca()
    found = check(root, document(root), purpose=Purpose.CERTIFICATE, at=AT + days * DAY)
    assert found == RefusalReason.WRONG_SIGNER


def test_weak_algorithm() -> None:
    """What the policy does not allow is refused before it is hashed, or at the key."""
    root = csca()
    no_sha256 = Algorithms(frozenset({"sha384"}), 2048, 256)
    longer = Algorithms(frozenset({"sha256"}), 2048, 384)
    for allowed in (no_sha256, longer):
        found = check(root, document(root), purpose=Purpose.CERTIFICATE, allowed=allowed)
        assert found == RefusalReason.ALGORITHM_NOT_ALLOWED


def test_hash_follows_the_algorithm() -> None:
    """The digest is the one that the signature algorithm names."""
    root = csca()
    found = check(root, document(root), purpose=Purpose.CERTIFICATE, algorithm=hashes.SHA512())
    assert found is None
    authority = TrustAuthority(trust_list())
    running = authority.hasher(bytes.fromhex("300a06082a8648ce3d040304"))
    running.update(b"abc")
    assert running.digest() == hashlib.sha512(b"abc").digest()


def test_garbled_name_and_algorithm() -> None:
    """Only refusals come out."""
    authority = TrustAuthority(trust_list())
    with pytest.raises(ListRefused) as name:
        authority.name_key(b"\x30\x05")
    assert name.value.reason == RefusalReason.ISSUER_UNKNOWN
    with pytest.raises(ListRefused) as algorithm:
        authority.hasher(b"\x30\x00")
    assert algorithm.value.reason == RefusalReason.ALGORITHM_NOT_ALLOWED
