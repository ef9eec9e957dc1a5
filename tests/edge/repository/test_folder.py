"""A stick is a stranger's folder: plain files of the right size are taken, and nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tuf.api.metadata import TargetFile

from edge.repository.fetch import FOREIGN, MAX_METADATA, NOT_THERE, FolderSource
from edge.repository.outcome import RepositoryState
from tests.edge.repository.made import AT, DAY, PACKAGE, Office, Taker

BEFORE = RepositoryState.REFUSED, FOREIGN


@pytest.fixture
def stick(office: Office, taker: Taker, tmp_path: Path) -> Path:
    """Return a stick with the next package, which the terminal has not yet."""
    assert taker.delivered(PACKAGE) == b"first"
    office.publish(PACKAGE, b"second", AT + DAY, tmp_path / "scratch")
    return Path(shutil.copytree(office.public, tmp_path / "stick"))


def _package(stick: Path) -> Path:
    (found,) = (path for path in stick.rglob("*.img") if path.read_bytes() == b"second")
    return found


def _replace_by_link(path: Path, elsewhere: Path) -> None:
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def test_linked_metadata(stick: Path, taker: Taker, tmp_path: Path) -> None:
    """A link is refused even where it leads to the right bytes."""
    _replace_by_link(stick / "metadata" / "timestamp.json", tmp_path / "elsewhere")
    result = taker.take(stick)
    assert (result.state, result.fault) == BEFORE


def test_linked_folder(stick: Path, taker: Taker, tmp_path: Path) -> None:
    """So is one in the place of a folder above."""
    _replace_by_link(stick / "metadata", tmp_path / "elsewhere")
    result = taker.take(stick)
    assert (result.state, result.fault) == BEFORE


def test_linked_target(stick: Path, taker: Taker, tmp_path: Path) -> None:
    """And one in the place of a target: the terminal's own files are not read through a stick."""
    _replace_by_link(_package(stick), tmp_path / "elsewhere")
    result = taker.take(stick)
    assert [one.path for one in result.not_taken] == [PACKAGE]
    assert taker.delivered(PACKAGE) == b"first"


def test_pipe(stick: Path, taker: Taker) -> None:
    """A pipe, which would keep its reader waiting for ever, is refused at once."""
    path = stick / "metadata" / "timestamp.json"
    path.unlink()
    os.mkfifo(path)
    result = taker.take(stick)
    assert (result.state, result.fault) == BEFORE


def test_folder_in_the_place_of_a_file(stick: Path, taker: Taker) -> None:
    """A folder is no file."""
    path = stick / "metadata" / "timestamp.json"
    path.unlink()
    path.mkdir()
    result = taker.take(stick)
    assert (result.state, result.fault) == BEFORE


def test_oversize_metadata(stick: Path, taker: Taker) -> None:
    """Metadata beyond its limit is not read to its end."""
    (stick / "metadata" / "timestamp.json").write_bytes(b" " * (MAX_METADATA + 1))
    result = taker.take(stick)
    assert (result.state, result.fault) == BEFORE


@pytest.mark.parametrize("size", [0, 5, 7, 1 << 20])
def test_target_of_another_size(stick: Path, taker: Taker, size: int) -> None:
    """A target that is not as long as was signed for is not even copied."""
    _package(stick).write_bytes(b"x" * size)
    result = taker.take(stick)
    assert [one.path for one in result.not_taken] == [PACKAGE]
    assert taker.delivered(PACKAGE) == b"first"


def test_foreign_files(stick: Path, taker: Taker) -> None:
    """What else lies on a stick is not looked at."""
    (stick / "autorun.inf").write_bytes(b"[autorun]")
    (stick / "metadata" / "evil.json").write_bytes(b"{}")
    (stick / "targets" / "software" / "evil_all.deb").write_bytes(b"evil")
    assert taker.take(stick).taken == (PACKAGE,)
    assert [path.name for path in taker.rooms.delivered.rglob("*.img")] == [Path(PACKAGE).name]


def test_stick_that_was_copied_half_way(stick: Path, taker: Taker, office: Office) -> None:
    """A target that is missing is said by name, and taken once it is there."""
    _package(stick).unlink()
    result = taker.take(stick)
    assert result.state is RepositoryState.PARTLY
    assert PACKAGE in result.not_taken[0].why
    assert taker.take(office.public).taken == (PACKAGE,)


def test_stick_that_was_pulled(taker: Taker, tmp_path: Path) -> None:
    """A folder that is gone is unreachable, as a server would be."""
    assert taker.take(tmp_path / "gone").state is RepositoryState.UNREACHABLE


def test_empty_stick(taker: Taker, tmp_path: Path) -> None:
    """A stick without a repository brings nothing and harms nothing."""
    (tmp_path / "empty").mkdir()
    assert taker.take(tmp_path / "empty").state is RepositoryState.REFUSED
    assert taker.delivered(PACKAGE) == b"first"


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "software/../../root.json",
        "software/.hidden",
        "software/a b",
        "software/" + "a" * 200,
        "trust/other.jws",
        "profiles/UPPER.toml",
        "lists/card-status/list.crl",  # says nothing of itself
    ],
)
def test_signed_path_that_says_no_kind(
    office: Office, taker: Taker, tmp_path: Path, path: str
) -> None:
    """Even a name that the office signed by mistake leads nowhere."""
    file = tmp_path / "target"
    file.write_bytes(b"theirs")
    metadata = office.shop.published("targets")
    assert metadata is not None
    changed = metadata.signed
    changed.version += 1
    changed.targets[path] = TargetFile.from_file(path, str(file), ["sha256"])
    metadata.signatures.clear()
    office.shop.stage("targets", metadata)
    office.sign(AT + DAY)
    result = taker.take(office.public)
    assert result.state is RepositoryState.PARTLY
    assert [one.path for one in result.not_taken] == [path]
    assert taker.delivered(PACKAGE) == b"first"


def test_not_there_has_its_code(office: Office) -> None:
    """The codes of a refusal are stable."""
    assert (NOT_THERE, FOREIGN) == ("TARGET_NOT_THERE", "FOREIGN_ANSWER")
    assert FolderSource(office.public).metadata("9.root.json") is None
