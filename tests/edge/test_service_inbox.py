"""From the office's command to the secretary's page: a real centre, a real terminal, real HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.log.fault import LogFault
from edge.tap.fault import Fault
from edge.web import words
from edge.wire.inbox import MessageKind, seal_message
from provisioning.centre.database import Database
from provisioning.centre.held import acknowledgements
from provisioning.centre.inbox import CentreInbox
from provisioning.centre.process import CentreFolder
from provisioning.cli.common import office_time
from provisioning.cli.main import run
from provisioning.demo.children import Child, free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.fleet import registry
from provisioning.fleet.registry import State
from tests.edge.sync.inbox_made import roster
from tests.edge.test_service import Running, Starter, start, wait

__all__ = ["start"]

NAME = "Vàng Thị Dợ"
SOON = 20.0  # seconds


@pytest.fixture
def centre_url(live: Stage, tmp_path: Path) -> Iterator[str]:
    """Serve the demonstration's centre and return its address."""
    url = f"http://127.0.0.1:{free_port()}"
    port = url.rsplit(":", 1)[1]
    arguments = ["provisioning.cli.main", "centre", "serve", str(live.centre), "--port", port]
    database = f"sqlite:///{tmp_path / 'centre.db'}"
    with Child("centre", [*arguments, "--database", database], tmp_path / "log") as child:
        child.wait_ready(f"{url}/v1/health")
        yield url


@pytest.fixture
def office(live: Stage, tmp_path: Path, centre_url: str) -> Iterator[CentreInbox]:
    """Return the office's look at the same database."""
    signer = CentreFolder.load(live.centre).signer
    database = Database(f"sqlite:///{tmp_path / 'centre.db'}")
    assert centre_url
    yield CentreInbox(database, signer.key, signer.kid)
    database.close()


def announced(start: Starter, url: str, office: CentreInbox) -> Path:
    """Let a terminal call once, and return its state folder."""
    running = start(centre=url, sync_seconds=1)
    wait(lambda: office.standing() != ())
    running.service.stop()
    return running.service.log.path.parent


def send(stage: Stage, folder: Path, *arguments: object) -> None:
    """Send something by the office's command."""
    what, *rest = [str(one) for one in arguments]
    database = f"sqlite:///{folder / 'centre.db'}"
    command = ["centre", "send", what, str(stage.centre), TERMINAL, *rest]
    assert run([*command, "--database", database]) == 0


def test_meeting_and_roster_reach_the_desk(
    start: Starter, live: Stage, tmp_path: Path, centre_url: str, office: CentreInbox
) -> None:
    """Sent by command, fetched on the way home, seen on the pages; the centre knows of it."""
    state = announced(start, centre_url, office)
    file = tmp_path / "roster.json"
    file.write_bytes(roster("Lò Thị Mai", NAME).to_bytes())
    begins = (office_time() + timedelta(days=1)).isoformat()
    send(live, tmp_path, "roster", file)
    more = ["--kind", "thematic", "--title", "học tập", "--begins", begins]
    send(live, tmp_path, "meeting", *more)
    send(live, tmp_path, "command", "check-log")
    send(live, tmp_path, "command", "new-inbox-key")
    running = start(state=state, centre=centre_url, sync_seconds=1)
    wait(lambda: running.status()["inbox"]["high_water"] == 4)
    assert "học tập" in running.get("/ban/mo")
    assert "Cấp trên gọi 1 cuộc họp." in running.get("/ban")
    assert NAME in running.get("/ban/mo/them")
    assert "Đã nhận đủ" in running.get("/trang-thai")
    running.post("/ban/mo/goi", "/ban/mo", goi=running.service.called()[0].id)
    assert NAME in running.get("/ban")
    assert running.service.called() == ()
    wait(lambda: office.standing()[0].waiting == 0)
    assert office.standing()[0].generation == 2


@contextmanager
def served(state: Path, url: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the terminal as its unit does, told that somebody waits for its READY=1."""
    listens = state.parent / f"notify-{port}"
    file = state.parent / "terminal.toml"
    file.write_text(
        f'terminal = "{TERMINAL}"\nstate = "{state}"\ncentre = "{url}"\nsync_seconds = 1\n'
        f'port = {port}\nreader = "no such one"\nvolatile_state = true\n'
    )
    command = [sys.executable, "-m", "provisioning.cli.main", "serve", "--config", str(file)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(listens))
        supervisor.settimeout(SOON)
        around = {**os.environ, "NOTIFY_SOCKET": str(listens)}
        with (state.parent / "serve.log").open("ab") as said:
            child = subprocess.Popen(command, env=around, stdout=said, stderr=said)
        try:
            assert supervisor.recv(4096) == b"READY=1"
            yield child
        finally:
            child.kill()
            child.wait()


def test_wiped_by_the_offices_order(
    start: Starter, live: Stage, tmp_path: Path, centre_url: str, office: CentreInbox
) -> None:
    """It destroys its keys, says so, ends with 0; started again it stays, and shows what it is."""
    state = announced(start, centre_url, office)
    command = ["fleet", "wipe", str(live.centre), TERMINAL, "--yes"]
    assert run([*command, "--database", f"sqlite:///{tmp_path / 'centre.db'}"]) == 0
    with served(state, centre_url, free_port()) as child:
        assert child.wait(SOON) == 0
    database = Database(f"sqlite:///{tmp_path / 'centre.db'}")
    with database.reading() as connection:
        assert registry.get(connection, TERMINAL).state is State.WIPED
    database.close()
    assert [path.name for path in (state / "identity").iterdir()] == ["wiped.jws"]
    port = free_port()
    with served(state, centre_url, port) as child:  # as `Restart=always` does
        told = words.of_reason(LogFault.WIPED)
        page = f"http://127.0.0.1:{port}"
        assert get(f"{page}/api/v1/status")["locked"] == LogFault.WIPED
        for shown in ("/trang-thai", "/ban"):
            text = fetched(f"{page}{shown}")
            assert told.says in text
            assert told.next_step in text
        assert child.poll() is None
        child.terminate()
        assert child.wait(SOON) == 0
    assert [path.name for path in (state / "identity").iterdir()] == ["wiped.jws"]


def fetched(url: str) -> str:
    """Return a page."""
    with urllib.request.urlopen(url, timeout=SOON) as answer:  # noqa: S310 -- loopback
        return str(answer.read().decode())


def get(url: str) -> dict[str, Any]:
    """Return the JSON of an address."""
    found: dict[str, Any] = json.loads(fetched(url))
    return found


def test_acknowledgements_by_another_way(
    start: Starter, live: Stage, tmp_path: Path, centre_url: str, office: CentreInbox
) -> None:
    """A terminal whose network fell away hears from a folder of files what the centre holds."""
    running = start(centre=centre_url, sync_seconds=1)
    running.service.open_meeting("regular")
    database = Database(f"sqlite:///{tmp_path / 'centre.db'}")
    wait(lambda: running.service.status().unsent == 0)
    wait(lambda: office.standing() != ())
    (ack,) = acknowledgements(database, TERMINAL)
    database.close()
    assert ack.high_water == running.service.log.head().seq
    send(live, tmp_path, "acknowledgement")
    outcome = running.service.take_inbox(office.pending(TERMINAL))
    assert outcome is not None
    assert outcome.taken == (1,)
    epoch = running.service.log.epochs[0]
    kept = running.service.log.last_ack(epoch)
    assert kept is not None
    assert (kept.high_water, kept.head) == (ack.high_water, ack.head)


def test_roster_is_forgotten(
    start: Starter, live: Stage, tmp_path: Path, centre_url: str, office: CentreInbox
) -> None:
    """By command: its key is gone from the disk, and the desk says that there is none."""
    running: Running = start(centre=centre_url, sync_seconds=1)
    wait(lambda: office.standing() != ())
    holdings = running.service.log.path.parent / "holdings"
    assert list(holdings.glob("roster-*.key")) != []
    send(live, tmp_path, "command", "forget-roster")
    assert running.service.take_inbox(office.pending(TERMINAL)) is not None
    assert running.service.organisation == ""
    assert Fault.NO_ROSTER in running.service.status().troubles
    assert list(holdings.glob("roster*")) == []


def test_two_contents_under_one_number(
    start: Starter, live: Stage, tmp_path: Path, centre_url: str, office: CentreInbox
) -> None:
    """The status says so, and the log carries it to the centre."""
    running = start(centre=centre_url, sync_seconds=1)
    wait(lambda: office.standing() != ())
    assert running.service.inbox is not None
    public = running.service.inbox.keys.current(running.service.clock.now()).public
    signer = CentreFolder.load(live.centre).signer
    for name in ("check-log", "new-inbox-key"):
        body: dict[str, Any] = {"command": name, "arguments": {}}
        message = seal_message(
            *(TERMINAL, 1, MessageKind.COMMAND, body, office_time()),
            public=public,
            key=signer.key,
            kid=signer.kid,
        )
        running.service.take_inbox([message])
    assert Fault.INBOX_NUMBER_REUSED in running.service.status().troubles
    last = running.service.log.events()[-1]
    assert (last.kind.value, last.reason) == ("fault", "INBOX_NUMBER_REUSED")
