"""The two JSON forms of a batch: sealed as a whole, and as what a day of it opens with in the log.

Lives here: writing and reading them. The whole lies sealed under a key of the organisation's; head
and cards stand in the log. Not here: the values (`handover_batch`), files and keys (`edge.sealed`),
the days (`handover_days`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from edge.errors import RosterInvalid
from edge.meeting.roster import MAX_TEXT
from edge.procedure.handover_batch import (
    MAX_CARDS,
    MAX_ORGANISATIONS,
    Batch,
    Card,
    Delivered,
    Earlier,
    Field,
    Organisation,
)

KIND = "handover"
"""What the opening of a day of a batch says of its context's kind."""
VERSION = 1
MAX_BATCH = 8 * 1024 * 1024  # bytes of the sealed form, opened


def opening(batch: Batch) -> dict[str, Any]:
    """Return what a day of the batch opens with; its cards stand in parts behind it."""
    before = Counter(one.organisation for one in batch.delivered)
    return _head(batch) | {
        "kind": KIND,
        "organisations": [
            _organisation(one) | {"delivered": before[one.id]} for one in batch.organisations
        ],
    }


def people(batch: Batch) -> tuple[dict[str, Any], ...]:
    """Return the JSON form of the cards."""
    return tuple(_card(card) for card in batch.cards)


def to_bytes(batch: Batch) -> bytes:
    """Return the JSON form of the whole, UTF-8."""
    document = _head(batch) | {
        "v": VERSION,
        "organisations": [_organisation(one) for one in batch.organisations],
        "cards": people(batch),
        "delivered": [[one.number, one.organisation, _iso(one.on)] for one in batch.delivered],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def from_bytes(data: bytes) -> Batch:
    """Read the JSON form. Raises RosterInvalid."""
    if len(data) > MAX_BATCH:
        raise _invalid("it is too large")
    try:
        document = json.loads(data)
        if document["v"] != VERSION:
            raise _invalid("another version wrote it")
        return _read(document, document["cards"], document["delivered"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _invalid(f"{type(error).__name__} in its form") from error


def from_day(
    head: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], kept: Batch | None
) -> Batch:
    """Read the batch as a day of it began, from the log.

    `kept`: the sealed batch, which alone knows what was handed over before. Raises
    RosterInvalid.
    """
    cards = tuple(rows)
    try:
        numbers = {row["number"] for row in cards}
        same = kept is not None and kept.id == head["batch"]
        before = kept.delivered if kept is not None and same else ()
        delivered = [
            [one.number, one.organisation, _iso(one.on)]
            for one in before
            if one.number not in numbers
        ]
        return _read(head, cards, delivered)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(f"{type(error).__name__} in its form") from error


def _read(head: Mapping[str, Any], cards: Any, delivered: Any) -> Batch:
    if max(len(cards), len(delivered)) > MAX_CARDS:
        raise ValueError("too many cards")
    if not 0 < len(head["organisations"]) <= MAX_ORGANISATIONS:
        raise ValueError("too many organisations")
    return Batch(
        id=_text(head["batch"]),
        title=_text(head["title"]),
        begun=date.fromisoformat(head["begun"]),
        organisations=tuple(
            Organisation(
                _text(one["id"]),
                _text(one["name"]),
                _optional(one["code"]),
                date.fromisoformat(one["target"]),
            )
            for one in head["organisations"]
        ),
        cards=tuple(_read_card(row) for row in cards),
        delivered=tuple(
            Delivered(_text(number), _text(organisation), date.fromisoformat(on))
            for number, organisation, on in delivered
        ),
        citizen_card=head["citizen_card"] is True,
    )


def _head(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "title": batch.title,
        "begun": _iso(batch.begun),
        "citizen_card": batch.citizen_card,
    }


def _organisation(one: Organisation) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "code": one.code, "target": _iso(one.target)}


def _card(card: Card) -> dict[str, Any]:
    earlier = card.earlier
    return {
        "id": card.id,
        "number": card.number,
        "name": card.name,
        "organisation": card.organisation,
        "birth": card.birth,
        "personal_number": card.personal_number,
        "old_number": card.old_number,
        "can": card.can,
        "earlier": None
        if earlier is None
        else {
            "outcome": earlier.outcome,
            "on": _iso(earlier.on),
            "differs": sorted(earlier.differs),
            "note": earlier.note,
        },
    }


def _read_card(row: Mapping[str, Any]) -> Card:
    earlier = row["earlier"]
    return Card(
        id=_text(row["id"]),
        number=_text(row["number"]),
        name=_text(row["name"]),
        organisation=_text(row["organisation"]),
        birth=_optional(row["birth"]),
        personal_number=_optional(row["personal_number"]),
        old_number=_optional(row["old_number"]),
        can=_optional(row["can"]),
        earlier=None
        if earlier is None
        else Earlier(
            outcome=_text(earlier["outcome"]),
            on=date.fromisoformat(earlier["on"]),
            differs=frozenset(Field(name) for name in earlier["differs"]),
            note=str(earlier["note"]),
        ),
    )


def _iso(day: date) -> str:
    return day.isoformat()


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise ValueError("not a text of the allowed length")
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _invalid(why: str) -> RosterInvalid:
    return RosterInvalid(
        f"The batch of cards on this terminal cannot be used: {why}.",
        next_step="Load the list of cards again.",
    )
