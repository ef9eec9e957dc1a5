"""Terminals that ask at the same moment: one wins, and the same one is given the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from werkzeug.test import TestResponse

from provisioning.fleet.claims import KEY_CHANGED
from provisioning.fleet.registry import certificates
from provisioning.office.pki import new_key
from tests.provisioning.centre.enrol.office import Blank, Office, given

AT_ONCE = 4
"""No more than the centre works on at the same time."""


def together(calls: Sequence[Callable[[], TestResponse]]) -> list[TestResponse]:
    """Make the calls from threads that start at one moment; return the answers."""
    begin = threading.Barrier(len(calls))

    def call(one: Callable[[], TestResponse]) -> TestResponse:
        begin.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_claim_that_several_keys_show_at_once(office: Office) -> None:
    """One is taken; each of the others is refused, with an alarm of its own."""
    claim = office.claim()
    blanks = [Blank("TT-0001") for _ in range(AT_ONCE)]
    answers = together([lambda one=one: office.enrol(claim, one.request()) for one in blanks])  # type: ignore[misc]
    assert sorted(answer.status_code for answer in answers) == [202, 403, 403, 403]
    assert [alarm.code for alarm in office.alarms()] == [KEY_CHANGED] * 3
    assert office.requests() == 1


def test_one_key_that_asks_several_times_at_once(office: Office) -> None:
    """One request, and after approval one certificate."""
    blank, claim = Blank("TT-0001"), office.claim()
    ask = [lambda: office.enrol(claim, blank.request())] * AT_ONCE
    assert [answer.status_code for answer in together(ask)] == [202] * AT_ONCE
    assert office.requests() == 1
    office.approve()
    assert len({given(answer) for answer in together(ask)}) == 1


def test_renewal_that_is_asked_several_times_at_once(office: Office) -> None:
    """One certificate more."""
    old, key = office.enrolled(), new_key()
    answers = together([lambda: office.renew(old, key)] * AT_ONCE)
    assert len({given(answer) for answer in answers}) == 1
    with office.database.reading() as connection:
        assert len(certificates(connection, "TT-0001")) == 2
