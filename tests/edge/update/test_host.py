"""The machine under an update: systemd, the pages, and each version as the terminal's user."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import UpdateFailed
from edge.update.host import SystemHost, asked, see_to
from edge.update.places import PROGRAM
from provisioning.demo.children import free_port
from tests.edge.repository.web import line

NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder that every user may enter, with a program that says who runs it."""
    folder = Path(tempfile.mkdtemp(prefix="tramthe-host-"))
    folder.chmod(0o755)
    program = folder / PROGRAM
    (program / "bin").mkdir(parents=True)
    (program / "bin" / "python3").write_text(
        '#!/bin/sh\necho "$(id -u) $(id -g) $(id -G) $*" > "$7/said"\n[ "$5" != check ]\n'
    )
    (program / "bin" / "python3").chmod(0o755)
    (folder / "state").mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)


def test_each_version_as_the_owner_of_the_data(place: Path) -> None:
    """Root lays its rights down, groups too; whether it succeeded is told."""
    state, owner = place / "state", os.geteuid()
    if owner == 0:
        os.chown(state, NOBODY, NOBODY)
        owner = NOBODY
    assert see_to(place / PROGRAM, "keep", state, place / "software")
    uid, gid, groups, rest = (state / "said").read_text().strip().split(" ", 3)
    assert int(uid) == owner
    assert os.geteuid() != 0 or (gid, groups) == (str(NOBODY), str(NOBODY))
    program = place / PROGRAM / "bin" / "tramthe"
    data = f"update data keep --state {state} --software {place / 'software'}"
    assert rest == f"-I {program} {data}"
    assert not see_to(place / PROGRAM, "check", state, place / "software")


def test_a_version_that_is_not_there(place: Path) -> None:
    """Did not do it; no error."""
    assert not see_to(place / "absent", "keep", place / "state", place / "software")


def test_no_page_and_a_page_of_something_else(tmp_path: Path) -> None:
    """No answer, and an answer that is no status page's, both count as none."""
    assert asked(f"http://127.0.0.1:{free_port()}") is None
    (tmp_path / "api" / "v1").mkdir(parents=True)
    (tmp_path / "bang").write_text("<p>")
    for text in ("[]", "no JSON"):
        (tmp_path / "api" / "v1" / "status").write_text(text)
        with line(tmp_path) as (way, _):
            assert asked(way.url) is None
    (tmp_path / "api" / "v1" / "status").write_text("{}")
    with line(tmp_path) as (way, _):
        assert asked(way.url) == {}
    (tmp_path / "bang").unlink()
    with line(tmp_path) as (way, _):
        assert asked(way.url) is None


def test_a_unit_that_systemd_does_not_know(place: Path) -> None:
    """Said before anything is changed; a start that fails is seen by the pages' silence."""
    host = SystemHost(f"http://127.0.0.1:{free_port()}", place, unit="tramthe-absent.service")
    with pytest.raises(UpdateFailed) as failed:
        host.stop()
    assert failed.value.fault == "NOT_STOPPED"
    host.start()
    assert host.status() is None
    assert not host.data(place / "absent", "check")
