"""Forty terminals through a year at one centre: enrolled, approved, tapped, renewed, ended.

The centre is a process of its own behind nginx, the office works by its commands. The forty are in
this process: their enrolment, renewal, way up and inbox are the terminal's own, over TLS; their
taps are what a tap writes to the log. Forty processes more would show nothing else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from edge.care.wipe import wipe_terminal
from edge.enrol.first import FirstEnrolment
from edge.enrol.kept import State as Enrolled
from edge.enrol.renewal import Centre as Where
from edge.enrol.renewal import Renewal
from edge.errors import CentreBusy
from edge.identity import wiped
from edge.identity.key import TerminalIdentity, load_or_create
from edge.layout import StateLayout
from edge.log.append import EventLog
from edge.net.line import Line
from edge.net.tls import ClientCertificate, Tls
from edge.sync.centre_key import CentreKey
from edge.sync.farewell import Farewell
from edge.sync.fetch_inbox import InboxFetch
from edge.sync.inbox import InboxState
from edge.sync.uplink import Uplink, UplinkState
from provisioning.centre.nginx import ENROL_RATE, SITE
from provisioning.centre.process import make_folder
from provisioning.cli.common import office_time
from provisioning.cli.main import tramthe
from provisioning.demo.children import free_port
from provisioning.office import key_file
from provisioning.office.pki import create_terminal_ca, new_key
from tests.edge.enrol.conftest import names
from tests.edge.log.made import check_in, fill, make_log
from tests.edge.sync.inbox_made import Did
from tests.provisioning.centre.enrol.test_processes import NAME, PASSPHRASE, QUICK, served
from tests.provisioning.centre.fronted import tls
from tests.provisioning.nginx_run import nginx
from verify.moment import Moment, TimeQuality

__all__ = ["names"]

FORTY = 40
ORGANISATION = "01234567890123"
KID = "sign-test"
LOST, WIPED, OLD, NEW = "tram-07", "tram-13", "tram-21", "tram-40"


def now() -> Moment:
    """Return what time it is for everybody."""
    return Moment(office_time(), TimeQuality.SYNCHRONISED)


def command(*arguments: object) -> str:
    """Run a command of the office's; return what it says."""
    done = CliRunner().invoke(tramthe, [str(one) for one in arguments], standalone_mode=False)
    assert done.exception is None, done.output
    return done.output


@dataclass
class Town:
    """The centre of forty terminals."""

    folder: Path
    centre: Path
    port: int
    trust: Path
    key: CentreKey

    @property
    def url(self) -> str:
        """Where terminals with a certificate come."""
        return f"https://terminals.{NAME}:{self.port}"

    def show(self, terminal: str) -> dict[str, Any]:
        """Return what the registry says of a terminal."""
        shown = json.loads(command("fleet", "show", self.centre, terminal, "--json"))
        assert isinstance(shown, dict)
        return shown


class Far:
    """One terminal: its state folder, its log, its way to the centre."""

    def __init__(self, name: str, town: Town) -> None:
        self.name = name
        self.town = town
        self.layout = StateLayout(town.folder / name)
        self.layout.root.mkdir()
        self.first = FirstEnrolment(self.layout.identity, office_time)
        claim = town.folder / "claims" / f"{name}.claim.json"
        self.first.begin(claim.read_bytes(), now(), claim)

    def ask(self) -> Enrolled:
        """Ask for the first certificate."""
        return patiently(lambda: self.first.ask(now()).state)

    def begin(self) -> None:
        """Open the log, with the first people in it."""
        self.identity: TerminalIdentity = load_or_create(self.layout.identity, self.name)
        self.log: EventLog = make_log(self.layout.log, self.name, self.identity.wrap_key)
        self.context = fill(self.log, 2)
        self.line = Line(self.secured())

    def secured(self) -> Tls:
        """Return how its connections are secured, by the certificate that there is now."""
        pair = self.identity.pair
        assert pair.certificate is not None
        return Tls(self.town.trust, ClientCertificate(pair.certificate, pair.key), office_time)

    def bring_up(self) -> int:
        """Bring the log up; return up to where the centre holds it."""
        up = Uplink(self.log, self.identity, self.line, self.town.url, self.town.key)
        result = up.run_once(now())
        assert result.state is UplinkState.UP_TO_DATE, result.why
        return result.high_water

    def renew(self) -> Enrolled:
        """Ask for the next certificate."""
        where = Where(self.town.url, office_time, self.town.trust)
        renewal = Renewal(
            self.layout.identity, self.identity, where, monotonic=lambda: 0.0,
            renewed=lambda: self.line.secure(self.secured()),
        )  # fmt: skip
        return patiently(lambda: renewal.ask(now()).state)

    def call(self) -> list[str]:
        """Ask for the inbox; return which orders to wipe came."""
        acts = Did()
        inbox = InboxState.of(self.identity, self.layout).acting(self.town.key, acts)
        fetch = InboxFetch(
            inbox, self.identity, self.line, self.town.url, every=60.0,
            monotonic=lambda: 0.0, jitter=lambda: 0.0,
        )  # fmt: skip
        fetched = fetch.run_once(now())
        assert fetched.why is None, fetched.why
        return [str(value) for what, value in acts.did if what == "wipe"]

    def close(self) -> None:
        """Let go what is open."""
        self.line.close()
        self.log.close()


def patiently(ask: Callable[[], Enrolled]) -> Enrolled:
    """Ask until the centre has time: forty come from one address, and nginx counts."""
    while True:
        try:
            return ask()
        except CentreBusy as error:
            time.sleep(min(error.after or 1.0, 1.0))


@pytest.fixture
def town(tmp_path: Path, names: None) -> Iterator[Town]:
    """Serve the centre with its authority's key behind nginx, and give out forty-one claims."""
    today = office_time()
    ca, sign = create_terminal_ca("Terminal CA", at=today - timedelta(days=1)), new_key()
    folder, unix, port = tmp_path / "centre", tmp_path / "c.sock", free_port()
    make_folder(folder, sign, KID, [ca.certificate])
    secret = tmp_path / "ca.key"
    secret.write_bytes(key_file.encrypt(ca.key, PASSPHRASE, cost=QUICK))
    trust, key = tls(tmp_path, NAME, today)
    command(
        "centre", "nginx", folder, "--name", NAME, "--certificate", trust, "--key", key,
        "--socket", unix, "--port", port, "--output", tmp_path,
    )  # fmt: skip
    box = tmp_path / "box.csv"
    rows = [f"tram-{number:02};{ORGANISATION};Hòa" for number in range(FORTY + 1)]
    box.write_text("\n".join(["terminal;organisation;technician", *rows]), encoding="utf-8")
    command(
        "centre", "claim", "new", folder, "--list", box, "--name", NAME, "--port", port,
        "--anchor", trust, "--output", tmp_path / "claims",
    )  # fmt: skip
    site = (tmp_path / SITE).read_text(encoding="utf-8")
    assert site.count(f"rate={ENROL_RATE}r/s") == 1  # of one address; forty stand in forty places
    site = site.replace(f"rate={ENROL_RATE}r/s", "rate=100r/s")
    (tmp_path / SITE).write_text(site, encoding="utf-8")
    serve = ("centre", "serve", str(folder), "--socket", str(unix), "--terminal-key", str(secret))
    with served(serve, unix, tmp_path / "said"), nginx(tmp_path, tmp_path / SITE, port):
        yield Town(tmp_path, folder, port, trust, CentreKey(KID, sign.public_key()))


def test_forty_terminals_through_a_year(town: Town) -> None:
    """Each step by what is run in earnest; what each verb promises is seen at the other side."""
    forty = {f"tram-{number:02}": Far(f"tram-{number:02}", town) for number in range(FORTY)}
    assert {far.ask() for far in forty.values()} == {Enrolled.WAITING}
    assert command("fleet", "approve", town.centre, "--all", "--yes").count(": approved.") == FORTY
    assert {far.ask() for far in forty.values()} == {Enrolled.ENROLLED}
    for far in forty.values():
        far.begin()
        assert far.bring_up() == far.log.head().seq

    before = {name: far.identity.certificate for name, far in forty.items()}
    assert {far.renew() for far in forty.values()} == {Enrolled.ENROLLED}
    for name, far in forty.items():
        assert far.identity.certificate != before[name]
        check_in(far.log, far.context, 10)
        assert far.bring_up() == far.log.head().seq

    lost = forty[LOST]
    acknowledged = lost.log.head().seq
    assert "is lost" in command("fleet", "lost", town.centre, LOST, "--by", "lan")
    check_in(lost.log, lost.context, 11)
    lost.bring_up()
    (held,) = town.show(LOST)["held_back"]
    assert (held["first"], held["records"]) == (acknowledged + 1, 1)
    assert "1 released" in command("fleet", "release", town.centre, LOST, "--yes")

    ending = forty[WIPED]
    assert ending.call() == []
    assert "This holds from now on" in command("fleet", "wipe", town.centre, WIPED, "--yes")
    (order,) = ending.call()
    folder = ending.layout.identity
    wipe_terminal(order, ending.identity, folder, ending.log, now(), lambda: None)
    line = Line(Tls(town.trust, None, office_time))
    word = wiped.statement(folder)
    assert word is not None
    assert Farewell(word, line, town.url, now, line.close).say()
    assert town.show(WIPED)["state"] == "wiped"

    old, new = forty[OLD], Far(NEW, town)
    new.ask()
    command("fleet", "approve", town.centre, NEW, "--yes")
    assert new.ask() is Enrolled.ENROLLED
    new.begin()
    check_in(old.log, old.context, 12)
    command("fleet", "replace", town.centre, OLD, NEW, "--by", "lan")
    assert old.bring_up() == old.log.head().seq  # what it had written before, by the other door
    assert new.bring_up() == new.log.head().seq
    assert town.show(OLD)["held_back"] == []
    assert (town.show(OLD)["replaced_by"], town.show(NEW)["organisation"]) == (NEW, ORGANISATION)

    states = [one["state"] for one in json.loads(command("fleet", "list", town.centre, "--json"))]
    assert {state: states.count(state) for state in set(states)} == {
        "approved": FORTY - 2,
        "lost": 1,
        "wiped": 1,
        "retired": 1,
    }
    for far in (*forty.values(), new):
        far.close()
