"""The fold from facts to who is present."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge.meeting.attendance import Fact, FactKind, fold

T = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _fact(
    seq: int,
    tag: bytes,
    *,
    kind: FactKind = FactKind.CHECK_IN,
    counts: bool = True,
    of: int | None = None,
) -> Fact:
    return Fact(seq, kind, T + timedelta(minutes=seq), f"p{tag.hex()}", tag, counts, of)


def test_same_person_twice() -> None:
    """Somebody who taps twice is present once, since the first time."""
    attendance = fold([_fact(1, b"a"), _fact(2, b"a"), _fact(3, b"b")])
    assert len(attendance.present) == 2
    assert attendance.present[b"a"].seq == 1


def test_refused_tap_makes_nobody_present() -> None:
    """A check-in that does not count leaves the attendance as it was."""
    assert not fold([_fact(1, b"a", counts=False)]).present


def test_late_photo_withdraws_its_own_tap_only() -> None:
    """A withdrawal undoes the check-in that it names and no other person's, nor another tap."""
    kept = [_fact(1, b"a"), _fact(2, b"b"), _fact(3, b"b", kind=FactKind.WITHDRAWN, of=2)]
    assert set(fold(kept).present) == {b"a"}
    other = [_fact(1, b"a"), _fact(2, b"a", kind=FactKind.WITHDRAWN, of=7)]
    assert set(fold(other).present) == {b"a"}


def test_unconfirmed_person_is_confirmed() -> None:
    """One touch at the desk makes an unconfirmed person present."""
    facts = [_fact(1, b"a", counts=False), _fact(2, b"a", kind=FactKind.CONFIRMED, of=1)]
    assert fold(facts).present[b"a"].seq == 2


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=30))
def test_taps_in_any_number(tags: list[bytes]) -> None:
    """However often people tap, each is counted exactly once."""
    facts = [_fact(seq, tag) for seq, tag in enumerate(tags, start=1)]
    assert set(fold(facts).present) == set(tags)
