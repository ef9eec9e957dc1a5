"""Who may do what at the terminal, as data.

Lives here: roles, acts, and the table between them. Not here: how somebody shows to be one of a
role (`pin`, `card`), how a page asks (`edge.web.guard`). Board, names and status are nobody's
act: they stay open to all. Source: DESIGN sections 1, 9 and 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Role(StrEnum):
    """What somebody is at this terminal."""

    SECRETARY = "secretary"  # thư ký, and the committee member whose card opens the desk
    OFFICER = "officer"  # cán bộ at the counter
    TECHNICIAN = "technician"  # kỹ thuật viên


@unique
class Act(StrEnum):
    """What the terminal does only for somebody of a role."""

    DESK = "desk"
    """See the desk: who is here, why a card was refused."""
    OPEN_MEETING = "open-meeting"
    """Open one, in practice too, and change what it was opened with."""
    CONFIRM = "confirm"
    """Record a card that could not be decided, by one touch."""
    HAND_ENTRY = "hand-entry"
    ABSENCE = "absence"
    DEPARTURE = "departure"
    ADD_PERSON = "add-person"
    ANNUL = "annul"
    CORRECT = "correct"
    """Wish that the standing roster be corrected (đề nghị sửa)."""
    ANNOUNCE = "announce"
    """Read the figures aloud, and copy them into the minutes."""
    CLOSE = "close"
    """Close the meeting and sign its sheet."""
    SUPPLEMENT = "supplement"
    """Annul or add after closing."""
    SHEET = "sheet"
    """See the sheet of a meeting."""
    EXPORT = "export"
    """Let a sheet leave the terminal, on paper or as a file."""
    PHONE = "phone"
    """Put the terminal's own Wi-Fi up, and see what lets a phone onto it."""
    JOIN_DOOR = "join-door"
    """Let another terminal take part in the meeting."""
    COUNTER = "counter"
    PAIR = "pair"
    """Pair a back office's page with this terminal, and let it go again."""
    HANDOVER = "handover"
    """Hand new cards over (phát thẻ)."""
    CARRY = "carry"
    """Bring records to a stick and lists from it."""
    IMPORT_ROSTER = "import-roster"
    SETTINGS = "settings"
    TEST_SIGNALS = "test-signals"
    SUPPORT = "support"
    """Make the technician's bundle, without names."""
    SET_TIME = "set-time"
    CHANGE_PIN = "change-pin"
    """One's own."""
    PEOPLE = "people"
    """Everybody's PINs."""
    PROVISION = "provision"
    UPDATE = "update"
    WIPE = "wipe"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do an act; `pin`: the role's PIN is asked on top of an open desk."""

    roles: frozenset[Role]
    pin: bool = False


_SECRETARY = frozenset({Role.SECRETARY})
_OFFICER = frozenset({Role.OFFICER})
_TECHNICIAN = frozenset({Role.TECHNICIAN})

RULES: Mapping[Act, Rule] = {
    Act.DESK: Rule(_SECRETARY),
    Act.OPEN_MEETING: Rule(_SECRETARY),
    Act.CONFIRM: Rule(_SECRETARY),
    Act.HAND_ENTRY: Rule(_SECRETARY),
    Act.ABSENCE: Rule(_SECRETARY),
    Act.DEPARTURE: Rule(_SECRETARY),
    Act.ADD_PERSON: Rule(_SECRETARY),
    Act.ANNUL: Rule(_SECRETARY),
    Act.CORRECT: Rule(_SECRETARY),
    Act.ANNOUNCE: Rule(_SECRETARY),
    Act.CLOSE: Rule(_SECRETARY, pin=True),
    Act.SUPPLEMENT: Rule(_SECRETARY, pin=True),
    Act.SHEET: Rule(_SECRETARY),
    Act.EXPORT: Rule(_SECRETARY, pin=True),
    Act.PHONE: Rule(_SECRETARY),
    Act.JOIN_DOOR: Rule(_SECRETARY, pin=True),
    Act.COUNTER: Rule(_OFFICER),
    Act.PAIR: Rule(_OFFICER | _TECHNICIAN, pin=True),
    Act.HANDOVER: Rule(_OFFICER),
    Act.CARRY: Rule(_SECRETARY | _OFFICER | _TECHNICIAN),
    Act.IMPORT_ROSTER: Rule(_SECRETARY | _TECHNICIAN, pin=True),
    Act.SETTINGS: Rule(_TECHNICIAN),
    Act.TEST_SIGNALS: Rule(_SECRETARY | _TECHNICIAN),
    Act.SUPPORT: Rule(_TECHNICIAN),
    Act.SET_TIME: Rule(_SECRETARY | _TECHNICIAN, pin=True),
    Act.CHANGE_PIN: Rule(_SECRETARY | _OFFICER | _TECHNICIAN, pin=True),
    Act.PEOPLE: Rule(_TECHNICIAN, pin=True),
    Act.PROVISION: Rule(_TECHNICIAN, pin=True),
    Act.UPDATE: Rule(_TECHNICIAN, pin=True),
    Act.WIPE: Rule(_TECHNICIAN, pin=True),
}


def may(role: Role, act: Act) -> bool:
    """Return whether somebody of this role may do the act."""
    return role in RULES[act].roles


def asks_pin(act: Act) -> bool:
    """Return whether the act asks the PIN on top of an open desk."""
    return RULES[act].pin
