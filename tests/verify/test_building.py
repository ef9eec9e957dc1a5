"""The search for paths: what links, in what order, and how far it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reader import tlv
from tests.verify.made import AT, CA_EXTENSIONS, DAY, NOW, Party, csca, issue, name, usage
from verify import building, certificate, path
from verify.building import Limits, Pool

DEEP_CA: tuple[tuple[x509.ExtensionType, bool], ...] = (
    (x509.BasicConstraints(ca=True, path_length=None), True),
    (usage(key_cert_sign=True, crl_sign=True), True),
)


NAME_CHANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier(path.NAME_CHANGE), b"\x05\x00")


def pool(*parties: Party) -> Pool:
    """Return a pool of certificates."""
    return Pool(certificate.parse(one.certificate) for one in parties)


def search(
    signer: Party, between: Sequence[Party], anchor: Party, **limits: Any
) -> building.Search:
    """Search by the general machinery."""
    return building.find(
        certificate.parse(signer.certificate),
        pool(*between),
        pool(anchor),
        limits=Limits(**limits),
    )


def test_link_whose_name_changed() -> None:
    """Of a country that renames its authority the old anchor still leads to the new signer."""
    old = csca("Old Republic")
    new = issue(
        "New Republic",
        Party(csca("Interim", key=old.key).certificate, old.key),
        extensions=[*CA_EXTENSIONS, (NAME_CHANGE, False)],
    )
    signer = issue("DS", new)
    (chain,) = search(signer, [new], old, links_by_key=True).chains
    assert chain.anchor.der == old.certificate
    assert search(signer, [new], old).chains == ()
    documents = path.find(
        certificate.parse(signer.certificate),
        [certificate.parse(new.certificate)],
        [certificate.parse(old.certificate)],
    )
    assert len(documents.chains) == 1
    assert path.judge(documents.chains[0], NOW) is None
    unmarked = issue("New Republic", old, key=new.key, extensions=CA_EXTENSIONS)
    (found,) = path.find(
        certificate.parse(signer.certificate),
        [certificate.parse(unmarked.certificate)],
        [certificate.parse(old.certificate)],
    ).chains
    fault = path.judge(found, NOW)
    assert fault is not None
    assert "longer" in fault.detail


def test_same_key_identifier_without_the_key() -> None:
    """An identifier may be copied; only the signature makes a link."""
    old = csca("Old Republic")
    stranger = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(old.key.public_key())
    forged = (
        x509.CertificateBuilder(
            issuer_name=name("Interim"),
            subject_name=name("New Republic"),
            public_key=stranger.public_key(),
            serial_number=7,
            not_valid_before=AT - DAY,
            not_valid_after=AT + DAY,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False
        )
        .add_extension(*CA_EXTENSIONS[0])
        .sign(stranger, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    new = Party(forged, stranger)
    assert search(issue("DS", new), [new], old, links_by_key=True).chains == ()


def test_several_paths() -> None:
    """A cross certificate gives a second path; the shorter comes first."""
    root = csca("Root", extensions=DEEP_CA)
    middle = issue("Middle", root, extensions=DEEP_CA)
    key = ec.generate_private_key(ec.SECP256R1())
    direct = issue("Authority", root, key=key, extensions=DEEP_CA)
    around = issue("Authority", middle, key=key, extensions=DEEP_CA)
    found = search(issue("DS", direct), [around, middle, direct], root).chains
    assert sorted(len(chain.certificates) for chain in found) == [2, 3]


@pytest.mark.parametrize("limit", [{"depth": 2}, {"signatures": 2}], ids=["depth", "signatures"])
def test_limits(limit: dict[str, int]) -> None:
    """What is further away, or costs more signatures, is not found."""
    root = csca("Root", extensions=DEEP_CA)
    one = issue("One", root, extensions=DEEP_CA)
    two = issue("Two", one, extensions=DEEP_CA)
    signer = issue("DS", two)
    assert len(search(signer, [one, two], root).chains) == 1
    assert search(signer, [one, two], root, **limit).chains == ()


def test_many_authorities_of_one_name() -> None:
    """Dozens of candidates with the right name cost at most the limit of signatures."""
    root = csca()
    crowd = [csca() for _ in range(building.MAX_SIGNATURES + 2)]
    assert search(issue("DS", root), crowd, csca("Elsewhere")).chains == ()
    assert len(search(issue("DS", root), crowd, root).chains) == 1


def _dsa_certificate(
    subject: str, key: bytes, issuer: str, signing: dsa.DSAPrivateKey, *, is_ca: bool
) -> bytes:
    """Return a certificate over a SubjectPublicKeyInfo that the library would not write."""
    stand_in = dsa_key(signing)
    built = (
        x509.CertificateBuilder(
            issuer_name=name(issuer),
            subject_name=name(subject),
            public_key=signing.public_key(),
            serial_number=5,
            not_valid_before=AT - DAY,
            not_valid_after=AT + DAY,
        )
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), True)
        .sign(signing, hashes.SHA256())
    )
    body = tlv.unwrap(built.tbs_certificate_bytes, 0x30)
    assert body.count(stand_in) == 1
    tbs = tlv.encode(0x30, body.replace(stand_in, key))
    algorithm = tlv.encode(0x30, bytes.fromhex("0609608648016503040302"))
    signature = signing.sign(tbs, hashes.SHA256())
    return tlv.encode(0x30, tbs + algorithm + tlv.encode(0x03, b"\x00" + signature))


def dsa_key(key: dsa.DSAPrivateKey) -> bytes:
    """Return the public half as SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _bare(key: dsa.DSAPrivateKey) -> bytes:
    info = asn1_keys.PublicKeyInfo.load(dsa_key(key))
    oid = bytes.fromhex("06072a8648ce380401")
    return tlv.encode(0x30, tlv.encode(0x30, oid) + info["public_key"].dump())


def test_dsa_parameters_over_several_steps() -> None:
    """A key without parameters takes those of the nearest above it that has them."""
    parameters = dsa.generate_parameters(2048)
    root, one, two, three = (parameters.generate_private_key() for _ in range(4))
    anchor = _dsa_certificate("Root", dsa_key(root), "Root", root, is_ca=True)
    first = _dsa_certificate("One", _bare(one), "Root", root, is_ca=True)
    second = _dsa_certificate("Two", _bare(two), "One", one, is_ca=True)
    target = _dsa_certificate("DS", _bare(three), "Two", two, is_ca=False)
    strange = _dsa_certificate("DS", _bare(three), "Two", one, is_ca=False)

    def chains(signer: bytes) -> int:
        return len(
            building.find(
                certificate.parse(signer),
                Pool([certificate.parse(first), certificate.parse(second)]),
                Pool([certificate.parse(anchor)]),
            ).chains
        )

    assert chains(target) == 1
    assert chains(strange) == 0
