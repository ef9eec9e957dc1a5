"""Revocation lists of a path's authorities: complete, delta, partial, and who signed them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ReasonFlags
from cryptography.x509.oid import NameOID

from crl.errors import CrlError
from crl.status import ReasonCode, Status
from tests.verify.made import AT, CA_EXTENSIONS, DAY, NOW, Party, csca, issue, usage
from verify import certificate, crl_processing
from verify.building import Pool
from verify.crl_processing import CertificateList
from verify.reasons import Reason
from verify.rfc5280 import Result, Validator

SERIAL = 4711
CA: tuple[tuple[x509.ExtensionType, bool], ...] = (
    (x509.BasicConstraints(ca=True, path_length=None), True),
    (usage(key_cert_sign=True, crl_sign=True), True),
)
LISTS_ONLY: tuple[tuple[x509.ExtensionType, bool], ...] = ((usage(crl_sign=True), True),)


def listed(
    signer: Party,
    *revoked: int,
    number: int = 10,
    base: int | None = None,
    begins: datetime = AT - DAY,
    ends: datetime = AT + DAY,
    reason: ReasonFlags | None = None,
    point: x509.IssuingDistributionPoint | None = None,
) -> CertificateList:
    """Return a list, a delta where it has a base."""
    name = x509.load_der_x509_certificate(signer.certificate).subject
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=name, last_update=begins, next_update=ends
    ).add_extension(x509.CRLNumber(number), False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), True)
    if point is not None:
        builder = builder.add_extension(point, True)
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder(serial, begins)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), False)
        builder = builder.add_revoked_certificate(entry.build())
    signed = builder.sign(signer.key, hashes.SHA256())
    return crl_processing.read(signed.public_bytes(Encoding.DER))


def judge(
    target: Party, anchor: Party, lists: Sequence[CertificateList], *between: Party
) -> Result:
    """Validate with these lists."""
    return Validator(
        anchors=Pool([certificate.parse(anchor.certificate)]),
        intermediates=Pool(certificate.parse(one.certificate) for one in between),
        lists=lists,
    ).validate(certificate.parse(target.certificate), NOW)


def status(lists: Sequence[CertificateList], root: Party) -> Status:
    """Return what lists of `root` say of a signer under it."""
    (answer,) = judge(issue("DS", root, serial=SERIAL), root, lists).answers
    return answer.status


def some_reasons(*reasons: ReasonFlags) -> x509.IssuingDistributionPoint:
    """Return a point for these reasons only."""
    return x509.IssuingDistributionPoint(None, None, False, False, frozenset(reasons), False, False)


def test_silence_counts_while_a_list_is_current() -> None:
    """From thisUpdate to nextUpdate; before and after it says nothing."""
    root = csca()
    assert status([listed(root)], root) is Status.GOOD
    assert status([listed(root, begins=AT)], root) is Status.GOOD
    assert status([listed(root, begins=AT - 2 * DAY, ends=AT)], root) is Status.GOOD
    assert status([listed(root, begins=AT - 2 * DAY, ends=AT - DAY)], root) is Status.STALE
    assert status([listed(root, begins=AT + DAY, ends=AT + 2 * DAY)], root) is Status.STALE
    assert status([], root) is Status.NOT_COVERED


def test_revoked_stays_revoked() -> None:
    """A list that names the signer is believed however old it is, with reason and date."""
    root = csca()
    old = listed(
        root, SERIAL, begins=AT - 9 * DAY, ends=AT - 8 * DAY, reason=ReasonFlags.key_compromise
    )
    result = judge(issue("DS", root, serial=SERIAL), root, [old])
    assert [fault.reason for fault in result.faults] == [Reason.SIGNER_REVOKED]
    (answer,) = result.answers
    assert (answer.reason, answer.since) == (ReasonCode.KEY_COMPROMISE, AT - 9 * DAY)


def test_delta() -> None:
    """It adds, it removes, and it keeps a list current that would be old without it."""
    root = csca()
    complete, held = listed(root), listed(root, SERIAL, reason=ReasonFlags.certificate_hold)
    adds = listed(root, SERIAL, number=11, base=10)
    removes = listed(root, SERIAL, number=11, base=10, reason=ReasonFlags.remove_from_crl)
    assert status([complete, adds], root) is Status.REVOKED
    assert status([held], root) is Status.REVOKED
    assert status([held, removes], root) is Status.GOOD
    old = listed(root, begins=AT - 9 * DAY, ends=AT - DAY)
    assert status([old, listed(root, number=11, base=10)], root) is Status.GOOD
    assert status([adds], root) is Status.NOT_COVERED


@pytest.mark.parametrize(
    ("number", "base"), [(11, 11), (10, 9), (9, 8)], ids=["base ahead", "same number", "older"]
)
def test_delta_that_does_not_fit(number: int, base: int) -> None:
    """A delta over another base, or not newer than the list, changes nothing."""
    root = csca()
    held = listed(root, SERIAL, reason=ReasonFlags.certificate_hold)
    removes = listed(root, SERIAL, number=number, base=base, reason=ReasonFlags.remove_from_crl)
    assert status([held, removes], root) is Status.REVOKED


def test_delta_of_another_signer() -> None:
    """The one who signed the list signs its deltas."""
    root = csca()
    held = listed(root, SERIAL, reason=ReasonFlags.certificate_hold)
    removes = listed(csca(), SERIAL, number=11, base=10, reason=ReasonFlags.remove_from_crl)
    assert status([held, removes], root) is Status.REVOKED


def test_lists_of_some_reasons() -> None:
    """Silence counts where all reasons together are covered, revocation at once."""
    root = csca()
    compromise = (ReasonFlags.key_compromise, ReasonFlags.ca_compromise)
    nothing = (ReasonFlags.unspecified, ReasonFlags.remove_from_crl)
    others = [one for one in ReasonFlags if one not in (*compromise, *nothing)]
    one = listed(root, point=some_reasons(*compromise))
    rest = listed(root, point=some_reasons(*others))
    assert status([one], root) is Status.NOT_COVERED
    assert status([one, rest], root) is Status.GOOD
    named = listed(root, SERIAL, point=some_reasons(*others))
    assert status([named], root) is Status.REVOKED


def test_list_signed_by_a_key_for_other_things() -> None:
    """Without cRLSign in its key usage an authority signs no lists."""
    root = csca(
        extensions=[
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (usage(key_cert_sign=True), True),
        ]
    )
    assert status([listed(root)], root) is Status.NOT_COVERED


def _named_like(party: Party, signer: Party) -> Party:
    """Return a signer of lists in the name of an authority, under another."""
    common = x509.load_der_x509_certificate(party.certificate).subject
    text = str(common.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    return issue(text, signer, extensions=LISTS_ONLY, serial=SERIAL + 1)


def test_list_signer_of_its_own() -> None:
    """It needs a path to the same anchor and a list that does not name it."""
    root = csca("Root", extensions=CA)
    authority = issue("Authority", root, extensions=CA)
    signer = _named_like(authority, root)
    target = issue("DS", authority)
    lists = [listed(root), listed(signer)]
    assert judge(target, root, lists, authority, signer).valid
    assert not judge(target, root, lists, authority).valid
    revoking = [listed(root, SERIAL + 1), listed(signer)]
    result = judge(target, root, revoking, authority, signer)
    assert Reason.SIGNER_STATUS_UNKNOWN in {fault.reason for fault in result.faults}
    elsewhere = csca("Root", extensions=CA)
    stranger = _named_like(authority, elsewhere)
    foreign = [listed(root), listed(stranger)]
    assert not judge(target, root, foreign, authority, stranger).valid


def test_signers_that_vouch_for_each_other() -> None:
    """A ring of lists rests on nothing once one of its signers is not valid."""
    root = csca("Root", extensions=CA)
    authority = issue("Authority", root, extensions=CA)
    one = issue("Authority", authority, extensions=LISTS_ONLY, serial=SERIAL)
    other = issue(
        "Authority",
        authority,
        extensions=LISTS_ONLY,
        serial=SERIAL + 1,
        begins=AT - 9 * DAY,
        ends=AT - DAY,
    )
    target = issue("DS", authority)
    assert judge(target, root, [listed(root), listed(one)], authority, one).valid
    assert not judge(target, root, [listed(root), listed(other)], authority, one, other).valid
    named = [listed(root), listed(one, SERIAL)]
    assert not judge(target, root, named, authority, one).valid


def test_link_and_self_issued_signers_of_lists() -> None:
    """After a key change the new key's list covers what the old key signed."""
    old = csca()
    new = issue("CSCA Test", old, extensions=CA_EXTENSIONS)
    signer = issue("DS", old)
    lists = [listed(new), listed(old)]
    assert judge(signer, old, lists, new).valid


def test_list_cut_short() -> None:
    """Truncated anywhere, a list is malformed; no other exception comes out."""
    root = csca()
    name = x509.load_der_x509_certificate(root.certificate).subject
    whole = (
        x509.CertificateRevocationListBuilder(
            issuer_name=name, last_update=AT, next_update=AT + DAY
        )
        .add_extension(x509.CRLNumber(1), False)
        .sign(root.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    for size in range(len(whole)):
        with pytest.raises(CrlError):
            crl_processing.read(whole[:size])
