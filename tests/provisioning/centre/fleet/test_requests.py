"""A request waits, is decided by a person, is answered once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provisioning.centre.database import Database
from provisioning.errors import FleetRefused
from provisioning.fleet import claims, decisions, registry, requests
from provisioning.fleet.decisions import SUPERSEDED
from provisioning.fleet.history import Verb, history
from provisioning.fleet.registry import State
from provisioning.fleet.requests import MAX_CSR, RequestState, Way
from tests.edge.log.made import START
from tests.provisioning.centre.fleet.made import (
    OPERATOR,
    ORGANISATION,
    SECRET,
    Device,
    asked,
    both,
    claim_for,
    enrolled,
)

LATER = START + timedelta(days=200)


@both
def test_request_waits_and_is_the_same_when_asked_again(database: Database) -> None:
    """One key asks as often as it likes: it stays one request."""
    device = Device()
    with database.writing() as connection:
        first = asked(connection, device)
        used = claims.use_claim(connection, str(first.claim), SECRET, device.fingerprint, START)
        assert used.claim is not None
        again = requests.ask(connection, used.claim, device.csr, device.fingerprint, LATER)
        assert registry.get(connection, device.name).state is State.WAITING
        assert requests.requests(connection, RequestState.WAITING) == (first,)
    assert again == first
    assert (first.way, first.organisation, first.state) == (
        *(Way.CLAIM, ORGANISATION, RequestState.WAITING),
    )


@both
def test_approved_and_issued(database: Database) -> None:
    """Each step is in the history with its operator; asked again, the answer is there still."""
    device = Device()
    with database.writing() as connection:
        certificate = enrolled(connection, device)
        found = registry.get(connection, device.name)
        request = requests.request_of(connection, device.name, device.fingerprint)
        assert request is not None
        assert request.state is RequestState.ISSUED
        again = decisions.issued(connection, request.number, certificate, LATER)
        done = [(one.verb, one.operator) for one in history(connection, device.name)]
    assert found.state is State.APPROVED
    assert found.certificate == again
    assert again.der == certificate
    assert done == [
        (Verb.CLAIMED, OPERATOR),
        (Verb.REQUESTED, None),
        (Verb.APPROVED, OPERATOR),
        (Verb.CERTIFIED, None),
    ]


def test_refused_request_leaves_the_terminal_expected(database: Database) -> None:
    """Nothing is issued; the reason is kept; it is decided once."""
    device = Device()
    with database.writing() as connection:
        request = asked(connection, device)
        done = decisions.refuse(connection, request.number, OPERATOR, "unknown box", START)
        assert registry.get(connection, device.name).state is State.EXPECTED
        with pytest.raises(FleetRefused):
            decisions.approve(connection, request.number, OPERATOR, START)
        with pytest.raises(FleetRefused):
            decisions.issued(connection, request.number, device.certificate(), START)
    assert (done.state, done.operator, done.why) == (RequestState.REFUSED, OPERATOR, "unknown box")


def test_approving_one_key_refuses_the_others(database: Database) -> None:
    """Two boxes that both say they are one terminal: one of them is."""
    right, wrong = Device(), Device()
    with database.writing() as connection:
        first = asked(connection, right)
        second = requests.bring(connection, wrong.name, wrong.csr, wrong.fingerprint, START)
        decisions.approve(connection, first.number, OPERATOR, START)
        assert requests.request(connection, second.number).state is RequestState.REFUSED


def test_certificate_of_another_key_is_not_kept(database: Database) -> None:
    """The answer belongs to the request."""
    device = Device()
    with database.writing() as connection:
        request = asked(connection, device)
        decisions.approve(connection, request.number, OPERATOR, START)
        with pytest.raises(FleetRefused):
            decisions.issued(connection, request.number, Device().certificate(), START)


def test_certificate_before_approval_is_not_kept(database: Database) -> None:
    """Nothing is issued from quarantine."""
    device = Device()
    with database.writing() as connection:
        request = asked(connection, device)
        with pytest.raises(FleetRefused):
            decisions.issued(connection, request.number, device.certificate(), START)


@both
def test_new_machine_under_an_old_name_ends_the_old_key(database: Database) -> None:
    """The card of the Pi died: the next one takes its place when a person approved it."""
    old, new = Device(), Device()
    with database.writing() as connection:
        enrolled(connection, old)
        claim = claim_for(connection, new.name, LATER, id="claim-new1")
        used = claims.use_claim(connection, claim.id, SECRET, new.fingerprint, LATER)
        assert used.claim is not None
        request = requests.ask(connection, used.claim, new.csr, new.fingerprint, LATER)
        assert registry.get(connection, new.name).state is State.APPROVED
        decisions.approve(connection, request.number, OPERATOR, LATER)
        decisions.issued(connection, request.number, new.certificate(LATER), LATER)
        first, second = registry.certificates(connection, new.name)
    assert (first.key, first.why) == (old.fingerprint, SUPERSEDED)
    assert (second.key, second.ended_at) == (new.fingerprint, None)


def test_renewal_is_approved_as_it_comes(database: Database) -> None:
    """A terminal in service waits for nobody; its old certificate runs on until its end."""
    device = Device()
    with database.writing() as connection:
        old = enrolled(connection, device)
        request = requests.renew(
            *(connection, device.name, device.csr, device.fingerprint, LATER), certificate=old
        )
        again = requests.renew(
            *(connection, device.name, device.csr, device.fingerprint, LATER), certificate=old
        )
        assert request == again
        assert (request.state, request.way) == (RequestState.APPROVED, Way.RENEWAL)
        decisions.issued(connection, request.number, device.certificate(LATER), LATER)
        held = registry.certificates(connection, device.name)
    assert [one.ended_at for one in held] == [None, None]


def test_renewal_with_another_key(database: Database) -> None:
    """A terminal may change its key with its certificate."""
    device, fresh = Device(), Device()
    with database.writing() as connection:
        old = enrolled(connection, device)
        request = requests.renew(
            *(connection, device.name, fresh.csr, fresh.fingerprint, LATER), certificate=old
        )
        decisions.issued(connection, request.number, fresh.certificate(LATER), LATER)
        found = registry.get(connection, device.name)
    assert found.certificate is not None
    assert found.certificate.key == fresh.fingerprint


def test_back_after_a_year_waits_for_a_person(database: Database) -> None:
    """Where the caller says so, a renewal is looked at first."""
    device = Device()
    with database.writing() as connection:
        old = enrolled(connection, device)
        request = requests.renew(
            *(connection, device.name, device.csr, device.fingerprint, LATER),
            certificate=old,
            look=True,
        )
        assert request.state is RequestState.WAITING
        decisions.approve(connection, request.number, OPERATOR, LATER)
        decisions.issued(connection, request.number, device.certificate(LATER), LATER)
        assert registry.get(connection, device.name).state is State.APPROVED


def test_renewal_of_a_terminal_from_before_the_registry(database: Database) -> None:
    """Its certificate becomes known with the renewal, and is the first that is kept."""
    device = Device()
    old = device.certificate()
    with database.writing() as connection:
        registry.enter(connection, device.name, State.APPROVED, START)
        request = requests.renew(
            *(connection, device.name, device.csr, device.fingerprint, LATER), certificate=old
        )
        assert request.state is RequestState.APPROVED
        (held,) = registry.certificates(connection, device.name)
    assert held.der == old


@pytest.mark.parametrize(
    "state", [State.EXPECTED, State.WAITING, State.RETIRED, State.LOST, State.WIPING, State.WIPED]
)
def test_renewal_out_of_service_is_refused(database: Database, state: State) -> None:
    """Only a terminal in service gets its next certificate by itself."""
    device = Device()
    with database.writing() as connection:
        old = enrolled(connection, device)
        registry.enter(connection, device.name, state, START)
        with pytest.raises(FleetRefused):
            requests.renew(
                *(connection, device.name, device.csr, device.fingerprint, LATER), certificate=old
            )


def test_renewal_with_a_key_that_was_superseded_is_refused(database: Database) -> None:
    """The dead Pi's card that came alive again renews nothing."""
    old, new = Device(), Device()
    with database.writing() as connection:
        certificate = enrolled(connection, old)
        request = requests.bring(connection, new.name, new.csr, new.fingerprint, START)
        decisions.approve(connection, request.number, OPERATOR, START)
        decisions.issued(connection, request.number, new.certificate(), START)
        with pytest.raises(FleetRefused):
            requests.renew(
                *(connection, old.name, old.csr, old.fingerprint, LATER), certificate=certificate
            )


def test_request_by_stick_waits_like_any_other(database: Database) -> None:
    """It comes without a claim, from a person; brought twice it is one."""
    device = Device()
    with database.writing() as connection:
        request = requests.bring(
            *(connection, device.name, device.csr, device.fingerprint, START),
            organisation=ORGANISATION,
            operator=OPERATOR,
        )
        again = requests.bring(connection, device.name, device.csr, device.fingerprint, LATER)
        assert registry.get(connection, device.name).organisation == ORGANISATION
    assert request == again
    assert (request.way, request.state) == (Way.STICK, RequestState.WAITING)


def test_request_with_another_terminals_key_is_refused(database: Database) -> None:
    """A folder that was copied to a second card of the Pi asks for nothing."""
    device = Device()
    with database.writing() as connection:
        enrolled(connection, device)
        with pytest.raises(FleetRefused):
            requests.bring(connection, "tram-002", device.csr, device.fingerprint, START)
        assert registry.find(connection, "tram-002") is None


def test_request_that_is_too_large_is_refused(database: Database) -> None:
    """Nothing of it is kept."""
    with database.writing() as connection:
        with pytest.raises(FleetRefused):
            requests.bring(connection, "a", b"x" * (MAX_CSR + 1), "c" * 64, START)
        assert requests.requests(connection) == ()


def test_request_for_a_retired_name_is_refused(database: Database) -> None:
    """A name stays with its records."""
    device = Device()
    with database.writing() as connection:
        registry.enter(connection, device.name, State.RETIRED, START)
        with pytest.raises(FleetRefused):
            requests.bring(connection, device.name, device.csr, device.fingerprint, START)
        with pytest.raises(FleetRefused):
            requests.request(connection, 1)


def test_approval_of_a_terminal_that_was_retired_meanwhile(database: Database) -> None:
    """What waited is not let in behind the back of who retired it."""
    device = Device()
    with database.writing() as connection:
        request = asked(connection, device)
        registry.enter(connection, device.name, State.RETIRED, START)
        with pytest.raises(FleetRefused):
            decisions.approve(connection, request.number, OPERATOR, START)
