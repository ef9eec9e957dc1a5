"""X.509 certificates as values.

Lives here: DER to the fields that every judgement looks at; the other extensions as they stand.
Not here: what those say (`extensions`), and any judgement (`validation`, `path`, `lists`).
Source: RFC 5280 sections 4.1 and 4.2. What is signed is cut out of the bytes as they stand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

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

_FIELDS = [der.INTEGER, *(der.SEQUENCE,) * 5]  # serial to subjectPublicKeyInfo
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
_NONE: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """One certificate, unjudged, equal to another of the same octets.

    `subject` and `issuer` are `names.name_key`s; times in UTC.
    """

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    signature_algorithm: bytes = field(repr=False)
    """AlgorithmIdentifier, DER."""
    signature: bytes = field(repr=False)
    version: int
    serial: int
    subject: bytes = field(repr=False)
    subject_der: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    issuer_der: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    spki: bytes = field(repr=False)
    is_ca: bool | None
    """basicConstraints cA; None without the extension."""
    path_length: int | None
    key_usage: frozenset[str] | None
    """Words as `key_cert_sign`; None without the extension."""
    extended_key_usage: frozenset[str] | None
    """Dotted identifiers; None without the extension."""
    subject_key_id: bytes | None = field(repr=False)
    authority_key_id: bytes | None = field(repr=False)
    extensions: Mapping[str, bytes] = field(repr=False)
    """Every extension's value (DER) by dotted identifier."""
    critical: frozenset[str]
    """Which of them are critical."""

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
    if [part[0] for part in parts] != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        raise malformed(_WHAT, "it does not have its three parts")
    (_, tbs, tbs_start, tbs_stop), (_, algorithm, _, algorithm_stop), signature = parts
    return _body(
        data,
        tbs=(tbs, tbs_start, tbs_stop),
        algorithm=data[algorithm:algorithm_stop],
        signature=_whole_bytes(data, signature),
    )


def _whole_bytes(data: bytes, bit_string: der.Member) -> bytes:
    """Return the octets of a BIT STRING without a spare bit, so that no bit goes unchecked."""
    _, _, start, stop = bit_string
    if start == stop or data[start]:
        raise malformed(_WHAT, "its signature is not a whole number of bytes")
    return data[start + 1 : stop]


def _body(
    data: bytes, *, tbs: tuple[int, int, int], algorithm: bytes, signature: bytes
) -> Certificate:
    at, start, stop = tbs
    fields = der.members(data, start, stop, _WHAT)
    version = _version(data, fields[0]) if fields and fields[0][0] == _VERSION else None
    if version is not None:
        del fields[0]
    if [one[0] for one in fields[:6]] != _FIELDS:
        raise malformed(_WHAT, "its fields are not in their order")
    serial, inner_algorithm, issuer, validity, subject, spki = fields[:6]
    if data[inner_algorithm[1] : inner_algorithm[3]] != algorithm:
        raise malformed(_WHAT, "it names two signature algorithms")
    values, critical = _extensions(data, fields[6:])
    if values and version != 3:
        raise malformed(_WHAT, "it has extensions and is not of version 3")
    not_before, not_after = _validity(data, validity)
    issuer_der = data[issuer[1] : issuer[3]]
    subject_der = data[subject[1] : subject[3]]
    is_ca, path_length = _constraints(values.get(BASIC_CONSTRAINTS))
    return Certificate(
        der=data,
        tbs=data[at:stop],
        signature_algorithm=algorithm,
        signature=signature,
        version=version or 1,
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
        key_usage=_usage(values.get(KEY_USAGE)),
        extended_key_usage=_purposes(values.get(EXTENDED_KEY_USAGE)),
        subject_key_id=_key_id(values.get(SUBJECT_KEY_IDENTIFIER)),
        authority_key_id=_authority_key_id(values.get(AUTHORITY_KEY_IDENTIFIER)),
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
    moments = [
        der.time(tag, data[start:stop])
        for tag, _, start, stop in der.members(data, member[2], member[3], _WHAT)
    ]
    if len(moments) != 2:
        raise malformed(_WHAT, "its validity is not two times")
    return moments[0], moments[1]


def _extensions(data: bytes, rest: list[der.Member]) -> tuple[Mapping[str, bytes], frozenset[str]]:
    """Return the extensions' values, and which are critical, from what follows the key."""
    tags = [one[0] for one in rest]
    if tags != sorted(set(tags)) or not set(tags) <= {_ISSUER_ID, _SUBJECT_ID, _EXTENSIONS}:
        raise malformed(_WHAT, "something strange follows its key")
    if not rest or tags[-1] != _EXTENSIONS:
        return _NONE, frozenset()
    start, stop = der.inside(data, rest[-1][2], rest[-1][3], der.SEQUENCE, _WHAT)
    values: dict[str, bytes] = {}
    critical: set[str] = set()
    for _, _, begin, end in der.members(data, start, stop, _WHAT):
        oid, is_critical, value = _extension(data, begin, end)
        if oid in values or len(values) == MAX_EXTENSIONS:  # RFC 5280 section 4.2
            raise malformed(_WHAT, f"it has an extension twice, or more than {MAX_EXTENSIONS}")
        values[oid] = value
        if is_critical:
            critical.add(oid)
    return MappingProxyType(values), frozenset(critical)


def _extension(data: bytes, start: int, stop: int) -> tuple[str, bool, bytes]:
    parts = der.members(data, start, stop, _WHAT)
    if not parts:
        raise malformed(_WHAT, "an extension is empty")
    (oid_tag, _, oid, oid_stop), *rest = parts
    is_critical = False
    if len(rest) == 2 and rest[0][0] == der.BOOLEAN:
        is_critical = der.boolean(data, rest[0][2], rest[0][3], _WHAT)
        del rest[0]
    if oid_tag != der.OID or len(rest) != 1 or rest[0][0] != der.OCTET_STRING:
        raise malformed(_WHAT, "an extension has not its form")
    return der.dotted(data[oid:oid_stop]), is_critical, data[rest[0][2] : rest[0][3]]


@lru_cache(maxsize=512)
def _constraints(value: bytes | None) -> tuple[bool | None, int | None]:
    """Return cA and pathLenConstraint."""
    if value is None:
        return None, None
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


@lru_cache(maxsize=512)
def _usage(value: bytes | None) -> frozenset[str] | None:
    if value is None:
        return None
    start, stop = der.inside(value, 0, len(value), der.BIT_STRING, "keyUsage")
    numbers = der.bits(value, start, stop, "keyUsage")
    return frozenset(_USAGES[number] for number in numbers if number < len(_USAGES))


@lru_cache(maxsize=512)
def _purposes(value: bytes | None) -> frozenset[str] | None:
    if value is None:
        return None
    parts = der.sequence(value, "extendedKeyUsage")
    if any(tag != der.OID for tag, *_ in parts):
        raise malformed("extendedKeyUsage", "it is no sequence of identifiers")
    return frozenset(der.dotted(value[start:stop]) for _, _, start, stop in parts)


def _key_id(value: bytes | None) -> bytes | None:
    if value is None:
        return None
    start, stop = der.inside(value, 0, len(value), der.OCTET_STRING, "subjectKeyIdentifier")
    return value[start:stop]


@lru_cache(maxsize=512)
def _authority_key_id(value: bytes | None) -> bytes | None:
    if value is None:
        return None
    parts = der.sequence(value, "authorityKeyIdentifier")
    return next((value[a:b] for tag, _, a, b in parts if tag == _KEY_IDENTIFIER), None)
