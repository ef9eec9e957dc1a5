"""A meeting that the centre calls: what it is opened with, before anybody opened it.

Lives here: the value and its JSON form. Not here: how it came here (`edge.sync.inbox`), opening
(`book`), the page that offers it (`edge.web.sitting`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from edge.errors import MeetingState
from edge.meeting.opening import Opening
from edge.meeting.roster import Roster

ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Planned:
    """One meeting that is called. `id`: 32 hexadecimal digits, the centre's name for it."""

    id: str
    opening: Opening = field(repr=False)

    def fitted(self, roster: Roster | None) -> Opening:
        """Return what it is opened with over a roster: officers whom that has not stay unnamed."""

        def known(person_id: str | None) -> str | None:
            if person_id is None or roster is None or roster.by_id(person_id) is None:
                return None
            return person_id

        opening = self.opening
        return replace(opening, chair=known(opening.chair), secretary=known(opening.secretary))

    def to_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"id": self.id, "opening": self.opening.to_object()}

    @classmethod
    def from_object(cls, fields: Mapping[str, Any]) -> Planned:
        """Read the JSON object. Raises MeetingState for another form."""
        name, opening = fields.get("id"), fields.get("opening")
        if set(fields) != {"id", "opening"} or not isinstance(opening, dict):
            raise _unusable("it has not the documented fields")
        if not isinstance(name, str) or ID.fullmatch(name) is None:
            raise _unusable("its id has not its form")
        return cls(name, Opening.from_object(opening))


def _unusable(why: str) -> MeetingState:
    return MeetingState(
        f"The called meeting cannot be used: {why}.",
        next_step="Open the meeting at the desk by its kind; tell the office.",
    )
