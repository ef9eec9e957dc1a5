"""A signed X.509 v2 CRL of any length, written entry by entry.

Lives here: the octets of a list and its signature, ECDSA or RSA, with SHA-256. The entries are
encoded once, to a temporary file, since a list says how long it is before they come; so five
million of them need no memory. Not here: which entries a list has (`lists`).
Source: RFC 5280 section 5, RFC 5758 section 3.2, RFC 4055 section 5, ITU-T X.690.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from crl.status import ReasonCode
from provisioning.errors import OfficeInputInvalid
from provisioning.office import der
from provisioning.office.pki import Authority
from reader.tlv import encode, encode_length

Entry = tuple[int, ReasonCode, datetime]
"""Serial (or card entry), reason, since when (UTC)."""

MAX_NUMBER = 1 << 159  # RFC 5280 section 5.2.3: 20 octets
SPOOL = 8 * 1024 * 1024  # octets of entries that are kept in memory
BLOCK = 1024 * 1024  # octets copied and hashed at once

_ECDSA_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_RSA_SHA256 = der.sequence(der.oid("1.2.840.113549.1.1.11"), b"\x05\x00")
_CRL_NUMBER = "2.5.29.20"
_DELTA_CRL_INDICATOR = "2.5.29.27"
_ISSUING_DISTRIBUTION_POINT = "2.5.29.28"
_AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
_REASON = bytes.fromhex("300c300a0603551d1504030a01")  # crlEntryExtensions, but for the code
_PREHASHED = utils.Prehashed(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class ListSigner:
    """Who signs: a name, its key, and the key's identifier."""

    name: bytes = field(repr=False)
    """Name (DER)."""
    key_id: bytes = field(repr=False)
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def of(cls, authority: Authority) -> ListSigner:
        """Return an authority as the signer of its lists."""
        key_id = x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key()).digest
        return cls(authority.x509.subject.public_bytes(), key_id, authority.key)

    @property
    def algorithm(self) -> bytes:
        """Return the AlgorithmIdentifier (DER) of its signatures."""
        return _RSA_SHA256 if isinstance(self.key, rsa.RSAPrivateKey) else _ECDSA_SHA256

    def sign(self, digest: bytes) -> bytes:
        """Return the signature over what has this SHA-256."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(digest, padding.PKCS1v15(), _PREHASHED)
        return self.key.sign(digest, ec.ECDSA(_PREHASHED))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a list says besides its entries. OfficeInputInvalid for what no list can say.

    `scope`: the URI of a critical distribution point. `base_number`: this is a delta on it.
    """

    number: int
    this_update: datetime
    next_update: datetime
    scope: str | None = None
    base_number: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.number < MAX_NUMBER:
            raise invalid("its number is not one of 0 to 20 octets")
        if self.base_number is not None and not 0 <= self.base_number < self.number:
            raise invalid("a delta's base number is not below its own")
        if self.scope is not None and not (self.scope and self.scope.isascii()):
            raise invalid("its scope is not a URI")
        if self.this_update >= self.next_update:
            raise invalid("it would end before it begins")


def write_list(out: BinaryIO, signer: ListSigner, facts: Facts, entries: Iterable[Entry]) -> None:
    """Write a signed list (DER) to `out`; `entries` come in ascending order of serials.

    Raises OfficeInputInvalid for an entry that no such list can carry.
    """
    write_encoded(out, signer, facts, _encoded(entries, delta=facts.base_number is not None))


def write_encoded(
    out: BinaryIO, signer: ListSigner, facts: Facts, entries: Iterable[bytes]
) -> None:
    """Do as `write_list` for entries as `encode_entry` returns them, in any order."""
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spool:
        for entry in entries:
            spool.write(entry)
        size = spool.tell()
        before = b"".join(
            (
                der.integer(1),
                signer.algorithm,
                signer.name,
                encode_moment(facts.this_update),
                encode_moment(facts.next_update),
                b"\x30" + encode_length(size) if size else b"",
            )
        )
        behind = _extensions(signer, facts)
        signed = b"\x30" + encode_length(len(before) + size + len(behind)) + before
        # The whole list's length stands before the signature, and a signature's varies.
        digest = hashlib.sha256(signed)
        _blocks(spool, digest.update)
        digest.update(behind)
        tail = behind + signer.algorithm + encode(0x03, b"\x00" + signer.sign(digest.digest()))
        out.write(b"\x30" + encode_length(len(signed) + size + len(tail)) + signed)
        _blocks(spool, out.write)
        out.write(tail)


def encode_entry(serial: int, reason: ReasonCode, since: datetime, *, delta: bool = False) -> bytes:
    """Return a revoked entry (DER). Raises OfficeInputInvalid."""
    if not 0 < serial < MAX_NUMBER:
        raise invalid("a serial is not a positive number of up to 20 octets")
    if reason is ReasonCode.REMOVE_FROM_CRL and not delta:
        raise invalid(f"{reason.name} has no place in a complete list")
    size = serial.bit_length() // 8 + 1
    # RFC 5280 section 5.3.1: unspecified is left out, not spelled.
    extensions = b"" if reason is ReasonCode.UNSPECIFIED else _REASON + bytes((reason,))
    body = bytes((0x02, size)) + serial.to_bytes(size, "big") + encode_moment(since) + extensions
    return bytes((0x30, len(body))) + body


@lru_cache(maxsize=4096)
def encode_moment(at: datetime) -> bytes:
    """Return a Time (RFC 5280 section 5.1.2.4): UTCTime up to 2049, then GeneralizedTime."""
    if at.year < 2050:
        return encode(0x17, f"{at:%y%m%d%H%M%SZ}".encode())
    return encode(0x18, f"{at:%Y%m%d%H%M%SZ}".encode())


def invalid(why: str) -> OfficeInputInvalid:
    """Return the error for a list that cannot be issued."""
    return OfficeInputInvalid(
        f"The list cannot be issued: {why}.", next_step="Correct the input and issue it again."
    )


def _encoded(entries: Iterable[Entry], *, delta: bool) -> Iterator[bytes]:
    last = 0
    for serial, reason, since in entries:
        entry = encode_entry(serial, reason, since, delta=delta)
        if serial <= last:
            raise invalid(
                "it names one serial twice" if serial == last else "its serials do not ascend"
            )
        last = serial
        yield entry


def _extensions(signer: ListSigner, facts: Facts) -> bytes:
    found = [
        _extension(_AUTHORITY_KEY_IDENTIFIER, der.sequence(encode(0x80, signer.key_id))),
        _extension(_CRL_NUMBER, der.integer(facts.number)),
    ]
    if facts.base_number is not None:
        found.append(_extension(_DELTA_CRL_INDICATOR, der.integer(facts.base_number), True))
    if facts.scope is not None:
        name = der.explicit(0, encode(0x86, facts.scope.encode("ascii")))
        point = der.sequence(der.explicit(0, name))
        found.append(_extension(_ISSUING_DISTRIBUTION_POINT, point, True))
    return der.explicit(0, der.sequence(*found))


def _extension(oid: str, value: bytes, critical: bool = False) -> bytes:
    return der.sequence(der.oid(oid), b"\x01\x01\xff" if critical else b"", der.octets(value))


def _blocks(spool: tempfile.SpooledTemporaryFile[bytes], take: Callable[[bytes], object]) -> None:
    spool.seek(0)
    while block := spool.read(BLOCK):
        take(block)
