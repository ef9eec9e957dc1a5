"""A claim lets one key ask once; a copy of it shows."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from provisioning.centre.alarms import alarms
from provisioning.centre.database import Database
from provisioning.errors import FleetRefused
from provisioning.fleet import claims, registry
from provisioning.fleet.claims import GUESSED, GUESSES, KEY_CHANGED, Refusal
from provisioning.fleet.registry import State
from tests.edge.log.made import START
from tests.provisioning.centre.fleet.made import (
    OPERATOR,
    ORGANISATION,
    SECRET,
    TECHNICIAN,
    both,
    claim_for,
)

KEY, OTHER = "a" * 64, "b" * 64
LATER = START + timedelta(hours=1)


def test_claim_expects_its_terminal(database: Database) -> None:
    """The terminal stands in the registry before it has ever asked, with organisation and names."""
    with database.writing() as connection:
        claim_for(connection)
        found = registry.get(connection, "tram-001")
    assert (found.state, found.organisation, found.technician) == (
        *(State.EXPECTED, ORGANISATION, TECHNICIAN),
    )
    assert found.certificate is None


def test_first_key_wins_and_may_show_it_again(database: Database) -> None:
    """A used claim is the same key's, also after its end: the answer may have been lost."""
    with database.writing() as connection:
        claim_for(connection)
        first = claims.use_claim(connection, "claim-0001", SECRET, KEY, LATER)
        again = claims.use_claim(connection, "claim-0001", SECRET, KEY, LATER + timedelta(days=30))
    assert first.refusal is again.refusal is None
    assert first.claim == again.claim
    assert first.claim is not None
    assert first.claim.key == KEY


@both
def test_other_key_is_refused_and_raises_one_alarm(database: Database) -> None:
    """A copied claim: the second key gets nothing, and a person is told once."""
    with database.writing() as connection:
        claim_for(connection)
        claims.use_claim(connection, "claim-0001", SECRET, KEY, LATER)
        second = claims.use_claim(connection, "claim-0001", SECRET, OTHER, LATER)
        third = claims.use_claim(connection, "claim-0001", SECRET, OTHER, LATER)
    assert second.refusal is third.refusal is Refusal.TAKEN
    (alarm,) = alarms(database)
    assert (alarm.terminal, alarm.code, alarm.detail) == ("tram-001", KEY_CHANGED, OTHER)


@both
def test_claim_that_two_keys_race_for_is_one_keys(database: Database) -> None:
    """Both show it at the same moment: one is taken, the other is the alarm."""
    with database.writing() as connection:
        claim_for(connection)
    refusals: dict[str, Refusal | None] = {}
    ready = threading.Barrier(2)

    def show(key: str) -> None:
        ready.wait()
        with database.writing() as connection:
            refusals[key] = claims.use_claim(connection, "claim-0001", SECRET, key, LATER).refusal

    racers = [threading.Thread(target=show, args=(key,)) for key in (KEY, OTHER)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    assert set(refusals.values()) == {None, Refusal.TAKEN}
    assert len(alarms(database)) == 1


@pytest.mark.parametrize(
    ("id_", "secret", "at", "refusal"),
    [
        ("claim-9999", SECRET, LATER, Refusal.UNKNOWN),
        ("claim-0001", bytes(32), LATER, Refusal.UNKNOWN),
        ("claim-0001", SECRET, START + timedelta(days=1), Refusal.EXPIRED),
    ],
    ids=["no such claim", "another secret", "its time is over"],
)
def test_claim_that_does_not_hold(
    database: Database, id_: str, secret: bytes, at: datetime, refusal: Refusal
) -> None:
    """Nothing is taken, nobody learns whether id or secret was wrong, no alarm for a mistake."""
    with database.writing() as connection:
        claim_for(connection)
        assert claims.use_claim(connection, id_, secret, KEY, at).refusal is refusal
        (held,) = claims.claims(connection, "tram-001")
    assert held.key is None
    assert alarms(database) == ()


@both
def test_secrets_that_are_tried_raise_an_alarm_and_shut_nobody_out(database: Database) -> None:
    """From the fifth on a person is told, once for each claim; its own secret still opens it."""
    with database.writing() as connection:
        claim_for(connection)
        claim_for(connection, "tram-002", id="claim-0002")
    for number in range(3 * GUESSES):
        assert [alarm.code for alarm in alarms(database)] == [GUESSED] * (number >= GUESSES)
        with database.writing() as connection:
            tried = claims.use_claim(connection, "claim-0001", bytes([number]) * 32, OTHER, LATER)
        assert tried.refusal is Refusal.UNKNOWN
    (alarm,) = alarms(database)
    assert (alarm.terminal, alarm.detail) == ("tram-001", "claim-0001")
    with database.writing() as connection:
        assert claims.use_claim(connection, "claim-0001", SECRET, KEY, LATER).refusal is None
        counts = {one.id: one.wrong for one in claims.claims(connection)}
    assert counts == {"claim-0001": 3 * GUESSES, "claim-0002": 0}


def test_secrets_that_are_tried_for_no_claim(database: Database) -> None:
    """An id that was never given out is nobody's, and leaves nothing behind."""
    with database.writing() as connection:
        claim_for(connection)
        for _ in range(2 * GUESSES):
            claims.use_claim(connection, "claim-9999", SECRET, KEY, LATER)
        assert [one.wrong for one in claims.claims(connection)] == [0]
    assert alarms(database) == ()


@both
def test_new_claim_withdraws_the_unused_one(database: Database) -> None:
    """A claim that was given out anew leaves no second one lying about."""
    with database.writing() as connection:
        claim_for(connection)
        claim_for(connection, id="claim-0002")
        old = claims.use_claim(connection, "claim-0001", SECRET, KEY, LATER)
        new = claims.use_claim(connection, "claim-0002", SECRET, KEY, LATER)
    assert (old.refusal, new.refusal) == (Refusal.WITHDRAWN, None)


def test_claim_of_a_terminal_that_was_retired_meanwhile(database: Database) -> None:
    """The claim in a drawer ends with its terminal."""
    with database.writing() as connection:
        claim_for(connection)
        registry.enter(connection, "tram-001", State.RETIRED, START)
        used = claims.use_claim(connection, "claim-0001", SECRET, KEY, LATER)
    assert used.refusal is Refusal.OVER


def test_secret_is_not_in_the_database(database: Database, on_disk: Callable[[], bytes]) -> None:
    """Whoever holds the database enrols nothing."""
    with database.writing() as connection:
        claim_for(connection)
    there = on_disk()
    assert b"claim-0001" in there
    assert SECRET not in there
    assert SECRET.hex().encode() not in there


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal": "tram 001"},
        {"id": "x"},
        {"organisation": "123"},
        {"digest": b"short"},
        {"technician": ""},
        {"technician": "x" * 81},
        {"until": START},
        {"until": START + claims.LONGEST + timedelta(seconds=1)},
    ],
    ids=["name", "id", "organisation", "digest", "nobody", "long", "past", "far"],
)
def test_claim_of_wrong_form_is_not_given_out(
    database: Database, changes: dict[str, object]
) -> None:
    """Each field has its form; nothing is entered."""
    fields: dict[str, object] = {
        "id": "claim-0001",
        "digest": hashlib.sha256(SECRET).digest(),
        "terminal": "tram-001",
        "organisation": ORGANISATION,
        "technician": TECHNICIAN,
        "until": START + timedelta(days=1),
        "at": START,
        "operator": OPERATOR,
    }
    with database.writing() as connection:
        with pytest.raises(FleetRefused):
            claims.new_claim(connection, **(fields | changes))  # type: ignore[arg-type]
        assert registry.every(connection) == ()
        assert not registry.in_use(connection)


def test_claim_for_a_retired_terminal_is_not_given_out(database: Database) -> None:
    """A name stays with its records."""
    with database.writing() as connection:
        registry.enter(connection, "tram-001", State.RETIRED, START)
        with pytest.raises(FleetRefused) as caught:
            claim_for(connection)
    assert "fleet replace" in caught.value.next_step
