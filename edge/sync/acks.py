"""Taking an acknowledgement, by whatever way it came: keep it, or begin a new epoch.

Lives here: the act to what `plan` decides. Not here: its signature and form (`edge.wire.ack`),
the answer to a segment (`uplink`), the inbox (`take_inbox`).
"""

from __future__ import annotations

from edge.errors import CentreRefused, EdgeError
from edge.log.append import EventLog
from edge.log.epochs import Epoch, place
from edge.sync import plan
from edge.sync.plan import AckMeaning
from edge.wire.ack import Ack, AlarmCode
from edge.wire.kinds import EpochReason
from verify.moment import Moment


class LogCopied(EdgeError):
    """Terminal and centre do not hold the same log; a new epoch has begun."""

    def __init__(self, meaning: AckMeaning) -> None:
        super().__init__(
            "The centre holds later events of this terminal than its own log."
            if meaning is AckMeaning.AHEAD
            else "The centre holds another event under a number of this log.",
            next_step="Nothing is lost: recording goes on under a new epoch. Tell the technician"
            " that this log was copied or put back.",
        )
        self.meaning = meaning


_NEW_EPOCH = {
    AckMeaning.AHEAD: EpochReason.ACK_AHEAD,
    AckMeaning.HEAD_DIFFERS: EpochReason.ACK_HEAD_DIFFERS,
}


def take_ack(log: EventLog, epoch: Epoch, ack: Ack, before: Ack | None, at: Moment) -> None:
    """Keep an acknowledgement; where it shows that the log was copied, begin a new epoch.

    What is wrong with an epoch that another follows already is known, and no alarm again.
    `before` is what was acknowledged earlier: up to there the centre holds what we hold.
    Raises CentreRefused for one of another terminal or epoch, LogCopied, RecordingLocked.
    """
    newest = epoch.id == log.epoch
    meaning = plan.judge(
        ack,
        log.terminal,
        epoch.id,
        log.last_seq(epoch),
        lambda seq: _hash_at(log, place(epoch.number, seq)),
    )
    if meaning is AckMeaning.FOREIGN:
        raise CentreRefused(
            "The centre's answer speaks of another terminal.",
            next_step="Nothing is lost. Check the centre's address.",
        )
    common = 0 if before is None else before.high_water
    if newest and meaning in _NEW_EPOCH:
        log.begin_epoch(_NEW_EPOCH[meaning], at, common)
        log.record_ack(ack)
        raise LogCopied(meaning)
    reused = [alarm.seq for alarm in ack.alarms if alarm.code == AlarmCode.SEQ_REUSED]
    if newest and reused:
        common = min(min(reused) - 1, log.head().seq)
        log.begin_epoch(EpochReason.SEQ_REUSED, at, common)
    log.record_ack(ack)


def _hash_at(log: EventLog, at: int) -> bytes | None:
    found = log.events(after=at - 1, limit=1)
    return found[0].hash if found else None
