"""Open desks: in whose browser, in which role, until when."""

from __future__ import annotations

import pytest

from edge.people.doorkeeper import Answer, Doorkeeper, new_id
from edge.people.roles import Role
from edge.people.sessions import (
    IDLE_SECONDS,
    LIFETIME_SECONDS,
    MAX_OPEN,
    PROVED_SECONDS,
    Session,
    Sessions,
    Way,
)
from edge.people.store import PeopleFile
from tests.edge.people.made import PIN, Seconds


def opened(keeper: Doorkeeper, way: Way = Way.PIN) -> str:
    """Return the id of a browser at which the secretary's desk is open."""
    return keeper.open_desk(None, Role.SECRETARY, way, "r-1" if way is Way.CARD else None)


def found(keeper: Doorkeeper, token: str) -> Session:
    """Return the open desk, which must be there."""
    session = keeper.session(token)
    assert session is not None
    return session


def test_an_id_is_256_random_bits() -> None:
    """In 43 characters, never the same."""
    made = {new_id() for _ in range(200)}
    assert len(made) == 200
    assert all(len(token) == 43 for token in made)


def test_a_desk_is_one_browsers(keeper: Doorkeeper) -> None:
    """Nobody else's id opens it, and what is kept of an id does not open it either."""
    token = opened(keeper)
    assert found(keeper, token).role is Role.SECRETARY
    assert keeper.session(new_id()) is None
    assert token not in repr(vars(keeper.sessions))


def test_nobody_touches_it(keeper: Doorkeeper, seconds: Seconds) -> None:
    """Locked after ten minutes; looking at it does not count, touching does."""
    token = opened(keeper)
    seconds.now += IDLE_SECONDS - 1
    assert keeper.session(token) is not None
    keeper.sessions.touch(token)
    seconds.now += IDLE_SECONDS - 1
    assert keeper.session(token) is not None
    seconds.now += 1
    assert keeper.session(token) is None
    keeper.sessions.touch(token)
    assert keeper.session(token) is None


def test_a_busy_day_ends(keeper: Doorkeeper, seconds: Seconds) -> None:
    """However often it is touched, a desk is open for twelve hours at most."""
    token = opened(keeper)
    for _ in range(int(LIFETIME_SECONDS // 500)):
        seconds.now += 500
        keeper.sessions.touch(token)
    assert keeper.session(token) is not None
    seconds.now += 500
    assert keeper.session(token) is None


def test_it_is_locked(keeper: Doorkeeper) -> None:
    """That browser, not the other; locking twice is harmless."""
    one, other = opened(keeper), opened(keeper)
    keeper.leave(one)
    keeper.leave(one)
    assert keeper.session(one) is None
    assert keeper.session(other) is not None


def test_a_desk_opened_by_card_has_no_pin(keeper: Doorkeeper, seconds: Seconds) -> None:
    """The PIN is asked for privileged acts; given, it counts for five minutes, under a new id."""
    token = opened(keeper, Way.CARD)
    assert not keeper.sessions.proved(found(keeper, token))
    renewed = keeper.prove(token)
    assert keeper.session(token) is None
    session = found(keeper, renewed)
    assert (session.person_id, session.way) == ("r-1", Way.CARD)
    assert keeper.sessions.proved(session)
    seconds.now += PROVED_SECONDS
    assert not keeper.sessions.proved(found(keeper, renewed))


def test_a_desk_opened_by_pin_has_it_for_a_while(keeper: Doorkeeper, seconds: Seconds) -> None:
    """Closing an hour later asks again."""
    token = opened(keeper)
    assert keeper.sessions.proved(found(keeper, token))
    seconds.now += PROVED_SECONDS
    assert not keeper.sessions.proved(found(keeper, token))


def test_the_old_id_is_worth_nothing(keeper: Doorkeeper) -> None:
    """Somebody who planted an id before the login has no desk after it."""
    planted = new_id()
    token = keeper.open_desk(planted, Role.SECRETARY, Way.PIN)
    assert token != planted
    assert keeper.session(planted) is None


def test_another_role_in_the_same_browser(keeper: Doorkeeper) -> None:
    """The desk of the role before is locked."""
    before = opened(keeper)
    after = keeper.open_desk(before, Role.TECHNICIAN, Way.PIN)
    assert keeper.session(before) is None
    assert found(keeper, after).role is Role.TECHNICIAN


@pytest.mark.parametrize("role", Role)
def test_a_pin_changes(keeper: Doorkeeper, role: Role) -> None:
    """Whoever's it is, every desk is locked."""
    tokens = [opened(keeper), opened(keeper, Way.CARD)]
    keeper.set_pin(role, "314159")
    assert [keeper.session(token) for token in tokens] == [None, None]


def test_a_pin_changes_on_the_console(keeper: Doorkeeper, file: PeopleFile) -> None:
    """In another process: the running terminal notices, even where all began anew."""
    token = opened(keeper)
    other = Doorkeeper(file, terminal="", monotonic=Seconds())
    file.start_over()
    assert keeper.session(token) is None
    token = opened(keeper)
    other.set_pin(Role.SECRETARY, "314159")
    assert keeper.session(token) is None
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.WRONG
    assert keeper.try_pin(Role.SECRETARY, "314159") is Answer.RIGHT


def test_many_desks(seconds: Seconds) -> None:
    """The table stays small: the one idle longest gives way."""
    table = Sessions(seconds)
    for number in range(MAX_OPEN + 1):
        seconds.now += 1
        table.open(f"id-{number}", Role.SECRETARY, Way.PIN, 0)
    assert table.find("id-0", 0) is None
    assert all(table.find(f"id-{number}", 0) for number in range(1, MAX_OPEN + 1))


def test_who_opened_it_is_not_shown(keeper: Doorkeeper) -> None:
    """In no log line that shows a session."""
    assert "r-1" not in repr(found(keeper, opened(keeper, Way.CARD)))
