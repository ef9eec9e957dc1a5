"""The two acts on a stick, whole: copy to it, take from it.

Lives here: the order of things, the ledger, and both acts over a terminal's state folder. Not
here: each part (`edge.sync.courier` and `courier_down` for the log, `edge.sync.take_inbox`,
`edge.repository` for what is for all), which sticks there are (`edge.plugged`).

What is for all is taken first: it may bring the key that an acknowledgement is signed with.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from edge.carried import Received
from edge.clock import Clock
from edge.errors import ConfigInvalid, StickFailed
from edge.holdings import Holdings
from edge.identity.key import TerminalIdentity
from edge.layout import StateLayout
from edge.log.append import EventLog
from edge.log.view import LogView
from edge.repository.outcome import RepositoryResult
from edge.repository.release import Release
from edge.stick import StickFolder, open_folder
from edge.sync.ask_inbox import take_head
from edge.sync.centre_key import UNBELIEVED, CentreKey, centre_key
from edge.sync.courier import TerminalExport
from edge.sync.courier_down import read_inbox, take_down
from edge.sync.courier_ledger import CourierLedger
from edge.sync.courier_outcome import Exported, Imported, Refused
from edge.sync.inbox import Inbox, InboxState, Outcome
from edge.sync.take_inbox import take_inbox
from edge.wire.bundle import INBOX, REPOSITORY, ROOT, Bundle
from verify.moment import Moment

_log = logging.getLogger("tramthe.courier")


class Courier:
    """One terminal's acts. `stick` is a stick's label, `by` who acts; both only for the ledger."""

    def __init__(self, ledger: CourierLedger, now: Callable[[], Moment]) -> None:
        self.ledger = ledger
        self._now = now

    def export(
        self, terminal: TerminalExport, path: Path, *, stick: str, by: str | None = None
    ) -> Exported:
        """Copy what waits onto the stick at `path`. Raises StickFailed, LogDamaged."""
        at = self._now()
        with open_folder(path) as stick_root, stick_root.existing(ROOT) as root:
            done = terminal.run(root, at)
        if done.bundle is not None:
            self._enter(done.bundle, at.at, stick=stick, events=done.events, by=by)
        return done

    def take(
        self,
        log: EventLog,
        key: Callable[[], CentreKey | None],
        update: Callable[[Path], RepositoryResult],
        path: Path,
        *,
        stick: str,
        by: str | None = None,
        inbox: Inbox | None = None,
    ) -> Received:
        """Take what the stick at `path` has; `update` passes over a repository's folder.

        Raises StickFailed, RecordingLocked, LogDamaged, ConfigInvalid (no centre's key is known).
        """
        repository: RepositoryResult | None = None
        down: Imported | None = None
        with open_folder(path) as stick_root, stick_root.folder(ROOT) as root:
            if root is None:
                return Received(None, None, known=False)
            if _has_folder(root, REPOSITORY):
                repository = update(path / ROOT / REPOSITORY)
            centre = key()
            if centre is not None:
                down = take_down(log, centre, root, self._now())
            elif repository is None:
                raise ConfigInvalid(
                    "The centre's key is not known to this terminal.",
                    next_step="Import the trust list first.",
                )
            outcome, spoilt = (
                (None, None) if inbox is None else _take_inbox(root, inbox, self._now())
            )
        if spoilt is not None:
            down = down or Imported()
            down = replace(down, refused=(*down.refused, spoilt))
        known = False
        if down is not None and down.bundle is not None:
            known = not self._enter(down.bundle, self._now().at, stick=stick, by=by)
        return Received(repository, down, known, outcome)

    def _enter(
        self, bundle: Bundle, at: datetime, *, stick: str, events: int = 0, by: str | None = None
    ) -> bool:
        """Note a bundle; a ledger that fails keeps nobody from copying."""
        try:
            return self.ledger.enter(bundle, at, stick=stick, events=events, by=by)
        except sqlite3.Error as error:
            _log.error("the ledger of sticks cannot be written: %s", error)
            return True


@dataclass(frozen=True, slots=True)
class TerminalCourier:
    """The acts of the terminal whose state folder this is: for its buttons and its commands.

    `choose`: which release of the program is copied (`edge.repository.apply.Rooms`).
    """

    layout: StateLayout
    holdings: Holdings
    clock: Clock
    choose: Callable[[Sequence[Release]], Release | None] | None = None

    def copy(
        self,
        log: LogView,
        identity: TerminalIdentity,
        path: Path,
        *,
        stick: str,
        by: str | None,
        inbox: InboxState | None,
    ) -> Exported:
        """Copy what waits, and the call for the inbox. Raises as `Courier.export`."""
        terminal = TerminalExport(log, identity, centre_key(self.holdings.trust), inbox)
        return self._courier().export(terminal, path, stick=stick, by=by)

    def take(
        self, log: EventLog, path: Path, *, stick: str, by: str | None, inbox: Inbox | None
    ) -> Received:
        """Take what the stick has for this terminal and for all. Raises as `Courier.take`."""
        return self._courier().take(
            log,
            lambda: centre_key(self.holdings.trust),
            self._pass_over,
            path,
            stick=stick,
            by=by,
            inbox=inbox,
        )

    def _courier(self) -> Courier:
        return Courier(CourierLedger(self.layout.courier), self.clock.now)

    def _pass_over(self, repository: Path) -> RepositoryResult:
        # Not before: the client of the repository takes its time to load.
        from edge.repository.apply import Rooms
        from edge.repository.fetch import FolderSource
        from edge.repository.update import update

        rooms = Rooms(self.holdings, self.clock, self.layout.delivered, self.choose)
        return update(self.layout.repository, FolderSource(repository), rooms)


def _take_inbox(
    root: StickFolder, inbox: Inbox, at: Moment
) -> tuple[Outcome | None, Refused | None]:
    """Take what lies there of the inbox; a head that is not in order stops no message."""
    spoilt: Refused | None = None
    try:
        found = read_inbox(inbox.terminal, root)
    except (*UNBELIEVED, StickFailed) as error:
        return None, Refused(INBOX, error.message)
    if found is None:
        return None, None
    head, messages = found
    try:
        take_head(head, inbox, at)
    except UNBELIEVED as error:
        spoilt = Refused(INBOX, error.message)
    return (take_inbox(messages, inbox, at) if messages else None), spoilt


def _has_folder(root: StickFolder, name: str) -> bool:
    with root.folder(name) as found:
        return found is not None
