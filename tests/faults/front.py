"""A real nginx before a centre, with its three names, and a way to find them without a DNS."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from provisioning.cli.centre import centre as command
from provisioning.demo.children import free_port
from provisioning.office.pki import new_key
from tests.faults.office import PATIENCE, Office

NAME = "centre.test"
NAMES = (NAME, f"terminals.{NAME}", f"lapsed.{NAME}")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
_SCRIPT = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'


class Front:
    """nginx as `tramthe centre nginx` configures it, on a port of `address`.

    `office` is told to listen on the Unix socket behind it. Started by `start`.
    """

    def __init__(self, folder: Path, database: str, address: str = "127.0.0.1") -> None:
        self.folder = folder
        self.socket = folder / "centre.sock"
        self.office = Office(folder, database, "--socket", str(self.socket))
        self.port = free_port()
        self.roots = folder / "tls.pem"
        self._address = address
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address that a terminal is configured with."""
        return f"https://terminals.{NAME}:{self.port}"

    def start(self, begins: datetime, ends: datetime) -> None:
        """Start it with a server's certificate of these dates. AssertionError where it fails."""
        assert NGINX is not None
        _certificate(self.folder, begins, ends)
        done = CliRunner().invoke(
            command,
            [
                "nginx", str(self.folder / "centre"), "--name", NAME,
                "--certificate", str(self.roots), "--key", str(self.folder / "tls.key"),
                "--socket", str(self.socket), "--port", str(self.port),
                "--output", str(self.folder),
            ],
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        at = self.folder
        whole = at / "nginx.conf"
        whole.write_text(
            f"daemon off; worker_processes 1; pid {at}/pid; error_log {at}/error.log;\n"
            f"events {{}}\nhttp {{ access_log {at}/access.log; client_body_temp_path {at}/body;\n"
            f"proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/f;\n"
            f"uwsgi_temp_path {at}/u; scgi_temp_path {at}/s; include {at}/tramthe-centre.conf; }}\n"
        )
        user = [] if os.geteuid() else ["-g", "user root;"]
        self._child = subprocess.Popen([NGINX, "-p", str(at), "-c", str(whole), *user])
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((self._address, self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, "nginx does not listen"
                time.sleep(0.02)
            else:
                return

    def asked(self) -> list[str]:
        """Return the lines of nginx's access log."""
        return (self.folder / "access.log").read_text().splitlines()

    def wait_socket(self) -> None:
        """Return once the centre listens behind it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(str(self.socket))
            except OSError:
                assert time.monotonic() < deadline, (self.folder / "centre.log").read_text()
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """End nginx; harmless when repeated."""
        child, self._child = self._child, None
        if child is not None:
            child.terminate()
            child.wait(PATIENCE)

    def finding(self) -> list[str] | None:
        """Return what runs a command that finds the names here; None where that is forbidden."""
        hosts = self.folder / "hosts"
        hosts.write_text(f"127.0.0.1 localhost\n{self._address} {' '.join(NAMES)}\n")
        mapped = ["--map-root-user"] if os.geteuid() else []
        prefix = ["unshare", "--mount", *mapped, "sh", "-c", _SCRIPT, "sh", str(hosts)]
        return prefix if allowed(prefix) else None


def allowed(prefix: Sequence[str]) -> bool:
    """Return whether this machine lets a command be run so."""
    if shutil.which(prefix[0]) is None:
        return False
    return not subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode


def _certificate(folder: Path, begins: datetime, ends: datetime) -> None:
    """Write a certificate for the three names, and its key."""
    key = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = [x509.DNSName(one) for one in NAMES]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begins, ends)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
