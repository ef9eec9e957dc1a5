"""Row `tap-host-cpu`: what the terminal computes at a tap, against its bare primitives.

Lives here: one round of either side. Not here: the recorded cards (`recording`), the primitives
(`primitives`), measuring (`measure`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from reader.evidence import NeedsPassword
from reader.read import read
from tests.bench.measure import Row, compare, cpu_time
from tests.bench.primitives import CONTENTS, Primitives
from tests.bench.recording import AT, Recording, Stand, prepare
from verify import keys
from verify.verdict import Outcome

NAME = "tap-host-cpu"
ROUNDS = 41
TAPS = 12  # a round
DESCRIPTION = (
    "A whole tap of a party card, the terminal's side: reader.read (PACE-GM with CAN, AES-128, "
    "P-256; EF.ATR/INFO, EF.CardAccess, SOD, DG1, DG13, DG14, DG15 under secure messaging; active "
    "authentication) and the verdict (verify.pipeline over a trust list and loaded revocation "
    "lists), replayed strictly from a recording, so that no card's work is in it. What an "
    "earlier card of the same signer leaves in the caches is there, nothing of this card's. / "
    "The same bytes through cryptography and hashlib alone: " + CONTENTS
)


def measure(_build: Path) -> Row:
    """Measure; needs no disk but for the lists, which are loaded before."""
    with tempfile.TemporaryDirectory() as folder:
        stand = prepare(Path(folder))
        bare = Primitives(stand.card, stand.authority)

        def primitives() -> float:
            return sum(cpu_time(bare.run) for _ in range(TAPS)) / TAPS

        return compare(
            NAME,
            DESCRIPTION,
            measured=lambda: sum(_one(stand) for _ in range(TAPS)) / TAPS,
            reference=primitives,
            rounds=ROUNDS,
        )


def _one(stand: Stand) -> float:
    """Return the CPU of the card's tap, with the other card's just before it."""
    keys.load_spki.cache_clear()  # else this card's own key would still be there
    _tap(stand, stand.other)
    return cpu_time(lambda: _tap(stand, stand.card))


def _tap(stand: Stand, recording: Recording) -> None:
    reading = read(
        recording.card(), stand.holdings.profiles, recording.password, rng=recording.rng()
    )
    if isinstance(reading, NeedsPassword):
        raise RuntimeError("the recorded card did not open")
    if stand.holdings.judge(reading.evidence, AT).outcome is not Outcome.ACCEPTED:
        raise RuntimeError("the recorded card is not accepted")
