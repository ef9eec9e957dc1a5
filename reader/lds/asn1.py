"""What the parsers of this folder share: two ASN.1 values, and one way to fail.

Lives here: OBJECT IDENTIFIER and INTEGER read and written, the tags in use, and the fence that
turns any exception of asn1crypto into ours. Not here: any structure of a file.
Source: ITU-T X.690 sections 8.3 and 8.19.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice

from reader import tlv
from reader.errors import MalformedData
from reader.tlv import Tlv

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
IA5_STRING = 0x16
SEQUENCE = 0x30
SET = 0x31

MAX_INTEGER = 8  # bytes; every integer of these files is a small number
MAX_OID = 64  # bytes

_CONSTRUCTED = 0x20  # in the first byte of a tag
_PADDING = b"\x00\xff"  # ISO/IEC 7816-4 section 5.2.2.1


def malformed(where: str, why: str) -> MalformedData:
    """Return the error for bytes that have not the form of `where`."""
    return MalformedData(
        f"The card's {where} is malformed: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
    )


def require_size(data: bytes, limit: int, where: str) -> None:
    """Raise MalformedData where `data` is longer than `limit` bytes."""
    if len(data) > limit:
        raise malformed(where, f"it is larger than {limit} bytes")


def require_whole(data: bytes, depth: int, where: str) -> None:
    """Raise MalformedData unless `data` are objects to their leaves, at most `depth` deep."""
    for item in tlv.iterate(data):
        first = item.tag >> 8 * ((item.tag.bit_length() - 1) // 8) if item.tag else 0
        if first & _CONSTRUCTED:
            if not depth:
                raise malformed(where, "it is nested too deeply")
            require_whole(item.value, depth - 1, where)


_FOREIGN = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,  # and with it what too deep nesting and unknown encodings raise
)


@contextmanager
def fence(where: str) -> Iterator[None]:
    """Turn whatever asn1crypto raises on foreign bytes into MalformedData.

    Its parsers raise ValueError, TypeError and, from the depths of lazy decoding, the others.
    """
    try:
        yield
    except _FOREIGN as error:
        raise malformed(where, f"{type(error).__name__} while reading it") from error


def members(data: bytes, tags: tuple[int, ...], where: str) -> list[bytes]:
    """Return the values of the objects that fill `data`, which must carry exactly `tags`."""
    found = list(tlv.iterate(data))
    if tuple([tag for tag, _ in found]) != tags:
        raise malformed(where, "its elements are not those of the standard")
    return [value for _, value in found]


def at_most(data: bytes, most: int, where: str) -> list[Tlv]:
    """Return the objects that fill `data`, which may be `most`; no more are looked at."""
    found = list(islice(tlv.iterate(data), most + 1))
    if len(found) > most:
        raise malformed(where, f"it has more than {most} objects")
    return found


def counted(data: bytes, counts: range, what: str, where: str) -> list[Tlv]:
    """Return the objects behind an INTEGER that says how many they are."""
    items = at_most(data, counts.stop, where)
    if not items or items[0].tag != INTEGER:
        raise malformed(where, f"it does not say how many {what} follow")
    count = integer(items.pop(0).value, where)
    if count != len(items) or count not in counts:
        raise malformed(where, f"it announces {count} {what} and has {len(items)}")
    return items


def untemplated(data: bytes, most: int, where: str) -> tuple[Tlv, ...]:
    """Return the objects of a file without a template: one at least, at most `most`.

    Padding behind the last one, where the file is longer than its objects, is passed over.
    """
    found: list[Tlv] = []
    offset = 0
    while data[offset:].strip(_PADDING):
        item, offset = tlv.parse_one(data, offset)
        found.append(item)
        if len(found) > most:
            raise malformed(where, f"it has more than {most} objects")
    if not found:
        raise malformed(where, "it is empty")
    return tuple(found)


def integer(value: bytes, where: str) -> int:
    """Return the number in the contents of an INTEGER."""
    if not 1 <= len(value) <= MAX_INTEGER:
        raise malformed(where, f"an integer has {len(value)} bytes")
    return int.from_bytes(value, "big", signed=True)


def optional_integer(items: list[Tlv], where: str) -> int | None:
    """Return the number in `items`, at most one INTEGER; None where there is nothing."""
    if not items:
        return None
    if len(items) > 1 or items[0].tag != INTEGER:
        raise malformed(where, "its elements are not those of the standard")
    return integer(items[0].value, where)


def integer_value(number: int) -> bytes:
    """Return the contents of an INTEGER, in the shortest form."""
    return number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True)


def encode_integer(number: int) -> bytes:
    """Return an INTEGER (DER)."""
    return tlv.encode(INTEGER, integer_value(number))


@lru_cache(maxsize=256)  # every card names the same few
def oid(value: bytes, where: str) -> str:
    """Return the contents of an OBJECT IDENTIFIER in dotted form."""
    if not value or len(value) > MAX_OID or value[-1] & 0x80:
        raise malformed(where, "an object identifier is cut short or too long")
    arcs: list[int] = []
    arc = 0
    at_start = True
    for octet in value:
        if at_start and octet == 0x80:
            raise malformed(where, "an object identifier is padded")
        arc = arc << 7 | octet & 0x7F
        at_start = not octet & 0x80
        if at_start:
            arcs.append(arc)
            arc = 0
    root = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (root, arcs[0] - 40 * root, *arcs[1:]))


def encode_oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER (DER) from its dotted form, of at least two arcs."""
    root, second, *others = (int(arc) for arc in dotted.split("."))
    contents = b""
    for arc in (40 * root + second, *others):
        group = bytes((arc & 0x7F,))
        while arc := arc >> 7:
            group = bytes((0x80 | arc & 0x7F,)) + group
        contents += group
    return tlv.encode(OBJECT_IDENTIFIER, contents)


def require_algorithm(data: bytes, where: str) -> None:
    """Raise MalformedData unless `data` has the outer form of an AlgorithmIdentifier."""
    items = list(tlv.iterate(tlv.unwrap(data, SEQUENCE)))
    if not 1 <= len(items) <= 2 or items[0].tag != OBJECT_IDENTIFIER:
        raise malformed(where, "an algorithm is not identified")
    oid(items[0].value, where)


def require_public_key(data: bytes, where: str) -> None:
    """Raise MalformedData unless `data` has the outer form of a SubjectPublicKeyInfo."""
    members(tlv.unwrap(data, SEQUENCE), (SEQUENCE, BIT_STRING), where)
