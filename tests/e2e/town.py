"""A town's terminals and their one centre: served behind nginx, its authority's key with it.

Lives here: the centre's process, the office's commands, terminals on machines of their own, and
what has arrived. Not here: a terminal (`far`), what happens to whom (`test_fleet_of_forty`).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

from click.testing import CliRunner

from edge.layout import StateLayout
from edge.people.roles import Role
from provisioning import people
from provisioning.centre.nginx import ENROL_RATE, SITE
from provisioning.centre.process import DATABASE
from provisioning.centre.store import CentreStore
from provisioning.cli.common import office_time
from provisioning.cli.main import tramthe
from provisioning.demo.children import free_port
from provisioning.demo.prepare import PIN, Stage
from provisioning.mint import Mint
from provisioning.office import key_file
from provisioning.softcard.image import CardImage
from tests.e2e.far import PATIENCE, TRAMTHE, Far
from tests.e2e.machine import Machine
from tests.provisioning.centre.enrol.test_processes import NAME, PASSPHRASE, QUICK, served
from tests.provisioning.centre.fronted import tls
from tests.provisioning.nginx_run import nginx

ORGANISATION = "01234567890123"
ENROL, TERMINALS, LAPSED = (f"{door}.{NAME}" for door in ("enrol", "terminals", "lapsed"))


def decide(*arguments: object) -> str:
    """Run a command by which the office acts, as a process; return what it says."""
    done = subprocess.run(
        [*TRAMTHE, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def here(*arguments: object) -> str:
    """Run a command that makes or shows something, in this process; return what it says."""
    done = CliRunner().invoke(tramthe, [str(one) for one in arguments], standalone_mode=False)
    assert done.exception is None, done.output
    return done.output


@dataclass
class Town:
    """The centre of some terminals, and the cards of three people."""

    stage: Stage
    folder: Path
    centre: Path
    port: int
    roots: Path
    cards: tuple[CardImage, CardImage, CardImage] = field(repr=False)
    machines: ExitStack

    def give_out(self, names: Iterable[str]) -> None:
        """Make a claim for each of these terminals, with its first PINs."""
        box, claims = self.folder / "box.csv", self.folder / "claims"
        rows = ["terminal;organisation;technician", *(f"{one};{ORGANISATION};Hòa" for one in names)]
        box.write_text("\n".join(rows), encoding="utf-8")
        here(
            "centre", "claim", "new", self.centre, "--list", box, "--name", NAME,
            "--port", self.port, "--anchor", self.roots, "--output", claims,
        )  # fmt: skip
        for file in claims.iterdir():
            claim = json.loads(file.read_bytes())
            claim["people"] = {"pins": {role.value: PIN for role in Role}}
            file.write_text(json.dumps(claim), encoding="utf-8")

    def claim(self, name: str) -> Path:
        """Return where a terminal's claim lies."""
        return self.folder / "claims" / f"{name}.claim.json"

    def far(self, name: str) -> Far:
        """Return a blank terminal, on its machine."""
        folder = self.folder / name
        folder.mkdir()
        machine = Machine(folder, (ENROL, TERMINALS, LAPSED))
        self.machines.callback(machine.close)
        far = Far(name, folder, machine, f"https://{TERMINALS}:{self.port}", self.roots)
        self.machines.callback(far.switch_off)
        copytree(StateLayout(self.stage.terminal).holdings, far.layout.holdings)
        return far

    def shown(self, name: str) -> Any:
        """Return what the registry says of a terminal."""
        return json.loads(here("fleet", "show", self.centre, name, "--json"))

    def listed(self) -> Any:
        """Return all terminals of the registry, as `fleet list` has them."""
        return json.loads(here("fleet", "list", self.centre, "--json"))

    def arrived(self, far: Far) -> bool:
        """Return whether the centre has each event of a terminal's log, once, as it was written."""
        epoch, written = far.written()
        with closing(CentreStore(f"sqlite:///{self.centre / DATABASE}")) as store:
            return [event.hash for event in store.events(far.name, epoch)] == written


@contextmanager
def a_town(stage: Stage, folder: Path, valid: timedelta) -> Iterator[Town]:
    """Serve a centre whose certificates are valid for so long."""
    centre, unix, port = folder / "centre", folder / "c.sock", free_port()
    copytree(stage.centre, centre)
    secret = folder / "ca.key"
    secret.write_bytes(key_file.encrypt(stage.pilot.terminal_ca.key, PASSPHRASE, cost=QUICK))
    roots, key = tls(folder, NAME, office_time())
    here(
        "centre", "nginx", centre, "--name", NAME, "--certificate", roots, "--key", key,
        "--socket", unix, "--port", port, "--output", folder,
    )  # fmt: skip
    site = (folder / SITE).read_text(encoding="utf-8")
    assert site.count(f"rate={ENROL_RATE}r/s") == 1  # of one address; a fleet stands in many places
    (folder / SITE).write_text(site.replace(f"rate={ENROL_RATE}r/s", "rate=100r/s"), "utf-8")
    mint = Mint(stage.pilot, office_time())
    one, other, third = (mint.party(who) for who in (people.NGOC, people.NIE, people.DOI))
    serve = (
        "centre", "serve", str(centre), "--socket", str(unix), "--terminal-key", str(secret),
        "--terminal-valid", f"{valid.total_seconds():.0f}s",
    )  # fmt: skip
    with (
        served(serve, unix, folder / "said"),
        nginx(folder, folder / SITE, port),
        ExitStack() as machines,
    ):
        yield Town(stage, folder, centre, port, roots, (one, other, third), machines)
