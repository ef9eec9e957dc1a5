"""An update from beginning to end: kept where the terminal is well with it, else left."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import UpdateFailed
from edge.log.chain import verify_file
from edge.update.health import Amiss
from edge.update.install import MAX_STARTS
from edge.update.journal import Journal, Outcome, Phase, Record, read_record
from edge.update.offer import Wait
from edge.update.places import PROGRAM, Handed, Software
from tests.edge.update.made import BASE, LATER, Inline, begun, events, installer, package


@pytest.fixture
def host(tmp_path: Path) -> Inline:
    """Return a terminal that runs as dpkg installed it."""
    made = Inline(*begun(tmp_path))
    made.start()
    return made


def _hashes(host: Inline) -> list[str]:
    found = [row[9] for row in events(host.state / "log.sqlite")]
    return [one.hex() for one in found if isinstance(one, bytes)]


def _nothing_lost(host: Inline) -> None:
    noted = host.noted.read_text().split()
    assert noted == [one for one in _hashes(host) if one in set(noted)]


def test_a_version_that_is_well(host: Inline, tmp_path: Path) -> None:
    """It runs on the migrated log; floor and the way back are remembered, whole copies are gone."""
    last = installer(host).install(package(tmp_path, LATER), LATER)
    assert (last.outcome, last.version, last.previous) == (Outcome.INSTALLED, LATER, BASE)
    assert (host.up, host.fault) == (LATER, None)
    record = read_record(host.software.record)
    assert (record.floor, record.previous, record.left) == (LATER, BASE, ())
    assert not host.software.journal.exists()
    assert not list(Handed(host.state).kept.rglob("*.sqlite"))
    _nothing_lost(host)


def test_a_version_that_is_not_well(host: Inline, tmp_path: Path) -> None:
    """The one before runs again, over the log that was migrated, with what the bad one recorded."""
    host.sick = (LATER,)
    last = installer(host).install(package(tmp_path, LATER), LATER)
    assert (last.outcome, last.why) == (Outcome.RETURNED, Amiss.NO_ANSWER)
    assert (host.up, host.fault) == (BASE, None)
    record = read_record(host.software.record)
    assert (record.floor, record.left) == (None, (LATER,))
    assert not host.software.tree(LATER).exists()
    assert not host.software.journal.exists()
    assert len(host.noted.read_text().split()) == 3
    _nothing_lost(host)


def test_who_waits_for_room_on_the_disk(host: Inline, tmp_path: Path) -> None:
    """Not the terminal: it runs again before the tree of what was left is removed."""

    class Noting(Inline):
        """A terminal that notes which trees lie there when it starts."""

        def start(self) -> None:
            super().start()
            lying.append(sorted(path.name for path in self.software.tree("x").parent.iterdir()))

    lying: list[list[str]] = []
    terminal = Noting(host.state, host.software, sick={LATER})
    one = installer(terminal)
    one.install(package(tmp_path, LATER), LATER)
    assert lying == [[LATER], [LATER]]
    assert terminal.up == BASE
    assert not terminal.software.tree(LATER).exists()


def test_one_after_another_and_back(host: Inline, tmp_path: Path) -> None:
    """Two trees stay: this version's and the one before; a person goes back, and not twice."""
    for version in (LATER, "1.2", "1.3"):
        installer(host).install(package(tmp_path, version), version)
    trees = {path.name for path in host.software.tree("x").parent.iterdir()}
    assert (host.up, trees) == ("1.3", {"1.2", "1.3"})
    last = installer(host).give_back()
    assert (host.up, last.why) == ("1.2", Amiss.BY_HAND)
    assert read_record(host.software.record).floor == "1.3"
    _nothing_lost(host)
    with pytest.raises(UpdateFailed, match="no earlier version"):
        installer(host).give_back()


def test_back_to_what_dpkg_installed(host: Inline, tmp_path: Path) -> None:
    """By hand, long after: the log comes back into its old form."""
    installer(host).install(package(tmp_path, LATER), LATER)
    host.start()
    installer(host).give_back()
    assert (host.up, host.fault) == (BASE, None)
    assert not host.software.current.is_symlink()
    _nothing_lost(host)


def test_a_recall_lowers_the_floor(host: Inline, tmp_path: Path) -> None:
    """What takes the place of a later version is the floor from then on."""
    for version in ("1.3", "1.2"):
        installer(host).install(package(tmp_path, version), version)
    assert read_record(host.software.record).floor == "1.2"


def test_in_a_meeting(host: Inline, tmp_path: Path) -> None:
    """Nothing is begun."""

    class Meeting(Inline):
        def status(self) -> dict[str, object]:
            return {**(super().status() or {}), "meeting": {"kind": "regular"}}

    there = Meeting(host.state, host.software)
    there.start()
    with pytest.raises(UpdateFailed) as failed:
        installer(there).install(package(tmp_path, LATER), LATER)
    assert failed.value.fault == Wait.MEETING
    assert not host.software.journal.exists()


def test_databases_that_cannot_be_kept(host: Inline, tmp_path: Path) -> None:
    """Nothing is installed, and the terminal runs on."""
    host.data = lambda program, verb: False  # type: ignore[method-assign]
    with pytest.raises(UpdateFailed, match="could not be kept"):
        installer(host).install(package(tmp_path, LATER), LATER)
    assert (host.up, host.version) == (BASE, BASE)
    assert not host.software.journal.exists()


def test_a_package_without_the_program(host: Inline, tmp_path: Path) -> None:
    """Refused before anything is stopped; no half tree stays."""
    other = package(tmp_path, LATER)
    other.write_bytes(other.read_bytes()[:-200])
    with pytest.raises(UpdateFailed, match="cannot be unpacked"):
        installer(host).install(other, LATER)
    assert host.up == BASE
    assert not list(host.software.tree("x").parent.iterdir())


def test_a_version_that_never_comes_up(host: Inline, tmp_path: Path) -> None:
    """Started three times without an end, the fourth start is the version before."""

    class PulledError(Exception):
        pass

    def pull(step: object) -> None:
        if step == "switched":
            raise PulledError

    with pytest.raises(PulledError):
        installer(host, pull).install(package(tmp_path, LATER), LATER)
    host.stop()
    host.sick = (LATER,)
    for _ in range(MAX_STARTS):
        assert installer(host).settle() is Phase.TRYING
        host.start()
        assert (host.version, host.up) == (LATER, None)
    assert installer(host).settle() is Phase.TRYING
    host.start()
    assert (host.up, host.fault) == (BASE, None)
    record = read_record(host.software.record)
    assert record.last is not None
    assert (record.last.why, record.left) == (Amiss.NEVER_UP, (LATER,))
    _nothing_lost(host)


def test_a_start_while_root_attends(host: Inline) -> None:
    """Is not counted: whoever holds the folder is in charge."""
    one, other = installer(host), installer(host)
    with one.alone() as mine, other.alone(wait=False) as theirs:
        assert (mine, theirs) == (True, False)
    with other.alone(wait=False) as theirs:
        assert theirs


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"phase": "x"}', '{"phase": "trying"}', "\xff"])
def test_a_journal_that_says_nothing(host: Inline, text: str) -> None:
    """Nothing is done for it, and the link counts."""
    host.software.journal.write_text(text)
    assert installer(host).settle() is None
    assert installer(host).resume() is None


@pytest.mark.parametrize("text", ["", "[]", '{"floor": "../x"}', '{"left": [1]}', '{"last": {}}'])
def test_a_record_that_says_nothing(host: Inline, text: str) -> None:
    """Is an empty one."""
    host.software.record.write_text(text)
    assert read_record(host.software.record) == Record()


def test_a_journal_of_another_form(host: Inline, tmp_path: Path) -> None:
    """What another version noted of before is not compared with; the rest holds."""
    installer(host).install(package(tmp_path, LATER), LATER)
    Journal(Phase.TRYING, LATER, BASE, {"other": 1}).save(host.software.journal)
    host.start()
    last = installer(host).resume()
    assert last is not None
    assert last.outcome is Outcome.INSTALLED


def test_trees(tmp_path: Path) -> None:
    """A tree is the package's, and a link to nothing is no version."""
    software = Software(tmp_path)
    software.current.symlink_to("versions/9.9")
    host = Inline(tmp_path, software)
    assert host.version == BASE
    assert (software.tree("1.1") / PROGRAM).parts[-3:] == ("1.1", "opt", "tramthe")
    assert not verify_file(tmp_path / "none").ok
