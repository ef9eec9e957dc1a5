"""A batch of new cards (*đợt phát thẻ*): its cards and its organisations, as values.

Not here: their form on disk (`handover_batch_json`), the table that they come from
(`handover_list`), what happened to a card (`handover`).

A card that was handed over is no longer one of the batch's cards: of it only the number and the
day stay, so that it is not handed over twice (docs/adr/0014).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum, unique
from functools import cached_property

from edge.meeting.names import order
from edge.meeting.roster import Category, Person, Roster, person_key

MAX_CARDS = 5000
MAX_ORGANISATIONS = 300


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
