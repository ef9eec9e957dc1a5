"""`tramthe roster`: preview, import and show on the console."""

from __future__ import annotations

from pathlib import Path

from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.meeting.roster import Roster

from .conftest import Tramthe

GOOD = "Họ và tên,Số thẻ\nHà Văn Thuận,123456789\nLò Thị Mới,123456780\n"


def held(state: Path) -> Roster:
    """Return the roster of the terminal."""
    data = Holdings(StateLayout(state).holdings).roster()
    assert data is not None
    return Roster.from_bytes(data)


def test_a_roster_is_taken(tramthe: Tramthe, state: Path, tmp_path: Path) -> None:
    """Its people and changes are named; the organisation stays; `show` names nobody."""
    before = held(state)
    file = tmp_path / "roster.csv"
    file.write_text(GOOD, encoding="utf-8")
    said = tramthe("roster", "import", "--state", state, "--preview", file)
    assert (said.status, "  Lò Thị Mới" in said.out) == (0, True)
    assert held(state) == before
    assert tramthe("roster", "import", "--state", state, file).status == 0
    after = held(state)
    assert ([p.name for p in after.people], after.code) == (
        ["Hà Văn Thuận", "Lò Thị Mới"],
        before.code,
    )
    said = tramthe("roster", "show", "--state", state)
    assert (said.status, "2 people" in said.out, "Mới" in said.out) == (0, True, False)


def test_a_bad_row(tramthe: Tramthe, state: Path, tmp_path: Path) -> None:
    """Nothing is taken; the row and column are named with what to do."""
    before = held(state)
    file = tmp_path / "roster.csv"
    file.write_text(GOOD + "Lò A,12\n", encoding="utf-8")
    said = tramthe("roster", "import", "--state", state, file)
    assert (said.status, "row 4, number: it has another number" in said.out) == (1, True)
    assert held(state) == before


def test_what_is_no_roster(tramthe: Tramthe, state: Path, tmp_path: Path) -> None:
    """Exit status 3; so is a code that is none."""
    file = tmp_path / "roster.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    assert tramthe("roster", "import", "--state", state, file).status == 3
    file.write_text(GOOD, encoding="utf-8")
    assert tramthe("roster", "import", "--state", state, "--code", "12", file).status == 3
