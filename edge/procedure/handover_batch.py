"""A batch of new cards (*đợt phát thẻ*): its cards, its organisations, and their form on disk.

Lives here: the values, and the two JSON forms of a batch: sealed as a whole under a key of the
organisation's, and as head and cards with which a day of the batch opens in the log. Not here:
the table that it comes from (`handover_list`), what happened to a card (`handover`).

A card that was handed over is no longer one of the batch's cards: of it only the number and the
day stay, so that it is not handed over twice (docs/adr/0014).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum, unique
from functools import cached_property
from typing import Any

from edge.errors import RosterInvalid
from edge.meeting.names import order
from edge.meeting.roster import MAX_TEXT, Category, Person, Roster, person_key

KIND = "handover"
"""What the opening of a day of a batch says of its context's kind."""
VERSION = 1
MAX_CARDS = 5000
MAX_ORGANISATIONS = 300
MAX_BATCH = 8 * 1024 * 1024  # bytes of the sealed form, opened


@unique
class Field(StrEnum):
    """What the chip and the list both say of somebody."""

    NUMBER = "number"
    PERSONAL_NUMBER = "personal_number"
    NAME = "name"
    BIRTH = "birth"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What became of a card on a day before, where it was not handed over."""

    outcome: str
    """A `HandoverOutcome` other than DELIVERED."""
    on: date
    differs: frozenset[Field] = frozenset()
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """One new card, and whose it is. `birth` is an ISO date; numbers are digit strings."""

    id: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    organisation: str
    """Id of the batch's organisation."""
    birth: str | None = field(default=None, repr=False)
    personal_number: str | None = field(default=None, repr=False)
    old_number: str | None = field(default=None, repr=False)
    """Of the paper card; None where the list does not say."""
    can: str | None = field(default=None, repr=False)
    earlier: Earlier | None = None

    @property
    def person_key(self) -> str:
        """Return what names the person: the personal number where the list has one."""
        if self.personal_number:
            return person_key("personal_number", self.personal_number)
        return person_key("number", self.number)


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of the batch, and by when its cards are to be handed over."""

    id: str
    name: str
    code: str | None
    """14 digits, None where the list does not say."""
    target: date


@dataclass(frozen=True, slots=True)
class Delivered:
    """A card that was handed over on a day before: enough to know it again."""

    number: str = field(repr=False)
    organisation: str
    on: date


@dataclass(frozen=True)
class Batch:
    """A batch. ValueError for an id or number that repeats, or an organisation that is none."""

    id: str
    """32 hexadecimal digits."""
    title: str
    begun: date
    organisations: tuple[Organisation, ...]
    cards: tuple[Card, ...] = field(repr=False)
    """Those not handed over before."""
    delivered: tuple[Delivered, ...] = field(default=(), repr=False)
    citizen_card: bool = False
    """Whether the holder shows who they are by citizen card, and by nothing else."""

    def __post_init__(self) -> None:
        numbers = [card.number for card in self.cards] + [one.number for one in self.delivered]
        if len(set(numbers)) != len(numbers):
            raise ValueError("a card stands twice in the batch")
        personal = [card.personal_number for card in self.cards if card.personal_number]
        if len(set(personal)) != len(personal):
            raise ValueError("a person stands twice in the batch")
        for ids in ([card.id for card in self.cards], [one.id for one in self.organisations]):
            if len(set(ids)) != len(ids):
                raise ValueError("an id stands twice in the batch")
        known = {one.id for one in self.organisations}
        used = {card.organisation for card in self.cards}
        if not used | {one.organisation for one in self.delivered} <= known:
            raise ValueError("a card belongs to none of the batch's organisations")

    @cached_property
    def _by_id(self) -> Mapping[str, Card]:
        return {card.id: card for card in self.cards}

    @cached_property
    def _by_number(self) -> Mapping[str, Card]:
        return {card.number: card for card in self.cards}

    @cached_property
    def _by_personal(self) -> Mapping[str, Card]:
        return {card.personal_number: card for card in self.cards if card.personal_number}

    @cached_property
    def by_name(self) -> Mapping[str, int]:
        """Return each card's place, by id, in the order of names."""
        ordered = sorted(self.cards, key=lambda card: order(card.name))
        return {card.id: place for place, card in enumerate(ordered)}

    @cached_property
    def roster(self) -> Roster:
        """Return the batch's people, as a touched name or a scanned line finds them."""
        people = tuple(
            Person(
                card.id,
                card.name,
                Category.OFFICIAL,
                number=card.number,
                personal_number=card.personal_number,
                can=card.can,
            )
            for card in self.cards
        )
        return Roster(self.title, self.id, people)

    def card(self, card_id: str) -> Card | None:
        """Return the card of this id."""
        return self._by_id.get(card_id)

    def by_number(self, number: str) -> Card | None:
        """Return the card of this number."""
        return self._by_number.get(number)

    def by_personal_number(self, number: str) -> Card | None:
        """Return the card whose holder has this personal number."""
        return self._by_personal.get(number)

    def organisation(self, organisation_id: str) -> Organisation:
        """Return one of the batch's organisations. KeyError for another."""
        return {one.id: one for one in self.organisations}[organisation_id]

    def delivered_before(self, number: str) -> Delivered | None:
        """Return when a card of this number was handed over, on a day before."""
        return next((one for one in self.delivered if one.number == number), None)

    def after(self, delivered: Iterable[Delivered], left: Mapping[str, Earlier | None]) -> Batch:
        """Return the batch as the next day finds it: without the cards handed over today.

        `left`: by card, what became of those that were not.
        """
        gone = tuple(delivered)
        numbers = {one.number for one in gone}
        stay = ((card, left.get(card.id, card.earlier)) for card in self.cards)
        cards = tuple(
            card if earlier == card.earlier else replace(card, earlier=earlier)
            for card, earlier in stay
            if card.number not in numbers
        )
        return replace(self, cards=cards, delivered=(*self.delivered, *gone))

    def opening(self) -> dict[str, Any]:
        """Return what a day of the batch opens with; its cards stand in parts behind it."""
        before = {one.id: [d.on for d in self.delivered if d.organisation == one.id]
                  for one in self.organisations}  # fmt: skip
        return self._head() | {
            "kind": KIND,
            "organisations": [
                _organisation(one) | {"delivered": len(before[one.id])}
                for one in self.organisations
            ],
        }

    def people(self) -> tuple[dict[str, Any], ...]:
        """Return the JSON form of the cards."""
        return tuple(_card(card) for card in self.cards)

    def to_bytes(self) -> bytes:
        """Return the JSON form of the whole, UTF-8."""
        document = self._head() | {
            "v": VERSION,
            "organisations": [_organisation(one) for one in self.organisations],
            "cards": self.people(),
            "delivered": [[one.number, one.organisation, _iso(one.on)] for one in self.delivered],
        }
        return json.dumps(document, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Batch:
        """Read the JSON form. Raises RosterInvalid."""
        if len(data) > MAX_BATCH:
            raise _invalid("it is too large")
        try:
            document = json.loads(data)
            if document["v"] != VERSION:
                raise _invalid("another version wrote it")
            return cls._read(document, document["cards"], document["delivered"])
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _invalid(f"{type(error).__name__} in its form") from error

    @classmethod
    def from_day(
        cls, opening: Mapping[str, Any], people: Iterable[Mapping[str, Any]], kept: Batch | None
    ) -> Batch:
        """Read the batch as a day of it began, from the log.

        `kept`: the sealed batch, which alone knows what was handed over before. Raises
        RosterInvalid.
        """
        cards = tuple(people)
        try:
            numbers = {row["number"] for row in cards}
            same = kept is not None and kept.id == opening["batch"]
            before = kept.delivered if kept is not None and same else ()
            delivered = [
                [one.number, one.organisation, _iso(one.on)]
                for one in before
                if one.number not in numbers
            ]
            return cls._read(opening, cards, delivered)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _invalid(f"{type(error).__name__} in its form") from error

    @classmethod
    def _read(cls, head: Mapping[str, Any], cards: Any, delivered: Any) -> Batch:
        if max(len(cards), len(delivered)) > MAX_CARDS:
            raise ValueError("too many cards")
        if not 0 < len(head["organisations"]) <= MAX_ORGANISATIONS:
            raise ValueError("too many organisations")
        return cls(
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

    def _head(self) -> dict[str, Any]:
        return {
            "batch": self.id,
            "title": self.title,
            "begun": _iso(self.begun),
            "citizen_card": self.citizen_card,
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
