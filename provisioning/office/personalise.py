"""Personalisation: a person and a card family become everything that a chip carries.

Lives here: what each family writes into which file, and the card image that results. Not here:
how the files are coded (`lds`, `mrz`, `security_object`), the chip that serves them
(`provisioning.softcard`), who the demo's people are (`provisioning.cast`).
Source: Doc 9303-10; the party card's DG13 numbering is our own (`reader/profiles`), in the form
of the Vietnamese citizen card.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum, unique
from functools import reduce

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.errors import OfficeInputInvalid
from provisioning.office import lds, mrz, portrait
from provisioning.office.pki import (
    CITIZEN_DOCUMENT_CODE,
    PARTY_DOCUMENT_CODE,
    PASSPORT_DOCUMENT_CODE,
    Authority,
    Rng,
    new_key,
    public_der,
)
from provisioning.office.security_object import security_object
from provisioning.softcard.image import CardImage
from reader.lds.files import FileId

EMRTD_AID = bytes.fromhex("A0000002471001")
PARTY_AID = bytes.fromhex("F05472616D54686501")

_CURVES: Mapping[int, Callable[[], ec.EllipticCurve]] = {
    12: ec.SECP256R1,
    13: ec.BrainpoolP256R1,
}
# ISO/IEC 7816-4 section 12.1.1.9: select by name, file, short identifier; extended lengths.
_CAPABILITIES = bytes.fromhex("940140")
_HISTORICAL = b"\x80\x73" + _CAPABILITIES


@unique
class Family(StrEnum):
    """The card families that the office personalises, by their profile's name."""

    PARTY = "dang-vien"
    CITIZEN = "cccd"
    PASSPORT = "icao"


_TITLES = {
    Family.PARTY: "Thẻ đảng viên",
    Family.CITIZEN: "Thẻ căn cước",
    Family.PASSPORT: "Hộ chiếu",
}


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """What the party card adds to a person. `number` has 9 digits, `organisation` 14."""

    number: str = field(repr=False)
    joined: date = field(repr=False)
    official: date = field(repr=False)
    organisation: str


@dataclass(frozen=True, slots=True)
class Person:
    """A holder. `name` begins with the surname.

    `personal_number` has 12 digits, and is empty for a foreigner. `key` names the person inside
    the office and seeds the drawn face.
    """

    key: str
    name: str = field(repr=False)
    birth: date = field(repr=False)
    sex: str = field(repr=False)
    """`M` or `F`."""
    personal_number: str = field(repr=False)
    home: str = field(repr=False)
    residence: str = field(repr=False)
    ethnicity: str = field(repr=False)
    party: PartyRecord | None = field(default=None, repr=False)


def personalise(
    person: Person,
    family: Family,
    signer: Authority,
    *,
    at: datetime,
    expires: date,
    can: str | None = None,
    document_number: str | None = None,
    pace_parameter_id: int = 12,
    rng: Rng = os.urandom,
) -> CardImage:
    """Return the card of `person`, issued `at` and valid to `expires`, signed by `signer`.

    `can` opens party cards (a citizen card's follows from its number, a passport has none);
    `document_number` is a passport's. `pace_parameter_id` is 12 (P-256) or 13
    (brainpoolP256r1); the chip's own key lies on the same curve.
    Raises OfficeInputInvalid where something the family needs is missing or malformed.
    """
    curve = _CURVES.get(pace_parameter_id)
    if curve is None:
        raise _invalid("cards run PACE on domain parameters 12 or 13")
    key = new_key(rng, curve())
    zone = _zone(person, family, expires, document_number)
    groups = {
        FileId.DG1: lds.dg1(mrz.td3(zone) if family is Family.PASSPORT else mrz.td1(zone)),
        FileId.DG2: lds.dg2(
            portrait.draw(person.key), size=portrait.SIZE, sex=person.sex, made=at.date()
        ),
        FileId.DG14: lds.dg14(pace_parameter_id),
        FileId.DG15: lds.dg15(public_der(key.public_key())),
    }
    if family is Family.CITIZEN:
        groups[FileId.DG3] = lds.dg3_empty()
    if family is not Family.PASSPORT:
        groups[FileId.DG13] = lds.dg13(_dg13(person, family, at.date(), expires))
    groups = dict(sorted(groups.items(), key=lambda item: item[0].fid))
    files = {
        FileId.COM: lds.com(groups),
        FileId.SOD: security_object(groups, signer),
        **groups,
    }
    return CardImage(
        name=f"{family}-{person.key}",
        title=_TITLES[family],
        atr=_atr(),
        aid=PARTY_AID if family is Family.PARTY else EMRTD_AID,
        mf_files={
            FileId.CARD_ACCESS.fid: lds.card_access(pace_parameter_id),
            FileId.ATR_INFO.fid: lds.atr_info(_CAPABILITIES),
        },
        app_files={file.fid: data for file, data in files.items()},
        can=_can(person, family, can),
        mrz_information=mrz.information(zone),
        pace_parameter_id=pace_parameter_id,
        active_auth_key=key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        # Fingerprints are there and nobody reads them: terminal authentication is not for us.
        hidden=frozenset({FileId.DG3.fid}) if family is Family.CITIZEN else frozenset(),
    )


def _can(person: Person, family: Family, can: str | None) -> str | None:
    if family is Family.PASSPORT:
        return None
    value = person.personal_number[-6:] if family is Family.CITIZEN else can
    if value is None or not _is_digits(value, 6):
        raise _invalid("a card access number has 6 digits")
    return value


def _zone(
    person: Person, family: Family, expires: date, document_number: str | None
) -> mrz.MrzData:
    """Return the machine-readable zone's values for this family."""
    if family is not Family.PASSPORT and not _is_digits(person.personal_number, 12):
        raise _invalid("a personal number has 12 digits")
    match family:
        case Family.PARTY:
            return _zone_of(person, expires, PARTY_DOCUMENT_CODE, "VNM", _party(person).number)
        case Family.CITIZEN:
            # The full number, its check digit at the end: what the country's cards carry.
            whole = person.personal_number
            optional = f"{whole}{mrz.FILLER * 2}{mrz.check_digit(whole)}"
            return _zone_of(person, expires, CITIZEN_DOCUMENT_CODE, "VNM", whole[3:], optional)
        case Family.PASSPORT:
            if document_number is None:
                raise _invalid("a passport has a document number")
            return _zone_of(person, expires, PASSPORT_DOCUMENT_CODE, "UTO", document_number)


def _zone_of(
    person: Person, expires: date, code: str, issuer: str, number: str, optional: str = ""
) -> mrz.MrzData:
    return mrz.MrzData(
        document_code=code,
        issuer=issuer,
        number=number,
        name=person.name,
        birth=person.birth,
        sex=person.sex,
        expires=expires,
        nationality=issuer,
        optional=optional,
    )


def _dg13(person: Person, family: Family, issued: date, expires: date) -> dict[int, lds.Dg13Value]:
    sex = {"M": "Nam", "F": "Nữ"}[person.sex]
    if family is Family.CITIZEN:
        return {
            1: person.personal_number,
            2: person.name,
            3: _written(person.birth),
            4: sex,
            5: "Việt Nam",
            6: person.ethnicity,
            7: "Không",
            8: person.home,
            9: person.residence,
            11: _written(issued),
            12: _written(expires),
        }
    party = _party(person)
    return {
        1: party.number,
        2: person.name,
        3: _written(person.birth),
        4: sex,
        5: person.home,
        6: _written(party.joined),
        7: _written(party.official),
        8: party.organisation,
        9: _written(issued),
        10: _written(expires),
        11: person.personal_number,
    }


def _party(person: Person) -> PartyRecord:
    party = person.party
    if party is None or not _is_digits(party.number, 9):
        raise _invalid("a party card needs its holder's party record, with a number of 9 digits")
    return party


def _is_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdecimal()


def _written(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _atr() -> bytes:
    """Return the answer to reset of a contactless card as PC/SC part 3 section 3.1.3.2.3 has it."""
    body = bytes([0x80 | len(_HISTORICAL), 0x80, 0x01]) + _HISTORICAL
    return b"\x3b" + body + bytes([reduce(lambda a, b: a ^ b, body)])


def _invalid(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The card cannot be personalised: {why}.", next_step="Correct the person's data."
    )
