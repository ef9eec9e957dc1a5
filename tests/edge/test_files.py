"""A file is replaced whole or not at all, and an erased one leaves no byte of itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.files import erase_file, replace_file


def test_replaced_file_has_the_new_bytes(tmp_path: Path) -> None:
    """And nothing else stays in the folder."""
    path = tmp_path / "file"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_replacing_that_fails_keeps_the_old_file(tmp_path: Path) -> None:
    """A name that a folder has cannot be replaced; what was there stays."""
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "folder", b"x")
    assert (tmp_path / "folder" / "inside").is_dir()
    assert len(list(tmp_path.iterdir())) == 1


def test_erased_file_is_overwritten_where_it_lay(tmp_path: Path) -> None:
    """Whoever has the file open still, or under another name, reads zeros."""
    path = tmp_path / "secret"
    path.write_bytes(b"secret" * 100)
    os.link(path, tmp_path / "other")
    with path.open("rb") as held:
        erase_file(path)
        assert held.read() == bytes(600)
    assert not path.exists()
    assert (tmp_path / "other").read_bytes() == bytes(600)
    erase_file(path)


def test_erasing_follows_no_link(tmp_path: Path) -> None:
    """A link in the file's place does not lead to another file's end."""
    (tmp_path / "kept").write_bytes(b"kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    with pytest.raises(OSError, match="link"):
        erase_file(tmp_path / "link")
    assert (tmp_path / "kept").read_bytes() == b"kept"
