"""A running terminal follows a repository by itself and says how that goes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from edge.config import Config
from edge.floor import BUILD_TIME, Sighting
from edge.layout import StateLayout
from edge.repository.follow import Follower
from edge.repository.outcome import RepositoryState
from edge.service import Service
from edge.sync.repeat import Ended, PassLoop
from edge.web.terminal import RepositoryView
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.direct_reader import DirectReader
from tests.edge.net.tls_made import files, serving
from tests.edge.repository.made import AT, DAY, PACKAGE, Office, Taker
from tests.edge.repository.web import line

WITHIN = 30.0  # seconds


def follower(taker: Taker, url: str, ca_file: Path | None = None) -> Follower:
    """Return what follows a repository for this terminal."""
    rooms, layout = taker.rooms, StateLayout(taker.state)
    return Follower(url, layout, rooms.holdings, rooms.clock, minutes=60, ca_file=ca_file)


def test_pass_that_went_well(office: Office, taker: Taker, tmp_path: Path) -> None:
    """The next one may take its time; when it was well is remembered through a bad one."""
    office.publish(PACKAGE, b"second", AT + DAY, tmp_path / "scratch")
    with line(office.public) as (way, _):
        found = follower(taker, way.url)
        assert found.once()
        assert found.good_at == AT
        assert taker.delivered(PACKAGE) == b"second"
    taker.now = AT + DAY
    assert not found.once()
    assert found.last is not None
    assert found.last.state is RepositoryState.UNREACHABLE
    assert found.good_at == AT


def test_what_was_refused_is_not_asked_for_at_once(taker: Taker, tmp_path: Path) -> None:
    """A set that is bad stays bad for a while; knocking every few seconds mends nothing."""
    stranger = Office(tmp_path / "stranger")
    stranger.publish(PACKAGE, b"x", AT, tmp_path / "scratch")
    stranger.publish(PACKAGE, b"y", AT, tmp_path / "scratch")
    with line(stranger.public) as (way, _):
        found = follower(taker, way.url)
        assert found.once()
    assert found.last is not None
    assert found.last.state is RepositoryState.REFUSED


def test_server_whose_certificate_has_provably_ended(taker: Taker, tmp_path: Path) -> None:
    """A list moved the floor beyond its end: from then on nothing is asked of this server."""
    pem, key = files(tmp_path, BUILD_TIME, BUILD_TIME + DAY)
    with serving(pem, key) as server:
        found = follower(taker, server.url, pem)
        found.once()
        asked = len(server.shown)
        taker.rooms.clock.saw_verified_list(Sighting(BUILD_TIME + 2 * DAY, "lists"))
        assert not found.once()
        assert asked > 0
        assert len(server.shown) == asked
    assert found.last is not None
    assert found.last.state is RepositoryState.UNREACHABLE


def test_rest_between_passes_is_spread() -> None:
    """Terminals that were switched on together do not come back together."""
    seconds: list[float] = []
    outcomes = iter([True, True, False, False])

    def wait(pause: float) -> None:
        seconds.append(pause)
        if len(seconds) == 4:
            loop.stop()

    loop = PassLoop(
        lambda: Ended(next(outcomes)),
        wait=wait,
        jitter=lambda: 0.5,
        longest=300.0,
        rest=3600.0,
        spread=0.25,
    )
    loop.run()
    assert seconds == [3150.0, 3150.0, 1.0, 2.0]


def waited_for(service: Service) -> RepositoryView | None:
    """Return how the repository stands after the first pass, None where none is followed."""
    view = service.status().repository
    ends = time.monotonic() + WITHIN
    while view is not None and view.last is None and time.monotonic() < ends:
        time.sleep(0.05)
        view = service.status().repository
    return view


@pytest.mark.parametrize("configured", [True, False])
def test_service_follows(live: Stage, tmp_path: Path, configured: bool) -> None:
    """The service passes once it runs, and its status says so; without an address it does not."""
    state = Path(shutil.copytree(live.terminal, tmp_path / "terminal"))
    office = Office(tmp_path / "office")
    office.publish(PACKAGE, b"first", AT, tmp_path / "scratch")
    (state / "repository").mkdir()
    (state / "repository" / "root.json").write_bytes(office.first_root)
    with line(office.public) as (way, asked):
        config = Config(
            terminal=TERMINAL,
            state=state,
            port=free_port(),
            volatile_state=True,
            repository=way.url if configured else None,
        )
        reader = DirectReader()
        service = Service(config, reader)
        service.start()
        try:
            view = waited_for(service)
        finally:
            service.stop()
            reader.close()
        assert bool(asked) is configured
    if not configured:
        assert view is None
        return
    assert view is not None
    assert view.last is not None
    assert (view.last.state, view.last.taken) == (RepositoryState.UP_TO_DATE, (PACKAGE,))
    assert view.good_at is not None
    assert (state / "delivered" / PACKAGE).read_bytes() == b"first"
