"""X.509 certificates as values.

Lives here: DER to the fields that path validation looks at. Not here: any judgement of them
(`path`, `lists`).
Source: RFC 5280 section 4.1 and 4.2. asn1crypto reads the fields; what is signed is cut out of
the bytes as they stand.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import x509

from reader import tlv
from verify.asn1 import absent, fence, load, malformed, raw_members
from verify.names import name_key

MAX_CERTIFICATE = 16 * 1024  # bytes
MAX_EXTENSIONS = 32

BASIC_CONSTRAINTS = "2.5.29.19"
KEY_USAGE = "2.5.29.15"
EXTENDED_KEY_USAGE = "2.5.29.37"
SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
CERTIFICATE_POLICIES = "2.5.29.32"
"""Understood and without effect: no policy is ever required here (RFC 5280 section 6.1.1)."""

_UNDERSTOOD = frozenset(
    {
        BASIC_CONSTRAINTS,
        KEY_USAGE,
        EXTENDED_KEY_USAGE,
        SUBJECT_KEY_IDENTIFIER,
        AUTHORITY_KEY_IDENTIFIER,
        CERTIFICATE_POLICIES,
    }
)
_WHAT = "certificate"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate, unjudged. `subject` and `issuer` are `names.name_key`s; times in UTC."""

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    signature_algorithm: bytes = field(repr=False)
    """AlgorithmIdentifier, DER."""
    signature: bytes = field(repr=False)
    version: int
    serial: int
    subject: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    issuer_der: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    spki: bytes = field(repr=False)
    is_ca: bool | None
    """basicConstraints cA; None without the extension."""
    path_length: int | None
    key_usage: frozenset[str] | None
    """asn1crypto's words (`key_cert_sign`); None without the extension."""
    extended_key_usage: frozenset[str] | None
    """Dotted identifiers; None without the extension."""
    subject_key_id: bytes | None = field(repr=False)
    authority_key_id: bytes | None = field(repr=False)
    unknown_critical: frozenset[str]

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 of the certificate, hex."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are one name (self-signed, or a link of a key change)."""
        return self.subject == self.issuer


@lru_cache(maxsize=512)
def parse(der: bytes) -> Certificate:
    """Read a certificate (DER). Raises MalformedObject."""
    whole = load(x509.Certificate, der, MAX_CERTIFICATE, _WHAT)
    tbs, algorithm, signature = _three(raw_members(der, _WHAT))
    with fence(_WHAT):
        body = whole["tbs_certificate"]
        if body["signature"].dump() != algorithm:
            raise malformed(_WHAT, "it names two signature algorithms")
        extensions = _extensions(body)
        constraints = extensions.get(BASIC_CONSTRAINTS)
        usage = extensions.get(KEY_USAGE)
        purposes = extensions.get(EXTENDED_KEY_USAGE)
        subject_key = extensions.get(SUBJECT_KEY_IDENTIFIER)
        authority_key = extensions.get(AUTHORITY_KEY_IDENTIFIER)
        issuer = body["issuer"].dump()
        return Certificate(
            der=der,
            tbs=tbs,
            signature_algorithm=algorithm,
            signature=_whole_bytes(signature),
            version=int(body["version"]) + 1,
            serial=int(body["serial_number"]),
            subject=name_key(body["subject"].dump()),
            issuer=name_key(issuer),
            issuer_der=issuer,
            not_before=_time(body["validity"]["not_before"]),
            not_after=_time(body["validity"]["not_after"]),
            spki=body["subject_public_key_info"].dump(),
            is_ca=None if constraints is None else bool(constraints["ca"].native),
            path_length=_path_length(constraints),
            key_usage=None if usage is None else frozenset(usage.native),
            extended_key_usage=(
                None if purposes is None else frozenset(item.dotted for item in purposes)
            ),
            subject_key_id=None if subject_key is None else bytes(subject_key.native),
            authority_key_id=_key_id(authority_key),
            unknown_critical=_unknown_critical(body),
        )


def _three(members: list[bytes]) -> tuple[bytes, bytes, bytes]:
    if len(members) != 3:
        raise malformed(_WHAT, "it does not have three parts")
    return members[0], members[1], members[2]


def _whole_bytes(bit_string: bytes) -> bytes:
    """Return the octets of a BIT STRING without a spare bit, so that no bit goes unchecked."""
    content = tlv.unwrap(bit_string, 0x03)
    if content[:1] != b"\x00":
        raise malformed(_WHAT, "its signature is not a whole number of bytes")
    return content[1:]


def _extensions(body: Any) -> dict[str, Any]:
    """Return the extensions that are understood, parsed, by dotted identifier."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    extensions = body["extensions"]
    if absent(extensions):
        return found
    if len(extensions) > MAX_EXTENSIONS:
        raise malformed(_WHAT, f"it has more than {MAX_EXTENSIONS} extensions")
    for extension in extensions:
        oid = extension["extn_id"].dotted
        if oid in seen:  # RFC 5280 section 4.2
            raise malformed(_WHAT, "it has an extension twice")
        seen.add(oid)
        if oid in _UNDERSTOOD:
            found[oid] = extension["extn_value"].parsed
    return found


def _unknown_critical(body: Any) -> frozenset[str]:
    if absent(body["extensions"]):
        return frozenset()
    return frozenset(
        extension["extn_id"].dotted
        for extension in body["extensions"]
        if extension["critical"].native and extension["extn_id"].dotted not in _UNDERSTOOD
    )


def _path_length(constraints: Any) -> int | None:
    if constraints is None or constraints["path_len_constraint"].native is None:
        return None
    return int(constraints["path_len_constraint"])


def _key_id(authority_key: Any) -> bytes | None:
    if authority_key is None or authority_key["key_identifier"].native is None:
        return None
    return bytes(authority_key["key_identifier"].native)


def _time(value: Any) -> datetime:
    moment = value.native
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise malformed(_WHAT, "its validity is not a time in UTC")
    return moment
