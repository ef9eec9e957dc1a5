"""What stands before a centre in tests: the Unix socket it answers on, nginx's certificate."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask import Flask
from waitress.server import create_server

from provisioning.centre.process import listen_unix
from provisioning.office.pki import key_pem, new_key
from tests.provisioning.nginx_run import WITHIN

DOORS = ("terminals", "lapsed", "enrol")


@contextmanager
def serving(app: Flask, unix: Path) -> Iterator[None]:
    """Answer on a Unix socket until the block ends."""
    listening = listen_unix(unix)
    server = create_server(app, sockets=[listening], threads=4)
    thread = threading.Thread(target=_serve, args=(server,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.close()
        thread.join(WITHIN)
        listening.close()


def _serve(server: object) -> None:
    try:
        server.run()  # type: ignore[attr-defined]
    except OSError:
        return  # closed under it, at the end


def tls(folder: Path, name: str, now: datetime) -> tuple[Path, Path]:
    """Make a certificate for a centre's names that is its own anchor, and its key; return both."""
    key = new_key()
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(one) for one in (name, *(f"{door}.{name}" for door in DOORS))]
    made = (
        x509.CertificateBuilder(own, own, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "tls.pem", folder / "tls.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key_pem(key))
    return certificate, secret
