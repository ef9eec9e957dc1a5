"""The file of PINs: sealed, whole or not at all, readable by the service."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from edge.errors import PeopleDamaged
from edge.files import replace_file
from edge.people.doorkeeper import Answer, Doorkeeper
from edge.people.lockout import Tries
from edge.people.records import MAX_BYTES, Records
from edge.people.roles import Role
from edge.people.store import FILE, PeopleFile
from tests.edge.people.made import PIN, SECRET, TERMINAL, Seconds, keeper_of


def test_what_is_kept_comes_back(keeper: Doorkeeper, file: PeopleFile) -> None:
    """Every field, through the disk."""
    records = file.read()
    assert set(records.pins) == set(Role)
    assert records.recovery is not None
    assert (records.recovery.terminal, records.recovery.secret) == (TERMINAL, SECRET)
    assert Records.from_bytes(records.to_bytes()) == records


def test_the_file_says_nothing(keeper: Doorkeeper, tmp_path: Path) -> None:
    """Neither PIN nor secret nor whose they are; and nobody but its owner reads it."""
    data = (tmp_path / FILE).read_bytes()
    for word in (PIN.encode(), SECRET, SECRET.hex().encode(), b"secretary", TERMINAL.encode()):
        assert word not in data
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", [0, 11, 12, 40, -17, -16, -1])
def test_a_byte_is_altered(
    place: int, keeper: Doorkeeper, file: PeopleFile, tmp_path: Path
) -> None:
    """Nobody comes in by a file that somebody wrote in; the way out is said."""
    sealed = bytearray((tmp_path / FILE).read_bytes())
    sealed[place] ^= 1
    (tmp_path / FILE).write_bytes(sealed)
    with pytest.raises(PeopleDamaged) as damaged:
        file.read()
    assert "--start-over" in damaged.value.next_step
    assert keeper.door(Role.SECRETARY).damaged
    with pytest.raises(PeopleDamaged):
        keeper.try_pin(Role.SECRETARY, PIN)


@pytest.mark.parametrize("length", [0, 1, 12, 27, 28, 100, MAX_BYTES + 1])
def test_it_has_another_length(length: int, keeper: Doorkeeper, tmp_path: Path) -> None:
    """Empty, cut short, or larger than any such file."""
    data = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes((data * 100)[:length].ljust(length, b"\x00"))
    assert keeper.door(Role.SECRETARY).damaged


def test_a_folder_lies_in_its_place(keeper: Doorkeeper, tmp_path: Path) -> None:
    """Damaged, like any file that cannot be read."""
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    assert keeper.door(Role.SECRETARY).damaged


@pytest.mark.parametrize("key", [None, bytes(32)])
def test_under_another_key(key: bytes | None, keeper: Doorkeeper, tmp_path: Path) -> None:
    """Copied to another terminal, or where the terminal lost its key, it does not open."""
    elsewhere = keeper_of(tmp_path, Seconds(), wrap_key=key)
    assert elsewhere.door(Role.SECRETARY).damaged
    assert elsewhere.challenge(Role.SECRETARY) is None
    with pytest.raises(PeopleDamaged):
        elsewhere.set_pin(Role.SECRETARY, PIN)


def test_started_over(keeper: Doorkeeper, file: PeopleFile, tmp_path: Path) -> None:
    """Everything is forgotten; then a first PIN may be set again."""
    (tmp_path / FILE).write_bytes(b"garbage")
    file.start_over()
    file.start_over()
    assert not keeper.door(Role.SECRETARY).pin_set
    keeper.set_pin(Role.SECRETARY, PIN)
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


GOOD = json.loads(Records(tries={Role.SECRETARY: Tries(5, 20.0)}).to_bytes())
COST = {"n": 16, "r": 1, "p": 1}


@pytest.mark.parametrize(
    "broken",
    [
        {"v": 2},
        {"generation": -1},
        {"generation": True},
        {"generation": 1.5},
        {"pins": {"nobody": {**COST, "salt": "", "key": ""}}},
        {"pins": {"secretary": {**COST, "n": 2**30, "salt": "00", "key": "00"}}},
        {"pins": {"secretary": {**COST, "salt": "zz", "key": "00"}}},
        {"pins": []},
        {"tries": {"secretary": {"begun": 5, "left": "0"}}},
        {"tries": {"secretary": {"begun": 5, "left": 1e12}}},
        {"tries": {"secretary": {"begun": 5, "left": True}}},
        {"tries": {"somebody": {"begun": 5, "left": 0}}},
        {"recovery": {"terminal": "t", "secret": "00", "counter": 0}},
        {"recovery": {"terminal": "t", "secret": "00" * 32}},
        {"recovery": "00"},
    ],
)
def test_a_form_that_is_not_ours(broken: dict[str, object]) -> None:
    """Refused whole, whatever it says."""
    with pytest.raises(PeopleDamaged):
        Records.from_bytes(json.dumps({**GOOD, **broken}).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"[" * 100_000, b"\xff", b"{}"])
def test_no_form_at_all(data: bytes) -> None:
    """One error, never a parser's own."""
    with pytest.raises(PeopleDamaged):
        Records.from_bytes(data)


def test_records_are_shown() -> None:
    """Without records of PINs and without the secret."""
    assert "pins" not in repr(Records())
    assert "recovery" not in repr(Records())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_written_by_root_on_the_console(keeper: Doorkeeper, tmp_path: Path) -> None:
    """The file belongs to whom its folder belongs to: the service must read it."""
    os.chown(tmp_path, 4242, 4343)
    keeper.set_pin(Role.SECRETARY, "314159")
    replace_file(tmp_path / "other", b"x")
    for name in (FILE, "other"):
        found = (tmp_path / name).stat()
        assert (found.st_uid, found.st_gid) == (4242, 4343)
