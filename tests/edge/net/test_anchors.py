"""Explicit trust anchors: they alone vouch for a server, and need not be self-signed."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from edge.errors import CentreUnreachable, ConfigInvalid
from edge.net.http import request
from edge.net.tls import Tls
from provisioning.cli.common import office_time
from provisioning.office.pki import key_pem, new_key
from tests.edge.net.tls_made import GENEROUS, certificate, serving


def issued(name: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey,
           *, ca: bool) -> x509.Certificate:  # fmt: skip
    """Return a certificate of one name by another."""
    subject, above = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer)
    )
    now = office_time()
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(
        above, subject, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    return builder.add_extension(here, critical=False).sign(by, hashes.SHA256())


def test_an_anchor_below_somebody_elses_root(tmp_path: Path) -> None:
    """Its server is believed by it alone; by another anchor, or by what is none, nobody is."""
    root, middle, leaf = new_key(), new_key(), new_key()
    anchor = issued("middle", middle, "root", root, ca=True).public_bytes(Encoding.DER)
    server = issued("server", leaf, "middle", middle, ca=False)
    (tmp_path / "tls.pem").write_bytes(server.public_bytes(Encoding.PEM))
    (tmp_path / "tls.key").write_bytes(key_pem(leaf))
    now = office_time()
    pem = certificate(new_key(), now - timedelta(days=1), now + timedelta(days=1))
    other = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    with serving(tmp_path / "tls.pem", tmp_path / "tls.key") as found:

        def ask(*anchors: bytes) -> bytes:
            tls = Tls(anchors=anchors)
            return request("GET", found.url, None, deadline=GENEROUS, max_bytes=10, tls=tls).body

        assert ask(anchor) == b"ok"
        assert ask(other, anchor) == b"ok"
        with pytest.raises(CentreUnreachable):
            ask(other)
        with pytest.raises(ConfigInvalid):
            ask(b"no certificate")
