"""What the pages are told of results whose presence was taken back later."""

from __future__ import annotations

from datetime import timedelta

from edge.meeting.attendance import Fact, FactKind, fold
from edge.meeting.opening import default
from edge.meeting.roster import Category, Person, Roster
from edge.meeting.rules import Kind
from edge.meeting.sitting import Entry, Sitting
from edge.tap.admit import Admission
from edge.tap.scene import SceneState
from edge.views import meeting_view

from .fake_terminal import NOW

MEMBER = Person("1", "Lò Thị Dợ", Category.OFFICIAL, personal_number="099162000001")
ROSTER = Roster("Chi bộ bản Nậm Khoai", "99104000000001", (MEMBER,))

CHECK_IN, CONFIRMED, WITHDRAWN = FactKind.CHECK_IN, FactKind.CONFIRMED, FactKind.WITHDRAWN


def _shown(*rows: tuple[FactKind, Admission | None, int | None]) -> list[tuple[SceneState, bool]]:
    """Return state and withdrawal of each event as the desk shows it, the oldest first."""
    entries, facts = [], []
    for seq, (kind, admission, of) in enumerate(rows, 1):
        outcome = admission.value if admission else None
        at = NOW + timedelta(minutes=seq)
        entries.append(Entry(seq, kind, at, outcome, None, MEMBER.id, MEMBER.name, of, None))
        counts = admission is Admission.ADMITTED
        facts.append(Fact(seq, kind, at, MEMBER.id, b"tag", counts, of))
    sitting = Sitting("ctx", default(Kind.REGULAR), NOW, ROSTER, fold(facts), tuple(entries))
    return [(row.state, row.withdrawn) for row in meeting_view(sitting).recent[::-1]]


def test_a_presence_and_its_second_tap_are_withdrawn() -> None:
    """Neither row says any longer that somebody is here; the row that undid it stands."""
    assert _shown(
        (CHECK_IN, Admission.ADMITTED, None),
        (CHECK_IN, Admission.ALREADY, None),
        (WITHDRAWN, None, 1),
    ) == [(SceneState.ACCEPTED, True), (SceneState.ALREADY, True), (SceneState.REFUSED, False)]


def test_the_person_comes_back_with_another_card() -> None:
    """The new presence counts, the withdrawn one stays withdrawn."""
    assert _shown(
        (CHECK_IN, Admission.ADMITTED, None),
        (WITHDRAWN, None, 1),
        (CHECK_IN, Admission.ADMITTED, None),
    ) == [(SceneState.ACCEPTED, True), (SceneState.REFUSED, False), (SceneState.ACCEPTED, False)]


def test_a_confirmed_presence_is_withdrawn() -> None:
    """The check-in that was confirmed offers no second confirmation."""
    assert _shown(
        (CHECK_IN, Admission.UNCONFIRMED, None),
        (CONFIRMED, None, 1),
        (WITHDRAWN, None, 2),
    ) == [(SceneState.UNCONFIRMED, True), (SceneState.ACCEPTED, True), (SceneState.REFUSED, False)]


def test_nothing_is_withdrawn() -> None:
    """Rows stand as they were; one that waits for the secretary is not withdrawn."""
    assert _shown((CHECK_IN, Admission.UNCONFIRMED, None)) == [(SceneState.UNCONFIRMED, False)]
    assert _shown((CHECK_IN, Admission.ADMITTED, None)) == [(SceneState.ACCEPTED, False)]
