"""`docs/reader.md` against the tree: its files are there, its example is a profile that reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from provisioning.cli.main import tramthe
from reader.lds.files import FileId
from reader.profile import load_profile

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reader.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:tests|reader|verify|edge|docs)/[A-Za-z0-9_./-]*)`")
EXAMPLE = TEXT.split("```toml\n", 1)[1].split("```", 1)[0]


@pytest.mark.parametrize("path", sorted({*PATH.findall(TEXT)}))
def test_named_file(path: str) -> None:
    """Every file and folder that the page names is there."""
    assert (ROOT / path).exists()


def test_every_file_of_the_structure_has_its_row() -> None:
    """What `reader.lds` has a module for stands in the table."""
    table = TEXT.split("## Files", 1)[1].split("## Few", 1)[0]
    for file_id in (FileId.COM, FileId.SOD, *(f for f in FileId if f.data_group)):
        module = ROOT / "reader" / "lds" / f"{file_id.value.lower()}.py"
        assert not module.exists() or file_id.value in table


def test_the_worked_example_is_a_profile(tmp_path: Path) -> None:
    """It loads, and the command of step 3 says what it does."""
    profile = load_profile(EXAMPLE)
    file = tmp_path / "ban-doc.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    said = CliRunner().invoke(tramthe, ["card", "profile", str(file)])
    assert said.exit_code == 0
    assert profile.title["vi"] in said.output
    assert "F042444F4301" in said.output
