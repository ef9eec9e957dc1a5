"""A card that slips off the reader for a moment and is back: one tap, not two.

Lives here: what is kept of the tap that ended last, for how long, and whether a card laid now may
be be it. Not here: reading it to make sure (`flow`). A reader tells of a slip as of one card lifted
and another laid, and a chip shows nothing then that tells it from its neighbour; so the last tap's
own password is tried, once, and the security object compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from edge.tap.access import Access
from reader.evidence import CardEvidence, Password
from reader.lds.files import FileId
from reader.profile import CardProfile
from reader.read import Reading
from verify.verdict import Check, CheckStatus

BOUNCE_SECONDS = 1.0
"""A card that is back within this time may be the one that was lifted. PC/SC notices either up
to 0.4 s late; from hand to hand it takes longer."""


Owes = Callable[[Reading], Check | None]
"""Fetches the photo of a card that slipped before it."""


@dataclass(frozen=True, slots=True)
class LastTap:
    """What a judged card left behind, until it is surely gone."""

    security_object: bytes | None = field(repr=False)
    access: Access | None = field(repr=False)
    owes: Owes | None = field(default=None, repr=False)
    """For the photo that was still to come when the card slipped; None where none is."""

    @property
    def password(self) -> Password | None:
        """Return what opened the card."""
        return self.access.password if self.access else None

    @property
    def profile(self) -> str | None:
        """Return the family that the password's source proposed."""
        return self.access.profile if self.access else None

    def once(self, photo: Check | None) -> LastTap:
        """Return the same once its photo ended so: only one that could not be read is owed."""
        missing = photo is not None and photo.status is CheckStatus.NOT_RUN
        return self if missing else replace(self, owes=None)

    def is_of(self, evidence: CardEvidence) -> bool:
        """Return whether the same chip was read: no two have one security object."""
        signed = evidence.files.get(FileId.SOD)
        return signed is not None and signed == self.security_object


class Bounce:
    """The laying that ended last and when its card was lifted; for the tap thread.

    Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self.tap: LastTap | None = None
        """The last laying's tap, None where its one guess did not open the card."""
        self._atr: bytes | None = None
        self._lifted_at: float | None = None

    def ended(self, atr: bytes, tap: LastTap | None) -> None:
        """Keep how a laying ended; its card still lies there."""
        self.tap, self._atr, self._lifted_at = tap, atr, None

    def lifted(self, now: float) -> None:
        """Note that the card is gone."""
        self._lifted_at = now

    def forget(self) -> None:
        """Keep nothing: something else is on the reader, or nothing can be."""
        self.tap = self._atr = self._lifted_at = None

    def fade(self, now: float) -> None:
        """Forget a laying whose card has been gone for too long."""
        if self._lifted_at is not None and now - self._lifted_at > BOUNCE_SECONDS:
            self.forget()

    def back(self, now: float, atr: bytes) -> bool:
        """Return whether a card laid now may be the one that was lifted."""
        self.fade(now)
        return self._lifted_at is not None and self._atr == atr


def careful(profiles: Iterable[CardProfile]) -> tuple[CardProfile, ...]:
    """Return the profiles with one try more to be left.

    If the card is another one after all, the guess costs it a try that its own password, which
    comes next, must not lack.
    """
    return tuple(replace(item, min_tries_left=item.min_tries_left + 1) for item in profiles)
