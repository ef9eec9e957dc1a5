"""Data groups of particulars: signature, person, document, whom to notify.

Lives here: DG7, DG11, DG12 and DG16 as bytes, from values. Not here: whose values they are
(`personalise`), the drawn signature (`portrait`), reading (`reader.lds`).
Source: Doc 9303-10 sections 4.7.7, 4.7.11, 4.7.12 and 4.7.16. Names have their parts apart as in
the MRZ (`NGUYỄN<<THỊ<NGA`), in national characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from provisioning.office import der
from reader.tlv import encode

_TAG_LIST = 0x5C
_NAMES = 0xA0
_COUNT = 0x02


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """What DG11 says of the holder; what is empty is left out."""

    name: str = field(repr=False)
    """Full name in national characters."""
    other_names: tuple[str, ...] = field(default=(), repr=False)
    personal_number: str = field(default="", repr=False)
    birth: date | None = field(default=None, repr=False)
    place_of_birth: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    telephone: str = field(default="", repr=False)
    profession: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DocumentDetails:
    """What DG12 says of the document; what is empty is left out."""

    authority: str
    issued: date
    endorsements: str = ""
    personalised: datetime | None = None
    system: str = ""
    """Serial number of the personalisation system."""


@dataclass(frozen=True, slots=True)
class PersonToNotify:
    """One entry of DG16."""

    recorded: date
    name: str = field(repr=False)
    telephone: str = field(repr=False)
    address: str = field(repr=False)


def dg7(signatures: Sequence[bytes]) -> bytes:
    """Return DG7 with images (JPEG) of the holder's signature or usual mark."""
    images = b"".join(encode(0x5F43, image) for image in signatures)
    return encode(0x67, der.integer(len(signatures)) + images)


def dg11(person: PersonDetails) -> bytes:
    """Return DG11: a list of the tags that are there, then each."""
    birth = "" if person.birth is None else f"{person.birth:%Y%m%d}"
    texts = {
        0x5F10: person.personal_number,
        0x5F2B: birth,
        0x5F11: person.place_of_birth,
        0x5F42: person.address,
        0x5F12: person.telephone,
        0x5F13: person.profession,
    }
    return _listed(
        0x6B,
        {
            0x5F0E: encode(0x5F0E, person.name.encode()),
            0x5F0F: _several(0x5F0F, person.other_names),
            **_present(texts),
        },
    )


def dg12(document: DocumentDetails) -> bytes:
    """Return DG12: a list of the tags that are there, then each."""
    personalised = document.personalised
    texts = {
        0x5F19: document.authority,
        0x5F26: f"{document.issued:%Y%m%d}",
        0x5F1B: document.endorsements,
        0x5F55: "" if personalised is None else f"{personalised:%Y%m%d%H%M%S}",
        0x5F56: document.system,
    }
    return _listed(0x6C, _present(texts))


def dg16(people: Sequence[PersonToNotify]) -> bytes:
    """Return DG16: whom to notify, up to fifteen."""
    entries = b"".join(
        encode(
            0xA0 | number,
            encode(0x5F50, f"{person.recorded:%Y%m%d}".encode())
            + encode(0x5F51, person.name.encode())
            + encode(0x5F52, person.telephone.encode())
            + encode(0x5F53, person.address.encode()),
        )
        for number, person in enumerate(people, start=1)
    )
    return encode(0x70, der.integer(len(people)) + entries)


def _present(texts: Mapping[int, str]) -> dict[int, bytes]:
    return {tag: encode(tag, text.encode()) for tag, text in texts.items() if text}


def _several(tag: int, names: Sequence[str]) -> bytes:
    """Return names in their template, with their number in front; nothing for none."""
    if not names:
        return b""
    items = b"".join(encode(tag, name.encode()) for name in names)
    return encode(_NAMES, encode(_COUNT, bytes([len(names)])) + items)


def _listed(template: int, elements: Mapping[int, bytes]) -> bytes:
    """Return the elements that are there behind the list of their tags."""
    there = {tag: element for tag, element in elements.items() if element}
    tags = b"".join(tag.to_bytes(2, "big") for tag in there)
    return encode(template, encode(_TAG_LIST, tags) + b"".join(there.values()))
