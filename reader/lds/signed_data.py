"""A CMS SignedData taken apart where it lies: what is signed, by whom it says, and the signature.

Lives here: the way from ContentInfo to each part, in DER and BER: some countries write indefinite
lengths and cut the octets in pieces. Not here: whether a signature holds, and what the signed
attributes say (`verify.cms`): nothing returned here is to be believed before that.
Source: RFC 5652 sections 3, 5.1 to 5.3 and 10.2.2; ITU-T X.690 sections 8.1.3.6 and 8.7.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from reader import tlv
from reader.errors import MalformedData
from reader.lds.asn1 import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    malformed,
    oid,
)

Fail = Callable[[str], Exception]
"""Makes the error for a reason why an object is malformed."""

MAX_DEPTH = 24  # values inside each other
MAX_SERIAL = 64  # bytes

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONSTRUCTED = 0x20
_INDEFINITE = 0x80
_END = b"\x00\x00"  # of an indefinite value
_LONG_TAGS = frozenset(tag for tag in range(256) if tag & 0x1F == 0x1F)  # more bytes follow

# Context tags of SignedData and SignerInfo (sections 5.1 and 5.3), and of CertificateChoices.
_EXPLICIT = _CERTIFICATES = _SIGNED_ATTRIBUTES = 0xA0
_LISTS = _UNSIGNED_ATTRIBUTES = 0xA1
_KEY_IDENTIFIER = 0x80
_OTHER_CERTIFICATES = frozenset({0xA0, 0xA1, 0xA2, 0xA3})


class SignerInfo(NamedTuple):
    """One SignerInfo, unchecked. Its signer is named by issuer and serial, or by key identifier."""

    issuer: bytes | None
    """Name, as it stands."""
    serial: int | None
    key_id: bytes | None
    digest_algorithm: str
    """Dotted."""
    attributes: bytes | None
    """The signed attributes under their tag A0, as they stand; None where there are none."""
    signature_algorithm: bytes
    """AlgorithmIdentifier, as it stands."""
    signature: bytes


class SignedData(NamedTuple):
    """A SignedData with its content inside, unchecked."""

    content_type: str
    """eContentType, dotted."""
    content: bytes
    """The eContent octets."""
    certificates: tuple[bytes, ...]
    """Those of X.509 that came with it, as they stand."""
    signers: tuple[SignerInfo, ...]

    def __repr__(self) -> str:  # the content of a card's names a person's files
        return f"SignedData({self.content_type}, {len(self.content)} bytes)"


def parse(data: bytes, fail: Fail) -> SignedData:
    """Read the ContentInfo that fills `data`; raises what `fail` makes of the reason if it is none.

    So whoever reads an object that is no card's has an error that says so.
    """
    reader = _Reader(data, fail)
    kind, (_, _, start, stop, _) = reader.typed(reader.only(0, len(data), SEQUENCE))
    if kind != _SIGNED_DATA:
        raise fail("it is not a CMS SignedData")
    parts = reader.members(reader.only(start, stop, SEQUENCE))
    if tuple([part[0] for part in parts]) not in _FORMS:
        raise fail("it is not a CMS SignedData")
    content_type, (_, _, start, stop, _) = reader.typed(parts[2])
    return SignedData(
        content_type,
        reader.octets(start, stop),
        reader.certificates(parts[3]) if parts[3][0] == _CERTIFICATES else (),
        tuple([reader.signer(one) for one in reader.members(parts[-1])]),
    )


def content(data: bytes, content_type: str, where: str) -> bytes:
    """Return the signed octets of a ContentInfo whose content is of type `content_type`, dotted.

    Raises MalformedData, naming `where`, for any other form.
    """
    found = parse(data, partial(malformed, where))
    if found.content_type != content_type:
        raise malformed(where, f"its content is not of type {content_type}")
    return found.content


_FORMS = frozenset(
    (INTEGER, SET, SEQUENCE, *certificates, *lists, SET)
    for certificates in ((), (_CERTIFICATES,))
    for lists in ((), (_LISTS,))
)
"""Tags of SignedData: version, hashes, content, certificates, lists, signers."""

_Value = tuple[int, int, int, int, int]
"""Tag; where the value begins; where its contents begin and end; where the next one begins."""


class _Reader:
    """Values at places of `data`, in DER or BER."""

    def __init__(self, data: bytes, fail: Fail) -> None:
        self._data = data
        self._fail = fail

    def only(self, at: int, end: int, tag: int) -> _Value:
        """Return the one value that fills `at` to `end`."""
        found = self._inside(at, end)
        if len(found) != 1 or found[0][0] != tag:
            raise self._fail(f"tag {tag:02X} alone was expected")
        return found[0]

    def members(self, value: _Value) -> list[_Value]:
        """Return the values that fill a constructed one."""
        return self._inside(value[2], value[3])

    def whole(self, value: _Value) -> bytes:
        """Return a value with its tag, as it stands."""
        return self._data[value[1] : value[4]]

    def typed(self, value: _Value) -> tuple[str, _Value]:
        """Return type (dotted) and explicit content of a pair of them."""
        pair = self.members(value)
        if len(pair) != 2 or pair[0][0] != OBJECT_IDENTIFIER or pair[1][0] != _EXPLICIT:
            raise self._fail("it is not a CMS object with its content inside")
        return self._dotted(pair[0]), pair[1]

    def octets(self, at: int, end: int) -> bytes:
        """Return the OCTET STRING that fills `at` to `end`, pieces joined."""
        found = self._inside(at, end)
        if len(found) == 1 and found[0][0] == OCTET_STRING | _CONSTRUCTED:
            found = self.members(found[0])
        elif len(found) != 1:
            raise self._fail("an OCTET STRING alone was expected")
        if any(one[0] != OCTET_STRING for one in found):
            raise self._fail("what should be an OCTET STRING is none")
        return b"".join([self._data[one[2] : one[3]] for one in found])

    def certificates(self, value: _Value) -> tuple[bytes, ...]:
        """Return the X.509 certificates of a CertificateSet; other kinds are passed over."""
        found = self.members(value)
        if any(one[0] != SEQUENCE and one[0] not in _OTHER_CERTIFICATES for one in found):
            raise self._fail("a certificate of it is of no known kind")
        return tuple([self.whole(one) for one in found if one[0] == SEQUENCE])

    def signer(self, value: _Value) -> SignerInfo:
        """Return a SignerInfo."""
        parts = self.members(value)
        attributes: bytes | None = None
        if len(parts) > 3 and parts[3][0] == _SIGNED_ATTRIBUTES:
            attributes = self.whole(parts.pop(3))
        if len(parts) == 6 and parts[5][0] == _UNSIGNED_ATTRIBUTES:
            parts.pop()
        if len(parts) != 5 or (parts[0][0], parts[2][0], parts[3][0]) != _SIGNER_FORM:
            raise self._fail("a signer of it has not the form of the standard")
        _, identifier, digest, algorithm, signature = parts
        issuer, serial, key_id = self._identifier(identifier)
        return SignerInfo(
            issuer,
            serial,
            key_id,
            self._algorithm(digest),
            attributes,
            self.whole(algorithm),
            self.octets(signature[1], signature[4]),
        )

    def _identifier(self, value: _Value) -> tuple[bytes | None, int | None, bytes | None]:
        """Return issuer and serial, or key identifier, of a SignerIdentifier."""
        tag, _, start, stop, _ = value
        if tag == _KEY_IDENTIFIER:
            return None, None, self._data[start:stop]
        if tag == _KEY_IDENTIFIER | _CONSTRUCTED:
            pieces = self.members(value)
            return None, None, b"".join([self._data[one[2] : one[3]] for one in pieces])
        pair = self.members(value) if tag == SEQUENCE else []
        if len(pair) != 2 or pair[0][0] != SEQUENCE or pair[1][0] != INTEGER:
            raise self._fail("a signer of it is not named as the standard has it")
        _, _, start, stop, _ = pair[1]
        if not 0 < stop - start <= MAX_SERIAL:
            raise self._fail("a serial number of it is empty or too long")
        return self.whole(pair[0]), int.from_bytes(self._data[start:stop], "big", signed=True), None

    def _algorithm(self, value: _Value) -> str:
        """Return the identifier of an AlgorithmIdentifier, dotted."""
        parts = self.members(value)
        if not 0 < len(parts) <= 2 or parts[0][0] != OBJECT_IDENTIFIER:
            raise self._fail("a hash algorithm of it is not identified")
        return self._dotted(parts[0])

    def _dotted(self, value: _Value) -> str:
        try:
            return oid(self._data[value[2] : value[3]], "")
        except MalformedData as error:
            raise self._fail("an identifier of it is malformed") from error

    def _inside(self, at: int, end: int, depth: int = MAX_DEPTH) -> list[_Value]:
        """Return the values that fill `at` to `end`."""
        data = self._data
        found: list[_Value] = []
        while at + 2 <= end:
            tag, length = data[at], data[at + 1]
            if length < _INDEFINITE and tag not in _LONG_TAGS:  # as most are
                start = at + 2
                stop = start + length
                found.append((tag, at, start, stop, stop))
                at = stop
            else:
                value = self._value(at, end, depth)
                found.append(value)
                at = value[4]
        if at != end:
            raise self._fail("a value is cut short")
        return found

    def _value(self, at: int, end: int, depth: int) -> _Value:
        data = self._data
        start = at + 2
        if start > end:
            raise self._fail("a value is cut short")
        tag, length = data[at], data[at + 1]
        if tag in _LONG_TAGS:
            raise self._fail("a tag of it has more than one byte")
        if length == _INDEFINITE:
            return self._unmeasured(at, end, depth)
        if length > _INDEFINITE:
            at_length, start = start, start + length - _INDEFINITE
            if start > end or start - at_length > tlv.MAX_LENGTH:
                raise self._fail("a length of it is cut short or too long")
            length = int.from_bytes(data[at_length:start], "big")
        stop = start + length
        if stop > end:
            raise self._fail("a value is cut short")
        return tag, at, start, stop, stop

    def _unmeasured(self, at: int, end: int, depth: int) -> _Value:
        """Return a value of indefinite length: it ends where END stands for the next one."""
        data = self._data
        if not data[at] & _CONSTRUCTED or not depth:
            raise self._fail("a length of it is indefinite, or it is nested too deeply")
        inner = at + 2
        while data[inner : inner + 2] != _END:
            inner = self._value(inner, end, depth - 1)[4]
        if inner + 2 > end:
            raise self._fail("a value is cut short")
        return data[at], at, at + 2, inner, inner + 2


_SIGNER_FORM = (INTEGER, SEQUENCE, SEQUENCE)  # version, hash algorithm, signature algorithm
