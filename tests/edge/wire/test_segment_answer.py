"""The answer to a segment: what stands in it comes out again, and nothing that was cut short."""

from __future__ import annotations

import pytest

from edge.errors import WireMalformed
from edge.wire.segment_answer import MAX_ANCHOR, MAX_ANCHORS, MAX_ANSWER, SegmentAnswer


def test_without_anchors_it_is_the_acknowledgement() -> None:
    """Alone, without a line feed, as before there were receipts."""
    assert SegmentAnswer("a.b.c").to_bytes() == b"a.b.c"
    assert SegmentAnswer.from_bytes(b"a.b.c") == SegmentAnswer("a.b.c")


@pytest.mark.parametrize("count", [1, MAX_ANCHORS])
def test_with_anchors(count: int) -> None:
    """One a line behind it, in their order."""
    answer = SegmentAnswer("a.b.c", tuple(f"{number}.e.f" for number in range(count)))
    assert SegmentAnswer.from_bytes(answer.to_bytes()) == answer


def test_the_largest_fits() -> None:
    """An acknowledgement and anchors at their limits are within the answer's."""
    largest = SegmentAnswer("a" * (64 * 1024), ("b" * MAX_ANCHOR,) * MAX_ANCHORS)
    assert len(largest.to_bytes()) == MAX_ANSWER


def test_cut_short_at_every_byte() -> None:
    """Nothing of an answer of lines is believed unless all of it is there."""
    whole = SegmentAnswer("a.b.c", ("d.e.f", "g.h.i")).to_bytes()
    for size in range(len("a.b.c") + 1, len(whole)):
        if size == len("a.b.c\nd.e.f\n"):
            continue  # a whole answer with fewer anchors, as far as anybody can tell
        with pytest.raises(WireMalformed):
            SegmentAnswer.from_bytes(whole[:size])


def test_too_many_lines() -> None:
    """More anchors than an answer carries are none of a centre's."""
    lines = "a.b.c\n" * (MAX_ANCHORS + 2)
    with pytest.raises(WireMalformed):
        SegmentAnswer.from_bytes(lines.encode())
