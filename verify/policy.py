"""What a verdict is measured against: algorithms, and how old a list may be.

Lives here: frozen numbers with their units. A policy may only tighten: nothing can be built here
that allows less than `MINIMUM`. Not here: what a card family demands (`reader.profile`).
Source of the minimum: Doc 9303-12 section 4.1.6 and its tables 2 to 4, without SHA-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

_KNOWN_HASHES = frozenset({"sha224", "sha256", "sha384", "sha512"})
_LEAST_RSA = 2048  # bits
_LEAST_EC = 224  # bits


@dataclass(frozen=True, slots=True)
class Algorithms:
    """What signatures may be made with. ValueError for anything below the code's minimum."""

    hashes: frozenset[str]
    """As `hashlib` spells them."""
    rsa_bits: int
    """Least length of a modulus."""
    ec_bits: int
    """Least size of a curve's field."""

    def __post_init__(self) -> None:
        if not self.hashes <= _KNOWN_HASHES:
            raise ValueError("a policy may only tighten the allowed hashes")
        if self.rsa_bits < _LEAST_RSA or self.ec_bits < _LEAST_EC:
            raise ValueError("a policy may only tighten the allowed key sizes")


MINIMUM = Algorithms(hashes=_KNOWN_HASHES, rsa_bits=_LEAST_RSA, ec_bits=_LEAST_EC)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Up to `fresh` a list's silence counts; up to `grace` age alone may be overridden."""

    fresh: timedelta
    grace: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) < self.fresh <= self.grace:
            raise ValueError("a list is fresh for some time, and grace does not end before")


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. `id` goes into every verdict reached under it."""

    id: str
    algorithms: Algorithms
    certificate_lists: Freshness
    card_status: Freshness
    civil_offset: timedelta
    """Civil time minus UTC: a card's last day ends at midnight here."""


DEFAULT = Policy(
    id="default-1",
    algorithms=MINIMUM,
    certificate_lists=Freshness(fresh=timedelta(days=10), grace=timedelta(days=100)),
    card_status=Freshness(fresh=timedelta(days=10), grace=timedelta(days=100)),
    civil_offset=timedelta(hours=7),
)
