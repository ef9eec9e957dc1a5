"""Key agreement as PACE and chip authentication need it: one seam over curves and integers.

Lives here: what a group can do, the range of private keys, the error for a chip that strays. Not
here: how it is done (`points` with the library's curves, `plain_points` with ours, `modular` for
integers), and which group an identifier names (`agreement`).
Source: Doc 9303-11 sections 4.4.3.3 (mappings), 9.4.5 (public values), 9.6 (key agreement).

Public values are bytes as they travel: an uncompressed point, or an unsigned integer. Whatever
takes one from the chip raises ChannelBroken for a value that is not of the group.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Protocol

from reader.errors import ChannelBroken

_EXTRA_RANDOM = 8  # bytes beyond the bound's size, FIPS 186-5 appendix A.2.1

Rng = Callable[[int], bytes]
"""Returns so many random bytes."""


class KeyPair(Protocol):
    """A private key and its public value, over one generator of a group."""

    @property
    def public(self) -> bytes:
        """The public value as it travels."""

    def agree(self, peer: bytes) -> bytes:
        """Return the shared secret K with the chip's public value.

        The x coordinate, or the integer, over the size of the field (section 9.7.1; PKCS #3
        section 8.3).
        """

    def map_nonce(self, nonce: int, peer: bytes) -> Generator:
        """Return the generator of generic mapping, with this pair as the mapping keys.

        `peer` is the chip's mapping key (section 4.4.3.3.1). Raises ChannelBroken where the nonce
        is zero in the group: it would take the password out of the mapping.
        """


class Generator(Protocol):
    """What key pairs are made over."""

    def key_pair(self, private: int) -> KeyPair:
        """Return the pair of a private key that the group has drawn."""


class Group(ABC):
    """A group with its standard generator, over which `key_pair` makes key pairs."""

    public_tag: ClassVar[int]
    """Tag of the public value in a public key data object (sections 9.4.3, 9.4.4)."""

    modulus: int
    """The prime p of the field."""
    bound: int
    """Private keys lie between 1 and this, exclusive; the order where it is known."""
    legacy: bool
    """Whether only older chips need it: under 256 bits, or beyond the library's arithmetic."""
    takes_integrated_mapping: bool

    @property
    def field_size(self) -> int:
        """Length of an element of the field, in bytes."""
        return (self.modulus.bit_length() + 7) // 8

    @property
    def private_size(self) -> int:
        """Length of a private key, in bytes."""
        return (self.bound.bit_length() + 7) // 8

    def draw(self, rng: Rng) -> int:
        """Return a private key from `rng` (FIPS 186-5 appendix A.2.1)."""
        drawn = int.from_bytes(rng(self.private_size + _EXTRA_RANDOM), "big")
        return drawn % (self.bound - 1) + 1

    @abstractmethod
    def key_pair(self, private: int) -> KeyPair:
        """Return the pair of a private key over the group's own generator."""

    @abstractmethod
    def map_element(self, element: int) -> Generator:
        """Return the generator of integrated mapping (section 4.4.3.3.2).

        `element` is what the pseudo-random function gave, less than the modulus. ValueError where
        `takes_integrated_mapping` is not set. Raises ChannelBroken where there is no generator.
        """

    @abstractmethod
    def accepts(self, public: bytes) -> bool:
        """Tell whether a public value is one of the group."""


def broken(why: str) -> ChannelBroken:
    """Return the error for a key agreement that the chip did not follow."""
    return ChannelBroken(
        f"No secure channel to the card: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not genuine.",
    )
