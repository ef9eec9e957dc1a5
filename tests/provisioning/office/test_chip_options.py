"""A card made to order: what each option puts on it, and what cannot be ordered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import reduce
from typing import Any

import pytest

from provisioning import people
from provisioning.errors import OfficeInputInvalid, SoftCardInvalid
from provisioning.office import der, lds
from provisioning.office.chip import EF_DIR
from provisioning.office.details import PersonToNotify
from provisioning.office.face import FaceForm
from provisioning.office.options import (
    ChipKey,
    ChipOptions,
    EcdsaKey,
    KeyForm,
    RsaKey,
    pace,
)
from provisioning.office.personalise import EMRTD_AID, Family, personalise
from provisioning.office.pilot import PilotPki
from provisioning.softcard.image import (
    Behaviour,
    CardImage,
    ChipAuth,
    Faults,
    Signature,
)
from provisioning.softcard.protocols import (
    Agreement,
    ChipAuthProtocol,
    PaceMapping,
)
from provisioning.softcard.suite import Suite
from reader import tlv
from reader.lds import com, dg14, sod
from reader.lds.files import FileId

EXPIRES = date(2036, 10, 5)
CA = ChipAuthProtocol(Agreement.ECDH, Suite.AES_128)
CAM = PaceMapping.CHIP_AUTHENTICATION
Make = Callable[..., CardImage]


@pytest.fixture
def make(pilot: PilotPki, at: datetime) -> Make:
    """Return a maker of party cards by options."""

    def made(**options: Any) -> CardImage:
        return personalise(
            people.NIE.person,
            Family.PARTY,
            pilot.party_signer,
            at=at,
            expires=EXPIRES,
            can="805312",
            options=ChipOptions(**options),
        )

    return made


def _groups(image: CardImage) -> set[FileId]:
    return set(com.parse(image.app_files[FileId.COM.fid]).data_groups)


def test_the_pilots_card(make: Make) -> None:
    """What no option changes is the card that the pilot issues."""
    image = make()
    assert image.access.pace == (pace(12),)
    assert (image.access.can, image.access.can_tries, image.access.bac) == ("805312", 3, False)
    assert image.chip_auth == ChipAuth()
    assert (image.behaviour, image.faults) == (Behaviour(), Faults())
    assert set(image.mf_files) == {FileId.CARD_ACCESS.fid, FileId.ATR_INFO.fid}
    assert _groups(image) == {
        FileId.DG1,
        FileId.DG2,
        FileId.DG13,
        FileId.DG14,
        FileId.DG15,
    }


def test_without_pace(make: Make) -> None:
    """No EF.CardAccess; DG14 is there for the signature alone, and not at all with RSA."""
    image = make(pace=(), bac=True)
    assert FileId.CARD_ACCESS.fid not in image.mf_files
    infos = dg14.parse(image.app_files[FileId.DG14.fid])
    assert infos.pace == ()
    assert infos.active_auth is not None
    silent = make(pace=(), bac=True, active_auth=RsaKey(1024, "sha1"))
    assert FileId.DG14 not in _groups(silent)
    assert FileId.DG15 in _groups(silent)


def test_passwords_that_the_chip_does_not_take(make: Make) -> None:
    """Either can be left out."""
    assert make(can=False).access.can is None
    assert make(mrz=False).access.mrz_information is None


def test_a_key_for_chip_authentication(make: Make) -> None:
    """The chip holds the private half of what DG14 publishes, and no proof else is needed."""
    image = make(chip_auth=(ChipKey((CA,), 13, 7, KeyForm.NAMED),), active_auth=None)
    infos = dg14.parse(image.app_files[FileId.DG14.fid])
    assert [(info.protocol, info.key_id) for info in infos.chip_auth] == [(CA.oid, 7)]
    (key,) = image.chip_auth.keys
    assert (key.parameter_id, key.key_id, key.protocols) == (13, 7, (CA,))
    assert image.active_auth is None
    assert FileId.DG15 not in _groups(image)


def test_mapping_brings_its_key_and_card_security(make: Make) -> None:
    """The key under the number of its group, in EF.CardSecurity and not in DG14."""
    image = make(pace=(pace(16, mapping=CAM), pace(16)))
    (key,) = image.chip_auth.keys
    assert (key.parameter_id, key.key_id, key.protocols) == (16, 16, ())
    assert FileId.CARD_SECURITY.fid in image.mf_files
    assert dg14.parse(image.app_files[FileId.DG14.fid]).chip_auth_keys == ()
    ordered = make(pace=(pace(16, mapping=CAM),), chip_auth=(ChipKey((), 16, 16),))
    assert len(ordered.chip_auth.keys) == 1


def test_card_security_without_mapping(make: Make) -> None:
    """It can be ordered for chip authentication in the master file."""
    image = make(chip_auth=(ChipKey((CA,)),), card_security=True)
    assert FileId.CARD_SECURITY.fid in image.mf_files
    assert FileId.CARD_SECURITY.fid not in make(chip_auth=(ChipKey((CA,)),)).mf_files


def test_the_signing_key_lies_on_paces_curve(make: Make) -> None:
    """Unless another is ordered, or PACE has none."""
    curves = {
        "1.3.36.3.3.2.8.1.1.7": make(pace=(pace(13),)),
        "1.3.132.0.34": make(active_auth=EcdsaKey(15, "sha384")),
        "1.2.840.10045.3.1.7": make(pace=(pace(0, agreement=Agreement.DH),)),
    }
    for oid, image in curves.items():
        assert der.oid(oid) in image.app_files[FileId.DG15.fid]


@pytest.mark.parametrize(
    ("options", "capabilities"),
    [
        ({}, "940160"),
        ({"announced": None}, "940140"),
        ({"behaviour": Behaviour(extended_length=False)}, "940100"),
        ({"behaviour": Behaviour(command_chaining=True)}, "9401e0"),
        ({"behaviour": Behaviour(no_short_identifiers="6A82")}, "900160"),
    ],
)
def test_the_answer_to_reset_tells_the_chips_habits(
    make: Make, options: dict[str, Any], capabilities: str
) -> None:
    """Short identifiers, chaining, extended length, and whether EF.ATR/INFO says how long."""
    image = make(**options)
    assert bytes.fromhex("73" + capabilities) in image.atr
    assert reduce(lambda a, b: a ^ b, image.atr[1:]) == 0
    announced = capabilities.endswith(("60", "e0"))
    assert (FileId.ATR_INFO.fid in image.mf_files) == announced


def test_the_sizes_that_are_announced(make: Make) -> None:
    """EF.ATR/INFO has the numbers ordered, command first."""
    data = make(announced=(1200, 2600)).mf_files[FileId.ATR_INFO.fid]
    assert data.endswith(bytes.fromhex("7f6608" + "020204b0" + "02020a28"))
    assert lds.atr_info(b"\x94\x01\x40", None) == bytes.fromhex("4703940140")


def test_the_directory(make: Make) -> None:
    """EF.DIR names the application."""
    assert make(efdir=True).mf_files[EF_DIR].hex() == "610b4f09f05472616d54686501"
    two = lds.ef_dir([EMRTD_AID, b"\xf0\x00\x00\x00\x01"])
    assert two.hex() == "61094f07a0000002471001" + "61074f05f000000001"


def test_particulars(make: Make) -> None:
    """Each data group ordered is there, listed and signed."""
    notify = (PersonToNotify(date(2026, 1, 2), "LÝ", "+84999", "Mường Lự"),)
    image = make(details=frozenset({FileId.DG7, FileId.DG11, FileId.DG12}), notify=notify)
    extra = {FileId.DG7, FileId.DG11, FileId.DG12, FileId.DG16}
    assert extra <= _groups(image)
    assert {7, 11, 12, 16} <= set(sod.parse(image.app_files[FileId.SOD.fid]).hashes)
    person = image.app_files[FileId.DG11.fid]
    assert "H’ɃLĂM<<NIÊ".encode() in person
    assert people.NIE.person.personal_number.encode() in person
    assert "Ban Tổ chức Trung ương".encode() in image.app_files[FileId.DG12.fid]
    assert b"\xff\xd8\xff" in image.app_files[FileId.DG7.fid]


def test_a_face_by_the_newer_standard_and_a_large_one(make: Make) -> None:
    """DG2 carries the form and the size ordered."""
    newer = make(face=FaceForm.ISO_39794).app_files[FileId.DG2.fid]
    template = tlv.unwrap(tlv.unwrap(newer, 0x75), 0x7F61)
    assert bytes.fromhex("7f2e") in template[:64]
    assert len(make(photo_size=(960, 1280)).app_files[FileId.DG2.fid]) > 32_768


@pytest.mark.parametrize(
    "options",
    [
        {"details": frozenset({FileId.DG3})},
        {"chip_auth": (ChipKey((CA,), 5),)},
        {"chip_auth": (ChipKey((CA,), 12, form=KeyForm.PKCS3),)},
        {"active_auth": EcdsaKey(0)},
        {"active_auth": RsaKey(100)},
    ],
)
def test_what_cannot_be_ordered(make: Make, options: dict[str, Any]) -> None:
    """The office says so before a card is made."""
    with pytest.raises(OfficeInputInvalid):
        make(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"pace": ()},
        {"pace": (), "bac": True, "mrz": False},
        {"chip_auth": (ChipKey((CA,)), ChipKey((CA,), 13))},
        {"faults": Faults(swap_at=3)},
        {
            "pace": (pace(1, agreement=Agreement.DH),),
            "behaviour": Behaviour(extended_length=False),
        },
    ],
)
def test_what_the_chip_could_not_run(make: Make, options: dict[str, Any]) -> None:
    """The card image refuses it, naming the key of card.toml."""
    with pytest.raises(SoftCardInvalid):
        make(**options)


def test_a_hash_that_has_no_identifier(make: Make) -> None:
    """ECDSA with SHA-1 cannot be announced in DG14, and is not made."""
    with pytest.raises(OfficeInputInvalid, match="sha1"):
        make(active_auth=EcdsaKey(hash="sha1"))
    with pytest.raises(OfficeInputInvalid, match="9796-2"):
        make(active_auth=EcdsaKey(signature=Signature.RECOVERY))
