"""X.509 certificates as values.

Lives here: DER to the fields that every judgement looks at; the other extensions as they stand.
Not here: what those say (`extensions`), and any judgement (`validation`, `path`, `lists`).
Source: RFC 5280 sections 4.1 and 4.2. What is signed is cut out of the bytes as they stand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from verify import der
from verify.asn1 import malformed
from verify.names import name_key

MAX_CERTIFICATE = 16 * 1024  # bytes
MAX_EXTENSIONS = 32

SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
BASIC_CONSTRAINTS = "2.5.29.19"
CERTIFICATE_POLICIES = "2.5.29.32"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
EXTENDED_KEY_USAGE = "2.5.29.37"

UNDERSTOOD = frozenset(
    {
        BASIC_CONSTRAINTS,
        KEY_USAGE,
        EXTENDED_KEY_USAGE,
        SUBJECT_KEY_IDENTIFIER,
        AUTHORITY_KEY_IDENTIFIER,
        CERTIFICATE_POLICIES,
    }
)
"""What may be critical in a certificate that is looked at by itself, outside a path. Policies
are without effect there: none is required (RFC 5280 section 6.1.1)."""

_SEQUENCES = (der.SEQUENCE,) * 5  # from the algorithm to the key
_USAGES = (
    "digital_signature",
    "non_repudiation",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_VERSION, _ISSUER_ID, _SUBJECT_ID, _EXTENSIONS = 0xA0, 0x81, 0x82, 0xA3
_KEY_IDENTIFIER = 0x80
_WHAT = "certificate"
_NONE: Mapping[str, Any] = MappingProxyType({})
_NOTHING: frozenset[str] = frozenset()
_SAYS_NOTHING: tuple[None, None] = (None, None)


class Certificate(NamedTuple):
    """One certificate, unjudged, equal to another of the same octets.

    `subject` and `issuer` are `names.name_key`s; times in UTC.
    """

    der: bytes
    tbs: bytes
    signature_algorithm: bytes
    """AlgorithmIdentifier, DER."""
    signature: bytes
    version: int
    serial: int
    subject: bytes
    subject_der: bytes
    issuer: bytes
    issuer_der: bytes
    not_before: datetime
    not_after: datetime
    spki: bytes
    is_ca: bool | None
    """basicConstraints cA; None without the extension."""
    path_length: int | None
    key_usage: frozenset[str] | None
    """Words as `key_cert_sign`; None without the extension."""
    extended_key_usage: frozenset[str] | None
    """Dotted identifiers; None without the extension."""
    subject_key_id: bytes | None
    authority_key_id: bytes | None
    extensions: Mapping[str, bytes]
    """Every extension's value (DER) by dotted identifier."""
    critical: frozenset[str]
    """Which of them are critical."""

    def __repr__(self) -> str:
        return f"Certificate(#{self.fingerprint[:12]})"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Certificate) and self.der == other.der)

    def __hash__(self) -> int:
        return hash(self.der)

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 of the certificate, hex."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are one name (self-signed, or a link of a key change)."""
        return self.subject == self.issuer

    @property
    def unknown_critical(self) -> frozenset[str]:
        """Return the critical extensions that are not `UNDERSTOOD`."""
        return self.critical - UNDERSTOOD

    def may(self, usage: str) -> bool:
        """Whether the key may be used so: the extension says it, or is not there."""
        return self.key_usage is None or usage in self.key_usage


@lru_cache(maxsize=4096)
def parse(data: bytes) -> Certificate:
    """Read a certificate (DER). Raises MalformedObject."""
    if len(data) > MAX_CERTIFICATE:
        raise malformed(_WHAT, f"it is larger than {MAX_CERTIFICATE} bytes")
    parts = der.sequence(data, _WHAT)
    if len(parts) != 3:
        raise malformed(_WHAT, "it does not have its three parts")
    (first, tbs, start, stop), (second, algorithm, _, algorithm_stop), (third, _, bits, end) = parts
    if first != der.SEQUENCE or second != der.SEQUENCE or third != der.BIT_STRING:
        raise malformed(_WHAT, "it does not have its three parts")
    if bits == end or data[bits]:  # no spare bit, so that no bit goes unchecked
        raise malformed(_WHAT, "its signature is not a whole number of bytes")
    fields = der.members(data, start, stop, _WHAT)
    version = 1
    if fields and fields[0][0] == _VERSION:
        version = _version(data, fields.pop(0))
    if len(fields) < 6:
        raise malformed(_WHAT, "its fields are not in their order")
    serial, inner_algorithm, issuer, validity, subject, spki, *rest = fields
    sequences = inner_algorithm[0], issuer[0], validity[0], subject[0], spki[0]
    if serial[0] != der.INTEGER or sequences != _SEQUENCES:
        raise malformed(_WHAT, "its fields are not in their order")
    signature_algorithm = data[algorithm:algorithm_stop]
    if data[inner_algorithm[1] : inner_algorithm[3]] != signature_algorithm:
        raise malformed(_WHAT, "it names two signature algorithms")
    values, critical, meanings = _extensions(data, rest)
    if values and version != 3:
        raise malformed(_WHAT, "it has extensions and is not of version 3")
    not_before, not_after = _validity(data, validity)
    issuer_der = data[issuer[1] : issuer[3]]
    subject_der = data[subject[1] : subject[3]]
    is_ca, path_length = meanings.get(BASIC_CONSTRAINTS, _SAYS_NOTHING)
    return Certificate(
        der=data,
        tbs=data[tbs:stop],
        signature_algorithm=signature_algorithm,
        signature=data[bits + 1 : end],
        version=version,
        serial=der.integer(data, serial[2], serial[3], _WHAT),
        subject=name_key(subject_der),
        subject_der=subject_der,
        issuer=name_key(issuer_der),
        issuer_der=issuer_der,
        not_before=not_before,
        not_after=not_after,
        spki=data[spki[1] : spki[3]],
        is_ca=is_ca,
        path_length=path_length,
        key_usage=meanings.get(KEY_USAGE),
        extended_key_usage=meanings.get(EXTENDED_KEY_USAGE),
        subject_key_id=meanings.get(SUBJECT_KEY_IDENTIFIER),
        authority_key_id=meanings.get(AUTHORITY_KEY_IDENTIFIER),
        extensions=values,
        critical=critical,
    )


def _version(data: bytes, member: der.Member) -> int:
    start, stop = der.inside(data, member[2], member[3], der.INTEGER, _WHAT)
    version = der.integer(data, start, stop, _WHAT) + 1
    if version not in (1, 2, 3):
        raise malformed(_WHAT, "its version is none of three")
    return version


def _validity(data: bytes, member: der.Member) -> tuple[datetime, datetime]:
    moments = der.members(data, member[2], member[3], _WHAT)
    if len(moments) != 2:
        raise malformed(_WHAT, "its validity is not two times")
    (begin, _, start, stop), (end, _, at, after) = moments
    return der.time(begin, data[start:stop]), der.time(end, data[at:after])


def _extensions(
    data: bytes, rest: list[der.Member]
) -> tuple[Mapping[str, bytes], frozenset[str], Mapping[str, Any]]:
    """Return from what follows the key: values, which are critical, and what some of them say."""
    if len(rest) != 1 or rest[0][0] != _EXTENSIONS:
        tags = [one[0] for one in rest]
        if tags != sorted(set(tags)) or not set(tags) <= {_ISSUER_ID, _SUBJECT_ID, _EXTENSIONS}:
            raise malformed(_WHAT, "something strange follows its key")
        if not rest or tags[-1] != _EXTENSIONS:
            return _NONE, _NOTHING, _NONE
    start, stop = der.inside(data, rest[-1][2], rest[-1][3], der.SEQUENCE, _WHAT)
    values: dict[str, bytes] = {}
    meanings: dict[str, Any] = {}
    critical: list[str] = []
    for _, at, _, end in der.members(data, start, stop, _WHAT):
        oid, is_critical, value, meaning = _extension(data[at:end])
        if oid in values or len(values) == MAX_EXTENSIONS:  # RFC 5280 section 4.2
            raise malformed(_WHAT, f"it has an extension twice, or more than {MAX_EXTENSIONS}")
        values[oid] = value
        meanings[oid] = meaning
        if is_critical:
            critical.append(oid)
    return MappingProxyType(values), frozenset(critical) if critical else _NOTHING, meanings


@lru_cache(maxsize=1024)  # an authority's signers share most of theirs
def _extension(data: bytes) -> tuple[str, bool, bytes, Any]:
    """Return identifier, whether it is critical, value, and what one of `_MEANINGS` says."""
    parts = der.sequence(data, _WHAT)
    is_critical = False
    if len(parts) == 3 and parts[1][0] == der.BOOLEAN:
        is_critical = der.boolean(data, parts[1][2], parts[1][3], _WHAT)
        del parts[1]
    if len(parts) != 2 or parts[0][0] != der.OID or parts[1][0] != der.OCTET_STRING:
        raise malformed(_WHAT, "an extension has not its form")
    (_, _, oid_start, oid_stop), (_, _, at, end) = parts
    oid, value = der.dotted(data[oid_start:oid_stop]), data[at:end]
    read = _MEANINGS.get(oid)
    return oid, is_critical, value, None if read is None else read(value)


def _constraints(value: bytes) -> tuple[bool, int | None]:
    """Return cA and pathLenConstraint."""
    parts = der.sequence(value, "basicConstraints")
    is_ca = False
    if parts and parts[0][0] == der.BOOLEAN:
        is_ca = der.boolean(value, parts[0][2], parts[0][3], "basicConstraints")
        del parts[0]
    if not parts:
        return is_ca, None
    tag, _, start, stop = parts[0]
    length = der.integer(value, start, stop, "basicConstraints")
    if len(parts) != 1 or tag != der.INTEGER or length < 0:
        raise malformed("basicConstraints", "its path length has not its form")
    return is_ca, length


def _usage(value: bytes) -> frozenset[str]:
    start, stop = der.inside(value, 0, len(value), der.BIT_STRING, "keyUsage")
    numbers = der.bits(value, start, stop, "keyUsage")
    return frozenset(_USAGES[number] for number in numbers if number < len(_USAGES))


def _purposes(value: bytes) -> frozenset[str]:
    parts = der.sequence(value, "extendedKeyUsage")
    if any(tag != der.OID for tag, *_ in parts):
        raise malformed("extendedKeyUsage", "it is no sequence of identifiers")
    return frozenset(der.dotted(value[start:stop]) for _, _, start, stop in parts)


def _key_id(value: bytes) -> bytes:
    start, stop = der.inside(value, 0, len(value), der.OCTET_STRING, "subjectKeyIdentifier")
    return value[start:stop]


def _authority_key_id(value: bytes) -> bytes | None:
    parts = der.sequence(value, "authorityKeyIdentifier")
    return next((value[a:b] for tag, _, a, b in parts if tag == _KEY_IDENTIFIER), None)


_MEANINGS: Mapping[str, Callable[[bytes], Any]] = {
    BASIC_CONSTRAINTS: _constraints,
    KEY_USAGE: _usage,
    EXTENDED_KEY_USAGE: _purposes,
    SUBJECT_KEY_IDENTIFIER: _key_id,
    AUTHORITY_KEY_IDENTIFIER: _authority_key_id,
}
"""What every judgement looks at, so that a form of it which is not the standard's shows at once."""
