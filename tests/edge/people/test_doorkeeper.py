"""PINs tried and set, and what is told of it."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from edge.errors import PinUnfit
from edge.people.doorkeeper import Answer, Doorkeeper
from edge.people.lockout import FREE_TRIES
from edge.people.records import Records
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.people.store import PeopleFile
from edge.people.visits import Laid
from tests.edge.people.made import PIN, SECRET, WRONG, Seconds, claim, keeper_of


@pytest.mark.parametrize(
    "given", [WRONG, "", "2718281", "27182", " 271828", "２７１８２８", "x" * 9999]
)
def test_another_pin(given: str, keeper: Doorkeeper) -> None:
    """Wrong, and counted."""
    assert keeper.try_pin(Role.SECRETARY, given) is Answer.WRONG
    assert keeper.door(Role.SECRETARY).tries.begun == 1


def test_no_pin_is_set(tmp_path: Path, seconds: Seconds, file: PeopleFile) -> None:
    """Nothing opens, nothing is counted, and nobody becomes the first by trying."""
    bare = keeper_of(tmp_path, seconds)
    assert bare.try_pin(Role.SECRETARY, PIN) is Answer.UNSET
    assert not bare.door(Role.SECRETARY).pin_set
    assert file.read() == Records()


def test_one_roles_pin_is_not_anothers(tmp_path: Path, seconds: Seconds) -> None:
    """Each has its own."""
    made = keeper_of(tmp_path, seconds)
    made.take(claim(Role.SECRETARY))
    assert made.door(Role.SECRETARY).pin_set
    assert made.try_pin(Role.TECHNICIAN, PIN) is Answer.UNSET


def test_a_new_pin(keeper: Doorkeeper) -> None:
    """The old one is wrong at once, and the tries before it are forgotten."""
    for _ in range(FREE_TRIES):
        keeper.try_pin(Role.SECRETARY, WRONG)
    keeper.set_pin(Role.SECRETARY, "314159")
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.WRONG
    assert keeper.try_pin(Role.SECRETARY, "314159") is Answer.RIGHT


def test_a_new_pin_that_is_none(keeper: Doorkeeper, file: PeopleFile) -> None:
    """Refused, and the old one stays."""
    before = file.read()
    with pytest.raises(PinUnfit):
        keeper.set_pin(Role.SECRETARY, "111111")
    assert file.read() == before


def test_many_try_at_once(keeper: Doorkeeper) -> None:
    """From many browsers at the same time: no more than the tries there are."""
    answers: list[Answer] = []
    start = threading.Barrier(12)

    def guess() -> None:
        start.wait()
        answers.append(keeper.try_pin(Role.SECRETARY, WRONG))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [Answer.WAIT] * 7 + [Answer.WRONG] * FREE_TRIES


def test_what_the_log_says(keeper: Doorkeeper, caplog: pytest.LogCaptureFixture) -> None:
    """Counts and roles; no PIN, no response, no secret, no person."""
    caplog.set_level(logging.DEBUG)
    keeper.visits.ask("browser")
    keeper.card_laid("r-7")
    keeper.open_desk("browser", Role.SECRETARY, Way.CARD, "r-7")
    keeper.try_pin(Role.SECRETARY, "161803")
    keeper.try_pin(Role.SECRETARY, PIN)
    keeper.try_response(Role.SECRETARY, "4F7K29QM")
    keeper.set_pin(Role.SECRETARY, "314159")
    said = caplog.text
    assert "a wrong try: secretary, 1 since the last right one" in said
    assert "a desk was opened: secretary by card" in said
    for secret in ("161803", PIN, "314159", "4F7K", "r-7", SECRET.hex(), "browser"):
        assert secret not in said


def test_what_is_counted(keeper: Doorkeeper) -> None:
    """Since the start, for the status."""
    keeper.try_pin(Role.SECRETARY, WRONG)
    keeper.try_pin(Role.SECRETARY, WRONG)
    keeper.try_pin(Role.SECRETARY, PIN)
    keeper.try_response(Role.SECRETARY, "00000000")
    keeper.open_desk(None, Role.SECRETARY, Way.PIN)
    assert keeper.card_laid("r-7") is Laid.NOBODY_ASKED
    keeper.visits.ask("here")
    keeper.card_laid(None)
    assert keeper.counters == {
        "pin_wrong": 2,
        "pin_right": 1,
        "recovery_wrong": 1,
        "opened_by_pin": 1,
        "card_turned_away": 1,
    }


def test_a_card_opens_the_desk_where_no_pin_can(tmp_path: Path, seconds: Seconds) -> None:
    """The file is damaged: a committee member's card still opens, until it is mended."""
    lost = keeper_of(tmp_path, seconds, wrap_key=None)
    token = lost.open_desk(None, Role.SECRETARY, Way.CARD, "r-7")
    assert lost.session(token) is not None
