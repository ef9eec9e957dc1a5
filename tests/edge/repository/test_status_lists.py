"""The card status list day by day: a terminal that was away takes few bytes, and is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.repository.outcome import RepositoryState
from provisioning.office.pilot import PilotPki
from tests.edge.repository.lists import publish_lists, terminal_with_trust
from tests.edge.repository.made import AT, DAY, Office

DAYS = 101
FOLDER = "lists/card-status/dang-vien-"


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
    taker = terminal_with_trust(tmp_path / "away", office, pilot)
    for day in range(DAYS):
        publish_lists(office, pilot, day, tmp_path)
        taker.now = AT + day * DAY
        if day == DAYS - 1 - away:
            assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    result = taker.take(office.public)
    assert result.state is RepositoryState.UP_TO_DATE
    assert list(result.taken) == [FOLDER + name for name in way]
    (number,) = taker.rooms.holdings.list_numbers().values()
    assert number == DAYS - 1
