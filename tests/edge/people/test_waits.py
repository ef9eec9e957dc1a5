"""Waits of a running terminal: power cuts, restarts and clocks give nobody one try more."""

from __future__ import annotations

import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.clock import Clock
from edge.errors import PeopleNotKept
from edge.floor import Sighting
from edge.people import waits
from edge.people.doorkeeper import Answer, Doorkeeper
from edge.people.lockout import FREE_TRIES, wait_after
from edge.people.roles import Role
from edge.people.store import PeopleFile
from tests.edge.people.made import PIN, WRONG, Seconds, claim, keeper_of

MINUTE = 60.0


def lock_out(keeper: Doorkeeper) -> None:
    """Use up the first tries."""
    for _ in range(FREE_TRIES):
        assert keeper.try_pin(Role.SECRETARY, WRONG) is Answer.WRONG


def test_a_wait_ends(keeper: Doorkeeper, seconds: Seconds) -> None:
    """Not a second before, and the right PIN then ends the count too."""
    lock_out(keeper)
    seconds.now += 5 * MINUTE - 1
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.WAIT
    seconds.now += 1
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT
    assert keeper.door(Role.SECRETARY).tries.before_wait == FREE_TRIES


def test_looking_during_a_wait_costs_nothing(keeper: Doorkeeper, seconds: Seconds) -> None:
    """A press that is not looked at makes no wait longer."""
    lock_out(keeper)
    for _ in range(30):
        assert keeper.try_pin(Role.SECRETARY, WRONG) is Answer.WAIT
    seconds.now += 5 * MINUTE
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


def test_the_power_goes_during_a_wait(keeper: Doorkeeper, seconds: Seconds, tmp_path: Path) -> None:
    """What was written down counts; the rest is waited again, and hours without power are none."""
    lock_out(keeper)
    seconds.now += 2 * MINUTE
    keeper.waits.keep_time()
    seconds.now += 50.0
    later = Seconds(3.0)  # a machine that starts counts from zero
    again = keeper_of(tmp_path, later)
    assert again.door(Role.SECRETARY).tries.left == pytest.approx(3 * MINUTE)
    later.now += 3 * MINUTE - 1
    assert again.try_pin(Role.SECRETARY, PIN) is Answer.WAIT
    later.now += 1
    assert again.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


def test_the_power_goes_in_the_middle_of_a_try(
    keeper: Doorkeeper, seconds: Seconds, tmp_path: Path, file: PeopleFile
) -> None:
    """It counts from its beginning: the file says so before anything is compared."""
    for begun in range(1, FREE_TRIES + 1):
        assert keeper.waits.begin(Role.SECRETARY) == begun
        assert file.read().tries_of(Role.SECRETARY).begun == begun
        keeper = keeper_of(tmp_path, seconds)
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.WAIT


def test_one_wait_is_not_anothers(keeper: Doorkeeper, seconds: Seconds) -> None:
    """The technician comes in while the secretary waits; neither wait grows by it."""
    lock_out(keeper)
    seconds.now += 4 * MINUTE
    assert keeper.try_pin(Role.TECHNICIAN, PIN) is Answer.RIGHT
    assert keeper.try_pin(Role.TECHNICIAN, WRONG) is Answer.WRONG
    assert keeper.door(Role.SECRETARY).tries.left == pytest.approx(MINUTE)


def test_the_disk_takes_nothing(keeper: Doorkeeper, tmp_path: Path) -> None:
    """A try that cannot be counted is no try: not even the right PIN opens."""
    blocked = tmp_path / ".people.sealed.new"
    blocked.mkdir()
    for _ in range(FREE_TRIES + 1):
        with pytest.raises(PeopleNotKept) as refused:
            keeper.try_pin(Role.SECRETARY, PIN)
        assert "card" in refused.value.next_step
    blocked.rmdir()
    assert keeper.door(Role.SECRETARY).tries.begun == 0
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


def test_a_wait_is_written_down_while_it_runs(
    keeper: Doorkeeper, seconds: Seconds, file: PeopleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a thread of its own, and once more when the service ends."""
    lock_out(keeper)
    monkeypatch.setattr(waits, "KEEP_SECONDS", 0.001)
    stop = threading.Event()
    thread = threading.Thread(target=keeper.waits.run, args=(stop,))
    thread.start()
    seconds.now += MINUTE
    while file.read().tries_of(Role.SECRETARY).left > 4 * MINUTE:
        assert thread.is_alive()
    seconds.now += MINUTE
    stop.set()
    thread.join()
    assert file.read().tries_of(Role.SECRETARY).left == pytest.approx(3 * MINUTE)


def test_two_processes_over_one_file(keeper: Doorkeeper, seconds: Seconds, tmp_path: Path) -> None:
    """Tries in either are tries of both."""
    other = keeper_of(tmp_path, seconds)
    answers = [
        (keeper if turn % 2 else other).try_pin(Role.SECRETARY, WRONG)
        for turn in range(FREE_TRIES + 1)
    ]
    assert answers == [Answer.WRONG] * FREE_TRIES + [Answer.WAIT]


class Guesser(RuleBasedStateMachine):
    """Somebody who guesses, pulls the plug and turns clocks; and how often that may succeed.

    `ran` is the time that the terminal truly ran, by whatever process. After a wrong try the next
    one is due only when that time has grown by the wait.
    """

    @initialize()
    def provision(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.wall = datetime(2026, 11, 20, tzinfo=UTC)
        self.clock = Clock(self.path / "floor", system=lambda: self.wall)
        self.ran = 0.0
        self.due = 0.0
        self.begun = 0
        self.start()
        self.keeper.take(claim())

    def start(self) -> None:
        self.seconds = Seconds(0.0)
        self.keeper = keeper_of(self.path, self.seconds)

    @rule()
    def guess(self) -> None:
        """Try a wrong PIN; one that is looked at must have been due."""
        if self.keeper.try_pin(Role.SECRETARY, WRONG) is Answer.WRONG:
            self._tried()

    @rule()
    def guess_and_pull_the_plug(self) -> None:
        """Lose the power after the try began."""
        if self.keeper.waits.begin(Role.SECRETARY) is not None:
            self._tried()
        self.start()

    def _tried(self) -> None:
        assert self.ran >= self.due - 1e-6
        self.begun += 1
        self.due = self.ran + wait_after(self.begun)

    @rule(seconds=st.sampled_from([1.0, 59.0, 61.0, 299.0, 300.0, 700.0, 4000.0, 90_000.0]))
    def run(self, seconds: float) -> None:
        """Let the terminal run; its thread writes down each minute."""
        for _ in range(min(int(seconds // MINUTE), 3)):
            self.seconds.now += MINUTE
            self.ran += MINUTE
            self.keeper.waits.keep_time()
        rest = seconds - min(int(seconds // MINUTE), 3) * MINUTE
        self.seconds.now += rest
        self.ran += rest

    @rule()
    def pull_the_plug(self) -> None:
        """Nothing is written any more."""
        self.start()

    @rule()
    def restart(self) -> None:
        """End the service in order, and start it again."""
        self.keeper.waits.keep_time()
        self.start()

    @rule(days=st.sampled_from([-4000, -1, 1, 365, 4000]))
    def turn_the_clock(self, days: int) -> None:
        """Let the system clock go anywhere, and the floor with it."""
        self.wall += timedelta(days=days)
        self.clock.saw_verified_list(Sighting(self.clock.now().at, "a list"))

    @invariant()
    def a_right_pin_is_not_looked_at_before_its_time(self) -> None:
        if hasattr(self, "keeper") and self.ran < self.due - 1e-6:
            assert self.keeper.door(Role.SECRETARY).tries.waiting

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestGuesser = Guesser.TestCase
TestGuesser.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
