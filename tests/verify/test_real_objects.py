"""Eight real security objects, and two EF.CardSecurity, with their authorities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms as asn1_cms

from crl.status import Status
from reader import tlv
from reader.evidence import CardEvidence
from reader.lds import sod
from reader.lds.files import FileId
from tests.verify.made import LENIENT, Lists, answer, trust_list
from verify import certificate, cms, keys, names, path, pipeline
from verify.errors import VerifyError
from verify.moment import Moment, TimeQuality
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.trust import Anchor, AnchorPurpose
from verify.verdict import CheckStatus, Outcome, Verdict

COUNTRIES = ("AT", "DE", "FI", "FR", "MY", "NZ", "UK", "US")
THEN = Moment(datetime(2025, 1, 1, tzinfo=UTC), TimeQuality.SYNCHRONISED)
STRIDE = 37  # through the parts where one place stands for its neighbours

Load = Callable[[str], bytes]


@pytest.fixture(scope="session")
def load(vectors: Path) -> Load:
    """Return a reader of the vectors by name."""
    return lambda name: (vectors / "sod" / name).read_bytes()


def judge(load: Load, country: str, security_object: bytes, at: Moment = THEN) -> Verdict:
    """Return the verdict on a chip of which nothing but the security object is known."""
    evidence = CardEvidence(
        LENIENT.name, LENIENT.aids[0], {FileId.SOD: security_object}, {}, None, None
    )
    anchor = Anchor(AnchorPurpose.DOCUMENT, load(f"{country}.CSCA.cer"), frozenset({LENIENT.name}))
    lists = Lists(answer(Status.GOOD), answer(Status.GOOD))
    return pipeline.verify(evidence, LENIENT, trust_list(anchor), lists, DEFAULT, at)


@pytest.mark.parametrize("country", COUNTRIES)
def test_genuine_object(load: Load, country: str) -> None:
    """Steps 1 and 2 pass at 2025-01-01, whatever the encoding, curve and padding."""
    verdict = judge(load, country, load(f"{country}.EF_SOD.bin"))
    signature, chain, signer = verdict.checks[:3]
    assert signature.status is CheckStatus.PASSED, signature
    assert chain.status is CheckStatus.PASSED, chain
    assert signer.status is CheckStatus.PASSED
    assert verdict.outcome is Outcome.REJECTED
    assert verdict.reason is Reason.FILE_MISSING


@pytest.mark.parametrize("country", COUNTRIES)
def test_signer_is_the_one_given(load: Load, country: str) -> None:
    """The signer found in the object is the certificate that lies beside it."""
    content_info = sod.parse(load(f"{country}.EF_SOD.bin")).content_info
    assert cms.verify_signed_data(content_info).signer.der == load(f"{country}.DSC.cer")


def _places(content_info: bytes) -> Iterator[int]:
    """Yield every byte of signed content and attributes, some of signature and certificate."""
    signed = cms.verify_signed_data(content_info)
    parsed = asn1_cms.ContentInfo.load(content_info)["content"]["signer_infos"][0]
    for part, stride in (
        (signed.econtent, 1),
        (parsed["signed_attrs"].contents, 1),
        (parsed["signature"].contents, STRIDE),
        (signed.signer.tbs, STRIDE),
    ):
        start = content_info.find(part)
        assert start >= 0
        yield from range(start, start + len(part), stride)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_byte_of_what_is_signed(load: Load, country: str) -> None:
    """Any byte of content, attributes, signature or signer's certificate: refused if changed."""
    content_info = sod.parse(load(f"{country}.EF_SOD.bin")).content_info
    anchor = certificate.parse(load(f"{country}.CSCA.cer"))
    for place in _places(content_info):
        changed = bytearray(content_info)
        changed[place] ^= 0x01
        assert not _holds(bytes(changed), anchor), f"byte {place} is not protected"


def _holds(content_info: bytes, anchor: certificate.Certificate) -> bool:
    """Whether the signature holds; a changed certificate fails at its own signature."""
    try:
        signed = cms.verify_signed_data(content_info)
    except VerifyError:
        return False
    return bool(path.find(signed.signer, (), [anchor]).chains)


@pytest.mark.parametrize("country", COUNTRIES)
def test_cut_short(load: Load, country: str) -> None:
    """Truncated anywhere, the object is malformed: a verdict, never another exception."""
    whole = load(f"{country}.EF_SOD.bin")
    inside = tlv.unwrap(whole, 0x77)
    for size in range(0, len(inside), STRIDE):
        verdict = judge(load, country, tlv.encode(0x77, inside[:size]))
        assert verdict.reason is Reason.SOD_MALFORMED


@pytest.mark.parametrize("country", COUNTRIES)
def test_another_countrys_authority(load: Load, country: str) -> None:
    """An object does not verify to an authority that did not issue its signer."""
    other = "DE" if country != "DE" else "FR"
    evidence = load(f"{country}.EF_SOD.bin")
    assert judge(load, other, evidence).reason is Reason.SIGNER_NOT_TRUSTED


def test_austrias_upper_certificate(load: Load) -> None:
    """A self-issued link serves as an anchor; its signer outlives it, and ends with it here."""
    link = certificate.parse(load("AT.CSCA.cer"))
    signer = certificate.parse(load("AT.DSC.cer"))
    assert link.self_issued
    assert link.authority_key_id != link.subject_key_id
    assert signer.not_after > link.not_after
    later = replace(THEN, at=datetime(2031, 1, 1, tzinfo=UTC))
    verdict = judge(load, "AT", load("AT.EF_SOD.bin"), later)
    assert verdict.reason is Reason.SIGNER_EXPIRED


def test_malaysias_signer_identifier(load: Load) -> None:
    """It lists the issuer's attributes in another order: the same multiset, another name."""
    content_info = sod.parse(load("MY.EF_SOD.bin")).content_info
    info = asn1_cms.ContentInfo.load(content_info)["content"]["signer_infos"][0]
    named = info["sid"].chosen["issuer"].dump()
    signer = certificate.parse(load("MY.DSC.cer"))
    assert names.name_key(named) != signer.issuer
    assert names.attribute_multiset(named) == names.attribute_multiset(signer.issuer_der)


def test_new_zealands_encoding(load: Load) -> None:
    """It is BER with indefinite lengths, as the vector's first bytes say."""
    content_info = sod.parse(load("NZ.EF_SOD.bin")).content_info
    assert content_info[1] == 0x80
    assert cms.verify_signed_data(content_info).digest_algorithm == "sha256"


@pytest.mark.parametrize("country", ["AT", "DE", "FI", "UK"])
def test_explicit_curve_parameters(load: Load, country: str) -> None:
    """Keys that spell their curve out are mapped to the named one."""
    parsed = certificate.parse(load(f"{country}.DSC.cer"))
    assert b"\x06\x07\x2a\x86\x48\xce\x3d\x01\x01" in parsed.spki  # prime-field
    assert keys.load_spki(parsed.spki).bits in (256, 384, 512)


@pytest.mark.parametrize("country", ["DE", "FI"])
def test_card_security(load: Load, country: str) -> None:
    """EF.CardSecurity is the same kind of object; its content type is SecurityObject."""
    signed = cms.verify_signed_data(load(f"{country}.EF_CardSecurity.bin"))
    assert signed.content_type == "0.4.0.127.0.7.3.2.1"
    verdict = judge(load, country, tlv.encode(0x77, load(f"{country}.EF_CardSecurity.bin")))
    assert verdict.reason is Reason.SOD_MALFORMED
