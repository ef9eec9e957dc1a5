"""`tramthe centre operator`: who may come in, given at the centre's own machine."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest

from provisioning.centre.people import audit
from provisioning.centre.people.accounts import Answer, Operators
from provisioning.centre.people.tries import FREE_TRIES
from provisioning.centre.process import CentreFolder, make_folder
from provisioning.centre.store import CentreStore
from provisioning.cli.common import office_time
from provisioning.cli.main import Exit
from provisioning.office.pki import new_key

from .conftest import Tramthe


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a centre's folder."""
    make_folder(tmp_path / "centre", new_key(), "sign-test", [])
    return tmp_path / "centre"


def test_first_password_is_shown_once_and_lets_in(tramthe: Tramthe, folder: Path) -> None:
    """Drawn, printed, and the right one."""
    said = tramthe("centre", "operator", "add", str(folder), "lan", "--role", "viewer")
    assert said.status == Exit.DONE
    found = re.search(r"shown only now: (\S+)\n", said.out)
    assert found is not None
    store = CentreStore(CentreFolder.load(folder).database)
    answer = Operators(store.database).try_password("lan", found[1], office_time())
    store.close()
    assert answer is Answer.RIGHT
    listed = tramthe("centre", "operator", "list", str(folder))
    assert re.search(r"^lan +viewer .*first password, not changed yet$", listed.out, re.MULTILINE)
    assert found[1] not in listed.out


def test_password_of_standard_input_is_not_printed(
    tramthe: Tramthe, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever brings one knows it."""
    command = ("centre", "operator", "add", str(folder), "lan", "--role", "operator", "--stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO("con meo tren cay\n"))
    said = tramthe(*command)
    assert said.status == Exit.DONE
    assert "con meo" not in said.out + said.err


def test_reset_and_remove(tramthe: Tramthe, folder: Path) -> None:
    """A lock-out ends, an operator goes; each stands in the audit as done at the console."""
    tramthe("centre", "operator", "add", str(folder), "lan", "--role", "operator")
    assert tramthe("centre", "operator", "reset", str(folder), "lan").status == Exit.DONE
    assert tramthe("centre", "operator", "remove", str(folder), "lan").status == Exit.DONE
    assert "removed" in tramthe("centre", "operator", "list", str(folder)).out
    store = CentreStore(CentreFolder.load(folder).database)
    rows = audit.read(store.database)
    store.close()
    assert [row.act for row in rows] == ["operator-remove", "operator-reset", "operator-add"]
    assert {row.operator for row in rows} == {"console"}


@pytest.mark.parametrize("verb", ["reset", "remove"])
def test_operator_that_is_not_there(tramthe: Tramthe, folder: Path, verb: str) -> None:
    """Said with what to do next."""
    said = tramthe("centre", "operator", verb, str(folder), "lan")
    assert said.status == Exit.FAILED
    assert "no operator lan" in said.err
    assert "operator list" in said.err


def test_no_operator_yet(tramthe: Tramthe, folder: Path) -> None:
    """The list says how to begin."""
    assert "operator add" in tramthe("centre", "operator", "list", str(folder)).out


def test_unfit_password(tramthe: Tramthe, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, and nobody is added."""
    command = ("centre", "operator", "add", str(folder), "lan", "--role", "viewer", "--stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO("ngan\n"))
    said = tramthe(*command)
    assert said.status == Exit.FAILED
    assert "12 to 128" in said.err
    assert "No operator yet" in tramthe("centre", "operator", "list", str(folder)).out


def test_wait_that_is_over_is_not_told(tramthe: Tramthe, folder: Path) -> None:
    """Somebody who tried too often waits; an hour later the list says nothing of it any more."""
    tramthe("centre", "operator", "add", str(folder), "lan", "--role", "operator")
    tramthe("centre", "operator", "add", str(folder), "mai", "--role", "operator")
    now = office_time()
    store = CentreStore(CentreFolder.load(folder).database)
    for _ in range(FREE_TRIES + 1):
        Operators(store.database).try_password("lan", "wrong", now)
        Operators(store.database).try_password("mai", "wrong", now - timedelta(hours=1))
    store.close()
    said = tramthe("centre", "operator", "list", str(folder)).out
    assert re.search(r"^lan .*waits until", said, re.MULTILINE)
    assert re.search(r"^mai .*first password, not changed yet$", said, re.MULTILINE)
