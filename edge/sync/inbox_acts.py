"""What messages of the inbox do to a running terminal.

Lives here: each act over holdings, meeting and log. Not here: which message asks for it and
whether it counts (`take_inbox`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from edge.errors import CentreRefused, LogDamaged, RecordingLocked
from edge.log.append import EventLog
from edge.meeting.roster import Roster
from edge.sync.acks import LogCopied, take_ack
from edge.sync.centre_key import CentreKey, believed
from edge.wire.ack import Ack
from edge.wire.kinds import EventKind
from verify.moment import Moment

NUMBER_REUSED = "INBOX_NUMBER_REUSED"
"""Reason of the event `fault` that says that another content came under a number."""
SUPPORT_ASKED = "SUPPORT_BUNDLE_ASKED"
"""Reason of the event `fault` that says that the centre asked for a support bundle and one was
made: whoever reads the log sees what left the terminal, and when."""

_log = logging.getLogger("tramthe.inbox")


@dataclass(frozen=True, slots=True)
class TerminalActs:
    """The acts on one terminal (`edge.sync.inbox.Acts`)."""

    log: EventLog
    now: Callable[[], Moment]
    centre: CentreKey
    use_roster: Callable[[Roster], None]
    drop_roster: Callable[[], None]
    use_batch: Callable[[Mapping[str, Any], Moment], None]
    """Of `edge.procedure`, which stands above."""
    destroy: Callable[[str], None]
    """Of `edge.care`, which stands above: the order's id."""
    make_support: Callable[[int, Moment], None]
    """Of `edge.care`, which stands above; takes the number of the message that asks."""

    def take_roster(self, roster: Roster) -> None:
        """Seal it and use it from the next meeting on. Raises RecordingLocked."""
        self.use_roster(roster)

    def forget_roster(self) -> None:
        """Destroy its key. Raises OSError."""
        self.drop_roster()

    def take_batch(self, body: Mapping[str, Any]) -> None:
        """Begin the batch, or correct it.

        Raises HandoverRefused, RosterInvalid, RecordingLocked.
        """
        self.use_batch(body, self.now())

    def check_log(self) -> None:
        """Check the whole log; one that is not whole locks recording, which the status says."""
        if not self.log.verify().ok:
            _log.error("the log is not whole")

    def send_support(self, order: int) -> None:
        """Make a support bundle, and record that it was asked for; a locked log is no hindrance.

        Raises what making and keeping one raises.
        """
        self.make_support(order, self.now())
        with suppress(RecordingLocked, LogDamaged):
            self.log.append(EventKind.FAULT, context=None, at=self.now(), reason=SUPPORT_ASKED)

    def take_ack(self, ack: Ack) -> None:
        """Keep it; one that shows that the log was copied begins a new epoch.

        Raises CentreRefused for an epoch that this log has not, RecordingLocked.
        """
        epoch = next((one for one in self.log.epochs if one.id == ack.epoch), None)
        if epoch is None:
            raise CentreRefused(
                "An acknowledgement speaks of an epoch that this log has not.",
                next_step="Tell the technician: this log may have been put back from a copy.",
            )
        with suppress(LogCopied):  # a new epoch has begun, and goes up by itself
            take_ack(self.log, epoch, ack, believed(self.log, epoch, self.centre), self.now())

    def wipe(self, order: str) -> None:
        """Destroy the keys. Raises ConfigInvalid, OSError."""
        self.destroy(order)

    def number_reused(self, number: int) -> None:
        """Record it, so that the centre hears of it too; a locked log says so by itself."""
        with suppress(RecordingLocked, LogDamaged):
            self.log.append(EventKind.FAULT, context=None, at=self.now(), reason=NUMBER_REUSED)
