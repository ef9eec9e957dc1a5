"""A card on the reader and the list: whose it is, and in what the two differ.

Lives here: two pure questions over a verdict. Not here: whether the chip is genuine
(`verify.pipeline`), what is written down of it (`handover_book`).

Only signed data are compared: a verdict without a holder names nobody. Case and spaces of a name
do not matter, a mark on a letter does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from edge.meeting.table import spelled
from edge.procedure.handover_batch import Batch, Card, Field
from verify.verdict import Holder, Outcome, Verdict

NEW_CARD = "dang-vien"
"""The family of the cards that are handed over."""
CITIZEN_CARD = "cccd"
"""The family by which somebody shows who they are."""


@unique
class Shown(StrEnum):
    """What a laid card is to a batch."""

    NEW_CARD = "new-card"
    CITIZEN_CARD = "citizen-card"


@dataclass(frozen=True, slots=True)
class Match:
    """Whose card of the batch was laid, None for nobody's, and in what it differs."""

    shown: Shown
    card: Card | None
    differs: frozenset[Field] = frozenset()


def match(
    verdict: Verdict, batch: Batch, at_hand: Card | None, personal: str | None = None
) -> Match | None:
    """Return what the laid card is to the batch, None for one of another family.

    `at_hand`: whose turn it is; `personal`: that person's number, None where neither list nor
    chip has said it. A new card is looked for by its number, then by its holder's
    personal number; one that names nobody is taken for the one at hand only where it is not
    genuine: then it says nothing else. A citizen card is compared with whose turn it is, and
    says whose turn it is where it is nobody's; with nothing to compare it is nobody's.
    """
    match verdict.basis.profile:
        case profile if profile == NEW_CARD:
            return _new_card(verdict, batch, at_hand)
        case profile if profile == CITIZEN_CARD:
            return _citizen_card(verdict, batch, at_hand, personal)
        case _:
            return None


def _new_card(verdict: Verdict, batch: Batch, at_hand: Card | None) -> Match:
    holder = verdict.holder
    if holder is None:
        unread = at_hand if verdict.outcome is not Outcome.ACCEPTED else None
        return Match(Shown.NEW_CARD, unread)
    personal = holder.fields.get(Field.PERSONAL_NUMBER.value)
    card = batch.by_number(holder.number)
    if card is None and personal is not None:
        card = batch.by_personal_number(personal)
    return Match(Shown.NEW_CARD, card, frozenset() if card is None else differences(card, holder))


def _citizen_card(verdict: Verdict, batch: Batch, at_hand: Card | None, known: str | None) -> Match:
    holder = verdict.holder
    personal = None if holder is None else holder.fields.get(Field.PERSONAL_NUMBER.value)
    if at_hand is None:
        found = None if personal is None else batch.by_personal_number(personal)
        return Match(Shown.CITIZEN_CARD, found)
    if known is None:
        return Match(Shown.CITIZEN_CARD, None)
    another = personal is not None and personal != known
    differs = frozenset({Field.PERSONAL_NUMBER} if another else ())
    return Match(Shown.CITIZEN_CARD, at_hand, differs)


def differences(card: Card, holder: Holder) -> frozenset[Field]:
    """Return which fields of the list's entry the new chip contradicts.

    Number and name must be there; personal number and date of birth count where both have them.
    """
    said = {
        Field.NUMBER: (card.number, holder.number),
        Field.NAME: (_name(card.name), _name(holder.name)),
        Field.BIRTH: (card.birth, holder.birth or None),
        Field.PERSONAL_NUMBER: (
            card.personal_number,
            holder.fields.get(Field.PERSONAL_NUMBER.value),
        ),
    }
    return frozenset(
        name
        for name, (listed, signed) in said.items()
        if listed is not None and signed is not None and listed != signed
    )


def _name(text: str) -> str:
    return spelled(text.casefold())
