"""Operators come, try passwords, are locked out, get new ones and go; all of it is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provisioning.centre.database import Database
from provisioning.centre.people import audit
from provisioning.centre.people.accounts import Answer, Operators
from provisioning.centre.people.roles import Role
from provisioning.centre.people.sessions import Sessions
from provisioning.centre.people.tries import FREE_TRIES
from provisioning.errors import OfficeInputInvalid
from tests.edge.log.made import START

FIRST, OWN = "mat khau dau tien", "con meo tren cay"
TOKEN = "t" * 43


def done(database: Database) -> list[tuple[str | None, str, str]]:
    """Return what the audit says, oldest first."""
    return [(row.operator, row.act, row.outcome) for row in reversed(audit.read(database))]


def test_first_password_is_changed_by_its_operator(operators: Operators) -> None:
    """It lets in, and whoever gave it does not know the next one."""
    operators.add("lan", Role.VIEWER, FIRST, START)
    found = operators.find("lan")
    assert found is not None
    assert (found.role, found.must_change) == (Role.VIEWER, True)
    assert operators.try_password("lan", FIRST, START) is Answer.RIGHT
    operators.change_password("lan", OWN, START)
    changed = operators.find("lan")
    assert changed is not None
    assert not changed.must_change
    assert operators.try_password("lan", FIRST, START) is Answer.WRONG
    assert operators.try_password("lan", OWN, START) is Answer.RIGHT


@pytest.mark.parametrize("name", ["", "L", "Lan", "lan anh", "1lan", "l" * 33, "lan\n"])
def test_name_without_its_form(operators: Operators, name: str) -> None:
    """A name stands in addresses and in the audit: letters, digits and little else."""
    with pytest.raises(OfficeInputInvalid, match="cannot be"):
        operators.add(name, Role.VIEWER, FIRST, START)


def test_name_is_given_once_for_ever(operators: Operators) -> None:
    """Who did what stays clear: a name of the past is nobody else's."""
    operators.add("lan", Role.VIEWER, FIRST, START)
    with pytest.raises(OfficeInputInvalid, match="is, or was"):
        operators.add("lan", Role.VIEWER, FIRST, START)
    operators.remove("lan", START)
    with pytest.raises(OfficeInputInvalid, match="is, or was"):
        operators.add("lan", Role.VIEWER, FIRST, START)


def test_too_many_tries_wait(operators: Operators, database: Database) -> None:
    """After five the right one is not looked at either, until the wait is over."""
    operators.add("lan", Role.VIEWER, FIRST, START)
    for _ in range(FREE_TRIES):
        assert operators.try_password("lan", OWN, START) is Answer.WRONG
    assert operators.try_password("lan", FIRST, START) is Answer.WAIT
    later = START + timedelta(minutes=1)
    assert operators.try_password("lan", FIRST, later) is Answer.RIGHT
    assert done(database) == [
        ("console", "operator-add", "allowed"),
        *[("lan", "login", "refused")] * FREE_TRIES,
        ("lan", "login", "waiting"),
        ("lan", "login", "allowed"),
    ]


def test_right_one_begins_the_count_anew(operators: Operators) -> None:
    """Mistakes of weeks do not add up."""
    operators.add("lan", Role.VIEWER, FIRST, START)
    for _ in range(3):
        for _ in range(FREE_TRIES - 1):
            assert operators.try_password("lan", OWN, START) is Answer.WRONG
        assert operators.try_password("lan", FIRST, START) is Answer.RIGHT


def test_nobody_of_this_name(operators: Operators, database: Database) -> None:
    """Answered as any wrong password; what was typed as a name is not kept."""
    assert operators.try_password(OWN, FIRST, START) is Answer.WRONG
    assert done(database) == [(None, "login", "refused")]


def test_reset_ends_wait_and_sessions(operators: Operators, sessions: Sessions) -> None:
    """Whoever lost a password, or fears that somebody has it, begins anew."""
    operators.add("lan", Role.VIEWER, FIRST, START)
    sessions.open(TOKEN, "lan", START)
    for _ in range(FREE_TRIES):
        operators.try_password("lan", "sai mat khau roi", START)
    operators.reset("lan", OWN, START)
    assert sessions.find(TOKEN, START) is None
    assert operators.try_password("lan", OWN, START) is Answer.RIGHT


def test_removed_operator(operators: Operators, sessions: Sessions) -> None:
    """Comes in no more, is out at once, and stays in the list as one of the past."""
    operators.add("lan", Role.VIEWER, FIRST, START)
    sessions.open(TOKEN, "lan", START)
    operators.remove("lan", START)
    assert sessions.find(TOKEN, START) is None
    assert operators.find("lan") is None
    assert operators.try_password("lan", FIRST, START) is Answer.WRONG
    (row,) = operators.all()
    assert row.removed_at is not None
    for act in (operators.remove, lambda name, at: operators.reset(name, OWN, at)):
        with pytest.raises(OfficeInputInvalid, match="no operator"):
            act("lan", START)
