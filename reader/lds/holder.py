"""The holder of a card, by the fields that its profile names.

Lives here: a profile's sources resolved against a card's files. Not here: whether the card is
genuine, so give only files whose hash held under a valid signature (`verify.pipeline`).
"""

from __future__ import annotations

from collections.abc import Mapping

from reader.lds import sources
from reader.lds.sources import CardFiles
from reader.profile import CardProfile


def holder_fields(card: CardFiles, profile: CardProfile) -> Mapping[str, str]:
    """Return the profile's fields that the card has; dates as yyyy-mm-dd. Raises MalformedData."""
    found = {name: card.value(sources.parse(text)) for name, text in profile.fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def card_numbers(card: CardFiles, profile: CardProfile) -> tuple[str, ...]:
    """Return the card's number from each place of `profile.same_number` that has it.

    They must all be equal. Raises MalformedData.
    """
    found = (card.value(sources.parse(text)) for text in profile.same_number)
    return tuple(value for value in found if value is not None)
