"""What chips of one kind have shown, so that the next one is not asked again.

Lives here: the value, and the small store by answer to reset. Not here: what a chip shows
(`lengths`, `read`), and when it is worth keeping (the caller: after a card that was accepted).

The store knows kinds of chips, never a person: chips of one family share answer to reset and
EF.CardAccess. What is remembered is used on trust: a chip that is another kind after all refuses
it and is asked, and the parameters used are compared with their signed copy (`verify`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from reader.lengths import Habits

MAX_KINDS = 64


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a kind of chip."""

    card_access: bytes | None = field(default=None, repr=False)
    """EF.CardAccess; None where it is not known."""
    habits: Habits | None = None
    """How it takes READ BINARY."""


NOTHING = Known()


class ChipMemory:
    """The kinds last met, at most `MAX_KINDS`. For one thread."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[bytes, Known] = OrderedDict()

    def of(self, atr: bytes) -> Known:
        """Return what is known of chips with this answer to reset."""
        return self._kinds.get(atr, NOTHING)

    def keep(self, atr: bytes, known: Known) -> None:
        """Remember it; the kind met longest ago is forgotten where there are too many.

        An empty answer to reset tells no kind and is not kept.
        """
        if not atr:
            return
        self._kinds[atr] = known
        self._kinds.move_to_end(atr)
        if len(self._kinds) > MAX_KINDS:
            self._kinds.popitem(last=False)
