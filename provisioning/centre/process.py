"""The centre as a process: a folder with its keys, a database, served until it is ended.

Lives here: the folder's form, the socket and the composition. Not here: the parts (`app`,
`store`), several processes over one socket (`workers`).

    sign.key.pem    ES256 key that acknowledgements are signed with
    sign.kid        its key id in the trust list
    terminal-ca/    certificates (DER) of the authorities that enrol terminals
    centre.sqlite   made at the first start, unless another database is named
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from edge.wire.segment import MAX_SEGMENT
from provisioning.centre import epoch_links, tally
from provisioning.centre.app import Front, Signer, create_app
from provisioning.centre.board import Board
from provisioning.centre.gate import AT_ONCE
from provisioning.centre.metrics import Metrics
from provisioning.centre.no_request import ProblemChannel
from provisioning.centre.quiet_work import QuietWork
from provisioning.centre.store import CentreStore
from provisioning.enrol.desk import Issue
from provisioning.errors import OfficeInputInvalid

SIGN_KEY = "sign.key.pem"
SEAL_KEYS = "centre-seal-*.key.pem"
"""Files of the private seal key (`office.pilot`), which no centre's folder may hold."""
SIGN_KID = "sign.kid"
TERMINAL_CA = "terminal-ca"
DATABASE = "centre.sqlite"
THREADS = 3 * AT_ONCE
"""Those beyond `AT_ONCE` wait for their turn, answer that it will not come, or show pages."""
CONNECTIONS = 400
"""Open at once in one process; further ones wait in the socket's queue."""
BACKLOG = 1024
RECEIVE = 256 * 1024  # bytes read at once
SOCKET_MODE, GROUP_MODE = 0o600, 0o660
"""Of the Unix socket: whoever may open it speaks with nginx's word. The second where a group is
named, for an nginx that runs under another account than the centre."""
QUIET_SECONDS = 3.0
"""Without a segment before other work is done: taking records comes first."""
MAX_KID = 256  # bytes of its file


@dataclass(frozen=True, slots=True)
class CentreFolder:
    """What a centre's folder holds."""

    signer: Signer
    terminal_anchors: tuple[bytes, ...]
    path: Path

    @classmethod
    def load(cls, path: Path) -> CentreFolder:
        """Read it. Raises OfficeInputInvalid where it is none, or holds what opens bodies."""
        if any(path.glob(SEAL_KEYS)):
            raise OfficeInputInvalid(
                f"{path} holds the private key that opens names and numbers.",
                next_step="Move it to where `tramthe centre open` runs; serving never needs it.",
            )
        anchors = tuple(file.read_bytes() for file in sorted((path / TERMINAL_CA).glob("*.der")))
        return cls(Signer(_sign_key(path / SIGN_KEY), _kid(path / SIGN_KID)), anchors, path)

    @property
    def database(self) -> str:
        """Return the address of the folder's own database."""
        return f"sqlite:///{self.path / DATABASE}"


@dataclass(frozen=True, slots=True)
class RunningCentre:
    """A centre that listens."""

    store: CentreStore
    server: MultiSocketServer | BaseWSGIServer
    work: QuietWork

    def serve(self) -> None:
        """Answer until KeyboardInterrupt or SystemExit; then close the database."""
        self.work.start()
        try:
            self.server.run()
        finally:
            self.work.stop()
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


def open_centre(
    folder: CentreFolder,
    database: str,
    listening: socket.socket,
    clock: Callable[[], datetime],
    board: Board | None = None,
    place: int = 0,
    issue: Issue | None = None,
) -> RunningCentre:
    """Answer on a socket that listens already; one of the Unix kind has nginx before it.

    `board`: what this process shares with others, in its `place` among them. `issue`: signs the
    terminals' certificates; where it is None an authority outside does.

    Raises OfficeInputInvalid, CentreStoreUnavailable, CentreSchemaNewer.
    """
    store = CentreStore(database)
    front = Front.NGINX if listening.family == socket.AF_UNIX else Front.NOTHING
    app = create_app(
        store, folder.terminal_anchors, folder.signer, clock,
        front=front, board=board, place=place, issue=issue,
    )  # fmt: skip
    metrics: Metrics = app.extensions["centre"].metrics
    server = create_server(
        app,
        sockets=[listening],
        threads=THREADS,
        ident="tramthe",
        max_request_body_size=MAX_SEGMENT,
        connection_limit=CONNECTIONS,
        recv_bytes=RECEIVE,
    )
    if isinstance(server, BaseWSGIServer):  # one socket is one server
        server.channel_class = ProblemChannel
    quiet = partial(metrics.quiet, QUIET_SECONDS)
    jobs = (
        partial(tally.catch_up, store.database),
        lambda: epoch_links.catch_up(store.database, clock()),
    )
    return RunningCentre(store, server, QuietWork(jobs, quiet))


def listen(host: str, port: int) -> socket.socket:
    """Bind an address. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except UnicodeError as error:
        raise OSError(errno.EADDRNOTAVAIL, "This is not the name of a host", host) from error


def listen_unix(path: Path, group: str | None = None) -> socket.socket:
    """Bind a Unix socket that its owner alone may open, or `group` too.

    One that an earlier process left is taken over; one that answers is not. Raises OSError;
    LookupError for a group that is not there.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    umask = os.umask(0o777 & ~SOCKET_MODE)  # so that nobody opens it before its rights are set
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _answers(path):
            path.unlink()
        listening.bind(str(path))
        path.chmod(SOCKET_MODE)
        if group is not None:
            shutil.chown(path, group=group)
            path.chmod(GROUP_MODE)
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    finally:
        os.umask(umask)
    return listening


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
        return True


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
