"""SignedData: what must hold, and what is refused."""

from __future__ import annotations

import pytest
from asn1crypto import cms as asn1_cms
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.verify.made import World, issue, signed_data
from verify import certificate, cms
from verify.errors import (
    AlgorithmNotAllowed,
    BadSignature,
    MalformedObject,
    UnsupportedAlgorithm,
    VerifyError,
)

CONTENT = b"\x30\x03\x02\x01\x05"


def test_signed_content(world: World) -> None:
    """Content, signer and algorithms come out."""
    found = cms.verify_signed_data(signed_data(CONTENT, world.signer))
    assert found.econtent == CONTENT
    assert found.content_type == "2.23.136.1.1.1"
    assert found.signer.der == world.signer.certificate
    assert (found.digest_algorithm, found.signature_algorithm) == ("sha256", "ecdsa-sha256")


def test_rsa_signer(world: World) -> None:
    """A signer with RSA is taken like another."""
    signer = issue("DS RSA", world.authority, key=rsa.generate_private_key(65537, 2048))
    found = cms.verify_signed_data(signed_data(CONTENT, signer, algorithm="sha512"))
    assert found.signature_algorithm == "rsa-pkcs1-sha512"


def test_certificate_given_apart(world: World) -> None:
    """The signer's certificate may come from elsewhere."""
    data = signed_data(CONTENT, world.signer, certificates=())
    with pytest.raises(MalformedObject, match="not there"):
        cms.verify_signed_data(data)
    found = cms.verify_signed_data(data, [world.authority.certificate, world.signer.certificate])
    assert found.signer.der == world.signer.certificate


def test_two_candidates_of_one_name_and_serial(world: World) -> None:
    """The signature says which of them it is, whichever stands first."""
    one, two = (issue("DS", world.authority, serial=77) for _ in range(2))
    for candidates in ([one.certificate, two.certificate], [two.certificate, one.certificate]):
        found = cms.verify_signed_data(signed_data(CONTENT, one, certificates=candidates))
        assert found.signer.der == one.certificate


def test_other_digest(world: World) -> None:
    """A message digest of other content does not hold."""
    with pytest.raises(BadSignature):
        cms.verify_signed_data(signed_data(CONTENT, world.signer, digest=bytes(32)))


def test_attributes_speak_of_another_content_type(world: World) -> None:
    """The signed content type must be the content's (RFC 5652 section 11.1)."""
    data = signed_data(CONTENT, world.signer, attribute_type="1.2.840.113549.1.7.1")
    with pytest.raises(MalformedObject, match="content type"):
        cms.verify_signed_data(data)


def test_another_key_signed(world: World) -> None:
    """A certificate of the same name and serial with another key does not verify."""
    one, two = (issue("DS", world.authority, serial=77) for _ in range(2))
    with pytest.raises(BadSignature):
        cms.verify_signed_data(signed_data(CONTENT, one, certificates=[two.certificate]))


@pytest.mark.parametrize("count", [0, 2])
def test_number_of_signers(world: World, count: int) -> None:
    """One signer, no more and no fewer."""
    with pytest.raises(MalformedObject, match="signers"):
        cms.verify_signed_data(signed_data(CONTENT, world.signer, signers=count))


def test_too_many_certificates(world: World) -> None:
    """A cap stands before anything is parsed."""
    data = signed_data(CONTENT, world.signer, certificates=[world.signer.certificate] * 9)
    with pytest.raises(MalformedObject, match="more than 8"):
        cms.verify_signed_data(data)


def test_without_signed_attributes(world: World) -> None:
    """They are always there for content that is not plain data (RFC 5652 section 5.3)."""
    parsed = asn1_cms.ContentInfo.load(signed_data(CONTENT, world.signer))
    del parsed["content"]["signer_infos"][0]["signed_attrs"]
    with pytest.raises(MalformedObject, match="no signed attributes"):
        cms.verify_signed_data(parsed.dump(force=True))


@pytest.mark.parametrize("which", [0, 1])
def test_signed_attribute_missing_or_twice(world: World, which: int) -> None:
    """Content type and message digest stand there exactly once."""
    for twice in (False, True):
        parsed = asn1_cms.ContentInfo.load(signed_data(CONTENT, world.signer))
        info = parsed["content"]["signer_infos"][0]
        entries = [attribute.copy() for attribute in info["signed_attrs"]]
        info["signed_attrs"] = (
            [*entries, entries[which]] if twice else entries[:which] + entries[which + 1 :]
        )
        with pytest.raises(MalformedObject, match="attribute"):
            cms.verify_signed_data(parsed.dump(force=True))


def test_without_content(world: World) -> None:
    """A detached signature signs nothing here."""
    parsed = asn1_cms.ContentInfo.load(signed_data(CONTENT, world.signer))
    del parsed["content"]["encap_content_info"]["content"]
    with pytest.raises(MalformedObject, match="content inside"):
        cms.verify_signed_data(parsed.dump(force=True))


def test_weak_and_unknown_digest(world: World) -> None:
    """SHA-1 is not allowed, MD5 not even known."""
    with pytest.raises(AlgorithmNotAllowed):
        cms.verify_signed_data(signed_data(CONTENT, world.signer, algorithm="sha1"))
    sha256 = bytes.fromhex("0609608648016503040201")
    sha3 = bytes.fromhex("0609608648016503040208")
    with pytest.raises(UnsupportedAlgorithm):
        cms.verify_signed_data(signed_data(CONTENT, world.signer).replace(sha256, sha3))


def test_something_else() -> None:
    """Other CMS, no CMS, too much of it: MalformedObject."""
    enveloped = asn1_cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()
    for data in (enveloped, b"", b"\x30\x00", bytes(cms.MAX_SIGNED_DATA + 1)):
        with pytest.raises(MalformedObject):
            cms.verify_signed_data(data)


@pytest.mark.parametrize("opening", [b"\x30\x80", b"\x24\x80", b"\xa0\x80", b"\x30\x84\x00\x00"])
def test_endless_nesting(opening: bytes) -> None:
    """However deep, it ends as MalformedObject."""
    with pytest.raises(MalformedObject):
        cms.verify_signed_data(opening * (cms.MAX_SIGNED_DATA // len(opening)))


def test_every_byte_changed(world: World) -> None:
    """Whatever byte changes, either an error of ours comes out or the content is as signed."""
    data = signed_data(CONTENT, world.signer)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x01
        try:
            found = cms.verify_signed_data(bytes(changed))
        except VerifyError:
            continue
        assert found.econtent == CONTENT
        assert found.signer.spki == certificate.parse(world.signer.certificate).spki
