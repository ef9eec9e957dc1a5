"""Does a path hold: the algorithm of RFC 5280 section 6.1.

Lives here: dates, names constraints, policies, and whether each issuer may issue, for a chain
whose names and signatures link already (`building` makes no other). Not here: what one kind of
signer must be (`path` for documents) and revocation (`crl_processing`).
Two things beyond section 6.1. An anchor is judged like an issuer where it says something of
itself (RFC 5937: it constrains what stands below it); where it says nothing the trust list
vouches. And faults are collected, not the first one only, so that the certain come before
those that a clock which may lag explains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from verify import extensions
from verify.building import Chain
from verify.certificate import Certificate
from verify.constraints import NameSpace
from verify.errors import MalformedObject
from verify.extensions import ANY_POLICY, PROCESSED
from verify.moment import Moment, TimeQuality
from verify.policies import PolicyGraph, ValidPolicies
from verify.reasons import Reason

_NO_POLICY = "no policy is valid along the chain, and one is required"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a chain does not hold; `certain` is False where only the clock may be at fault."""

    reason: Reason
    detail: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """The inputs (c) to (g) of section 6.1.1; by default no policy is asked for.

    `critical` are the extensions that may be critical: a profile with fewer refuses the others.
    """

    policies: frozenset[str] = frozenset({ANY_POLICY})
    explicit_policy: bool = False
    inhibit_mapping: bool = False
    inhibit_any_policy: bool = False
    critical: frozenset[str] = PROCESSED
    link_mark: str | None = None
    """An extension that marks a new name of the same authority: such a link takes no length."""


DEFAULT_SETTINGS = Settings()


class Validated(NamedTuple):
    """The outcome: the chain holds where there is no fault, under these policies."""

    faults: tuple[Fault, ...]
    policies: ValidPolicies

    @property
    def fault(self) -> Fault | None:
        """Return the fault that counts most, the certain before the doubtful, or None."""
        return worst(self.faults)


def worst(faults: tuple[Fault, ...]) -> Fault | None:
    """Return the first certain fault, else the first, or None."""
    return min(faults, key=lambda fault: not fault.certain, default=None)


def validate(chain: Chain, moment: Moment, settings: Settings = DEFAULT_SETTINGS) -> Validated:
    """Return what is wrong with a chain at `moment`, and the policies under which it holds."""
    found = timeless(chain, settings)
    return Validated((*found.faults, *time_faults(chain, moment)), found.policies)


@lru_cache(maxsize=256)  # the cards of an issuer come by few chains
def timeless(chain: Chain, settings: Settings) -> Validated:
    """Return what is wrong with a chain at any time: its certificates alone decide."""
    run = _Run(settings, len(chain.certificates))
    try:
        run.path(chain)
    except MalformedObject as error:
        run.faults = [Fault(Reason.CHAIN_INVALID, error.message)]
    return Validated(tuple(run.faults), run.graph.result(settings.policies))


def time_faults(chain: Chain, moment: Moment) -> list[Fault]:
    """Return what the dates say against a chain at `moment`, the signer's first."""
    faults: list[Fault] = []
    for certificate in (*chain.certificates, chain.anchor):
        if moment.at > certificate.not_after:
            ended = f"a certificate ended {certificate.not_after:%Y-%m-%d}"
            faults.append(Fault(Reason.SIGNER_EXPIRED, ended))
        if moment.at < certificate.not_before:
            begins = f"a certificate begins {certificate.not_before:%Y-%m-%d}"
            if moment.quality is TimeQuality.FLOOR_ONLY:
                faults.append(Fault(Reason.CLOCK_BEHIND, begins, certain=False))
            else:
                faults.append(Fault(Reason.CHAIN_INVALID, begins))
    return faults


@dataclass(slots=True)
class _Run:
    """The state variables of section 6.1.2, one path long, and what was found wrong."""

    settings: Settings
    length: int
    explicit: int = field(init=False)
    mapping: int = field(init=False)
    any_policy: int = field(init=False)
    room: int | None = None
    """max_path_length; None while nothing limits it."""
    graph: PolicyGraph = field(default_factory=PolicyGraph)
    space: NameSpace = field(default_factory=NameSpace.unbounded)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        without = self.length + 1
        self.explicit = 0 if self.settings.explicit_policy else without
        self.mapping = 0 if self.settings.inhibit_mapping else without
        self.any_policy = 0 if self.settings.inhibit_any_policy else without

    def path(self, chain: Chain) -> None:
        self._issuer(chain.anchor, is_anchor=True)
        self._tighten(chain.anchor)
        for place, certificate in enumerate(reversed(chain.certificates), 1):
            final = place == self.length
            self._basic(certificate, final)
            if final:
                self._wrap_up(certificate)
            else:
                self._prepare(certificate)

    def _invalid(self, why: str) -> None:
        self.faults.append(Fault(Reason.CHAIN_INVALID, why))

    def _basic(self, certificate: Certificate, final: bool) -> None:
        """Take section 6.1.3 (b) to (f); dates come later, signatures and names came before."""
        if final or not certificate.self_issued:
            why = self.space.fault(certificate)
            if why is not None:
                self._invalid(why)
        policies = extensions.policies(certificate)
        if policies is None:
            self.graph.clear()
        else:
            any_counts = self.any_policy > 0 or (not final and certificate.self_issued)
            self.graph.descend(policies, any_counts=any_counts)
        if self.explicit == 0 and self.graph.is_empty:
            self._invalid(_NO_POLICY)

    def _prepare(self, certificate: Certificate) -> None:
        """Take section 6.1.4: what the certificate below must keep to."""
        mappings = extensions.mappings(certificate)
        if ANY_POLICY in mappings or any(ANY_POLICY in to for to in mappings.values()):
            self._invalid("anyPolicy is mapped")
        self._map(certificate, mappings)
        if not certificate.self_issued:
            self.explicit = max(0, self.explicit - 1)
            self.mapping = max(0, self.mapping - 1)
            self.any_policy = max(0, self.any_policy - 1)
            self._lengthen(certificate)
        self._issuer(certificate)
        self._tighten(certificate)

    def _lengthen(self, issuer: Certificate) -> None:
        """Take 6.1.4 (l) for an issuer that is not self-issued."""
        if self.settings.link_mark in issuer.extensions:
            return
        if self.room == 0:
            self._invalid("the chain is longer than an issuer allows")
        elif self.room is not None:
            self.room -= 1

    def _map(self, certificate: Certificate, mappings: Mapping[str, frozenset[str]]) -> None:
        if self.mapping > 0:
            named = extensions.policies(certificate) or {}
            self.graph.map(mappings, named.get(ANY_POLICY, ()))
        else:
            self.graph.remove(mappings)

    def _tighten(self, issuer: Certificate) -> None:
        """Take 6.1.4 (g), (i), (j), (m): an issuer's constraints, which only ever narrow."""
        self.space.narrow(extensions.name_constraints(issuer))
        constraints = extensions.policy_constraints(issuer)
        self.explicit = _least(self.explicit, constraints.require_explicit)
        self.mapping = _least(self.mapping, constraints.inhibit_mapping)
        self.any_policy = _least(self.any_policy, extensions.inhibit_any_policy(issuer))
        if issuer.path_length is not None:
            within = issuer.path_length
            self.room = within if self.room is None else min(self.room, within)

    def _issuer(self, issuer: Certificate, *, is_anchor: bool = False) -> None:
        """Take 6.1.4 (k), (n), (o)."""
        if issuer.is_ca is False or (issuer.is_ca is None and not is_anchor):
            self._invalid("an issuer is no authority")
        if not issuer.may("key_cert_sign"):
            self._invalid("an issuer may not sign certificates")
        self._unknown(issuer)

    def _wrap_up(self, certificate: Certificate) -> None:
        """Take section 6.1.5 (a) to (g)."""
        self.explicit = max(0, self.explicit - 1)
        constraints = extensions.policy_constraints(certificate)
        if constraints.require_explicit == 0:
            self.explicit = 0
        self._unknown(certificate)
        if self.explicit == 0 and not self.graph.result(self.settings.policies).constrained:
            self._invalid(_NO_POLICY)

    def _unknown(self, certificate: Certificate) -> None:
        if not certificate.critical <= self.settings.critical:
            unknown = ", ".join(sorted(certificate.critical - self.settings.critical))
            self._invalid(f"critical extension not understood: {unknown}")


def _least(count: int, other: int | None) -> int:
    return count if other is None else min(count, other)
