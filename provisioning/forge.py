"""What is done to a good card to make a bad one, and what a scanner reads off any.

Lives here: alterations of a card image under a security object that stays as it was, and the
lines printed on cards. Not here: which card gets which (`cast`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from provisioning.office import lds, portrait, security_infos
from provisioning.office.options import pace
from provisioning.office.personalise import Person
from provisioning.people import Member
from provisioning.softcard.image import CardImage, ChipAuth
from provisioning.softcard.protocols import PaceMapping
from reader.lds import dg13
from reader.lds.files import FileId
from reader.tlv import unwrap


def _edited(image: CardImage, file: FileId, edit: Callable[[bytes], bytes]) -> CardImage:
    """Return the card with one file changed under the same security object."""
    files = dict(image.app_files)
    files[file.fid] = edit(files[file.fid])
    return replace(image, app_files=files)


def without_key(image: CardImage) -> CardImage:
    """Return a copy: every file and password, no private key."""
    return _keyless(image)


def with_face(image: CardImage, other: Person, made: date) -> CardImage:
    """Return the card with somebody else's photo in DG2."""
    face = lds.dg2(portrait.draw(other.key), size=portrait.SIZE, sex=other.sex, made=made)
    return _edited(image, FileId.DG2, lambda _: face)


def renamed(image: CardImage, name: str) -> CardImage:
    """Return the card with another name in DG13."""
    return _edited(image, FileId.DG13, lambda data: lds.dg13({**dg13.parse(data), 2: name}))


def quiet(image: CardImage) -> CardImage:
    """Return a copy that owns up to no chip proof."""
    hidden = {FileId.DG14.fid, FileId.DG15.fid}
    shown = [f for f in FileId if f.data_group and f.fid in image.app_files.keys() - hidden]
    silent = _edited(image, FileId.COM, lambda _: lds.com(shown))
    return replace(_keyless(silent), hidden=frozenset(hidden))


def other_parameters(image: CardImage, parameter_id: int) -> CardImage:
    """Return a chip that names and runs other PACE parameters than the signed ones."""
    offers = (pace(parameter_id),)
    files = {**image.mf_files, FileId.CARD_ACCESS.fid: security_infos.card_access(offers)}
    return replace(image, mf_files=files, access=replace(image.access, pace=offers))


def _keyless(image: CardImage) -> CardImage:
    """Return the card without private keys; what needs one can then not be offered."""
    offers = tuple(
        offer
        for offer in image.access.pace
        if offer.protocol.mapping is not PaceMapping.CHIP_AUTHENTICATION
    )
    access = replace(image.access, pace=offers)
    return replace(image, access=access, active_auth=None, chip_auth=ChipAuth())


def party_qr(member: Member) -> str:
    """Return the code on a party card: its number and CAN."""
    party = member.person.party
    number = "" if party is None else party.number
    return f"TRAMTHE1|DV|{number}|{member.can}"


def citizen_qr(person: Person, issued: date) -> str:
    """Return the code on a citizen card: number, old number, name, birth, sex, address, issue."""
    sex = {"M": "Nam", "F": "Nữ"}[person.sex]
    return "|".join(
        [
            person.personal_number,
            "",
            person.name,
            f"{person.birth:%d%m%Y}",
            sex,
            person.residence,
            f"{issued:%d%m%Y}",
        ]
    )


def printed_zone(image: CardImage) -> str:
    """Return the zone as it is printed, its lines joined: what a scanner reads off the page."""
    return unwrap(unwrap(image.app_files[FileId.DG1.fid], 0x61), 0x5F1F).decode("ascii")
