"""Diffie-Hellman over the integers modulo a prime.

Lives here: such a group, standardised or spelt out by a chip's key. Python's `pow` serves, for
the library has no such group any more that is not deprecated; it is not constant-time. The keys
live for one session, and the nonce, from which a password might be guessed, is an exponent only
with a mapping key added to it. Not here: the table (`reader.dh_groups`).
Source: PKCS #3 sections 7 and 8 (agreement); Doc 9303-11 sections 9.4.1 and 9.4.5 (a public value
takes as few bytes as it can) and 9.6, table 13 (public values are validated).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader.channel.group import Group, broken

SIZES = range(1024, 3072 + 1)  # bits of a prime that is taken
_LONGEST_PRIVATE = 512  # bits; twice the strength of the longest session key


class ModularGroup(Group):
    """The multiples of g modulo the prime p, their order q where it is known."""

    public_tag = 0x84
    legacy = True

    def __init__(self, p: int, g: int, q: int | None, private_bits: int | None = None) -> None:
        """Take parameters; `private_bits` is how long PKCS #3 wants a private key to be.

        ValueError for numbers that can be no such group: sizes outside `SIZES`, g or q out of
        range. Whether p and q are prime is for the one who vouches for the key.
        """
        if p.bit_length() not in SIZES or not p & 1 or not 1 < g < p - 1:
            raise ValueError("not a prime and its generator")
        if q is not None and not 2 < q < p:
            raise ValueError("the order of the subgroup is out of range")
        bits = min(private_bits or _LONGEST_PRIVATE, _LONGEST_PRIVATE, p.bit_length() - 1)
        if bits < 2:
            raise ValueError("private keys would be too short")
        self.modulus = p
        self.g = g
        self.q = q
        self.bound = min(1 << bits, q or p)
        self.takes_integrated_mapping = q is not None and (p - 1) % q == 0

    def key_pair(self, private: int) -> ModularKeyPair:
        """Return the pair of a private key over g."""
        return _Over(self, self.g).key_pair(private)

    def map_element(self, element: int) -> _Over:
        """Return the generator of integrated mapping, f_g of section 4.4.3.3.2."""
        if self.q is None or not self.takes_integrated_mapping:
            raise ValueError("this group takes no integrated mapping")
        generator = pow(element, (self.modulus - 1) // self.q, self.modulus)
        if generator in (0, 1):
            raise broken("the nonces map to no generator")
        return _Over(self, generator)

    def accepts(self, public: bytes) -> bool:
        """Tell whether a public value is in range and, where the order is known, in the group."""
        return self._value(public) is not None

    def value(self, public: bytes) -> int:
        """Read a public value. Raises ChannelBroken for what is none of this group."""
        value = self._value(public)
        if value is None:
            raise broken("the chip sent a public key that is not of the group")
        return value

    def _value(self, public: bytes) -> int | None:
        if not 0 < len(public) <= self.field_size:
            return None
        value = int.from_bytes(public, "big")
        if not 1 < value < self.modulus - 1:
            return None
        if self.q is not None and pow(value, self.q, self.modulus) != 1:
            return None
        return value


@dataclass(frozen=True, slots=True)
class ModularKeyPair:
    """A key pair over g, or over a mapped generator."""

    group: ModularGroup
    private: int = field(repr=False)
    value: int

    @property
    def public(self) -> bytes:
        """The public value as an unsigned integer."""
        return self.value.to_bytes((self.value.bit_length() + 7) // 8, "big")

    def agree(self, peer: bytes) -> bytes:
        """Return the shared integer, over the size of the prime."""
        shared = pow(self.group.value(peer), self.private, self.group.modulus)
        return shared.to_bytes(self.group.field_size, "big")

    def map_nonce(self, nonce: int, peer: bytes) -> _Over:
        """Return the generator of generic mapping. ValueError where the order is not known."""
        group, p = self.group, self.group.modulus
        if group.q is None:
            raise ValueError("this group takes no generic mapping")
        if not nonce % group.q:
            raise broken("the nonce is zero")
        shared = pow(group.value(peer), self.private, p)
        # g^s as g^(s + x) / g^x: the exponent then says nothing of the nonce.
        blinded = pow(group.g, (nonce + self.private) % group.q, p)
        generator = blinded * pow(self.value, -1, p) * shared % p
        if generator == 1:
            raise broken("the chip chose a degenerate public key")
        return _Over(group, generator)


@dataclass(frozen=True, slots=True)
class _Over:
    """A generator of the subgroup."""

    group: ModularGroup
    generator: int = field(repr=False)

    def key_pair(self, private: int) -> ModularKeyPair:
        """Return the pair of a private key over this generator."""
        value = pow(self.generator, private, self.group.modulus)
        return ModularKeyPair(self.group, private, value)
