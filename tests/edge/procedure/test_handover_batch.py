"""A batch as a value: what it refuses to be, its two forms, what a day leaves of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from edge.errors import RosterInvalid
from edge.procedure import handover_batch_json as forms
from edge.procedure.handover_batch import Batch, Delivered, Earlier, Field

from .batch_made import AYUN, DO, MAI, TODAY, batch

SAID = Earlier("DATA_DIFFER", TODAY, frozenset({Field.NAME, Field.BIRTH}), "sai dấu")


def whole() -> Batch:
    """Return a batch with each of its parts."""
    return replace(
        batch(replace(AYUN, earlier=SAID), DO, citizen_card=True),
        delivered=(Delivered(MAI.number, "o2", TODAY),),
    )


def test_form_on_disk() -> None:
    """What is written is read back, to the last field."""
    assert forms.from_bytes(forms.to_bytes(whole())) == whole()


def test_form_in_the_log() -> None:
    """A day's opening and its people are the batch again, with what the sealed one knows."""
    opening = json.loads(json.dumps(forms.opening(whole())))
    people = json.loads(json.dumps(forms.people(whole())))
    assert forms.from_day(opening, people, whole()) == whole()
    assert forms.from_day(opening, people, None) == replace(whole(), delivered=())
    other = replace(whole(), id="6" * 32)
    assert forms.from_day(opening, people, other).delivered == ()
    assert (opening["kind"], opening["organisations"][1]["delivered"]) == ("handover", 1)


def test_card_of_today_in_the_sealed_batch() -> None:
    """The sealed batch may know of today's cards already: they count once, by the log."""
    later = whole().after([Delivered(DO.number, "o1", TODAY)], {})
    again = forms.from_day(forms.opening(whole()), forms.people(whole()), later)
    assert again == whole()


def test_what_a_day_leaves() -> None:
    """Cards handed over go, but for number and day; of the others the last word stays."""
    left = batch().after([Delivered(AYUN.number, "o1", TODAY)], {DO.id: SAID})
    assert [card.id for card in left.cards] == [DO.id, MAI.id]
    assert left.cards[0].earlier == SAID
    assert left.delivered_before(AYUN.number) == Delivered(AYUN.number, "o1", TODAY)
    assert "Ayŭn" not in forms.to_bytes(left).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"cards": (AYUN, AYUN)},
        {"cards": (AYUN, replace(DO, id="c1"))},
        {"cards": (AYUN, replace(DO, personal_number=AYUN.personal_number))},
        {"cards": (replace(AYUN, organisation="o9"),)},
        {"delivered": (Delivered(AYUN.number, "o1", TODAY),)},
        {"delivered": (Delivered("991000009", "o9", TODAY),)},
    ],
)
def test_batch_that_contradicts_itself(changes: dict[str, object]) -> None:
    """No card twice, no id twice, every card of a known organisation."""
    with pytest.raises(ValueError, match="batch"):
        replace(batch(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{}",
        b"[1]",
        b" " * (forms.MAX_BATCH + 1),
        forms.to_bytes(whole()).replace(b'"v": 1', b'"v": 2'),
        forms.to_bytes(whole()).replace(b'"begun": "2026', b'"begun": "x026'),
        forms.to_bytes(whole()).replace(b'"name": "L', b'"nome": "L'),
        forms.to_bytes(whole()).replace(b'"c2"', b'"c1"'),
    ],
    ids=["empty", "no fields", "a list", "too large", "version", "date", "field", "id twice"],
)
def test_form_that_cannot_be_read(damage: bytes) -> None:
    """Our own error, whatever the bytes."""
    with pytest.raises(RosterInvalid):
        forms.from_bytes(damage)


def test_no_name_in_a_repr() -> None:
    """Values may stand in a traceback: names and numbers do not."""
    text = repr(whole()) + repr(AYUN)
    assert AYUN.name not in text
    assert AYUN.number not in text
