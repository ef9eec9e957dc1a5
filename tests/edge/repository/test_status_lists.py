"""The card status list day by day: a terminal that was away takes few bytes, and is up to date."""

from __future__ import annotations

import pytest

from edge.repository.outcome import RepositoryState
from provisioning.office.pilot import PilotPki
from tests.edge.repository.lists import publish_lists, terminal_with_trust
from tests.edge.repository.made import AT, DAY, Office, Taker

pytestmark = pytest.mark.xdist_group("status-lists")

DAYS = 101
FOLDER = "lists/card-status/dang-vien-"
WAYS = {1: ["63-64.crl"], 6: ["5d-64.crl"], 29: ["46-64.crl"], 100: ["5d.crl", "5d-64.crl"]}
"""What a terminal takes that was away for so many days."""

Published = tuple[Office, dict[int, Taker]]


@pytest.fixture(scope="module")
def published(_begun: Office, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Publish day by day; each terminal takes what there is on its last day and leaves."""
    folder = tmp_path_factory.mktemp("days")
    office, pilot = _begun.copy(folder / "office"), PilotPki.create(AT)
    takers = {away: terminal_with_trust(folder / f"{away}", office, pilot) for away in WAYS}
    for day in range(DAYS):
        publish_lists(office, pilot, day, folder)
        for away, taker in takers.items():
            taker.now = AT + day * DAY
            if day == DAYS - 1 - away:
                assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    return office, takers


@pytest.mark.parametrize("away", WAYS)
def test_away(published: Published, away: int) -> None:
    """Deltas of 1, 7 and 30 days; beyond them the complete list on offer, and a delta on it."""
    office, takers = published
    result = takers[away].take(office.public)
    assert result.state is RepositoryState.UP_TO_DATE
    assert list(result.taken) == [FOLDER + name for name in WAYS[away]]
    (number,) = takers[away].rooms.holdings.list_numbers().values()
    assert number == DAYS - 1
