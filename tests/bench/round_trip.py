"""Row `verify-roundtrip`: a question of the local API over real HTTP, against the bare tap.

Lives here: one running terminal in this process, a paired back office as a child (`asking`), and a
card whose own seconds are taken out of either side. Not here: CPU of a tap (`tap`).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from edge.config import Config
from edge.procedure.counter import Asker, Wanted
from edge.service import Service
from edge.web.api.limits import LIMITS
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL
from provisioning.direct_reader import DirectReader
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from reader.evidence import Password, PasswordKind
from tests.bench.measure import MILLISECONDS, Row
from tests.bench.service import CARD, WITHIN, provisioned

NAME = "verify-roundtrip"
ROUNDS = 100
WARM_UP = 5
GOAL = 1.2
SETTLE = 0.05  # seconds until the poll hangs at the server
REQUESTS = 2  # of a question: asked, done
ORIGIN = "https://motcua.example"
FIELDS = ("name", "number", "organisation")
PROCEDURE = "thu-nop-dang-phi"
DESCRIPTION = (
    "Wall time of POST /api/v1/verifications, and from the card's laying until the result is read "
    "from the long poll, on one kept connection of loopback, bare sockets in another process / of "
    "the same card answering the same question asked in the process: the asking, and from laying "
    "to answer, with verdict, both events on the disk, receipt signed. Without the card's own time "
    "on either side; "
    f"{ROUNDS} of each by turns"
)


class Timed:
    """A card that says how long it took itself."""

    def __init__(self, image: CardImage) -> None:
        self._chip = Chip(image)
        self.seconds = 0.0

    @property
    def atr(self) -> bytes:
        """Return the chip's answer to reset."""
        return self._chip.atr

    def reset(self) -> None:
        """Lose power and get it back."""
        self._chip.reset()

    def transmit(self, command: bytes) -> bytes:
        """Answer a command."""
        begun = time.perf_counter()
        try:
            return self._chip.transmit(command)
        finally:
            self.seconds += time.perf_counter() - begun


class _Counter:
    """One running terminal, and whoever asks at it: a page over HTTP, or this process."""

    def __init__(self, service: Service, reader: DirectReader, image: CardImage, port: int) -> None:
        self._service = service
        self._reader = reader
        self._image = image
        service.pairings.offer()
        offer = service.pairings.view().offer
        assert offer is not None
        granted = service.pairings.ask(offer.code, offer.pin, "Quầy 1", ORIGIN)
        service.pairings.agree(granted.pairing.id)
        self._owner = granted.pairing.id
        headers = {
            "Origin": ORIGIN,
            "Sec-Fetch-Site": "cross-site",
            "Authorization": f"Bearer {granted.token}",
            "Content-Type": "application/json",
        }
        self._asked = {
            "procedure": PROCEDURE,
            "dossier": "DP-11",
            "nonce": "n-0123456789",
            "fields": list(FIELDS),
            "access": {"can": image.can},
        }
        self._page = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.asking"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._tell({"port": port, "headers": headers})

    def over_http(self) -> float:
        """Ask, lay, and read the result; return the seconds without the card's."""
        self._tell(self._asked)
        seconds = self._told()
        time.sleep(SETTLE)
        card = Timed(self._image)
        begun = time.perf_counter()
        self._reader.lay(card)
        seconds += self._told() - begun
        self._lift()
        return seconds - card.seconds

    def bare(self) -> float:
        """Ask in this process, lay, wait for the answer; return the seconds without the card's."""
        counter, asker = self._service.counter.counter, Asker(self._owner, "Quầy 1", ORIGIN)
        can = Password(PasswordKind.CAN, self._image.can or "")
        begun = time.perf_counter()
        session = counter.ask(asker, Wanted(PROCEDURE, "DP-11", "n-0123456789", FIELDS, can))
        seconds = time.perf_counter() - begun
        time.sleep(SETTLE)
        card = Timed(self._image)
        begun = time.perf_counter()
        self._reader.lay(card)
        while session.answer is None:
            found = counter.sessions.wait(session.id, self._owner, session.version, WITHIN)
            assert found is not None
            session = found
            if session.answer is None and not session.open:
                raise RuntimeError(f"the question ended without an answer: {session.why}")
        seconds += time.perf_counter() - begun
        self._lift()
        return seconds - card.seconds

    def close(self) -> None:
        """End the page."""
        self._page.communicate()

    def _lift(self) -> None:
        """Lift the card, and wait for what the door lets a page ask in the long run."""
        self._reader.lift()
        time.sleep(REQUESTS / LIMITS.pairing.per_second)

    def _tell(self, value: object) -> None:
        assert self._page.stdin is not None
        print(json.dumps(value), file=self._page.stdin, flush=True)

    def _told(self) -> float:
        assert self._page.stdout is not None
        return float(self._page.stdout.readline())


@contextmanager
def _counter(build: Path) -> Iterator[_Counter]:
    with provisioned(build) as stage:
        reader, port = DirectReader(), free_port()
        service = Service(
            Config(terminal=TERMINAL, state=stage.terminal, port=port, volatile_state=True), reader
        )
        service.start()
        try:
            image = next(card for card in stage.cast.cards if card.key == CARD).image
            with closing(_Counter(service, reader, image, port)) as counter:
                yield counter
        finally:
            service.stop()


def measure(build: Path) -> Row:
    """Measure; both sides in one terminal, by turns, and by turns in going first."""
    ours: list[float] = []
    bare: list[float] = []
    with _counter(build) as counter:
        sides: list[tuple[list[float], Callable[[], float]]]
        sides = [(ours, counter.over_http), (bare, counter.bare)]
        for number in range(WARM_UP + ROUNDS):
            for found, run in sides if number % 2 else sides[::-1]:
                found.append(run())
    del ours[:WARM_UP], bare[:WARM_UP]
    quotients = [mine / its for mine, its in zip(ours, bare, strict=True)]
    low, _, high = statistics.quantiles(quotients, n=4)
    figure, base = (statistics.median(side) * MILLISECONDS for side in (ours, bare))
    return Row(
        NAME, DESCRIPTION, round(figure, 2), "ms", round(base, 2), round(figure / base, 3), GOAL,
        (round(low, 3), round(high, 3)), ROUNDS,
    )  # fmt: skip
