"""Who the examiner is to a centre: terminals made for it, or one that the office enrolled.

Lives here: identities and the certificates that only a question needs. Not here: what they send
(`run`), the office's files (`provisioning.cli.centre_check`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import oid

from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """A terminal: its id, its key, its certificate (DER)."""

    terminal: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)


def enrol(
    authority: Authority, terminal: str, at: datetime, *, begins: timedelta = -DAY, days: int = 2
) -> Identity:
    """Return a new terminal under an authority, its certificate valid from `at` + `begins`."""
    key = new_key()
    certificate = issue_terminal(
        authority, key.public_key(), terminal, at=at + begins, validity=days * DAY
    )
    return Identity(terminal, key, certificate)


def of_a_stranger(known: Identity, at: datetime) -> Identity:
    """Return the same terminal and key under an authority that nobody knows."""
    stranger = create_terminal_ca("Terminal CA", at=at - 3 * DAY)
    certificate = issue_terminal(
        stranger, known.key.public_key(), known.terminal, at=at - DAY, validity=2 * DAY
    )
    return Identity(known.terminal, known.key, certificate)


@dataclass(frozen=True, slots=True)
class Uses:
    """What a certificate says it is for; a terminal's says all as it stands here."""

    ca: bool = False
    signature: bool = True
    client: bool = True


def issue_for(
    uses: Uses,
    authority: Authority,
    terminal: str,
    key: ec.EllipticCurvePublicKey,
    at: datetime,
) -> bytes:
    """Return a certificate (DER) for uses that no office issues one for."""
    use = oid.ExtendedKeyUsageOID
    name = x509.Name([x509.NameAttribute(oid.NameOID.COMMON_NAME, terminal)])
    usage = x509.KeyUsage(
        digital_signature=uses.signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not uses.signature,
        key_cert_sign=uses.ca,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    extended = x509.ExtendedKeyUsage([use.CLIENT_AUTH if uses.client else use.SERVER_AUTH])
    certificate = (
        x509.CertificateBuilder(authority.x509.subject, name, key, x509.random_serial_number())
        .not_valid_before(at - DAY)
        .not_valid_after(at + DAY)
        .add_extension(x509.BasicConstraints(ca=uses.ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(extended, critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.DER)


@contextmanager
def shown(who: Identity) -> Iterator[Path]:
    """Return a PEM file with a terminal's certificate and key, gone after the block."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "terminal.pem"
        file.touch(mode=0o600)
        file.write_bytes(
            x509.load_der_x509_certificate(who.certificate).public_bytes(serialization.Encoding.PEM)
            + who.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        yield file
