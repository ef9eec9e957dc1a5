"""Centre, database and terminals die at random moments: every event arrives once, all know it."""

from __future__ import annotations

import signal
import time

import pytest

from tests.faults.conftest import Starter
from tests.faults.ledger import Ledger
from tests.faults.office import Office
from tests.provisioning.centre.postgres import PostgresServer
from tests.torture.draw import Draw

KILLS = 6
NAMES = ("TT-0001", "TT-0002")


def test_centre_killed(office: Office, start: Starter, ledger: Ledger) -> None:
    """Killed with -9 while it starts and while it takes segments, again and again."""
    terminals = [start(name) for name in NAMES]
    draw = Draw("centre killed")
    for terminal in terminals:
        terminal.loop()
    for number in range(KILLS):
        for terminal in terminals:
            terminal.begin(1 + draw.below(60))
        if number % 3:
            office.wait_ready()
        time.sleep(draw.seconds(0.3))
        office.kill()
        office.start()
    for terminal in terminals:
        terminal.comes_home()
    assert ledger.compare(office.database) > KILLS * len(NAMES)


def test_terminal_killed(office: Office, start: Starter, ledger: Ledger) -> None:
    """Killed with -9 between record, segment and acknowledgement: it goes on where it was."""
    terminal = start(NAMES[0])
    draw = Draw("terminal killed")
    for _ in range(KILLS):
        terminal.loop()
        terminal.begin(200)
        time.sleep(draw.seconds(0.5))
        terminal.kill()
        terminal.start()
    terminal.tap(1)
    terminal.loop()
    terminal.comes_home()
    assert ledger.compare(office.database) > 2


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "at once"])
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_database_restarted(
    office: Office, start: Starter, ledger: Ledger, postgres: PostgresServer, how: signal.Signals
) -> None:
    """The centre goes on by itself when PostgreSQL is back, in order or after a crash."""
    terminals = [start(name) for name in NAMES]
    draw = Draw(f"restart {how}")
    states: list[str] = []
    for _ in range(KILLS):
        for terminal in terminals:
            terminal.tap(400)
            terminal.begin_pass()
        time.sleep(draw.seconds(0.15))
        postgres.restart(how)
        states += [terminal.end_pass()["state"] for terminal in terminals]
    postgres.stop(how)
    for terminal in terminals:
        terminal.tap(1)
        assert terminal.once()["state"] == "busy"
    postgres.start()
    for terminal in terminals:
        assert terminal.once()["state"] == "up-to-date", states
        terminal.comes_home()
    assert ledger.compare(office.database) == len(NAMES) * (400 * KILLS + 2)
