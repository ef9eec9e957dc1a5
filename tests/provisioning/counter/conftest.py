"""An enrolled terminal, a pilot's folder, and a counter's door made by the command line.

What a test changes is made for it alone; one door stands, open, for all that only look at it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from click.testing import CliRunner

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
from tests.provisioning.cli.conftest import _undisturbed, tramthe
from tests.provisioning.counter.served import Upstream, Way, running, serving

__all__ = ["_undisturbed", "live", "tramthe"]

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


@dataclass(frozen=True)
class Front:
    """A door that is open, an upstream that tells what reached it, and a PC's way to it."""

    made: Made
    upstream: Upstream
    way: Way

    @property
    def host(self) -> str:
        """Return the Host value of the door's name."""
        return f"{NAME}:{self.made.port}"

    @property
    def url(self) -> str:
        """Return where people open it."""
        return f"https://{self.host}"


def run(*arguments: object) -> str:
    """Run a command that has to succeed; return what it printed."""
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture(scope="session")
def pilot_now() -> PilotPki:
    """Return a pilot that begins now: browsers and openssl look at the machine's clock."""
    return PilotPki.create(office_time())


def office_in(folder: Path, pilot: PilotPki) -> Office:
    """Save a pilot in a folder."""
    pilot.save(folder)
    return Office(folder, pilot, office_time() - timedelta(hours=1))


def door_of(office: Office, state: Path) -> Made:
    """Make the door of an enrolled terminal, for a name and an address, issued at once."""
    port, upstream = free_port(), free_port()
    ports = ("--port", port, "--upstream", upstream)
    hosts = ("--host", NAME, "--host", ADDRESS, "--organisation", CODE)
    run("provision", "counter", "--state", state, "--office", office.folder, *ports, *hosts)
    return Made(state / "counter-door", port, upstream, office)


@pytest.fixture
def office(pilot_now: PilotPki, tmp_path: Path) -> Office:
    """Return a pilot in a folder."""
    return office_in(tmp_path / "office", pilot_now)


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
    return door_of(office, state)


@pytest.fixture(scope="session")
def standing(pilot_now: PilotPki, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a door that no test changes."""
    folder = tmp_path_factory.mktemp("counter")
    office, state = office_in(folder / "office", pilot_now), folder / "state"
    state.mkdir()
    office.enrol(state)
    return door_of(office, state)


@pytest.fixture(scope="session")
def fronts(standing: Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Front]]:
    """Open the door that stands; each front of it is of a PC with an address of its own.

    What nginx counts of one address, and what the upstream remembers, is then a test's own.
    """
    upstream = Upstream()
    folder = tmp_path_factory.mktemp("front") / "nginx"
    with serving(upstream, standing.upstream), running(folder, standing.site, standing.port):
        pcs = map(str, map(IPv4Address("127.1.0.0").__add__, itertools.count(1)))
        yield (Front(standing, upstream, Way(standing.port, standing.root, pc)) for pc in pcs)


@pytest.fixture
def front(fronts: Iterator[Front]) -> Front:
    """Return the door, open, before an upstream that has heard of nothing yet."""
    found = next(fronts)
    found.upstream.forget()
    return found


@pytest.fixture
def own_front(made: Made, tmp_path: Path) -> Iterator[Front]:
    """Return the same with an nginx of its own, for a test that leaves requests behind."""
    upstream = Upstream()
    with (
        serving(upstream, made.upstream),
        running(tmp_path / "nginx", made.site, made.port),
    ):
        yield Front(made, upstream, Way(made.port, made.root))
