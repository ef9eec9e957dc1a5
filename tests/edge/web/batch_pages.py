"""A batch of three cards behind the pages: its list, and what cards that are laid say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from edge.procedure.handover_batch import Card, Organisation
from edge.procedure.handover_list import ListPreview
from edge.procedure.handover_view import Seen
from edge.wire.kinds import HandoverReason
from tests.edge.procedure.batch_made import AYUN, DO, MAI, holder_of, verdict
from verify.verdict import Outcome

from .fake_terminal import FakeTerminal

TARGET = date(2026, 11, 30)
KHOAI = Organisation("o1", "Chi bộ bản Nậm Khoai", "38168053000001", TARGET)
HOC = Organisation("o2", "Chi bộ bản Pá Hộc", None, TARGET)
JPEG = b"\xff\xd8\xff\xe0 not really a picture \xff\xd9"
CSV = (
    "Số thẻ mới,Họ và tên,Ngày sinh,Số định danh,Chi bộ,Số thẻ cũ\n"
    "991043660,Y Ƀhiăo Ayŭn,30/04/1979,066079001234,Chi bộ bản Nậm Khoai,99.104366\n"
    "991000003,Vi Thị Mai,,,Chi bộ bản Pá Hộc,\n"
)
BAD_CSV = CSV.replace("991000003", "12")


def begin(terminal: FakeTerminal, *cards: Card, citizen_card: bool = False) -> None:
    """Begin a batch of these cards, by default of all three; one that runs ends."""
    book = terminal.handover.book
    if book.batch is not None:
        book.finish()
    found = ListPreview((KHOAI, HOC), cards or (AYUN, DO, MAI), (), ())
    book.begin("đợt 2", found, citizen_card=citizen_card)


def lay(
    terminal: FakeTerminal,
    card: Card = AYUN,
    outcome: Outcome = Outcome.ACCEPTED,
    profile: str = "dang-vien",
    **said: str,
) -> Seen:
    """Lay somebody's card."""
    found = verdict(holder_of(card, **said), outcome, profile)
    photo = JPEG if outcome is Outcome.ACCEPTED else None
    return terminal.handover.book.laid(found, photo=photo)


def deliver(terminal: FakeTerminal, card: Card = AYUN) -> int:
    """Hand somebody's card over and return where that stands."""
    lay(terminal, card)
    book = terminal.handover.book
    book.hand_over(card.id, HandoverReason.COLLECTED, papers=True)
    view = book.view()
    assert view is not None
    word = view.standings[card.id].word
    assert word is not None
    return word.place


def nobody_of_the_batch() -> Card:
    """Return a card that the list has not."""
    return replace(AYUN, number="991099999", personal_number="066099999999")
