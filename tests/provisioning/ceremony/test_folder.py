"""An act is done whole or not at all, and what it made is not changed behind its back."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import BinaryIO

import pytest

from provisioning.ceremony import inspect
from provisioning.ceremony.folder import LEDGER, STAGED, Act, AuthorityFolder, Made, begun, opened
from provisioning.errors import OfficeInputInvalid
from tests.provisioning.ceremony.conftest import AT, PASSPHRASE, do


def _act(files: dict[str, bytes], **facts: str) -> Act:
    return Act("test", facts, lambda _: Made(files), keyed=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a folder in which two things were done."""
    with begun(tmp_path / "authority") as folder:
        do(folder, _act({"lists/1": b"one"}, role="test"))
        do(folder, _act({"lists/2": b"two"}))
    return tmp_path / "authority"


def test_what_an_act_leaves(path: Path) -> None:
    """Its files, a line, a record that says what was made; nothing staged, nobody else reads."""
    with opened(path) as folder:
        assert folder.read("lists/1") == b"one"
        assert folder.role == "test"
        record = folder.read("records/0002-test.txt").decode()
        assert folder.ledger.entries[0].digest[:4] in record
    digest = hashlib.sha256(b"two").hexdigest()
    assert " ".join(digest[place : place + 4] for place in range(0, 64, 4)) in record
    assert "lists/2" in record
    assert record.count("Ký / Signature") == 2
    assert not (path / STAGED).exists()
    assert {one.stat().st_mode & 0o077 for one in (path, *path.rglob("*"))} == {0}


def test_act_that_fails_while_it_writes(path: Path) -> None:
    """Nothing of it happened, and the next act is as if it had never been tried."""

    def fail(out: BinaryIO) -> None:
        out.write(b"half")
        raise OSError("the stick was pulled")

    before = (path / LEDGER).read_bytes()
    with opened(path) as folder, pytest.raises(OSError, match="pulled"):
        folder.carry_out(
            Act("test", {}, lambda _: Made({"lists/3": b"three", "lists/4": fail})), "", AT
        )
    assert (path / LEDGER).read_bytes() == before
    with opened(path) as folder:
        assert not (path / STAGED).exists()
        assert list(inspect.faults(folder)) == []
        do(folder, _act({"lists/3": b"three"}))


@pytest.mark.parametrize("moved", [(), ("lists/3",), ("lists/3", "lists/4")])
def test_power_cut_after_the_line(path: Path, moved: tuple[str, ...]) -> None:
    """What stands in the ledger is finished by the next opening, however far it had come."""
    with opened(path) as folder:
        do(folder, _act({"lists/3": b"three", "lists/4": b"four"}))
        entry = folder.ledger.entries[-1]
    for name in entry.files:
        if name not in moved:
            staged = path / STAGED / "3" / name
            staged.parent.mkdir(parents=True, exist_ok=True)
            (path / name).rename(staged)
    with opened(path) as folder:
        assert folder.read("lists/3") == b"three"
        assert folder.read("lists/4") == b"four"
        assert list(inspect.faults(folder)) == []
    assert not (path / STAGED).exists()


def test_power_cut_before_a_file_was_dropped(path: Path) -> None:
    """What an act keeps no longer is gone at the latest after the next opening, and not missed."""
    dropping = Act("test", {}, lambda _: Made({"lists/3": b"three"}, drops=("lists/1",)), False)
    with opened(path) as folder:
        do(folder, dropping)
    assert not (path / "lists" / "1").exists()
    (path / "lists" / "1").write_bytes(b"one")
    (path / STAGED / "3").mkdir(parents=True)
    with opened(path) as folder:
        assert list(inspect.faults(folder)) == []
        assert "lists/1" not in folder.names()
    assert not (path / "lists" / "1").exists()


def test_power_cut_in_the_line(path: Path) -> None:
    """Half a line is no act: its files go, and its number is the next act's."""
    whole = (path / LEDGER).read_bytes()
    staged = path / STAGED / "3" / "lists" / "3"
    staged.parent.mkdir(parents=True)
    staged.write_bytes(b"three")
    (path / LEDGER).write_bytes(whole + b'{"v":1,"n":3,"at":"2026-')
    with opened(path) as folder:
        assert len(folder.ledger.entries) == 2
        do(folder, _act({"lists/3": b"another"}))
    with opened(path) as folder:
        assert folder.ledger.entries[-1].number == 3
        assert folder.read("lists/3") == b"another"
    assert (path / LEDGER).read_bytes().startswith(whole)


def test_file_that_was_changed(path: Path) -> None:
    """It is not used, and the check names it."""
    (path / "lists" / "1").write_bytes(b"ONE")
    with opened(path) as folder:
        with pytest.raises(OfficeInputInvalid, match="not as it was made"):
            folder.read("lists/1")
        assert [line for line in inspect.faults(folder) if "lists/1" in line]


def test_file_that_is_gone(path: Path) -> None:
    """So is one that is missing."""
    (path / "records" / "0001-test.txt").unlink()
    with opened(path) as folder:
        assert [line for line in inspect.faults(folder) if "0001-test.txt" in line]


def test_file_that_nobody_made(path: Path) -> None:
    """What lies there without an act is named, and not overwritten by one."""
    (path / "lists" / "3").write_bytes(b"mine")
    with opened(path) as folder:
        assert [line for line in inspect.faults(folder) if "by no act" in line]
        with pytest.raises(OfficeInputInvalid, match="nothing here is overwritten"):
            do(folder, _act({"lists/3": b"three"}))
    assert (path / "lists" / "3").read_bytes() == b"mine"


def test_ledger_that_was_changed(path: Path) -> None:
    """The folder does not open."""
    ledger = path / LEDGER
    whole = ledger.read_bytes()
    for line in (b"lists/1", b"lists/2", b"2026-11-07T12"):
        ledger.write_bytes(whole.replace(line, line[:-1] + b"9"))
        with pytest.raises(OfficeInputInvalid, match="ledger was changed"), opened(path):
            pass


def test_two_processes_at_once(path: Path) -> None:
    """The second is told, and waits for nothing."""
    with opened(path), pytest.raises(OfficeInputInvalid, match="in use"), opened(path):
        pass


def test_folder_that_is_none(tmp_path: Path) -> None:
    """An empty folder, or none, is no authority."""
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(OfficeInputInvalid, match="no authority's folder"), opened(path):
            pass


def test_folder_that_is_taken(path: Path, tmp_path: Path) -> None:
    """Keys are never made over others, nor among somebody's files."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter").write_bytes(b"dear")
    for taken in (path, tmp_path / "home"):
        with pytest.raises(OfficeInputInvalid, match="not empty"), begun(taken):
            pass


def test_beginning_that_failed(tmp_path: Path) -> None:
    """A folder whose first act failed can be begun again."""
    path = tmp_path / "new"
    bad = Act("test", {}, lambda _: Made({"a": _no}), keyed=False)
    with begun(path) as folder, pytest.raises(OSError, match="full"):
        folder.carry_out(bad, "", AT)
    with begun(path) as folder:
        do(folder, _act({"a": b"a"}))


def _no(_out: BinaryIO) -> None:
    raise OSError("disk full")


def test_copy_of_before(path: Path, root: AuthorityFolder, tmp_path: Path) -> None:
    """A folder restored from a copy is whole in itself: only the signed paper tells."""
    copy = Path(shutil.copytree(path, tmp_path / "copy"))
    with opened(copy) as folder:
        assert list(inspect.faults(folder)) == []
        with pytest.raises(OfficeInputInvalid, match="folder of a test"):
            folder.require_role("csca")
    root.require_role("csca")
    assert PASSPHRASE not in (root.path / LEDGER).read_text()
