"""What root takes of what it is handed: a real repository's package, verified by itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.clock import Clock
from edge.errors import RepositoryRefused, UpdateFailed
from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.repository.apply import Rooms, this_machine
from edge.repository.fetch import FolderSource
from edge.repository.release import Release
from edge.repository.update import update
from edge.update import taking
from edge.update.handing import ask_root, chooser, consider, hand, installed, on_offer, take_request
from edge.update.offer import Hour, Installed
from edge.update.places import Handed, Software
from edge.update.taking import Taken, take
from provisioning.publish import releases
from tests.edge.repository.made import AT, DAY, Office
from tests.edge.update.made import package

HERE = Installed(this_machine(), "1.0", "1.0")
SUITE = this_machine().suite


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Return a publisher that offers version 1.1."""
    folder = tmp_path_factory.mktemp("office")
    office = Office(folder / "shop")
    _offer(office, package(folder, "1.1"))
    return office


def _offer(office: Office, file: Path, suite: str = SUITE, recalls: str | None = None) -> Release:
    made = releases.offer(office.at(AT), file, [suite], recalls=recalls)
    office.sign(AT)
    return made


@pytest.fixture
def office(shop: Office, tmp_path: Path) -> Office:
    """Return that publisher in a folder of its own."""
    return shop.copy(tmp_path / "shop")


@pytest.fixture
def software(office: Office, tmp_path: Path) -> Software:
    """Return root's folder, with the repository's first root."""
    made = Software(tmp_path / "software")
    made.repository.mkdir(parents=True)
    (made.repository / "root.json").write_bytes(office.first_root)
    return made


def _take(office: Office, software: Software, here: Installed = HERE) -> Taken:
    return take(FolderSource(office.public), software, here)


def test_taken(office: Office, software: Software) -> None:
    """The package on offer, byte for byte, in a folder of root's."""
    taken = _take(office, software)
    assert taken.release.version == "1.1"
    (offered,) = (office.public / "targets" / "software").glob("*.deb")
    assert taken.package.read_bytes() == offered.read_bytes()
    assert software.root in taken.package.parents


def test_altered(office: Office, software: Software) -> None:
    """One bit is enough; nothing of it stays."""
    (file,) = (office.public / "targets" / "software").glob("*.deb")
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(RepositoryRefused) as refused:
        _take(office, software)
    assert refused.value.fault == "METADATA_ALTERED"
    assert not list((software.repository / "parts").iterdir())


def test_another_office(software: Software, tmp_path: Path) -> None:
    """Whole, and signed by others: refused."""
    other = Office(tmp_path / "other")
    _offer(other, package(tmp_path, "1.9"))
    with pytest.raises(RepositoryRefused):
        _take(other, software)


def test_a_set_of_before(office: Office, software: Software, tmp_path: Path) -> None:
    """What root has seen it remembers: an older set is refused though all of it is genuine."""
    before = Path(shutil.copytree(office.public, tmp_path / "before"))
    _offer(office, package(tmp_path, "1.2"))
    assert _take(office, software).release.version == "1.2"
    with pytest.raises(RepositoryRefused) as refused:
        take(FolderSource(before), software, HERE)
    assert refused.value.fault == "METADATA_OLDER"


@pytest.mark.parametrize(
    ("here", "code"),
    [
        (replace(HERE, version="1.2", floor="1.2"), "OLDER_VERSION"),
        (replace(HERE, floor="1.2"), "OLDER_VERSION"),
        (replace(HERE, version="1.1", floor="1.1"), "RUNS_ALREADY"),
        (replace(HERE, left=("1.1",)), "TRIED_AND_LEFT"),
        (replace(HERE, machine=replace(HERE.machine, suite="duke")), "OTHER_SUITE"),
    ],
)
def test_not_for_here(office: Office, software: Software, here: Installed, code: str) -> None:
    """Older, there already, left before, of another suite: said, and nothing is fetched."""
    with pytest.raises(UpdateFailed) as failed:
        _take(office, software, here)
    assert failed.value.fault == "NOTHING_ON_OFFER"
    assert f"1.1: {code}" in failed.value.message
    assert not list((software.repository / "parts").iterdir())


def test_of_another_architecture(office: Office, software: Software, tmp_path: Path) -> None:
    """Not taken on this machine."""
    file = package(tmp_path, "1.5", architecture="s390x")
    _offer(office, file)
    assert _take(office, software).release.version == "1.1"


def test_a_package_under_another_ones_name(
    office: Office, software: Software, tmp_path: Path
) -> None:
    """Signed for as 1.4, and 1.1 by what stands in it: refused."""
    said = Release("1.4", (SUITE,), "all", 1000)
    office.at(AT).add(said.path, package(tmp_path, "1.1"), said.to_custom())
    office.sign(AT)
    with pytest.raises(RepositoryRefused) as refused:
        _take(office, software)
    assert refused.value.fault == "NOT_A_PACKAGE"


def test_larger_than_it_may_be(
    office: Office, software: Software, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused by its signed length, before a byte is fetched."""
    monkeypatch.setattr(taking, "MAX_TARGET", 100)
    with pytest.raises(RepositoryRefused) as refused:
        _take(office, software)
    assert refused.value.fault == "METADATA_TOO_LARGE"


def test_a_full_disk(office: Office, software: Software, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit by what the release says is refused before a byte is fetched."""
    monkeypatch.setattr(taking, "SPARE", shutil.disk_usage(software.root).total)
    with pytest.raises(UpdateFailed) as failed:
        _take(office, software)
    assert failed.value.fault == "NO_ROOM"
    assert not list((software.repository / "parts").iterdir())


def test_nobody_to_believe(office: Office, tmp_path: Path) -> None:
    """A machine that was told of no root installs nothing."""
    with pytest.raises(UpdateFailed) as failed:
        _take(office, Software(tmp_path / "other"))
    assert failed.value.fault == "NOT_PROVISIONED"


@pytest.fixture
def terminal(office: Office, software: Software, tmp_path: Path) -> Callable[[], Path]:
    """Return what lets a terminal look into the repository; it returns the state folder."""
    state = tmp_path / "state"
    layout = StateLayout(state)
    layout.repository.mkdir(parents=True)
    (layout.repository / "root.json").write_bytes(office.first_root)

    def look() -> Path:
        holdings = Holdings(layout.holdings, start_anyway=True)
        rooms = Rooms(holdings, Clock(layout.floor), layout.delivered, chooser(software, "1.0"))
        update(layout.repository, FolderSource(office.public), rooms)
        return state

    return look


def test_handed_over(
    office: Office, software: Software, terminal: Callable[[], Path], tmp_path: Path
) -> None:
    """The terminal fetches the newest alone and hands it over; root verifies it again."""
    _offer(office, package(tmp_path, "1.3"))
    state = terminal()
    delivered = StateLayout(state).delivered / "software"
    assert [path.name for path in delivered.iterdir()] == ["tramthe_1.3_all.deb"]
    assert len(on_offer(state)) == 2
    assert not take_request(state)
    asked = ask_root(state, installed(software, "1.0"), AT + DAY)
    assert asked is not None
    assert take_request(state)
    taken = take(FolderSource(Handed(state).request), software, HERE)
    assert (taken.release, asked) == (asked, taken.release)


def test_handed_over_by_one_who_altered_it(
    office: Office, software: Software, terminal: Callable[[], Path]
) -> None:
    """A terminal that was taken over makes root install nothing else."""
    state = terminal()
    hand(state, installed(software, "1.0"))
    (file,) = (Handed(state).request / "targets" / "software").glob("*.deb")
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data[:-1] + b"x")
    with pytest.raises(RepositoryRefused):
        take(FolderSource(Handed(state).request), software, HERE)


def test_nothing_to_hand_over(software: Software, terminal: Callable[[], Path]) -> None:
    """Before the first look, after the version was installed, or before it was fetched."""
    state = StateLayout(terminal().parent / "fresh").root
    assert ask_root(state, installed(software, "1.0"), AT) is None
    state = terminal()
    assert ask_root(state, installed(software, "1.1"), AT) is None
    shutil.rmtree(StateLayout(state).delivered)
    assert ask_root(state, installed(software, "1.0"), AT) is None
    with pytest.raises(UpdateFailed, match="not fetched"):
        hand(state, installed(software, "1.0"))


def test_a_version_without_an_order(software: Software) -> None:
    """Said so, for a build that was never released."""
    with pytest.raises(UpdateFailed, match="no place"):
        installed(software, "unknown")
    assert chooser(software, "unknown")([Release("1.1", (SUITE,), "all", 1)]) is None


def test_a_moment_for_it(software: Software, terminal: Callable[[], Path]) -> None:
    """The terminal asks when nothing goes on, once, and not while root has it in hand."""
    state, quiet = terminal(), Hour(AT, meeting_open=False, question_open=False, low_voltage=None)
    assert consider(state, software, "1.0", replace(quiet, meeting_open=True)) is None
    assert consider(state, software, "unknown", quiet) is None
    assert not Handed(state).go.exists()
    asked = consider(state, software, "1.0", quiet)
    assert asked is not None
    assert asked.version == "1.1"
    assert consider(state, software, "1.0", quiet) is None
    assert take_request(state)
    software.journal.write_text("{}")
    assert consider(state, software, "1.0", quiet) is None
