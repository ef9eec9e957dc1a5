"""Rows `service-rss`, `service-start` and `board-latency`: the running terminal as a whole.

Lives here: real terminals over a provisioned state folder, as processes and in this one, their
pages asked over HTTP on loopback. Not here: taps (`tap`, `meeting`).
"""

from __future__ import annotations

import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.config import Config
from edge.service import Service
from edge.tap.scene import Scene
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage, prepare
from provisioning.direct_reader import DirectReader
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from tests.bench.measure import Row

STARTS = 9
MEMORY = 100.0  # MB
START_GOAL = 1.6
BOARDS = 4
LATENCY = 300.0  # milliseconds
TAPS = 12
WITHIN = 30.0  # seconds for anything here
SETTLE = 0.2  # seconds
BETWEEN = 3.0  # seconds
CARD = "member-1"
LIBRARIES = (
    "click", "flask", "flask_babel", "waitress", "sqlite3", "sqlite_utils", "urllib3", "rfc8785",
    "asn1crypto.algos", "asn1crypto.keys", "cryptography.x509",
    "cryptography.hazmat.primitives.hpke", "cryptography.hazmat.primitives.cmac",
    "cryptography.hazmat.primitives.ciphers.aead", "cryptography.hazmat.primitives.kdf.scrypt",
    "smartcard.System", "gpiozero",
)  # fmt: skip
"""What the terminal's modules name in their imports and have loaded when the status answers."""


@contextmanager
def provisioned(build: Path) -> Iterator[Stage]:
    """Give a pilot and a terminal's state folder, for as long as the block runs."""
    with tempfile.TemporaryDirectory(dir=build) as folder:
        # A little before now: no clock of the terminals is behind it.
        at = datetime.fromtimestamp(Path(folder).stat().st_mtime, UTC) - timedelta(minutes=1)
        yield prepare(Path(folder), at)


def _compiled(build: Path) -> dict[str, str]:
    """Return an environment whose Python keeps compiled modules, as an installed terminal has."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str((build / "pycache").absolute())}


def _environment(stage: Stage, port: int) -> dict[str, str]:
    return {
        **_compiled(stage.terminal.parents[1]),
        "TRAMTHE_TERMINAL": TERMINAL,
        "TRAMTHE_STATE": str(stage.terminal),
        "TRAMTHE_PORT": str(port),
        "TRAMTHE_VOLATILE_STATE": "true",
    }


def _ask(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read()
    finally:
        connection.close()


def _until_ready(port: int) -> None:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        try:
            _ask(port, "/api/v1/status")
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise RuntimeError("the terminal did not answer")


@contextmanager
def _served(stage: Stage) -> Iterator[tuple[int, int]]:
    """Run `tramthe serve` and give its process id and port."""
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-m", "provisioning.cli.main", "serve"],
        env=_environment(stage, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until_ready(port)
        yield child.pid, port
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(WITHIN)


def _memory(build: Path) -> Row:
    with provisioned(build) as stage, _served(stage) as (pid, port):
        for _ in range(20):
            for path in ("/", "/bang", "/trang-thai", "/api/v1/status"):
                _ask(port, path)
        status = Path(f"/proc/{pid}/status").read_text()
        kilobytes = next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmRSS"))
    figure = kilobytes * 1024 / 1e6
    return Row(
        "service-rss",
        "Resident memory of `tramthe serve` with lists, log and roster loaded, board and status "
        "asked for 80 times / the limit.",
        round(figure, 1), "MB", MEMORY, round(figure / MEMORY, 3), 1.0, (1.0, 1.0), 1,
    )  # fmt: skip


def _start(build: Path) -> Row:
    bare = "; ".join(f"import {name}" for name in LIBRARIES)
    ours: list[float] = []
    theirs: list[float] = []
    with provisioned(build) as stage:
        for _ in range(STARTS + 1):
            begun = time.monotonic()
            with _served(stage):
                ours.append(time.monotonic() - begun)
            begun = time.monotonic()
            subprocess.run([sys.executable, "-c", bare], check=True, env=_compiled(build))
            theirs.append(time.monotonic() - begun)
    del ours[0], theirs[0]
    quotients = [mine / its for mine, its in zip(ours, theirs, strict=True)]
    low, _, high = statistics.quantiles(quotients, n=4)
    figure, base = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    return Row(
        "service-start",
        "Wall time from starting `tramthe serve` until its status answers / of starting Python and "
        f"importing its libraries ({', '.join(LIBRARIES)}).",
        round(figure, 1), "ms", round(base, 1), round(figure / base, 3), START_GOAL,
        (round(low, 3), round(high, 3)), STARTS,
    )  # fmt: skip


def _latency(build: Path) -> Row:
    """Let boards wait, tap, and take the slowest board's time from the event to its new page."""
    slowest: list[float] = []
    with provisioned(build) as stage:
        reader, port = DirectReader(), free_port()
        config = Config(terminal=TERMINAL, state=stage.terminal, port=port, volatile_state=True)
        service = Service(config, reader)
        written: list[float] = []

        def shown(scene: Scene) -> None:
            """Take the time of an event: its scene comes right after it, on the same thread."""
            if scene.seq is not None:
                written.append(time.monotonic())

        service.stage.listen(shown)
        service.start()
        try:
            service.open_meeting("regular")
            image = next(card for card in stage.cast.cards if card.key == CARD).image
            for _ in range(TAPS):
                slowest.append(_one_tap(service, reader, image, port, written))
        finally:
            service.stop()
    figure = statistics.quantiles(slowest, n=20)[-1] * 1000
    median = statistics.median(slowest) * 1000
    return Row(
        "board-latency",
        f"From a tap's event on the disk to the new page in the slowest of {BOARDS} boards that "
        f"wait, 95th percentile of {TAPS} taps (median {median:.0f} ms) / the limit.",
        round(figure, 1), "ms", LATENCY, round(figure / LATENCY, 3), 1.0,
        (round(min(slowest) * 1000 / LATENCY, 3), round(max(slowest) * 1000 / LATENCY, 3)), TAPS,
    )  # fmt: skip


def _one_tap(
    service: Service, reader: DirectReader, image: CardImage, port: int, written: list[float]
) -> float:
    """Return the seconds from the event to the last of the boards that shows it."""
    arrived: list[float] = []
    waiting = threading.Barrier(BOARDS + 1)

    def board() -> None:
        after = service.scene().version
        waiting.wait()
        while True:
            _ask(port, f"/bang/phan?after={after}")
            scene = service.scene()
            if scene.seq is not None and scene.version > after:
                arrived.append(time.monotonic())
                return
            after = max(after, scene.version)

    boards = [threading.Thread(target=board) for _ in range(BOARDS)]
    for thread in boards:
        thread.start()
    waiting.wait()
    time.sleep(SETTLE)  # until each of them hangs at the server
    written.clear()
    service.enter_can(image.can or "")
    reader.lay(Chip(image))
    for thread in boards:
        thread.join(WITHIN)
    reader.lift()
    time.sleep(BETWEEN)  # until the board is idle again
    return max(0.0, max(arrived) - written[0])


ROWS: dict[str, Callable[[Path], Row]] = {
    "service-rss": _memory,
    "service-start": _start,
    "board-latency": _latency,
}
