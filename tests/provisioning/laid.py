"""A software card, laid on a reader in process and read as a terminal reads it."""

from __future__ import annotations

from provisioning.direct_reader import DirectReader
from provisioning.softcard.faults import card_of
from provisioning.softcard.image import CardImage
from reader.evidence import Password
from reader.profile import builtin_profiles
from reader.read import Reading, read
from reader.watch import CardLaid


def read_laid(image: CardImage, password: Password) -> Reading:
    """Lay a card on a reader of its own; return its reading, under the profiles there are."""
    reader = DirectReader()
    reader.lay(card_of(image))
    event = reader.next_event(1)
    while not isinstance(event, CardLaid):
        event = reader.next_event(1)
    got = read(event.connection, builtin_profiles(), password)
    reader.close()
    assert isinstance(got, Reading)
    return got
