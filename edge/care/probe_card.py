"""One card read and judged as at the door, with the time it took. Nothing of it is kept.

Not here: what to make of it (`judge_terminal`). No fact names the holder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from edge.care.facts import CardTry
from reader.evidence import CardEvidence, NeedsPassword, Password
from reader.laid import laid
from reader.profile import CardProfile
from reader.read import read
from reader.watch import Watcher
from verify.verdict import Verdict

WAIT = 10.0  # seconds for a card to be laid


def card(
    watcher: Watcher,
    profiles: Sequence[CardProfile],
    password: Password,
    judge: Callable[[CardEvidence], Verdict],
    wait: float = WAIT,
) -> CardTry:
    """Read the card that lies there, by one guess, and judge it. Raises ReaderError, EdgeError."""
    with laid(watcher, wait) as connection:
        started = time.monotonic()
        got = read(connection, profiles, password)
        seconds = time.monotonic() - started
    if isinstance(got, NeedsPassword):
        return CardTry(seconds, None, None, None)
    verdict = judge(got.evidence)
    reason = verdict.reason
    return CardTry(
        seconds,
        got.evidence.profile,
        verdict.outcome,
        None if reason is None else reason.value,
    )
