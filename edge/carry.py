"""The two acts on a stick, whole: copy to it, take from it.

Lives here: the order of things, and the ledger. Not here: each of them (`edge.sync.courier` for
the log, `edge.repository` for what is for all), which sticks there are (`edge.plugged`).

What is for all is taken first: it may bring the key that an acknowledgement is signed with.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from edge.errors import ConfigInvalid, StickFailed, WireMalformed
from edge.holdings import Holdings
from edge.log.append import EventLog
from edge.repository.outcome import RepositoryResult
from edge.stick import StickFolder, open_folder
from edge.sync.centre_key import CentreKey
from edge.sync.courier import Exported, Imported, Refused, TerminalExport, read_inbox, take_down
from edge.sync.courier_ledger import CourierLedger
from edge.sync.inbox import Inbox, Outcome, take_inbox
from edge.wire.bundle import INBOX, REPOSITORY, ROOT, Bundle
from verify.moment import Moment
from verify.trust import KeyUse

_log = logging.getLogger("tramthe.courier")


@dataclass(frozen=True, slots=True)
class Received:
    """What a stick had. `repository`, `down`: None where there is no such folder for us.

    `known`: the bundle for this terminal had been taken before.
    """

    repository: RepositoryResult | None
    down: Imported | None
    known: bool
    inbox: Outcome | None = None
    """What came of the messages for this terminal, None where there were none."""

    @property
    def nothing(self) -> bool:
        """Return whether the stick had nothing of ours at all."""
        return self.repository is None and self.down is None and self.inbox is None


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
            messages: tuple[str, ...] = ()
            try:
                messages = read_inbox(log.terminal, root) if inbox is not None else ()
            except (WireMalformed, StickFailed) as error:
                spoilt = Refused(INBOX, error.message)
                down = down or Imported()
                down = replace(down, refused=(*down.refused, spoilt))
        outcome = None
        if messages and inbox is not None:
            outcome = take_inbox(messages, inbox, self._now())
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


def centre_key(holdings: Holdings) -> CentreKey | None:
    """Return the centre's sign key of the trust list in force, None where there is none."""
    trust = holdings.trust
    found = (
        None
        if trust is None
        else next((key for key in trust.centre_keys if key.use is KeyUse.SIGN), None)
    )
    return None if found is None else CentreKey(found.kid, found.verification_key)


def _has_folder(root: StickFolder, name: str) -> bool:
    with root.folder(name) as found:
        return found is not None
