"""What each card family carries, and what the office refuses to make."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import date, datetime
from functools import reduce

import pytest
from cryptography.hazmat.primitives import serialization

from provisioning import people
from provisioning.errors import OfficeInputInvalid
from provisioning.office.options import ChipOptions, pace
from provisioning.office.personalise import EMRTD_AID, PARTY_AID, Family, Person, personalise
from provisioning.office.pilot import STATUS_SCOPE, PilotPki
from provisioning.softcard.image import CardImage
from reader.lds import com, dg1, dg14, dg15, holder, security_infos, sod
from reader.lds.files import FileId
from reader.lds.sources import CardFiles
from reader.profile import builtin_profiles

EXPIRES = date(2036, 10, 5)
PERSON = people.NIE.person


@pytest.fixture
def party(pilot: PilotPki, at: datetime) -> CardImage:
    """Return a party card."""
    return personalise(
        PERSON, Family.PARTY, pilot.party_signer, at=at, expires=EXPIRES, can="805312"
    )


@pytest.fixture
def citizen(pilot: PilotPki, at: datetime) -> CardImage:
    """Return a citizen card."""
    return personalise(PERSON, Family.CITIZEN, pilot.citizen_signer, at=at, expires=EXPIRES)


@pytest.fixture
def passport(pilot: PilotPki, at: datetime) -> CardImage:
    """Return a passport."""
    return personalise(
        people.TRAVELLER,
        Family.PASSPORT,
        pilot.passport_signer,
        at=at,
        expires=EXPIRES,
        document_number="UX4071962",
        options=ChipOptions(pace=(pace(13),)),
    )


def _files(image: CardImage) -> dict[FileId, bytes]:
    by_fid = {file.fid: file for file in FileId if not file.in_master_file}
    return {by_fid[fid]: data for fid, data in image.app_files.items()}


def _fields(image: CardImage, profile: str, at: datetime) -> dict[str, str]:
    profiles = {p.name: p for p in builtin_profiles()}
    return dict(holder.holder_fields(CardFiles(_files(image), at.date()), profiles[profile]))


def test_party_card_says_who_the_member_is(party: CardImage, at: datetime) -> None:
    """Every field of the built-in profile is found, in the words and dates that went in."""
    fields = _fields(party, "dang-vien", at)
    record = PERSON.party
    assert record is not None
    assert fields == {
        "number": record.number,
        "name": PERSON.name,
        "birth": "1988-11-20",
        "expiry": "2036-10-05",
        "sex": "Nữ",
        "hometown": PERSON.home,
        "joined": record.joined.isoformat(),
        "official": record.official.isoformat(),
        "organisation": "99168053000001",
        "issued": at.date().isoformat(),
        "personal_number": PERSON.personal_number,
    }


def test_party_card_agrees_with_the_profile(party: CardImage) -> None:
    """Application identifier and status list scope are the built-in profile's."""
    profile = next(p for p in builtin_profiles() if p.name == "dang-vien")
    assert party.aid in profile.aids
    assert party.aid == PARTY_AID
    assert profile.status_list == STATUS_SCOPE
    assert party.can == "805312"


def test_citizen_card_opens_by_its_number(citizen: CardImage, at: datetime) -> None:
    """The CAN is the number's last six digits; the zone carries the whole number."""
    assert citizen.aid == EMRTD_AID
    assert citizen.can == PERSON.personal_number[-6:]
    fields = _fields(citizen, "cccd", at)
    assert fields["personal_number"] == PERSON.personal_number
    assert fields["document_number"] == PERSON.personal_number[-9:]
    assert fields["name"] == PERSON.name


def test_citizen_card_keeps_its_fingerprints(citizen: CardImage) -> None:
    """DG3 stands in EF.COM and under the signature, and no terminal gets it."""
    files = _files(citizen)
    assert FileId.DG3 in com.parse(files[FileId.COM]).data_groups
    assert 3 in sod.parse(files[FileId.SOD]).hashes
    assert citizen.hidden == {FileId.DG3.fid}


def test_passport_opens_by_its_zone(passport: CardImage, at: datetime) -> None:
    """A passport has no CAN and no DG13; its MRZ information is that of its zone."""
    assert passport.can is None
    zone = dg1.parse(_files(passport)[FileId.DG1])
    assert (zone.document_type, zone.issuing_state) == ("P", "UTO")
    assert passport.mrz_information == dg1.mrz_information(
        zone.document_number, zone.birth, zone.expiry
    )
    assert FileId.DG13 not in _files(passport)
    assert _fields(passport, "icao", at)["document"] == "UTOUX4071962"


@pytest.mark.parametrize("kind", ["party", "citizen", "passport"])
def test_every_group_is_listed_and_signed(kind: str, request: pytest.FixtureRequest) -> None:
    """EF.COM, the signed hash list and the files name the same groups, each hash its file's."""
    files = _files(request.getfixturevalue(kind))
    groups = {file: data for file, data in files.items() if file.data_group is not None}
    assert set(com.parse(files[FileId.COM]).data_groups) == set(groups)
    assert dict(sod.parse(files[FileId.SOD]).hashes) == {
        file.data_group: hashlib.sha256(data).digest() for file, data in groups.items()
    }


@pytest.mark.parametrize("kind", ["party", "passport"])
def test_chip_holds_the_key_that_dg15_shows(kind: str, request: pytest.FixtureRequest) -> None:
    """The private key is DG15's, and PACE's parameters are DG14's."""
    image: CardImage = request.getfixturevalue(kind)
    files = _files(image)
    assert image.active_auth is not None
    private = serialization.load_der_private_key(image.active_auth.key, password=None)
    assert private.public_key() == serialization.load_der_public_key(dg15.parse(files[FileId.DG15]))
    signed = dg14.parse(files[FileId.DG14]).pace
    shown = security_infos.parse(image.mf_files[FileId.CARD_ACCESS.fid]).pace
    assert signed == shown
    assert signed[0].parameter_id == image.access.pace[0].parameter_id


def test_answer_to_reset_checks(party: CardImage) -> None:
    """The ATR is a contactless card's, with a right check character."""
    assert party.atr.startswith(bytes.fromhex("3b858001"))
    assert reduce(lambda a, b: a ^ b, party.atr[1:]) == 0


def test_same_randomness_same_chip_key(pilot: PilotPki, at: datetime) -> None:
    """With the randomness given, only the signature differs from card to card."""
    first, again = (
        personalise(
            PERSON,
            Family.CITIZEN,
            pilot.citizen_signer,
            at=at,
            expires=EXPIRES,
            rng=lambda n: b"\x11" * n,
        )
        for _ in range(2)
    )
    assert first.active_auth == again.active_auth


def test_nothing_of_the_holder_in_a_representation(party: CardImage) -> None:
    """Neither name nor number nor CAN shows in a repr of person or card."""
    record = PERSON.party
    assert record is not None
    for secret in (PERSON.name, PERSON.personal_number, record.number, "805312"):
        assert secret not in repr(party)
        assert secret not in repr(PERSON)
        assert secret not in repr(people.NIE)


@pytest.mark.parametrize("can", [None, "", "12345", "1234567", "12345a", "٣٤٥٦٧٨"])
def test_party_card_without_six_digits(pilot: PilotPki, at: datetime, can: str | None) -> None:
    """A party card needs a CAN of six digits."""
    with pytest.raises(OfficeInputInvalid, match="6 digits"):
        personalise(PERSON, Family.PARTY, pilot.party_signer, at=at, expires=EXPIRES, can=can)


def _refused(pilot: PilotPki, at: datetime, person: Person, family: Family, why: str) -> None:
    with pytest.raises(OfficeInputInvalid, match=why):
        personalise(person, family, pilot.party_signer, at=at, expires=EXPIRES, can="123456")


def test_party_card_for_somebody_without_a_record(pilot: PilotPki, at: datetime) -> None:
    """A probationary member has no card."""
    _refused(pilot, at, people.TRU.person, Family.PARTY, "party record")


@pytest.mark.parametrize("family", [Family.PARTY, Family.CITIZEN])
def test_card_without_a_personal_number(pilot: PilotPki, at: datetime, family: Family) -> None:
    """The country's own cards need the holder's number of 12 digits."""
    person = dataclasses.replace(PERSON, personal_number="99")
    _refused(pilot, at, person, family, "12 digits")


def test_passport_without_a_number(pilot: PilotPki, at: datetime) -> None:
    """A passport needs its document number."""
    _refused(pilot, at, people.TRAVELLER, Family.PASSPORT, "document number")
