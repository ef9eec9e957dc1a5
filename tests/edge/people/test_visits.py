"""A laid card opens the desk before which a person asked for it, and no other."""

from __future__ import annotations

import pytest

from edge.people.doorkeeper import Doorkeeper, new_id
from edge.people.roles import Role
from edge.people.visits import (
    ASK_SECONDS,
    ENTRY_SECONDS,
    FORGET_SECONDS,
    GRANT_SECONDS,
    MAX_VISITS,
    NEW_PIN_SECONDS,
    Laid,
    Visits,
)
from tests.edge.people.made import Seconds

MEMBER = "r-7"


@pytest.fixture
def visits(seconds: Seconds) -> Visits:
    """Return the table, empty."""
    return Visits(seconds)


def test_the_one_who_asks(visits: Visits) -> None:
    """The desk is open for that browser, and for no other that ever came."""
    visits.ask("here")
    visits.change("there", entry="27")
    assert visits.laid(MEMBER) is Laid.OPENED
    assert visits.granted(visits.of("here")) == MEMBER
    assert visits.granted(visits.of("there")) is None
    assert visits.granted(visits.of("elsewhere")) is None


def test_nobody_asks(visits: Visits) -> None:
    """A card laid for attendance opens nothing, not even for who asks afterwards."""
    visits.of("here")
    visits.change("here", entry="2")
    assert not visits.anybody_asks()
    assert visits.laid(MEMBER) is Laid.NOBODY_ASKED
    visits.ask("here")
    assert visits.granted(visits.of("here")) is None


def test_asked_too_long_ago(visits: Visits, seconds: Seconds) -> None:
    """Thirty seconds, then the page must be asked again by a person."""
    visits.ask("here")
    seconds.now += ASK_SECONDS
    assert visits.anybody_asks()
    seconds.now += 0.1
    assert not visits.anybody_asks()
    assert visits.laid(MEMBER) is Laid.NOBODY_ASKED


def test_two_ask_at_once(visits: Visits, seconds: Seconds) -> None:
    """Neither is let in, both are told; once one has stopped asking the other is."""
    visits.ask("here")
    seconds.now += 20
    visits.ask("there")
    assert visits.laid(MEMBER) is Laid.SEVERAL_ASK
    for browser in ("here", "there"):
        assert visits.granted(visits.of(browser)) is None
        assert visits.of(browser).answer is Laid.SEVERAL_ASK
    seconds.now += 11
    assert visits.laid(MEMBER) is Laid.OPENED
    assert visits.granted(visits.of("there")) == MEMBER


def test_another_card(visits: Visits) -> None:
    """Turned away, and still asking; the next card may be the right one."""
    visits.ask("here")
    assert visits.laid(None) is Laid.TURNED_AWAY
    assert visits.of("here").answer is Laid.TURNED_AWAY
    assert visits.laid(MEMBER) is Laid.OPENED


def test_one_card_opens_once(visits: Visits) -> None:
    """The same browser must ask again for the next card."""
    visits.ask("here")
    visits.laid(MEMBER)
    assert visits.laid("r-8") is Laid.NOBODY_ASKED
    assert visits.granted(visits.of("here")) == MEMBER


def test_nobody_fetches_what_was_opened(visits: Visits, seconds: Seconds) -> None:
    """A page that left has nothing to come back to."""
    visits.ask("here")
    visits.laid(MEMBER)
    seconds.now += GRANT_SECONDS + 0.1
    assert visits.granted(visits.of("here")) is None


def test_digits_left_behind(visits: Visits, seconds: Seconds) -> None:
    """Forgotten after a minute; the role that was chosen stays."""
    visits.change("here", role=Role.OFFICER, entry="2718", first="314159")
    seconds.now += ENTRY_SECONDS
    assert visits.of("here").entry == "2718"
    seconds.now += 0.1
    visit = visits.of("here")
    assert (visit.entry, visit.first, visit.role) == ("", None, Role.OFFICER)


def test_a_visit_is_forgotten(visits: Visits, seconds: Seconds) -> None:
    """After ten minutes nothing of it is left."""
    visits.change("here", role=Role.OFFICER, onward="/trang-thai")
    seconds.now += FORGET_SECONDS + 0.1
    assert visits.of("here").onward is None


def test_many_visits(visits: Visits, seconds: Seconds) -> None:
    """The table stays small: the oldest gives way."""
    for number in range(MAX_VISITS + 1):
        seconds.now += 0.1
        visits.change(f"browser-{number}", onward="/ban")
    assert visits.of("browser-0").onward is None
    assert visits.of("browser-1").onward == "/ban"


def test_a_new_pin_after_a_recovery(keeper: Doorkeeper, seconds: Seconds) -> None:
    """For the role that was recovered, under a new id, for five minutes."""
    old = new_id()
    keeper.visits.change(old, role=Role.OFFICER)
    token = keeper.allow_new_pin(old, Role.OFFICER)
    assert keeper.visits.may_set_pin(keeper.visits.of(old)) is None
    visit = keeper.visits.change(token, role=Role.TECHNICIAN)
    assert keeper.visits.may_set_pin(visit) is Role.OFFICER
    seconds.now += NEW_PIN_SECONDS
    assert keeper.visits.may_set_pin(keeper.visits.of(token)) is None


def test_a_visit_is_shown(visits: Visits) -> None:
    """Without what was typed and without whose card it was."""
    visits.ask("here")
    visits.change("here", entry="271828", first="314159")
    visits.laid(MEMBER)
    shown = repr(visits.of("here"))
    assert not any(secret in shown for secret in ("271828", "314159", MEMBER))
