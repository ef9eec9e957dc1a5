"""The revocation lists that are measured: made up, correctly signed, of any size.

Lives here: signers, entries that can be made again one by one, the files. Not here: measuring
(`crl_rows`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from crl.status import ReasonCode
from provisioning.office.pki import create_status_signer
from provisioning.office.signed_list import Facts, ListSigner, encode_entry, write_encoded
from verify.trust import STATUS_SIGNER_EKU, Anchor, AnchorPurpose, TrustList

SCOPE = "urn:tramthe:card-status:bench"
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NUMBER = 1000
DAY = timedelta(days=1)
BLOCK = 4096  # entries that are drawn at once
DRAWN = 32  # octets an entry
SHORTEST, LONGEST = 8, 20  # octets of the serials of a mixed list

_REASONS = (
    ReasonCode.CERTIFICATE_HOLD,
    ReasonCode.SUPERSEDED,
    ReasonCode.AFFILIATION_CHANGED,
    ReasonCode.CESSATION_OF_OPERATION,
    ReasonCode.KEY_COMPROMISE,
)


@dataclass(frozen=True, slots=True)
class Signer:
    """A signer of lists, with its certificate (DER)."""

    signer: ListSigner
    certificate: bytes

    def trust(self) -> TrustList:
        """Return a trust list that names it."""
        anchor = Anchor(AnchorPurpose.CARD_STATUS, self.certificate, scope=SCOPE)
        return TrustList(1, AT - DAY, (anchor,), ())

    def pem(self) -> bytes:
        """Return its certificate for openssl."""
        loaded = x509.load_der_x509_certificate(self.certificate)
        return loaded.public_bytes(serialization.Encoding.PEM)


@cache
def p256() -> Signer:
    """Return the office's signer of card status lists."""
    authority = create_status_signer("Bench status P-256", scope=SCOPE, at=AT - 9 * DAY)
    return Signer(ListSigner.of(authority), authority.certificate)


@cache
def rsa_3072() -> Signer:
    """Return one like it with an RSA key."""
    key = rsa.generate_private_key(65537, 3072)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bench status RSA")])
    usage = x509.KeyUsage(False, False, False, False, False, False, True, False, False)  # cRLSign
    purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier(STATUS_SIGNER_EKU)])
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, AT - 9 * DAY, AT + 900 * DAY)
        .add_extension(usage, critical=True)
        .add_extension(purpose, critical=True)
        .add_extension(key_id, critical=False)
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Signer(ListSigner(name.public_bytes(), key_id.digest, key), der)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A list of `count` entries.

    plain: serials of 16 octets, each with a reason code, in ascending order, as the office's.
    mixed: serials of 8 to 20 octets, else the same. shuffled: the lengths follow each other in
    no order, and 3 of 10 entries have no reason code.
    """

    count: int
    form: str = "plain"

    def serial(self, index: int) -> int:
        """Return the serial of one entry."""
        return self._serial(index, _drawn(self.form, index // BLOCK), index % BLOCK * DRAWN)

    def _serial(self, index: int, drawn: bytes, at: int) -> int:
        if self.form == "shuffled":
            size = SHORTEST + drawn[at + 20] % (LONGEST - SHORTEST + 1)
            first = drawn[at] % 0x7F + 1
            return first << 8 * (size - 1) | int.from_bytes(drawn[at + 1 : at + size], "big")
        low, high = 1 << 119, 1 << 127
        count = self.count
        if self.form == "mixed":
            lengths = LONGEST - SHORTEST + 1
            size = SHORTEST + index * lengths // count
            first_index = -(-(size - SHORTEST) * count // lengths)
            low, high = 1 << 8 * size - 8, 1 << 8 * size - 1
            index, count = index - first_index, count // lengths + 1
        step = (high - low) // count
        return low + index * step + int.from_bytes(drawn[at : at + 20], "big") % step

    def entries(self) -> Iterator[bytes]:
        """Yield the entries (DER)."""
        for start in range(0, self.count, BLOCK):
            drawn = _drawn(self.form, start // BLOCK)
            for index in range(start, min(start + BLOCK, self.count)):
                at = (index - start) * DRAWN
                reason = _REASONS[drawn[at + 21] % len(_REASONS)]
                if self.form == "shuffled" and drawn[at + 22] % 10 < 3:
                    reason = ReasonCode.UNSPECIFIED
                minutes = int.from_bytes(drawn[at + 23 : at + 25], "big") * 8
                since = AT - timedelta(minutes=minutes)
                yield encode_entry(self._serial(index, drawn, at), reason, since)

    def write(self, path: Path, signer: Signer) -> None:
        """Write the signed list."""
        with path.open("wb") as out:
            facts = Facts(NUMBER, AT - DAY, AT + 30 * DAY, SCOPE)
            write_encoded(out, signer.signer, facts, self.entries())


@cache
def _seed(form: str) -> bytes:
    return hashlib.sha256(b"tramthe bench " + form.encode()).digest()


def _drawn(form: str, block: int) -> bytes:
    """Return the octets that a block of entries is made of, always the same."""
    return hashlib.shake_128(_seed(form) + block.to_bytes(4, "big")).digest(BLOCK * DRAWN)
