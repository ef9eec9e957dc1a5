"""Personalisation: a person and a card family become everything that a chip carries.

Lives here: what each family writes into which file, and the card image that results. Not here:
how the files are coded (`lds`, `details`, `mrz`, `security_object`), the chip's keys and what it
says of itself (`chip`), its behaviour (`provisioning.softcard`), who the demo's people are
(`provisioning.people`).
Source: Doc 9303-10; the party card's DG13 numbering is our own (`reader/profiles`), in the form
of the Vietnamese citizen card.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum, unique

from provisioning.errors import OfficeInputInvalid
from provisioning.office import chip, details, lds, mrz, portrait
from provisioning.office.options import ChipOptions
from provisioning.office.pki import (
    CITIZEN_DOCUMENT_CODE,
    PARTY_DOCUMENT_CODE,
    PASSPORT_DOCUMENT_CODE,
    Authority,
    Rng,
)
from provisioning.office.security_object import security_object
from provisioning.softcard.image import Access, CardImage
from reader.lds.files import FileId

EMRTD_AID = bytes.fromhex("A0000002471001")
PARTY_AID = bytes.fromhex("F05472616D54686501")

PILOT = ChipOptions()
"""The pilot's chip."""


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
_AUTHORITIES = {
    Family.PARTY: "Ban Tổ chức Trung ương",
    Family.CITIZEN: "Bộ Công an",
    Family.PASSPORT: "Utopia Passport Office",
}
_SYSTEM = "TRAMTHE-PILOT-01"
_DETAILS = frozenset({FileId.DG7, FileId.DG11, FileId.DG12})


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
    photo: bytes | None = None,
    options: ChipOptions = PILOT,
    rng: Rng = os.urandom,
) -> CardImage:
    """Return the card of `person`, issued `at` and valid to `expires`, signed by `signer`.

    `can` opens party cards (a citizen card's follows from its number, a passport has none);
    `document_number` is a passport's. `photo` is a JPEG of `options.photo_size`; without one a face
    is drawn, for a person who does not exist. `options` say what the chip can do. `rng` gives every
    key except RSA keys.
    Raises OfficeInputInvalid where something the family needs is missing or malformed, and for
    options that do not go together (SoftCardInvalid where the chip itself could not run them).
    """
    zone = _zone(person, family, expires, document_number)
    aid = PARTY_AID if family is Family.PARTY else EMRTD_AID
    made = chip.make(options, aid, signer, rng)
    groups = {
        FileId.DG1: lds.dg1(mrz.td3(zone) if family is Family.PASSPORT else mrz.td1(zone)),
        FileId.DG2: lds.dg2(
            photo or portrait.draw(person.key, size=options.photo_size),
            size=options.photo_size,
            sex=person.sex,
            made=at.date(),
            form=options.face,
        ),
        **_details(person, family, at, options),
        **made.groups,
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
    number = _can(person, family, can)
    return CardImage(
        name=f"{family}-{person.key}",
        title=_TITLES[family],
        atr=made.atr,
        aid=aid,
        mf_files=made.mf_files,
        app_files={file.fid: data for file, data in files.items()},
        access=Access(
            pace=options.pace,
            can=number if options.can else None,
            mrz_information=mrz.information(zone) if options.mrz else None,
            bac=options.bac,
            can_tries=options.can_tries,
            wrong_delay=options.wrong_delay,
        ),
        chip_auth=made.chip_auth,
        active_auth=made.active_auth,
        # Fingerprints are there and nobody reads them: terminal authentication is not for us.
        hidden=frozenset({FileId.DG3.fid}) if family is Family.CITIZEN else frozenset(),
        behaviour=options.behaviour,
        faults=options.faults,
        other=options.other,
    )


def _details(
    person: Person, family: Family, at: datetime, options: ChipOptions
) -> dict[FileId, bytes]:
    """Return the data groups of particulars that were ordered."""
    if not options.details <= _DETAILS:
        raise _invalid("the particulars that can be ordered are DG7, DG11 and DG12")
    groups: dict[FileId, bytes] = {}
    if FileId.DG7 in options.details:
        groups[FileId.DG7] = details.dg7([portrait.signature(person.key)])
    if FileId.DG11 in options.details:
        surname, *given = person.name.upper().split()
        groups[FileId.DG11] = details.dg11(
            details.PersonDetails(
                name=f"{surname}<<{'<'.join(given)}",
                personal_number=person.personal_number,
                birth=person.birth,
                place_of_birth=person.home,
                address=person.residence,
            )
        )
    if FileId.DG12 in options.details:
        groups[FileId.DG12] = details.dg12(
            details.DocumentDetails(
                authority=_AUTHORITIES[family],
                issued=at.date(),
                personalised=at,
                system=_SYSTEM,
            )
        )
    if options.notify:
        groups[FileId.DG16] = details.dg16(options.notify)
    return groups


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


def _invalid(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The card cannot be personalised: {why}.", next_step="Correct the person's data."
    )
