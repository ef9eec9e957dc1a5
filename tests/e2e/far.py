"""One terminal far from its office, as real processes on a machine of its own.

Lives here: `tramthe enrol` and `tramthe serve` there, what a technician and a secretary do at it,
and what can be seen from outside: its pages, its files. Not here: the machine (`machine`), the
centre, what happens to whom (`test_fleet_of_forty`).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from cryptography import x509

from edge.identity.key import CERTIFICATE_FILE
from edge.layout import StateLayout
from edge.log.reading import open_read_only
from provisioning.demo.children import free_port
from provisioning.demo.prepare import PIN
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from tests.e2e.conftest import wait
from tests.e2e.machine import Machine

TRAMTHE = (sys.executable, "-m", "provisioning.cli.main")


PATIENCE = 180.0
"""Seconds, far beyond what anything here needs where forty share two cores."""
EVERY = 0.1
"""Seconds between two looks: each is a question to a process that has its own work."""
INBOX_WITHIN = 20.0
"""Seconds after which its inbox has been asked for again: 12 of its pauses, and half as many."""


class Far:
    """One terminal; `centre` is the centre's address, `roots` whom its server is believed by."""

    def __init__(self, name: str, folder: Path, machine: Machine, centre: str, roots: Path) -> None:
        self.name = name
        self.layout = StateLayout(folder / "state")
        self.machine = machine
        self._port = free_port()
        self._pages = f"http://127.0.0.1:{self._port}"
        self._said = folder / "said"
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / "terminal.toml"
        self._config.write_text(
            f'terminal = "{name}"\nstate = "{self.layout.root}"\nport = {self._port}\n'
            f'centre = "{centre}"\ncentre_roots = "{roots}"\nsync_seconds = 1\n'
            'reader = "Virtual PCD"\nvolatile_state = true\n',
            encoding="utf-8",
        )
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        ).open

    def enrol(self, claim: Path | None = None) -> tuple[int, str]:
        """Ask for the certificate once, as `tramthe-enrol.service` does; return how it ended."""
        given = () if claim is None else ("--claim", str(claim))
        state = ("--state", str(self.layout.root), "--config", str(self._config))
        command = self.machine.inside(*TRAMTHE, "enrol", *state, *given, "--wait", "0")
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        return done.returncode, done.stdout + done.stderr

    def switch_on(self) -> None:
        """Start `tramthe serve`, and return once its pages answer and its reader is there."""
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(
                self.machine.inside(*TRAMTHE, "serve", "--config", str(self._config)),
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        wait(self._ready, PATIENCE, every=EVERY)

    def switch_off(self) -> None:
        """End it as systemd does; harmless where it does not run."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(PATIENCE)

    def restart(self) -> None:
        """Start it anew, as is done with a terminal whose certificate has come."""
        self.switch_off()
        self.switch_on()

    def ended(self) -> int:
        """Return the exit status of a process that is to end by itself."""
        assert self._process is not None
        status = self._process.wait(INBOX_WITHIN + PATIENCE)
        self._process = None
        return status

    def open_meeting(self) -> None:
        """Open a meeting at the desk, with the PIN that came in the claim."""
        self._post("/mo-ban", "/mo-ban", so=PIN)
        self._post("/ban/mo", "/ban/mo", kind="regular")

    def tap(self, card: CardImage) -> None:
        """Type the card's number, lay it, see green and one event more, lift it."""
        before = self.status()
        self._post("/chon/so", "/chon/so", can=str(card.can))
        self.machine.lay(Chip(card))
        try:
            self._until(lambda: self._green(self.status(), before))
        finally:
            self.machine.lift()

    @staticmethod
    def _green(now: Any, before: Any) -> bool:
        return bool(
            now["scene"]["version"] > before["scene"]["version"]
            and now["scene"]["state"] == "accepted"
            and now["meeting"]["present"] == before["meeting"]["present"] + 1
        )

    def brings_up(self) -> None:
        """Return once nothing is left to send."""
        self._until(lambda: self.status()["unsent"] == 0)

    def renewed(self, before: x509.Certificate) -> x509.Certificate:
        """Return the certificate that came in the place of the one before, once it is there."""
        self._until(lambda: self.certificate != before)
        return self.certificate

    def status(self) -> Any:
        """Return what it says of itself."""
        return json.loads(self._get("/api/v1/status"))

    @property
    def certificate(self) -> x509.Certificate:
        """Return the certificate in its folder."""
        file = self.layout.identity / CERTIFICATE_FILE
        return x509.load_der_x509_certificate(file.read_bytes())

    def written(self) -> tuple[str, list[bytes]]:
        """Return the log's epoch, and the hash of each event in it."""
        with closing(open_read_only(self.layout.log)) as log:
            ((epoch,),) = log.execute("SELECT epoch FROM epoch").fetchall()
            return epoch, [row[0] for row in log.execute("SELECT hash FROM event ORDER BY place")]

    def _until(self, so: Callable[[], bool]) -> None:
        try:
            wait(so, PATIENCE, every=EVERY)
        except AssertionError as error:
            raise AssertionError(f"{self.name}: {self.status()}\n{self._words()}") from error

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._words()
        try:
            found = self.status()
        except OSError:  # nobody listens yet
            return False
        return found["reader"]["name"] is not None

    def _words(self) -> str:
        return self._said.read_text("utf-8")[-4000:]

    def _get(self, path: str) -> str:
        with self._open(self._pages + path, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def _post(self, page: str, path: str, **fields: str) -> None:
        """Send the form of a page."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self._get(page))
        assert token is not None, page
        data = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        with self._open(self._pages + path, data, timeout=PATIENCE) as answer:
            answer.read()
