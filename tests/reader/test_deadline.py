"""Calls on a thread that can be left."""

from __future__ import annotations

import gc
import threading

import pytest

from reader.deadline import Worker

IN_TIME = 20.0  # seconds; nothing here takes that long unless something is broken


def test_what_a_call_returns_and_raises() -> None:
    """Both come out where the call was asked for, in the order asked."""
    worker = Worker("test")
    assert [worker.call(lambda n=n: n, IN_TIME) for n in range(3)] == [0, 1, 2]  # type: ignore[misc]
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 / 0, IN_TIME)
    assert worker.call(threading.get_ident, IN_TIME) != threading.get_ident()
    assert not worker.overdue
    worker.end()


def test_a_call_that_does_not_come_back() -> None:
    """Given up at the deadline; the worker takes no other; its last act waits for the call."""
    held, done = threading.Event(), threading.Event()
    worker = Worker("test", done.set)
    with pytest.raises(TimeoutError):
        worker.call(lambda: held.wait(IN_TIME), 0.02)
    assert worker.overdue
    with pytest.raises(TimeoutError):
        worker.call(lambda: None, IN_TIME)
    assert (worker.ended, done.is_set()) == (False, False)
    held.set()
    worker.join(IN_TIME)
    assert (worker.ended, done.is_set()) == (True, True)


def test_a_late_answer_is_nobody_elses() -> None:
    """What a call returns too late is not taken for the answer to the next."""
    worker, held = Worker("test"), threading.Event()
    late = worker.begin(lambda: held.wait(IN_TIME) and "late")
    assert not late.wait(0)
    following = worker.begin(lambda: "next")
    held.set()
    assert following.wait(IN_TIME)
    assert (late.outcome(), following.outcome()) == ("late", "next")
    worker.end()


def test_an_ended_worker() -> None:
    """The calls it has are made, later ones are refused at once; ending twice is harmless."""
    done = threading.Event()
    worker = Worker("test", done.set)
    last = worker.begin(lambda: "last")
    worker.end()
    worker.end()
    worker.join(IN_TIME)
    assert (last.outcome(), done.is_set(), worker.overdue) == ("last", True, False)
    with pytest.raises(TimeoutError):
        worker.call(lambda: None, IN_TIME)


def test_a_forgotten_worker() -> None:
    """It ends by itself, and does its last act."""
    done = threading.Event()
    worker = Worker("test", done.set)
    worker.call(lambda: None, IN_TIME)
    del worker
    gc.collect()
    assert done.wait(IN_TIME)


def test_no_time_at_all() -> None:
    """A deadline in the past is one that is missed, not a mistake."""
    held = threading.Event()
    worker = Worker("test")
    with pytest.raises(TimeoutError):
        worker.call(lambda: held.wait(IN_TIME), -1.0)
    held.set()
