"""The centre's word on this terminal's receipts: keeping it, and asking again where it is lacking.

Lives here: what is kept, and the pace of asking. Not here: sending (`uplink`), the stick
(`courier`), whether the word holds (`centre_key`), where it stands (`edge.log`).

The word comes with the answer to the segment that brings a receipt. Where that answer was lost, or
the power before it was kept, or the log was put back from a copy, the same events are sent again:
the centre says the same again. All receipts that lack it are gone through in rounds. After a round
that brought something the next one follows soon, after one that brought nothing ever later, since
some centre may not say such words at all. A start begins anew, with a round at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from edge.log.append import EventLog
from edge.log.epochs import Epoch, epoch_number, place, seq_of, span
from edge.log.view import LogView
from edge.sync.centre_key import UNBELIEVED, CentreKey
from edge.sync.plan import Run
from edge.wire.segment import MAX_EVENTS
from edge.wire.segment_answer import MAX_ANCHORS

SOON = 600.0
"""Seconds between two rounds of asking while the centre answers with something."""
MAX_AGAIN = 20
"""Runs of one epoch that a stick carries again, a segment or more each."""
LONGEST = 24 * 3600.0
"""Seconds between two rounds at most."""

_log = logging.getLogger("tramthe.sync")


def keep_anchors(log: EventLog, anchors: Iterable[str], key: CentreKey) -> int:
    """Keep each anchor that the centre signed and that is of a receipt here; return how many.

    One that is not in order keeps no other back. Raises RecordingLocked, LogDamaged.
    """
    kept = refused = 0
    coming = iter(anchors)
    while some := tuple(islice(coming, MAX_ANCHORS)):  # nobody waits long for the log
        found: dict[bytes, str] = {}
        for compact in some:
            try:
                found.setdefault(key.anchored(compact), compact)
            except UNBELIEVED:
                refused += 1
        kept += log.record_anchors(found)
    if refused:
        _log.warning("%d anchors of receipts are not the centre's, and are not taken", refused)
    return kept


def again(log: LogView, epoch: Epoch, upto: int) -> tuple[tuple[Run, ...], int]:
    """Return runs of an epoch to send again, MAX_AGAIN at most, and for how many receipts.

    Of the events up to number `upto`, which the centre holds; for a way without answers. Each run
    begins with a receipt, and has no more of them than one answer anchors. Raises LogDamaged.
    """
    runs: list[Run] = []
    meant = 0
    after, end = place(epoch.number, 0), place(epoch.number, upto)
    while len(runs) < MAX_AGAIN:
        near = _near([at for at in log.unanchored(after, MAX_ANCHORS) if at <= end])
        if not near:
            break
        runs.append(_run(near))
        meant += len(near)
        after = near[-1]
    return tuple(runs), meant


def lacking(log: LogView, after: int = 0) -> tuple[Epoch, Run] | None:
    """Return the run of events to send again for the first receipts beyond the place `after`.

    One segment's worth at most, and no more receipts than one answer anchors; None where no
    receipt lacks its anchor. Raises LogDamaged.
    """
    near = _near(log.unanchored(after, MAX_ANCHORS))
    return (log.epochs[epoch_number(near[0])], _run(near)) if near else None


def _near(places: Sequence[int]) -> list[int]:
    """Return those of ascending places that one segment brings which begins with the first."""
    if not places:
        return []
    _, end = span(epoch_number(places[0]))
    return [at for at in places if at <= min(places[0] + MAX_EVENTS - 1, end)]


def _run(places: Sequence[int]) -> Run:
    return Run(seq_of(places[0]), seq_of(places[-1]))


class Asking:
    """Which receipts to ask for now. `clock`: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._after = 0
        self._gained = 0
        self._pause = SOON / 2
        self._due = clock()

    def next(self, log: LogView) -> tuple[Epoch, Run] | None:
        """Return what to send again, None where nothing lacks or nothing is due.

        Raises LogDamaged.
        """
        if self._clock() < self._due:
            return None
        found = lacking(log, self._after)
        if found is None and self._after:
            self._end_round()
        return found

    def answered(self, epoch: Epoch, last: int, kept: int) -> None:
        """Go on behind event `last`, after an answer that brought `kept` anchors."""
        self._after = place(epoch.number, last)
        self._gained += kept

    def _end_round(self) -> None:
        self._pause = SOON if self._gained else min(self._pause * 2, LONGEST)
        self._due = self._clock() + self._pause
        self._after = self._gained = 0
