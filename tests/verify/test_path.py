"""Chains from a signer to an anchor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.verify.made import (
    AT,
    CA_EXTENSIONS,
    DAY,
    NOW,
    SIGNER_EXTENSIONS,
    Party,
    csca,
    issue,
    usage,
)
from verify import certificate, path
from verify.errors import AlgorithmNotAllowed, MalformedObject
from verify.moment import Moment, TimeQuality
from verify.policy import Algorithms
from verify.reasons import Reason

NO_EXTENSIONS: tuple[tuple[x509.ExtensionType, bool], ...] = ()
OWN_OID = x509.ObjectIdentifier("2.25.1234567890")


def find(signer: Party, anchor: Party, *between: Party) -> path.Search:
    """Search for chains."""
    return path.find(
        certificate.parse(signer.certificate),
        [certificate.parse(one.certificate) for one in between],
        [certificate.parse(anchor.certificate)],
    )


def fault(
    signer: Party, anchor: Party, *between: Party, at: Moment = NOW
) -> tuple[Reason, bool] | None:
    """Return what is wrong with the one chain that there is."""
    (chain,) = find(signer, anchor, *between).chains
    found = path.judge(chain, at)
    return None if found is None else (found.reason, found.certain)


def test_signer_under_its_authority() -> None:
    """Name and signature link, nothing is wrong."""
    root = csca()
    assert fault(issue("DS", root), root) is None


def test_one_chain_at_several_times() -> None:
    """What was found at one time says nothing of another, before or after it."""
    root = csca()
    signer = issue("DS", root)
    late = Moment(AT + 40_000 * DAY, TimeQuality.SYNCHRONISED)
    early = Moment(AT - 40_000 * DAY, TimeQuality.FLOOR_ONLY)
    for _ in range(2):
        assert fault(signer, root) is None
        assert fault(signer, root, at=late) == (Reason.SIGNER_EXPIRED, True)
        assert fault(signer, root, at=early) == (Reason.CLOCK_BEHIND, False)


def test_name_without_signature() -> None:
    """The right name on a certificate that another key signed is no chain."""
    assert find(issue("DS", csca()), csca()).chains == ()


def test_signature_without_name() -> None:
    """The right key under another name is no chain."""
    key = ec.generate_private_key(ec.SECP256R1())
    root = csca("CSCA One", key=key)
    assert find(issue("DS", root), csca("CSCA Two", key=key)).chains == ()


def test_two_authorities_of_one_name() -> None:
    """After a key change both have the name: the signature tells them apart."""
    old, new = csca(), csca()
    found = path.find(
        certificate.parse(issue("DS", new).certificate),
        [],
        [certificate.parse(old.certificate), certificate.parse(new.certificate)],
    )
    assert [chain.anchor.der for chain in found.chains] == [new.certificate]


def test_key_identifiers_that_differ() -> None:
    """Real ones do; the signature decides."""
    root = csca()
    wrong = x509.SubjectKeyIdentifier(b"another")
    twin = Party(
        x509.CertificateBuilder(
            issuer_name=x509.load_der_x509_certificate(root.certificate).subject,
            subject_name=x509.load_der_x509_certificate(root.certificate).subject,
            public_key=root.key.public_key(),
            serial_number=5,
            not_valid_before=AT - DAY,
            not_valid_after=AT + DAY,
        )
        .add_extension(wrong, False)
        .sign(root.key, hashes.SHA256())
        .public_bytes(Encoding.DER),
        root.key,
    )
    assert fault(issue("DS", root), twin) is None


def links(root: Party, count: int) -> list[Party]:
    """Return so many self-issued link certificates, each under the one before."""
    found = [root]
    for _ in range(count):
        found.append(issue("CSCA Test", found[-1], extensions=CA_EXTENSIONS))
    return found[1:]


def test_link_certificates() -> None:
    """Self-issued links are climbed and do not count against the path length."""
    root = csca()
    between = links(root, path.MAX_DEPTH - 1)
    assert fault(issue("DS", between[-1]), root, *between) is None


def test_chain_too_deep() -> None:
    """One link more than the limit is not followed."""
    root = csca()
    between = links(root, path.MAX_DEPTH)
    assert find(issue("DS", between[-1]), root, *between).chains == ()


def test_loop_of_links() -> None:
    """Certificates that sign each other end the search, not the terminal."""
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    one = csca(key=key)
    ring = [
        issue("CSCA Test", Party(one.certificate, signing), key=subject, extensions=CA_EXTENSIONS)
        for signing, subject in ((key, other), (other, key), (key, key), (other, other)) * 3
    ]
    assert find(issue("DS", Party(one.certificate, key)), csca(), *ring).chains == ()


def test_subordinate_authority_beyond_the_path_length() -> None:
    """An authority of another name under a path length of 0 is one too many."""
    root = csca()
    sub = issue("Sub CA", root, extensions=CA_EXTENSIONS)
    assert fault(issue("DS", sub), root, sub) == (Reason.CHAIN_INVALID, True)


@pytest.mark.parametrize(
    "extensions",
    [
        NO_EXTENSIONS,
        SIGNER_EXTENSIONS,
        [(x509.BasicConstraints(ca=False, path_length=None), True)],
        [(x509.BasicConstraints(ca=True, path_length=0), True), (usage(crl_sign=True), True)],
    ],
    ids=["none", "signer's", "no authority", "no certificates"],
)
def test_issuer_that_may_not_issue(
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> None:
    """Between signer and anchor stand only authorities that may sign certificates."""
    root = csca()
    link = issue("CSCA Test", root, extensions=extensions)
    assert fault(issue("DS", link), root, link) == (Reason.CHAIN_INVALID, True)


def test_anchor_that_may_not_issue() -> None:
    """An anchor that says it is no authority is believed."""
    root = csca(extensions=[(x509.BasicConstraints(ca=False, path_length=None), True)])
    assert fault(issue("DS", root), root) == (Reason.CHAIN_INVALID, True)


def test_old_anchor_without_extensions() -> None:
    """The trust list vouches for an anchor that says nothing of itself."""
    root = csca(extensions=NO_EXTENSIONS)
    assert fault(issue("DS", root), root) is None


def test_critical_extension_that_we_do_not_process() -> None:
    """Anywhere in the chain it refuses; not critical, it is passed over."""
    own = x509.UnrecognizedExtension(OWN_OID, b"\x05\x00")
    names = x509.NameConstraints(permitted_subtrees=[x509.DNSName("vn")], excluded_subtrees=None)
    for extension in (own, names):
        root = csca(extensions=[*CA_EXTENSIONS, (extension, True)])
        assert fault(issue("DS", root), root) == (Reason.CHAIN_INVALID, True)
        root = csca()
        signer = issue("DS", root, extensions=[*SIGNER_EXTENSIONS, (extension, True)])
        assert fault(signer, root) == (Reason.CHAIN_INVALID, True)
    signer = issue("DS", root, extensions=[*SIGNER_EXTENSIONS, (own, False)])
    assert fault(signer, root) is None


@pytest.mark.parametrize(
    "extensions",
    [
        CA_EXTENSIONS,
        [(usage(key_agreement=True), True)],
        [(x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.23.136.1.1.8")]), False)],
    ],
    ids=["an authority", "key agreement", "deviation lists"],
)
def test_signer_of_another_kind(extensions: Sequence[tuple[x509.ExtensionType, bool]]) -> None:
    """What Doc 9303-12 table 6 keeps apart stays apart."""
    root = csca()
    signer = issue("DS", root, extensions=extensions)
    assert fault(signer, root) == (Reason.SIGNER_NOT_FOR_DOCUMENTS, True)


def test_dates() -> None:
    """From the first to the last second; outside, by how well the clock is known."""
    root = csca()
    signer = issue("DS", root, begins=AT, ends=AT + DAY)
    second = DAY / 86400
    assert fault(signer, root, at=NOW) is None
    assert fault(signer, root, at=replace(NOW, at=AT + DAY)) is None
    late = replace(NOW, at=AT + DAY + second)
    assert fault(signer, root, at=late) == (Reason.SIGNER_EXPIRED, True)
    early = replace(NOW, at=AT - second)
    assert fault(signer, root, at=early) == (Reason.CHAIN_INVALID, True)
    floor = replace(early, quality=TimeQuality.FLOOR_ONLY)
    assert fault(signer, root, at=floor) == (Reason.CLOCK_BEHIND, False)


def test_certain_fault_before_a_doubtful_one() -> None:
    """A clock that may lag excuses nothing else."""
    root = csca()
    signer = issue("DS", root, begins=AT + DAY, extensions=CA_EXTENSIONS)
    floor = replace(NOW, quality=TimeQuality.FLOOR_ONLY)
    assert fault(signer, root, at=floor) == (Reason.SIGNER_NOT_FOR_DOCUMENTS, True)


def test_rsa_authority_with_pss() -> None:
    """Certificates signed with RSA-PSS chain like others."""
    root = csca(
        key=rsa.generate_private_key(65537, 2048),
        pss=padding.PSS(padding.MGF1(hashes.SHA512()), 32),
    )
    signer = issue("DS", root, pss=padding.PSS(padding.MGF1(hashes.SHA256()), 20))
    assert fault(signer, root) is None


def test_anchor_too_weak_for_the_policy() -> None:
    """The search says why an anchor of the right name was not taken."""
    root = csca()
    strict = Algorithms(hashes=frozenset({"sha512"}), rsa_bits=3072, ec_bits=384)
    search = path.find(
        certificate.parse(issue("DS", root).certificate),
        [],
        [certificate.parse(root.certificate)],
        allowed=strict,
    )
    assert search.chains == ()
    assert isinstance(search.obstacles[0], AlgorithmNotAllowed)


def test_certificate_cut_short() -> None:
    """Truncated anywhere or with a byte too many, a certificate is malformed."""
    whole = csca().certificate
    for size in range(len(whole)):
        with pytest.raises(MalformedObject):
            certificate.parse(whole[:size])
    with pytest.raises(MalformedObject):
        certificate.parse(whole + b"\x00")


def test_certificate_with_any_byte_changed() -> None:
    """A changed byte is malformed or breaks the signature; no other exception comes out."""
    root = csca()
    signer = issue("DS", root)
    anchor = certificate.parse(root.certificate)
    for place in range(len(signer.certificate)):
        changed = bytearray(signer.certificate)
        changed[place] ^= 0x01
        try:
            parsed = certificate.parse(bytes(changed))
        except MalformedObject:
            continue
        assert path.find(parsed, [], [anchor]).chains == ()
