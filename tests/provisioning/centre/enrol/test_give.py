"""Giving out claims: all of a list or none, each with a secret of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.wire.event import timestamp
from provisioning.enrol.give import MAX_AT_ONCE, Office, Wanted, give_out
from provisioning.errors import OfficeInputInvalid
from provisioning.fleet import claims
from tests.edge.log.made import START
from tests.provisioning.centre.enrol import office as stage

SHARED = Office("https://enrol.centre.test", (b"0" * 400,))


def wanted(count: int) -> list[Wanted]:
    """Return a list."""
    return [Wanted(f"TT-{number}", stage.ORGANISATION, "Hoa") for number in range(count)]


def test_claims_of_a_list(office: stage.Office) -> None:
    """Bound to terminal, organisation, technician and time; no two share an id or a secret."""
    with office.database.writing() as connection:
        given = give_out(
            connection, wanted(3), SHARED, START, valid=timedelta(hours=1), operator="lan"
        )
        kept = claims.claims(connection)
    assert {(one.terminal, one.organisation, one.technician) for one in given} == {
        (one.terminal, one.organisation, one.technician) for one in kept
    }
    assert len({one.secret for one in given}) == len({one.claim_id for one in given}) == 3
    assert {one.until for one in given} == {timestamp(START + timedelta(hours=1))}
    assert not any(one.secret.hex() in repr(one) for one in given)


def test_authority_too_large_for_a_code(office_here: stage.Office) -> None:
    """Two large certificates do not fit one QR code: said before anything is kept."""
    large = Office("https://enrol.centre.test", (bytes(2000), bytes(2000)))
    with (
        office_here.database.writing() as connection,
        pytest.raises(OfficeInputInvalid, match="TT-0"),
    ):
        give_out(connection, wanted(1), large, START, operator=None)


@pytest.mark.parametrize("count", [0, MAX_AT_ONCE + 1])
def test_list_of_no_size(office_here: stage.Office, count: int) -> None:
    """None, or more than a list may have."""
    with office_here.database.writing() as connection, pytest.raises(OfficeInputInvalid):
        give_out(connection, wanted(count), SHARED, START, operator=None)
