"""A list of cards that the centre sends: it begins its batch or corrects it, or changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge.errors import HandoverRefused, RosterInvalid
from edge.procedure.handover_inbox import SentList, take

from .handover_desk import HandoverDesk
from .test_handover_list import AYUN, DO, HEAD

BATCH = "7" * 32
OTHER = "8" * 32


def sent(*rows: tuple[str, ...], batch: str = BATCH) -> dict[str, Any]:
    """Return the body of a list with these rows."""
    listed = (HEAD, *rows)
    made = SentList(batch, "đợt 3", date(2026, 12, 31), citizen_card=False, rows=listed)
    return made.to_object()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HandoverDesk]:
    """Return a terminal without a batch."""
    made = HandoverDesk(tmp_path)
    yield made
    made.log.close()


def test_a_batch_begins(desk: HandoverDesk) -> None:
    """Under the centre's name for it, with the rows judged as those of a file."""
    take(desk.book, sent(AYUN, DO), desk.now())
    assert (desk.view.batch.id, desk.view.batch.title, desk.view.total) == (BATCH, "đợt 3", 2)


def test_a_batch_is_corrected(desk: HandoverDesk) -> None:
    """The same name: who has the card stays so, the list is the new one."""
    take(desk.book, sent(AYUN, DO), desk.now())
    desk.deliver(desk.view.batch.cards[0])
    take(desk.book, sent(AYUN, (*DO[:2], "Lò Thị Dợi", *DO[3:])), desk.now())
    assert [card.name for card in desk.view.batch.cards] == ["Lò Thị Dợi"]
    assert desk.view.delivered == 1


def test_the_same_list_twice(desk: HandoverDesk) -> None:
    """A power cut may let a message be taken again: once more is the same as once."""
    take(desk.book, sent(AYUN, DO), desk.now())
    events = desk.log.events()
    take(desk.book, sent(AYUN, DO), desk.now())
    assert desk.log.events() == events


def test_another_batch_runs(desk: HandoverDesk) -> None:
    """The officer ends it first: nobody's work is taken away from afar."""
    take(desk.book, sent(AYUN), desk.now())
    with pytest.raises(HandoverRefused):
        take(desk.book, sent(DO, batch=OTHER), desk.now())
    assert desk.view.batch.id == BATCH


def test_row_that_cannot_be_taken(desk: HandoverDesk) -> None:
    """All of the list or nothing."""
    with pytest.raises(HandoverRefused):
        take(desk.book, sent(AYUN, (*DO[:1], "12", *DO[2:])), desk.now())
    assert desk.book.view() is None


@pytest.mark.parametrize(
    "damage",
    [
        {"rows": None},
        {"rows": [[1]]},
        {"rows": ["x"] * 30_000},
        {"rows": [["x"] * 50]},
        {"title": 3},
        {"target": "31/12/2026"},
        {"target": 3},
        {"citizen_card": "no"},
        {"more": 1},
    ],
)
def test_body_without_its_form(desk: HandoverDesk, damage: dict[str, Any]) -> None:
    """Our own error, whatever stands in it; nothing begins."""
    with pytest.raises((HandoverRefused, RosterInvalid)):
        take(desk.book, sent(AYUN) | damage, desk.now())
    assert desk.log.events() == ()
