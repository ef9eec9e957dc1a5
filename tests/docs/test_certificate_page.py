"""`docs/certificate.md` says of each code and kind of key what the program says."""

from __future__ import annotations

from pathlib import Path

from edge.enrol.faults import EnrolFault, refused
from edge.identity.place import SUFFIXES

PAGE = (Path(__file__).parents[2] / "docs" / "certificate.md").read_text(encoding="utf-8")


def rows(begins: str) -> dict[str, list[str]]:
    """Return the rows of a table whose first cell begins so, by that cell."""
    cells = [
        [one.strip().strip("`") for one in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith(f"| `{begins}")
    ]
    return {row[0]: row[1:] for row in cells}


def test_every_code() -> None:
    """Each stands there with the same next step, and no other does."""
    said = {code: row[-1] for code, row in rows("ENROL_").items()}
    assert said == {fault.value: refused(fault, "").next_step for fault in EnrolFault}


def test_every_kind_of_key() -> None:
    """Each with the file that it is in."""
    for kind, suffix in SUFFIXES.items():
        assert f"terminal-key{suffix}" in rows(kind.value)[kind.value][0]
