"""The composed terminal renews its certificate while it runs, and goes on with the new one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from edge.config import Config
from edge.enrol.first import FirstEnrolment
from edge.layout import StateLayout
from edge.net.http import JOSE
from edge.service import Service
from provisioning.cli.common import office_time
from provisioning.demo.children import free_port
from provisioning.direct_reader import DirectReader
from tests.edge.enrol.conftest import names, server
from tests.edge.enrol.est_server import EstServer
from tests.edge.log.made import TERMINAL, moment

__all__ = ["names", "server"]


def test_renewed_without_a_restart(tmp_path: Path, server: EstServer) -> None:
    """Two thirds are over: the line shows the new certificate at once, and whoever signs has it."""
    server.now, server.validity = office_time() - timedelta(days=9), timedelta(days=12)
    state = tmp_path / "state"
    state.mkdir()
    first = FirstEnrolment(StateLayout(state).identity, lambda: server.now)
    first.begin(server.claim.to_bytes(), moment())
    first.ask(moment())
    config = Config(
        terminal=TERMINAL,
        state=state,
        port=free_port(),
        centre=server.centre,
        centre_roots=server.roots(tmp_path),
        volatile_state=True,
    )
    service = Service(config, DirectReader())
    service.start()
    try:
        identity = service.identity
        assert identity is not None
        before = identity.pair
        server.answers["told"] = 200, JOSE, b"ok"
        told = f"{server.centre}/.well-known/est/told"
        service.line("GET", told, None, deadline=30, max_bytes=10)
        server.now = office_time()
        service.renew()
        assert identity.certificate not in (None, before.certificate)
        service.line("GET", told, None, deadline=30, max_bytes=10)
        assert server.shown == [before.certificate, identity.certificate]
        asked = len(server.asked)
        service.renew()  # not due any more
        assert len(server.asked) == asked
        service.line.close()
    finally:
        service.stop()
