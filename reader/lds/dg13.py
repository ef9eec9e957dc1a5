"""DG13 as the Vietnamese citizen card fills it: numbered texts.

Lives here: the nested form `6D{SEQUENCE{INTEGER 1, OID 1.0.10646.1.0.8, SET{SEQUENCE{INTEGER n,
value}}}}`, which the party card takes over, read and written. Not here: what a number means (the
profile).
Source: Doc 9303-10 section 4.7.13 leaves the content to the issuer; the form is as read from
citizen cards, and the identifier is ISO/IEC 10646's for UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reader import tlv
from reader.lds import text
from reader.lds.asn1 import (
    INTEGER,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    UTF8_STRING,
    at_most,
    encode_integer,
    encode_oid,
    integer,
    malformed,
    members,
    oid,
    require_size,
)
from reader.tlv import Tlv

MAX_DG13 = 16 * 1024  # bytes
MAX_FIELDS = 64
MAX_LIST = 16  # texts in one field

_WHERE = "DG13"
_TEMPLATE = 0x6D
_UTF8 = "1.0.10646.1.0.8"
_VERSION = 1

Value = str | tuple[str, ...]


def parse(data: bytes) -> Mapping[int, Value]:
    """Return field number to text, or to texts where the field is a list (13: father, mother).

    Any number may be absent. Texts are fit to be shown (`text`). A value that is neither text nor
    a list of texts is left out: the citizen card's field 16 is not known. Raises MalformedData.
    """
    require_size(data, MAX_DG13, _WHERE)
    outer = tlv.unwrap(tlv.unwrap(data, _TEMPLATE), SEQUENCE)
    version, form, entries = members(outer, (INTEGER, OBJECT_IDENTIFIER, SET), _WHERE)
    if integer(version, _WHERE) != _VERSION or oid(form, _WHERE) != _UTF8:
        raise malformed(_WHERE, "it has not the numbered form")
    fields: dict[int, Value] = {}
    seen: set[int] = set()
    for item in tlv.iterate(entries):
        number, value = _entry(item)
        if number in seen or len(seen) >= MAX_FIELDS:
            raise malformed(_WHERE, "a field stands twice, or there are too many")
        seen.add(number)
        found = _value(value)
        if found is not None:
            fields[number] = found
    return MappingProxyType(fields)


def encode(fields: Mapping[int, Value]) -> bytes:
    """Return DG13 with these fields in their order, each text a UTF8String."""
    entries = b"".join(
        tlv.encode(SEQUENCE, encode_integer(number) + _encoded(value))
        for number, value in fields.items()
    )
    head = encode_integer(_VERSION) + encode_oid(_UTF8)
    return tlv.encode(_TEMPLATE, tlv.encode(SEQUENCE, head + tlv.encode(SET, entries)))


def _entry(item: Tlv) -> tuple[int, Tlv]:
    parts = list(tlv.iterate(item.value)) if item.tag == SEQUENCE else []
    if len(parts) != 2 or parts[0].tag != INTEGER:
        raise malformed(_WHERE, "a field is not a number with its value")
    return integer(parts[0].value, _WHERE), parts[1]


def _value(item: Tlv) -> Value | None:
    encoding = text.ENCODINGS.get(item.tag)
    if encoding is not None:
        return text.decode(item.value, encoding, _WHERE)
    if item.tag != SEQUENCE:
        return None
    parts = at_most(item.value, MAX_LIST, _WHERE)
    if any(part.tag not in text.ENCODINGS for part in parts):
        return None
    return tuple(text.decode(part.value, text.ENCODINGS[part.tag], _WHERE) for part in parts)


def _encoded(value: Value) -> bytes:
    if isinstance(value, str):
        return tlv.encode(UTF8_STRING, value.encode())
    return tlv.encode(SEQUENCE, b"".join(map(_encoded, value)))
