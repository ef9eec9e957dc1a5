"""`docs/verification.md` against the tree: an auditor follows it, so nothing in it may be gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from verify.reasons import Reason

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:tests|reader|crl|verify|edge)/[A-Za-z0-9_./-]*)`")
STANDARDS = "Standards and clauses"
SUITES = "Suites that nobody on this project wrote"
UNSUPPORTED = "What is not supported, and what happens then"
HEADS = ("standard", "suite", "what is done", "target", "what")
ROOMS = ("reader", "crl", "verify", "edge/wire")


def section(title: str) -> str:
    """Return the text under a heading."""
    return TEXT.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> list[list[str]]:
    """Return the cells of the tables under a heading, without their heads."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not set(row[0]) <= {"-"} and row[0] not in HEADS]


@pytest.mark.parametrize("path", sorted({*PATH.findall(TEXT)}))
def test_named_file(path: str) -> None:
    """Every file and folder that the page names is there."""
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    "title", ["Suites that nobody on this project wrote", "Standards and clauses"]
)
def test_every_row_names_its_test(title: str) -> None:
    """No suite and no clause stands there without the test that shows it."""
    found = rows(title)
    assert len(found) > 5
    for row in found:
        named = [path for cell in row for path in PATH.findall(cell) if path.startswith("tests/")]
        assert named, row[0]
        for path in named:
            whole = ROOT / path
            files = whole.rglob("test_*.py") if whole.is_dir() else [whole]
            assert any("def test_" in file.read_text(encoding="utf-8") for file in files), path


def test_fuzz_targets() -> None:
    """The table of targets is that of `make fuzz`."""
    named = [row[0].strip("`") for row in rows("Bytes from a stranger") if row[0].startswith("`")]
    assert named == list(TARGETS)


def test_standards_that_the_code_cites() -> None:
    """A standard that a module names as its source is on the page."""
    cited: set[str] = set()
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            cited |= set(re.findall(r"RFC \d{4}|Doc 9303-\d+", file.read_text(encoding="utf-8")))
    missing = {
        name for name in cited if name not in TEXT and name.replace("Doc 9303", "") not in TEXT
    }
    assert not missing


def test_reason_codes() -> None:
    """What is said to happen has the code of a verdict."""
    codes = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", section(UNSUPPORTED)))
    assert codes
    assert codes <= {reason.value for reason in Reason}
