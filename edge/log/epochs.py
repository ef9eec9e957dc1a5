"""Several epochs in one file: where an event stands, and how one epoch follows another.

Lives here: the arithmetic. Not here: when an epoch begins (`append`), the check (`chain`).

An epoch is a run of numbers from 1 under one random id. The first begins at the genesis hash. A
later one begins when the file was put back from a copy or was copied, so that no number is ever
given twice; its first event has, in place of the genesis, the hash of the last event that both
have in common, which need not be the last one of the epoch before.

An event's *place* in the file is 2^40 times the number of its epoch, counted from 0, plus its
own number: one integer, ascending in the order of recording, and the row's key.
"""

from __future__ import annotations

from dataclasses import dataclass

SEQ_BITS = 40
MAX_SEQ = (1 << SEQ_BITS) - 1
"""Of one epoch. At ten events a second that is three thousand years."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch. `after`: place of the last common event, None for the first epoch.

    The number in `after` is 0 where the epoch before has no event in common.
    """

    number: int
    id: str
    after: int | None


def place(number: int, seq: int) -> int:
    """Return where event `seq` of the epoch with this number stands."""
    return number << SEQ_BITS | seq


def epoch_number(at: int) -> int:
    """Return the number of the epoch of a place."""
    return at >> SEQ_BITS


def seq_of(at: int) -> int:
    """Return the event's number within its epoch."""
    return at & MAX_SEQ


def span(number: int) -> tuple[int, int]:
    """Return the first and the last place that the epoch with this number can have."""
    return place(number, 1), place(number, MAX_SEQ)
