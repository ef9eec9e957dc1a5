"""EF.ATR/INFO: what the chip as a whole can do, and how long its APDUs may be.

Lives here: the file's data objects, the card capabilities (in DO47, or among the historical bytes
of DO5F52) and the extended length information (DO7F66). Not here: what is made of them
(`reader.binary`). The file is unsigned.
Source: Doc 9303-10 section 3.11.1; ISO/IEC 7816-4:2020 sections 12.1.1 (historical bytes, card
capabilities) and 12.7.1 (extended length information).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader import tlv
from reader.lds.asn1 import INTEGER, malformed, require_size, untemplated
from reader.tlv import Tlv

MAX_ATR_INFO = 1024  # bytes
MAX_OBJECTS = 32

_WHERE = "EF.ATR/INFO"
_CAPABILITIES = 0x47
_HISTORICAL_BYTES = 0x5F52
_EXTENDED_LENGTH_INFO = 0x7F66
_COMPACT_CAPABILITIES = 7  # the high half of a compact tag; the low half is the length
_COMPACT_CATEGORIES = (0x00, 0x80)  # categories of historical bytes that hold compact objects
_STATUS_SIZE = 3  # bytes: a status stands at the end in category 00
_MAX_SIZE = 4  # bytes of a size in the extended length information


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Card capabilities: one to three bytes of software functions. Raises MalformedData."""

    table: bytes

    def __post_init__(self) -> None:
        if not 1 <= len(self.table) <= 3:
            raise malformed(_WHERE, f"the card capabilities have {len(self.table)} bytes")

    @property
    def selects_by_name(self) -> bool:
        """Whether an application is selected by its full identifier."""
        return self._bit(0, 8)

    @property
    def short_identifiers(self) -> bool:
        """Whether files have short identifiers."""
        return self._bit(0, 3)

    @property
    def record_numbers(self) -> bool:
        """Whether records are addressed by number."""
        return self._bit(0, 2)

    @property
    def data_unit(self) -> int | None:
        """What an offset counts, in half bytes (2 is one byte); None where it is not said."""
        return 1 << (self.table[1] & 0x0F) if len(self.table) > 1 else None

    @property
    def command_chaining(self) -> bool:
        """Whether a command may come in several pieces."""
        return self._bit(2, 8)

    @property
    def extended_length(self) -> bool:
        """Whether lengths of more than one byte are understood."""
        return self._bit(2, 7)

    @property
    def extended_length_info(self) -> bool:
        """Whether the extended length information stands in EF.ATR/INFO."""
        return self._bit(2, 6)

    def _bit(self, octet: int, number: int) -> bool:
        """Return bit `number`, 8 being the highest; a byte that is not there is zero."""
        return len(self.table) > octet and bool(self.table[octet] >> (number - 1) & 1)


@dataclass(frozen=True, slots=True)
class ExtendedLength:
    """Extended length information: the most bytes of a whole APDU, status word included."""

    command: int
    response: int


@dataclass(frozen=True, slots=True)
class AtrInfo:
    """The file's data objects in their order, and what is read from them."""

    objects: tuple[Tlv, ...]
    capabilities: Capabilities | None = field(init=False, compare=False)
    extended_length: ExtendedLength | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        by_tag = {item.tag: item.value for item in self.objects}
        capabilities = by_tag.get(_CAPABILITIES)
        if capabilities is None:
            capabilities = _compact_capabilities(by_tag.get(_HISTORICAL_BYTES, b""))
        sizes = by_tag.get(_EXTENDED_LENGTH_INFO)
        found = None if capabilities is None else Capabilities(capabilities)
        object.__setattr__(self, "capabilities", found)
        object.__setattr__(self, "extended_length", None if sizes is None else _sizes(sizes))

    def to_bytes(self) -> bytes:
        """Return the file."""
        return b"".join(item.to_bytes() for item in self.objects)


def parse(data: bytes) -> AtrInfo:
    """Read EF.ATR/INFO; padding behind the last object is passed over. Raises MalformedData."""
    require_size(data, MAX_ATR_INFO, _WHERE)
    objects = untemplated(data, MAX_OBJECTS, _WHERE)
    if len({item.tag for item in objects}) != len(objects):
        raise malformed(_WHERE, "an object stands twice")
    return AtrInfo(objects)


def extended_length(data: bytes) -> ExtendedLength | None:
    """Return the extended length information from the file's first bytes, None without it.

    Nothing behind it is looked at: the file may be longer than one answer. Raises MalformedData.
    """
    for item in tlv.iterate(data):
        if item.tag == _EXTENDED_LENGTH_INFO:
            return _sizes(item.value)
    return None


def _sizes(value: bytes) -> ExtendedLength:
    """Read two sizes. A chip may leave out the zero before a high bit: they are never negative."""
    items = list(tlv.iterate(value))
    if [item.tag for item in items] != [INTEGER, INTEGER] or not all(
        1 <= len(item.value) <= _MAX_SIZE for item in items
    ):
        raise malformed(_WHERE, "the extended length information is not two sizes")
    command, response = (int.from_bytes(item.value, "big") for item in items)
    return ExtendedLength(command, response)


def _compact_capabilities(historical: bytes) -> bytes | None:
    """Return the card capabilities among the historical bytes, None where there are none.

    Their first byte is the category; what follows in categories 00 and 80 are compact objects,
    tag and length in one byte.
    """
    if not historical or historical[0] not in _COMPACT_CATEGORIES:
        return None
    end = len(historical) - (_STATUS_SIZE if historical[0] == 0x00 else 0)
    offset = 1
    while offset < end:
        tag, length = historical[offset] >> 4, historical[offset] & 0x0F
        start = offset + 1
        offset = start + length
        if offset > end:
            raise malformed(_WHERE, "the historical bytes are cut short")
        if tag == _COMPACT_CAPABILITIES:
            return historical[start:offset]
    return None
