"""`tramthe procedure`: the catalogue shown, one checked, one added."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.layout import StateLayout
from edge.procedure.catalogue import BUILTIN, CatalogueFiles
from provisioning.cli.main import Exit
from tests.edge.procedure.made import CODE, GOOD
from tests.provisioning.cli.conftest import Tramthe


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a terminal's state folder with nothing delivered."""
    made = tmp_path / "state"
    made.mkdir()
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a procedure's file."""
    made = tmp_path / f"{CODE}.toml"
    made.write_text(GOOD)
    return made


def test_list_of_what_ships(tramthe: Tramthe) -> None:
    """Without a terminal: the built-in ones, in their order."""
    said = tramthe("procedure", "list")
    assert said.status == Exit.DONE
    assert tuple(line.split()[0] for line in said.out.splitlines()) == BUILTIN


def test_list_does_not_read_the_folder_that_one_stands_in(
    tramthe: Tramthe, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder `procedures` beside whoever asks is nobody's catalogue."""
    (file.parent / "procedures").mkdir()
    file.rename(file.parent / "procedures" / file.name)
    monkeypatch.chdir(file.parent)
    assert CODE not in tramthe("procedure", "list").out


def test_show(tramthe: Tramthe) -> None:
    """Everything that the terminal goes by, in words."""
    said = tramthe("procedure", "show", "chuyen-sinh-hoat-chinh-thuc")
    assert said.status == Exit.DONE
    for part in ("4192-QĐ/BTCTW", "Họ và tên", "Vân tay, Mống mắt, Ảnh", "any number", "counter"):
        assert part in said.out


def test_show_where_no_source_is_confirmed(tramthe: Tramthe) -> None:
    """It says so instead of naming a text."""
    assert "none confirmed" in tramthe("procedure", "show", "xac-nhan-tuoi-dang").out


def test_show_of_none(tramthe: Tramthe) -> None:
    """An unknown code is told those that there are."""
    said = tramthe("procedure", "show", "xin-nghi-phep")
    assert said.status == Exit.FAILED
    assert "phat-the" in said.err


def test_check(tramthe: Tramthe, file: Path) -> None:
    """A whole file is shown as a terminal takes it, with the dossier's form."""
    said = tramthe("procedure", "check", file)
    assert said.status == Exit.DONE
    assert "GT-####-#### or ~/@@-ĐU" in said.out
    assert "GT, năm, số thứ tự" in said.out


def test_check_of_one_that_is_not_whole(tramthe: Tramthe, file: Path) -> None:
    """No, with the key and what to do."""
    file.write_text(GOOD.replace("photo", "foto"))
    said = tramthe("procedure", "check", file)
    assert said.status == Exit.NO
    assert f"NOT TAKEN  {file.name}: " in said.out
    assert "photo" in said.out


def test_check_of_a_name_that_is_none(tramthe: Tramthe, file: Path) -> None:
    """A file that is named otherwise is not looked into."""
    said = tramthe("procedure", "check", file.rename(file.with_suffix(".txt")))
    assert said.status == Exit.FAILED
    assert "CODE.toml" in said.err


def test_import_counts_at_once(tramthe: Tramthe, state: Path, file: Path) -> None:
    """The terminal that runs has it when it asks next, and the list shows it."""
    running = CatalogueFiles(StateLayout(state).delivered)
    assert running.current().find(CODE) is None
    assert tramthe("procedure", "import", "--state", state, file).status == Exit.DONE
    assert running.current().find(CODE) is not None
    said = tramthe("procedure", "list", "--state", state)
    assert said.status == Exit.DONE
    assert said.out.splitlines()[-1].startswith(CODE)


def test_import_of_one_that_is_not_whole(tramthe: Tramthe, state: Path, file: Path) -> None:
    """Refused with the key; the one before stays in force."""
    assert tramthe("procedure", "import", "--state", state, file).status == Exit.DONE
    file.write_text(GOOD.replace('"birth"', '"religion"'))
    said = tramthe("procedure", "import", "--state", state, file)
    assert said.status == Exit.FAILED
    assert "fields" in said.err
    assert CatalogueFiles(StateLayout(state).delivered).current().find(CODE) is not None


def test_list_where_one_is_left_out(tramthe: Tramthe, state: Path) -> None:
    """It is named with why, and the answer is that not all is well."""
    folder = StateLayout(state).delivered / "procedures"
    folder.mkdir(parents=True)
    (folder / "phat-the.toml").write_text("name = ")
    said = tramthe("procedure", "list", "--state", state)
    assert said.status == Exit.NO
    assert "LEFT OUT  phat-the.toml: " in said.out
    assert "handover" in said.out
