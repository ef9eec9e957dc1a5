"""Time that is wrong, and metadata that is old: neither lets an attack in nor keeps a set out."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, MetaFile, Timestamp

from edge.floor import Sighting
from edge.repository.names import TIMESTAMP_ROLE
from edge.repository.outcome import RepositoryState
from provisioning.publish.ceremony import VALID
from tests.edge.repository.made import AT, DAY, PACKAGE, Office, Taker

YEARS = timedelta(days=5 * 365)


@pytest.mark.parametrize("wrong_by", [-YEARS, YEARS])
def test_clock_that_is_years_off(
    office: Office, taker: Taker, tmp_path: Path, wrong_by: timedelta
) -> None:
    """The honest set is taken, the one before it is refused, as with a clock that is right."""
    shutil.copytree(office.public, tmp_path / "yesterday")
    office.publish(PACKAGE, b"second", AT + DAY, tmp_path / "scratch")
    taker.now = AT + wrong_by
    assert taker.take(office.public).taken == (PACKAGE,)
    assert taker.take(tmp_path / "yesterday").state is RepositoryState.REFUSED
    assert taker.delivered(PACKAGE) == b"second"


@pytest.mark.parametrize("wrong_by", [-YEARS, YEARS])
def test_first_pass_with_a_clock_that_is_years_off(
    office: Office, tmp_path: Path, wrong_by: timedelta
) -> None:
    """A new terminal comes up the same whatever its clock says."""
    taker = Taker(tmp_path / "other", office.first_root, AT + wrong_by)
    assert taker.take(office.public).taken == (PACKAGE,)


def test_expired_newer_set_beside_a_held_one_that_is_good(office: Office, tmp_path: Path) -> None:
    """What the held set still owes is fetched, though the newer timestamp is over."""
    taker = Taker(tmp_path / "other", office.first_root)
    hidden = tmp_path / "hidden"
    office.shop.targets.rename(hidden)
    assert taker.take(office.public).state is RepositoryState.PARTLY  # accepted, not fetched
    hidden.rename(office.shop.targets)
    over = Timestamp(9, expires=AT + DAY, snapshot_meta=MetaFile(2))
    metadata = Metadata(over)
    metadata.sign(office.keys[TIMESTAMP_ROLE])
    (office.shop.metadata / "timestamp.json").write_bytes(metadata.to_bytes())
    taker.rooms.clock.saw_verified_list(Sighting(AT + 2 * DAY, "a list's signer"))
    result = taker.take(office.public)
    assert result.state is RepositoryState.EXPIRED
    assert result.taken == (PACKAGE,)
    assert taker.delivered(PACKAGE) == b"first"


def test_newer_stick_with_metadata_of_last_year(
    office: Office, taker: Taker, tmp_path: Path
) -> None:
    """A stick that lay in a drawer brings a terminal forward that knows no later time."""
    office.publish(PACKAGE, b"second", AT + 10 * DAY, tmp_path / "scratch")
    stick = shutil.copytree(office.public, tmp_path / "stick")
    taker.now = AT + 375 * DAY
    assert taker.take(stick).taken == (PACKAGE,)
    assert taker.delivered(PACKAGE) == b"second"


def test_stick_that_is_proved_to_be_of_last_year(
    office: Office, taker: Taker, tmp_path: Path
) -> None:
    """A terminal that has later lists takes nothing of it, and loses nothing by it."""
    office.publish(PACKAGE, b"second", AT + 10 * DAY, tmp_path / "scratch")
    stick = shutil.copytree(office.public, tmp_path / "stick")
    later = AT + 10 * DAY + VALID[TIMESTAMP_ROLE] + DAY
    taker.rooms.clock.saw_verified_list(Sighting(later, "a list's signer"))
    assert taker.take(stick).state is RepositoryState.EXPIRED
    assert taker.delivered(PACKAGE) == b"first"
    office.at(later).renew(TIMESTAMP_ROLE)
    office.sign(later)
    assert taker.take(office.public).taken == (PACKAGE,)


def test_root_that_is_over_until_the_next_one_comes(office: Office, taker: Taker) -> None:
    """An expired root still leads to the one that follows it."""
    later = AT + VALID["root"] + DAY
    clock = taker.rooms.clock
    for step in range(1, 7):  # by two witnesses, since none carries the floor far alone
        for witness in ("one", "another"):
            clock.saw_verified_list(Sighting(min(AT + step * 390 * DAY, later), witness))
    assert clock.floor >= later
    assert taker.take(office.public).state is RepositoryState.EXPIRED
    for role in ("root", "targets", "lists", "snapshot", TIMESTAMP_ROLE):
        office.at(later).renew(role)
    office.sign(later)
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
