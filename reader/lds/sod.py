"""EF.SOD, the document security object: tag 77, the signed content and the hash list in it.

Lives here: finding the signed octets and reading the LDSSecurityObject. Not here: the signature,
its signer and their certificates (`verify.cms`): nothing returned here is to be believed
before that.
Source: Doc 9303-10 sections 4.6.2.2 and 4.6.2.3. The CMS object around it is `signed_data`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType

from reader import tlv
from reader.lds import signed_data
from reader.lds.asn1 import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    PRINTABLE_STRING,
    SEQUENCE,
    integer,
    malformed,
    members,
    oid,
    require_size,
)
from reader.lds.signed_data import SignedData
from reader.tlv import Tlv

MAX_SOD = 64 * 1024  # bytes
DATA_GROUPS = range(1, 17)
LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
"""What the signed content must say it is."""

_WHERE = "security object"
_fail = partial(malformed, _WHERE)
_HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_DIGEST_SIZES = {"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}  # bytes


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """EF.SOD taken apart, its signature unchecked."""

    content_info: bytes
    """The CMS ContentInfo inside tag 77, as the card gave it (DER or BER)."""
    signed: SignedData
    """The same taken apart."""
    hash_algorithm: str
    """As `hashlib` spells it ("sha256"); the dotted identifier where this terminal knows none."""
    hashes: Mapping[int, bytes]
    """Data group number to digest."""
    lds_version: str | None
    """As the signer states it ("0108"); None in version 0 of the object."""

    @property
    def signed_content(self) -> bytes:
        """Return the eContent octets: the LDSSecurityObject, DER."""
        return self.signed.content


@lru_cache(maxsize=1)  # the card at hand: its verdict, and then its late files
def parse(data: bytes) -> SecurityObject:
    """Read EF.SOD. Raises MalformedData."""
    require_size(data, MAX_SOD, _WHERE)
    content_info = tlv.unwrap(data, 0x77)
    signed = signed_data.parse(content_info, _fail)
    if signed.content_type != LDS_SECURITY_OBJECT:
        raise malformed(_WHERE, "it does not sign an LDS security object")
    algorithm, hashes, version = _lds_security_object(signed.content)
    return SecurityObject(
        content_info=content_info,
        signed=signed,
        hash_algorithm=algorithm,
        hashes=MappingProxyType(hashes),
        lds_version=version,
    )


def _lds_security_object(data: bytes) -> tuple[str, dict[int, bytes], str | None]:
    items = list(tlv.iterate(tlv.unwrap(data, SEQUENCE)))
    if [item.tag for item in items[:3]] != [INTEGER, SEQUENCE, SEQUENCE] or len(items) > 4:
        raise malformed(_WHERE, "its hash list has not the form of the standard")
    version = integer(items[0].value, _WHERE)
    if version not in (0, 1):
        raise malformed(_WHERE, f"its version is {version}")
    algorithm = _hash_name(items[1].value)
    return algorithm, _hash_list(items[2].value, algorithm), _lds_version(items[3:])


def _hash_name(algorithm_identifier: bytes) -> str:
    items = list(tlv.iterate(algorithm_identifier))
    if not 1 <= len(items) <= 2 or items[0].tag != OBJECT_IDENTIFIER:
        raise malformed(_WHERE, "its hash algorithm is not identified")
    dotted = oid(items[0].value, _WHERE)
    return _HASHES.get(dotted, dotted)


def _hash_list(data: bytes, algorithm: str) -> dict[int, bytes]:
    size = _DIGEST_SIZES.get(algorithm)
    plain = None if size is None else (b"\x02\x01", bytes((OCTET_STRING, size)), 5 + size)
    hashes: dict[int, bytes] = {}
    for tag, value in tlv.iterate(data):
        if tag != SEQUENCE:
            raise malformed(_WHERE, "its hash list has not the form of the standard")
        if (value[:2], value[3:5], len(value)) == plain:  # as nearly all are
            number, digest = value[2], value[5:]
        else:
            number_bytes, digest = members(value, (INTEGER, OCTET_STRING), _WHERE)
            number = integer(number_bytes, _WHERE)
        if number not in DATA_GROUPS or number in hashes:
            raise malformed(_WHERE, "its hash list names no data group, or one twice")
        if not digest or (size is not None and len(digest) != size):
            raise malformed(_WHERE, f"the digest of DG{number} is not one of {algorithm}")
        hashes[number] = digest
    if not hashes:
        raise malformed(_WHERE, "its hash list is empty")
    return hashes


def _lds_version(rest: list[Tlv]) -> str | None:
    if not rest:
        return None
    if rest[0].tag != SEQUENCE:
        raise malformed(_WHERE, "its hash list has not the form of the standard")
    lds, _ = members(rest[0].value, (PRINTABLE_STRING, PRINTABLE_STRING), _WHERE)
    if not lds.isdigit():
        raise malformed(_WHERE, "its LDS version is not a number")
    return lds.decode("ascii")
