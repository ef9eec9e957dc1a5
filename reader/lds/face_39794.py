"""The face image data block of ISO/IEC 39794-5:2019, which replaces 19794-5 on new cards.

Lives here: the way from the block to the picture, its form, size and time, in ASN.1 with context
tags. What else a block says (quality, attack detection, identity, landmarks) is held to be whole,
kept as it stands and read by nobody here. Not here: the templates around the block (`dg2`) and
the picture in it (`picture`).
Source: ISO/IEC 39794-1 and -5 in the application profile of ICAO for electronic travel documents
(ASN.1 modules ID-ICAO-ISO-IEC-39794-1-ed-1-v1 and ID-ICAO-ISO-IEC-39794-5-ed-1-v1); Doc 9303-10
section 4.5.6.

This software makes use of the Schema from ISO/IEC 39794-5 within modifications permitted in the
relevant ISO/IEC standard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reader import tlv
from reader.lds.asn1 import SEQUENCE, at_most, integer, malformed, require_whole
from reader.tlv import Tlv

MAX_REPRESENTATIONS = 9
MAX_DEPTH = 16  # values inside each other

BLOCK = 0x65
"""Tag of the block: [APPLICATION 5]."""

_WHERE = "DG2"
_CONTEXT = 0x80  # class of the tags inside; the low five bits are the number
_CONSTRUCTED = 0x20
_MANY = 0x1F  # members; the tag of a further one would take two bytes
_PARTS_OF_TIME = (
    range(10_000),
    range(1, 13),
    range(1, 32),
    range(24),
    range(60),
    range(60),
    range(1000),
)


@dataclass(frozen=True, slots=True)
class Representation:
    """One picture, with what the block says about it. Raises MalformedData."""

    objects: tuple[Tlv, ...] = field(repr=False)
    """The members of the RepresentationBlock, in their order."""
    number: int = field(init=False, compare=False)
    image: bytes | None = field(init=False, compare=False, repr=False)
    """None where the representation is no flat picture."""
    data_format: int | None = field(init=False, compare=False)
    """2 JPEG, 3 and 4 JPEG 2000 lossy and lossless; issuers mislabel it."""
    size: tuple[int, int] | None = field(init=False, compare=False)
    """Width and height, in pixels, as claimed."""
    captured: tuple[int, ...] = field(init=False, compare=False, repr=False)
    """Year, month, day, hour, minute, second, millisecond, as far as they are said."""

    def __post_init__(self) -> None:
        members = _members(self.objects)
        image, data_format, size = _flat(_require(members, 1))
        views = {
            "number": _number(_require(members, 0)),
            "image": image,
            "data_format": data_format,
            "size": size,
            "captured": _captured(members.get(2, b"")),
        }
        for name, view in views.items():
            object.__setattr__(self, name, view)


@dataclass(frozen=True, slots=True)
class FaceImageBlock:
    """FaceImageDataBlock: its version and its representations. Raises MalformedData."""

    objects: tuple[Tlv, ...] = field(repr=False)
    """The members of the block, in their order."""
    version: tuple[int, int] = field(init=False, compare=False)
    """Generation and year, (3, 2019) in the first edition."""
    representations: tuple[Representation, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        members = _members(self.objects)
        version = _inside(members, 0)
        object.__setattr__(
            self, "version", (_number(_require(version, 0)), _number(_require(version, 1)))
        )
        found = at_most(_require(members, 1), MAX_REPRESENTATIONS, _WHERE)
        if not found or any(item.tag != SEQUENCE for item in found):
            raise malformed(_WHERE, "its representations have not the standard's form")
        representations = tuple(Representation(tuple(tlv.iterate(item.value))) for item in found)
        object.__setattr__(self, "representations", representations)

    def to_bytes(self) -> bytes:
        """Return the block."""
        return tlv.encode(BLOCK, b"".join(item.to_bytes() for item in self.objects))


def parse(data: bytes) -> FaceImageBlock:
    """Read a face image data block. Raises MalformedData."""
    content = tlv.unwrap(data, BLOCK)
    require_whole(content, MAX_DEPTH, _WHERE)
    return FaceImageBlock(tuple(tlv.iterate(content)))


def _members(items: Iterable[Tlv]) -> dict[int, bytes]:
    """Return number to contents of a SEQUENCE's members; later editions may add some at its end."""
    found: dict[int, bytes] = {}
    last = -1
    for item in items:
        number = (item.tag & ~_CONSTRUCTED) ^ _CONTEXT
        if not last < number < _MANY:
            raise malformed(_WHERE, "members of a face image block are not those of the standard")
        found[number] = item.value
        last = number
    return found


def _inside(members: dict[int, bytes], number: int) -> dict[int, bytes]:
    """Return the members of a SEQUENCE that is itself a member."""
    return _members(tlv.iterate(_require(members, number)))


def _require(members: dict[int, bytes], number: int) -> bytes:
    if number not in members:
        raise malformed(_WHERE, f"member {number} of a face image block is missing")
    return members[number]


def _basic(choice: bytes) -> bytes | None:
    """Return the contents of a CHOICE's first alternative, None where another was taken."""
    alternatives = _members(tlv.iterate(choice))
    if len(alternatives) != 1:
        raise malformed(_WHERE, "a choice of a face image block is not one")
    return alternatives.get(0)


def _flat(choice: bytes) -> tuple[bytes | None, int | None, tuple[int, int] | None]:
    """Return picture, form and size of an ImageRepresentation; Nones where it is no flat one."""
    base = _basic(choice)
    flat = None if base is None else _basic(base)
    if flat is None:
        return None, None, None
    members = _members(tlv.iterate(flat))
    image, information = _require(members, 0), _inside(members, 1)
    code = _basic(_require(information, 0))
    size = _inside(information, 7) if 7 in information else None
    return (
        image,
        None if code is None else _number(code),
        None if size is None else (_number(_require(size, 0)), _number(_require(size, 1))),
    )


def _captured(value: bytes) -> tuple[int, ...]:
    """Return the parts of a DateTimeBlock up to the first that is not said."""
    members = _members(tlv.iterate(value))
    parts: list[int] = []
    for number, possible in enumerate(_PARTS_OF_TIME):
        if number not in members:
            break
        part = _number(members[number])
        if part not in possible:
            raise malformed(_WHERE, "a picture was taken at no moment")
        parts.append(part)
    return tuple(parts)


def _number(value: bytes) -> int:
    return integer(value, _WHERE)
