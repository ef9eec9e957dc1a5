"""`docs/events.md` says of each kind what the program does."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from edge.log.file import PRAGMAS
from edge.tap.admit import Admission
from edge.wire import kinds
from edge.wire.ack import AlarmCode
from edge.wire.kinds import FORMS, EventKind, Need
from verify.moment import TimeQuality

PAGE = Path(__file__).parents[2] / "docs" / "events.md"
TEXT = PAGE.read_text("utf-8")
MARKS = {Need.ALWAYS: "+", Need.MAY: "?", Need.NEVER: "-"}
CODES: list[type[StrEnum]] = [
    *(kinds.HandOutcome, kinds.HandReason, kinds.AbsenceOutcome, kinds.AnnulReason),
    *(kinds.SheetOutcome, kinds.ExportOutcome, kinds.CloseReason, kinds.EpochReason),
    *(kinds.VerificationOutcome, kinds.HandoverOutcome, kinds.HandoverReason),
    *(Admission, AlarmCode, TimeQuality),
]


def test_table_of_kinds() -> None:
    """One row for each kind, in the program's order, with its fields."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.) \| (.) \| (.) \| (.) \| (.) \|", TEXT, re.MULTILINE)
    assert [row[0] for row in rows] == [kind.value for kind in EventKind]
    for name, *marks in rows:
        form = FORMS[EventKind(name)]
        needs = (form.context, form.outcome, form.reason, form.tag, form.body)
        assert marks == [MARKS[need] for need in needs], name


@pytest.mark.parametrize("codes", CODES, ids=lambda codes: codes.__name__)
def test_every_code_stands_there(codes: type[StrEnum]) -> None:
    """With the word that it has on the wire."""
    for code in codes:
        assert f"`{code.value}`" in TEXT


def test_files_that_it_points_to() -> None:
    """Are there."""
    root = PAGE.parents[1]
    for name in re.findall(r"`((?:docs|tests)/[a-z_/.]+\.(?:py|json))`", TEXT):
        assert (root / name).is_file(), name
    for name in re.findall(r"\]\(([a-z/.]+)\)", TEXT):
        assert (PAGE.parent / name).is_file(), name
    assert "PRAGMA journal_mode = WAL" in PRAGMAS
