"""The service always starts: what is missing or damaged locks what needs it, and is said.

Each test breaks one thing in a provisioned state folder, starts the terminal over it, and reads
its pages: the status answers with a code, the status page and the desk say why and the way out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.config import Config
from edge.errors import MeetingState, RecordingLocked
from edge.holdings import Holdings
from edge.identity.key import KEY_FILE, WRAP_FILE
from edge.layout import StateLayout
from edge.log.fault import LogFault
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.service import Service
from edge.tap.errand import TapResult
from edge.tap.fault import Fault
from edge.tap.scene import SceneState
from edge.web import words
from edge.web.security import COOKIE
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.direct_reader import DirectReader
from provisioning.softcard.chip import Chip

SOON = 10.0  # seconds
ROOT = Path(__file__).parents[2]


@dataclass
class Started:
    """A terminal that started, and its pages."""

    service: Service
    reader: DirectReader
    url: str
    results: list[TapResult]

    def get(self, path: str) -> str:
        """Return a page as the secretary sees it, whose card opened the desk."""
        cookie = f"{COOKIE}={self.service.people.open_desk(None, Role.SECRETARY, Way.CARD)}"
        asked = urllib.request.Request(self.url + path, headers={"Cookie": cookie})  # noqa: S310
        with urllib.request.urlopen(asked, timeout=SOON) as answer:  # noqa: S310 -- loopback
            return str(answer.read().decode())

    def status(self) -> dict[str, Any]:
        """Return the status as programs get it."""
        found: dict[str, Any] = json.loads(self.get("/api/v1/status"))
        return found


Starter = Callable[[Path], Started]


@pytest.fixture
def start() -> Iterator[Starter]:
    """Return a starter of a terminal over a state folder."""
    running: list[Service] = []

    def begin(state: Path) -> Started:
        port, reader, results = free_port(), DirectReader(), list[TapResult]()
        config = Config(terminal=TERMINAL, state=state, port=port, volatile_state=True)
        service = Service(config, reader, on_result=results.append)
        running.append(service)
        service.start()
        return Started(service, reader, f"http://127.0.0.1:{port}", results)

    yield begin
    for service in running:
        service.stop()


@pytest.fixture
def state(stage: Stage, tmp_path: Path) -> Path:
    """Return a copy of a provisioned state folder."""
    return Path(shutil.copytree(stage.terminal, tmp_path / "state"))


def says(started: Started, code: str) -> None:
    """Assert that status page and desk say, in both languages, why and what to do."""
    found = words.of_reason(code)
    assert words.knows_reason(code)
    for page in ("/trang-thai", "/ban"):
        text = started.get(page)
        assert found.says in text
        assert found.next_step in text
        assert found.says not in started.get(f"{page}?lang=en")
    assert started.get("/bang")


def test_nothing_is_broken(state: Path, start: Starter) -> None:
    """No trouble, nothing locked: what the other tests break was whole."""
    status = start(state).status()
    assert (status["troubles"], status["locked"]) == ([], None)


def remove(name: str) -> Callable[[StateLayout], None]:
    """Return the breaking of a state folder by removing a file of the holdings."""
    return lambda layout: (layout.holdings / name).unlink()


def garble(name: str, data: bytes = b"\xff\x00garbage" * 40) -> Callable[[StateLayout], None]:
    """Return the breaking of a state folder by overwriting a file of the holdings."""

    def act(layout: StateLayout) -> None:
        (layout.holdings / name).write_bytes(data)

    return act


def in_the_way(name: str) -> Callable[[StateLayout], None]:
    """Return the breaking of a state folder by a folder in a file's place."""

    def act(layout: StateLayout) -> None:
        (layout.holdings / name).unlink()
        (layout.holdings / name).mkdir()

    return act


def damage_lists(layout: StateLayout) -> None:
    """Flip a byte in the middle of each list."""
    for file in (layout.holdings / "lists").glob("*.crl"):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)


def forget_lists(layout: StateLayout) -> None:
    """Garble the memory of what is in force."""
    (layout.holdings / "lists" / "state.json").write_bytes(b"{")


def alter_roster(layout: StateLayout) -> None:
    """Flip the last bit of the sealed roster."""
    file = layout.holdings / "roster.sealed"
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def cut_roster(layout: StateLayout) -> None:
    """Keep the first bytes of the sealed roster."""
    file = layout.holdings / "roster.sealed"
    file.write_bytes(file.read_bytes()[:12])


def lose_roster_key(layout: StateLayout) -> None:
    """Remove the key that the roster is sealed under, and leave another's."""
    for file in layout.holdings.glob("roster-*.key"):
        file.write_bytes(bytes(32))


BROKEN = {
    "root key missing": (remove("root.pem"), Fault.ROOT_KEY_MISSING),
    "root key garbled": (garble("root.pem"), Fault.ROOT_KEY_MISSING),
    "trust list missing": (remove("trust-list.jws"), Fault.NO_TRUST),
    "trust list garbled": (garble("trust-list.jws"), Fault.TRUST_LIST_DAMAGED),
    "trust list empty": (garble("trust-list.jws", b""), Fault.TRUST_LIST_DAMAGED),
    "trust list unreadable": (in_the_way("trust-list.jws"), Fault.TRUST_LIST_DAMAGED),
    "policy garbled": (garble("policy.jws"), Fault.POLICY_DAMAGED),
    "master list garbled": (garble("master-list.der"), Fault.MASTER_LIST_DAMAGED),
    "lists damaged": (damage_lists, Fault.LISTS_DAMAGED),
    "list memory damaged": (forget_lists, Fault.LISTS_DAMAGED),
    "roster missing": (remove("roster.sealed"), Fault.NO_ROSTER),
    "roster garbled": (garble("roster.sealed"), Fault.NO_ROSTER),
    "roster altered": (alter_roster, Fault.ROSTER_DAMAGED),
    "roster cut short": (cut_roster, Fault.ROSTER_DAMAGED),
    "roster unreadable": (in_the_way("roster.sealed"), Fault.ROSTER_DAMAGED),
    "roster key lost": (lose_roster_key, Fault.ROSTER_DAMAGED),
}


@pytest.mark.parametrize("name", BROKEN)
def test_something_held_is_broken(state: Path, start: Starter, name: str) -> None:
    """Starts; the status names it; the pages say why and the way out; recording is not locked."""
    breaking, code = BROKEN[name]
    breaking(StateLayout(state))
    started = start(state)
    status = started.status()
    assert status["troubles"] == [code]
    assert status["locked"] is None
    says(started, code)


def test_a_roster_that_is_none(state: Path, start: Starter) -> None:
    """Sealed well, but not a roster."""
    Holdings(StateLayout(state).holdings).keep_roster(b'{"organisation": 5}')
    started = start(state)
    assert started.status()["troubles"] == [Fault.ROSTER_DAMAGED]
    says(started, Fault.ROSTER_DAMAGED)


def test_an_empty_state_folder(tmp_path: Path, start: Starter) -> None:
    """A terminal that was never provisioned says what it lacks."""
    status = start(tmp_path / "new").status()
    assert status["troubles"] == [Fault.ROOT_KEY_MISSING, Fault.NO_ROSTER]
    assert status["lists"] == []


@pytest.mark.parametrize("name", ["root key missing", "trust list garbled"])
def test_a_card_on_a_terminal_without_trust(
    state: Path, stage: Stage, start: Starter, name: str
) -> None:
    """A meeting cannot be opened, a card is not called false, and taps go on being answered."""
    BROKEN[name][0](StateLayout(state))
    started = start(state)
    with pytest.raises(MeetingState):
        started.service.open_meeting("regular")
    card = next(card for card in stage.cast.cards if card.key == "member-1")
    for _ in range(2):
        started.reader.lay(Chip(card.image))
        started.service.wait_scene(started.service.scene().version, 0.2)
        started.reader.lift()
    assert started.service.scene().state is not SceneState.ACCEPTED
    assert started.get("/trang-thai")


def test_mended_without_a_restart(state: Path, stage: Stage, start: Starter) -> None:
    """Somebody imports the trust list again: the trouble goes while the service runs."""
    layout = StateLayout(state)
    whole = (layout.holdings / "trust-list.jws").read_bytes()
    garble("trust-list.jws")(layout)
    started = start(state)
    assert started.status()["troubles"] == [Fault.TRUST_LIST_DAMAGED]
    started.service.holdings.apply_trust(whole.decode())
    assert started.status()["troubles"] == []


def test_the_identity_is_lost(state: Path, start: Starter) -> None:
    """Without its own key the terminal records nothing, says so, and makes no new one."""
    layout = StateLayout(state)
    for name in (KEY_FILE, WRAP_FILE):
        (layout.identity / name).write_bytes(b"")
    started = start(state)
    status = started.status()
    assert status["locked"] == LogFault.KEY_MISSING
    says(started, LogFault.KEY_MISSING)
    with pytest.raises(RecordingLocked):
        started.service.open_meeting("regular")
    assert (layout.identity / KEY_FILE).read_bytes() == b""


@pytest.mark.parametrize("lost", [KEY_FILE, WRAP_FILE])
def test_one_key_is_lost_in_a_meeting(state: Path, start: Starter, lost: str) -> None:
    """After the restart nothing is recorded, and the log stays whole for the key's return."""
    first = start(state)
    first.service.open_meeting("regular")
    first.service.stop()
    layout = StateLayout(state)
    kept = (layout.identity / lost).read_bytes()
    (layout.identity / lost).unlink()
    started = start(state)
    assert started.status()["locked"] == LogFault.KEY_MISSING
    assert started.service.book.sitting is None
    with pytest.raises(RecordingLocked):
        started.service.open_meeting("regular")
    started.service.stop()
    (layout.identity / lost).write_bytes(kept)
    again = start(state)
    assert again.status()["locked"] is None
    assert again.service.book.sitting is not None


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_a_database_that_is_cut_short(state: Path, start: Starter, keep: float) -> None:
    """The service starts, says that the log is not whole, and leaves the file to a rescuer."""
    first = start(state)
    first.service.open_meeting("regular")
    first.service.stop()
    log = StateLayout(state).log
    whole = log.read_bytes()
    cut = whole[: max(100, int(len(whole) * keep))]
    log.write_bytes(cut)
    started = start(state)
    assert started.status()["locked"] in (LogFault.CHAIN_BROKEN, LogFault.DISK_FAILING)
    says(started, str(started.status()["locked"]))
    with pytest.raises(RecordingLocked):
        started.service.open_meeting("regular")
    started.service.stop()
    assert log.read_bytes() == cut


def test_a_state_folder_that_cannot_be(tmp_path: Path, start: Starter) -> None:
    """A file stands in its place: nothing is recorded, and the pages answer."""
    (tmp_path / "state").write_text("in the way")
    started = start(tmp_path / "state")
    status = started.status()
    assert status["locked"] == LogFault.DISK_FAILING
    assert Fault.ROOT_KEY_MISSING in status["troubles"]
    says(started, LogFault.DISK_FAILING)


def test_a_floor_that_cannot_be_read(state: Path, start: Starter) -> None:
    """A folder in the place of the clock's file: the clock starts from the lists."""
    layout = StateLayout(state)
    layout.floor.unlink(missing_ok=True)
    layout.floor.mkdir()
    started = start(state)
    assert started.status()["troubles"] == []
    newest = max(header.this_update for header in started.service.holdings.lists().values())
    assert started.service.clock.floor == newest


PROBE = """
import json, os, sys, urllib.request
from pathlib import Path
from edge.config import Config
from edge.service import Service
from provisioning.demo.children import free_port
from provisioning.direct_reader import DirectReader

def look(state):
    port = free_port()
    config = Config(terminal=sys.argv[3], state=Path(state), port=port, volatile_state=True)
    service = Service(config, DirectReader())
    service.start()
    pages = {}
    for path in ("/api/v1/status", "/trang-thai", "/bang", "/ban"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            pages[path] = answer.read().decode()
    service.stop()
    return pages

look(sys.argv[1])  # whatever is imported late is imported now: nobody may not read it
if not os.getuid():
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
print(json.dumps(look(sys.argv[2])))
"""


@pytest.fixture
def read_only(stage: Stage) -> Iterator[Path]:
    """Return a state folder that the service may read and not write, its log begun."""
    folder = Path(tempfile.mkdtemp())
    state = Path(shutil.copytree(stage.terminal, folder / "state"))
    config = Config(terminal=TERMINAL, state=state, port=free_port(), volatile_state=True)
    service = Service(config, DirectReader())
    service.start()
    service.open_meeting("regular")
    service.stop()
    folder.chmod(0o755)
    for path in state.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    state.chmod(0o555)
    yield state
    for path in [state, *(path for path in state.rglob("*") if path.is_dir())]:
        path.chmod(0o755)
    shutil.rmtree(folder)


def test_a_state_folder_that_is_read_only(read_only: Path, state: Path) -> None:
    """Recording is locked with the reason, the open meeting is shown, and nothing crashes."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(state), str(read_only), TERMINAL],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    pages = json.loads(done.stdout)
    status = json.loads(pages["/api/v1/status"])
    assert status["locked"] == LogFault.READ_ONLY
    assert status["troubles"] == []
    found = words.of_reason(LogFault.READ_ONLY)
    assert found.says in pages["/trang-thai"]
    assert found.next_step in pages["/trang-thai"]
    assert status["meeting"] is not None
