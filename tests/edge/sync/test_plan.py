"""What goes next and what an acknowledgement means, over values alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.sync.plan import AckMeaning, Run, holds, judge, next_run
from edge.wire.ack import Ack

EPOCH = "00112233445566778899aabbccddeeff"
HEAD = bytes([7] * 32)
ACK = Ack("TT-0001", EPOCH, 5, (), HEAD, (), ())


@pytest.mark.parametrize(
    ("ack", "head", "expected"),
    [
        (None, 0, None),
        (None, 3, Run(1, 3)),
        (ACK, 5, None),
        (ACK, 9, Run(6, 9)),
        (replace(ACK, gaps=((6, 7), (9, 9))), 12, Run(6, 7)),
        (replace(ACK, high_water=0, head=None), 4, Run(1, 4)),
        (replace(ACK, gaps=((8, 9),)), 7, None),
    ],
    ids=["empty", "first", "nothing", "rest", "gap", "centre forgot", "gap beyond us"],
)
def test_next_run(ack: Ack | None, head: int, expected: Run | None) -> None:
    """The lowest run that the centre lacks comes first; where it lacks none, nothing."""
    assert next_run(ack, head) == expected


@pytest.mark.parametrize(
    ("ack", "expected"),
    [
        (ACK, AckMeaning.ACCEPTED),
        (replace(ACK, head=None), AckMeaning.ACCEPTED),
        (replace(ACK, high_water=0, head=None), AckMeaning.ACCEPTED),
        (replace(ACK, gaps=((6, 8),)), AckMeaning.ACCEPTED),
        (replace(ACK, terminal="TT-0002"), AckMeaning.FOREIGN),
        (replace(ACK, epoch=EPOCH[::-1]), AckMeaning.FOREIGN),
        (replace(ACK, high_water=10), AckMeaning.AHEAD),
        (replace(ACK, gaps=((6, 9),)), AckMeaning.AHEAD),
        (replace(ACK, head=bytes(32)), AckMeaning.HEAD_DIFFERS),
    ],
    ids=["good", "aside", "nothing", "gap", "terminal", "epoch", "ahead", "gap-ahead", "head"],
)
def test_meaning_of_an_acknowledgement(ack: Ack, expected: AckMeaning) -> None:
    """Only one for this log, not beyond its end, and with its own hash, moves the mark."""
    hashes = {5: HEAD}
    assert judge(ack, "TT-0001", EPOCH, 9, hashes.get) is expected


def test_what_the_centre_holds() -> None:
    """Up to the mark, and above it between the gaps."""
    ack = replace(ACK, gaps=((6, 7), (9, 9)))
    assert [seq for seq in range(1, 11) if holds(ack, seq)] == [1, 2, 3, 4, 5, 8, 10]
    assert not holds(ACK, 6)
