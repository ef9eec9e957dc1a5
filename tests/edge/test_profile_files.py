"""Delivered profiles: which count, when, and what a bad medium leaves of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import reader
from edge.errors import ConfigInvalid
from edge.profile_files import MAX_BYTES, MAX_PROFILES, ProfileFiles
from reader.errors import ProfileInvalid
from reader.profile import builtin_profiles

OURS = (Path(reader.__file__).parent / "profiles" / "dang-vien.toml").read_text()
PATIENT = OURS.replace("max_seconds = 10", "max_seconds = 20")


def named(name: str) -> str:
    """Return the party card's profile under another name."""
    return OURS.replace('name = "dang-vien"', f'name = "{name}"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where delivered profiles lie; nothing is there yet."""
    return tmp_path / "profiles"


def test_nothing_delivered(folder: Path) -> None:
    """The built-in profiles are in force, and none waits."""
    assert ProfileFiles(folder).load() == builtin_profiles()
    assert ProfileFiles(folder).waiting(builtin_profiles()) == ()


def test_a_built_in_profile_is_replaced(folder: Path) -> None:
    """It stands in its place in the order; the others are as they were."""
    files = ProfileFiles(folder)
    files.keep(PATIENT, "dang-vien")
    found = ProfileFiles(folder).load()
    assert [one.name for one in found] == [one.name for one in builtin_profiles()]
    changed = [one for one in found if one not in builtin_profiles()]
    assert [(one.name, one.max_seconds) for one in changed] == [("dang-vien", 20)]


def test_a_new_profile(folder: Path) -> None:
    """It comes after the built-in ones, by its name."""
    files = ProfileFiles(folder)
    for name in ("zebra", "ant"):
        files.keep(named(name), name)
    assert [one.name for one in files.load()][-2:] == ["ant", "zebra"]
    assert files.load()[:-2] == builtin_profiles()


def test_what_waits(folder: Path) -> None:
    """A profile waits until a start loads it, and the same one again waits no more."""
    files = ProfileFiles(folder)
    running = files.load()
    files.keep(PATIENT, "dang-vien")
    assert files.waiting(running) == ("dang-vien",)
    assert files.waiting(files.load()) == ()
    files.keep(PATIENT, "dang-vien")
    assert files.waiting(files.load()) == ()


def test_a_profile_that_says_another_name(folder: Path) -> None:
    """Refused, and nothing is on disk."""
    with pytest.raises(ConfigInvalid, match="calls itself"):
        ProfileFiles(folder).keep(OURS, "cccd")
    assert not folder.exists()


def test_a_profile_that_is_none(folder: Path) -> None:
    """Refused, and the one delivered before stays."""
    files = ProfileFiles(folder)
    files.keep(PATIENT, "dang-vien")
    with pytest.raises(ProfileInvalid):
        files.keep(OURS[:200], "dang-vien")
    assert next(one for one in files.load() if one.name == "dang-vien").max_seconds == 20


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * 50, PATIENT.encode()[:-300], b"#" * MAX_BYTES + PATIENT.encode()],
    ids=["empty", "binary", "half", "oversize"],
)
def test_a_file_that_a_bad_medium_spoilt(folder: Path, data: bytes) -> None:
    """It counts as absent: the built-in profile is in force, and it is fetched again."""
    files = ProfileFiles(folder)
    files.keep(PATIENT, "dang-vien")
    assert files.has("dang-vien")
    (folder / "dang-vien.toml").write_bytes(data)
    assert files.load() == builtin_profiles()
    assert not files.has("dang-vien")


def test_a_file_under_anothers_name(folder: Path) -> None:
    """A profile that was copied to another name is not taken for it."""
    folder.mkdir()
    (folder / "cccd.toml").write_text(PATIENT)
    assert ProfileFiles(folder).load() == builtin_profiles()


def test_more_files_than_there_may_be(folder: Path) -> None:
    """No folder of files keeps a terminal from starting: the first by name are read."""
    folder.mkdir()
    for number in range(MAX_PROFILES + 5):
        (folder / f"a{number:03}.toml").write_text(named(f"a{number:03}"))
    assert len(ProfileFiles(folder).load()) == len(builtin_profiles()) + MAX_PROFILES
