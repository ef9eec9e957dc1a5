"""An enrolled terminal, a pilot's folder, and a counter's door made by the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.identity.key import TerminalIdentity, load_or_create, store_certificate
from edge.layout import StateLayout
from provisioning.cli.common import office_time
from provisioning.cli.main import tramthe as command
from provisioning.counter import keep
from provisioning.counter.authority import CounterAuthority
from provisioning.demo.children import free_port
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import issue_terminal
from tests.edge.conftest import live
from tests.edge.test_service import start
from tests.provisioning.cli.conftest import _undisturbed, tramthe

__all__ = ["_undisturbed", "live", "start", "tramthe"]

CODE = "99168053000004"
NAME = "tram-1.nam-khoai.internal"
ADDRESS = "192.168.7.2"
TERMINAL = "TT-0001"


@dataclass(frozen=True)
class Office:
    """A pilot's folder, and the terminals that it enrolled."""

    folder: Path
    pilot: PilotPki
    at: datetime

    def enrol(self, state: Path, terminal: str = TERMINAL) -> TerminalIdentity:
        """Return the identity of a terminal in a new state folder, with its certificate."""
        folder = StateLayout(state).identity
        identity = load_or_create(folder, terminal)
        certificate = issue_terminal(
            self.pilot.terminal_ca, identity.key.public_key(), terminal, at=self.at
        )
        return store_certificate(folder, identity, certificate)

    def authority(self) -> CounterAuthority:
        """Return the organisation's counter authority, which has to be there."""
        found = keep.in_use(self.folder, CODE)
        assert found is not None
        return found


@dataclass(frozen=True)
class Made:
    """A counter's door as `provision counter` left it."""

    folder: Path
    port: int
    upstream: int
    office: Office

    @property
    def site(self) -> Path:
        """Return nginx's site."""
        return self.folder / "terminal" / "tramthe-counter.conf"

    @property
    def root(self) -> Path:
        """Return the root that the PC is given, PEM."""
        return self.folder / "pc" / "tram-the-quay.pem"


def run(*arguments: object) -> str:
    """Run a command that has to succeed; return what it printed."""
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key, PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def pem(der: bytes) -> bytes:
    """Return a certificate, PEM."""
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="session")
def pilot_now() -> PilotPki:
    """Return a pilot that begins now: browsers and openssl look at the machine's clock."""
    return PilotPki.create(office_time())


@pytest.fixture
def office(pilot_now: PilotPki, tmp_path: Path) -> Office:
    """Return a pilot in a folder."""
    folder = tmp_path / "office"
    pilot_now.save(folder)
    return Office(folder, pilot_now, office_time() - timedelta(hours=1))


@pytest.fixture
def state(office: Office, tmp_path: Path) -> Path:
    """Return the state folder of an enrolled terminal."""
    folder = tmp_path / "state"
    folder.mkdir()
    office.enrol(folder)
    return folder


@pytest.fixture
def made(office: Office, state: Path) -> Made:
    """Return a door for a name and an address, issued at once."""
    port, upstream = free_port(), free_port()
    ports = ("--port", port, "--upstream", upstream)
    hosts = ("--host", NAME, "--host", ADDRESS, "--organisation", CODE)
    run("provision", "counter", "--state", state, "--office", office.folder, *ports, *hosts)
    return Made(state / "counter-door", port, upstream, office)
