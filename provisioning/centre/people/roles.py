"""Who may do what at the centre, as data.

Lives here: roles, acts, and the table between them. Not here: how somebody shows to be one of a
role (`accounts`, `sessions`), how a page asks (`provisioning.centre.pages.guard`).
Source: DESIGN sections 12 and 13.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique


@unique
class Role(StrEnum):
    """What somebody is at this centre; each may do all that the ones before may."""

    VIEWER = "viewer"
    """Sees terminals, organisations and figures."""
    OPERATOR = "operator"
    """Looks after the terminals: approves, alarms, what is set aside, files."""
    ADMINISTRATOR = "administrator"
    """Also sees who the operators are and what they did."""


@unique
class Act(StrEnum):
    """What the centre does only for somebody of a role."""

    OWN_PASSWORD = "own-password"  # noqa: S105 -- the act's name
    """Change one's own password, and leave."""
    FLEET = "fleet"
    """See the terminals: when they came last, what they hold."""
    APPROVE = "approve"
    """Decide about a terminal that asks to be let in."""
    ALARMS = "alarms"
    """See what somebody has to look at."""
    MEETINGS = "meetings"
    """See meetings and attendance as figures; no name is among them."""
    ORGANISATIONS = "organisations"
    SETTLE = "settle"
    """Note that an alarm was looked at, and what came of it."""
    ASIDE = "aside"
    """See what was set aside, as it came."""
    REVERIFIED = "reverified"
    """See what became of check-ins that lacked certainty."""
    EXPORT = "export"
    """Let a table leave the centre as a file."""
    OPERATORS = "operators"
    """See who the operators are."""
    AUDIT = "audit"
    """See what operators did."""


_ALL = frozenset(Role)
_WORKING = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

RULES: Mapping[Act, frozenset[Role]] = {
    Act.OWN_PASSWORD: _ALL,
    Act.FLEET: _ALL,
    Act.APPROVE: _WORKING,
    Act.ALARMS: _ALL,
    Act.MEETINGS: _ALL,
    Act.ORGANISATIONS: _ALL,
    Act.SETTLE: _WORKING,
    Act.ASIDE: _WORKING,
    Act.REVERIFIED: _WORKING,
    Act.EXPORT: _WORKING,
    Act.OPERATORS: _ADMINISTRATORS,
    Act.AUDIT: _ADMINISTRATORS,
}


def may(role: Role, act: Act) -> bool:
    """Return whether somebody of this role may do the act."""
    return role in RULES[act]
