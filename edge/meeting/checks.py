"""What is left to do before a meeting ends, as a value: the check list of its closing.

Lives here: what the list says of a meeting. Not here: words and page (`edge.web.closing`), closing
itself (`book`).
Source: DESIGN section 9 (closing); 42-HD/BTCTW (absent with or without a reason).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from edge.log.due import KEPT
from edge.meeting.attendance import FactKind, How
from edge.meeting.figures import State
from edge.meeting.roster import Person
from edge.meeting.sitting import Sitting

_UNCONFIRMED = "UNCONFIRMED"


@dataclass(frozen=True, slots=True)
class ByHand:
    """Somebody present by hand, and why (`HandReason`)."""

    person: Person = field(repr=False)
    reason: str | None


@dataclass(frozen=True, slots=True)
class Checks:
    """The check list of one meeting."""

    unstated: tuple[Person, ...] = field(repr=False)
    """Called, not here, nothing said: absent without a reason once the meeting ends."""
    waiting: tuple[str, ...] = field(repr=False)
    """Names of those whose card left doubt, and nobody has touched the button yet."""
    touched: tuple[str, ...] = field(repr=False)
    """Names of those who count by that touch."""
    by_hand: tuple[ByHand, ...]
    confirmed: bool
    """Whether the chair has confirmed each entry by hand that stands."""
    announced: datetime | None
    chair: Person | None = field(repr=False)
    secretary: Person | None = field(repr=False)
    kept_until: datetime
    """When names leave the terminal at the latest."""

    @property
    def open(self) -> int:
        """Return how many things are left to do before signing."""
        return sum((bool(self.unstated), not self.confirmed, self.announced is None))


def checks(sitting: Sitting) -> Checks:
    """Return the check list of a meeting as it stands."""
    entries = sitting.by_hand
    held = {line.person.id: line for line in sitting.lines}
    by_hand = tuple(
        ByHand(line.person, line.reason)
        for line in sitting.lines
        if line.presence is not None and line.presence.how is How.HAND
    )
    named = sitting.confirmed.entries if sitting.confirmed is not None else frozenset()
    waiting = {
        entry.name: None
        for entry in sitting.entries
        if entry.kind is FactKind.CHECK_IN
        and entry.outcome == _UNCONFIRMED
        and entry.seq not in sitting.undone
        and entry.name is not None
        and entry.person_id in held
        and held[entry.person_id].presence is None
    }
    return Checks(
        unstated=tuple(line.person for line in sitting.lines if line.state is State.NOT_YET),
        waiting=tuple(waiting),
        touched=tuple(
            line.person.name
            for line in sitting.lines
            if line.presence is not None and line.presence.how is How.TOUCH
        ),
        by_hand=by_hand,
        confirmed=all(entry.seq in named for entry in entries),
        announced=None if sitting.announced is None else sitting.announced.at,
        chair=_officer(sitting, sitting.opening.chair),
        secretary=_officer(sitting, sitting.opening.secretary),
        kept_until=sitting.opened_at + KEPT,
    )


def _officer(sitting: Sitting, person_id: str | None) -> Person | None:
    return None if person_id is None else sitting.roster.by_id(person_id)
