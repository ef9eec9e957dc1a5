"""Which door a terminal takes, and how long it stays away when it is asked to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.errors import CentreCutOff, CentreRefused, CertificateNotTaken
from edge.identity.key import Pair
from edge.log.append import EventLog
from edge.net.http import HttpAnswer
from edge.sync.centre_key import CentreKey
from edge.sync.repeat import UplinkLoop
from edge.sync.uplink import Uplink, UplinkResult, UplinkState
from edge.sync.way import Way
from edge.wire.segment import MAX_EVENTS
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import START, TERMINAL, fill, moment
from tests.provisioning.centre.made import KID, Centre

USUAL = "https://terminals.centre.example/x"
LAPSED = "https://lapsed.centre.example/x"
HOUR = timedelta(hours=1)


@dataclass
class Doors:
    """Two doors of a centre; the usual one answers as it is told to."""

    usual: HttpAnswer | CertificateNotTaken
    asked: list[str] = field(default_factory=list)

    def __call__(
        self, method: str, url: str, body: bytes | None, *, deadline: float, max_bytes: int
    ) -> HttpAnswer:
        """Answer."""
        self.asked.append(url)
        if url == LAPSED:
            return HttpAnswer(200, {}, b"lapsed")
        if isinstance(self.usual, CertificateNotTaken):
            raise self.usual
        return self.usual


REFUSED = CertificateNotTaken("The certificate is not taken.", next_step="Ask the office.")


def pair(ends: datetime) -> Pair:
    """Return a terminal's key and its certificate that ends then."""
    authority = create_terminal_ca("Terminal CA", at=START - 100 * HOUR)
    key = new_key()
    issued = issue_terminal(authority, key.public_key(), TERMINAL, at=ends - HOUR, validity=HOUR)
    return Pair(key, issued)


def ask(doors: Doors, ends: datetime, url: str = USUAL) -> bytes:
    """Ask once at START, with a certificate that ends then."""
    way = Way(doors, url.removesuffix("/x"), lambda: pair(ends))
    way.begin(START)
    return way.ask("POST", "/x", b"", max_bytes=10, at=START)


def test_certificate_in_force() -> None:
    """By the usual door."""
    doors = Doors(HttpAnswer(200, {}, b"usual"))
    assert ask(doors, START + HOUR) == b"usual"
    assert doors.asked == [USUAL]


def test_certificate_that_has_run_out() -> None:
    """By the other door, without knocking at the usual one."""
    doors = Doors(HttpAnswer(200, {}, b"usual"))
    assert ask(doors, START - HOUR) == b"lapsed"
    assert doors.asked == [LAPSED]


@pytest.mark.parametrize("answer", [HttpAnswer(400, {}, b""), REFUSED], ids=["400", "alert"])
def test_clock_does_not_know_that_it_has_run_out(answer: HttpAnswer | CertificateNotTaken) -> None:
    """The usual door refuses a certificate that is in force by our clock: by the other door."""
    doors = Doors(answer)
    assert ask(doors, START + HOUR) == b"lapsed"
    assert doors.asked == [USUAL, LAPSED]


def test_other_door_for_the_rest_of_the_pass() -> None:
    """The usual one is tried once in a pass, and again in the next."""
    doors = Doors(REFUSED)
    way = Way(doors, "https://terminals.centre.example", lambda: pair(START + HOUR))
    for _ in range(2):
        way.begin(START)
        for _ in range(2):
            way.ask("POST", "/x", b"", max_bytes=10, at=START)
    assert doors.asked == [USUAL, LAPSED, LAPSED] * 2


@pytest.mark.parametrize("answer", [HttpAnswer(400, {}, b""), REFUSED], ids=["400", "alert"])
def test_centre_with_one_door(answer: HttpAnswer | CertificateNotTaken) -> None:
    """No other is guessed."""
    doors = Doors(answer)
    with pytest.raises((CentreRefused, CertificateNotTaken)):
        ask(doors, START + HOUR, "https://centre.example/x")
    assert doors.asked == ["https://centre.example/x"]


@dataclass
class Loop:
    """A loop whose waits take no time: so many passes, and the seconds it would have waited."""

    uplink: Uplink
    passes: int
    jitter: float
    waits: list[float] = field(default_factory=list)
    results: list[UplinkResult] = field(default_factory=list)

    def run(self) -> None:
        """Run it."""
        loop = UplinkLoop(
            self.uplink,
            moment,
            self.results.append,
            wait=lambda seconds: self._wait(loop, seconds),
            jitter=lambda: self.jitter,
            longest=300.0,
        )
        loop.run()

    def _wait(self, loop: UplinkLoop, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) == self.passes:
            loop.stop()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("jitter", "wait"), [(0.0, 120.0), (0.5, 180.0)])
def test_busy_centre_is_left_alone(
    status: int, jitter: float, wait: float, centre: Centre, log: EventLog, uplink: Uplink
) -> None:
    """Never sooner than it asks, and spread over as long again."""
    fill(log, 1)
    centre.rewrite = lambda _: HttpAnswer(status, {"retry-after": "120"}, b"")
    loop = Loop(uplink, 1, jitter)
    loop.run()
    assert loop.waits == [wait]
    assert (loop.results[0].state, loop.results[0].after) == (UplinkState.BUSY, 120.0)
    assert log.unsent() == 2


def test_busy_centre_that_names_no_time(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """Back-off as after any failure."""
    fill(log, 1)
    centre.rewrite = lambda _: HttpAnswer(503, {}, b"")
    loop = Loop(uplink, 3, 0.5)
    loop.run()
    assert loop.waits == [1.0, 2.0, 4.0]


def test_pauses_are_spread(centre: Centre, log: EventLog, uplink: Uplink) -> None:
    """Terminals that came up together do not ask together for ever."""
    assert centre.requests == 0
    loop = Loop(uplink, 1, 0.5)
    loop.run()
    assert loop.waits == [225.0]


@dataclass
class Narrow:
    """A way that takes only requests of up to `size` bytes, and cuts off or refuses the others."""

    centre: Centre
    size: int
    refuse: bool
    sizes: list[int] = field(default_factory=list)

    def __call__(
        self, method: str, url: str, body: bytes | None, *, deadline: float, max_bytes: int
    ) -> HttpAnswer:
        """Answer."""
        self.sizes.append(len(body or b""))
        if self.sizes[-1] <= self.size:
            return self.centre.http(method, url, body, deadline=deadline, max_bytes=max_bytes)
        if self.refuse:
            return HttpAnswer(413, {}, b"")
        raise CentreCutOff("The line was cut.", next_step="Wait.")


@pytest.mark.parametrize("refuse", [True, False], ids=["413", "cut"])
def test_line_too_bad_for_a_large_segment(
    refuse: bool, centre: Centre, log: EventLog, tmp_path: Path
) -> None:
    """Segments become smaller until they arrive; each pass that brought some is no failure."""
    fill(log, 99)
    narrow = Narrow(centre, 20_000, refuse)
    key = CentreKey(KID, centre.sign_key.public_key())
    uplink = Uplink(log, centre.enrol(tmp_path / "slow"), narrow, "http://centre/", key)
    loop = Loop(uplink, 12, 1.0)
    loop.run()
    assert log.unsent() == 0
    assert [event.seq for event in centre.store.events(TERMINAL, log.epoch)] == [*range(1, 101)]
    assert (narrow.sizes[0] > 20_000, loop.results[0].state) == (True, UplinkState.UNREACHABLE)
    failed = [result.sent > 0 for result in loop.results if result.why]
    waited = [wait for wait, result in zip(loop.waits, loop.results, strict=True) if result.why]
    assert any(failed)
    assert [wait for wait, some in zip(waited, failed, strict=True) if some] == [2.0] * sum(failed)


def test_centre_that_is_away_makes_nothing_smaller(
    centre: Centre, log: EventLog, uplink: Uplink
) -> None:
    """What waited comes in one segment when it is back."""
    fill(log, 59)
    centre.stop()
    Loop(uplink, 8, 0.0).run()
    centre.start()
    requests = centre.requests
    assert uplink.run_once(moment()).sent == 60
    assert centre.requests == requests + 1


def test_pass_that_sent_enough(centre: Centre, log: EventLog, tmp_path: Path) -> None:
    """The next one follows at once, until nothing waits."""
    fill(log, 2 * MAX_EVENTS)
    key = CentreKey(KID, centre.sign_key.public_key())
    identity = centre.enrol(tmp_path / "long")
    uplink = Uplink(log, identity, centre.http, "http://centre/", key, segments=2)
    loop = Loop(uplink, 2, 0.0)
    loop.run()
    assert loop.waits == [0.0, 300.0]
    assert [result.more for result in loop.results] == [True, False]
    assert log.unsent() == 0
