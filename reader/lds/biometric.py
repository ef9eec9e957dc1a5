"""Biometric templates: a count, and as many headers with their records, nested as CBEFF wants it.

Lives here: the group template, the biometric header and the record as bytes. Not here: what a
record holds (`face_19794`, `face_39794`).
Source: Doc 9303-10 sections 4.5.6 and 4.7.2.1, table 44; ISO/IEC 7816-11; ISO/IEC 19785 (CBEFF).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reader import tlv
from reader.lds.asn1 import at_most, counted, encode_integer, malformed
from reader.tlv import Tlv

MAX_OBJECTS = 16  # in one header or template

DATA_19794 = 0x5F2E
DATA_39794 = 0x7F2E

_WHERE = "DG2"
_COUNTS = range(10)  # of biometric information templates; none is a way to say nothing
_GROUP = 0x7F61
_TEMPLATE = 0x7F60
_HEADERS = range(0xA1, 0xAA)  # some issuers count on
_TYPE, _CREATED, _OWNER, _FORMAT = 0x81, 0x83, 0x87, 0x88
_SIZES = {_TYPE: (1, 2, 3), _OWNER: (2,), _FORMAT: (2,)}  # bytes


@dataclass(frozen=True, slots=True)
class BiometricHeader:
    """What a template says about its record. Raises MalformedData."""

    objects: tuple[Tlv, ...] = field(repr=False)
    biometric_type: int | None = field(init=False, compare=False)
    """2 is a face; None where it is not said, here and below."""
    created: bytes | None = field(init=False, compare=False, repr=False)
    """Date and time as the issuer packed them, mostly 7 bytes."""
    format_owner: int | None = field(init=False, compare=False)
    """0101 is ISO/IEC JTC 1/SC 37."""
    format_type: int | None = field(init=False, compare=False)
    """0008 is ISO/IEC 19794-5, 002A is ISO/IEC 39794-5."""

    def __post_init__(self) -> None:
        found: dict[int, bytes] = {}
        for item in self.objects:
            sizes = _SIZES.get(item.tag)
            if item.tag in found or (sizes is not None and len(item.value) not in sizes):
                raise malformed(
                    _WHERE, "a biometric header says something twice, or at wrong length"
                )
            found[item.tag] = item.value
        numbers = {
            name: int.from_bytes(found[tag], "big") if tag in found else None
            for name, tag in (
                ("biometric_type", _TYPE),
                ("format_owner", _OWNER),
                ("format_type", _FORMAT),
            )
        }
        for name, view in {**numbers, "created": found.get(_CREATED)}.items():
            object.__setattr__(self, name, view)


@dataclass(frozen=True, slots=True)
class BiometricTemplate:
    """One biometric information template. Raises MalformedData."""

    objects: tuple[Tlv, ...] = field(repr=False)
    header: BiometricHeader | None = field(init=False, compare=False)
    record: Tlv = field(init=False, compare=False)
    """Under DATA_19794 or DATA_39794."""

    def __post_init__(self) -> None:
        records = [item for item in self.objects if item.tag in (DATA_19794, DATA_39794)]
        headers = [item for item in self.objects if item.tag in _HEADERS]
        if len(records) != 1 or len(headers) > 1:
            raise malformed(
                _WHERE, "a template does not hold one biometric record under one header"
            )
        header = BiometricHeader(_within(headers[0].value)) if headers else None
        object.__setattr__(self, "header", header)
        object.__setattr__(self, "record", records[0])

    def to_bytes(self) -> bytes:
        """Return the template."""
        return tlv.encode(_TEMPLATE, b"".join(item.to_bytes() for item in self.objects))


def parse(data: bytes) -> tuple[BiometricTemplate, ...]:
    """Read a group of templates, possibly none. Raises MalformedData."""
    templates = counted(tlv.unwrap(data, _GROUP), _COUNTS, "templates", _WHERE)
    if any(item.tag != _TEMPLATE for item in templates):
        raise malformed(_WHERE, "something stands in it that is no template")
    return tuple(BiometricTemplate(_within(item.value)) for item in templates)


def encode(templates: Iterable[BiometricTemplate]) -> bytes:
    """Return the group of these templates."""
    inside = [one.to_bytes() for one in templates]
    return tlv.encode(_GROUP, encode_integer(len(inside)) + b"".join(inside))


def _within(value: bytes) -> tuple[Tlv, ...]:
    return tuple(at_most(value, MAX_OBJECTS, _WHERE))
