"""A batch of two cells, and verdicts about its cards, as values."""

from __future__ import annotations

from datetime import UTC, date, datetime

from edge.procedure.handover_batch import Batch, Card, Organisation
from verify.moment import Moment, TimeQuality
from verify.reasons import Reason
from verify.verdict import Basis, Check, CheckStatus, Holder, Outcome, Step, Verdict

AT = datetime(2026, 11, 29, 2, 30, tzinfo=UTC)
TODAY = date(2026, 11, 29)
TARGET = date(2026, 12, 31)

KHOAI = Organisation("o1", "Chi bộ bản Nậm Khoai", "38168053000001", TARGET)
HOC = Organisation("o2", "Chi bộ bản Pá Hộc", None, TARGET)

AYUN = Card(
    "c1", "991043660", "Y Ƀhiăo Ayŭn", "o1", "1979-04-30", "066079001234", "99104366", "366001"
)
DO = Card("c2", "991000001", "Lò Thị Dợ", "o1", "1962-08-19", "099162000001")
MAI = Card("c3", "991000003", "Vi Thị Mai", "o2")


def batch(*cards: Card, citizen_card: bool = False) -> Batch:
    """Return a batch of these cards, by default of all three."""
    return Batch(
        "5" * 32,
        "Đợt 2",
        date(2026, 11, 20),
        (KHOAI, HOC),
        cards or (AYUN, DO, MAI),
        citizen_card=citizen_card,
    )


def holder_of(card: Card, **other: str) -> Holder:
    """Return what the card's chip says; `other` says another thing than the list."""
    fields = {"number": card.number, "name": card.name.upper()}
    fields |= {"birth": card.birth} if card.birth else {}
    fields |= {"personal_number": card.personal_number} if card.personal_number else {}
    fields |= other
    key = "personal_number" if "personal_number" in fields else "number"
    return Holder(
        f"{key}:{fields[key]}",
        fields["name"],
        fields["number"],
        fields.get("birth", ""),
        fields=fields,
    )


def verdict(
    holder: Holder | None, outcome: Outcome = Outcome.ACCEPTED, profile: str = "dang-vien"
) -> Verdict:
    """Return a verdict with this holder; one that is not ACCEPTED fails at the chip."""
    status = {
        Outcome.ACCEPTED: CheckStatus.PASSED,
        Outcome.REJECTED: CheckStatus.FAILED,
        Outcome.INDETERMINATE: CheckStatus.INDETERMINATE,
    }[outcome]
    reason = None if outcome is Outcome.ACCEPTED else Reason.CHIP_AUTH_WITHHELD
    basis = Basis(profile, "p1", Moment(AT, TimeQuality.SYNCHRONISED))
    return Verdict(outcome, (Check(Step.CHIP, status, reason),), basis, holder)
