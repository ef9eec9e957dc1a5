"""Sending the log to the centre and taking its acknowledgements.

Lives here: one pass over what waits. Not here: the decisions (`plan`), doors and the statuses of
answers (`way`), when to pass again (`repeat`), for which receipts to ask (`anchors`), the forms
(`edge.wire`).

A bad line carries a small segment where a large one never arrives: after an exchange that was cut
off the next segment is half as long, and after each that was not, a quarter longer.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from edge.errors import (
    CentreBusy,
    CentreCutOff,
    CentreRefused,
    CentreUnreachable,
    CertificateNotTaken,
    EdgeError,
)
from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.log.epochs import Epoch, place
from edge.net.http import Http
from edge.sync import plan
from edge.sync.acks import LogCopied, take_ack
from edge.sync.anchors import Asking, keep_anchors
from edge.sync.centre_key import UNBELIEVED, CentreKey, believed, not_the_centres
from edge.sync.plan import AckMeaning
from edge.sync.way import TooMuchAtOnce, Way
from edge.wire.ack import Ack, Alarm
from edge.wire.segment import MAX_EVENTS, gather, sign_segment
from edge.wire.segment_answer import MAX_ANSWER, SegmentAnswer
from verify.moment import Moment

SEGMENTS_PATH = "/v1/segments"
MAX_SEGMENTS = 200  # sent in one pass
MAX_ASKED = 10  # segments sent again in one pass, for the anchors of their receipts


_log = logging.getLogger("tramthe.sync")


@unique
class UplinkState(StrEnum):
    """How a pass ended."""

    UP_TO_DATE = "up-to-date"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    REFUSED = "refused"
    ALARM = "alarm"
    NOT_ENROLLED = "not-enrolled"
    LOG_LOCKED = "log-locked"


@dataclass(frozen=True, slots=True)
class UplinkResult:
    """A pass at time `at`. `why` and `next_step` are sentences, None when all went well.

    `fault` is an `AckMeaning` code with ALARM: ACK_AHEAD or ACK_HEAD_DIFFERS, for which a new
    epoch has begun. `alarms` are what the centre itself reported.
    """

    state: UplinkState
    at: datetime
    sent: int
    """Events sent in this pass."""
    high_water: int
    heard: bool
    """Whether the centre answered; a pass with nothing to send asks it nothing."""
    why: str | None = None
    next_step: str | None = None
    fault: str | None = None
    alarms: tuple[Alarm, ...] = ()
    more: bool = False
    """Whether the pass ended because it had sent enough, not because nothing waits."""
    after: float | None = None
    """Seconds that the centre asks to be left alone, with BUSY; None where it does not say."""


class Uplink:
    """Sends one terminal's log to one centre."""

    def __init__(
        self,
        log: EventLog,
        identity: TerminalIdentity,
        http: Http,
        centre_url: str,
        key: CentreKey,
        *,
        segments: int = MAX_SEGMENTS,
        asking: Asking | None = None,
    ) -> None:
        self._log = log
        self._identity = identity
        self._way = Way(http, centre_url, lambda: identity.pair)
        self._longest = MAX_EVENTS
        self._segments = segments
        self._key = key
        self._asking = asking or Asking()

    def run_once(self, at: Moment) -> UplinkResult:
        """Send what waits until nothing does, something fails, or so many segments are sent.

        Never raises an EdgeError: the result says what went wrong and what to do.
        """
        progress = _Progress()
        try:
            self._pass(progress, at)
        except LogCopied as error:
            return progress.result(UplinkState.ALARM, at, error, error.meaning)
        except EdgeError as error:
            return progress.result(_STATES.get(type(error), UplinkState.LOG_LOCKED), at, error)
        more = progress.segments >= self._segments
        return progress.result(UplinkState.UP_TO_DATE, at, more=more)

    def _pass(self, progress: _Progress, at: Moment) -> None:
        """Bring every epoch up, oldest first; one that begins meanwhile too."""
        certificate = self._identity.certificate
        if certificate is None:
            raise _NotEnrolled(
                "This terminal has no certificate yet.",
                next_step="Enrol the terminal; what waits is sent afterwards.",
            )
        self._way.begin(at.at)
        number = 0
        while number < len(self._log.epochs):
            self._bring_up(self._log.epochs[number], progress, certificate, at)
            number += 1
        self._ask_anchors(progress, certificate, at)

    def _bring_up(self, epoch: Epoch, progress: _Progress, certificate: bytes, at: Moment) -> None:
        progress.ack = believed(self._log, epoch, self._key)
        while progress.segments < self._segments:
            run = plan.next_run(progress.ack, self._log.last_seq(epoch))
            if run is None:
                break
            count, ack, _ = self._send(epoch, run, certificate, at)
            progress.sent += count
            progress.segments += 1
            take_ack(self._log, epoch, ack, progress.ack, at)
            progress.ack = ack
            if not plan.holds(ack, run.first):
                raise CentreRefused(
                    "The centre answers, but does not hold what it was sent.",
                    next_step="Nothing is lost. Tell the office; sending is tried again.",
                )
        progress.alarms += () if progress.ack is None else progress.ack.alarms

    def _ask_anchors(self, progress: _Progress, certificate: bytes, at: Moment) -> None:
        """Send events again whose receipts lack their anchors, as long as nothing else waits."""
        while progress.asked < MAX_ASKED and not self._log.unsent():
            lacking = self._asking.next(self._log)
            if lacking is None:
                return
            epoch, run = lacking
            count, ack, kept = self._send(epoch, run, certificate, at)
            progress.asked += 1
            before = believed(self._log, epoch, self._key)
            if ack != before:
                take_ack(self._log, epoch, ack, before, at)
            self._asking.answered(epoch, run.first + count - 1, kept)

    def _send(
        self, epoch: Epoch, run: plan.Run, certificate: bytes, at: Moment
    ) -> tuple[int, Ack, int]:
        """Send the first events of a run; return how many, the answer, anchors kept of it.

        Anchors are kept before the acknowledgement: where the power goes in between, the segment
        is sent again.
        """
        limit = min(run.last - run.first + 1, self._longest)
        before = place(epoch.number, run.first - 1)
        segment = gather(self._log.events(after=before, limit=limit))
        if segment is None:
            raise CentreRefused(
                "The centre asks for events that this log does not have.",
                next_step="Run `tramthe log verify` and call the technician.",
            )
        compact = sign_segment(segment, self._identity.key, certificate).encode()
        count = len(segment.events)
        try:
            body = self._way.ask("POST", SEGMENTS_PATH, compact, max_bytes=MAX_ANSWER, at=at.at)
        except (CentreCutOff, TooMuchAtOnce):
            self._longest = max(1, count // 2)
            raise
        self._longest = min(self._longest + max(1, self._longest // 4), MAX_EVENTS)
        try:
            answer = SegmentAnswer.from_bytes(body)
            ack = self._key.ack(answer.ack.encode())
        except UNBELIEVED as error:
            raise not_the_centres() from error
        return count, ack, keep_anchors(self._log, answer.anchors, self._key)


class _NotEnrolled(EdgeError):
    """There is no certificate to sign under."""


_STATES: dict[type[EdgeError], UplinkState] = {
    CentreUnreachable: UplinkState.UNREACHABLE,
    CentreCutOff: UplinkState.UNREACHABLE,
    TooMuchAtOnce: UplinkState.UNREACHABLE,
    CentreBusy: UplinkState.BUSY,
    CertificateNotTaken: UplinkState.REFUSED,
    CentreRefused: UplinkState.REFUSED,
    _NotEnrolled: UplinkState.NOT_ENROLLED,
}


@dataclass(slots=True)
class _Progress:
    """How far a pass got."""

    sent: int = 0
    segments: int = 0
    asked: int = 0
    """Segments that were sent again."""
    ack: Ack | None = None
    """Of the epoch that was brought up last."""
    alarms: tuple[Alarm, ...] = ()

    def result(
        self,
        state: UplinkState,
        at: Moment,
        error: EdgeError | None = None,
        meaning: AckMeaning | None = None,
        *,
        more: bool = False,
    ) -> UplinkResult:
        """Return the pass's result."""
        return UplinkResult(
            state=state,
            at=at.at,
            sent=self.sent,
            high_water=0 if self.ack is None else self.ack.high_water,
            heard=self.segments + self.asked > 0,
            why=None if error is None else error.message,
            next_step=None if error is None else error.next_step,
            fault=None if meaning is None else meaning.value,
            alarms=self.alarms,
            more=more,
            after=error.after if isinstance(error, CentreBusy) else None,
        )
