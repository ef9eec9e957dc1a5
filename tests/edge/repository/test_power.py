"""A plug pulled at any moment, and what it leaves: never a step back, never half a file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.repository.outcome import RepositoryState
from provisioning.office.pilot import PilotPki
from tests.edge.repository.lists import publish_lists, terminal_with_trust
from tests.edge.repository.made import AT, DAY, PACKAGE, Office, Taker

WITHIN = 300  # seconds for all cuts together, by far


@pytest.fixture
def yesterday(office: Office, taker: Taker, tmp_path: Path) -> Path:
    """Return the set before the one that the terminal holds."""
    before = Path(shutil.copytree(office.public, tmp_path / "yesterday"))
    office.publish(PACKAGE, b"second", AT + DAY, tmp_path / "scratch")
    assert taker.take(office.public).taken == (PACKAGE,)
    return before


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _garbage(path: Path) -> None:
    path.write_bytes(b"\xff" * 300)


def _gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [_empty, _garbage, _gone])
@pytest.mark.parametrize(
    "pattern", ["metadata/timestamp.json", "metadata/snapshot.json", "metadata/**/*.json"]
)
def test_damaged_metadata(
    office: Office, taker: Taker, yesterday: Path, damage: Callable[[Path], None], pattern: str
) -> None:
    """Metadata that came back empty lets no older set pass: the database remembers."""
    damaged = list(taker.folder.glob(pattern))
    assert damaged
    for path in damaged:
        damage(path)
    assert taker.take(yesterday).state is RepositoryState.REFUSED
    assert taker.delivered(PACKAGE) == b"second"
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    assert all(path.stat().st_size for path in taker.folder.glob("metadata/**/*.json"))


@pytest.mark.parametrize("damage", [_empty, _garbage, _gone])
def test_damaged_database(
    office: Office, taker: Taker, yesterday: Path, damage: Callable[[Path], None]
) -> None:
    """A database that came back empty lets none pass either: the metadata remembers."""
    damage(taker.folder / "accepted.sqlite")
    for name in ("timestamp.json", "snapshot.json"):
        other = taker.folder.parent / name
        (taker.folder / "metadata" / name).rename(other)
        damage(taker.folder / "accepted.sqlite") if damage is not _gone else None
        other.rename(taker.folder / "metadata" / name)
    assert taker.take(yesterday).state is RepositoryState.REFUSED
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE


def _cut_everywhere(taker: Taker, new: Path, old: Path, work: Path) -> int:
    """Return at how many operations a pass over `new` was cut; what `cuts` finds fails the test."""
    arguments = [str(taker.state), str(new), str(old), str(work)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.edge.repository.cuts", *arguments],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return int(done.stdout)


def test_cut_at_every_file_operation(office: Office, taker: Taker, tmp_path: Path) -> None:
    """Whatever was done last, the terminal comes up, goes on to the end, and never back."""
    before = Path(shutil.copytree(office.public, tmp_path / "yesterday"))
    office.publish(PACKAGE, b"second", AT + DAY, tmp_path / "scratch")
    assert _cut_everywhere(taker, office.public, before, tmp_path / "work") > 20


def test_cut_at_every_file_operation_over_lists(office: Office, tmp_path: Path) -> None:
    """Each list is the old or the new one, whole, at every cut; a delta is never half taken."""
    pilot = PilotPki.create(AT)
    taker = terminal_with_trust(tmp_path / "terminal", office, pilot)
    publish_lists(office, pilot, 0, tmp_path)
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    before = Path(shutil.copytree(office.public, tmp_path / "yesterday"))
    publish_lists(office, pilot, 1, tmp_path)
    assert _cut_everywhere(taker, office.public, before, tmp_path / "work") > 20
