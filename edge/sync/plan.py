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


def judge(
    ack: Ack, terminal: str, epoch: str, head_seq: int, hash_at: Callable[[int], bytes | None]
) -> AckMeaning:
    """Return what `ack` means for the log of (terminal, epoch) that ends at `head_seq`.

    `hash_at` gives the local hash of an event number from 1 to `head_seq`.
    """
    if (ack.terminal, ack.epoch) != (terminal, epoch):
        return AckMeaning.FOREIGN
    # Behind the last gap there is at least one event that the centre holds.
    if max(ack.high_water, ack.gaps[-1][1] + 1 if ack.gaps else 0) > head_seq:
        return AckMeaning.AHEAD
    if ack.high_water and ack.head is not None and ack.head != hash_at(ack.high_water):
        return AckMeaning.HEAD_DIFFERS
    return AckMeaning.ACCEPTED


def holds(ack: Ack, seq: int) -> bool:
    """Return whether the centre holds event `seq`, as far as its acknowledgement tells."""
    if seq <= ack.high_water:
        return True
    return bool(ack.gaps) and all(not first <= seq <= last for first, last in ack.gaps)
