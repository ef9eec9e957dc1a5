"""The fold from facts to who is present."""

from __future__ import annotations

import random  # noqa: TID251 -- hypothesis hands in the seeded instance
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge.meeting.attendance import Fact, FactKind, How, fold

T = datetime(2026, 11, 20, 12, tzinfo=UTC)
UNDO = (FactKind.WITHDRAWN, FactKind.ANNULLED)


def _fact(
    seq: int,
    tag: bytes,
    *,
    kind: FactKind = FactKind.CHECK_IN,
    counts: bool = True,
    of: int | None = None,
    reason: str | None = None,
) -> Fact:
    return Fact(
        seq, kind, T + timedelta(minutes=seq), f"p{tag.hex()}", tag, counts, of, reason=reason
    )


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
    """One touch at the desk makes an unconfirmed person present, and shows how."""
    facts = [_fact(1, b"a", counts=False), _fact(2, b"a", kind=FactKind.CONFIRMED, of=1)]
    presence = fold(facts).present[b"a"]
    assert (presence.seq, presence.how) == (2, How.TOUCH)


def test_entry_by_hand_keeps_its_reason() -> None:
    """Present, by hand, and why no card was used."""
    presence = fold([_fact(1, b"a", kind=FactKind.HAND_ENTRY, reason="FORGOTTEN")]).present[b"a"]
    assert (presence.how, presence.reason) == (How.HAND, "FORGOTTEN")


def test_annulled_entry_by_hand() -> None:
    """What the secretary took back makes nobody present."""
    facts = [
        _fact(1, b"a", kind=FactKind.HAND_ENTRY),
        _fact(2, b"a", kind=FactKind.ANNULLED, of=1),
    ]
    assert not fold(facts).present


def test_later_tap_stands_where_the_first_was_annulled() -> None:
    """An earlier tap taken back leaves the later one of the same person."""
    facts = [_fact(1, b"a"), _fact(2, b"a"), _fact(3, b"a", kind=FactKind.ANNULLED, of=1)]
    assert fold(facts).present[b"a"].seq == 2


def test_person_leaves_early_and_comes_back() -> None:
    """Leaving ends a presence without removing it; coming again ends the leaving."""
    facts = [_fact(1, b"a"), _fact(2, b"a", kind=FactKind.DEPARTURE)]
    gone = fold(facts).present[b"a"]
    assert (gone.since, gone.left, gone.left_by) == (T + timedelta(minutes=1), facts[1].at, 2)
    back = fold([*facts, _fact(3, b"a")]).present[b"a"]
    assert (back.seq, back.left) == (1, None)


def test_leaving_taken_back() -> None:
    """An annulled departure leaves the person here."""
    facts = [
        _fact(1, b"a"),
        _fact(2, b"a", kind=FactKind.DEPARTURE),
        _fact(3, b"a", kind=FactKind.ANNULLED, of=2),
    ]
    assert fold(facts).present[b"a"].left is None


def test_somebody_never_here_leaves() -> None:
    """A departure without a presence makes none."""
    assert not fold([_fact(1, b"a", kind=FactKind.DEPARTURE)]).present


def test_absence_said_before_and_overtaken() -> None:
    """An absence is kept by roster entry; the latest said stands; coming makes present."""
    facts = [
        _fact(1, b"a", kind=FactKind.ABSENCE, reason="ILL"),
        _fact(2, b"a", kind=FactKind.ABSENCE, reason="WORK"),
        _fact(3, b"a"),
    ]
    attendance = fold(facts)
    assert attendance.absences["p61"].reason == "WORK"
    assert attendance.of_person("p61") is not None


def test_absence_taken_back() -> None:
    """An annulled absence is none."""
    facts = [
        _fact(1, b"a", kind=FactKind.ABSENCE),
        _fact(2, b"a", kind=FactKind.ANNULLED, of=1),
    ]
    assert not fold(facts).absences


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=30))
def test_taps_in_any_number(tags: list[bytes]) -> None:
    """However often people tap, each is counted exactly once."""
    facts = [_fact(seq, tag) for seq, tag in enumerate(tags, start=1)]
    assert set(fold(facts).present) == set(tags)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(FactKind)), st.sampled_from([b"a", b"b"]), st.booleans()),
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
def test_facts_in_any_order(rows: list[tuple[FactKind, bytes, bool]], dice: random.Random) -> None:
    """The fold depends on which facts there are, not on the order in which they arrive."""
    facts = []
    for seq, (kind, tag, counts) in enumerate(rows, start=1):
        of = dice.randint(1, seq) if kind in UNDO else None
        facts.append(_fact(seq, tag, kind=kind, counts=counts, of=of))
    shuffled = facts.copy()
    dice.shuffle(shuffled)
    assert fold(shuffled) == fold(facts)
