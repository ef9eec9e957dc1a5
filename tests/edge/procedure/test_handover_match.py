"""Whose card lies there, and in what chip and list differ."""

from __future__ import annotations

import pytest

from edge.procedure.handover_batch import Field
from edge.procedure.handover_match import Match, Shown, match
from verify.verdict import Outcome

from .batch_made import AYUN, DO, MAI, batch, holder_of, verdict

NEW, CITIZEN = Shown.NEW_CARD, Shown.CITIZEN_CARD


def test_new_card_as_the_list_has_it() -> None:
    """Found by its number, whoever's turn it is; letters of any case are the same name."""
    for at_hand in (None, AYUN, DO):
        assert match(verdict(holder_of(AYUN)), batch(), at_hand) == Match(NEW, AYUN)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "Y Ƀhiăo Ayun"}, Field.NAME),
        ({"birth": "1979-04-03"}, Field.BIRTH),
        ({"personal_number": "066079001235"}, Field.PERSONAL_NUMBER),
        ({"number": "991043669"}, Field.NUMBER),
    ],
)
def test_field_that_differs(said: dict[str, str], field: Field) -> None:
    """Each one is named; a card with another number is found by the holder's."""
    assert match(verdict(holder_of(AYUN, **said)), batch(), None) == Match(
        NEW, AYUN, frozenset({field})
    )


def test_field_that_only_one_of_them_has() -> None:
    """Nothing to compare is no difference: not every list has dates of birth."""
    said = {"birth": "1990-01-01", "personal_number": "066090000001"}
    assert match(verdict(holder_of(MAI, **said)), batch(), None) == Match(NEW, MAI)


def test_new_card_of_nobody_on_the_list() -> None:
    """It is not taken for the one whose turn it is."""
    stranger = holder_of(AYUN, number="991099999", personal_number="066099999999")
    assert match(verdict(stranger), batch(), AYUN) == Match(NEW, None)


def test_chip_that_says_nothing_believable() -> None:
    """A chip whose signature does not hold is the card of whose turn it is; else of nobody."""
    bad = verdict(None, Outcome.REJECTED)
    assert match(bad, batch(), AYUN) == Match(NEW, AYUN)
    assert match(bad, batch(), None) == Match(NEW, None)


def test_citizen_card_of_whose_turn_it_is() -> None:
    """The personal number decides."""
    same = verdict(holder_of(AYUN, number="066079001234"), profile="cccd")
    assert match(same, batch(), AYUN, AYUN.personal_number) == Match(CITIZEN, AYUN)


def test_citizen_card_of_another() -> None:
    """It is said of whose turn it is, that the number is another."""
    other = verdict(holder_of(DO), profile="cccd")
    assert match(other, batch(), AYUN, AYUN.personal_number) == Match(
        CITIZEN, AYUN, frozenset({Field.PERSONAL_NUMBER})
    )


def test_citizen_card_laid_first() -> None:
    """With nobody's turn it says whose turn it is."""
    assert match(verdict(holder_of(DO), profile="cccd"), batch(), None) == Match(CITIZEN, DO)
    stranger = holder_of(DO, personal_number="066099999999")
    assert match(verdict(stranger, profile="cccd"), batch(), None) == Match(CITIZEN, None)


def test_citizen_card_with_nothing_to_compare() -> None:
    """Neither list nor chip said the person's number: it shows nothing of them."""
    shown = verdict(holder_of(DO), profile="cccd")
    assert match(shown, batch(), MAI) == Match(CITIZEN, None)
    assert match(shown, batch(), MAI, DO.personal_number) == Match(CITIZEN, MAI)


def test_card_of_another_family() -> None:
    """A passport is no part of handing cards over."""
    assert match(verdict(holder_of(AYUN), profile="icao"), batch(), AYUN) is None
