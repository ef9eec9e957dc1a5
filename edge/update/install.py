"""An update from the first step to the last, and what follows from a plug pulled in between.

Lives here: the order, and the way back. Not here: what each step does (`trees`, `keep`, `health`,
`host`). Root runs this; the version that dpkg installed, which never changes by itself, is the one
that carries it out, so that no new version can spoil the way back.

The journal is written before what it announces, and each step may be done twice. So at any moment
either the journal is absent, and the link says which version runs, or it says what to do:

| phase | done so far | what a start does |
|---|---|---|
| copying | nothing that runs was changed | gives up; the version before runs |
| trying | databases kept | the new version runs; the third start without an end is the last |
| returning | it was left | the way back is gone to its end; the version before runs |
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from pathlib import Path

from edge.errors import UpdateFailed
from edge.update import trees
from edge.update.health import Amiss, Facts, amiss, facts
from edge.update.host import Host
from edge.update.journal import (
    Journal,
    Last,
    Outcome,
    Phase,
    Record,
    drop_journal,
    highest,
    read_journal,
    read_record,
)
from edge.update.offer import Wait
from edge.update.places import BASE, PROGRAM, Software
from edge.wire.event import timestamp

MAX_STARTS = 3
"""So often a new version is started; then the version before is, by itself."""

log = logging.getLogger("tramthe.update")


@unique
class Step(StrEnum):
    """Ends of steps, in order: where a plug may be pulled."""

    UNPACKED = "unpacked"
    ANNOUNCED = "announced"
    STOPPED = "stopped"
    KEPT = "kept"
    TRYING = "trying"
    SWITCHED = "switched"
    STARTED = "started"
    WATCHED = "watched"
    RECORDED = "recorded"
    ENDED = "ended"
    LEAVING = "leaving"
    LEFT = "left"
    CARRIED = "carried"
    SWITCHED_BACK = "switched-back"
    RETURN_RECORDED = "return-recorded"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a new version has to be well, and how long it must stay so. Seconds."""

    limit: float = 300.0
    steady: float = 20.0
    every: float = 1.0


class Installer:
    """Updates of one machine. `base`: version of the program that dpkg installed, at `base_at`.

    `at_end` is told each step that is done.
    """

    def __init__(
        self,
        software: Software,
        host: Host,
        base: str,
        now: Callable[[], datetime],
        *,
        base_at: Path = BASE,
        patience: Patience | None = None,
        at_end: Callable[[Step], None] = lambda _: None,
    ) -> None:
        self._software = software
        self._host = host
        self._base = base
        self._base_at = base_at
        self._now = now
        self._patience = patience or Patience()
        self._at_end = at_end

    @property
    def running(self) -> str:
        """Return the version that runs from the next start on."""
        return trees.running_tree(self._software) or self._base

    @contextmanager
    def alone(self, *, wait: bool = True) -> Iterator[bool]:
        """Keep other processes out; without `wait`, whether they are. Raises OSError."""
        handle = os.open(self._software.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    def install(self, package: Path, version: str) -> Last:
        """Go to a version whose package is verified; return how that ended.

        The caller holds `alone`. Raises UpdateFailed, and nothing was changed; OSError.
        """
        previous = self.running
        before = facts(self._host.status())
        if before is not None and before.meeting:
            raise UpdateFailed(
                "A meeting is open at this terminal.",
                next_step="Install after it has ended.",
                fault=Wait.MEETING,
            )
        trees.unpack(package, version, self._software)
        self._at_end(Step.UNPACKED)
        noted = {} if before is None else asdict(before)
        journal = Journal(Phase.COPYING, version, previous, noted)
        journal.save(self._software.journal)
        self._at_end(Step.ANNOUNCED)
        try:
            self._host.stop()
            self._at_end(Step.STOPPED)
            if not self._host.data(self._program(previous), "keep"):
                raise UpdateFailed(
                    "The terminal's databases could not be kept, so nothing was installed.",
                    next_step="Look at disk and log: tramthe diagnose, tramthe log verify.",
                    fault="NOT_KEPT",
                )
        except UpdateFailed:
            drop_journal(self._software.journal)
            self._host.start()
            raise
        self._at_end(Step.KEPT)
        journal = replace(journal, phase=Phase.TRYING)
        journal.save(self._software.journal)
        self._at_end(Step.TRYING)
        trees.switch(version, self._software)
        self._at_end(Step.SWITCHED)
        self._host.start()
        self._at_end(Step.STARTED)
        return self._judge(journal)

    def settle(self) -> Phase | None:
        """Do what the journal asks before the terminal starts; return the phase it was found in.

        The caller holds `alone`; the terminal does not run. Raises OSError.
        """
        journal = read_journal(self._software.journal)
        if journal is None:
            return None
        match journal.phase:
            case Phase.COPYING:
                trees.switch(journal.previous, self._software)
                drop_journal(self._software.journal)
            case Phase.TRYING:
                journal = replace(journal, starts=journal.starts + 1)
                journal.save(self._software.journal)
                if journal.starts > MAX_STARTS:
                    self._leave(journal, Amiss.NEVER_UP)
                else:
                    trees.switch(journal.version, self._software)
            case Phase.RETURNING:
                self._go_back(journal)
        return journal.phase

    def resume(self) -> Last | None:
        """Bring what is under way to its end, beside a terminal that starts; None for nothing.

        The caller holds `alone`. Raises OSError.
        """
        journal = read_journal(self._software.journal)
        if journal is None:
            return None
        if journal.phase is Phase.TRYING:
            trees.switch(journal.version, self._software)
            return self._judge(journal)
        self._stop_anyway()
        self.settle()
        self._host.start()
        self.tidy()
        return read_record(self._software.record).last

    def tidy(self) -> None:
        """Remove the trees that nobody goes to any more; the caller holds `alone`.

        Never between a stop and a start: for so many files a card needs a minute.
        """
        trees.sweep(self._software, self.running, read_record(self._software.record).previous)

    def give_back(self) -> Last:
        """Go back to the version that ran before this one, by a person's order.

        The caller holds `alone`. Raises UpdateFailed where there is none; OSError.
        """
        record = read_record(self._software.record)
        version, previous = self.running, record.previous
        if previous is None or not self._is_there(previous) or previous == version:
            raise UpdateFailed(
                "There is no earlier version on this machine to go back to.",
                next_step="Install the package of the version that you want: apt install ./FILE",
                fault="NO_EARLIER_VERSION",
            )
        journal = Journal(Phase.RETURNING, version, previous, {})
        return self._leave(journal, Amiss.BY_HAND, stop=True)

    def _judge(self, journal: Journal) -> Last:
        """Watch the new version, then keep it or go back."""
        found = self._watch(journal)
        if found is None and not self._host.data(self._program(journal.version), "check"):
            found = Amiss.LOG_BROKEN
        self._at_end(Step.WATCHED)
        return self._commit(journal) if found is None else self._leave(journal, found, stop=True)

    def _watch(self, journal: Journal) -> Amiss | None:
        """Return what is amiss at the end of the patience, None once all is well for long."""
        before = _facts_of(journal)
        started = time.monotonic()
        well_since: float | None = None
        while True:
            found = amiss(facts(self._host.status()), before, journal.version)
            now = time.monotonic()
            if found is not None:
                well_since = None
                if now - started > self._patience.limit:
                    return found
            else:
                well_since = now if well_since is None else well_since
                if now - well_since >= self._patience.steady:
                    return None
            time.sleep(self._patience.every)

    def _commit(self, journal: Journal) -> Last:
        last = self._last(Outcome.INSTALLED, journal, None)
        record = read_record(self._software.record)
        recalled = record.floor is not None and highest(journal.previous, journal.version) != (
            journal.version
        )
        floor = journal.version if recalled else highest(record.floor, journal.version)
        kept = replace(record.after(last), floor=floor, previous=journal.previous)
        kept.save(self._software.record)
        self._at_end(Step.RECORDED)
        drop_journal(self._software.journal)
        self._at_end(Step.ENDED)
        self._host.data(self._program(journal.version), "forget")
        self.tidy()
        log.info("version %s is installed; before it ran %s", journal.version, journal.previous)
        return last

    def _leave(self, journal: Journal, why: Amiss, *, stop: bool = False) -> Last:
        log.error("version %s is left for %s: %s", journal.version, journal.previous, why)
        journal = replace(journal, phase=Phase.RETURNING, why=why.value)
        journal.save(self._software.journal)
        self._at_end(Step.LEAVING)
        if stop:
            self._stop_anyway()
            self._at_end(Step.LEFT)
        last = self._go_back(journal)
        if stop:
            self._host.start()
            self.tidy()
        return last

    def _go_back(self, journal: Journal) -> Last:
        """Bring data and link back; a way that was begun is gone to its end."""
        if not self._host.data(self._program(journal.previous), "carry"):
            log.error("the databases could not be carried back; recording may stay locked")
        self._at_end(Step.CARRIED)
        trees.switch(journal.previous, self._software)
        self._at_end(Step.SWITCHED_BACK)
        last = self._last(Outcome.RETURNED, journal, journal.why)
        record: Record = read_record(self._software.record).after(last)
        replace(record, previous=None).save(self._software.record)
        self._at_end(Step.RETURN_RECORDED)
        drop_journal(self._software.journal)
        self._at_end(Step.RETURNED)
        return last

    def _stop_anyway(self) -> None:
        try:
            self._host.stop()
        except UpdateFailed as error:
            log.error("%s", error)

    def _program(self, version: str) -> Path:
        tree = self._software.tree(version)
        return tree / PROGRAM if tree.is_dir() else self._base_at

    def _is_there(self, version: str) -> bool:
        return version == self._base or self._software.tree(version).is_dir()

    def _last(self, outcome: Outcome, journal: Journal, why: str | None) -> Last:
        return Last(outcome, journal.version, journal.previous, timestamp(self._now()), why)


def _facts_of(journal: Journal) -> Facts | None:
    """Return what the new version is compared with; None where nobody, or another form, says."""
    try:
        return Facts(**journal.before) if journal.before else None
    except TypeError:
        return None
