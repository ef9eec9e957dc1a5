"""Certificates that ended and clocks that are wrong, on either side, behind a real nginx."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from provisioning.cli.common import office_time
from tests.faults.front import NGINX, Front
from tests.faults.ledger import Ledger
from tests.faults.office import DAY, Terminal

YEARS = 5 * 365 * DAY
REAL_PAUSES = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
"""Only the wall clock is wrong: pauses stay as long as they are."""
EVENTS = 5


def faketime(shift: str) -> list[str]:
    """Return what runs a program under a clock that is off by so much."""
    return ["faketime", "-f", shift]


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """Return nginx and a centre behind it, neither of them started."""
    if NGINX is None:
        pytest.fail("nginx (Debian: nginx) is not installed")
    made = Front(tmp_path, f"sqlite:///{tmp_path / 'centre.sqlite'}")
    yield made
    made.office.kill()
    made.stop()


Enrol = Callable[..., Terminal]


@pytest.fixture
def enrol(front: Front) -> Iterator[Enrol]:
    """Return what makes a terminal whose certificate has these dates, started with five events."""
    running: list[Terminal] = []
    prefix = front.finding()
    if prefix is None:
        pytest.skip("a hosts file of one's own needs to be root here")

    def begin(begins: datetime, ends: datetime, shift: str | None = None) -> Terminal:
        folder = front.office.enrol("TT-0001", begins=begins, ends=ends, roots=front.roots)
        clock = [] if shift is None else faketime(shift)
        ledger = Ledger(front.folder / "ledger")
        terminal = Terminal(folder, front.url, ledger, 0.3, [*prefix, *clock], REAL_PAUSES)
        running.append(terminal)
        terminal.start().tap(EVENTS)
        return terminal

    yield begin
    for terminal in running:
        terminal.kill()


def serve(front: Front, shift: str | None = None) -> None:
    """Start the centre, under a wrong clock where one is given."""
    front.office.start([] if shift is None else faketime(shift), REAL_PAUSES)
    front.wait_socket()


def mended(front: Front) -> None:
    """Start the centre again, its clock right."""
    front.office.kill(signal.SIGTERM)
    serve(front)


def home(front: Front, terminal: Terminal) -> list[str]:
    """Bring a terminal home by one pass; return the names by which it asked, in order."""
    said = terminal.once()
    assert said["state"] == "up-to-date", said
    terminal.comes_home()
    assert terminal.ledger.compare(front.office.database) == len(terminal.ledger.events)
    assert len(terminal.ledger.events) > EVENTS
    return [line.split()[8] for line in front.asked()]


def test_certificate_in_force(front: Front, enrol: Enrol) -> None:
    """By the usual door, shown to nginx from the terminal's memory."""
    now = office_time()
    front.start(now - DAY, now + DAY)
    serve(front)
    assert home(front, enrol(now - DAY, now + DAY)) == ["200"]


def test_certificate_that_ran_out(front: Front, enrol: Enrol) -> None:
    """A year in a drawer: by the door for those, at once."""
    now = office_time()
    front.start(now - DAY, now + DAY)
    serve(front)
    assert home(front, enrol(now - 400 * DAY, now - 365 * DAY)) == ["200"]


def test_certificate_that_ran_out_under_a_clock_years_behind(front: Front, enrol: Enrol) -> None:
    """It believes its certificate, nginx does not: by the other door, in the same pass."""
    now = office_time()
    front.start(now - DAY, now + DAY)
    serve(front)
    assert home(front, enrol(now - 400 * DAY, now - DAY, "-200d")) == ["400", "200"]


@pytest.mark.parametrize("shift", ["-5y", "+5y"])
def test_clock_of_the_terminal(shift: str, front: Front, enrol: Enrol) -> None:
    """Five years off, either way: it comes home all the same."""
    now = office_time()
    front.start(now - DAY, now + DAY)
    serve(front)
    assert home(front, enrol(now - DAY, now + DAY, shift))[-1] == "200"


@pytest.mark.parametrize("shift", ["-5y", "+5y"])
def test_clock_of_the_centre(shift: str, front: Front, enrol: Enrol) -> None:
    """Five years off: it takes nobody's word, loses nothing, and takes all when it is mended."""
    now = office_time()
    front.start(now - DAY, now + DAY)
    serve(front, shift)
    terminal = enrol(now - DAY, now + DAY)
    said = terminal.once()
    assert said["state"] == "refused", said
    mended(front)
    terminal.tap(1)
    home(front, terminal)


def test_certificate_of_the_server_that_ended(front: Front, enrol: Enrol) -> None:
    """By what is proved, not by the clock: refused once the floor is past, until it is renewed."""
    now = office_time()
    front.start(now - YEARS, now - YEARS + DAY)
    serve(front)
    terminal = enrol(now - DAY, now + DAY)
    said = terminal.once()
    assert (said["state"], "server has ended" in said["why"]) == ("unreachable", True)
    front.stop()
    front.start(now - DAY, now + DAY)
    terminal.kill()  # the roots are read once
    terminal.start()
    home(front, terminal)
