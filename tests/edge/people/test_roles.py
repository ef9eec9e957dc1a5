"""Who may do what, as data."""

from __future__ import annotations

import pytest

from edge.people.roles import RULES, Act, Role, asks_pin, may

ASKED = {
    Act.CLOSE,
    Act.SUPPLEMENT,
    Act.EXPORT,
    Act.JOIN_DOOR,
    Act.IMPORT_ROSTER,
    Act.PAIR,
    Act.SET_TIME,
    Act.CHANGE_PIN,
    Act.PEOPLE,
    Act.PROVISION,
    Act.UPDATE,
    Act.WIPE,
}


def test_every_act_has_its_rule() -> None:
    """No act is anybody's, and none is nobody's."""
    assert set(RULES) == set(Act)
    assert all(rule.roles for rule in RULES.values())


@pytest.mark.parametrize("act", Act)
def test_privileged_acts_ask_the_pin(act: Act) -> None:
    """These and no others, on top of an open desk."""
    assert asks_pin(act) is (act in ASKED)


@pytest.mark.parametrize(
    ("role", "act", "allowed"),
    [
        (Role.SECRETARY, Act.CLOSE, True),
        (Role.SECRETARY, Act.WIPE, False),
        (Role.SECRETARY, Act.COUNTER, False),
        (Role.SECRETARY, Act.PEOPLE, False),
        (Role.OFFICER, Act.COUNTER, True),
        (Role.OFFICER, Act.DESK, False),
        (Role.OFFICER, Act.EXPORT, False),
        (Role.TECHNICIAN, Act.WIPE, True),
        (Role.TECHNICIAN, Act.IMPORT_ROSTER, True),
        (Role.TECHNICIAN, Act.DESK, False),
        (Role.TECHNICIAN, Act.CLOSE, False),
        (Role.TECHNICIAN, Act.EXPORT, False),
    ],
)
def test_each_role_has_its_own(role: Role, act: Act, allowed: bool) -> None:
    """A technician sees no meeting; nobody but the technician wipes."""
    assert may(role, act) is allowed


@pytest.mark.parametrize("role", Role)
def test_everybody_changes_their_own_pin(role: Role) -> None:
    """With the old one."""
    assert may(role, Act.CHANGE_PIN)
