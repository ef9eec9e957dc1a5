"""A forgotten PIN: challenge, response, once."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

from edge import crockford
from edge.people import recovery
from edge.people.doorkeeper import Answer, Doorkeeper
from edge.people.lockout import FREE_TRIES
from edge.people.recovery import MAX_COUNTER, Asked, Recovery, secret_of
from edge.people.roles import Role
from edge.people.store import PeopleFile
from tests.edge.people.made import PIN, SECRET, TERMINAL, WRONG, Seconds, keeper_of


def answer(challenge: str | None, terminal: str = TERMINAL, secret: bytes = SECRET) -> str:
    """Return what the office answers to what it heard."""
    assert challenge is not None
    asked = recovery.asked(secret, terminal, challenge)
    assert asked is not None
    return recovery.response(secret, terminal, asked.role, asked.counter)


def test_the_codes_as_documented() -> None:
    """HMAC-SHA-256 over the parts behind their lengths, its first 40 bits."""
    parts = (b"tramthe-recovery-challenge-v1", b"99-0417", b"secretary", b"7")
    message = b"".join(len(part).to_bytes(2) + part for part in parts)
    mac = hmac.digest(SECRET, message, hashlib.sha256)
    challenge = recovery.challenge(SECRET, "99-0417", Role.SECRETARY, 7)
    assert challenge == crockford.encode(mac[:5], 8)
    answered = (b"tramthe-recovery-response-v1", *parts[1:], challenge.encode())
    message = b"".join(len(part).to_bytes(2) + part for part in answered)
    mac = hmac.digest(SECRET, message, hashlib.sha256)
    assert recovery.response(SECRET, "99-0417", Role.SECRETARY, 7) == crockford.encode(mac[:5], 8)


def test_the_office_hears_a_challenge() -> None:
    """It learns the role and the counter; however it was written down."""
    challenge = recovery.challenge(SECRET, TERMINAL, Role.TECHNICIAN, 41)
    heard = crockford.grouped(challenge).lower()
    assert recovery.asked(SECRET, TERMINAL, heard) == Asked(Role.TECHNICIAN, 41)


@pytest.mark.parametrize("heard", ["", "4F7K", "4F7K 29QM 1", "4F7K 29Q!", "UUUUUUUU"])
def test_what_is_no_challenge(heard: str) -> None:
    """Eight characters of the alphabet, or nothing."""
    assert recovery.asked(SECRET, TERMINAL, heard) is None


def test_a_challenge_misheard_or_of_another_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The office notices before it answers."""
    monkeypatch.setattr(recovery, "MAX_COUNTER", 2000)
    challenge = recovery.challenge(SECRET, TERMINAL, Role.SECRETARY, 3)
    misheard = ("7" if challenge[0] != "7" else "8") + challenge[1:]
    assert recovery.asked(SECRET, TERMINAL, misheard) is None
    assert recovery.asked(SECRET, "99-0418", challenge) is None
    assert recovery.asked(secret_of(bytes(32), TERMINAL), TERMINAL, challenge) is None


def test_every_terminal_has_its_own_secret() -> None:
    """From one office key; none of them says anything of another."""
    one, other = secret_of(bytes(32), "99-0417"), secret_of(bytes(32), "99-0418")
    assert (len(one), one != other) == (32, True)


def test_a_response_is_accepted_once(keeper: Doorkeeper) -> None:
    """Replayed it is wrong, and the challenge is another one."""
    challenge = keeper.challenge(Role.SECRETARY)
    response = answer(challenge)
    assert keeper.try_response(Role.SECRETARY, crockford.grouped(response).lower()) is Answer.RIGHT
    assert keeper.challenge(Role.SECRETARY) != challenge
    assert keeper.try_response(Role.SECRETARY, response) is Answer.WRONG


def test_a_response_nobody_used(keeper: Doorkeeper) -> None:
    """Somebody remembered the PIN: what the office said is worth nothing any more."""
    response = answer(keeper.challenge(Role.SECRETARY))
    assert keeper.try_pin(Role.TECHNICIAN, PIN) is Answer.RIGHT
    assert keeper.try_response(Role.SECRETARY, response) is Answer.WRONG


def test_a_wrong_pin_changes_no_challenge(keeper: Doorkeeper) -> None:
    """Nor does looking at it, nor a wrong response: the office is on the telephone."""
    challenge = keeper.challenge(Role.SECRETARY)
    keeper.try_pin(Role.SECRETARY, WRONG)
    keeper.try_response(Role.SECRETARY, "00000000")
    assert keeper.challenge(Role.SECRETARY) == challenge


def test_the_power_goes_while_the_office_is_called(
    keeper: Doorkeeper, seconds: Seconds, tmp_path: Path
) -> None:
    """The challenge is the same afterwards, and its response holds."""
    response = answer(keeper.challenge(Role.SECRETARY))
    again = keeper_of(tmp_path, seconds)
    assert again.try_response(Role.SECRETARY, response) is Answer.RIGHT


def test_a_response_for_another_role(keeper: Doorkeeper) -> None:
    """Whoever may set the secretary's PIN does not set the technician's."""
    response = answer(keeper.challenge(Role.SECRETARY))
    assert keeper.try_response(Role.TECHNICIAN, response) is Answer.WRONG


def test_a_response_of_another_terminal(keeper: Doorkeeper) -> None:
    """Even under the same secret and counter."""
    challenge = recovery.challenge(SECRET, "99-0418", Role.SECRETARY, 0)
    response = answer(challenge, "99-0418")
    assert keeper.try_response(Role.SECRETARY, response) is Answer.WRONG


def test_responses_are_guessed(keeper: Doorkeeper, seconds: Seconds) -> None:
    """The same lock-out, counted apart: a forgotten PIN must not bar its own cure."""
    for _ in range(FREE_TRIES):
        assert keeper.try_pin(Role.SECRETARY, WRONG) is Answer.WRONG
    for _ in range(FREE_TRIES):
        assert keeper.try_response(Role.SECRETARY, "00000000") is Answer.WRONG
    response = answer(keeper.challenge(Role.SECRETARY))
    assert keeper.try_response(Role.SECRETARY, response) is Answer.WAIT
    assert keeper.recovery_tries().left == 300
    seconds.now += 300
    assert keeper.try_response(Role.SECRETARY, response) is Answer.RIGHT


@pytest.mark.parametrize("given", ["", "0", "É", "0" * 5000, "\x00"])
def test_a_response_that_is_none(given: str, keeper: Doorkeeper) -> None:
    """Wrong like any other."""
    assert keeper.try_response(Role.SECRETARY, given) is Answer.WRONG


def test_there_is_no_secret(file: PeopleFile, tmp_path: Path, seconds: Seconds) -> None:
    """No challenge, and nothing to try."""
    bare = keeper_of(tmp_path, seconds)
    assert bare.challenge(Role.SECRETARY) is None
    assert bare.try_response(Role.SECRETARY, "00000000") is Answer.UNSET
    assert file.read().tries_of("recovery").begun == 0


def test_the_secret_of_another_terminal(keeper: Doorkeeper, file: PeopleFile) -> None:
    """A claim taken at the wrong terminal gives no challenge that somebody could answer."""
    with file.alone() as records:
        file.keep(records.with_recovery(Recovery("99-0418", SECRET)))
    assert keeper.challenge(Role.SECRETARY) is None


def test_the_secret_is_used_up(keeper: Doorkeeper, file: PeopleFile) -> None:
    """The office would no longer find the challenge: a new secret is needed."""
    with file.alone() as records:
        file.keep(records.with_recovery(Recovery(TERMINAL, SECRET, MAX_COUNTER - 1)))
    assert keeper.challenge(Role.SECRETARY) is not None
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT
    assert keeper.challenge(Role.SECRETARY) is None
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


@pytest.mark.parametrize(("size", "counter"), [(31, 0), (33, 0), (32, -1), (32, MAX_COUNTER + 1)])
def test_what_is_no_secret(size: int, counter: int) -> None:
    """Another size, or a count that cannot be."""
    with pytest.raises(ValueError, match="not a terminal's"):
        Recovery(TERMINAL, bytes(size), counter)
