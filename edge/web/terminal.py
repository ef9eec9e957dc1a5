"""What the pages need of a running terminal: the seam that `edge.service` fills.

Views are frozen and carry no word of any language; templates choose the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from edge.meeting.attendance import FactKind
from edge.meeting.desk import MeetingDesk
from edge.meeting.figures import HERE, Figures, State
from edge.meeting.planned import Planned
from edge.meeting.quorum import QuorumResult
from edge.meeting.roster import Roster
from edge.repository.outcome import RepositoryResult
from edge.stick_desk import StickAct, SticksView
from edge.sync.courier_ledger import Passage
from edge.tap.scene import Scene, SceneState
from verify.freshness import Standing
from verify.moment import TimeQuality

if TYPE_CHECKING:
    from edge.care.desk import DiagnosisDesk
    from edge.meeting.sheets import Sheets
    from edge.phones.desk import PhoneDesk
    from edge.procedure.desk import CounterDesk
    from edge.procedure.handover_desk import HandoverDesk


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the meeting as the desk shows them."""

    id: str
    name: str = field(repr=False)
    category: str
    """`official`, `probationary`, `guest`, ... (`edge.meeting.roster.Category`)."""
    state: State
    since: datetime | None = None
    left: datetime | None = None
    how: str | None = None
    """`card` or `hand`."""
    reason: str | None = field(default=None, repr=False)
    """Why by hand, a code (`edge.wire.kinds.HandReason`); why absent, in the desk's words."""
    by: int | None = None
    """The event that says so, which may be annulled."""
    waiting: int | None = None
    """The UNCONFIRMED check-in that waits for the secretary's touch."""
    birth_year: int | None = None
    has_card: bool = True
    summoned: bool = True
    """Whether the person is one of those called, whom the figures count."""
    counted: bool = False
    """Whether the person is one of those counted as present."""
    standing: str = "active"
    """`edge.meeting.roster.Standing`; never shown on the public board."""

    @property
    def here(self) -> bool:
        """Whether the person came."""
        return self.state in HERE


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One of the last five results at the desk."""

    seq: int
    state: SceneState
    at: datetime
    person: str | None = field(default=None, repr=False)
    reason: str | None = None
    first_at: datetime | None = None
    withdrawn: bool = False
    """Its presence was taken back by a later result."""
    kind: FactKind = FactKind.CHECK_IN
    outcome: str | None = None
    person_id: str | None = None
    """Who of the list it is about."""
    note: str | None = field(default=None, repr=False)
    """What the secretary wrote."""
    annullable: bool = False
    """Whether it says something that still stands and may be taken back."""
    here: bool = False
    """Whether its person was counted as here, by whatever event."""


@dataclass(frozen=True, slots=True)
class MeetingView:
    """The open meeting."""

    organisation: str
    kind: str
    """`edge.meeting.rules.Kind` value, e.g. `regular`."""
    opened_at: datetime
    figures: Figures
    people: tuple[PersonRow, ...] = field(repr=False)
    recent: tuple[ResultRow, ...] = field(repr=False)
    waiting: tuple[ResultRow, ...] = field(default=(), repr=False)
    """Every UNCONFIRMED check-in that still waits for a touch, the latest first."""
    title: str = ""
    """What the kind does not say."""
    practice: bool = False
    """Nothing of it counts."""
    votes: QuorumResult | None = None
    """Those here who may vote, of those called."""
    leaving: bool = False
    """Whether a card laid now means that somebody leaves (*Ra về*)."""

    @property
    def summoned(self) -> int:
        """Return how many are called to the meeting."""
        return self.figures.summoned

    @property
    def present(self) -> int:
        """Return how many are counted as present."""
        return self.figures.present


@dataclass(frozen=True, slots=True)
class ListAge:
    """One revocation list: what it is for, its number, its age.

    `fresh`: by policy and the terminal's clock, as the next card will be judged; `standing`: what
    of that is proved.
    """

    purpose: str
    number: str
    this_update: datetime
    age: timedelta
    fresh: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class RepositoryView:
    """The repository that this terminal fetches from: the last pass, and the last good one."""

    last: RepositoryResult | None = None
    good_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboxView:
    """What was taken of the inbox, by number."""

    high_water: int
    missing: int
    """How many numbers below the highest known one have not come."""
    set_aside: int


@dataclass(frozen=True, slots=True)
class StatusView:
    """What the terminal knows of itself; always answers."""

    terminal: str
    version: str
    now: datetime
    time_quality: TimeQuality
    reader: str | None
    """Name of the connected reader, None while waiting."""
    reader_waiting_for: str | None
    """`pcsc`, `reader`, `card`."""
    lists: tuple[ListAge, ...]
    last_sync: datetime | None
    online: bool
    unsent: int
    log_events: int
    locked: str | None
    """Fault code while recording is locked (`edge.log.fault.LogFault`)."""
    troubles: tuple[str, ...] = ()
    """What else is missing or damaged, as codes (`edge.tap.fault.Fault`)."""
    scanner: str | None = None
    """How the scanner is (`edge.signals.scanner.ScannerState`); None: the terminal has none."""
    counters: Mapping[str, int] = field(default_factory=dict)
    repository: RepositoryView | None = None
    """None where none is configured."""
    carried: Passage | None = None
    """When records last went onto a stick; None for never."""
    inbox: InboxView | None = None
    """None for a terminal without a certificate or a trust list, which has no inbox."""
    waiting_profiles: tuple[str, ...] = ()
    """Card profiles that were delivered and count after the next start."""
    left_version: str | None = None
    """Of the program: tried last, and left for the one before by itself; None for none."""


class Terminal(Protocol):
    """The terminal behind the pages. Every method is safe to call from any thread."""

    @property
    def organisation(self) -> str:
        """Return the organisation whose roster is loaded."""

    def scene(self) -> Scene:
        """Return what is shown now."""

    def wait_scene(self, after: int, seconds: float) -> Scene:
        """Return the next scene newer than `after`, or the current one after `seconds`."""

    def meeting(self) -> MeetingView | None:
        """Return the open meeting, None where none is."""

    def status(self) -> StatusView:
        """Return the terminal's state."""

    def committee(self) -> tuple[PersonRow, ...]:
        """Return the committee members, whose cards open the desk."""

    @property
    def desk(self) -> MeetingDesk:
        """Return the acts of the desk on the open meeting."""

    @property
    def sheets(self) -> Sheets:
        """Return the sheets of closed meetings."""

    def take_roster(self, roster: Roster) -> None:
        """Seal and use a new standing roster. Raises edge.errors.EdgeError."""

    def called(self) -> tuple[Planned, ...]:
        """Return the meetings that the centre calls, soonest first."""

    def forget_called(self, meeting: str) -> None:
        """Forget a called meeting: it was opened. One that is not there is no error."""

    def open_meeting(self, kind: str, *, by: str | None = None) -> None:
        """Open a meeting of this kind over the standing roster. Raises edge.errors.EdgeError."""

    def close_meeting(self, *, by: str | None = None) -> None:
        """Close the open meeting. Raises edge.errors.EdgeError."""

    def choose_person(self, person_id: str) -> None:
        """Somebody touched this name; holds for the card on the reader or the next one."""

    def enter_can(self, digits: str) -> None:
        """Six digits from the on-screen keypad. Raises edge.errors.EdgeError where malformed."""

    def cancel_choice(self) -> None:
        """Forget a chosen name or typed number."""

    def confirm(self, seq: int, *, by: str | None = None) -> None:
        """Record the person of UNCONFIRMED event `seq` as present. Raises EdgeError."""

    @property
    def counter(self) -> CounterDesk:
        """Return the counter: questions that a card answers, and the day's receipts."""

    @property
    def handover(self) -> HandoverDesk:
        """Return the batch of new cards that are handed over."""

    def asked_at_counter(self) -> bool:
        """Whether somebody at the counter waits for a card; costs nothing where none is asked."""

    @property
    def diagnosis(self) -> DiagnosisDesk:
        """Return the terminal's look at itself."""

    def support_bundle(self) -> bytes:
        """Return what a colleague needs, as a ZIP that names nobody; takes some seconds."""

    def shows_diagnosis(self) -> bool:
        """Whether the status button asks for the screen; costs nothing where none was held."""

    @property
    def phones(self) -> PhoneDesk | None:
        """Return the Wi-Fi for phones, None for a terminal without one."""

    def begin_phones(self) -> None:
        """Put it up for the open meeting, or for the next one; it is no act of the meeting's."""

    def sticks(self) -> SticksView:
        """Return which sticks are plugged in, and how the last act on one ended."""

    def carry(self, act: StickAct, stick: str, *, by: str | None = None) -> None:
        """Begin an act on the stick of this name. Raises edge.errors.StickFailed."""
