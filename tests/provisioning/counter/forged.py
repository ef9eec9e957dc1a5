"""Certificates as a thief of a counter authority's key would make them: without our checks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.cli.common import office_time
from provisioning.counter.confined import SERVER_AUTH, constraints
from provisioning.counter.hosts import Hosts
from provisioning.office import certificates, pki
from provisioning.office.pki import Authority, new_key

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
CLIENT_AUTH = [ExtendedKeyUsageOID.CLIENT_AUTH]


def forged_server(
    issuer: Authority,
    names: Sequence[str],
    *,
    common_name: str = "forged",
    uses: Sequence[x509.ObjectIdentifier] = SERVER_AUTH,
    validity: timedelta = YEAR,
    age: timedelta = HOUR,
) -> Authority:
    """Return a certificate for these names and addresses, and its key."""
    key, public_names = new_key(), [_general(name) for name in names]
    builder = _begun(issuer, key, common_name, office_time() - age, validity)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(certificates.key_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName(public_names), critical=False)
    return Authority(certificates.sign(builder, key.public_key(), issuer.key), key)


def forged_authority(issuer: Authority) -> Authority:
    """Return an authority below another one, without constraints of its own."""
    key = new_key()
    builder = _begun(issuer, key, "forged authority", office_time() - HOUR, YEAR)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(certificates.key_usage(key_cert_sign=True), critical=True)
    return Authority(certificates.sign(builder, key.public_key(), issuer.key), key)


def forged_root(
    hosts: Hosts | None,
    *,
    critical: bool = True,
    uses: Sequence[x509.ObjectIdentifier] | None = SERVER_AUTH,
    limits: x509.NameConstraints | None = None,
) -> Authority:
    """Return a root with its key; None: without name constraints, unless `limits` are given."""
    key = new_key()
    name = _name("forged root")
    at = office_time() - HOUR
    builder = pki.begin(name, name, key.public_key(), at, 4 * YEAR, os.urandom)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    builder = builder.add_extension(certificates.key_usage(key_cert_sign=True), critical=True)
    if uses is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    if hosts is not None:
        limits = constraints(hosts)
    if limits is not None:
        builder = builder.add_extension(limits, critical=critical)
    return Authority(certificates.sign(builder, key.public_key(), key), key)


def _begun(
    issuer: Authority,
    key: ec.EllipticCurvePrivateKey,
    common_name: str,
    at: datetime,
    validity: timedelta,
) -> x509.CertificateBuilder:
    above = issuer.x509.subject
    return pki.begin(above, _name(common_name), key.public_key(), at, validity, os.urandom)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general(text: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
