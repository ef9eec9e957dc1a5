"""What messages of the inbox do to a running terminal.

Lives here: each act over holdings, meeting and log. Not here: which message asks for it and
whether it counts (`inbox`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import CentreRefused, LogDamaged, RecordingLocked, WireMalformed
from edge.log.append import EventLog
from edge.log.epochs import Epoch
from edge.meeting.roster import Roster
from edge.sync.acks import LogCopied, take_ack
from edge.wire.ack import Ack, open_ack
from edge.wire.kinds import EventKind
from verify.errors import BadSignature, VerifyError
from verify.jws import JwsHeader
from verify.moment import Moment

NUMBER_REUSED = "INBOX_NUMBER_REUSED"
"""Reason of the event `fault` that says that another content came under a number."""

_log = logging.getLogger("tramthe.inbox")


@dataclass(frozen=True, slots=True)
class TerminalActs:
    """The acts on one terminal (`edge.sync.inbox.Acts`). `centre`: key id and public sign key."""

    log: EventLog
    now: Callable[[], Moment]
    centre: tuple[str, ec.EllipticCurvePublicKey]
    use_roster: Callable[[Roster], None]
    drop_roster: Callable[[], None]

    def take_roster(self, roster: Roster) -> None:
        """Seal it and use it from the next meeting on. Raises RecordingLocked."""
        self.use_roster(roster)

    def forget_roster(self) -> None:
        """Destroy its key. Raises OSError."""
        self.drop_roster()

    def check_log(self) -> None:
        """Check the whole log; one that is not whole locks recording, which the status says."""
        if not self.log.verify().ok:
            _log.error("the log is not whole")

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
            take_ack(self.log, epoch, ack, self._before(epoch), self.now())

    def _before(self, epoch: Epoch) -> Ack | None:
        """Return what was acknowledged so far, if the disk still has it as the centre signed it."""
        kept = self.log.last_ack(epoch)
        if kept is None:
            return None
        try:
            return open_ack(kept.compact, self._key_for)
        except (VerifyError, WireMalformed):
            return None

    def _key_for(self, header: JwsHeader) -> ec.EllipticCurvePublicKey:
        kid, key = self.centre
        if header.kid != kid:
            raise BadSignature("It names another key.", next_step="Send what waits again.")
        return key

    def number_reused(self, number: int) -> None:
        """Record it, so that the centre hears of it too; a locked log says so by itself."""
        with suppress(RecordingLocked, LogDamaged):
            self.log.append(EventKind.FAULT, context=None, at=self.now(), reason=NUMBER_REUSED)
