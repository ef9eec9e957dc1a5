"""The centre is away during the taps: every event arrives, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from edge.log.chain import verify_file
from provisioning.centre.fleet import epochs
from provisioning.centre.nginx import bundle
from provisioning.centre.process import DATABASE, CentreFolder
from provisioning.centre.store import CentreStore
from provisioning.cli.common import office_time
from provisioning.demo.prepare import TERMINAL, Stage
from tests.e2e.conftest import Centre, Starter, Terminal, wait
from tests.edge.net.tls_made import files, serving

DAY = timedelta(days=1)


def arrived(centre: Centre, terminal: Terminal) -> None:
    """Check that the centre holds exactly the terminal's events, each once, without alarm."""
    store = CentreStore(f"sqlite:///{centre.folder / DATABASE}")
    try:
        log = terminal.service.log
        assert store.events(TERMINAL, log.epoch) == log.events()
        (row,) = epochs(store.database)
        assert (row.events, row.high_water) == (log.head().seq, log.head().seq)
        assert (row.set_aside, row.alarms) == (0, 0)
    finally:
        store.close()


def test_started_later(start: Starter, centre: Centre) -> None:
    """Taps need no centre; once it runs, all of them are acknowledged without a hand."""
    terminal = start(centre.port)
    terminal.service.open_meeting("regular")
    for card in terminal.stage.cast.cards:
        terminal.tap(card.key)
    status = terminal.service.status()
    assert (status.online, status.unsent) == (False, terminal.service.log.head().seq)
    centre.start()
    wait(lambda: terminal.service.status().unsent == 0)
    wait(lambda: terminal.service.status().online)
    arrived(centre, terminal)
    assert verify_file(terminal.service.log.path).ok


def test_both_restarted_in_between(start: Starter, centre: Centre) -> None:
    """Whoever stops and starts, in whatever order, nothing is lost and nothing comes twice."""
    terminal = start(centre.port)
    terminal.service.open_meeting("regular")
    terminal.tap("member-1")
    terminal.service.stop()
    terminal = start(centre.port)
    terminal.tap("member-2")
    assert terminal.service.status().unsent == 4
    centre.start()
    wait(lambda: terminal.service.status().unsent == 0)
    arrived(centre, terminal)
    centre.stop()
    terminal.tap("lost")
    terminal.service.stop()
    terminal = start(centre.port)
    terminal.tap("clone")
    centre.start()
    wait(lambda: terminal.service.status().unsent == 0)
    centre.stop()
    centre.start()
    terminal.service.close_meeting()
    wait(lambda: terminal.service.status().unsent == 0)
    arrived(centre, terminal)
    assert terminal.service.log.head().seq == 7


def test_a_centre_without_memory(start: Starter, centre: Centre) -> None:
    """A centre that was put back from an old copy is sent again what it lacks."""
    centre.start()
    terminal = start(centre.port)
    terminal.service.open_meeting("regular")
    terminal.tap("member-1")
    wait(lambda: terminal.service.status().unsent == 0)
    centre.stop()
    for file in centre.folder.glob(f"{DATABASE}*"):
        file.unlink()
    centre.start()
    terminal.tap("member-2")
    wait(lambda: terminal.service.status().unsent == 0)
    arrived(centre, terminal)


def test_terminal_shows_who_it_is(start: Starter, prepared: Stage, tmp_path: Path) -> None:
    """Over TLS, under the roots of its configuration, its own certificate goes to who asks."""
    now = office_time()
    pem, key = files(tmp_path, now - DAY, now + DAY)
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(bundle(CentreFolder.load(prepared.centre).terminal_anchors))
    with serving(pem, key, asks_for=authorities) as server:
        terminal = start(url=server.url, roots=pem)
        terminal.service.open_meeting("regular")
        wait(lambda: bool(server.shown))
        assert terminal.service.log.acknowledged() == 0
        terminal.service.stop()
    identity = terminal.service.identity
    assert identity is not None
    assert set(server.shown) == {identity.certificate}
