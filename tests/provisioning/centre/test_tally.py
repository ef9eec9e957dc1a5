"""Meetings are counted from headers: every way to be present or absent, each person once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from provisioning.centre.office_tables import MEETING
from provisioning.centre.tables import EPOCH
from provisioning.centre.tally import Header, catch_up, count, is_meeting
from tests.edge.log.made import TERMINAL, check_in, moment, receipt, verification
from tests.provisioning.centre.made import Centre, signed

CONTEXT = "c" * 32


def headers(*what: tuple[str, str | None, str | None]) -> list[Header]:
    """Return events of (kind, outcome, tag), a minute apart."""
    return [
        Header(kind, f"2026-11-05T12:{minute:02}:00.000Z", CONTEXT, outcome, tag, "99-0001", minute)
        for minute, (kind, outcome, tag) in enumerate([("context-opened", None, None), *what])
    ]


def test_ways_to_be_present_and_absent() -> None:
    """Each person once, by the last word about them."""
    found = count(
        headers(
            ("check-in", "ADMITTED", "a"),
            ("check-in", "ALREADY", "a"),
            ("hand-entry", "PRESENT", "b"),
            ("hand-entry", "LATE", "c"),
            ("check-in", "UNCONFIRMED", "d"),
            ("confirmed", None, "d"),
            ("check-in", "UNCONFIRMED", "e"),
            ("absence", "EXCUSED", "f"),
            ("absence", "UNEXCUSED", "g"),
            ("absence", "EXEMPT", "h"),
            ("check-in", "REFUSED", None),
            ("check-in", "NOT_EXPECTED", "x"),
            ("departure", None, "b"),
            ("context-closed", None, None),
        )
    )
    assert (found.present, found.by_card, found.by_hand, found.left_early) == (4, 2, 2, 1)
    assert (found.excused, found.unexcused, found.exempt) == (1, 1, 1)
    assert (found.undecided, found.refused, found.doors) == (1, 2, 1)
    assert found.closed_at == "2026-11-05T12:14:00.000Z"


def test_last_word_holds() -> None:
    """Absent and came: present. Withdrawn or taken back: neither, until another entry follows."""
    found = count(
        headers(
            ("absence", "EXCUSED", "a"),
            ("check-in", "ADMITTED", "a"),
            ("check-in", "ADMITTED", "b"),
            ("withdrawn", None, "b"),
            ("hand-entry", "PRESENT", "c"),
            ("annulled", None, "c"),
            ("hand-entry", "PRESENT", "c"),
            ("absence", "UNEXCUSED", "d"),
            ("annulled", None, "d"),
        )
    )
    assert (found.present, found.by_card, found.by_hand) == (2, 1, 1)
    assert (found.excused, found.unexcused) == (0, 0)


def test_day_is_that_of_vietnam() -> None:
    """An evening that begins after midnight there belongs to the next day."""
    late = Header("context-opened", "2026-11-05T17:30:00.000Z", CONTEXT, None, None, "99-0001", 1)
    assert count([late]).day == "2026-11-06"


def test_meeting_without_events() -> None:
    """There is none."""
    with pytest.raises(ValueError, match="has events"):
        count([])


@pytest.fixture
def taken(centre: Centre, log: EventLog, identity: TerminalIdentity) -> Centre:
    """Return a centre that holds a meeting of three people and has not counted it."""
    centre.post(signed(log, identity))
    return centre


def meetings(centre: Centre) -> list[sa.RowMapping]:
    """Return the rows of the figures."""
    with centre.store.database.reading() as connection:
        return list(connection.execute(sa.select(MEETING)).mappings())


@pytest.mark.parametrize("at_once", [1, 2, 2000])
def test_events_become_figures_once(taken: Centre, at_once: int) -> None:
    """However many are taken at once, and however often it is asked."""
    while catch_up(taken.store.database, at_once):
        pass
    (row,) = meetings(taken)
    assert (row["terminal"], row["present"], row["by_card"]) == (TERMINAL, 3, 3)
    assert not catch_up(taken.store.database)


def test_later_events_are_counted_too(
    taken: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """One that goes on is counted anew, another one beside it."""
    catch_up(taken.store.database)
    context = log.open_context({"kind": "regular"}, moment())
    check_in(log, context, 7)
    taken.post(signed(log, identity))
    catch_up(taken.store.database)
    assert sorted(row["present"] for row in meetings(taken)) == [1, 3]
    check_in(log, context, 8)
    taken.post(signed(log, identity))
    while catch_up(taken.store.database):
        pass
    assert sorted(row["present"] for row in meetings(taken)) == [2, 3]


def test_a_day_at_the_counter_is_no_meeting(
    taken: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """Nobody attended, whomever it was about; a receipt's tag is nobody. Meetings stay counted."""
    context = log.open_context({"kind": "counter"}, moment())
    taken.post(signed(log, identity))
    while catch_up(taken.store.database):
        pass
    assert len(meetings(taken)) == 2  # nothing of it tells yet
    receipt(log, context, verification(log, context, 1))
    taken.post(signed(log, identity))
    while catch_up(taken.store.database):
        pass
    (row,) = meetings(taken)
    assert row["present"] == 3


@pytest.mark.parametrize("kind", ["verification", "receipt", "handed-over"])
def test_kinds_of_the_counter(kind: str) -> None:
    """One such event tells that a context is no meeting; those of a meeting do not."""
    meeting = headers(("check-in", "ADMITTED", "a"), ("absence", "EXCUSED", "b"))
    assert is_meeting(meeting)
    assert not is_meeting([*meeting, *headers((kind, None, "c"))[1:]])


def test_nothing_behind_a_gap_is_counted(taken: Centre) -> None:
    """Only what is whole up to a number: a gap that closes later brings the rest in its order."""
    with taken.store.database.writing() as connection:
        connection.execute(sa.update(EPOCH).values(high_water=2))
    while catch_up(taken.store.database):
        pass
    (row,) = meetings(taken)
    assert row["present"] == 1
