"""What a meeting is opened with: kind, hours, officers, rules; defaults so that two touches do.

Lives here: the value, its JSON form in the log, the defaults of each kind. Not here: the roster
(`roster`), what happens afterwards (`attendance`, `book`).
Sources: 42-HD/BTCTW (a cell meets monthly; a secretary is elected at the opening), TERMS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from typing import Any

from edge.errors import MeetingState
from edge.meeting.quorum import PRESETS, Preset, QuorumRule
from edge.meeting.rules import Kind

MAX_TEXT = 120  # characters of a title or a place
MAX_LATE = 240  # minutes
MAX_QUORUMS = 8


@unique
class PhotoPolicy(StrEnum):
    """What becomes of the card's photo at this meeting's door."""

    NONE = "none"
    """It is compared with its signed hash and not shown."""
    GLANCE = "glance"
    """Shown at the desk beside the result."""
    HOLD = "hold"
    """Shown, and nothing turns green before it is there: the card is to be held still."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A meeting as it was opened, or amended since. Raises MeetingState for what it cannot be.

    `title` says what the kind does not ("tháng 11/2026", "mục 5: kết nạp"); `begins` is the hour it
    was called for, UTC; `late_minutes` after it somebody is late, None for a meeting that knows no
    lateness. `chair` and `secretary` are roster ids.
    """

    kind: Kind
    title: str = ""
    place: str = ""
    begins: datetime | None = None
    late_minutes: int | None = None
    photo: PhotoPolicy = PhotoPolicy.GLANCE
    quorums: tuple[QuorumRule, ...] = field(default=())
    chair: str | None = None
    secretary: str | None = None

    def __post_init__(self) -> None:
        for text in (self.title, self.place):
            if len(text) > MAX_TEXT or not (text.isprintable() or not text):
                raise _wrong(f"a title or place has up to {MAX_TEXT} printable characters")
        if self.late_minutes is not None and not 0 <= self.late_minutes <= MAX_LATE:
            raise _wrong(f"lateness begins 0 to {MAX_LATE} minutes after the hour")
        if len(self.quorums) > MAX_QUORUMS:
            raise _wrong(f"a meeting has up to {MAX_QUORUMS} quorum rules")

    @property
    def late_after(self) -> datetime | None:
        """Return the moment after which somebody who comes is late, None where there is none."""
        if self.begins is None or self.late_minutes is None:
            return None
        return self.begins + timedelta(minutes=self.late_minutes)

    def to_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "kind": self.kind.value,
            "title": self.title,
            "place": self.place,
            "begins": None if self.begins is None else self.begins.isoformat(timespec="seconds"),
            "late_minutes": self.late_minutes,
            "photo": self.photo.value,
            "quorums": [rule.to_object() for rule in self.quorums],
            "chair": self.chair,
            "secretary": self.secretary,
        }

    @classmethod
    def from_object(cls, fields: Mapping[str, Any]) -> Opening:
        """Read the JSON object. Raises MeetingState for another form."""
        try:
            begins = fields["begins"]
            return cls(
                kind=Kind(fields["kind"]),
                title=str(fields["title"]),
                place=str(fields["place"]),
                begins=None if begins is None else _utc(begins),
                late_minutes=_whole(fields["late_minutes"]),
                photo=PhotoPolicy(fields["photo"]),
                quorums=tuple(QuorumRule.from_object(rule) for rule in fields["quorums"]),
                chair=_name(fields["chair"]),
                secretary=_name(fields["secretary"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _wrong("it was opened by another version of this program") from error


def default(kind: Kind, *, begins: datetime | None = None) -> Opening:
    """Return what a meeting of this kind is opened with where nobody says otherwise.

    A monthly meeting has no quorum: none is known for it. A congress has that of its rules.
    """
    congress = kind in (Kind.MEMBERS_CONGRESS, Kind.DELEGATES_CONGRESS)
    quorums = (PRESETS[Preset.CONGRESS][0],) if congress else ()
    return Opening(kind, begins=begins, late_minutes=DEFAULT_LATE, quorums=quorums)


DEFAULT_LATE = 15  # minutes


def _utc(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC)


def _whole(value: object) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError("not a whole number")
    return value


def _name(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("not a roster id")
    return value


def _wrong(why: str) -> MeetingState:
    return MeetingState(
        f"The meeting cannot be opened so: {why}.",
        next_step="Correct the entry, or open the meeting with what its kind brings along.",
    )
