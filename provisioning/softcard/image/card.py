"""The whole card as one frozen value.

Lives here: `CardImage` and what its parts ask of each other. Not here: its form on disk (`disk`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from provisioning.softcard.image import disk
from provisioning.softcard.image.parts import (
    MAX_FILE,
    Access,
    ActiveAuth,
    Behaviour,
    ChipAuth,
    Faults,
    require,
)
from provisioning.softcard.protocols import PaceMapping

MAX_TITLE = 200  # characters
LONG_GROUPS = frozenset({1, 2})
"""Domain parameters whose public keys no short APDU carries: 2048 bits."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class CardImage:
    """Everything a chip of the eMRTD kind carries. Raises SoftCardInvalid naming the key.

    `mf_files` and `app_files` map file identifiers (0x011C) to contents; `hidden` names
    application files that SELECT and READ answer with 6A82 though personalised. `other` is the
    card that answers from `faults.swap_at` on.
    """

    name: str
    title: str
    atr: bytes
    aid: bytes
    mf_files: Mapping[int, bytes] = field(repr=False)
    app_files: Mapping[int, bytes] = field(repr=False)
    access: Access
    chip_auth: ChipAuth = field(default_factory=ChipAuth)
    active_auth: ActiveAuth | None = None
    hidden: frozenset[int] = frozenset()
    behaviour: Behaviour = field(default_factory=Behaviour)
    faults: Faults = field(default_factory=Faults)
    other: CardImage | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mf_files", MappingProxyType(dict(self.mf_files)))
        object.__setattr__(self, "app_files", MappingProxyType(dict(self.app_files)))
        self._check_outside()
        self._check_chip()

    @property
    def can(self) -> str | None:
        """Return the card access number, None for a card without one."""
        return self.access.can

    @property
    def mrz_information(self) -> str | None:
        """Return number, birth and expiry with check digits, None for a card without them."""
        return self.access.mrz_information

    def save(self, folder: Path) -> None:
        """Write the card into a folder that does not exist yet, or is empty.

        Raises SoftCardInvalid where it is not, or cannot be written.
        """
        disk.save(self, folder)

    @classmethod
    def load(cls, folder: Path) -> CardImage:
        """Read a card. Raises SoftCardInvalid naming the key or file at fault."""
        return disk.load(cls, folder)

    def _check_outside(self) -> None:
        require("name", bool(_NAME.fullmatch(self.name)), "small letters, digits, hyphens, to 60")
        require(
            "title",
            0 < len(self.title) <= MAX_TITLE and self.title.isprintable(),
            f"1 to {MAX_TITLE} printable characters",
        )
        require(
            "atr", 2 <= len(self.atr) <= 33 and self.atr[0] in {0x3B, 0x3F}, "an ISO 7816-3 ATR"
        )
        require("aid", 5 <= len(self.aid) <= 16, "5 to 16 bytes")
        files = [*self.mf_files.items(), *self.app_files.items()]
        require(
            "mf_files or app_files",
            all(0 < number < 0x10000 and len(content) <= MAX_FILE for number, content in files),
            f"two-byte identifiers, contents up to {MAX_FILE} bytes",
        )

    def _check_chip(self) -> None:
        for offer in self.access.pace:
            mapping = offer.protocol.mapping
            require(
                "access.pace",
                mapping is not PaceMapping.CHIP_AUTHENTICATION
                or self.chip_auth.for_mapping(offer.parameter_id) is not None,
                "without CAM where no chip_auth key has parameter_id and key_id of the offer",
            )
            require(
                "behaviour.extended_length",
                self.behaviour.extended_length or offer.parameter_id not in LONG_GROUPS,
                "true with PACE on domain parameters 1 or 2",
            )
        require(
            "faults.swap_at",
            (self.faults.swap_at is None) == (self.other is None),
            "there exactly with another card in `other`",
        )
        require(
            "other", self.other is None or self.other.other is None, "a card without another in it"
        )
