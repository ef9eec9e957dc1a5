"""The numbers of a meeting, as board, desk, reading and sheet show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.meeting.attendance import Attendance, Fact, FactKind, fold
from edge.meeting.figures import Figures, State, by_state, figures, lines
from edge.meeting.quorum import PRESETS, Preset
from edge.meeting.roster import Category, Person, Standing
from edge.wire.kinds import AbsenceOutcome

T = datetime(2026, 11, 5, 12, tzinfo=UTC)
LATE_AFTER = T + timedelta(minutes=15)
RECOGNITION = PRESETS[Preset.RECOGNITION][0]


def _person(
    index: int, category: Category = Category.OFFICIAL, standing: Standing = Standing.ACTIVE
) -> Person:
    return Person(f"p{index}", f"Người {index}", category, standing=standing)


def _arrival(person: Person, minute: int, kind: FactKind = FactKind.CHECK_IN) -> Fact:
    seq = int(person.id[1:])
    at = T + timedelta(minutes=minute)
    return Fact(seq, kind, at, person.id, person.id.encode(), counts=True)


def _count(people: list[Person], facts: list[Fact], *, closing: bool = False) -> Figures:
    rows = lines(people, fold(facts), late_after=LATE_AFTER, closing=closing)
    return figures(rows, (RECOGNITION,))


def _evening() -> tuple[list[Person], list[Fact]]:
    """Return a cell of 40 as the printed example has it: 33 official and 3 probationary called."""
    people = [_person(i) for i in range(1, 34)]
    people += [_person(i, Category.PROBATIONARY) for i in range(34, 37)]
    people += [_person(i, standing=Standing.EXEMPT) for i in (37, 38)]
    people += [
        _person(39, standing=Standing.ELSEWHERE), _person(40, standing=Standing.SUSPENDED),
    ]  # fmt: skip
    facts = [_arrival(p, 0) for p in people[:27]]
    facts += [_arrival(p, 0, FactKind.HAND_ENTRY) for p in people[33:36]]
    facts += [_arrival(p, 20) for p in people[27:29]]
    facts += [
        Fact(100 + i, FactKind.ABSENCE, T, p.id, None, counts=False, reason="ILL")
        for i, p in enumerate(people[29:32])
    ]
    return people, facts


def test_an_evening_of_forty() -> None:
    """The sums of the drawn sheet: 40, 36, 32 or 88.9 %, 3 excused, 1 without reason, 2 and 2."""
    people, facts = _evening()
    found = _count(people, facts, closing=True)
    assert (found.members, found.summoned, found.present, found.rate) == (40, 36, 32, 889)
    assert (found.summoned_official, found.summoned_probationary) == (33, 3)
    assert (found.excused, found.unexcused, found.exempt, found.not_summoned) == (3, 1, 2, 2)
    assert (found.late, found.by_hand, found.guests) == (2, 3, 0)
    (quorum,) = found.quorums
    assert (quorum.have, quorum.need, quorum.of, quorum.satisfied) == (29, 22, 33, True)


def test_nobody_is_without_reason_before_the_end() -> None:
    """While the meeting is open, whoever has not come is not here yet."""
    people, facts = _evening()
    found = _count(people, facts)
    assert (found.not_yet, found.unexcused, found.absent) == (1, 0, 4)


def test_exempt_member_who_comes_counts_on_both_sides() -> None:
    """294-QĐ/TW 9.3.2: who is exempt and comes, votes."""
    people, facts = _evening()
    found = _count(people, [*facts, _arrival(people[36], 0)])
    (quorum,) = found.quorums
    assert (quorum.have, quorum.of) == (30, 34)
    assert (found.present, found.exempt) == (33, 1)


def test_member_elsewhere_who_comes_is_a_guest() -> None:
    """Present, but in no count of those called."""
    people, facts = _evening()
    before, found = _count(people, facts), _count(people, [*facts, _arrival(people[38], 0)])
    assert (found.present, found.guests) == (before.present, 1)
    assert found.quorums == before.quorums


def test_guest_is_counted_apart() -> None:
    """A guest changes no rate and no quorum."""
    people, facts = _evening()
    guest = _person(41, Category.GUEST)
    found = _count([*people, guest], [*facts, _arrival(guest, 0)])
    assert (found.members, found.summoned, found.present, found.guests) == (40, 36, 32, 1)


def test_delegates_are_those_called_at_their_congress() -> None:
    """Members who are no delegates do not count there."""
    delegates = [_person(i, Category.DELEGATE) for i in range(1, 4)]
    rows = lines(
        [*delegates, _person(9)], fold([_arrival(delegates[0], 0)]), late_after=None, closing=False
    )
    found = figures(rows, (PRESETS[Preset.CONGRESS][0],), delegates=True)
    assert (found.summoned, found.present, found.quorums[0].need) == (3, 1, 2)


def test_secretary_says_late_or_not() -> None:
    """What was said of an entry by hand outranks the time."""
    person = _person(1)
    fact = _arrival(person, 60, FactKind.HAND_ENTRY)
    for late, state in ((False, State.PRESENT), (True, State.LATE), (None, State.LATE)):
        (row,) = lines(
            [person], fold([replace(fact, late=late)]), late_after=LATE_AFTER, closing=False
        )
        assert row.state is state


def test_meeting_without_a_late_threshold() -> None:
    """Nobody is late where nothing says when."""
    (row,) = lines([_person(1)], fold([_arrival(_person(1), 600)]), late_after=None, closing=False)
    assert row.state is State.PRESENT


def test_what_was_said_of_an_absence() -> None:
    """With a reason, without one, or exempt for this once; people not called stay so."""
    for outcome, state in (
        (AbsenceOutcome.EXCUSED, State.EXCUSED),
        (AbsenceOutcome.UNEXCUSED, State.UNEXCUSED),
        (AbsenceOutcome.EXEMPT, State.EXEMPT),
    ):
        fact = Fact(9, FactKind.ABSENCE, T, "p1", None, counts=False, away=outcome)
        (row,) = lines([_person(1)], fold([fact]), late_after=None, closing=False)
        assert row.state is state


def test_nobody_called() -> None:
    """No rate of nobody."""
    assert figures(()).rate is None


@pytest.mark.parametrize(
    ("present", "of", "tenths"), [(1, 16, 63), (3, 16, 188), (1, 8, 125), (1, 3, 333), (7, 7, 1000)]
)
def test_half_a_tenth_of_a_percent_counts_up(present: int, of: int, tenths: int) -> None:
    """As people reckon, and as the minutes are checked."""
    assert replace(figures(()), present=present, summoned=of).rate == tenths


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Category)), st.sampled_from(list(Standing)), st.booleans(),
            st.booleans(),
        ),
        max_size=30,
    ),
    st.booleans(),
)  # fmt: skip
def test_everybody_is_counted_once(
    rows: list[tuple[Category, Standing, bool, bool]], closing: bool
) -> None:
    """States add up to the people; those called are present or absent, never both or neither."""
    people = [_person(i, c, s) for i, (c, s, _, _) in enumerate(rows, start=1)]
    facts: list[Fact] = []
    for person, (_, _, came, excused) in zip(people, rows, strict=True):
        if came:
            facts.append(_arrival(person, 0))
        if excused:
            seq = 100 + int(person.id[1:])
            facts.append(Fact(seq, FactKind.ABSENCE, T, person.id, None, counts=False))
    standing = lines(people, fold(facts), late_after=None, closing=closing)
    found = figures(standing)
    assert sum(by_state(standing).values()) == len(people)
    exempt_here = sum(
        1 for x in standing if x.here and x.person.member and x.person.standing is Standing.EXEMPT
    )
    assert found.present - exempt_here + found.absent == found.summoned
    here = sum(1 for x in standing if x.here)
    assert found.present + found.guests == here
    assert by_state(lines(people, Attendance(), late_after=None, closing=False))[State.PRESENT] == 0
