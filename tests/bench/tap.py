"""Row `tap-host-cpu`: what the terminal computes at a tap, against its bare primitives.

Lives here: one round of either side. Not here: the recorded cards (`recording`), the primitives
(`primitives`), measuring (`measure`).
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.chain import forget
from tests.bench.measure import Row, compare, cpu_time
from tests.bench.primitives import CONTENTS, Primitives
from tests.bench.recording import Recording, Stand, prepare, tap

NAME = "tap-host-cpu"
ROUNDS = 41
TAPS = 12  # a round
GOAL = 2.0
DESCRIPTION = (
    "A whole tap of the reference card, the terminal's side: reader.read (PACE-GM with CAN, "
    "AES-128, P-256; SOD, DG1, DG14, DG15 under secure messaging, answers of up to 4,096 bytes; "
    "chip authentication, ECDH on P-256, AES-128), the verdict (verify.pipeline over a trust list "
    "and loaded revocation lists), then DG2 (20,480 bytes) read and held against its hash; "
    "replayed strictly from a recording, so that no card's work is in it. What an earlier card of "
    "the same signer leaves in memory is there, nothing of this card's. In the same state: / "
    "The same bytes through cryptography and hashlib alone: " + CONTENTS
)


def measure(_build: Path) -> Row:
    """Measure; needs no disk but for the lists, which are loaded before."""
    with tempfile.TemporaryDirectory() as folder:
        stand = prepare(Path(folder))
        bare = Primitives(stand.card, stand.authority)
        gc.freeze()  # what was loaded is never garbage: `tramthe` says so too when it has started
        try:
            return compare(
                NAME,
                DESCRIPTION,
                measured=lambda: _round(stand, lambda: _tap(stand, stand.card)),
                reference=lambda: _round(stand, bare.run),
                rounds=ROUNDS,
                goal=GOAL,
            )
        finally:
            gc.unfreeze()


def _round(stand: Stand, work: Callable[[], object]) -> float:
    """Return the CPU of one piece of work, each time with the other card's tap just before it."""
    seconds = 0.0
    for _ in range(TAPS):
        forget()
        _tap(stand, stand.other)
        seconds += cpu_time(work)
    return seconds / TAPS


def _tap(stand: Stand, recording: Recording) -> None:
    tap(
        stand.holdings,
        stand.profiles,
        recording.card(),
        recording.password,
        recording.known,
        recording.rng(),
    )
