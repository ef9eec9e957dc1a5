"""Lists made for these tests.

A small DER writer, so that each list can be broken by name, and a real ECDSA authority that
signs and checks them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from crl.errors import ListRefused
from crl.point import DistributionPoint
from crl.rules import Hasher, ListHeader, ListKey, RefusalReason
from crl.status import ReasonCode

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
SCOPE = "urn:tramthe:card-status:dang-vien"
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")

NUMBER, REASON, DELTA, IDP, AKI = "551d14", "551d15", "551d1b", "551d1c", "551d23"
ISSUER = "551d1d"


def der(tag: int, *parts: bytes) -> bytes:
    """Return one value with the shortest length."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + body


def integer(value: int, tag: int = 0x02) -> bytes:
    """Return an INTEGER in its shortest form."""
    return der(tag, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True))


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    """Return an Extension."""
    flag = der(0x01, b"\xff") if critical else b""
    return der(0x30, der(0x06, bytes.fromhex(oid)), flag, der(0x04, value))


def moment(at: datetime) -> bytes:
    """Return a Time as RFC 5280 wants it."""
    if at.year < 2050:
        return der(0x17, f"{at:%y%m%d%H%M%SZ}".encode())
    return der(0x18, f"{at:%Y%m%d%H%M%SZ}".encode())


def name(common: str) -> bytes:
    """Return a Name of one common name."""
    attribute = der(0x30, der(0x06, bytes.fromhex("550403")), der(0x0C, common.encode()))
    return der(0x30, der(0x31, attribute))


def idp(*fields: bytes, scope: str | None = SCOPE) -> bytes:
    """Return an IssuingDistributionPoint with the scope's URI and more fields."""
    point = b"" if scope is None else der(0xA0, der(0xA0, der(0x86, scope.encode())))
    return der(0x30, point, *fields)


def point(scope: str | None) -> DistributionPoint:
    """Return the distribution point as it is read from `idp`."""
    names = () if scope is None else (der(0x86, scope.encode()),)
    return DistributionPoint(full_name=names)


def entry(serial: int, reason: ReasonCode | None = None, since: datetime = NOW) -> bytes:
    """Return a revoked entry."""
    extensions = b""
    if reason is not None:
        extensions = der(0x30, extension(REASON, integer(reason, 0x0A)))
    return der(0x30, integer(serial), moment(since), extensions)


@dataclass(frozen=True)
class Recipe:
    """A list before it is signed; every part may be replaced by another or by nonsense."""

    version: bytes = integer(1)
    algorithm: bytes = ECDSA_SHA256
    outer_algorithm: bytes = ECDSA_SHA256
    issuer: bytes = name("Status signer")
    this_update: bytes = moment(NOW - timedelta(days=1))
    next_update: bytes = moment(NOW + timedelta(days=30))
    entries: Sequence[bytes] = (entry(7, ReasonCode.CERTIFICATE_HOLD), entry(9))
    number: int = 5
    scope: str | None = None
    extra: Sequence[bytes] = ()
    extensions: bytes | None = None
    """All of crlExtensions, in place of number, scope and extra."""

    def tbs(self) -> bytes:
        """Return the TBSCertList."""
        extensions = self.extensions
        if extensions is None:
            scope = (
                [] if self.scope is None else [extension(IDP, idp(scope=self.scope), critical=True)]
            )
            inner = [extension(NUMBER, integer(self.number)), *scope, *self.extra]
            extensions = der(0xA0, der(0x30, *inner))
        return der(
            0x30,
            self.version,
            self.algorithm,
            self.issuer,
            self.this_update,
            self.next_update,
            der(0x30, *self.entries) if self.entries else b"",
            extensions,
        )


@dataclass(frozen=True)
class Office:
    """A signer of lists; as a `ListAuthority` it knows itself only."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    issuer: bytes = name("Status signer")

    def sign(self, recipe: Recipe) -> bytes:
        """Return the signed list."""
        tbs = recipe.tbs()
        signature = self.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
        return der(0x30, tbs, recipe.outer_algorithm, der(0x03, b"\x00", signature))

    def name_key(self, der_name: bytes) -> bytes:
        """Return the name itself."""
        return der_name

    def hasher(self, algorithm_identifier_der: bytes) -> Hasher:
        """Return SHA-256, for ECDSA with SHA-256 only."""
        if algorithm_identifier_der != ECDSA_SHA256:
            raise _refused(RefusalReason.ALGORITHM_NOT_ALLOWED)
        return hashlib.sha256()

    def check(self, key: ListKey, header: ListHeader, digest: bytes) -> None:
        """Check issuer and signature."""
        if key.issuer != self.issuer:
            raise _refused(RefusalReason.ISSUER_UNKNOWN)
        algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
        try:
            self.key.public_key().verify(header.signature, digest, algorithm)
        except InvalidSignature:
            raise _refused(RefusalReason.SIGNATURE_INVALID) from None


def _refused(reason: RefusalReason) -> ListRefused:
    return ListRefused("Not signed by whom we know.", next_step="Ask the office.", reason=reason)
