"""A centre as it is run, to be killed and started again, and the terminals enrolled at it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import EdgeError
from edge.identity.key import load_or_create, store_certificate
from edge.net import http
from provisioning.centre.process import make_folder
from provisioning.cli.common import office_time
from provisioning.demo.children import free_port
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import SEAL
from tests.faults.ledger import Ledger
from tests.torture.ledger import Violation

KID = "sign-test"
PATIENCE = 120.0  # seconds; far beyond what anything here needs
DAY = timedelta(days=1)
PAST = 4000 * DAY


class Office:
    """A centre over `database`, not started yet; its files lie in `folder`.

    `more`: where it listens, instead of a port. `like`: another centre with the same keys.
    """

    def __init__(self, folder: Path, database: str, *more: str, like: Office | None = None) -> None:
        self.folder = folder
        self.database = database
        self.port = free_port()
        self.ca: Authority = (
            like.ca if like else create_terminal_ca("Terminal CA", at=office_time() - PAST)
        )
        self.sign_key: ec.EllipticCurvePrivateKey = like.sign_key if like else new_key()
        make_folder(folder / "centre", self.sign_key, KID, [self.ca.certificate])
        self._more = more or ("--port", str(self.port))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address without nginx."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, prefix: Sequence[str] = (), env: Mapping[str, str] | None = None) -> None:
        """Start it; returns before it answers. `prefix` runs the command."""
        command = [
            *prefix, sys.executable, "-m", "provisioning.cli.main", "centre", "serve",
            str(self.folder / "centre"), "--database", self.database, *self._more,
        ]  # fmt: skip
        with (self.folder / "centre.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(env or {})}, start_new_session=True,
            )  # fmt: skip

    def wait_ready(self) -> None:
        """Return once it would take a segment."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                url = f"{self.url}/v1/ready"
                if http.request("GET", url, None, deadline=5.0, max_bytes=4096).status == 200:
                    return
            except EdgeError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "centre.log").read_text())

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it, all its processes, without a word; harmless when repeated."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, how)
            process.wait(PATIENCE)
            with suppress(ProcessLookupError):  # what it had started may take longer to end
                while True:
                    os.killpg(process.pid, 0)
                    time.sleep(0.01)

    def enrol(
        self,
        terminal: str,
        *,
        begins: datetime | None = None,
        ends: datetime | None = None,
        roots: Path | None = None,
        within: Path | None = None,
    ) -> Path:
        """Return the folder of a new terminal, made in `within`."""
        folder = (within or self.folder) / terminal
        folder.mkdir()
        identity = load_or_create(folder / "identity", terminal)
        at = begins or office_time() - DAY
        certificate = issue_terminal(
            self.ca, identity.key.public_key(), terminal, at=at,
            validity=(ends or at + 365 * DAY) - at,
        )  # fmt: skip
        store_certificate(folder / "identity", identity, certificate)
        pem = self.sign_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        settings = {
            "terminal": terminal, "kid": KID, "key": pem.decode(), "seal_kid": SEAL.kid,
            "seal": SEAL.public.hex(), "roots": roots and str(roots),
        }  # fmt: skip
        (folder / "centre.json").write_text(json.dumps(settings))
        return folder


@dataclass
class Terminal:
    """A terminal's process; what it says goes into the ledger as it is read."""

    folder: Path
    url: str
    ledger: Ledger
    longest: float = 0.3
    prefix: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """Return the terminal's name."""
        return self.folder.name

    @property
    def _log(self) -> Path:
        return self.ledger.file.with_name(f"{self.name}.log")

    def start(self) -> Terminal:
        """Start it; return it once its log is open."""
        command = [
            *self.prefix, sys.executable, "-m", "tests.faults.terminal",
            str(self.folder), self.url, str(self.longest),
        ]  # fmt: skip
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                env={**os.environ, **self.env}, start_new_session=True,
            )  # fmt: skip
        self._hear("ready")
        return self

    def tap(self, count: int) -> None:
        """Record so many events."""
        self.begin(count)
        self.heard()

    def begin(self, count: int) -> None:
        """Have it record so many events, and hear of them later."""
        self._say(f"tap {count}")

    def heard(self) -> None:
        """Return once it has done what was begun."""
        self._hear("done")

    def once(self) -> dict[str, Any]:
        """Make one pass; return how it ended."""
        self.begin_pass()
        return self.end_pass()

    def begin_pass(self) -> None:
        """Have it make a pass, and hear of it later."""
        self._say("pass")

    def end_pass(self) -> dict[str, Any]:
        """Return how the pass that was begun ended."""
        return self._hear("state")

    def loop(self) -> None:
        """Let it go on by itself."""
        self._say("loop")
        self._hear("done")

    def comes_home(self, patience: float = PATIENCE) -> None:
        """Return once it knows that everything is kept, in so many seconds. Raises Violation."""
        deadline = time.monotonic() + patience
        while True:
            self._say("known")
            said = self._hear("unsent")
            if not said["unsent"]:
                self.ledger.knows(self.name, said["epochs"])
                return
            if time.monotonic() > deadline:
                raise Violation(f"{self.name} does not come home: {said['unsent']} wait")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it, take what it had said; harmless when repeated."""
        process, self._process = self._process, None
        if process is None:
            return
        os.killpg(process.pid, signal.SIGKILL)
        for line in _out(process):
            self._take(line)
        process.wait(PATIENCE)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def _say(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self, key: str) -> dict[str, Any]:
        """Take what it says up to something with this key, and return that."""
        assert self._process is not None
        for line in _out(self._process):
            said = self._take(line)
            if key in said:
                return said
        raise AssertionError(self._log.read_text()[-2000:])

    def _take(self, line: bytes) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}
        self.ledger.take(self.name, said)
        return said


def _out(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout
