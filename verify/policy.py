"""What a verdict is measured against: algorithms, and how old a list may be.

Lives here: frozen numbers with their units, and which of them hold for something made at a given
time. A policy may only tighten: nothing can be built here that allows less than `MINIMUM`. Not
here: the signed form in which an office issues one (`allowlist`), what a card family demands
(`reader.profile`).
Source of the minimum: Doc 9303-12 section 4.1.6 and its tables 2 to 4, without SHA-1.

What "made at" means. A signature is dated by what its maker's authority vouches for, never by
the signed object alone, and always by the later of what is known:
- a security object, its hash list and its chip's key: the begin of the document signer's
  certificate, or the card's own issue date where hash-checked data give a later one;
- a certificate: its own begin;
- a revocation list: its thisUpdate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from verify.algorithms import Kind

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
    kinds: frozenset[Kind] = frozenset(Kind)
    """How a signature may be made and written."""
    slow_curves: bool = False
    """Whether curves count that take our own arithmetic (`ecdsa`): the card family says so."""

    def __post_init__(self) -> None:
        if not self.hashes <= _KNOWN_HASHES:
            raise ValueError("a policy may only tighten the allowed hashes")
        if self.rsa_bits < _LEAST_RSA or self.ec_bits < _LEAST_EC:
            raise ValueError("a policy may only tighten the allowed key sizes")

    def includes(self, other: Algorithms) -> bool:
        """Whether all that `other` allows is allowed here too."""
        return (
            other.hashes <= self.hashes
            and other.kinds <= self.kinds
            and other.rsa_bits >= self.rsa_bits
            and other.ec_bits >= self.ec_bits
            and (self.slow_curves or not other.slow_curves)
        )


MINIMUM = Algorithms(hashes=_KNOWN_HASHES, rsa_bits=_LEAST_RSA, ec_bits=_LEAST_EC)


@dataclass(frozen=True, slots=True)
class Carried:
    """What old cards may still carry, though it signs no new ones.

    Holds for what was made before `signs_until`, up to the moment `carried_until`; None for no
    such end. ValueError for times that are not in UTC, or that do not follow each other.
    """

    algorithms: Algorithms
    signs_until: datetime
    carried_until: datetime | None = None

    def __post_init__(self) -> None:
        ends = [end for end in (self.signs_until, self.carried_until) if end is not None]
        if any(end.utcoffset() != timedelta(0) for end in ends) or ends != sorted(ends):
            raise ValueError("an algorithm's dates are in UTC and follow each other")

    def holds(self, made: datetime | None, at: datetime) -> bool:
        """Whether this covers something made at `made`, at the moment `at`.

        None for `made` asks whether it covers anything at all still.
        """
        in_time = self.carried_until is None or at < self.carried_until
        return in_time and (made is None or made < self.signs_until)


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
    """One policy. `id` goes into every verdict reached under it.

    ValueError for `carried` that are not a ladder: each step allows all that the one before did.
    """

    id: str
    algorithms: Algorithms
    """What signs new cards."""
    certificate_lists: Freshness
    card_status: Freshness
    civil_offset: timedelta
    """Civil time minus UTC: a card's last day ends at midnight here."""
    carried: tuple[Carried, ...] = ()
    """What old cards may still carry, from the strictest step to the most lenient."""

    def __post_init__(self) -> None:
        stricter = self.algorithms
        for step in self.carried:
            if not step.algorithms.includes(stricter):
                raise ValueError("each step of what is still carried allows all of the one before")
            stricter = step.algorithms

    def allowed(self, made: datetime | None, at: datetime) -> Algorithms:
        """Return what may sign something made at `made`, judged at the moment `at`.

        None for `made`: the most that anything may carry at `at`; to be asked again once it is
        known when the thing was made.
        """
        held = [step.algorithms for step in self.carried if step.holds(made, at)]
        return held[-1] if held else self.algorithms

    def with_slow_curves(self) -> Policy:
        """Return the policy for a card family that may use curves which take our own arithmetic.

        Their sizes are bound by the same least: nothing becomes weaker, only slower.
        """
        return _with_slow_curves(self)

    def as_of(self, made: datetime | None, at: datetime) -> Policy:
        """Return the policy as it stands for something made at `made`, without further steps."""
        if not self.carried:
            return self
        return replace(self, algorithms=self.allowed(made, at), carried=())


@lru_cache(maxsize=4)  # asked at every card of such a family
def _with_slow_curves(policy: Policy) -> Policy:
    return replace(
        policy,
        algorithms=replace(policy.algorithms, slow_curves=True),
        carried=tuple(
            replace(step, algorithms=replace(step.algorithms, slow_curves=True))
            for step in policy.carried
        ),
    )


DEFAULT = Policy(
    id="default-1",
    algorithms=MINIMUM,
    certificate_lists=Freshness(fresh=timedelta(days=10), grace=timedelta(days=100)),
    card_status=Freshness(fresh=timedelta(days=10), grace=timedelta(days=100)),
    civil_offset=timedelta(hours=7),
)
