"""Passes over an honest repository: what comes into force, and what another pass costs."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from edge.repository.fetch import FolderSource
from edge.repository.kept import Kept
from edge.repository.names import TARGETS_ROLE, Target
from edge.repository.outcome import RepositoryState
from tests.edge.repository.made import AT, DAY, PACKAGE, Office, Taker


class Counting(FolderSource):
    """A folder that notes which files were asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []

    def metadata(self, name: str) -> bytes | None:
        """Return a metadata file, as the folder does."""
        self.asked.append(name)
        return super().metadata(name)

    def target(self, target: Target, out: BinaryIO) -> None:
        """Copy a target, as the folder does."""
        self.asked.append(target.path)
        super().target(target, out)


def test_second_pass(office: Office, taker: Taker) -> None:
    """A pass with nothing new asks for the next root and the timestamp, and no more."""
    source = Counting(office.public)
    result = taker.take(source)
    assert (result.state, result.taken) == (RepositoryState.UP_TO_DATE, ())
    assert source.asked == ["2.root.json", "timestamp.json"]


def test_next_package(office: Office, taker: Taker, tmp_path: Path) -> None:
    """What changed is fetched once, and the version of the set is told."""
    office.publish(PACKAGE, b"second", AT + DAY, tmp_path / "scratch")
    source = Counting(office.public)
    result = taker.take(source)
    assert (result.taken, result.version) == ((PACKAGE,), 3)
    assert source.asked.count(PACKAGE) == 1
    assert taker.delivered(PACKAGE) == b"second"
    assert list((taker.folder / "parts").iterdir()) == []


def test_withdrawn_package(office: Office, taker: Taker) -> None:
    """A package that the office offers no more leaves the terminal's folder."""
    assert taker.delivered(PACKAGE) == b"first"
    assert office.at(AT + DAY).remove(PACKAGE) == TARGETS_ROLE
    office.sign(AT + DAY)
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    assert taker.delivered(PACKAGE) is None


def test_package_for_another_machine(office: Office, taker: Taker, tmp_path: Path) -> None:
    """A terminal fetches no program that was built for another processor."""
    other = "software/tramthe_2.0_riscv64.deb"
    office.publish(other, b"foreign", AT + DAY, tmp_path / "scratch")
    source = Counting(office.public)
    assert taker.take(source).state is RepositoryState.UP_TO_DATE
    assert other not in source.asked


def test_two_passes_at_once(office: Office, taker: Taker) -> None:
    """A technician's pass beside the service's is told to wait, and harms nothing."""
    with Kept(taker.folder).exclusive():
        result = taker.take(office.public)
    assert result.state is RepositoryState.BUSY
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
