"""The parts of a closing sheet: which meeting, who, by hand, what was known, what came later.

Lives here: the values of which a sheet is made, each valid by itself. Not here: the sheet itself.

Text and times settle when a part is made: text in NFC without what cannot be printed, times in
whole seconds. So nothing that a roster holds keeps a sheet from being made, and what was written
once reads as the same again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum, unique

from edge.meeting.attendance import FactKind, How
from edge.meeting.figures import HERE, State
from edge.meeting.roster import MAX_PEOPLE, MAX_TEXT, Category
from edge.wire.event import HASH_SIZE, check_epoch, check_terminal
from edge.wire.kinds import HandReason
from verify.freshness import Standing as ListStanding
from verify.moment import TimeQuality

MAX_LATER = 5000  # events of a supplement
MAX_RUNNING = 999  # meetings of one day, supplements of one meeting
MAX_COUNTED = 32  # figures that were read aloud
MAX_CODE = 64  # characters of a code or a list's number

NAMELESS = "?"
"""Stands for a name of which nothing can be printed."""
HANOI = timezone(timedelta(hours=7), "+07")
"""Vietnam's one time, without summer time since 1975: a sheet needs no table of zones."""


@unique
class Role(StrEnum):
    """What somebody was at this meeting besides being there."""

    CHAIR = "chair"  # chủ trì
    SECRETARY = "secretary"  # thư ký


@unique
class Calling(StrEnum):
    """Whether somebody was called to the meeting."""

    CALLED = "called"
    EXEMPT = "exempt"  # được miễn; one who comes counts all the same
    ELSEWHERE = "elsewhere"  # sinh hoạt nơi khác
    NOT_CALLED = "not-called"  # for any other cause, never said


@dataclass(frozen=True, slots=True)
class MeetingId:
    """Which meeting: the terminal, its context, the running number of that local day from 1.

    Raises WireMalformed for a terminal or context that has not its form, ValueError.
    """

    terminal: str
    context: str
    day: date
    running: int

    def __post_init__(self) -> None:
        check_terminal(self.terminal)
        check_epoch(self.context)
        if not 1 <= self.running <= MAX_RUNNING:
            raise ValueError(f"a day has meetings 1 to {MAX_RUNNING}")

    def __str__(self) -> str:
        return f"{self.day.isoformat()}/{self.running}"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One person. `birth_year` only where two on the sheet share the name."""

    name: str = field(repr=False)
    birth_year: int | None = field(repr=False)
    category: Category
    calling: Calling
    state: State
    at: datetime | None = None
    """Since when here."""
    left: datetime | None = None
    how: How | None = None
    reason: HandReason | None = None
    """Why by hand."""
    roles: tuple[Role, ...] = ()

    def __post_init__(self) -> None:
        settle(self, "name", text=MAX_TEXT, empty=NAMELESS)
        settle(self, "at", "left")
        if self.birth_year is not None and not 1 <= self.birth_year <= 9999:
            raise ValueError("a year of birth has up to four digits")
        if self.state is State.NOT_YET:
            raise ValueError("on a sheet everybody has come or is absent")
        if not (self.here == (self.at is not None) == (self.how is not None)):
            raise ValueError("who is here has a time and a way, and nobody else has")
        if (self.left is not None) != (self.state is State.LEFT_EARLY):
            raise ValueError("who left early has the time of it, and nobody else has")
        if self.reason is not None and self.how is not How.HAND:
            raise ValueError("only an entry by hand has a reason")
        if list(self.roles) != sorted(set(self.roles)):
            raise ValueError("roles are in order and not repeated")

    @property
    def here(self) -> bool:
        """Whether the person came."""
        return self.state in HERE


@dataclass(frozen=True, slots=True)
class HandEntries:
    """How many stand by hand, how many of them the chair confirmed, when and who that was."""

    entries: int
    confirmed: int = 0
    at: datetime | None = None
    by: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        settle(self, "at")
        settle(self, "by", text=MAX_TEXT)
        if not 0 <= self.confirmed <= self.entries <= MAX_PEOPLE:
            raise ValueError("no more entries are confirmed than there are")
        if self.at is None and (self.by is not None or self.confirmed):
            raise ValueError("a confirmation has its time")


@dataclass(frozen=True, slots=True)
class ReadAloud:
    """The figures as they were read aloud (*đọc công bố*), by their names, and when."""

    at: datetime
    figures: Mapping[str, int]

    def __post_init__(self) -> None:
        settle(self, "at")
        if len(self.figures) > MAX_COUNTED or not all(map(_is_figure, self.figures.items())):
            raise ValueError("figures read aloud are named counts")


@dataclass(frozen=True, slots=True)
class CardList:
    """The card status list that judged the cards: its number as shown, of when, how old that is."""

    number: str
    of: datetime
    standing: ListStanding

    def __post_init__(self) -> None:
        settle(self, "number", text=MAX_CODE, empty=NAMELESS)
        settle(self, "of")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the terminal knew at signing, and with that what it did not.

    `cards` None: no list at all. `checked`: when the time was last compared with the centre's.
    """

    cards: CardList | None
    time: TimeQuality
    checked: datetime | None = None

    def __post_init__(self) -> None:
        settle(self, "checked")


@dataclass(frozen=True, slots=True)
class Later:
    """One event after the end.

    `code`: why by hand (HandReason), why annulled (AnnulReason) or how absent (AbsenceOutcome);
    None of every other event: why a card was refused afterwards does not stand on a sheet.
    """

    at: datetime
    kind: FactKind
    name: str | None = field(repr=False)
    code: str | None = None

    def __post_init__(self) -> None:
        settle(self, "at")
        settle(self, "name", text=MAX_TEXT, empty=NAMELESS)
        settle(self, "code", text=MAX_CODE)
        if self.code is not None and self.kind not in _WITH_CODE:
            raise ValueError("an event of this kind gives no reason on a sheet")


_WITH_CODE = frozenset(
    {FactKind.HAND_ENTRY, FactKind.DEPARTURE, FactKind.ANNULLED, FactKind.ABSENCE}
)


@dataclass(frozen=True, slots=True)
class Supplement:
    """What makes a sheet a *biên bản bổ sung*: the how-manieth, to which sheet, about what."""

    number: int
    """1 for the first."""
    of: bytes
    """Digest of the sheet before: the closing sheet, or the supplement before this one."""
    later: tuple[Later, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MAX_RUNNING or len(self.of) != HASH_SIZE:
            raise ValueError("a supplement has a number from 1 and the digest of a sheet")
        if not 1 <= len(self.later) <= MAX_LATER:
            raise ValueError(f"a supplement is about 1 to {MAX_LATER} events")


def local(at: datetime) -> datetime:
    """Return a time as it is in Vietnam."""
    return at.astimezone(HANOI)


def fit(text: str, limit: int) -> str:
    """Return text for paper: NFC, one line, nothing that cannot be printed, up to `limit`.

    Marks of format (category Cf: joiners, directions) go; whatever else cannot be printed counts
    as a space.
    """
    kept = (c for c in text if unicodedata.category(c) != "Cf")
    spaced = "".join(c if c.isprintable() else " " for c in kept)
    return " ".join(unicodedata.normalize("NFC", spaced).split())[:limit].rstrip()


def settle(part: object, *names: str, text: int | None = None, empty: str = "") -> None:
    """Bring fields of a frozen part into the form in which they are kept.

    `text` None: times, ValueError unless in UTC; else texts of up to so many characters, with
    `empty` where nothing is left. None stays.
    """
    for name in names:
        value = getattr(part, name)
        if value is None:
            continue
        settled = _second(value) if text is None else fit(value, text) or empty
        object.__setattr__(part, name, settled)


def _second(at: datetime) -> datetime:
    if at.utcoffset() != timedelta(0):
        raise ValueError("a time is in UTC")
    return at.replace(microsecond=0)


def _is_figure(item: tuple[str, int]) -> bool:
    name, value = item
    named = 0 < len(name) <= MAX_CODE and name.isascii() and name.isidentifier()
    return named and 0 <= value <= MAX_PEOPLE
