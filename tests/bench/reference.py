"""The reference card: files of the sizes that usual documents have, all of them well formed.

Lives here: a software card whose every file has exactly its size. Not here: reading it
(`round_trips` counts, `recording` keeps the conversation).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from provisioning.office import der, lds, mrz, pki, portrait
from provisioning.office.options import ChipKey, ChipOptions
from provisioning.office.personalise import Family, personalise
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import Authority
from provisioning.office.security_object import security_object
from provisioning.people import Member
from provisioning.softcard.image import Behaviour, CardImage
from provisioning.softcard.protocols import Agreement, ChipAuthProtocol
from provisioning.softcard.suite import Suite
from reader import tlv
from reader.lds.files import FileId

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EXPIRES = date(2036, 1, 1)
SIZES = {
    FileId.DG1: 95, FileId.DG2: 20_480, FileId.DG14: 400, FileId.DG15: 300, FileId.SOD: 2_400,
}  # fmt: skip
"""Bytes of the reference files."""
PROFILE = "icao"
PROTECTION = 64  # bytes around the plain ones of an answer, more than enough

_CHIP_AUTH = ChipAuthProtocol(Agreement.ECDH, Suite.AES_128)
_FILLER = "2.25.1"  # an identifier that nobody knows
_EXPONENT = (1 << 32) + 15  # of five octets: DG15 is then of its size
_TRIES = 200  # signatures differ in length by an octet or two
_CERTIFICATE = 1_891  # bytes, as one in two has; with one much shorter no EF.SOD has its size


def signer_of(pilot: PilotPki) -> Authority:
    """Return a document signer whose certificate makes EF.SOD as long as it is to be."""
    for _ in range(_TRIES):
        made = pki.issue_document_signer(
            pilot.passport_csca, "DS Bench", at=AT, document_types=["ID"], crl_name="x" * 1_180
        )
        if len(made.certificate) == _CERTIFICATE:
            return made
    raise RuntimeError(f"the signer's certificate has {len(made.certificate)} bytes")


def image(member: Member, signer: Authority, *, longest: int) -> CardImage:
    """Return a card that gives answers of at most `longest` plain bytes; 0 for short ones only."""
    options = ChipOptions(
        behaviour=Behaviour(extended_length=longest > 0),
        announced=(longest + PROTECTION, longest + PROTECTION) if longest else None,
        chip_auth=(ChipKey((_CHIP_AUTH,)),),
        active_auth=None,
    )
    made = personalise(
        member.person, Family.CITIZEN, signer, at=AT, expires=EXPIRES, options=options
    )
    groups = {
        FileId.DG1: _zone(member),
        FileId.DG2: _face(member),
        FileId.DG14: _filled(made.app_files[FileId.DG14.fid], SIZES[FileId.DG14]),
        FileId.DG15: lds.dg15(_rsa_key()),
    }
    files = {**groups, FileId.SOD: _security_object(groups, signer)}
    wrong = {
        file.value: len(files[file]) for file, size in SIZES.items() if len(files[file]) != size
    }
    if wrong:
        raise RuntimeError(f"files of another size: {wrong}")
    access = replace(made.access, mrz_information=None)  # it is opened by its CAN
    return replace(made, access=access, app_files={file.fid: data for file, data in files.items()})


def _zone(member: Member) -> bytes:
    """Return DG1 of an identity card of Utopia."""
    person = member.person
    return lds.dg1(
        mrz.td1(
            mrz.MrzData(
                document_code="ID",
                issuer="UTO",
                number=person.personal_number[-9:],
                name=person.name,
                birth=person.birth,
                sex=person.sex,
                expires=EXPIRES,
                nationality="UTO",
            )
        )
    )


def _security_object(groups: dict[FileId, bytes], signer: Authority) -> bytes:
    for _ in range(_TRIES):
        made = security_object(groups, signer)
        if len(made) == SIZES[FileId.SOD]:
            return made
    raise RuntimeError(f"EF.SOD has {len(made)} bytes")


def _face(member: Member) -> bytes:
    """Return DG2 with what follows the picture's end up to the size; decoders pass it over."""
    jpeg = portrait.draw(member.person.key)
    for _ in range(2):
        made = lds.dg2(jpeg, size=portrait.SIZE, sex=member.person.sex, made=AT.date())
        jpeg += bytes(SIZES[FileId.DG2] - len(made))
    return made


def _filled(dg14: bytes, size: int) -> bytes:
    """Return DG14 with one more SecurityInfo, which no reader knows."""
    infos = tlv.unwrap(tlv.unwrap(dg14, 0x6E), der.SET)
    for length in range(size):
        filler = der.sequence(der.oid(_FILLER), der.octets(bytes(length)))
        made = tlv.encode(0x6E, tlv.encode(der.SET, infos + filler))
        if len(made) == size:
            return made
    raise RuntimeError("DG14 is longer than it is to be")


@cache
def _rsa_key() -> bytes:
    """Return a public key of 2,048 bits; nobody has the private one, nor is asked for it."""
    modulus = rsa.generate_private_key(65_537, 2048).public_key().public_numbers().n
    return (
        rsa.RSAPublicNumbers(_EXPONENT, modulus)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
