"""What an open chip tells whoever prints it."""

from __future__ import annotations

import os
from collections.abc import Callable

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from reader.apdu import Budget, CardConnection, Limits, plain_exchange
from reader.evidence import Password
from reader.memory import NOTHING
from reader.opening import OpenChip, open_chip
from reader.profile import CardProfile


def test_no_file_in_a_text_form(
    make_image: Callable[..., CardImage],
    lay: Callable[..., CardConnection],
    party: CardProfile,
    can: Password,
) -> None:
    """What the chip gave is not in it."""
    card = lay(Chip(make_image()))
    plain = plain_exchange(card, Budget(Limits(), lambda: 0.0))
    opened = open_chip(card, plain, [party], can, card_access=None, known=NOTHING, rng=os.urandom)
    assert isinstance(opened, OpenChip)
    assert opened.card_access
    assert repr(opened.card_access) not in repr(opened)
