"""The counter authority: a root that a PC can install without giving up more than one door.

Lives here: making it, and issuing a server's certificate under it. Not here: how it is confined
(`confined`), who may ask (`request`), where it rests (`keep`).
Source: RFC 5280 sections 4.2.1.9 and 4.2.1.12; docs/adr/0015-a-root-of-its-own-for-the-counter.md.

    root          self-signed, in the PC; its private key is gone as soon as it signed `issuing`
      issuing     the organisation's; its key rests with the office
        server    nginx's on the terminal, for serverAuth, 397 days at most

Root and issuing carry the same critical name constraints and the extended key usage serverAuth.
A verifier that lets an anchor's own constraints pass (RFC 5280 section 6.1 makes them its choice)
meets them again in `issuing`, beside which nothing was ever signed. None of it is below the
terminals' authority: an identity and a door are never mistaken for each other.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provisioning.counter.confined import (
    SERVER_AUTH,
    SERVER_VALIDITY,
    constraints,
    permitted,
    server_names,
)
from provisioning.counter.hosts import Hosts
from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates, pki
from provisioning.office.pki import Authority, Rng, new_key

ROOT_VALIDITY = timedelta(days=5 * 365)
LEAST_LEFT = timedelta(days=30)  # of an authority that still issues
SERVER_AGE = timedelta(hours=1)  # a PC's clock that is slow by so much still takes it
MAX_CODE = 40  # characters of an organisation's code, so that its names fit 64
DOOR_UNIT = "counter door"


@dataclass(frozen=True, slots=True)
class CounterAuthority:
    """A root's certificate (DER), whose key is gone, and the authority below it."""

    root: bytes = field(repr=False)
    issuing: Authority

    @property
    def hosts(self) -> Hosts:
        """Return for which names it may vouch."""
        return permitted(self.issuing.x509)


def create(code: str, hosts: Hosts, *, at: datetime, rng: Rng = os.urandom) -> CounterAuthority:
    """Return a new authority of the organisation `code` that can vouch for `hosts` alone.

    The root's private key is never written and not returned.
    """
    root_key, issuing_key = new_key(rng), new_key(rng)
    root_name = _name(f"Tram The quay {code} root {_mark(root_key)}")
    issuing_name = _name(f"Tram The quay {code} {_mark(issuing_key)}")
    root = _confined(root_name, root_name, root_key, root_key, hosts, 1, at, rng)
    issuing = _confined(root_name, issuing_name, issuing_key, root_key, hosts, 0, at, rng)
    return CounterAuthority(root, Authority(issuing, issuing_key))


def issue_server(
    authority: CounterAuthority,
    public_key: ec.EllipticCurvePublicKey,
    hosts: Hosts,
    *,
    at: datetime,
    rng: Rng = os.urandom,
) -> bytes:
    """Return the certificate (DER) of a terminal's door for `hosts`.

    It has no common name: that is where a terminal's certificate says which terminal it is.
    Raises OfficeInputInvalid for hosts that the authority cannot vouch for, or a key that is not
    on P-256.
    """
    if not isinstance(public_key.curve, ec.SECP256R1):
        raise OfficeInputInvalid(
            "The key of a counter's door is on P-256.", next_step="Make the request again."
        )
    if not hosts.within(authority.hosts):
        raise OfficeInputInvalid(
            f"This organisation's counter authority vouches for "
            f"{', '.join(authority.hosts.texts)} and nothing else.",
            next_step="Give other hosts, or make a new authority with --new-authority: its root "
            "has to be installed on every PC of the counter.",
        )
    issuer = authority.issuing.x509
    begin = at - SERVER_AGE
    left = issuer.not_valid_after_utc - begin
    if left < LEAST_LEFT:
        raise OfficeInputInvalid(
            f"This organisation's counter authority ends on {issuer.not_valid_after_utc:%Y-%m-%d}.",
            next_step="Make a new authority with --new-authority: its root has to be installed on "
            "every PC of the counter.",
        )
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, pki.ORGANISATION),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, DOOR_UNIT),
        ]
    )
    builder = pki.begin(issuer.subject, subject, public_key, begin, min(SERVER_VALIDITY, left), rng)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(certificates.key_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(SERVER_AUTH), critical=False)
    builder = builder.add_extension(
        x509.SubjectAlternativeName(server_names(hosts)), critical=False
    )
    return certificates.sign(builder, public_key, authority.issuing.key)


def _confined(
    issuer: x509.Name,
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    hosts: Hosts,
    below: int,
    at: datetime,
    rng: Rng,
) -> bytes:
    public = key.public_key()
    builder = pki.begin(issuer, subject, public, at - SERVER_AGE, ROOT_VALIDITY, rng)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=True, path_length=below), critical=True
    )
    builder = builder.add_extension(certificates.key_usage(key_cert_sign=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(SERVER_AUTH), critical=False)
    builder = builder.add_extension(constraints(hosts), critical=True)
    return certificates.sign(builder, public, issuer_key)


def _name(common_name: str) -> x509.Name:
    return certificates.name(common_name, organisation=pki.ORGANISATION, country="VN")


def _mark(key: ec.EllipticCurvePrivateKey) -> str:
    """Return four characters of the key: two authorities of one organisation have two names."""
    digest = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    return digest[:2].hex()
