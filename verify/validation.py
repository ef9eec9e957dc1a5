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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from verify import extensions
from verify.building import Chain
from verify.certificate import Certificate
from verify.constraints import NameSpace
from verify.errors import MalformedObject
from verify.extensions import ANY_POLICY, PROCESSED
from verify.moment import Moment, TimeQuality
from verify.policies import PolicyGraph, ValidPolicies
from verify.reasons import Reason


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


@dataclass(frozen=True, slots=True)
class Validated:
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


def validate(chain: Chain, moment: Moment, settings: Settings | None = None) -> Validated:
    """Return what is wrong with a chain at `moment`, and the policies under which it holds."""
    run = _Run(settings or Settings(), len(chain.certificates))
    try:
        faults = [*run.path(chain), *time_faults(chain, moment)]
    except MalformedObject as error:
        faults = [Fault(Reason.CHAIN_INVALID, error.message)]
    policies = run.graph.result(run.settings.policies)
    return Validated(tuple(faults), policies)


def time_faults(chain: Chain, moment: Moment) -> Iterator[Fault]:
    """Yield what the dates say against a chain at `moment`, the signer's first."""
    for certificate in (*chain.certificates, chain.anchor):
        if moment.at > certificate.not_after:
            yield Fault(
                Reason.SIGNER_EXPIRED, f"a certificate ended {certificate.not_after:%Y-%m-%d}"
            )
        if moment.at < certificate.not_before:
            begins = f"a certificate begins {certificate.not_before:%Y-%m-%d}"
            if moment.quality is TimeQuality.FLOOR_ONLY:
                yield Fault(Reason.CLOCK_BEHIND, begins, certain=False)
            else:
                yield Fault(Reason.CHAIN_INVALID, begins)


@dataclass(slots=True)
class _Run:
    """The state variables of section 6.1.2, one path long."""

    settings: Settings
    length: int
    explicit: int = field(init=False)
    mapping: int = field(init=False)
    any_policy: int = field(init=False)
    room: int | None = None
    """max_path_length; None while nothing limits it."""
    graph: PolicyGraph = field(default_factory=PolicyGraph)
    space: NameSpace = field(default_factory=NameSpace.unbounded)

    def __post_init__(self) -> None:
        without = self.length + 1
        self.explicit = 0 if self.settings.explicit_policy else without
        self.mapping = 0 if self.settings.inhibit_mapping else without
        self.any_policy = 0 if self.settings.inhibit_any_policy else without

    def path(self, chain: Chain) -> Iterator[Fault]:
        yield from self._issuer(chain.anchor, is_anchor=True)
        self._tighten(chain.anchor)
        for place, certificate in enumerate(reversed(chain.certificates), 1):
            final = place == self.length
            yield from self._basic(certificate, final)
            if final:
                yield from self._wrap_up(certificate)
            else:
                yield from self._prepare(certificate)

    def _basic(self, certificate: Certificate, final: bool) -> Iterator[Fault]:
        """Take section 6.1.3 (b) to (f); dates come later, signatures and names came before."""
        if final or not certificate.self_issued:
            why = self.space.fault(certificate)
            if why is not None:
                yield Fault(Reason.CHAIN_INVALID, why)
        policies = extensions.policies(certificate)
        if policies is None:
            self.graph.clear()
        else:
            any_counts = self.any_policy > 0 or (not final and certificate.self_issued)
            self.graph.descend(policies, any_counts=any_counts)
        if self.explicit == 0 and self.graph.is_empty:
            yield _policy_fault()

    def _prepare(self, certificate: Certificate) -> Iterator[Fault]:
        """Take section 6.1.4: what the certificate below must keep to."""
        mappings = extensions.mappings(certificate)
        if ANY_POLICY in mappings or any(ANY_POLICY in to for to in mappings.values()):
            yield Fault(Reason.CHAIN_INVALID, "anyPolicy is mapped")
        self._map(certificate, mappings)
        if not certificate.self_issued:
            self.explicit = max(0, self.explicit - 1)
            self.mapping = max(0, self.mapping - 1)
            self.any_policy = max(0, self.any_policy - 1)
            yield from self._lengthen(certificate)
        yield from self._issuer(certificate)
        self._tighten(certificate)

    def _lengthen(self, issuer: Certificate) -> Iterator[Fault]:
        """Take 6.1.4 (l) for an issuer that is not self-issued."""
        if self.settings.link_mark in issuer.extensions:
            return
        if self.room == 0:
            yield Fault(Reason.CHAIN_INVALID, "the chain is longer than an issuer allows")
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

    def _issuer(self, issuer: Certificate, *, is_anchor: bool = False) -> Iterator[Fault]:
        """Take 6.1.4 (k), (n), (o)."""
        if issuer.is_ca is False or (issuer.is_ca is None and not is_anchor):
            yield Fault(Reason.CHAIN_INVALID, "an issuer is no authority")
        if not issuer.may("key_cert_sign"):
            yield Fault(Reason.CHAIN_INVALID, "an issuer may not sign certificates")
        yield from self._unknown(issuer)

    def _wrap_up(self, certificate: Certificate) -> Iterator[Fault]:
        """Take section 6.1.5 (a) to (g)."""
        self.explicit = max(0, self.explicit - 1)
        constraints = extensions.policy_constraints(certificate)
        if constraints.require_explicit == 0:
            self.explicit = 0
        yield from self._unknown(certificate)
        if self.explicit == 0 and not self.graph.result(self.settings.policies).constrained:
            yield _policy_fault()

    def _unknown(self, certificate: Certificate) -> Iterator[Fault]:
        unknown = certificate.critical - self.settings.critical
        if unknown:
            oids = ", ".join(sorted(unknown))
            yield Fault(Reason.CHAIN_INVALID, f"critical extension not understood: {oids}")


def _policy_fault() -> Fault:
    return Fault(Reason.CHAIN_INVALID, "no policy is valid along the chain, and one is required")


def _least(count: int, other: int | None) -> int:
    return count if other is None else min(count, other)
