"""What an open chip tells whoever prints it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from reader.apdu import Budget, CardConnection, Limits, plain_exchange
from reader.errors import NotOurCard
from reader.evidence import NeedsPassword, Password
from reader.memory import NOTHING
from reader.opening import OpenChip, open_chip
from reader.profile import CardProfile

OLD_ONLY = bytes.fromhex("31143012060a04007f0007020204020102010202010c")
"""EF.CardAccess that offers PACE with 3DES alone."""


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


def test_what_a_family_offers_to_profiles_that_differ(
    make_image: Callable[..., CardImage], lay: Callable[..., CardConnection], party: CardProfile
) -> None:
    """The same file opens the way for a profile that takes older chips, and for no other."""
    card = lay(Chip(make_image()))
    plain = plain_exchange(card, Budget(Limits(), lambda: 0.0))

    def opened(*, legacy: bool) -> object:
        profiles = [replace(party, legacy=legacy)]
        return open_chip(
            card, plain, profiles, None, card_access=OLD_ONLY, known=NOTHING, rng=os.urandom
        )

    for _ in range(2):
        assert isinstance(opened(legacy=True), NeedsPassword)
        with pytest.raises(NotOurCard):
            opened(legacy=False)
