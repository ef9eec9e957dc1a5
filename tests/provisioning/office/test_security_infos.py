"""What the chip says of itself, read back by the reader and against real cards."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from asn1crypto import cms

from provisioning.office import security_infos, security_object
from provisioning.office.chip_keys import GroupKey, new_group_key
from provisioning.office.options import ChipKey, EcdsaKey, KeyForm, pace
from provisioning.office.pilot import PilotPki
from provisioning.office.security_infos import PublishedKey
from provisioning.softcard.image import Signature
from provisioning.softcard.protocols import Agreement, ChipAuthProtocol, PaceMapping
from provisioning.softcard.suite import Suite
from reader.lds import card_security, dg14
from reader.lds import security_infos as reading
from verify.cms import verify_signed_data

CA_AES = ChipAuthProtocol(Agreement.ECDH, Suite.AES_128)
CA_TDES = ChipAuthProtocol(Agreement.ECDH, Suite.TDES)
CA_DH = ChipAuthProtocol(Agreement.DH, Suite.AES_256)


@pytest.mark.parametrize("parameter_id", [12, 13])
def test_card_access_names_pace(parameter_id: int) -> None:
    """EF.CardAccess is a set with one PACEInfo, version 2, of generic mapping with AES-128."""
    (info,) = reading.parse(security_infos.card_access([pace(parameter_id)])).pace
    assert (info.protocol, info.version) == ("0.4.0.127.0.7.2.2.4.2.2", 2)
    assert info.parameter_id == parameter_id


@pytest.mark.parametrize(
    ("offer", "printed"),
    [
        (pace(13), "3012060A04007F0007020204020202010202010D"),
        (pace(0, agreement=Agreement.DH), "3012060A04007F00070202040102020102020100"),
        (
            pace(13, mapping=PaceMapping.CHIP_AUTHENTICATION),
            "3012060A04007F0007020204060202010202010D",
        ),
    ],
)
def test_pace_infos_as_printed(offer: object, printed: str) -> None:
    """The entries of Doc 9303-11 appendices G.1, G.2 and I.1, octet by octet."""
    assert isinstance(offer, type(pace()))
    assert security_infos.card_access([offer]).hex().upper() == f"3114{printed}"


def test_several_offers_in_the_order_of_der() -> None:
    """A set has its entries sorted by their octets."""
    offers = (pace(13), pace(12, Suite.AES_256), pace(0, Suite.TDES, agreement=Agreement.DH))
    infos = reading.parse(security_infos.card_access(offers)).pace
    assert {(info.protocol, info.parameter_id) for info in infos} == {
        (offer.protocol.oid, offer.parameter_id) for offer in offers
    }
    assert security_infos.card_access(offers) == security_infos.card_access(offers[::-1])


def test_dg14_repeats_pace_and_says_how_the_chip_signs() -> None:
    """DG14 carries the same PACEInfo, and active authentication by plain ECDSA, SHA-256."""
    data = security_infos.dg14([pace(13)], (), EcdsaKey())
    assert data is not None
    infos = dg14.parse(data)
    assert infos.pace == reading.parse(security_infos.card_access([pace(13)])).pace
    assert infos.active_auth is not None
    assert infos.active_auth.signature_algorithm == "0.4.0.127.0.7.1.1.4.1.3"


@pytest.mark.parametrize(
    ("signature", "hash_name", "oid"),
    [
        (Signature.PLAIN, "sha224", "0.4.0.127.0.7.1.1.4.1.2"),
        (Signature.PLAIN, "sha512", "0.4.0.127.0.7.1.1.4.1.5"),
        (Signature.DER, "sha256", "1.2.840.10045.4.3.2"),
        (Signature.DER, "sha384", "1.2.840.10045.4.3.3"),
    ],
)
def test_dg14_names_the_signature(signature: Signature, hash_name: str, oid: str) -> None:
    """Plain signatures by TR-03111's identifiers, DER ones by those of X9.62."""
    data = security_infos.dg14([], (), EcdsaKey(hash=hash_name, signature=signature))
    assert data is not None
    active = dg14.parse(data).active_auth
    assert active is not None
    assert active.signature_algorithm == oid


def _keys() -> list[PublishedKey]:
    return [
        PublishedKey(
            ChipKey((CA_AES, CA_TDES), 13, 13, KeyForm.STANDARDISED),
            new_group_key(13, os.urandom),
        ),
        PublishedKey(ChipKey((CA_DH,), 0, 2, KeyForm.PKCS3), GroupKey(0, 7)),
        PublishedKey(ChipKey((), 16, 16), new_group_key(16, os.urandom)),
    ]


def test_dg14_publishes_the_keys_of_chip_authentication() -> None:
    """Each protocol with its key's number; a key for mapping alone is not among them."""
    data = security_infos.dg14([pace()], _keys())
    assert data is not None
    infos = dg14.parse(data)
    assert {(info.protocol, info.version, info.key_id) for info in infos.chip_auth} == {
        (CA_AES.oid, 1, 13),
        (CA_TDES.oid, 1, 13),
        (CA_DH.oid, 1, 2),
    }
    assert {(key.protocol, key.key_id) for key in infos.chip_auth_keys} == {
        ("0.4.0.127.0.7.2.2.1.2", 13),
        ("0.4.0.127.0.7.2.2.1.1", 2),
    }


def test_nothing_to_say() -> None:
    """A chip with BAC and RSA alone has no DG14."""
    assert security_infos.dg14([], [], None) is None


def test_a_key_without_a_number() -> None:
    """A single key may have none."""
    published = PublishedKey(ChipKey((CA_AES,)), new_group_key(12, os.urandom))
    data = security_infos.dg14([], [published])
    assert data is not None
    assert dg14.parse(data).chip_auth[0].key_id is None
    assert dg14.parse(data).chip_auth_keys[0].key_id is None


def test_card_security_is_signed(pilot: PilotPki, at: datetime) -> None:
    """SignedData of the content type for it, by the document signer, every key inside."""
    offers = [pace(), pace(16, Suite.AES_256, PaceMapping.CHIP_AUTHENTICATION)]
    content = security_infos.card_security(offers, _keys())
    data = security_object.card_security(content, pilot.passport_signer)
    signed = verify_signed_data(data)
    assert signed.content_type == "0.4.0.127.0.7.3.2.1"
    assert signed.econtent == content
    assert signed.signer.der == pilot.passport_signer.certificate
    infos = card_security.content(card_security.parse(data).signed_content)
    assert {key.key_id for key in infos.chip_auth_keys} == {13, 2, 16}
    assert {info.protocol for info in infos.pace} == {offer.protocol.oid for offer in offers}


@pytest.mark.parametrize("country", ["DE", "FI"])
def test_the_form_is_that_of_real_cards(vectors: Path, pilot: PilotPki, country: str) -> None:
    """Versions, content type and attributes are those that issuers use."""
    real = cms.ContentInfo.load((vectors / "sod" / f"{country}.EF_CardSecurity.bin").read_bytes())
    ours = cms.ContentInfo.load(
        security_object.card_security(security_infos.card_access([pace()]), pilot.party_signer)
    )
    for path in (("version",), ("encap_content_info", "content_type")):
        values = []
        for parsed in (real, ours):
            value = parsed["content"]
            for name in path:
                value = value[name]
            values.append(value.native)
        assert values[0] == values[1]
    attributes = [
        {item["type"].native for item in parsed["content"]["signer_infos"][0]["signed_attrs"]}
        for parsed in (real, ours)
    ]
    assert attributes[0] == attributes[1]
