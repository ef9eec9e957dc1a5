"""Enrolment over Secure Transport: the octets that terminal and centre exchange.

Lives here: paths and media types, bodies in base64, certificates without a signer (certs-only CMS)
and CSR attributes, made and read. Not here: requests (PKCS #10, which `cryptography` makes and
reads), who may have a certificate (the centre), when one is asked for (`edge.enrol`).
Source: RFC 7030 sections 3.2.2, 4.1.3, 4.2 and 4.5.2; RFC 8951 (base64 without a transfer
encoding); RFC 5652 section 5; RFC 2986 section 4.1.

Software that speaks EST differs in small things, and all of these are taken: base64 in one line or
many, with or without its padding, with or without `Content-Transfer-Encoding`; PEM; plain DER;
parameters of the media type; CMS in BER. Everything is capped before it is parsed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from edge.wire.canonical import malformed
from verify import asn1
from verify.errors import VerifyError

BASE = "/.well-known/est"
CACERTS = f"{BASE}/cacerts"
CSRATTRS = f"{BASE}/csrattrs"
ENROL = f"{BASE}/simpleenroll"
RENEW = f"{BASE}/simplereenroll"
SERVER_KEY = f"{BASE}/serverkeygen"
"""Answered by a refusal: a terminal's key never leaves it."""

PKCS10 = "application/pkcs10"
CERTIFICATES = "application/pkcs7-mime; smime-type=certs-only"
ATTRIBUTES = "application/csrattrs"

MAX_REQUEST = 16 * 1024  # bytes of a PKCS #10 request, DER
MAX_CERTIFICATES = 128 * 1024  # bytes of certs-only CMS
MAX_COUNT = 32  # certificates in one CMS
MAX_ATTRIBUTES = 8 * 1024  # bytes of CSR attributes, DER
MAX_LISTED = 32  # attributes, and values of one

EC_KEY = "1.2.840.10045.2.1"
P256 = "1.2.840.10045.3.1.7"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7"  # noqa: S105 -- an object identifier

_SEQUENCE = 0x30
_ARMOUR = b"-----BEGIN "
_ROOM = 4096  # characters of white space and armour that a body may have besides


def body_limit(max_size: int) -> int:
    """Return how many bytes a body may have whose content has at most `max_size`."""
    return max_size * 2 + _ROOM


def to_body(data: bytes) -> bytes:
    """Return `data` as the body of a request or answer: base64 in one line (RFC 8951 section 3.1).

    strongSwan 5.9 reads no other.
    """
    return base64.b64encode(data)


def read_body(body: bytes, *, max_size: int) -> bytes:
    """Return the DER in a body. Raises WireMalformed, also for more than `max_size` bytes."""
    if len(body) > body_limit(max_size):
        raise malformed("The body is larger than what it may hold.")
    data = body if _is_plain(body) else _decoded(body)
    if not data or len(data) > max_size:
        raise malformed(f"The body has not 1 to {max_size} bytes.")
    return data


def media_type(content_type: str) -> str:
    """Return a Content-Type in lower case and without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def make_certificates(certificates: Iterable[bytes]) -> bytes:
    """Return certificates (DER) as certs-only CMS. WireMalformed for what is no certificate."""
    try:
        found = [x509.load_der_x509_certificate(der) for der in certificates]
        return pkcs7.serialize_certificates(found, Encoding.DER)
    except (ValueError, TypeError) as error:
        raise malformed("What was to be sent holds no certificate.") from error


def read_certificates(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER, unjudged) of certs-only CMS, at least one.

    Raises WireMalformed: also for CMS that somebody signed, which this is not.
    """
    what = "list of certificates"
    try:
        content = asn1.load(cms.ContentInfo, data, MAX_CERTIFICATES, what)
        with asn1.fence(what):
            if content["content_type"].native != "signed_data":
                raise malformed("The CMS is no list of certificates.")
            signed = content["content"]
            if len(signed["signer_infos"]):
                raise malformed("The list of certificates has a signer.")
            listed = () if asn1.absent(signed["certificates"]) else signed["certificates"]
            if not 1 <= len(listed) <= MAX_COUNT:
                raise malformed(f"The list has not 1 to {MAX_COUNT} certificates.")
            if any(one.name != "certificate" for one in listed):
                raise malformed("The list holds something else than certificates.")
            return tuple(one.chosen.dump() for one in listed)
    except VerifyError as error:
        raise malformed(error.message) from error


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that an authority asks for: a type (dotted), and values (DER) where it says any."""

    kind: str
    values: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class CsrAttributes:
    """What an authority wants a request to have, in its order."""

    asked: tuple[Asked, ...] = ()

    def to_der(self) -> bytes:
        """Return CsrAttrs. ValueError for an identifier or value that is none."""
        return bytes(_CsrAttrs([_written(one) for one in self.asked]).dump())

    @classmethod
    def from_der(cls, data: bytes) -> CsrAttributes:
        """Read CsrAttrs; an empty answer asks for nothing. Raises WireMalformed."""
        what = "list of CSR attributes"
        try:
            listed = asn1.load(_CsrAttrs, data, MAX_ATTRIBUTES, what) if data else ()
            with asn1.fence(what):
                return cls(tuple(_read(one) for one in _few(listed)))
        except VerifyError as error:
            raise malformed(error.message) from error

    @property
    def kinds(self) -> frozenset[str]:
        """Return every identifier that is named."""
        return frozenset(one.kind for one in self.asked)

    @property
    def curves(self) -> frozenset[str]:
        """Return the curves that a key is to be on; none where the authority does not say.

        Raises WireMalformed.
        """
        wanted = (value for one in self.asked if one.kind == EC_KEY for value in one.values)
        try:
            with asn1.fence("CSR attribute"):
                return frozenset(
                    core.ObjectIdentifier.load(one, strict=True).dotted for one in wanted
                )
        except VerifyError as error:
            raise malformed(error.message) from error


class _Attribute(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [  # noqa: RUF012 -- asn1crypto's own way of saying it
        ("type", core.ObjectIdentifier),
        ("values", core.SetOf, {"spec": core.Any}),
    ]


class _AttrOrOid(core.Choice):  # type: ignore[misc]  # as above
    _alternatives = [("oid", core.ObjectIdentifier), ("attribute", _Attribute)]  # noqa: RUF012


class _CsrAttrs(core.SequenceOf):  # type: ignore[misc]  # as above
    _child_spec = _AttrOrOid


OURS = CsrAttributes((Asked(EC_KEY, (core.ObjectIdentifier(P256).dump(),)), Asked(ECDSA_SHA256)))
"""What a terminal's request has: a key on P-256, signed with ECDSA and SHA-256."""


def _written(one: Asked) -> _AttrOrOid:
    if not one.values:
        return _AttrOrOid(name="oid", value=core.ObjectIdentifier(one.kind))
    values = [core.Any.load(value) for value in one.values]
    return _AttrOrOid(name="attribute", value=_Attribute({"type": one.kind, "values": values}))


def _read(one: core.Choice) -> Asked:
    if one.name == "oid":
        return Asked(one.chosen.dotted)
    values = tuple(value.dump() for value in _few(one.chosen["values"]))
    return Asked(one.chosen["type"].dotted, values)


def _few(listed: core.SequenceOf | tuple[()]) -> core.SequenceOf | tuple[()]:
    if len(listed) > MAX_LISTED:
        raise malformed(f"A list of CSR attributes has more than {MAX_LISTED} entries.")
    return listed


def _is_plain(body: bytes) -> bool:
    """Return whether a body is DER itself: base64 of a SEQUENCE begins with M, not with 0."""
    return body[:1] == bytes([_SEQUENCE])


def _decoded(body: bytes) -> bytes:
    try:
        if body.lstrip().startswith(_ARMOUR):
            body = _unarmoured(body)
        text = b"".join(body.split()).rstrip(b"=")
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error) as error:
        raise malformed("The body is not base64.") from error


def _unarmoured(body: bytes) -> bytes:
    """Return what stands between the lines of PEM; ValueError where it is not one block."""
    lines = [line.strip() for line in body.strip().splitlines()]
    label = lines[0].removeprefix(_ARMOUR)
    if len(lines) < 3 or lines[-1] != b"-----END " + label:
        raise ValueError("not one block of PEM")
    return b"".join(lines[1:-1])
