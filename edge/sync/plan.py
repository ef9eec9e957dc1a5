"""What goes up next, and what an acknowledgement means.

Lives here: decisions over values. Not here: reading the log and sending (`uplink`).

The centre's opinion never changes what happened at the door: an acknowledgement moves the mark
up to which events need no sending, or raises an alarm, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique

from edge.wire.ack import Ack


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive event numbers to send, both included."""

    first: int
    last: int


@unique
class AckMeaning(StrEnum):
    """What an acknowledgement means for the log that it speaks of."""

    ACCEPTED = "ACCEPTED"
    FOREIGN = "ACK_FOREIGN"
    """Speaks of another terminal or epoch: refused."""
    HEAD_DIFFERS = "ACK_HEAD_DIFFERS"
    """The centre holds another event under our number: a clone, or a log put back from a copy."""
    AHEAD = "ACK_AHEAD"
    """The centre holds more than we do: the log was put back from a copy."""


def next_run(ack: Ack | None, head_seq: int) -> Run | None:
    """Return the lowest run of events that the centre lacks, None where it lacks none.

    A centre that went back to an older state says so by a lower mark, and is sent it all again.
    """
    if ack is None:
        return Run(1, head_seq) if head_seq else None
    if ack.gaps:
        first, last = ack.gaps[0]
        return Run(first, min(last, head_seq)) if first <= head_seq else None
    return Run(ack.high_water + 1, head_seq) if ack.high_water < head_seq else None


def runs(ack: Ack | None, head_seq: int) -> tuple[Run, ...]:
    """Return every run of events that the centre may lack, ascending, for a way without answers.

    Behind the last gap that an acknowledgement lists it may hold all or nearly nothing.
    """
    if ack is None or not ack.gaps:
        after = 0 if ack is None else ack.high_water
        return (Run(after + 1, head_seq),) if after < head_seq else ()
    found = [Run(first, last) for first, last in ack.gaps[:-1]]
    found.append(Run(ack.gaps[-1][0], head_seq))
    return tuple(Run(one.first, min(one.last, head_seq)) for one in found if one.first <= head_seq)


def says_less(ack: Ack, before: Ack | None) -> bool:
    """Return whether an acknowledgement that may be old adds nothing to the one held before.

    A lower mark is an old paper, unless the centre holds an event that it had not seen then: only
    a centre that went back to an older state says so.
    """
    if before is None:
        return False
    lower = ack.high_water < before.high_water and _highest(ack) <= _highest(before)
    return lower or ack == before


def _highest(ack: Ack) -> int:
    """Return the highest number that the centre holds for certain."""
    return ack.gaps[-1][1] + 1 if ack.gaps else ack.high_water


def judge(
    ack: Ack, terminal: str, epoch: str, head_seq: int, hash_at: Callable[[int], bytes | None]
) -> AckMeaning:
    """Return what `ack` means for the log of (terminal, epoch) that ends at `head_seq`.

    `hash_at` gives the local hash of an event number from 1 to `head_seq`.
    """
    if (ack.terminal, ack.epoch) != (terminal, epoch):
        return AckMeaning.FOREIGN
    if _highest(ack) > head_seq:
        return AckMeaning.AHEAD
    if ack.high_water and ack.head is not None and ack.head != hash_at(ack.high_water):
        return AckMeaning.HEAD_DIFFERS
    return AckMeaning.ACCEPTED


def holds(ack: Ack, seq: int) -> bool:
    """Return whether the centre holds event `seq`, as far as its acknowledgement tells."""
    if seq <= ack.high_water:
        return True
    return bool(ack.gaps) and all(not first <= seq <= last for first, last in ack.gaps)
