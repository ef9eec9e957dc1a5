"""What the desk leaves in the log is what the published schemas say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.meeting.opening import default
from edge.meeting.roster import Category
from edge.meeting.rules import Kind
from edge.wire.kinds import (
    AT_COUNTER,
    AbsenceOutcome,
    AnnulReason,
    EventKind,
    ExportOutcome,
    HandReason,
    SheetOutcome,
)
from tests.docs.schemas import check_event
from tests.edge.meeting.test_book import DO, Evening, T, at


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    """Return a terminal with an open meeting."""
    made = Evening(tmp_path)
    made.book.open(default(Kind.REGULAR, begins=T), at(-20))
    yield made
    made.log.close()


def test_every_act_of_the_desk(evening: Evening) -> None:
    """Header and opened body of each event hold, from the opening to the export of the sheet.

    What a card leaves is looked at where real cards are laid (`tests/edge/tap`).
    """
    book = evening.book
    context = book.require().context
    book.absence("r2", AbsenceOutcome.EXCUSED, at(-15), note="đi công tác", before=True, by="r1")
    book.absence("r4", AbsenceOutcome.EXEMPT, at(-14))
    book.amend(default(Kind.REGULAR, begins=T), at(-13), by="r1")
    taken = book.hand_entry("r3", HandReason.PROBATIONARY, at(), late=False, by="r1")
    book.annul(taken.seq, AnnulReason.WRONG_PERSON, at(1), note="nhầm người", by="r1")
    book.hand_entry("r3", HandReason.PROBATIONARY, at(2), late=True)
    book.add("Khách A", Category.GUEST, at(3), by="r1")
    book.correct("r2", {"birth": "1980-01-01"}, at(4), by="r1")
    book.correct(None, {"name": "Người mới"}, at(5))
    book.announce(at(6), by="r1")
    held = evening.tap(DO, 7)
    book.withdraw(held.seq, at(8), "LATE_FILE_MISMATCH")
    book.hand_entry("r1", HandReason.UNREADABLE, at(9), late=False)
    book.depart(DO, at(60), reason=HandReason.UNREADABLE)
    book.confirm_by_hand(at(90), by="r1")
    book.close(at(91), by="r1")
    digest = hashlib.sha256(b"sheet").digest()
    book.record_sheet(context, SheetOutcome.CLOSING, 0, digest, at(92), by="r1")
    book.record_export(context, ExportOutcome.PRINT, 0, digest, at(93), by="r1")
    events = [event for event in evening.log.events() if event.kind is not EventKind.CHECK_IN]
    for event in events:
        check_event(event, evening.log.body(event))
    not_at_the_desk = {
        *(EventKind.EPOCH_BEGUN, EventKind.CHECK_IN, EventKind.CONFIRMED),
        *(EventKind.SITTING_BEGUN, EventKind.TIME_ASSERTED, EventKind.FAULT),
        *AT_COUNTER,
    }
    assert {event.kind for event in events} == set(EventKind) - not_at_the_desk
