"""Attendance kept up fact by fact: what `attendance.fold` says of all of them, at each one's cost.

Lives here: the register. Not here: what a fact does (`attendance`). For one thread, or under the
caller's lock; facts come in the order of their numbers.

A congress has ten thousand people, and a tap must not pay for them: only the facts of the person
concerned are folded again.
"""

from __future__ import annotations

from types import MappingProxyType

from edge.meeting.attendance import UNDOING, Absence, Attendance, Fact, FactKind, Presence, fold

_Home = bytes | str


class Register:
    """The facts of one meeting and who is present by them."""

    def __init__(self) -> None:
        self._facts: dict[_Home, list[Fact]] = {}
        self._home: dict[int, _Home] = {}
        self._present: dict[bytes, Presence] = {}
        self._absences: dict[str, Absence] = {}
        self._snapshot: Attendance | None = None

    def add(self, fact: Fact) -> None:
        """Take the next fact."""
        home = self._home_of(fact)
        if home is None:
            return
        self._home[fact.seq] = home
        facts = self._facts.setdefault(home, [])
        facts.append(fact)
        part = fold(facts)
        if isinstance(home, bytes):
            self._present.pop(home, None)
            self._present.update(part.present)
        else:
            self._absences.pop(home, None)
            self._absences.update(part.absences)
        self._snapshot = None

    def presence(self, tag: bytes | None) -> Presence | None:
        """Return the presence of a pseudonym, None for none."""
        return None if tag is None else self._present.get(tag)

    @property
    def attendance(self) -> Attendance:
        """Return the state after the facts taken, the same value until the next one."""
        if self._snapshot is None:
            self._snapshot = Attendance(
                MappingProxyType(dict(self._present)), MappingProxyType(dict(self._absences))
            )
        return self._snapshot

    def _home_of(self, fact: Fact) -> _Home | None:
        """Return whose facts this one belongs to: an undoing one to what it undoes."""
        if fact.kind in UNDOING:
            return self._home.get(fact.of) if fact.of is not None else None
        return fact.person_id if fact.kind is FactKind.ABSENCE else fact.tag
