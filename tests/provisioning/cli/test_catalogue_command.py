"""`tramthe centre catalogue`: organisations and places come in from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.centre import organisations
from provisioning.centre.process import CentreFolder, make_folder
from provisioning.centre.store import CentreStore
from provisioning.cli.main import Exit
from provisioning.office.pki import new_key
from tests.provisioning.centre.pages.stage import BASE, ORGANISATIONS, TERMINALS

from .conftest import Tramthe


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a centre's folder."""
    make_folder(tmp_path / "centre", new_key(), "sign-test", [])
    return tmp_path / "centre"


def test_both_files(tramthe: Tramthe, folder: Path, tmp_path: Path) -> None:
    """Taken, counted, and there."""
    (tmp_path / "o.csv").write_text(ORGANISATIONS, encoding="utf-8")
    (tmp_path / "t.csv").write_text(TERMINALS, encoding="utf-8")
    command = ("centre", "catalogue")
    said = tramthe(*command, "organisations", str(folder), str(tmp_path / "o.csv"))
    assert (said.status, said.out) == (Exit.DONE, "10 organisations in 12 versions.\n")
    said = tramthe(*command, "terminals", str(folder), str(tmp_path / "t.csv"))
    assert (said.status, said.out) == (Exit.DONE, "6 terminals, 6 places.\n")
    store = CentreStore(CentreFolder.load(folder).database)
    assert len(organisations.versions(store.database, BASE)) == 2
    store.close()


def test_file_that_is_none(tramthe: Tramthe, folder: Path, tmp_path: Path) -> None:
    """Refused with the line; nothing was taken."""
    (tmp_path / "o.csv").write_text(f"{ORGANISATIONS}99;x;;A;\n", encoding="utf-8")
    said = tramthe("centre", "catalogue", "organisations", str(folder), str(tmp_path / "o.csv"))
    assert said.status == Exit.FAILED
    assert "Line 14: a code has not 14 digits." in said.err
    store = CentreStore(CentreFolder.load(folder).database)
    assert organisations.versions(store.database, BASE) == ()
    store.close()
