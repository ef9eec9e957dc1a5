"""A process is killed at a random moment, again and again, and each time the disk is compared.

Lives here: starting, killing, and what a power cut may leave behind the last write. Not here:
what the process does (`acts`), what must hold (`ledger`).
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.acts import ACTS, Act, Teller
from tests.torture.draw import Draw
from tests.torture.ledger import LOG, Ledger, Violation

PER_FOLDER = 25  # kills, before a log begins anew
LONGEST = 0.25  # seconds that a process lives, after it started or after it was ready
PATIENCE = 20.0  # seconds until a process must be ready
CHUNK = 1 << 16


@dataclass
class Result:
    """What the kills of one run came to."""

    kills: Counter[str] = field(default_factory=Counter)
    before_ready: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    torn: int = 0
    largest: int = 0
    """Events of the largest log."""


def run(folder: Path, count: int, seed: str, acts: dict[str, Act] | None = None) -> Result:
    """Kill `count` processes. Raises Violation, naming folder and seed; the folder stays then."""
    chosen = acts or ACTS
    draw = Draw(seed)
    result = Result()
    places: dict[str, tuple[Path, Ledger, int]] = {}
    names = list(chosen)
    for number in range(count):
        name = names[number % len(names)]
        act = chosen[name]
        place, ledger, kills = places.get(name) or _fresh(folder, name, number, act, draw)
        try:
            before = len(ledger.events)
            ready = _one(place, act, ledger, Draw(f"{seed}/{number}"), draw)
            if draw.below(4) == 0:
                result.torn += _torn(place, draw)
            result.largest = max(result.largest, ledger.compare(place))
        except Violation as found:
            raise Violation(f"kill {number} ({name}, seed {seed}) in {place}: {found}") from found
        result.kills[name] += 1
        result.before_ready[name] += not ready
        result.acknowledged[name] += len(ledger.events) - before
        places[name] = (place, ledger, kills + 1)
        if act.fresh or kills + 1 == PER_FOLDER:
            del places[name]
            shutil.rmtree(place)
            ledger.file.unlink(missing_ok=True)
    return result


def _fresh(folder: Path, name: str, number: int, act: Act, draw: Draw) -> tuple[Path, Ledger, int]:
    place = folder / f"{name}-{number}"
    place.mkdir(parents=True)
    act.prepare(place, draw)
    return place, Ledger(folder / f"{name}-{number}.ledger"), 0


def _one(place: Path, act: Act, ledger: Ledger, inside: Draw, draw: Draw) -> bool:
    """Start a process, kill it, write down what it said; return whether it was ready."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _child(place, act, reader, writer, inside)
    os.close(writer)
    wait_for_ready = draw.below(3) > 0
    deadline = time.monotonic() + draw.seconds(LONGEST)
    said = b""
    ready = False
    try:
        while True:
            left = deadline - time.monotonic()
            if wait_for_ready and not ready:
                left = PATIENCE
            if left <= 0 or not select.select([reader], [], [], left)[0]:
                break
            data = os.read(reader, CHUNK)
            if not data:
                break
            said += data
            if not ready and b'{"ready":true}' in said:
                ready = True
                deadline = time.monotonic() + draw.seconds(LONGEST)
    finally:
        os.kill(child, signal.SIGKILL)
        while data := os.read(reader, CHUNK):
            said += data
        os.close(reader)
        _, status = os.waitpid(child, 0)
    for line in said.splitlines():
        ledger.take(line)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        raise Violation("the process ended by itself")
    return ready


def _child(place: Path, act: Act, reader: int, writer: int, draw: Draw) -> None:
    """Run the act; never returns to the harness's own code."""
    try:
        os.close(reader)
        act.run(place, Teller(writer), draw)
    except BaseException as error:  # noqa: BLE001 -- whatever it is, it must reach the ledger
        Teller(writer)(fault=f"{type(error).__name__}: {error}"[:500])
    finally:
        os._exit(1)


def _torn(place: Path, draw: Draw) -> bool:
    """Leave behind the last write what a power cut may: blocks that nobody wrote."""
    side = place / f"{LOG}-wal"
    if not side.exists() or side.stat().st_size == 0:
        return False
    with side.open("ab") as file:
        file.write(draw.bytes(1 + draw.below(9000)))
    return True
