"""What a centre does on the side: only while it is quiet, whatever the database says."""

from __future__ import annotations

import threading

from provisioning.centre.quiet_work import QuietWork
from provisioning.errors import CentreStoreUnavailable


def test_thread_waits_while_segments_come() -> None:
    """Other work is for quiet moments, and ends when it is told to."""
    done: list[int] = []
    asked = threading.Event()

    def busy() -> bool:
        asked.set()
        return False

    def job() -> bool:
        done.append(1)
        return False

    work = QuietWork([job], busy, every=0.01)
    work.start()
    asked.wait()
    work.stop()
    assert done == []


def test_jobs_are_done_to_their_end_in_order() -> None:
    """The first one until it has no more to do, then the next."""
    done: list[str] = []
    ended = threading.Event()

    def first() -> bool:
        done.append("first")
        return len(done) < 3

    def second() -> bool:
        done.append("second")
        ended.set()
        return False

    work = QuietWork([first, second], lambda: not ended.is_set(), every=0.01)
    work.start()
    ended.wait()
    work.stop()
    assert done == ["first", "first", "first", "second"]


def test_database_that_is_away() -> None:
    """Ends the turn, not the thread: the next one tries again."""
    tries: list[int] = []
    ended = threading.Event()

    def job() -> bool:
        tries.append(1)
        if len(tries) < 3:
            raise CentreStoreUnavailable("It is away.", next_step="Wait.")
        ended.set()
        return False

    work = QuietWork([job], lambda: not ended.is_set(), every=0.01)
    work.start()
    ended.wait()
    work.stop()
    assert len(tries) == 3
