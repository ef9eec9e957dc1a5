"""Distinguished names that compare as RFC 5280 section 7.1 asks.

Lives here: a Name to an opaque key (order kept: for chaining and lists), to its parts (for name
constraints) and to the multiset of its attributes (order lost: for a CMS signer identifier only).
Not here: who has which name.
Source: RFC 5280 section 7.1; RFC 4518 section 2: characters that mean nothing are left out, case
is folded, compatibility forms are one (NFKC), insignificant spaces go.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from verify import der
from verify.asn1 import malformed

MAX_NAME = 4096  # bytes
MAX_ATTRIBUTES = 64

EMAIL_ADDRESS = "1.2.840.113549.1.9.1"

_WHAT = "name"
_ENCODINGS = {
    0x0C: "utf-8",  # UTF8String
    0x12: "latin-1",  # NumericString
    0x13: "latin-1",  # PrintableString
    0x14: "latin-1",  # TeletexString, as all the world writes it
    0x16: "latin-1",  # IA5String
    0x1A: "latin-1",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
# RFC 4518 section 2.2: mapped to nothing, where Unicode does not call it a control or format
# character already; and what it calls a space though it is a control character.
_NOTHING = frozenset("\u034f\u1806\ufffc") | {chr(c) for c in (*range(0x180B, 0x180E),)}
_NOTHING |= {chr(c) for c in range(0xFE00, 0xFE10)}
_SPACE_CONTROLS = frozenset("\t\n\v\f\r\x85")
_PROHIBITED = frozenset({"Cn", "Co", "Cs"})  # section 2.4: unassigned, private, surrogates

Attribute = tuple[bytes, bytes]
"""Identifier (contents) and normalised value."""


@lru_cache(maxsize=8192)
def name_key(der_name: bytes) -> bytes:
    """Return an opaque key (32 bytes), equal exactly for equal Names. Raises MalformedObject."""
    return hashlib.sha256(b"".join([part.written for part in _parts(der_name)])).digest()


@lru_cache(maxsize=1024)
def attribute_multiset(der_name: bytes) -> tuple[Attribute, ...]:
    """Return a Name's attributes sorted, equal for Names that differ in their order only.

    Malaysia's signer identifiers list them in another order than the certificate.
    """
    return tuple(sorted(pair for relative in relative_names(der_name) for pair in relative))


@lru_cache(maxsize=1024)
def relative_names(der_name: bytes) -> tuple[tuple[Attribute, ...], ...]:
    """Return a Name's parts in order, each as its sorted attributes. Raises MalformedObject."""
    return tuple([part.attributes for part in _parts(der_name)])


def is_empty(der_name: bytes) -> bool:
    """Whether a Name has no part: its subject stands in the alternative names."""
    return not relative_names(der_name)


def email_addresses(der_name: bytes) -> tuple[bytes, ...]:
    """Return the emailAddress attributes of a Name as they are written (PKCS #9)."""
    found: list[bytes] = []
    for _, _, begin, end in der.sequence(der_name, _WHAT):
        for _, _, start, stop in der.members(der_name, begin, end, _WHAT):
            (_, _, oid, oid_stop), (_, _, value, value_stop) = _pair(der_name, start, stop)
            if der.dotted(der_name[oid:oid_stop]) == EMAIL_ADDRESS:
                found.append(der_name[value:value_stop])
    return tuple(found)


def relative_name(contents: bytes) -> tuple[Attribute, ...]:
    """Return one part from its attributes (DER), as `relative_names` does."""
    return _part(contents).attributes


class _Part(NamedTuple):
    """A RelativeDistinguishedName, and what of it goes into a key."""

    attributes: tuple[Attribute, ...]
    written: bytes


def _parts(der_name: bytes) -> list[_Part]:
    if len(der_name) > MAX_NAME:
        raise malformed(_WHAT, f"it is larger than {MAX_NAME} bytes")
    parts: list[_Part] = []
    for tag, _, start, stop in der.sequence(der_name, _WHAT):
        if tag != der.SET:
            raise malformed(_WHAT, "a part of it is no SET")
        parts.append(_part(der_name[start:stop]))
    if len(parts) > 1 and sum([len(part.attributes) for part in parts]) > MAX_ATTRIBUTES:
        raise malformed(_WHAT, f"it has more than {MAX_ATTRIBUTES} attributes")
    return parts


@lru_cache(maxsize=2048)  # an authority's signers share all but the last
def _part(contents: bytes) -> _Part:
    if not contents:
        raise malformed(_WHAT, "a part of it is empty")
    attributes = _attributes(contents)
    if len(attributes) > MAX_ATTRIBUTES:
        raise malformed(_WHAT, f"it has more than {MAX_ATTRIBUTES} attributes")
    pairs = [b"%d,%d:%b%b" % (len(kind), len(value), kind, value) for kind, value in attributes]
    return _Part(attributes, b"%d:" % len(attributes) + b"".join(pairs))


def _attributes(data: bytes) -> tuple[Attribute, ...]:
    attributes: list[Attribute] = []
    for inner_tag, _, begin, end in der.members(data, 0, len(data), _WHAT):
        if inner_tag != der.SEQUENCE:
            raise malformed(_WHAT, "an attribute of it is no SEQUENCE")
        (_, _, oid, oid_stop), (kind, at, value, value_stop) = _pair(data, begin, end)
        encoding = _ENCODINGS.get(kind)
        prepared = None if encoding is None else prepare(_text(data[value:value_stop], encoding))
        written = b"\x00" + data[at:value_stop] if prepared is None else b"\x01" + prepared
        attributes.append((data[oid:oid_stop], written))
    attributes.sort()
    return tuple(attributes)


def _pair(data: bytes, start: int, stop: int) -> tuple[der.Member, der.Member]:
    pair = der.members(data, start, stop, _WHAT)
    if len(pair) != 2 or pair[0][0] != der.OID:
        raise malformed(_WHAT, "an attribute of it is no pair of type and value")
    return pair[0], pair[1]


def _text(value: bytes, encoding: str) -> str:
    try:
        return value.decode(encoding)
    except UnicodeDecodeError as error:
        raise malformed(_WHAT, "a string of it is not in its own encoding") from error


def prepare(text: str) -> bytes | None:
    """Return a string as RFC 4518 compares it; None where it holds what may not be compared."""
    if not (text.isascii() and text.isprintable()):
        kept = "".join(_mapped(character) for character in text)
        text = unicodedata.normalize("NFKC", kept)
        if any(unicodedata.category(c) in _PROHIBITED or c == "\ufffd" for c in text):
            return None
        text = unicodedata.normalize("NFKC", text.casefold())
    return " ".join(text.casefold().split()).encode()


def _mapped(character: str) -> str:
    if character in _SPACE_CONTROLS:
        return " "
    category = unicodedata.category(character)
    if category in ("Cc", "Cf") or character in _NOTHING:
        return ""
    return " " if category in ("Zs", "Zl", "Zp") else character
