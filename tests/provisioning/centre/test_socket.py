"""The centre's Unix socket: who may open it, and what lies there already."""

from __future__ import annotations

import grp
import os
import stat
from pathlib import Path

import pytest

from provisioning.centre.process import listen_unix


def rights(path: Path) -> int:
    """Return the mode's lower bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_its_own_account_alone(tmp_path: Path) -> None:
    """Whoever may open it speaks with nginx's word; the process's umask stays as it was."""
    before = os.umask(0)
    try:
        with listen_unix(tmp_path / "c.sock"):
            assert rights(tmp_path / "c.sock") == 0o600
        assert os.umask(0) == 0
    finally:
        os.umask(before)


def test_a_group_besides(tmp_path: Path) -> None:
    """For an nginx under another account, where its group is named."""
    group = grp.getgrgid(os.getgid()).gr_name
    with listen_unix(tmp_path / "c.sock", group):
        assert rights(tmp_path / "c.sock") == 0o660
        assert (tmp_path / "c.sock").stat().st_gid == os.getgid()


def test_a_group_that_is_not_there(tmp_path: Path) -> None:
    """It is refused; until then nobody else could open it."""
    with pytest.raises(LookupError):
        listen_unix(tmp_path / "c.sock", "no-such-group")
    assert rights(tmp_path / "c.sock") == 0o600


def test_one_that_a_process_left_and_one_that_answers(tmp_path: Path) -> None:
    """The first is taken over, the second is not."""
    path = tmp_path / "c.sock"
    listen_unix(path).close()
    with listen_unix(path), pytest.raises(OSError, match="in use"):
        listen_unix(path)
