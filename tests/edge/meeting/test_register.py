"""The register against the fold: the same attendance, fact by fact."""

from __future__ import annotations

import random  # noqa: TID251 -- hypothesis hands in the seeded instance
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge.meeting.attendance import UNDOING, Fact, FactKind, fold
from edge.meeting.register import Register

T = datetime(2026, 11, 20, 12, tzinfo=UTC)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(FactKind)), st.sampled_from([b"a", b"b", b"c"]), st.booleans()
        ),
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_every_prefix(rows: list[tuple[FactKind, bytes, bool]], dice: random.Random) -> None:
    """After each fact the register says what the fold of all facts so far says."""
    register, facts = Register(), []
    for seq, (kind, tag, counts) in enumerate(rows, start=1):
        of = dice.randint(1, seq) if kind in UNDOING else None
        at = T + timedelta(minutes=seq)
        facts.append(Fact(seq, kind, at, f"p{tag.hex()}", tag, counts, of))
        register.add(facts[-1])
        assert register.attendance == fold(facts)
        assert register.presence(b"a") == fold(facts).present.get(b"a")


def test_snapshot_does_not_change() -> None:
    """What a page was given stays as it was."""
    register = Register()
    register.add(Fact(1, FactKind.CHECK_IN, T, "p", b"a", counts=True))
    before = register.attendance
    register.add(Fact(2, FactKind.CHECK_IN, T, "q", b"b", counts=True))
    assert set(before.present) == {b"a"}
    assert register.attendance is register.attendance
