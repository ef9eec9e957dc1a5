"""A stick between terminals of this project and a stranger's centre."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from edge.identity.key import TerminalIdentity, load_or_create, store_certificate
from edge.log.append import EventLog
from edge.stick import open_folder
from edge.sync.centre_key import CentreKey
from edge.sync.courier import TerminalExport
from edge.sync.courier_down import read_inbox, take_down
from edge.sync.courier_outcome import Exported, Imported
from edge.wire import hybrid
from edge.wire.bundle import CALL, ROOT, place_of
from edge.wire.event import timestamp
from edge.wire.inbox import open_message
from edge.wire.inbox_call import Call, PublicKey, sign_call
from edge.wire.segment import MAX_EVENTS, MAX_SEGMENT
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from tests.docs.plain_centre import PlainCentre
from tests.docs.plain_inbox import PlainInbox
from tests.docs.plain_stick import take_stick
from tests.edge.log.made import START, check_in, fill, make_log, moment

KID = "sign-stranger"
DAY = timedelta(days=1)
SEED = bytes(range(96))


@dataclass
class Road:
    """A stick, a stranger's centre, and the terminals that come by it."""

    folder: Path
    ca: Authority
    key: ec.EllipticCurvePrivateKey
    centre: PlainCentre
    now: datetime = START

    @property
    def stick(self) -> Path:
        """Return where the stick is plugged in."""
        return self.folder / "stick"

    def terminal(self, name: str) -> tuple[EventLog, TerminalIdentity]:
        """Return an enrolled terminal."""
        fresh = load_or_create(self.folder / name, name)
        issued = issue_terminal(self.ca, fresh.key.public_key(), name, at=START - DAY)
        log = make_log(self.folder / f"{name}.db", terminal=name)
        return log, store_certificate(self.folder / name, fresh, issued)

    def export(self, log: EventLog, identity: TerminalIdentity) -> Exported:
        """Copy what waits."""
        terminal = TerminalExport(log, identity, CentreKey(KID, self.key.public_key()))
        with open_folder(self.stick) as stick, stick.existing(ROOT) as root:
            return terminal.run(root, moment())

    def at_centre(self) -> list[str]:
        """Let the stranger take it."""
        self.centre.now = self.now
        return take_stick(self.centre, self.stick, self.now)

    def take(self, log: EventLog) -> Imported | None:
        """Take home what lies there."""
        key = CentreKey(KID, self.key.public_key())
        with open_folder(self.stick) as stick, stick.existing(ROOT) as root:
            return take_down(log, key, root, moment())

    def held(self) -> list[bytes]:
        """Return the events that the centre has, of all terminals in order."""
        query = "select data from event order by terminal, seq"
        return [row[0] for row in self.centre.db.execute(query)]


@pytest.fixture
def road(tmp_path: Path) -> Road:
    """Return the whole road, its stick empty."""
    (tmp_path / "stick").mkdir()
    ca, key = create_terminal_ca("Terminal CA", at=START - 2 * DAY), new_key()
    centre = PlainCentre(tmp_path / "centre.db", [ca.x509], key, KID)
    return Road(tmp_path, ca, key, centre)


def test_there_and_back(road: Road) -> None:
    """Two terminals, one with a log of several segments: all is held, and both know it."""
    logs = []
    for name, count in (("TT-1", 3), ("TT-2", MAX_EVENTS + 5)):
        log, identity = road.terminal(name)
        fill(log, count)
        road.export(log, identity)
        logs.append(log)
    assert road.at_centre() == []
    assert road.held() == [event.to_bytes() for log in logs for event in log.events()]
    for log in logs:
        home = road.take(log)
        assert home is not None
        assert (home.refused, home.missing, home.high_water) == ((), (), log.head().seq)
        assert log.unsent() == 0
        log.close()


def test_twice_and_onwards(road: Road) -> None:
    """A stick that is brought twice changes nothing; the next export carries what is new."""
    log, identity = road.terminal("TT-1")
    context = fill(log, 2)
    road.export(log, identity)
    assert road.at_centre() == road.at_centre() == []
    road.take(log)
    check_in(log, context, 7)
    assert road.export(log, identity).events == 1
    assert road.at_centre() == []
    assert road.centre.db.execute("select count(*) from bundle").fetchone() == (2,)
    assert road.held() == [event.to_bytes() for event in log.events()]
    log.close()


@pytest.mark.parametrize(("days", "taken"), [(1000, True), (2000, False)])
def test_years_in_a_drawer(road: Road, days: int, taken: bool) -> None:
    """A certificate that ended meanwhile still brings records home, for 800 days."""
    log, identity = road.terminal("TT-1")
    fill(log, 2)
    road.export(log, identity)
    road.now = START + days * DAY
    told = road.at_centre()
    assert (told == [], len(road.held()) == 3) == (taken, taken)
    log.close()


def test_what_strangers_put_there(road: Road) -> None:
    """Links, folders, large and cut files are left and told; the rest is taken."""
    log, identity = road.terminal("TT-1")
    fill(log, MAX_EVENTS + 5)
    road.export(log, identity)
    up = road.stick / ROOT / "up" / place_of("TT-1")
    first, second = sorted(up.glob("*-*.jws"))
    second.write_bytes(second.read_bytes()[:-5])
    epoch = first.name[:32]
    os.symlink("/etc/passwd", up / f"{epoch}-{7:016d}-{8:016d}.jws")
    (up / f"{epoch}-{8:016d}-{9:016d}.jws").mkdir()
    (up / f"{epoch}-{9:016d}-{9:016d}.jws").write_bytes(b"x" * (MAX_SEGMENT + 1))
    (up / "README.txt").write_text("hello")
    (road.stick / ROOT / "up" / "foreign").mkdir()
    told = road.at_centre()
    assert len(told) == 5  # four files, and the one that the manifest has otherwise
    assert len(road.held()) == MAX_EVENTS
    home = road.take(log)
    assert home is not None
    assert home.high_water == MAX_EVENTS
    log.close()


def test_a_call_for_the_inbox(road: Road) -> None:
    """Is answered beside the acknowledgements, years late too; one that is none is told."""
    log, identity = road.terminal("TT-1")
    road.export(log, identity)
    call = road.stick / ROOT / "up" / place_of("TT-1") / CALL
    key, body = hybrid.private_key(SEED), {"command": "check-log", "arguments": {}}
    public = PublicKey(1, hybrid.public_bytes(SEED))
    made = Call("TT-1", 0, 0, (), (), bytes(16), timestamp(START), public)
    call.write_text(sign_call(made, identity.key, identity.certificate or b""))
    assert road.at_centre() == []
    inbox = PlainInbox(road.centre)
    assert road.at_centre() == []
    inbox.send("TT-1", "command", body, START)
    road.now = START + 1000 * DAY
    assert road.at_centre() == []
    with open_folder(road.stick) as stick, stick.existing(ROOT) as root:
        found = read_inbox("TT-1", root)
        assert found is not None
        (message,) = found[1]
    assert open_message(message, lambda _: road.key.public_key()).open(key) == body
    home = road.take(log)
    assert home is not None
    assert (home.refused, home.missing) == ((), ())
    call.write_bytes(b"rubbish")
    assert [one.rpartition("/")[2] for one in road.at_centre()] == [f"{CALL}: not three parts"]
    log.close()
