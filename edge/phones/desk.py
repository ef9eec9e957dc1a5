"""The terminal's own Wi-Fi from the first wish for a phone to the end of the meeting.

Lives here: one turn at a time, each with a passphrase of its own, on a thread of its own; opening
the door of the pages only where the machine itself says that this is its access point. Not here:
that look (`edge.access_point`), who may ask (`edge.people.roles`), pages and words (`edge.web`).

A passphrase is made when a phone is first wanted and lives in this object alone. It ends with the
meeting, with the terminal, by a touch, or, where no meeting follows, by itself. Then the network is
taken down: the next one has the same name and another passphrase.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum, unique
from pathlib import Path

from edge import access_point
from edge.access_point import AccessPointFault
from edge.phones.helper import Line, NotPutUp
from edge.phones.wifi import OwnWifi, make_passphrase

LOOK_SECONDS = 2.0
"""How often a network that is up is looked at."""
ALONE_SECONDS = 3600.0
"""How long it stays without a meeting."""
TRIES = 40
TRY_SECONDS = 0.5
"""The helper clears one turn away before it takes the next."""
_log = logging.getLogger("tramthe.phones")


@unique
class Phase(StrEnum):
    """How far a turn is."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PhonesView:
    """What the page shows. A passphrase is there while the network is."""

    wifi: OwnWifi
    phase: Phase
    passphrase: str | None = field(default=None, repr=False)
    fault: AccessPointFault | None = None


@dataclass(slots=True, eq=False)
class _Turn:
    passphrase: str = field(repr=False)
    context: str | None
    """The meeting that it is for, None before one was opened."""
    phase: Phase = Phase.STARTING
    fault: AccessPointFault | None = None
    over: threading.Event = field(default_factory=threading.Event)
    line: Line | None = None


class PhoneDesk:
    """Puts the network up and takes it down; safe from any thread.

    `listen` opens the pages' door at the address (raises OSError), `shut` closes it; `told` is
    called whenever the view changed. `randomness` returns so many bytes; `helper` is its socket.
    """

    def __init__(
        self,
        wifi: OwnWifi,
        *,
        listen: Callable[[str], None],
        shut: Callable[[str], None],
        told: Callable[[], None],
        randomness: Callable[[int], bytes],
        helper: Path,
        alone_seconds: float = ALONE_SECONDS,
    ) -> None:
        self._wifi = wifi
        self._listen = listen
        self._shut = shut
        self._told = told
        self._randomness = randomness
        self._helper = helper
        self._alone_seconds = alone_seconds
        self._lock = threading.Lock()
        self._turn: _Turn | None = None
        self._thread: threading.Thread | None = None

    def view(self) -> PhonesView:
        """Return how far the network is."""
        turn = self._turn
        if turn is None:
            return PhonesView(self._wifi, Phase.OFF)
        shown = turn.passphrase if turn.phase is Phase.ON else None
        return PhonesView(self._wifi, turn.phase, shown, turn.fault)

    @property
    def fault(self) -> AccessPointFault | None:
        """Return why a network that was wanted is not there, None where none is missing."""
        turn = self._turn
        return None if turn is None else turn.fault

    def begin(self, context: str | None) -> None:
        """Put the network up for a meeting, or for the next one; one that is up stays as it is."""
        with self._lock:
            if self._turn is not None and self._turn.phase is not Phase.FAILED:
                return
            self._turn = turn = _Turn(make_passphrase(self._randomness), context)
            self._thread = threading.Thread(
                target=self._run, args=(turn, self._thread), name="tramthe-phones", daemon=True
            )
            self._thread.start()
        self._told()

    def end(self) -> None:
        """Take the network down, or forget why it is not there; harmless when repeated."""
        with self._lock:
            turn, self._turn = self._turn, None
            if turn is None:
                return
            turn.over.set()
            line = turn.line
        if line is not None:
            line.let_go()
        self._told()

    def meeting(self, context: str | None) -> None:
        """Hear which meeting is open now; the end of its own ends the network."""
        turn = self._turn
        if turn is None or turn.context == context:
            return
        if turn.context is None:
            turn.context = context
        else:
            self.end()

    def stop(self, seconds: float) -> None:
        """End it with the terminal, and wait so long for that."""
        self.end()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, turn: _Turn, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        for _ in range(TRIES):
            try:
                self._hold(turn)
            except NotPutUp as error:
                if error.again and not turn.over.wait(TRY_SECONDS):
                    continue
                self._failed(turn, error.fault)
            return
        self._failed(turn, AccessPointFault.NOT_STARTED)

    def _hold(self, turn: _Turn) -> None:
        """Keep the network for one turn. Raises NotPutUp."""
        with Line(self._helper) as line:
            with self._lock:
                turn.line = line
                if turn.over.is_set():
                    return
            line.put_up(turn.passphrase, self._wifi.octets)
            self._is_ours()
            try:
                self._listen(self._wifi.address)
            except OSError as error:
                raise NotPutUp(AccessPointFault.CLOSED) from error
            try:
                turn.phase = Phase.ON
                self._told()
                self._watch(turn, line)
            finally:
                self._shut(self._wifi.address)

    def _watch(self, turn: _Turn, line: Line) -> None:
        alone = 0.0
        while not turn.over.is_set():
            if not line.holds(LOOK_SECONDS):
                raise NotPutUp(AccessPointFault.LOST)
            self._is_ours()
            alone = 0.0 if turn.context is not None else alone + LOOK_SECONDS
            if alone >= self._alone_seconds:
                self.end()

    def _is_ours(self) -> None:
        fault = access_point.fault_of(self._wifi.address)
        if fault is not None:
            raise NotPutUp(fault)

    def _failed(self, turn: _Turn, fault: AccessPointFault) -> None:
        with self._lock:
            if turn.over.is_set():
                return
            turn.phase, turn.fault = Phase.FAILED, fault
        _log.error("no phone can be a desk: %s", fault.value)
        self._told()
