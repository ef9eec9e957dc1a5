"""What lies on the readers, told from the numbers that PC/SC gives: values in, decisions out.

Lives here: which card is new, which is still the same, which is next. Not here: the service
(`pcsc`), the loop (`transport`).
Source: PC/SC part 5 (SCARD_READERSTATE, event states); pcsc-lite keeps in the upper half of an
event state how often a card came or went.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntFlag, unique

CONNECT_TRIES = 8
"""So often a card is powered before it counts as one that does not answer; by then the service
has long seen it leave if it did."""
TELL_AGAIN = 3
"""So often a card that was lost without being seen to leave is told of anew."""
_COUNT_SHIFT = 16


@unique
class State(IntFlag):
    """Bits of an event state."""

    UNAWARE = 0x0000
    CHANGED = 0x0002
    UNKNOWN = 0x0004
    UNAVAILABLE = 0x0008
    PRESENT = 0x0020
    EXCLUSIVE = 0x0080


@dataclass(frozen=True, slots=True)
class Laying:
    """One card on one reader, from being laid to being lifted."""

    reader: str
    count: int


@dataclass(slots=True)
class _Slot:
    """One reader."""

    state: int = State.UNAWARE
    looked: bool = False
    resident: bool = False
    """Whether the card was there when the reader was first looked at."""
    told: bool = False
    """Whether the card that lies there was told of, or passed over."""
    tries: int = 0
    told_again: int = 0

    @property
    def count(self) -> int:
        return self.state >> _COUNT_SHIFT

    @property
    def present(self) -> bool:
        return bool(self.state & State.PRESENT)

    def forget_card(self) -> None:
        self.resident = self.told = False
        self.tries = self.told_again = 0


class Slots:
    """The readers that are watched and the cards on them."""

    def __init__(self) -> None:
        self._slots: dict[str, _Slot] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the readers, in the order in which they were found."""
        return tuple(self._slots)

    @property
    def states(self) -> list[tuple[str, int]]:
        """Return each reader with the event state last seen, to wait for another."""
        return [(name, slot.state) for name, slot in self._slots.items()]

    @property
    def trying(self) -> bool:
        """Return whether a card is to be powered once more."""
        return any(slot.tries and not slot.told for slot in self._slots.values())

    def found(self, names: Iterable[str]) -> bool:
        """Take the readers there are now; return whether they are others than before."""
        before = self.names
        self._slots = {name: self._slots.get(name, _Slot()) for name in names}
        return self.names != before

    def saw(self, states: Sequence[tuple[str, int]]) -> None:
        """Take event states. A reader that is unknown or unavailable is dropped."""
        for name, state in states:
            slot = self._slots.get(name)
            if slot is None:
                continue
            if state & (State.UNKNOWN | State.UNAVAILABLE):
                del self._slots[name]
                continue
            present, swapped = bool(state & State.PRESENT), state >> _COUNT_SHIFT != slot.count
            slot.state = state & ~State.CHANGED.value  # of the enumeration it would drop the count
            if swapped or not present:
                slot.forget_card()
            if not slot.looked:
                slot.looked = True
                slot.resident = present

    def there(self, laying: Laying) -> bool:
        """Return whether that very card still lies there, as far as PC/SC has seen."""
        slot = self._slots.get(laying.reader)
        return slot is not None and slot.present and slot.count == laying.count

    def held_by_another(self, laying: Laying) -> bool:
        """Return whether another program has the card for itself."""
        return bool(self._slots[laying.reader].state & State.EXCLUSIVE)

    def next(self, without: Collection[str] = ()) -> Laying | None:
        """Return a card that was not yet told of, the one that failed least often first.

        `without`: readers not to be touched now.
        """
        waiting = [
            (slot.tries, Laying(name, slot.count))
            for name, slot in self._slots.items()
            if slot.present and not slot.told and name not in without
        ]
        return min(waiting, key=lambda pair: pair[0])[1] if waiting else None

    def anew(self, laying: Laying) -> bool:
        """Return whether the card may be another than the one that was told of."""
        return bool(self._slots[laying.reader].told_again)

    def told(self, laying: Laying) -> None:
        """Note that the card was told of; it is not next again before it was lifted."""
        self._slots[laying.reader].told = True

    def failed(self, laying: Laying) -> bool:
        """Note that the card could not be powered; return whether that was the last try."""
        slot = self._slots[laying.reader]
        slot.tries += 1
        slot.told = slot.tries >= CONNECT_TRIES
        return slot.told

    def resident(self, laying: Laying) -> bool:
        """Return whether nobody laid the card: it was in one of several readers from the start."""
        return self._slots[laying.reader].resident and len(self._slots) > 1

    def tell_again(self, laying: Laying) -> bool:
        """Make a card next again that was not seen to leave; return whether that is allowed."""
        slot = self._slots[laying.reader]
        if slot.told_again >= TELL_AGAIN:
            return False
        slot.told_again += 1
        slot.told = False
        slot.tries = 0
        return True
