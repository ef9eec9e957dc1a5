"""Waiting for SIGTERM or Ctrl-C: no signal is slept through."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from provisioning.cli.ending import ENDING, told_to_end


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_that_the_kernel_gives_to_another_thread(number: signal.Signals) -> None:
    """The main thread wakes all the same, though nothing interrupted its own sleep."""
    with told_to_end() as wait:
        other = threading.Thread(
            target=lambda: signal.pthread_kill(threading.get_ident(), number), daemon=True
        )
        other.start()
        wait()
    other.join()


def test_a_signal_that_comes_before_the_wait() -> None:
    """A terminal told to end while it starts does not start to wait."""
    with told_to_end() as wait:
        os.kill(os.getpid(), signal.SIGTERM)
        wait()


def test_several_signals_before_the_wait() -> None:
    """They end it once and nothing fails, however many there are."""
    with told_to_end() as wait:
        for _ in range(2000):
            os.kill(os.getpid(), signal.SIGTERM)
        wait()


def test_afterwards_signals_do_what_they_did_before() -> None:
    """Handlers are put back, and nothing writes to a socket that is closed."""
    before = [signal.getsignal(number) for number in ENDING]
    with told_to_end():
        assert [signal.getsignal(number) for number in ENDING] != before
    assert [signal.getsignal(number) for number in ENDING] == before
    assert signal.set_wakeup_fd(-1) == -1
