"""Terminals that ask for certificates, and an authority that signs: values, no network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from provisioning.fleet import claims, decisions, registry, requests
from provisioning.fleet.claims import Claim
from provisioning.fleet.requests import Request
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import START

ORGANISATION = "38168053000001"
SECRET = bytes(range(32))
OPERATOR = "lan"
TECHNICIAN = "Nguyễn Văn Kỹ"
CA = create_terminal_ca("Terminal CA", at=START)


@dataclass
class Device:
    """A terminal with a key of its own, before it is known to anybody."""

    name: str = "tram-001"
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    @property
    def fingerprint(self) -> str:
        """Its key's."""
        return registry.key_fingerprint(self.key.public_key())

    @property
    def csr(self) -> bytes:
        """What it asks with, DER."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        builder = x509.CertificateSigningRequestBuilder(subject_name=name)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def certificate(self, at: datetime = START, ca: Authority = CA) -> bytes:
        """Return what the authority gives it, DER."""
        return issue_terminal(ca, self.key.public_key(), self.name, at=at)


def claim_for(
    connection: sa.Connection,
    name: str = "tram-001",
    at: datetime = START,
    *,
    id: str = "claim-0001",  # noqa: A002 -- the field's name in the claim
    secret: bytes = SECRET,
) -> Claim:
    """Give out a claim that holds for a day."""
    return claims.new_claim(
        connection,
        id=id,
        digest=hashlib.sha256(secret).digest(),
        terminal=name,
        organisation=ORGANISATION,
        technician=TECHNICIAN,
        until=at + timedelta(days=1),
        at=at,
        operator=OPERATOR,
    )


def asked(connection: sa.Connection, device: Device, at: datetime = START) -> Request:
    """Claim, use the claim, ask."""
    claim = claim_for(connection, device.name, at, id=f"claim-of-{device.name}")
    used = claims.use_claim(connection, claim.id, SECRET, device.fingerprint, at)
    assert used.claim is not None
    assert used.refusal is None
    return requests.ask(connection, used.claim, device.csr, device.fingerprint, at)


def enrolled(connection: sa.Connection, device: Device, at: datetime = START) -> bytes:
    """Bring a device into service; return its certificate."""
    request = asked(connection, device, at)
    decisions.approve(connection, request.number, OPERATOR, at)
    certificate = device.certificate(at)
    decisions.issued(connection, request.number, certificate, at)
    return certificate


both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
"""Over a test whose statements the engines may understand otherwise."""
