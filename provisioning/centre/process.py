"""The centre as a process: a folder with its keys and database, served until it is ended.

Lives here: the folder's form and the composition. Not here: the parts (`app`, `store`).

    sign.key.pem    ES256 key that acknowledgements are signed with
    sign.kid        its key id in the trust list
    terminal-ca/    certificates (DER) of the authorities that enrol terminals
    centre.sqlite   made at the first start
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from edge.wire.segment import MAX_SEGMENT
from provisioning.centre.app import create_app
from provisioning.centre.store import CentreStore
from provisioning.errors import OfficeInputInvalid

SIGN_KEY = "sign.key.pem"
SIGN_KID = "sign.kid"
TERMINAL_CA = "terminal-ca"
DATABASE = "centre.sqlite"
THREADS = 4
MAX_KID = 256  # bytes of its file


@dataclass(frozen=True, slots=True)
class RunningCentre:
    """A centre that is bound to its port."""

    store: CentreStore
    server: MultiSocketServer | BaseWSGIServer

    def serve(self) -> None:
        """Answer until KeyboardInterrupt or SystemExit; then close the database."""
        try:
            self.server.run()
        finally:
            self.store.close()


def make_folder(
    folder: Path, key: ec.EllipticCurvePrivateKey, kid: str, terminal_authorities: list[bytes]
) -> None:
    """Write a centre's folder, mode 0700."""
    folder.mkdir(mode=0o700, parents=True)
    (folder / TERMINAL_CA).mkdir()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    handle = os.open(folder / SIGN_KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    (folder / SIGN_KID).write_text(kid, encoding="ascii")
    for number, certificate in enumerate(terminal_authorities, start=1):
        (folder / TERMINAL_CA / f"{number}.der").write_bytes(certificate)


def open_centre(folder: Path, host: str, port: int, clock: Callable[[], datetime]) -> RunningCentre:
    """Bind a centre. Raises OfficeInputInvalid where the folder is not one, OSError."""
    key = _sign_key(folder / SIGN_KEY)
    anchors = [path.read_bytes() for path in sorted((folder / TERMINAL_CA).glob("*.der"))]
    kid = _kid(folder / SIGN_KID)
    store = CentreStore(f"sqlite:///{folder / DATABASE}")
    try:
        listening = _listen(host, port)
    except OSError:
        store.close()
        raise
    server = create_server(
        create_app(store, anchors, key, kid, clock),
        sockets=[listening],
        threads=THREADS,
        ident="tramthe",
        max_request_body_size=MAX_SEGMENT,
    )
    return RunningCentre(store, server)


def _listen(host: str, port: int) -> socket.socket:
    """Bind the address before waitress makes anything that a taken one would leave behind."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except UnicodeError as error:
        raise OSError(errno.EADDRNOTAVAIL, "This is not the name of a host", host) from error


def _sign_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _not_a_centre(path) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _not_a_centre(path)
    return key


def _kid(path: Path) -> str:
    kid = path.read_bytes()[:MAX_KID].decode("ascii", "replace").strip()
    if not kid or not kid.isascii():
        raise _not_a_centre(path)
    return kid


def _not_a_centre(path: Path) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"{path} is not that of a centre.",
        next_step="Name the folder that the pilot's set-up made for the centre.",
    )
