"""SecurityInfos, DG14 and DG15."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import load_der_public_key

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg14, dg15, directory, security_infos
from reader.lds.security_infos import (
    ActiveAuthInfo,
    ChipAuthInfo,
    DirInfo,
    DomainParameters,
    PaceInfo,
    SecurityInfos,
    TerminalAuthInfo,
)

# Doc 9303-11 appendix G.1
PACE = bytes.fromhex("3012060A 04007F00 07020204 02020201 0202010D")
ACTIVE = bytes.fromhex("3015 0606 678108010105 020101 0608 2A8648CE3D040302")
CHIP = bytes.fromhex("300F060A04007F00070202030202020101")
TERMINAL = "0608 04007F0007020202"
DIR = "0606 67810801010D"
PACE_PARAMETERS = "0609 04007F000702020402"


def infos(*entries: bytes) -> bytes:
    """Return a SET of entries."""
    return tlv.encode(0x31, b"".join(entries))


def entry(*members: str) -> bytes:
    """Return a SEQUENCE of members in hex."""
    return tlv.encode(0x30, bytes.fromhex("".join(members)))


def test_entry_of_the_standard_gives_the_pace_parameters() -> None:
    """The worked example: ECDH, generic mapping, AES-128, brainpoolP256r1."""
    found = security_infos.parse(infos(PACE))
    assert found == SecurityInfos((PaceInfo("0.4.0.127.0.7.2.2.4.2.2", 2, 13),))


def test_every_kind_of_entry_is_sorted_to_its_place() -> None:
    """PACE, active and chip authentication, keys; the rest by identifier."""
    other = bytes.fromhex("3008 0606 28D316010008")
    key = tlv.encode(
        0x30,
        bytes.fromhex("0609 04007F000702020102")
        + bytes.fromhex("3008 3003060100 030100")
        + bytes.fromhex("020103"),
    )
    found = security_infos.parse(infos(ACTIVE, CHIP, key, PACE, other))
    assert found.active_auth == ActiveAuthInfo(1, "1.2.840.10045.4.3.2")
    assert found.chip_auth == (ChipAuthInfo("0.4.0.127.0.7.2.2.3.2.2", 1, None),)
    (chip_key,) = found.chip_auth_keys
    assert (chip_key.key_id, chip_key.public_key.hex()) == (3, "30083003060100030100")
    assert [info.parameter_id for info in found.pace] == [13]
    assert found.unknown == ("1.0.10646.1.0.8",)
    assert found.to_bytes() == infos(ACTIVE, CHIP, key, PACE, other)


def test_explicit_domain_parameters_are_no_pace_entry() -> None:
    """Parameters that a chip brings along are kept apart and never used (section 9.2.2)."""
    pace = entry(PACE_PARAMETERS, "300B 0607 2A8648CE3D0201 3000", "020120")
    chip = entry("0609 04007F000702020302", "3007 0605 2B24030302")
    found = security_infos.parse(infos(pace, chip))
    assert (found.pace, found.chip_auth, found.unknown) == ((), (), ())
    algorithm = bytes.fromhex("300B 0607 2A8648CE3D0201 3000")
    parameters = DomainParameters("0.4.0.127.0.7.2.2.4.2", algorithm, 32)
    assert found.pace_parameters == (parameters,)
    assert [one.protocol for one in found.chip_auth_parameters] == ["0.4.0.127.0.7.2.2.3.2"]


@pytest.mark.parametrize(
    ("place", "cvca"),
    [
        ("", None),
        ("3004 0402 011C", (0x011C, None)),
        ("3007 0402 011C 0401 1C", (0x011C, 0x1C)),
    ],
)
def test_terminal_authentication(place: str, cvca: tuple[int, int | None] | None) -> None:
    """Section 9.2.8, with and without the place of EF.CVCA (appendix K)."""
    found = security_infos.parse(infos(entry(TERMINAL, "020101", place)))
    assert found.terminal_auth == (TerminalAuthInfo(1, cvca),)


def test_signed_copy_of_ef_dir() -> None:
    """Section 9.2.10: the bytes of the file, for `directory`."""
    file = bytes.fromhex("61094F07A0000002471001")
    found = security_infos.parse(infos(entry(DIR, tlv.encode(0x04, file).hex())))
    assert found.ef_dir == DirInfo(file)
    (named,) = directory.parse(file).applications
    assert named.aid.hex() == "a0000002471001"


@pytest.mark.parametrize(
    "data",
    [
        entry(TERMINAL),
        entry(TERMINAL, "0500"),
        entry(TERMINAL, "020101 020101"),
        entry(TERMINAL, "020101 3003 0401 01"),
        entry(DIR),
        entry(DIR, "0C0141"),
        entry(PACE_PARAMETERS, "3000"),
        entry(PACE_PARAMETERS, "0404 01020304"),
        entry(PACE_PARAMETERS, "3004 06022B24 0C0141"),
        entry("0604 28D31601"),
        entry("0604 28D31601", "020101 3000"),
    ],
)
def test_entry_without_use_in_another_form_is_kept_as_it_stands(data: bytes) -> None:
    """Nothing is decided on it: the card is not refused, and no byte is lost."""
    found = security_infos.parse(infos(data, PACE))
    assert len(found.unknown) == 1
    assert len(found.pace) == 1
    assert found.to_bytes() == infos(data, PACE)


def test_entry_without_use_must_still_be_whole() -> None:
    """Bytes that are no objects are no entry of any kind."""
    with pytest.raises(MalformedData):
        security_infos.parse(infos(entry("0604 28D31601", "0203 01")))


def test_pace_without_parameter_id_has_none() -> None:
    """The identifier is optional."""
    data = bytes.fromhex("300F 060A 04007F00070202040202 020102")
    assert security_infos.parse(infos(data)).pace[0].parameter_id is None


@pytest.mark.parametrize("country", ["DE", "FI"])
def test_real_signed_security_infos_are_read(vectors: Path, country: str) -> None:
    """The content of two real EF.CardSecurity names PACE and chip keys."""
    data = (vectors / "sod" / f"{country}.EF_CardSecurity.bin").read_bytes()
    content = cms.ContentInfo.load(data)["content"]["encap_content_info"]["content"]
    found = security_infos.parse(bytes(content))
    assert found.pace
    assert {info.version for info in found.pace} == {2}
    assert {key.key_id for key in found.chip_auth_keys} >= {
        info.parameter_id for info in found.pace
    }


def test_same_algorithm_named_twice_is_one() -> None:
    """Repetition is harmless."""
    assert security_infos.parse(infos(ACTIVE, ACTIVE)).active_auth is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes.fromhex("3000"),
        infos(bytes.fromhex("0500")),
        infos(bytes.fromhex("3000")),
        infos(bytes.fromhex("3003020101")),
        infos(bytes.fromhex("30020600")),
        infos(bytes.fromhex("3003060181")),
        infos(bytes.fromhex("3004 0602 8001")),
        infos(bytes.fromhex("300C 060A 04007F00070202040202")),
        infos(bytes.fromhex("300E 060A 04007F00070202040202 0200")),
        infos(bytes.fromhex("3018 060A 04007F00070202040202 0209") + bytes(9)),
        infos(bytes.fromhex("3015 060A 04007F00070202040202 020102 020102 020102")),
        infos(bytes.fromhex("300B 0606 678108010105 020101")),
        infos(bytes.fromhex("300B 0609 04007F000702020102")),
        infos(bytes.fromhex("300D 0609 04007F000702020102 3000")),
        infos(ACTIVE, ACTIVE[:-1] + b"\x03"),
        infos(*[PACE] * (security_infos.MAX_ENTRIES + 1)),
        infos(bytes(security_infos.MAX_SECURITY_INFOS)),
    ],
    ids=[
        "empty",
        "a SEQUENCE",
        "no entry",
        "empty entry",
        "no identifier",
        "empty identifier",
        "identifier cut",
        "identifier padded",
        "no version",
        "empty version",
        "long version",
        "too many integers",
        "active without algorithm",
        "no key",
        "empty key",
        "two algorithms",
        "too many",
        "too large",
    ],
)
def test_set_not_of_the_standard_is_refused(data: bytes) -> None:
    """Each departure raises MalformedData."""
    with pytest.raises(MalformedData):
        security_infos.parse(data)


def test_dg14_is_the_set_in_its_template() -> None:
    """Tag 6E around the same value; without it, refused."""
    assert dg14.parse(tlv.encode(0x6E, infos(PACE))) == security_infos.parse(infos(PACE))
    with pytest.raises(MalformedData):
        dg14.parse(infos(PACE))


def test_dg15_of_the_specimen_is_a_public_key(specimen: Callable[[str], bytes]) -> None:
    """What is returned loads as a SubjectPublicKeyInfo: RSA of 1024 bits."""
    key = load_der_public_key(dg15.parse(specimen("010F")))
    assert getattr(key, "key_size", None) == 1024


@pytest.mark.parametrize(
    "data", ["6f00", "6f023000", "6f0430020500", "6f07 3005 3000 030100 00", "6f05 0203 010001"]
)
def test_dg15_without_a_key_is_refused(data: str) -> None:
    """Anything but one SubjectPublicKeyInfo raises MalformedData."""
    with pytest.raises(MalformedData):
        dg15.parse(bytes.fromhex(data))


def test_dg15_beyond_the_cap_is_refused() -> None:
    """The size is checked before anything is read."""
    with pytest.raises(MalformedData, match="larger than"):
        dg15.parse(bytes(dg15.MAX_DG15 + 1))
