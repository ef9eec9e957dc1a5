"""The card status list day by day: a terminal that was away takes few bytes, and is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from crl.status import ReasonCode
from edge.holdings import Holdings
from edge.repository.outcome import RepositoryState
from provisioning.office.lists import issue_status_list
from provisioning.office.pilot import STATUS_SCOPE, PilotPki
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from provisioning.publish import card_status
from tests.edge.repository.made import AT, DAY, Office, Taker

DAYS = 101
A_DAY = 5  # cards
FOLDER = "lists/card-status/dang-vien-"


def _terminal(folder: Path, office: Office, pilot: PilotPki) -> Taker:
    (folder / "holdings").mkdir(parents=True)
    root = pilot.root.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "holdings" / "root.pem").write_bytes(root)
    trust = pilot_trust_list(pilot, number=1, issued=AT)
    Holdings(folder / "holdings").apply_trust(sign_trust_list(trust, pilot.root))
    return Taker(folder, office.first_root)


@pytest.mark.parametrize(
    ("away", "way"),
    [
        (1, ["63-64.crl"]),
        (6, ["5d-64.crl"]),
        (29, ["46-64.crl"]),
        (100, ["5d.crl", "5d-64.crl"]),
    ],
)
def test_away(office: Office, tmp_path: Path, away: int, way: list[str]) -> None:
    """Deltas of 1, 7 and 30 days; beyond them the complete list on offer, and a delta on it."""
    pilot = PilotPki.create(AT)
    taker = _terminal(tmp_path / "away", office, pilot)
    file = tmp_path / "complete.crl"
    for day in range(DAYS):
        at = AT + day * DAY
        data = issue_status_list(
            pilot.status_signer,
            scope=STATUS_SCOPE,
            number=day,
            this_update=at,
            next_update=at + 30 * DAY,
            entries=[(1 + n, ReasonCode.SUPERSEDED, AT) for n in range(day * A_DAY)],
        )
        file.write_bytes(data)
        card_status.offer(office.shop, office.at(at), file, pilot.status_signer)
        office.sign(at, "lists", "snapshot", "timestamp")
        taker.now = at
        if day == DAYS - 1 - away:
            assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    result = taker.take(office.public)
    assert result.state is RepositoryState.UP_TO_DATE
    assert list(result.taken) == [FOLDER + name for name in way]
    (number,) = taker.rooms.holdings.list_numbers().values()
    assert number == DAYS - 1
