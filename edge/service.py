"""The running terminal: builds every part once, starts the threads, answers the pages.

Lives here: which parts there are, their threads, the views that board and desk are shown. Not here:
making each part (`service_parts`, `service_ways`), any rule. The service always starts: what is
missing locks recording or reading and says so, and the status always answers.

Threads: one talks to cards (`TapLoop`), one to the centre (`Uplink`), one to the repository
(`Follower`), one asks for questions where the centre has some, one reads the scanner, one looks
after the log (`Upkeep`), some serve pages. They meet in the stage, the book and the log, each of
which is safe to share.
"""

from __future__ import annotations

import logging
import re
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crl.status import Purpose
from edge import program, service_parts, service_ways
from edge.clock import Clock
from edge.config import Config
from edge.enrol.due import is_due
from edge.errors import (
    ConfigInvalid,
    EdgeError,
    InboxNotKept,
    LogDamaged,
    MeetingState,
    RecordingLocked,
)
from edge.holdings import Holdings
from edge.layout import PAIRINGS, StateLayout
from edge.log.append import EventLog
from edge.log.fault import LogFault
from edge.log.scratch import ScratchLog
from edge.log.upkeep import Upkeep
from edge.meeting.book import MeetingBook
from edge.meeting.desk import MeetingDesk
from edge.meeting.opening import default
from edge.meeting.planned import Planned
from edge.meeting.roster import Roster
from edge.meeting.rules import Kind
from edge.procedure.pairing_fault import PairingFault
from edge.repository.release import Release
from edge.signals.button import build_button
from edge.signals.panel import build_signals
from edge.signals.patterns import Signal
from edge.stick_desk import StickAct, SticksView
from edge.sync.fetch_inbox import InboxFetch
from edge.sync.inbox import Outcome
from edge.sync.repeat import PassLoop
from edge.sync.support_out import SupportOut
from edge.sync.take_inbox import take_inbox
from edge.sync.uplink import UplinkResult, UplinkState
from edge.tap.desk import DeskDoor
from edge.tap.errand import Errand, TapResult
from edge.tap.fault import Fault
from edge.tap.flow import Read, TapLoop
from edge.tap.inputs import InputBox
from edge.tap.photo import portrait
from edge.tap.scene import Scene, SceneState, Stage
from edge.views import committee_view, inbox_view, list_ages, meeting_view
from edge.watchdog import READY, Signs, Supervisor, Watchdog, answers
from edge.web.app import create_app
from edge.web.serving import PageServer
from edge.web.terminal import MeetingView, PersonRow, RepositoryView, StatusView
from edge.wire.event import timestamp
from edge.wire.report import Report
from reader.read import read
from reader.watch import Watcher
from verify.errors import MasterListRefused, PolicyRefused
from verify.moment import Moment
from verify.pipeline import verify_file

if TYPE_CHECKING:
    from edge.care.check import State
    from edge.care.desk import DiagnosisDesk
    from edge.enrol.renewal import Renewal
    from edge.meeting.sheets import Sheets
    from edge.phones.desk import PhoneDesk
    from edge.procedure.desk import CounterDesk
    from edge.procedure.handover_desk import HandoverDesk
    from edge.procedure.pairings import Pairings
    from edge.procedure.terminal import Terminal
    from edge.sync.farewell import Farewell

STOP_SECONDS = 5.0
ALIVE_PAGE = "/api/v1/status"
"""What the watchdog asks for: it goes through pages, log, lists and inbox."""

_OF_ITSELF = {"ok": Signal.WELL, "attention": Signal.ATTEND, "fault": Signal.UNWELL}
"""What lamp and buzzer tell of a diagnosis, by its state; `unknown` is never a whole one's."""

log = logging.getLogger("tramthe.service")


class Service:
    """One terminal. `start` returns once it serves; `stop` ends all it started.

    Implements `edge.web.terminal.Terminal`. `on_result` is told how each laying ended.
    """

    _questions: PassLoop | None = None
    _phones: PhoneDesk | None = None

    def __init__(
        self,
        config: Config,
        watcher: Watcher,
        *,
        on_result: Callable[[TapResult], None] = lambda _: None,
        read_card: Read = read,
    ) -> None:
        self._config = config
        layout = StateLayout(config.state)
        service_parts.make_folder(layout.root)
        self.clock = Clock(layout.floor)
        self.holdings = Holdings(layout.holdings, start_anyway=True)
        for sighting in self.holdings.revocation.sightings(self.clock.time()):
            self.clock.saw_verified_list(sighting)
        self.identity, keyless = service_parts.identity(layout, config)
        self.log = EventLog(
            layout.log,
            config.terminal,
            None if self.identity is None else self.identity.wrap_key,
            service_parts.seal_key(self.holdings),
            durable=not config.volatile_state,
            keyless=keyless,
        )
        roster, self._roster_trouble = service_parts.roster(self.holdings)
        self.book = MeetingBook(self.log, roster, self._practice_log)
        self.people = service_parts.doorkeeper(layout, config, self.identity)
        self._pairings: Pairings | None = None
        self._handover: HandoverDesk | None = None
        self._upkeep = Upkeep(self.log, self.clock.now, self._ended)
        self._upkeep.forget()
        self.desk = MeetingDesk(self.book, self.clock.now, self._changed)
        self._take_up_meeting()
        self._diagnosis: DiagnosisDesk | None = None
        self._counter: CounterDesk | None = None
        self._making = threading.Lock()
        self.inputs = InputBox(time.monotonic)
        self.stage = Stage(Scene(SceneState.IDLE, self.clock.time()))
        self.stopping = threading.Event()
        self._closed = False
        self._sync: UplinkResult | None = None
        self._synced: UplinkResult | None = None
        self._tap = TapLoop(
            watcher=watcher,
            read=read_card,
            judge=self.holdings.judge,
            check_late=verify_file,
            photo=portrait,
            book=self.book,
            stage=self.stage,
            inputs=self.inputs,
            now=self.clock.now,
            monotonic=time.monotonic,
            profiles=self.holdings.profiles,
            on_result=self._tapped(on_result),
            desks=DeskDoor(self.people.visits.anybody_asks, self.people.card_laid),
            test_card=config.test_card,
            others=(self._at_counter, self._at_batch),
        )
        self._scanner = service_parts.scanner(self, config)
        self._signals = build_signals(service_parts.signal_config(config))
        self._signalled: tuple[object, ...] = ()
        self._button = build_button(config.button_pin, self._button_held)
        self.stage.listen(self._signal)
        self.line = service_ways.line(self, config)
        self.inbox = service_ways.inbox(self, layout)
        self._inbox_row = service_ways.inbox_row(self.inbox)
        self._fetch = service_ways.inbox_fetch(self, config)
        self._loop = service_ways.uplink(self, config)
        self._follower = service_ways.follower(self, config, layout)
        self._sticks = service_parts.stick_desk(self, config, layout)
        self._threads: list[threading.Thread] = []
        names = ("127.0.0.1", "localhost", config.listen)
        hosts = {f"{host}:{config.port}" for host in names}
        app = create_app(
            self,
            self.people,
            lambda: self.pairings,
            allowed_hosts=frozenset(hosts),
            secret=secrets.token_bytes(32),
            counter_hosts=config.counter_hosts,
            own_wifi=service_parts.wifi_host(config),
        )
        try:
            self.pages = PageServer(app, config.listen, config.port)
        except OSError:
            self._put_out()
            self.log.close()
            raise

    def _practice_log(self) -> EventLog:
        """Return a log for a practice meeting; nothing of it is kept or sent."""
        return ScratchLog(self._config.terminal)

    def _take_up_meeting(self) -> None:
        """Go on with the meeting that was open when the power went."""
        try:
            self.book.resume()
        except EdgeError as error:
            log.error("the open meeting cannot be taken up: %s", error.message)

    def start(self) -> None:
        """Start the threads."""
        self._thread("tap", lambda: self._tap.run(self.stopping))
        self._thread("web", self.pages.run)
        self._thread("people", lambda: self.people.waits.run(self.stopping))
        self._thread("log", lambda: self._upkeep.run(self.stopping))
        if self._loop is not None:
            self._thread("sync", self._loop.run)
        if self._farewell is not None:
            self._thread("farewell", self._farewell.run)
        if self._follower is not None:
            self._thread("repository", self._follower.run)
        self._questions = service_ways.questions(self, self._config)
        if self._questions is not None:
            self._thread("questions", self._questions.run)
        if self._scanner is not None:
            self._thread("scanner", self._scanner.run)

    def stop(self) -> None:
        """Stop taking cards, finish what is being written, close; harmless when repeated."""
        if self._closed:
            return
        self._closed = True
        self.stopping.set()
        if self._phones is not None:
            self._phones.stop(STOP_SECONDS)
        for loop in (self._loop, self._farewell, self._follower, self._questions):
            if loop is not None:
                loop.stop()
        self.pages.stop()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self._put_out()
        self.log.close()

    def _put_out(self) -> None:
        """Give lamp, buzzer and button back."""
        if self._button is not None:
            self._button.close()
        if self._diagnosis is not None:
            self._diagnosis.hide()
        self._signals.close()

    def watched_by(self, supervisor: Supervisor) -> None:
        """Tell the supervisor that this terminal is ready, and from then on that it works."""
        host, port = self._config.listen, self._config.port
        signs = Signs(
            lambda: self._tap.turns, self._lost_thread, lambda: answers(host, port, ALIVE_PAGE)
        )
        supervisor.tell(READY)
        self._thread("watchdog", lambda: Watchdog(supervisor, signs).run(self.stopping))

    def _lost_thread(self) -> str | None:
        """Return the name of a thread that ended though nobody stopped it."""
        return next((one.name for one in self._threads if not one.is_alive()), None)

    # The pages' seam

    @property
    def organisation(self) -> str:
        """Return the organisation whose roster is loaded."""
        roster = self.book.roster
        return roster.organisation if roster is not None else ""

    def scene(self) -> Scene:
        """Return what is shown now."""
        return self.stage.scene

    def wait_scene(self, after: int, seconds: float) -> Scene:
        """Return the next scene newer than `after`, or the current one after `seconds`."""
        return self.stage.wait(after, seconds)

    def meeting(self) -> MeetingView | None:
        """Return the open meeting, None where none is."""
        sitting = self.book.sitting
        return None if sitting is None else meeting_view(sitting)

    def status(self) -> StatusView:
        """Return the terminal's state; answers whatever is broken."""
        now = self.clock.now()
        synced = self._synced
        lists = self.holdings.revocation
        return StatusView(
            terminal=self._config.terminal,
            version=program.running(),
            now=now.at,
            time_quality=now.quality,
            reader=self._tap.reader,
            reader_waiting_for=None if self._tap.reader else self._tap.waiting_for,
            lists=list_ages(lists.believed(now.at), self.holdings.policy, now, self.clock.floor),
            last_sync=None if synced is None else synced.at,
            online=self._sync is not None and self._sync.state is UplinkState.UP_TO_DATE,
            unsent=self._unsent(),
            log_events=self.log.head().seq,
            locked=self.log.fault,
            troubles=self._troubles(now),
            scanner=None if self._scanner is None else self._scanner.state.value,
            counters=self.people.counters,
            repository=self._repository(),
            inbox=None if self._inbox_row is None else inbox_view(self._inbox_row),
            carried=self._sticks.carried,
            waiting_profiles=self.holdings.waiting_profiles(),
            left_version=self._left_version(),
        )

    def report(self, now: Moment) -> Report:
        """Return what the terminal tells the centre of itself; names nobody."""
        lists = self.holdings.revocation.believed(now.at).items()
        found = next((one for key, one in lists if key.purpose is Purpose.CARD_STATUS), None)
        return Report(
            terminal=self._config.terminal,
            at=timestamp(now.at),
            quality=now.quality,
            version=program.running(),
            epoch=self.log.epoch,
            seq=self.log.head().seq,
            queued=self._unsent(),
            list_number=None if found is None else f"{found.number:x}",
            list_at=None if found is None else timestamp(found.this_update),
        )

    @cached_property
    def sheets(self) -> Sheets:
        """The sheets of closed meetings, loaded with the first page that shows one."""
        from edge.meeting.sheet_jws import identity_signer  # not at the start
        from edge.meeting.sheets import Sheets

        identity = self.identity
        return Sheets(
            self.log,
            self.book,
            self._config.terminal,
            None if identity is None else identity_signer(lambda: identity.pair),
            self.clock.now,
        )

    @property
    def pairings(self) -> Pairings:
        """Return the back offices' pages that may ask, read at first use."""
        from edge.procedure.pairing_store import PairingFile  # not at the start, as the counter
        from edge.procedure.pairings import Pairings

        with self._making:
            if self._pairings is None:
                folder, identity = StateLayout(self._config.state).identity, self.identity
                file = PairingFile(folder, None if identity is None else identity.wrap_key)
                self._pairings = Pairings(file, now=self.clock.time, monotonic=time.monotonic)
            return self._pairings

    def _paired_once(self) -> bool:
        """Return whether pairings were asked for, or a file of them lies there."""
        file = StateLayout(self._config.state).identity / PAIRINGS
        return self._pairings is not None or file.is_file()

    @property
    def diagnosis(self) -> DiagnosisDesk:
        """Return the terminal's look at itself, loaded at first use."""
        from edge.care import running  # not at the start: somebody asks for it

        with self._making:
            if self._diagnosis is None:
                self._diagnosis = running.desk(
                    self._config,
                    self.clock.now,
                    told=self.refresh,
                    by_button=self._tell_of_itself,
                )
            return self._diagnosis

    def support_bundle(self) -> bytes:
        """Return what a colleague needs, as an archive that names nobody; takes some seconds."""
        from edge.care import running  # not at the start: somebody asks for it

        return running.support_bundle(self._config, self.clock.now())

    def shows_diagnosis(self) -> bool:
        """Whether the screen is to show what the button asked for."""
        return self._diagnosis is not None and self._diagnosis.shown

    def _button_held(self) -> None:
        """Look at the terminal for whoever holds the button, and tell on lamp and screen."""
        if self.diagnosis.begin(button=True):
            self._signals.show(Signal.CHECKING)

    def _tell_of_itself(self, state: State | None) -> None:
        """Tell how the terminal is; None: that is over, and the lamp goes back to the scene."""
        if state is None:
            self._signals.show(service_parts.signal_of(self.stage.scene))
        else:
            self._signals.show(_OF_ITSELF[state.value])

    @property
    def counter(self) -> CounterDesk:
        """Return the counter, made at first use."""
        from edge.procedure import desk as counter  # not at the start: few terminals have one

        with self._making:
            if self._counter is None:
                config = self._config
                delivered = StateLayout(config.state).delivered
                terminal = self._for_counters()
                self._counter = counter.build(terminal, config.terminal, delivered, self.identity)
            return self._counter

    @property
    def handover(self) -> HandoverDesk:
        """Return the batch of new cards, made at first use."""
        from edge.procedure import handover_desk as batch  # not at the start, as the counter

        with self._making:
            if self._handover is None:
                folder = StateLayout(self._config.state).holdings
                self._handover = batch.build(self._for_counters(), folder)
            return self._handover

    def _for_counters(self) -> Terminal:
        """Return what counter and batch take of this terminal."""
        from edge.procedure.terminal import Terminal  # not at the start, as the counter

        return Terminal(
            profiles=self.holdings.profiles,
            log=self.log,
            book=self.book,
            stage=self.stage,
            now=self.clock.now,
            monotonic=time.monotonic,
            changed=self._changed,
            test_card=self._config.test_card,
        )

    def take_batch(self, body: Mapping[str, Any], at: Moment) -> None:
        """Take a list of new cards that the centre sent."""
        from edge.procedure.handover_inbox import take

        take(self.handover.book, body, at)

    def make_support(self, order: int, at: Moment) -> None:
        """Make the support bundle that the centre's message `order` asks for; it goes up later.

        Raises ConfigInvalid without a key to seal it to, WireMalformed, SealBroken, OSError.
        """
        centre = service_parts.seal_key(self.holdings)
        if self.identity is None or centre is None:
            raise ConfigInvalid(
                "There is no key of the centre to seal a support bundle to.",
                next_step="Bring the trust list of this centre to the terminal first.",
            )
        out = SupportOut(StateLayout(self._config.state).support, self.identity)
        out.keep(self.support_bundle(), order, centre, at.at)

    def _at_batch(self) -> Errand | None:
        """Return the errand of the batch, None while nobody looks at its page."""
        return None if self._handover is None else self._handover.errand()

    def _ended(self, contexts: tuple[str, ...]) -> None:
        """Let go what the log ended by itself."""
        self.book.drop(contexts)
        self._tell_phones()
        if self._handover is not None:
            self._handover.book.drop(contexts)

    @property
    def phones(self) -> PhoneDesk | None:
        """Return the Wi-Fi for phones, None for a terminal without one."""
        with self._making:
            if self._phones is None:
                self._phones = service_parts.phone_desk(self, self._config)
            return self._phones

    def begin_phones(self) -> None:
        """Put the Wi-Fi for phones up, for the open meeting or the next one."""
        if self.phones is not None:
            self.phones.begin(self._open_context)

    def _tell_phones(self) -> None:
        if self._phones is not None:
            self._phones.meeting(self._open_context)

    @property
    def _open_context(self) -> str | None:
        sitting = self.book.sitting
        return None if sitting is None else sitting.context

    def asked_at_counter(self) -> bool:
        """Whether somebody at the counter waits for a card."""
        return self._counter is not None and self._counter.counter.waiting() is not None

    def _at_counter(self) -> Errand | None:
        """Return the errand of a question at the counter, None where nobody asks."""
        return None if self._counter is None else self._counter.errand()

    def sticks(self) -> SticksView:
        """Return which sticks are plugged in, and how the last act on one ended."""
        return self._sticks.view()

    def carry(self, act: StickAct, stick: str, *, by: str | None = None) -> None:
        """Begin an act on the stick of this name. Raises StickFailed."""
        self._sticks.begin(act, stick, by)

    def _repository(self) -> RepositoryView | None:
        found = self._follower
        return None if found is None else RepositoryView(found.last, found.good_at)

    def committee(self) -> tuple[PersonRow, ...]:
        """Return the committee members, whose cards open the desk."""
        roster = self._roster_at_hand()
        return () if roster is None else committee_view(roster)

    def _troubles(self, now: Moment) -> tuple[str, ...]:
        """Return what keeps cards from being judged or a meeting from being opened."""
        found: list[str] = []
        broken = self.holdings.broken
        if isinstance(broken, ConfigInvalid):
            found.append(Fault.ROOT_KEY_MISSING)
        elif isinstance(broken, PolicyRefused):
            found.append(Fault.POLICY_DAMAGED)
        elif isinstance(broken, MasterListRefused):
            found.append(Fault.MASTER_LIST_DAMAGED)
        elif broken is not None:
            found.append(Fault.TRUST_LIST_DAMAGED)
        elif self.holdings.trust is None:
            found.append(Fault.NO_TRUST)
        if not self.holdings.lists_whole():
            found.append(Fault.LISTS_DAMAGED)
        if self.holdings.trust is not None and self.holdings.revocation.leaves_gap(now.at):
            found.append(Fault.LISTS_SET_ASIDE)
        if self._phones is not None and self._phones.fault is not None:
            found.append(self._phones.fault)
        if self._paired_once() and self.pairings.damaged:
            found.append(PairingFault.PAIRINGS_DAMAGED)
        if self.book.roster is None:
            found.append(self._roster_trouble)
        if self._inbox_row is not None and self._inbox_row.alarms:
            found.append(Fault.INBOX_NUMBER_REUSED)
        return tuple(found)

    def _unsent(self) -> int:
        try:
            return self.log.unsent()
        except LogDamaged:
            return self.log.head().seq

    def take_roster(self, roster: Roster) -> None:
        """Seal a new standing roster and use it from the next meeting on."""
        try:
            self.holdings.keep_roster(roster.to_bytes())
        except OSError as error:
            raise RecordingLocked(
                "The roster cannot be kept.",
                next_step="Free space on the disk, or replace it, then import again.",
                fault=LogFault.DISK_FAILING.value,
            ) from error
        self.book.replace_roster(roster)
        self.refresh()

    def called(self) -> tuple[Planned, ...]:
        """Return the meetings that the centre calls, soonest first."""
        if self.inbox is None:
            return ()
        try:
            return self.inbox.store.meetings()
        except InboxNotKept as error:
            log.error("called meetings cannot be read: %s", error.message)
            return ()

    def forget_called(self, meeting: str) -> None:
        """Forget a called meeting: it was opened. One that is not there is no error."""
        if self.inbox is None:
            return
        try:
            self.inbox.store.forget_meeting(meeting)
        except InboxNotKept as error:
            log.error("a called meeting stays on the list: %s", error.message)

    def take_inbox(self, messages: Iterable[str]) -> Outcome | None:
        """Take messages that came by whatever way; None for a terminal without an inbox.

        Raises InboxNotKept, RecordingLocked.
        """
        if self.inbox is None:
            return None
        outcome = take_inbox(messages, self.inbox, self.clock.now())
        self._inbox_taken(outcome)
        return outcome

    def _inbox_taken(self, outcome: Outcome) -> None:
        self._inbox_row = outcome.row
        self.refresh()
        if self._wiped:
            self._end()

    def look_at_inbox(self) -> None:
        """Look again at what is held of the inbox: something may have come on a stick."""
        self._inbox_row = service_ways.inbox_row(self.inbox)

    _wiped = False
    """Whether the office's order was carried out since the start."""

    @cached_property
    def _farewell(self) -> Farewell | None:
        """What brings a wiped terminal's last word to the centre, None for any other."""
        return service_ways.farewell(self, self._config, StateLayout(self._config.state))

    def wipe(self, order: str) -> None:
        """Destroy this terminal's keys by the office's order; the process ends after that.

        Raises ConfigInvalid, OSError.
        """
        from edge.care.wipe import wipe_terminal  # once in a terminal's life

        if self.identity is None:
            return
        folder = StateLayout(self._config.state).identity
        now = self.clock.now()
        wipe_terminal(order, self.identity, folder, self.log, now, self.drop_roster)
        log.warning("this terminal was wiped by the office's order")
        self._wiped = True

    def _end(self) -> None:
        """Say the last word once, then end the process: its memory holds the keys still."""
        said = service_ways.farewell(self, self._config, StateLayout(self._config.state))
        if said is not None:
            said.say()
        signal.raise_signal(signal.SIGTERM)

    def drop_roster(self) -> None:
        """Use no standing roster any more: its key is destroyed."""
        self.holdings.forget_roster()
        self.book.replace_roster(None)
        self._roster_trouble = Fault.NO_ROSTER
        self.refresh()

    def open_meeting(self, kind: str, *, by: str | None = None) -> None:
        """Open a meeting of this kind. Raises MeetingState, RecordingLocked."""
        if kind not in {known.value for known in Kind}:
            raise MeetingState(
                "This kind of meeting is not known.", next_step="Choose one of the list."
            )
        self.desk.acting(by).open(default(Kind(kind), begins=self.clock.time()))

    def close_meeting(self, *, by: str | None = None) -> None:
        """Close the open meeting. Raises MeetingState, RecordingLocked."""
        self.desk.acting(by).close()
        self.inputs.clear()

    def choose_person(self, person_id: str) -> None:
        """Somebody touched this name. Raises MeetingState for one who has no card to open."""
        roster = self._roster_at_hand() if self.people.visits.anybody_asks() else None
        person = (roster or self.book.require_list()).by_id(person_id)
        if person is None or person.can is None:
            raise MeetingState(
                "This name cannot open a card.",
                next_step="Type the six digits on the card, or write the person in by hand.",
            )
        self.inputs.chose(person_id)

    def _roster_at_hand(self) -> Roster | None:
        """Return the open meeting's roster, else the standing one."""
        return self.book.list_of_meeting or self.book.roster

    def enter_can(self, digits: str) -> None:
        """Six digits from the keypad. Raises MeetingState where they are not six digits."""
        if not re.fullmatch(r"[0-9]{6}", digits):
            raise MeetingState(
                "The card's number has six digits.", next_step="Type the six digits on the card."
            )
        self.inputs.typed(digits)

    def cancel_choice(self) -> None:
        """Forget a chosen name or typed number."""
        self.inputs.clear()

    def confirm(self, seq: int, *, by: str | None = None) -> None:
        """Record the person of UNCONFIRMED event `seq` as present."""
        self.desk.acting(by).confirm(seq)

    # Threads

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=f"tramthe-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _tapped(self, on_result: Callable[[TapResult], None]) -> Callable[[TapResult], None]:
        def tell(result: TapResult) -> None:
            log.info(
                "tap: %s %s in %d ms, %d APDUs",
                result.decision.admission.value if result.decision else "no reading",
                (result.decision.reason if result.decision else result.fault) or "",
                round(result.seconds * 1000),
                result.apdus,
            )
            self._nudge()
            on_result(result)

        return tell

    def _nudge(self) -> None:
        if self._loop is not None:
            self._loop.nudge()

    def _signal(self, scene: Scene) -> None:
        """Tell lamp and buzzer, once for each outcome: a redraw is not a second outcome."""
        told = (scene.state, scene.at, scene.seq)
        if told != self._signalled:
            self._signalled = told
            if self._diagnosis is not None:
                self._diagnosis.hide()
            self._signals.show(service_parts.signal_of(scene))

    def _changed(self) -> None:
        """Tell phones, pages and the way to the centre that something was written."""
        self._tell_phones()
        self._nudge()
        self.refresh()

    def refresh(self) -> None:
        """Tell the pages that something other than the scene changed."""
        self.stage.refresh()

    def looked(self) -> None:
        """See to what a look into the repository brought."""
        self.refresh()
        self.ask_for_version()

    def ask_for_version(self) -> None:
        """Ask root for another version of the program, where one is due.

        Nothing of it is loaded on a terminal that was given no folder for it.
        """
        folder = self._config.software
        if folder is None:
            return
        from edge.care.probe_machine import power  # not at the start, as the counter
        from edge.update.handing import consider
        from edge.update.offer import Hour
        from edge.update.places import Software

        begins = (one.opening.begins for one in self.called())
        hour = Hour(
            self.clock.time(),
            meeting_open=self.book.sitting is not None,
            question_open=self.asked_at_counter(),
            low_voltage=power().low_now,
            meetings=tuple(one for one in begins if one is not None),
        )
        consider(self._config.state, Software(folder), program.running(), hour)

    def choose_version(self, offered: Sequence[Release]) -> Release | None:
        """Return the version of the program that is worth its bytes."""
        from edge.update.handing import chooser  # not at the start, as the counter
        from edge.update.places import SOFTWARE, Software

        folder = self._config.software or SOFTWARE
        return chooser(Software(folder), program.running())(offered)

    def _left_version(self) -> str | None:
        """Return the version of the program that was tried last and left, None for none."""
        folder = self._config.software
        if folder is None:
            return None
        from edge.update.journal import Outcome, read_record  # not at the start, as the counter
        from edge.update.places import Software

        last = read_record(Software(folder).record).last
        return last.version if last is not None and last.outcome is Outcome.RETURNED else None

    def synced_pass(self, result: UplinkResult) -> None:
        """Keep how a pass to the centre ended; one that had nothing to say tells nothing."""
        if result.state is not UplinkState.UP_TO_DATE:
            self._sync = result
            log.warning("sync: %s", result.why)
        elif result.heard:
            self._sync = self._synced = result
        if self._fetch is not None and self._fetch.due:
            self._fetch_inbox(self._fetch, result)
        self.refresh()

    def renew(self) -> None:
        """Ask for the next certificate where two thirds of this one's life are over."""
        now, identity = self.clock.now(), self.identity
        if identity is None or not is_due(identity.certificate, now.at):
            return
        if self._renewal is not None:
            self._renewal.after_a_pass(now)

    @cached_property
    def _renewal(self) -> Renewal | None:
        """What renews the certificate, made when it is due."""
        return service_ways.renewal(self, self._config)

    def _fetch_inbox(self, fetch: InboxFetch, result: UplinkResult) -> None:
        """Ask the centre for what it has for this terminal, unless it was just out of reach."""
        if result.state is UplinkState.UNREACHABLE:
            return
        fetched = fetch.run_once(self.clock.now())
        if fetched.outcome is not None:
            self._inbox_taken(fetched.outcome)
